"""vistka build."""

from __future__ import annotations

from pathlib import Path

import click

from vistka.cli.options import labels_option, out_option, path_argument, workers_option
from vistka.resources import Labels


@click.command("build")
@path_argument(default="corpus")
@out_option("The dataset folder to write.", default="build/dataset", show_default=True)
@workers_option
@labels_option
def command(path: Path, out: Path, workers: int, labels: Labels) -> int:
    """Validate a corpus folder or shards and build the dataset: four configs, card, Croissant, checksums.

    The old dataset stays whole until the new one takes its place in one step.
    """
    from vistka.cli.show import tracked
    from vistka.publish.build import build

    built = build(path, out, labels, workers=workers, progress=tracked)
    width = max(map(len, built.rows))
    for config, rows in built.rows.items():
        click.echo(f"{config:<{width}}  " + "  ".join(f"{split} {count:,}" for split, count in rows.items()))
    click.echo(f"version {built.version}")
    click.echo(f'load_dataset("{out}", "documents", split="train")')
    return 0
