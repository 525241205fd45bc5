"""Runs as one page for people: no scripts from elsewhere, no requests, everything that comes from data escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from vistka.bench.run import Record, read_run
from vistka.bench.score import HEADLINE, NONE, Example, Scores
from vistka.findings import InputError, MissingExtra

EXAMPLES = 400
"""Faults shown of one run; the counts above them are of all."""


def report(folders: Sequence[Path]) -> str:
    """The page of these runs; raises `InputError` where they are of several tasks or data versions."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtra("bench", "jinja2") from error

    runs = [read_run(folder) for folder in folders]
    for field in ("task", "data_version", "evaluate", "project"):
        found = sorted({str(getattr(record, field)) for record, _ in runs})
        if len(found) > 1:
            raise InputError(f"the runs differ in {field} ({', '.join(found)}); report those of one at a time")
    record = runs[0][0]
    templates = Environment(
        loader=PackageLoader("vistka.bench", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"f3": _three, "pieces": _pieces}
    return templates.get_template("report.html").render(
        record=record,
        runs=[_view(record, scores) for record, scores in runs],
        headline=HEADLINE[record.task],
        labels=_labels(runs),
        slices=_slices(runs),
        curves=_curves(runs),
    )


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _view(record: Record, scores: Scores) -> dict[str, Any]:
    headline = scores.views[HEADLINE[record.task]]
    confusion = scores.errors.confusion if scores.errors else {}
    rows = sorted(confusion, key=lambda name: (name == NONE, name))
    columns = sorted({column for row in confusion.values() for column in row}, key=lambda name: (name == NONE, name))
    return {
        "name": record.name + (f", seed {record.seed}" if record.seed else ""),
        "record": record,
        "scores": scores,
        "f1": {line.label: line for line in headline},
        "rows": rows,
        "columns": columns,
        "confusion": confusion,
        "examples": scores.errors.examples[:EXAMPLES] if scores.errors else (),
    }


def _labels(runs: Sequence[tuple[Record, Scores]]) -> list[str]:
    """The lines of the headline view, averages first, in the order of the run that has most."""
    lines = [[line.label for line in scores.views[HEADLINE[record.task]]] for record, scores in runs]
    return list(dict.fromkeys(label for own in sorted(lines, key=len, reverse=True) for label in own))


def _slices(runs: Sequence[tuple[Record, Scores]]) -> list[dict[str, Any]]:
    """Every bucket with its gold count and the recall and F1 of each run."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for number, (_, scores) in enumerate(runs):
        for one in scores.slices:
            empty = {"name": one.name, "bucket": one.bucket, "gold": one.gold, "cells": [None] * len(runs)}
            found.setdefault((one.name, one.bucket), empty)["cells"][number] = one
    return list(found.values())


def _curves(runs: Sequence[tuple[Record, Scores]]) -> list[dict[str, Any]]:
    """Learning curves as points of a drawing 480 × 240, the number of documents from the left, F1 upwards."""
    drawn = [(record, record.curve) for record, _ in runs if record.curve]
    most = max((point.documents for _, curve in drawn for point in curve), default=1)
    found = []
    for record, curve in drawn:
        points = [
            {"x": 40 + 420 * p.documents / most, "y": 220 - 200 * p.f1, "documents": p.documents, "f1": p.f1}
            for p in curve
            if p.f1 is not None
        ]
        found.append({"name": record.name, "points": points})
    return found


def _pieces(example: Example) -> Iterator[tuple[str, str, str]]:
    """The text in pieces: text, marks ("gold", "found" or both) and the labels that begin there."""
    cuts = sorted(
        {0, len(example.text), *(edge for span in (example.gold, example.predicted) if span for edge in span[:2])}
    )
    for start, end in pairwise(cuts):
        marks, labels = [], []
        for name, span in (("gold", example.gold), ("found", example.predicted)):
            if span and span[0] <= start and end <= span[1]:
                marks.append(name)
                if span[0] == start:
                    labels.append(f"{name}: {span[2]}")
        yield example.text[start:end], " ".join(marks), ", ".join(labels)
