"""vistka split."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import click

from vistka.cli.options import labels_option, out_option, path_argument
from vistka.findings import InputError, UsageError
from vistka.resources import Labels


@click.command("split")
@path_argument()
@out_option("The table to write; by default splits.csv of the corpus folder.")
@click.option("--shares", default="70,10,20", show_default=True, help="Per cent of train, validation and test.")
@click.option("--reassign", is_flag=True, help="Place every document anew, also those placed already.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the table would change.")
@labels_option
def command(path: Path, out: Path | None, shares: str, reassign: bool, check: bool, labels: Labels) -> int:
    """Assign the documents of a corpus folder or of shards to splits.

    Documents of one story and near-duplicates stay together; labels and topics spread by the shares. What the
    table assigns already stays, unless --reassign.
    """
    from vistka.cli.show import tracked
    from vistka.corpus import read_splits, splits_csv
    from vistka.documents import read_documents
    from vistka.io import write_file
    from vistka.model import SPLITS
    from vistka.neardup import bands
    from vistka.splits import Unit, assign, deviation, features

    wanted = _shares(shares)
    target = out or (path / "splits.csv" if (path / "articles").is_dir() else None)
    if target is None:
        raise UsageError(f"{path}: is no corpus folder; name the table to write with --out")
    texts: dict[str, str] = {}
    units = []
    for doc in tracked(read_documents(path), "documents"):
        if doc.doc_id in texts:
            raise InputError(f"{path}: {doc.doc_id} stands here twice; run `vistka validate`")
        texts[doc.doc_id] = doc.text
        units.append(Unit(doc.doc_id, doc.metadata.story, features(doc), bands(doc.text)))
    if not units:
        raise InputError(f"{path}: no documents to split")
    placed: dict[str, str] = {}
    if target.exists():
        placed, faults = read_splits(target)
        if faults and not reassign:
            raise InputError(f"{target}:{faults[0].line}: {faults[0].message}")
    table = assign(units, texts, wanted, None if reassign else placed)
    content = splits_csv(table)
    changed = not target.exists() or target.read_bytes() != content
    if changed and not check:
        write_file(target, content)
    counts = ", ".join(f"{split} {sum(s == split for s in table.values())}" for split in SPLITS)
    gap = deviation(units, table, wanted)
    click.echo(f"{target}: {counts}; labels and topics deviate from their shares by {gap:.0%} on average")
    if changed and check:
        click.echo(f"{target}: out of date; run `vistka split {path}`", err=True)
        return 1
    return 0


def _shares(given: str) -> dict[str, float]:
    from vistka.model import SPLITS

    try:
        numbers = [float(part) for part in given.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or not all(map(isfinite, numbers)) or min(numbers) <= 0 or abs(sum(numbers) - 100) > 1e-6:
        raise UsageError(f"--shares {given}: three numbers above 0 that sum to 100, like 70,10,20")
    return {split: number / 100 for split, number in zip(SPLITS, numbers)}
