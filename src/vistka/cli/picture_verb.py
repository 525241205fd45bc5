"""vistka picture."""

from __future__ import annotations

from pathlib import Path

import click

from vistka.cli.options import labels_option, out_option
from vistka.corpus import Corpus
from vistka.io import write_file
from vistka.resources import Labels

README_DOCUMENT = "2025-05-01-sydnannia-fondu-pidpys"


@click.command("picture")
@click.argument("doc_id", default=README_DOCUMENT)
@click.option("--corpus", type=click.Path(path_type=Path), default="corpus", show_default=True)
@out_option("The SVG to write.", default="docs/annotated-article.svg", show_default=True)
@click.option("--characters", type=click.IntRange(1), default=700, show_default=True, help="How much of the text.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the file would change.")
@labels_option
def command(doc_id: str, corpus: Path, out: Path, characters: int, check: bool, labels: Labels) -> int:
    """Draw the beginning of an annotated document: mentions in colour, relations and stances below."""
    from vistka.picture import render_svg

    picture = render_svg(Corpus(corpus).load(doc_id), labels, characters).encode()
    if out.exists() and out.read_bytes() == picture:
        return 0
    if check:
        click.echo(f"{out}: out of date; run `scripts/regen`", err=True)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    write_file(out, picture)
    click.echo(str(out))
    return 0
