"""vistka export."""

from __future__ import annotations

from pathlib import Path

import click

from vistka.cli.options import out_option, path_argument
from vistka.cli.show import tracked
from vistka.documents import read_documents
from vistka.io import write_shard


@click.command("export")
@path_argument(default="corpus")
@out_option("The shard to write: .jsonl, .jsonl.gz or .jsonl.zst.", required=True)
def command(path: Path, out: Path) -> int:
    """Write the documents of a corpus folder or of shards as document records, one a line."""
    count = write_shard(out, tracked(read_documents(path), "documents"))
    click.echo(f"{out}: {count} documents")
    return 0
