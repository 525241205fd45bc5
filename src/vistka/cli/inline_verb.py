"""vistka inline."""

from __future__ import annotations

from pathlib import Path

import click

from vistka.cli.options import out_option, path_argument
from vistka.findings import InputError, UsageError


@click.group("inline")
def command() -> None:
    """Annotations as inline markup: the article with {surface|LABEL|entity} and a block of relations and stances."""


@command.command()
@path_argument()
@out_option("The annotation file to write; by default gold/<doc_id>.json beside the articles.")
@click.option("--doc-id", help="The document's id; by default the file's name.")
@click.option("--corpus", type=click.Path(path_type=Path), default="corpus", show_default=True)
def parse(path: Path, out: Path | None, doc_id: str | None, corpus: Path) -> int:
    """Markup to an annotation file, ids in text order.

    The text under the markup must be the article's, to the letter.
    """
    from vistka.convert import inline
    from vistka.corpus import Corpus
    from vistka.io import canonical, write_file
    from vistka.text import first_difference
    from vistka.validate.base import quoted

    doc_id = doc_id or path.name.removesuffix(".inline")
    source = Corpus(corpus)
    article = source.articles.get(doc_id)
    if article is None:
        raise UsageError(f"{corpus}: no article {doc_id}; put articles/{doc_id}.txt there first")
    text, annotation = _parsed(path, doc_id, inline.parse)
    stored = article.read_bytes().decode()
    if text != stored:
        at = first_difference(text, stored)
        raise InputError(
            f"{path}: the text differs from {article} at character {at}: {quoted(text[at : at + 20])} for "
            f"{quoted(stored[at : at + 20])}; articles never change, mend the markup"
        )
    target = out or source.gold_folder / f"{doc_id}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_file(target, canonical(annotation))
    click.echo(f"{target}: {len(annotation.mentions)} mentions, {len(annotation.relations)} relations")
    return 0


def _parsed(path: Path, doc_id: str, parse):  # type: ignore[no-untyped-def]
    try:
        return parse(path.read_bytes().decode(), doc_id)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except InputError as error:
        raise InputError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from error


@command.command()
@click.argument("doc_id")
@click.option("--corpus", type=click.Path(path_type=Path), default="corpus", show_default=True)
@click.option("--annotator", default="gold", show_default=True, help="Whose pass.")
@out_option("The file to write; by default standard output.")
def render(doc_id: str, corpus: Path, annotator: str, out: Path | None) -> int:
    """A document's annotation as markup, for review."""
    from vistka.convert import inline
    from vistka.corpus import Corpus
    from vistka.io import write_file

    doc = Corpus(corpus).load(doc_id, annotator)
    markup = inline.render(doc.text, doc)
    if out is None:
        click.echo(markup, nl=False)
    else:
        write_file(out, markup.encode())
    return 0
