"""vistka schema."""

from __future__ import annotations

import click

from vistka.generate import defs_schema
from vistka.io import write_file
from vistka.resources import schema_dir


@click.command("schema")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the file would change.")
def command(check: bool) -> int:
    """Make the enums of schema/defs.schema.json from schema/labels.json."""
    path = schema_dir() / "defs.schema.json"
    wanted = defs_schema().encode()
    if path.read_bytes() == wanted:
        return 0
    if check:
        click.echo(f"{path}: out of date; run `scripts/regen`", err=True)
        return 1
    write_file(path, wanted)
    return 0
