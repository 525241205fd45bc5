"""Predictions against gold: the scores of a task as one record, and the tables they are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from vistka.bench import relations, stance
from vistka.bench.counts import Figure, Table, figures
from vistka.bench.mentions import errors, tables
from vistka.bench.slices import Slice, slices
from vistka.bench.systems import Task
from vistka.findings import UsageError
from vistka.model import Document, Mention
from vistka.resources import Labels
from vistka.tagging import outermost

HEADLINE: Mapping[Task, str] = {"ner": "outermost strict", "relations": "strict", "stance": "tuple"}
"""The view that a board shows of each task."""
NONE = "–"
_CONTEXT = 60


class Example(Struct, frozen=True):
    """A fault in its sentence: offsets of gold and prediction count in `text`."""

    doc_id: str
    kind: str
    text: str
    gold: tuple[int, int, str] | None
    predicted: tuple[int, int, str] | None


class Errors(Struct, frozen=True):
    """Faults among the outermost mentions: by kind and label, as a confusion of labels, and all of them in context."""

    kinds: dict[str, dict[str, int]]
    confusion: dict[str, dict[str, int]]
    examples: tuple[Example, ...]


class Scores(Struct, frozen=True):
    """All figures of one run, by view; slices and errors of `ner` alone."""

    task: str
    documents: int
    resamples: int
    seed: int
    views: dict[str, tuple[Figure, ...]]
    slices: tuple[Slice, ...] = ()
    errors: Errors | None = None
    candidates: tuple[int, int] | None = None
    """Gold relations that the candidate window holds, and all."""


def views(
    task: Task, gold: Sequence[Document], predicted: Sequence[Document], train: Sequence[Document], labels: Labels
) -> dict[str, Table]:
    """The tables of a task by the name of their view; documents in one order on both sides."""
    if [doc.doc_id for doc in gold] != [doc.doc_id for doc in predicted]:
        raise UsageError("gold and predictions are not of the same documents in the same order")
    if task == "ner":
        found = tables(gold, predicted, labels.mention_labels)
        return {f"{scope} {view}": table for scope, own in found.items() for view, table in own.items()}
    if task == "relations":
        return relations.tables(gold, predicted, train, labels)
    return stance.tables(gold, predicted, labels)


def score(
    task: Task,
    gold: Sequence[Document],
    predicted: Sequence[Document],
    train: Sequence[Document],
    labels: Labels,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Scores:
    """The scores; `train` tells what was seen and may be empty."""
    found = {
        name: tuple(figures(table, resamples=resamples, seed=seed))
        for name, table in views(task, gold, predicted, train, labels).items()
    }
    scores = Scores(task, len(gold), resamples, seed, found)
    if task == "ner":
        one, two = ([replace(d, mentions=tuple(outermost(d.mentions))) for d in side] for side in (gold, predicted))
        return replace(scores, slices=tuple(slices(one, two, train)), errors=_errors(one, two))
    if task == "relations":
        return replace(scores, candidates=relations.candidate_recall(gold, labels))
    return scores


def _errors(gold: Sequence[Document], predicted: Sequence[Document]) -> Errors:
    kinds: dict[str, Counter[str]] = {}
    confusion: dict[str, Counter[str]] = {}
    examples: list[Example] = []
    for one, two in zip(gold, predicted):
        keys = {(m.start, m.end, m.label) for m in two.mentions}
        for mention in one.mentions:
            if (mention.start, mention.end, mention.label) in keys:
                confusion.setdefault(mention.label, Counter())[mention.label] += 1
        for error in errors(one.mentions, two.mentions):
            whose = error.gold or error.predicted
            assert whose is not None
            kinds.setdefault(error.kind, Counter())[whose.label] += 1
            row, column = (side.label if side else NONE for side in (error.gold, error.predicted))
            confusion.setdefault(row, Counter())[column] += 1
            examples.append(_example(one, error.kind, error.gold, error.predicted))
    return Errors(
        {kind: dict(count) for kind, count in kinds.items()},
        {row: dict(count) for row, count in confusion.items()},
        tuple(examples),
    )


def _example(doc: Document, kind: str, gold: Mention | None, predicted: Mention | None) -> Example:
    """The fault with some characters around it, cut at blanks and never across a line's end."""
    both = [m for m in (gold, predicted) if m is not None]
    start, end = min(m.start for m in both), max(m.end for m in both)
    low = max(doc.text.rfind("\n", 0, start) + 1, start - _CONTEXT)
    stop = doc.text.find("\n", end)
    high = min(stop if stop >= 0 else len(doc.text), end + _CONTEXT)
    while low > 0 and not doc.text[low - 1].isspace() and low < start:
        low += 1
    while high < len(doc.text) and not doc.text[high].isspace() and high > end:
        high -= 1
    shown = [(m.start - low, m.end - low, m.label) if m else None for m in (gold, predicted)]
    return Example(doc.doc_id, kind, doc.text[low:high], shown[0], shown[1])
