"""vistka preannotate."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vistka.cli.options import labels_option
from vistka.findings import InputError, UsageError
from vistka.resources import Labels

if TYPE_CHECKING:
    from vistka.corpus import Corpus
    from vistka.model import Document


@click.command("preannotate")
@click.argument("project")
@click.option(
    "--predictions",
    "path",
    type=click.Path(path_type=Path),
    help="What a model wrote: JSONL of annotation records (entities may lack), a run folder, CoNLL columns in IOB2, "
    "a folder of brat's .ann files, a spaCy DocBin.",
)
@click.option(
    "--system",
    default="",
    metavar="NAME[:ARG]",
    help="A tagger of `vistka bench systems`, trained on the gold of train; predicts the articles without gold.",
)
@click.option("--name", help="What annotators see the predictions called.  [default: the system]")
@click.option("--map", "label_map", default="", metavar="FILE|NAME", help="A model's labels to ours.")
@click.option("--repair", is_flag=True, help="Take an orphan I- tag for B-, which strict IOB2 forbids.")
@click.option("--corpus", type=click.Path(path_type=Path), default="corpus", show_default=True)
@labels_option
def command(
    project: str,
    path: Path | None,
    system: str,
    name: str | None,
    label_map: str,
    repair: bool,
    corpus: Path,
    labels: Labels,
) -> int:
    """A model's predictions as pre-annotations of the tasks of a Label Studio project.

    Every span is checked against its article first; nothing is sent where one does not fit. Tasks that have
    predictions of that name already are passed over.
    """
    from vistka.corpus import Corpus
    from vistka.studio.preannotate import articles, preannotate
    from vistka.studio.server import Server

    if (path is None) == (not system):
        raise UsageError("name either --predictions FILE or --system NAME")
    if path is not None and not name:
        raise UsageError("--predictions needs --name, what annotators see the predictions called")
    source = Corpus(corpus)
    if path is None:
        records = _predicted(source, system, labels)
    else:
        records = _read(path, articles(source, source.articles), labels, label_map, repair)
    server = Server.connect()
    number = server.existing(project)
    called = name or system
    added, absent = preannotate(server, number, records, called)
    click.echo(
        f"{server.url}/projects/{number}: {added} tasks pre-annotated by {called}, "
        f"{len(records) - added - absent} were before, {absent} predictions without a task"
    )
    return 0


def _read(
    path: Path, documents: Sequence[Document], labels: Labels, label_map: str, repair: bool
) -> Sequence[Document]:
    from vistka.bench.maps import Maps
    from vistka.cli.show import show_findings
    from vistka.predictions import read_predictions

    given = Maps.named(label_map, "", labels).given
    read = read_predictions(path, documents, labels, label_map=given, repair=repair, partial=True)
    if read.errors:
        raise InputError("nothing sent, the predictions have errors", read.findings)
    show_findings(read.findings, sys.stderr)
    return tuple(read.documents.values())


def _predicted(source: Corpus, system: str, labels: Labels) -> Sequence[Document]:
    """The predictions of a tagger trained on gold, for the articles that have none."""
    from vistka.bench.systems import Setup, entry, make
    from vistka.studio.preannotate import articles

    new = [doc_id for doc_id in source.articles if doc_id not in source.gold]
    if not new:
        raise UsageError(f"{source.root}: every article has gold; --system predicts those that have none")
    name, _, argument = system.partition(":")
    gold = [doc for doc in source.documents() if doc.split == "train"] if entry("ner", name).learns(argument) else []
    with tempfile.TemporaryDirectory() as folder:
        tagger = make(name, Setup("ner", argument, 0, labels, Path(folder)))
        if gold:
            tagger.train(gold)
        return list(tagger.predict(articles(source, new)))
