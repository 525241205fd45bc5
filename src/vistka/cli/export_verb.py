"""vistka export."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from vistka.cli.options import out_option, path_argument
from vistka.cli.show import tracked
from vistka.documents import read_documents
from vistka.findings import UsageError
from vistka.io import write_file, write_shard
from vistka.model import SPLITS, Document
from vistka.staging import new_folder


@click.command("export")
@path_argument(default="corpus")
@out_option(
    "What to write: a shard (.jsonl, .jsonl.gz, .jsonl.zst), CoNLL columns (.conll), a spaCy DocBin (.spacy), or a new "
    "folder of brat files.",
    required=True,
)
@click.option("--split", type=click.Choice(SPLITS), help="Only the documents of this split.")
def command(path: Path, out: Path, split: str | None) -> int:
    """Write the documents of a corpus folder or of shards as records, one a line, or in another tool's form.

    CoNLL and DocBin hold the outermost mentions, brat mentions and relations; records hold everything.
    """
    documents = (doc for doc in tracked(read_documents(path), "documents") if split in (None, doc.split))
    if out.suffix == ".conll":
        count = _columns(documents, out)
    elif out.suffix == ".spacy":
        count = _docbin(documents, out)
    elif not out.suffix:
        count = _standoff(documents, out)
    else:
        count = write_shard(out, documents)
    click.echo(f"{out}: {count} documents")
    return 0


def _columns(documents: Iterable[Document], out: Path) -> int:
    from vistka.convert import conll

    made = [conll.render(doc) for doc in documents]
    write_file(out, "".join(made).encode())
    return len(made)


def _docbin(documents: Iterable[Document], out: Path) -> int:
    from vistka.convert import docbin

    made = list(documents)
    write_file(out, docbin.render(made))
    return len(made)


def _standoff(documents: Iterable[Document], out: Path) -> int:
    from vistka.convert import brat

    if out.exists():
        raise UsageError(f"{out}: exists; name a new folder for the .txt and .ann files")
    count = 0
    with new_folder(out) as folder:
        for doc in documents:
            count += 1
            (folder / f"{doc.doc_id}.txt").write_bytes(doc.text.encode())
            (folder / f"{doc.doc_id}.ann").write_bytes(brat.render(doc).encode())
    return count
