"""Two systems over the same documents: who is better where, and whether chance alone could do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from vistka.bench.counts import Paired, paired
from vistka.bench.data import Data
from vistka.bench.maps import Maps
from vistka.bench.run import PREDICTIONS, read_run, sides
from vistka.bench.score import views
from vistka.findings import InputError
from vistka.resources import Labels


class Comparison(Struct, frozen=True):
    """The lines of every view; the p-value is that of a difference as large as this between equal systems."""

    task: str
    names: tuple[str, str]
    documents: int
    resamples: int
    seed: int
    views: Mapping[str, Sequence[Paired]]


def compare(
    first: Path, second: Path, data: Data, labels: Labels, *, resamples: int = 10_000, seed: int = 0
) -> Comparison:
    """Two run folders compared; raises `InputError` where they are not runs over one task and the same documents."""
    one, two = read_run(first)[0], read_run(second)[0]
    for field in ("task", "data_version", "evaluate", "project"):
        if getattr(one, field) != getattr(two, field):
            raise InputError(
                f"{first} and {second} differ in {field} ({getattr(one, field)!r}, {getattr(two, field)!r}); "
                "run both on the same"
            )
    if data.version != one.data_version:
        raise InputError(f"{data.source} is version {data.version}, the runs are of {one.data_version}; run them again")
    gold = data.split(one.evaluate)
    train = data.split(one.train) if one.train else ()
    tables = []
    for folder, record in ((first, one), (second, two)):
        maps = Maps.named(record.label_map, record.project, labels)
        asked, predicted, _, _ = sides(folder / PREDICTIONS, gold, maps)
        seen = [maps.projected(doc, "", Counter()) for doc in train]
        tables.append(views(one.task, asked, predicted, seen, maps.scored))
    found = {name: paired(table, tables[1][name], resamples=resamples, seed=seed) for name, table in tables[0].items()}
    return Comparison(one.task, (one.name, two.name), len(gold), resamples, seed, found)
