"""Right and wrong by document and label, and the figures made of them: averages, intervals, paired tests. Pure.

A table counts `[document, label, 4]`: the predicted items that are right, all predicted, the gold items that are found,
all gold. The two kinds of right differ only where a match has a weight (views `partial` and `graph`).

precision = right / predicted, recall = found / gold, F1 their harmonic mean, 0 where one of them is undefined and the
other side is not empty; NaN where neither side has an item. `micro` sums over labels; `macro` is the mean over the
labels that either side has, `weighted` the same by gold count (both as in seqeval and scikit-learn).
Intervals are percentiles over resampled documents (Efron & Tibshirani 1993); the paired test swaps the two systems'
documents at random (approximate randomisation, Noreen 1989; Yeh 2000).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from vistka.scoring import Floats, ratio

MICRO, MACRO, WEIGHTED = "micro", "macro", "weighted"
_CELLS = 4_000_000
"""Weights drawn at once, so that memory does not grow with resamples × documents."""


class Table:
    """Counts of one view. `means` are further averages over some labels, `{name: labels}`."""

    def __init__(self, labels: Sequence[str], counts: Floats, means: Mapping[str, Sequence[str]] | None = None) -> None:
        self.labels = tuple(labels)
        self.counts = counts
        self.means = {name: [self.labels.index(label) for label in some] for name, some in (means or {}).items()}

    @property
    def used(self) -> list[int]:
        """Places of the labels that either side has."""
        found: list[int] = np.flatnonzero(self.counts.sum(0)[:, [1, 3]].sum(-1)).tolist()
        return found


class Figure(Struct, frozen=True):
    """One line of scores, of a label or an average; null where undefined. `low` and `high` are the F1's interval."""

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    low: float | None
    high: float | None
    found: float
    gold: int
    predicted: int


class Paired(Struct, frozen=True):
    """The difference in F1 of two systems over the same documents, and its p-value, two-sided."""

    label: str
    first: float | None
    second: float | None
    difference: float | None
    p: float | None


def precision_recall_f1(counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Of counts `[..., 4]`; NaN where both sides are empty."""
    empty = counts[..., 1] + counts[..., 3] == 0
    precision = np.where(empty, np.nan, np.nan_to_num(ratio(counts[..., 0], counts[..., 1])))
    recall = np.where(empty, np.nan, np.nan_to_num(ratio(counts[..., 2], counts[..., 3])))
    # In this order of operations the last digit is that of seqeval and scikit-learn.
    f1 = np.where(empty, np.nan, np.nan_to_num(ratio(2 * precision * recall, precision + recall)))
    return precision, recall, f1


def figures(table: Table, *, resamples: int = 1000, seed: int = 0) -> list[Figure]:
    """The averages, then every label that either side has; no intervals for `resamples` 0 or a single document."""
    sums = table.counts.sum(0)
    drawn: dict[str, list[Floats]] = {}
    if resamples and len(table.counts) > 1:
        for part in _resampled(table.counts, resamples, seed):
            for name, (_, _, f1) in _lines(table, part):
                drawn.setdefault(name, []).append(f1)
    found = []
    for name, (precision, recall, f1) in _lines(table, sums):
        low, high = _interval(np.concatenate(drawn[name])) if drawn else (None, None)
        own = sums[table.labels.index(name)] if name in table.labels else sums.sum(0)
        shown = [_shown(float(value)) for value in (precision, recall, f1)]
        found.append(Figure(name, shown[0], shown[1], shown[2], low, high, float(own[2]), int(own[3]), int(own[1])))
    return found


def paired(first: Table, second: Table, *, resamples: int = 10_000, seed: int = 0) -> list[Paired]:
    """Every line of the two tables compared; the tables are over the same documents and labels."""
    one, two = first.counts, second.counts
    lines = {name: values[2] for name, values in _lines(first, one.sum(0))}
    others = {name: values[2] for name, values in _lines(second, two.sum(0))}
    names = [name for name in lines if name in others]
    observed = {name: float(lines[name] - others[name]) for name in names}
    beyond = dict.fromkeys(names, 0)
    rng = np.random.default_rng(seed)
    apart = two - one
    for size in _batches(resamples, len(one)):
        swaps = rng.integers(0, 2, (size, len(one))).astype(float)
        moved = np.tensordot(swaps, apart, axes=(1, 0))
        left = {name: values[2] for name, values in _lines(first, one.sum(0) + moved)}
        right = {name: values[2] for name, values in _lines(second, two.sum(0) - moved)}
        for name in names:
            differences = np.abs(np.nan_to_num(left[name]) - np.nan_to_num(right[name]))
            beyond[name] += int((differences >= abs(observed[name]) - 1e-12).sum())
    return [
        Paired(
            name,
            _shown(float(lines[name])),
            _shown(float(others[name])),
            _shown(observed[name]),
            (beyond[name] + 1) / (resamples + 1) if np.isfinite(observed[name]) else None,
        )
        for name in names
    ]


def _lines(table: Table, sums: Floats) -> Iterator[tuple[str, tuple[Floats, Floats, Floats]]]:
    """Name and precision, recall, F1 of every line, of sums `[..., label, 4]`."""
    used = table.used
    by_label = precision_recall_f1(sums)
    yield MICRO, precision_recall_f1(sums.sum(-2))
    if len(used) > 1:
        yield MACRO, _each(by_label, lambda values: _mean(values[..., used]))
        weights = sums[..., used, 3]
        yield WEIGHTED, _each(by_label, lambda values: _mean(values[..., used], weights))
    for name, some in table.means.items():
        yield name, _each(by_label, lambda values, some=some: _mean(values[..., some]))  # type: ignore[misc]
    for place in used:
        yield table.labels[place], _each(by_label, lambda values, place=place: values[..., place])  # type: ignore[misc]


def _each(values: tuple[Floats, Floats, Floats], function: Callable[[Floats], Floats]) -> tuple[Floats, Floats, Floats]:
    precision, recall, f1 = values
    return function(precision), function(recall), function(f1)


def _mean(values: Floats, weights: Floats | None = None) -> Floats:
    """The mean over the last axis of what is defined there."""
    there = np.isfinite(values)
    weights = there * 1.0 if weights is None else there * weights
    total = (np.nan_to_num(values) * weights).sum(-1)
    return ratio(total, weights.sum(-1))


def _resampled(counts: Floats, resamples: int, seed: int) -> Iterator[Floats]:
    """Sums over resampled documents, `[resample, label, 4]`, in parts."""
    n = len(counts)
    rng = np.random.default_rng(seed)
    flat = counts.reshape(n, -1)
    for size in _batches(resamples, n):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=size).astype(float)
        yield (weights @ flat).reshape(size, *counts.shape[1:])


def _batches(resamples: int, documents: int) -> Iterator[int]:
    size = max(1, _CELLS // max(1, documents))
    for at in range(0, resamples, size):
        yield min(size, resamples - at)


def _interval(values: Floats) -> tuple[float | None, float | None]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None, None
    low, high = np.percentile(finite, (2.5, 97.5))
    return float(low), float(high)


def _shown(value: float) -> float | None:
    return value if np.isfinite(value) else None
