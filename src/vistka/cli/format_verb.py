"""vistka format."""

from __future__ import annotations

from pathlib import Path

import click

from vistka.cli.options import path_argument
from vistka.corpus import Corpus
from vistka.findings import InputError, VistkaError
from vistka.io import canonical, decode, write_file
from vistka.model import Annotation, Metadata


@click.command("format")
@path_argument("paths", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
def command(paths: tuple[Path, ...], check: bool) -> int:
    """Rewrite annotation and metadata files in canonical form: one item a line, in text order.

    PATHS are files of record or corpus folders. Nothing but order and spacing changes.
    """
    changed = 0
    for path in paths:
        for file in _files(path):
            raw = file.read_bytes()
            try:
                is_metadata = file.name.endswith(".meta.json")
                form = canonical(decode(raw, Metadata) if is_metadata else decode(raw, Annotation))
            except (ValueError, RecursionError) as error:
                raise InputError(f"{file}: {error}; run `vistka validate` on it") from error
            if form != raw:
                changed += 1
                click.echo(f"{file}: {'would change' if check else 'rewritten'}")
                if not check:
                    write_file(file, form)
    return 1 if check and changed else 0


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        corpus = Corpus(path)
    except VistkaError:
        return sorted(path.glob("*.json"))
    return [*corpus.metadata.values(), *(file for files in corpus.annotators.values() for file in files.values())]
