"""One run: a system trained on one split, asked about another, and a folder that says all of it.

The folder holds `predictions.jsonl` (annotation records), `run.json` (what was run, on what, how long), `scores.json`.
It is written beside its place and moved there whole.
"""

from __future__ import annotations

import os
import platform
import random
import resource
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from vistka import __version__
from vistka.bench.data import Data
from vistka.bench.maps import Maps
from vistka.bench.score import HEADLINE, Scores, score
from vistka.bench.systems import SYSTEMS, Setup, Task, make, versions
from vistka.findings import Finding, InputError, Progress, UsageError, unseen
from vistka.io import encode_line
from vistka.model import Annotation, Document
from vistka.predictions import read_predictions
from vistka.resources import Labels
from vistka.staging import new_folder
from vistka.text import sha256

SCHEMA = "vistka/run/1"
PREDICTIONS, RECORD, SCORES = "predictions.jsonl", "run.json", "scores.json"


class Point(Struct, frozen=True):
    """One point of a learning curve: how many training documents, and the headline's micro F1 with its interval."""

    documents: int
    f1: float | None
    low: float | None
    high: float | None


class Scored(Struct, frozen=True):
    """Scores, and what maps and repairs did to both sides.

    `dropped` counts the mentions that maps left out, `gold LABEL` and `predicted LABEL`; `unreached` gold mentions of
    labels that the model's labels do not map to: they stay, and count as missed.
    """

    scores: Scores
    dropped: dict[str, int]
    unreached: dict[str, int]
    warnings: tuple[Finding, ...]


class Record(Struct, frozen=True):
    """What `run.json` says. Seconds are wall time; memory is the peak of the whole process; maps as in `Scored`."""

    schema: str
    vistka: str
    task: Task
    system: str
    argument: str
    libraries: dict[str, str]
    seed: int
    data: str
    data_version: str
    train: str
    train_documents: int
    evaluate: str
    evaluate_documents: int
    mentions: str
    label_map: str
    project: str
    dropped: dict[str, int]
    unreached: dict[str, int]
    hardware: dict[str, str]
    train_seconds: float
    predict_seconds: float
    documents_per_second: float
    peak_memory_mb: float
    curve: tuple[Point, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.system}:{self.argument}" if self.argument else self.system


class Plan(Struct, frozen=True):
    """What is to be run. `mentions` names a file of predicted mentions for `relations`; empty means gold's."""

    task: Task
    system: str
    argument: str = ""
    train: str = "train"
    evaluate: str = "test"
    seed: int = 0
    mentions: str = ""
    label_map: str = ""
    project: str = ""
    sizes: tuple[float, ...] = ()
    """Shares of the training documents for a learning curve."""
    resamples: int = 1000


def run(plan: Plan, data: Data, labels: Labels, out: Path, *, progress: Progress = unseen) -> tuple[Record, Scores]:
    """Train, predict, score, and write the folder `out`; an old run there is replaced, anything else refused."""
    if out.exists() and not (out / RECORD).is_file():
        raise UsageError(f"{out}: exists and is no run of ours (no {RECORD}); name another folder or move it")
    maps = Maps.named(plan.label_map, plan.project, labels, plan.task)
    gold = data.split(plan.evaluate)
    training = data.split(plan.train) if SYSTEMS[plan.system].learns(plan.argument) else ()
    asked = [blank(plan.task, doc) for doc in _given(plan, gold, labels)]
    with new_folder(out) as folder:
        setup = Setup(plan.task, plan.argument, plan.seed, labels, folder / "scratch")
        setup.folder.mkdir()
        predicted, seconds = _annotated(plan, setup, training, asked, progress)
        _write(folder / PREDICTIONS, predicted)
        found = scored(plan.task, folder / PREDICTIONS, gold, training, maps, plan.resamples)
        curve = tuple(
            _point(plan, setup, share, training, asked, gold, maps) for share in progress(plan.sizes, "sizes")
        )
        shutil.rmtree(setup.folder)
        record = Record(
            schema=SCHEMA,
            vistka=__version__,
            task=plan.task,
            system=plan.system,
            argument=plan.argument,
            libraries=versions(plan.system, plan.argument),
            seed=plan.seed,
            data=data.source,
            data_version=data.version,
            train=plan.train if training else "",
            train_documents=len(training),
            evaluate=plan.evaluate,
            evaluate_documents=len(gold),
            mentions=plan.mentions or "gold",
            label_map=plan.label_map,
            project=plan.project,
            dropped=found.dropped,
            unreached=found.unreached,
            hardware=_hardware(),
            train_seconds=round(seconds[0], 3),
            predict_seconds=round(seconds[1], 3),
            documents_per_second=round(len(asked) / max(seconds[1], 1e-9), 1),
            peak_memory_mb=_peak_mb(),
            curve=curve,
        )
        for name, value in ((RECORD, record), (SCORES, found.scores)):
            (folder / name).write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
    return record, found.scores


def blank(task: Task, doc: Document) -> Document:
    """The document without what the task asks for: a system must not see it."""
    if task == "ner":
        return replace(doc, entities=(), mentions=(), relations=(), stances=())
    if task == "relations":
        return replace(doc, relations=(), stances=())
    return replace(doc, relations=(), stances=tuple(replace(s, polarity="") for s in doc.stances))


