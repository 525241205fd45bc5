"""The board: results that anybody may add to, one JSON object a line, and the tables made of them.

A line holds what `vistka bench run` scored: the averages of every view with the intervals of F1. Lines of one system
that differ in their seed alone make one row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean

import msgspec
from msgspec import Struct

from vistka.bench.counts import MICRO
from vistka.bench.run import Record
from vistka.bench.score import HEADLINE, Scores
from vistka.bench.systems import Task
from vistka.findings import InputError

AVERAGES = ("micro", "macro", "weighted", "F_avg")
COLUMNS: dict[Task, tuple[tuple[str, str, str], ...]] = {
    "ner": (
        ("F1 strict", "outermost strict", "micro"),
        ("macro", "outermost strict", "macro"),
        ("boundaries", "outermost boundaries", "micro"),
        ("partial", "outermost partial", "micro"),
        ("label", "outermost label", "micro"),
        ("nested too", "all strict", "micro"),
    ),
    "relations": (
        ("F1 strict", "strict", "micro"),
        ("macro", "strict", "macro"),
        ("boundaries", "boundaries", "micro"),
        ("unseen facts", "ign", "micro"),
    ),
    "stance": (
        ("accuracy", "tuple", "micro"),
        ("macro", "tuple", "macro"),
        ("F_avg", "tuple", "F_avg"),
    ),
}
"""Of each task: heading, view and line. Given gold spans, micro F1 of the polarity is its accuracy."""


class Value(Struct, frozen=True):
    f1: float | None
    low: float | None = None
    high: float | None = None


class Result(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of `results.jsonl`; `command` reproduces it, `by` says whose it is."""

    task: Task
    system: str
    command: str
    by: str
    seed: int
    data_version: str
    evaluate: str
    train_documents: int
    mentions: str
    libraries: dict[str, str]
    views: dict[str, dict[str, Value]]


def result(record: Record, scores: Scores, command: str, mentions: str, by: str = "Vistka") -> Result:
    """A run as a line; figures are rounded to six places, far below what documents resampled would move."""
    views = {
        view: {line.label: _value(line.f1, line.low, line.high) for line in lines if line.label in AVERAGES}
        for view, lines in scores.views.items()
    }
    return Result(
        record.task,
        record.name,
        command,
        by,
        record.seed,
        record.data_version,
        record.evaluate,
        record.train_documents,
        mentions,
        record.libraries,
        views,
    )


def _value(f1: float | None, low: float | None, high: float | None) -> Value:
    return Value(*(None if x is None else round(x, 6) for x in (f1, low, high)))


def read_results(path: Path) -> list[Result]:
    """The lines of the file; raises `InputError` naming the one that is none."""
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Result))
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{path}:{number}: no result: {error}; `vistka bench run` and scripts/benchmark"
            ) from error
    return found


def tables(results: Iterable[Result], task: Task) -> str:
    """Markdown: the task's results, a table a data version, best first."""
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for one in results:
        if one.task == task:
            groups[one.data_version, one.evaluate].append(one)
    return "\n\n".join(
        f"Data version `{version}`, split `{split}`.\n\n{_table(task, own)}" for (version, split), own in groups.items()
    )


def _table(task: Task, results: Sequence[Result]) -> str:
    rows: dict[tuple[str, str, str], list[Result]] = defaultdict(list)
    for one in results:
        rows[one.system, one.mentions, one.by].append(one)
    headings = [heading for heading, _, _ in COLUMNS[task]]
    setup = ["mentions"] if task == "relations" else []
    lines = [
        "| " + " | ".join(["system", *setup, headings[0], "95 % interval", *headings[1:], "reproduced by"]) + " |",
        "|---|" + "---|" * len(setup) + "---:|" * (len(headings) + 1) + "---|",
    ]
    view, line = HEADLINE[task], MICRO
    ordered = sorted(rows.items(), key=lambda row: (-(_mean(row[1], view, line) or 0), row[0]))
    for (system, mentions, by), own in ordered:
        first = min(own, key=lambda one: one.seed)
        value = first.views[view][line]
        interval = f"{value.low:.3f}–{value.high:.3f}" if value.low is not None and value.high is not None else ""
        seeds = f" ({len(own)} seeds)" if len(own) > 1 else ""
        cells = [f"{system}{seeds}" + ("" if by == "Vistka" else f", {by}"), *([mentions] if setup else [])]
        cells += [_cell(own, *COLUMNS[task][0][1:]), interval, *(_cell(own, v, n) for _, v, n in COLUMNS[task][1:])]
        lines.append("| " + " | ".join([*cells, f"`{first.command}`"]) + " |")
    return "\n".join(lines)


def _values(results: Sequence[Result], view: str, line: str) -> list[float]:
    found = (one.views.get(view, {}).get(line) for one in results)
    return [value.f1 for value in found if value is not None and value.f1 is not None]


def _mean(results: Sequence[Result], view: str, line: str) -> float | None:
    found = _values(results, view, line)
    return mean(found) if found else None


def _cell(results: Sequence[Result], view: str, line: str) -> str:
    """The mean over seeds, and how far the seeds lie apart."""
    found = _values(results, view, line)
    if not found:
        return "–"
    apart = f" ± {(max(found) - min(found)) / 2:.3f}" if len(found) > 1 else ""
    return f"{mean(found):.3f}{apart}"
