"""vistka stats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from vistka.cli.options import format_option, labels_option, path_argument
from vistka.findings import InputError, UsageError
from vistka.model import Document
from vistka.resources import Labels

if TYPE_CHECKING:
    from vistka.agreement import Agreement


@click.command("stats")
@path_argument(default="corpus")
@format_option("human", "json")
@click.option(
    "--update", multiple=True, type=click.Path(path_type=Path), help="Rewrite the marked tables of this file."
)
@click.option("--check", is_flag=True, help="With --update: write nothing; exit 1 if a table would change.")
@click.option("--style", "styled", is_flag=True, help="Whether texts look alike: openings, five-grams, variety.")
@labels_option
def command(path: Path, form: str, update: tuple[Path, ...], check: bool, styled: bool, labels: Labels) -> int:
    """Documents, tokens, mentions, relations, stances, lengths; how much of test is seen in training."""
    from vistka.cli.show import tracked
    from vistka.documents import read_documents, whole_sentences
    from vistka.stats import Stats, leaks_between_splits, median_length, seen_in_training
    from vistka.style import style, style_tables
    from vistka.tables import corpus_tables
    from vistka.text import tokens

    if check and not update:
        raise UsageError("--check goes with --update FILE")
    if styled and update:
        raise UsageError("--style goes without --update, which writes its tables too")
    if styled:
        return _style(path, form)
    stats = Stats()

    def counted() -> Iterator[Document]:
        for doc in tracked(read_documents(path), "documents"):
            stats.add(doc, len(tokens(doc.text)), len(whole_sentences(doc)))
            yield doc

    seen = seen_in_training(counted())
    leaks = leaks_between_splits(lambda: read_documents(path))
    tables = corpus_tables(stats, seen, leaks, labels)
    if update:
        return _update(path, update, check, tables | style_tables(style(read_documents(path))), labels)
    if form == "json":
        figures = {split: msgspec.to_builtins(part) for split, part in stats.columns()}
        for split, part in stats.columns():
            figures[split]["median_length"] = median_length(part)
        click.echo(
            json.dumps(
                {"splits": figures, "seen": msgspec.to_builtins(seen), "leaks": msgspec.to_builtins(leaks)},
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        click.echo("\n\n".join(tables.values()))
    return 0


def _update(path: Path, files: tuple[Path, ...], check: bool, tables: dict[str, str], labels: Labels) -> int:
    from vistka.io import write_file
    from vistka.tables import agreement_table, between_markers, compared

    drift = False
    for file in files:
        try:
            old = file.read_bytes().decode()
        except UnicodeDecodeError as error:
            raise InputError(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
        for name, first, second in compared(old):
            if name not in tables:
                tables[name] = agreement_table(_agreement(path, first, second, labels))
        new = between_markers(old, tables, file)
        if new != old and check:
            click.echo(f"{file}: its tables are out of date; run `scripts/regen`", err=True)
            drift = True
        elif new != old:
            write_file(file, new.encode())
    return 1 if drift else 0


def _agreement(path: Path, first: str, second: str, labels: Labels) -> Agreement:
    from vistka.agreement import agreement
    from vistka.corpus import Corpus
    from vistka.validate.runner import shared_documents

    source = Corpus(path)
    pairs = (
        (source.load(doc, first), source.load(doc, second)) for doc in shared_documents(source, labels, first, second)
    )
    return agreement(pairs, labels)


def _style(path: Path, form: str) -> int:
    from vistka.cli.show import as_json, tracked
    from vistka.documents import read_documents
    from vistka.style import style, style_tables

    found = style(tracked(read_documents(path), "documents"))
    if form == "json":
        click.echo(as_json(found))
    else:
        click.echo("\n\n".join(style_tables(found).values()))
    return 0
