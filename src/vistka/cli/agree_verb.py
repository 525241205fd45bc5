"""vistka agree."""

from __future__ import annotations

from pathlib import Path

import click

from vistka.cli.options import format_option, labels_option, out_option
from vistka.resources import Labels


@click.command("agree")
@click.argument("first")
@click.argument("second")
@click.option("--corpus", type=click.Path(path_type=Path), default="corpus", show_default=True)
@format_option("human", "json", "html")
@out_option("The file to write; by default standard output.")
@click.option("--resamples", type=click.IntRange(100), default=1000, show_default=True, help="Of the bootstrap.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the bootstrap.")
@labels_option
def command(
    first: str, second: str, corpus: Path, form: str, out: Path | None, resamples: int, seed: int, labels: Labels
) -> int:
    """Agreement of two annotators over the documents that both annotated.

    FIRST and SECOND are folders of annotations/, or `gold`. With 95 % intervals by resampling documents.
    """
    from vistka.agreement import agreement
    from vistka.cli.agreement_view import as_html, as_table
    from vistka.cli.show import as_json, tracked
    from vistka.corpus import Corpus
    from vistka.io import write_file
    from vistka.validate.runner import shared_documents

    source = Corpus(corpus)
    both = shared_documents(source, labels, first, second)
    pairs = ((source.load(doc_id, first), source.load(doc_id, second)) for doc_id in tracked(both, "documents"))
    found = agreement(pairs, labels, resamples=resamples, seed=seed)
    if form == "json":
        text = as_json(found)
    elif form == "html":
        text = as_html(found, first, second)
    else:
        text = as_table(found, first, second)
    if out is None:
        click.echo(text)
    else:
        write_file(out, (text + "\n").encode())
    return 0
