"""vistka preannotate."""

from __future__ import annotations

from pathlib import Path

import click

from vistka.cli.options import labels_option
from vistka.findings import InputError, UsageError
from vistka.resources import Labels


@click.command("preannotate")
@click.argument("project")
@click.option(
    "--predictions",
    "path",
    type=click.Path(path_type=Path),
    required=True,
    help="JSONL of annotation records, one a document, as a model made them; mentions may lack entities.",
)
@click.option("--name", required=True, help="What annotators see the predictions called, say the model's name.")
@click.option("--corpus", type=click.Path(path_type=Path), default="corpus", show_default=True)
@labels_option
def command(project: str, path: Path, name: str, corpus: Path, labels: Labels) -> int:
    """A model's predictions as pre-annotations of the tasks of a Label Studio project.

    Every span is checked against its article first; nothing is sent where one does not fit. Tasks that have
    predictions of that name already are passed over.
    """
    from vistka.corpus import Corpus
    from vistka.studio.preannotate import preannotate, predictions
    from vistka.studio.server import Server

    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    source = Corpus(corpus)
    records, findings = predictions(path, source, labels)
    if findings:
        raise InputError("nothing sent, the predictions have errors", tuple(findings))
    server = Server.connect()
    number = server.existing(project)
    added, absent = preannotate(server, number, records, name)
    click.echo(
        f"{server.url}/projects/{number}: {added} tasks pre-annotated by {name}, "
        f"{len(records) - added - absent} were before, {absent} predictions without a task"
    )
    return 0