def read_run(folder: Path) -> tuple[Record, Scores]:
    """The record and the scores in a run's folder; raises `InputError` where it is none."""
    found = []
    for name, kind in ((RECORD, Record), (SCORES, Scores)):
        try:
            found.append(msgspec.json.decode((folder / name).read_bytes(), type=kind))
        except OSError as error:
            raise InputError(f"{folder}: no run (no {name}); `vistka bench run` makes one") from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"{folder / name}: no record of a run: {error}; run it again") from error
    record, scores = found
    assert isinstance(record, Record) and isinstance(scores, Scores)
    return record, scores


# --- scoring ---------------------------------------------------------------------------------------------------------


def scored(
    task: Task,
    path: Path,
    gold: Sequence[Document],
    train: Sequence[Document],
    maps: Maps,
    resamples: int,
    *,
    repair: bool = False,
) -> Scored:
    """Predictions in a file against gold; raises `InputError` with the findings where they do not fit."""
    one, two, dropped, warnings = sides(path, gold, maps, repair=repair)
    seen = [maps.projected(doc, "", Counter()) for doc in train]
    scores = score(task, one, two, seen, maps.scored, resamples=resamples)
    return Scored(scores, dropped, maps.unreached(gold), warnings)


def sides(
    path: Path, gold: Sequence[Document], maps: Maps, *, repair: bool = False
) -> tuple[list[Document], list[Document], dict[str, int], tuple[Finding, ...]]:
    """Gold and predictions, read and projected, in one order; what maps left out; warnings."""
    read = read_predictions(path, gold, maps.read, label_map=maps.given, repair=repair)
    if read.errors:
        raise InputError(f"{path}: not scored, the predictions have errors", tuple(read.errors))
    dropped = Counter({f"predicted {label}": count for label, count in read.dropped.items()})
    one = [maps.projected(doc, "gold", dropped) for doc in gold]
    two = [maps.projected(read.documents[doc.doc_id], "predicted", dropped) for doc in gold]
    return one, two, dict(dropped), read.findings


# --- parts of a run -------------------------------------------------------------------------------------------


def _given(plan: Plan, gold: Sequence[Document], labels: Labels) -> Sequence[Document]:
    """The documents that a system is asked about: with gold mentions, or with those of a file."""
    if not plan.mentions:
        return gold
    if plan.task != "relations":
        raise UsageError("--mentions: predicted mentions are for --task relations")
    read = read_predictions(Path(plan.mentions), gold, labels)
    if read.errors:
        raise InputError(f"{plan.mentions}: the predicted mentions have errors", tuple(read.errors))
    return [read.documents[doc.doc_id] for doc in gold]


def _annotated(
    plan: Plan, setup: Setup, training: Sequence[Document], asked: Sequence[Document], progress: Progress
) -> tuple[list[Document], tuple[float, float]]:
    """The predictions, and the seconds of training and of predicting."""
    system = make(plan.system, setup)
    start = time.perf_counter()
    try:
        if training:
            system.train(training)
        middle = time.perf_counter()
        predicted = list(progress(_aligned(system.predict(asked), asked, plan.system), "documents"))
    except MemoryError as error:
        raise InputError(
            f"--system {plan.system}: out of memory; give it more, or a smaller split with --train"
        ) from error
    return predicted, (middle - start, time.perf_counter() - middle)


def _aligned(predicted: Iterable[Document], asked: Sequence[Document], name: str) -> Iterator[Document]:
    count = 0
    for doc in predicted:
        if count == len(asked) or (doc.doc_id, doc.text) != (asked[count].doc_id, asked[count].text):
            raise InputError(f"--system {name}: prediction {count + 1} is not of document {count + 1}")
        count += 1
        yield doc
    if count != len(asked):
        raise InputError(f"--system {name}: {count} predictions for {len(asked)} documents")


def _write(path: Path, documents: Iterable[Document]) -> None:
    """The layers of the documents as annotation records, one a line."""
    with path.open("wb") as file:
        for doc in documents:
            layers = (doc.entities, doc.mentions, doc.relations, doc.stances)
            record = Annotation("vistka/annotation/1", doc.doc_id, sha256(doc.text), *layers)
            file.write(encode_line(record) + b"\n")


def _point(
    plan: Plan,
    setup: Setup,
    share: float,
    training: Sequence[Document],
    asked: Sequence[Document],
    gold: Sequence[Document],
    maps: Maps,
) -> Point:
    """Train anew on a part; the parts of one seed lie inside one another."""
    order = list(training)
    random.Random(plan.seed).shuffle(order)
    part = sorted(order[: max(1, round(share * len(order)))], key=lambda doc: doc.doc_id)
    predicted, _ = _annotated(plan, setup, part, asked, unseen)
    path = setup.folder / PREDICTIONS
    _write(path, predicted)
    scores = scored(plan.task, path, gold, part, maps, plan.resamples).scores
    micro = scores.views[HEADLINE[plan.task]][0]
    return Point(len(part), micro.f1, micro.low, micro.high)


def _hardware() -> dict[str, str]:
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
    }


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes, on a Mac bytes
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
