"""Stances scored: whole tuples, and tuples that overlap. Pure.

tuple  the spans of holder, target and expression and the polarity are all equal. Where a system is given the spans this
       is the classification of their polarity, and micro F1 its accuracy. `F_avg` is the mean F1 of support and oppose
       (SemEval-2016 task 6)
graph  Sentiment Graph F1 (SemEval-2022 task 10, Barnes et al. 2022): a tuple is right in so far as it overlaps

In `graph` a tuple's weight is the mean share of the tokens of its holder, target and expression that one tuple of the
same polarity on the other side has in the same place; all three must overlap, two absent holders do, and the best such
tuple counts. A stance told twice counts once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from vistka.bench.counts import Table
from vistka.model import AnySpan, Document, Stance
from vistka.resources import Labels
from vistka.text import Interval, tokens

Places: TypeAlias = frozenset[int]
VIEWS = ("tuple", "graph")
F_AVG = "F_avg"
_AVERAGED = ("support", "oppose")
_NOWHERE: Places = frozenset((-1,))
"""The tokens of an absent holder: two of them overlap, as in the task's scorer."""


class Item(Struct, frozen=True):
    """A stance without ids and attribution."""

    polarity: str
    holder: Interval | None
    target: Interval
    expression: Interval


def tables(gold: Sequence[Document], predicted: Sequence[Document], labels: Labels) -> dict[str, Table]:
    """View -> table, by polarity, for documents in one order. A polarity outside `labels` is a `KeyError`."""
    place = {polarity: i for i, polarity in enumerate(labels.polarities)}
    exact, graph = np.zeros((2, len(gold), len(place), 4))
    for number, pair in enumerate(zip(gold, predicted, strict=True)):
        # Not sets: their order differs from run to run, and with it the last digit of a sum of weights.
        one, two = (dict.fromkeys(map(_item, doc.stances)) for doc in pair)
        right = one.keys() & two.keys()
        for column, items in enumerate((right, two, right, one)):
            for item in items:
                exact[number, place[item.polarity], column] += 1
        graph[number, :, [1, 3]] = exact[number, :, [1, 3]]
        touched = _toucher(pair[0].text)
        for column, mine, theirs in ((0, two, one), (2, one, two)):
            for item, weight in _weighted(mine, theirs, touched):
                graph[number, place[item.polarity], column] += weight
    means = {F_AVG: _AVERAGED} if set(_AVERAGED) <= set(place) else {}
    return {
        "tuple": Table(labels.polarities, exact, means),
        "graph": Table(labels.polarities, graph),
    }


def _item(stance: Stance) -> Item:
    holder = _span(stance.holder) if stance.holder else None
    return Item(stance.polarity, holder, _span(stance.target), _span(stance.expression))


def _span(span: AnySpan) -> Interval:
    return span.start, span.end


# --- overlap --------------------------------------------------------------------------------------------------


def _toucher(text: str) -> Callable[[Interval | None], Places]:
    """A function from a span to the tokens that it touches."""
    spans = tokens(text)
    starts, ends = [start for start, _ in spans], [end for _, end in spans]

    def touched(span: Interval | None) -> Places:
        if span is None:
            return _NOWHERE
        return frozenset(range(bisect_right(ends, span[0]), bisect_left(starts, span[1]))) or _NOWHERE

    return touched


def _weighted(
    mine: Iterable[Item], theirs: Iterable[Item], touched: Callable[[Interval | None], Places]
) -> Iterable[tuple[Item, float]]:
    """Each tuple of one side with the weight of its best match on the other, in [0, 1]."""
    others = [(item.polarity, _places(item, touched)) for item in theirs]
    for item in mine:
        own = _places(item, touched)
        yield item, max((_share(own, other) for polarity, other in others if polarity == item.polarity), default=0.0)


def _places(item: Item, touched: Callable[[Interval | None], Places]) -> tuple[Places, Places, Places]:
    return touched(item.holder), touched(item.target), touched(item.expression)


def _share(own: Sequence[Places], other: Sequence[Places]) -> float:
    """The mean share of its own elements' tokens that the other's have too; 0 where two elements are apart."""
    shares = [len(one & two) / len(one) for one, two in zip(own, other)]
    return sum(shares) / len(shares) if all(shares) else 0.0
