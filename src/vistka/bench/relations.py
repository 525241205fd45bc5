"""Relations scored: three views of right, and how many of them a system over candidate pairs can reach. Pure.

strict      both mentions with their spans and labels, and the relation's label
boundaries  both spans and the relation's label, whatever the mentions' labels
ign         strict over facts that training does not hold (Ign F1 of DocRED, Yao et al. 2019): what it does hold
            leaves both sides

A fact is a label between two names: a span's name is that of its gold entity, else of its predicted one, else the
surface, in small letters. Symmetric labels have no direction. A relation told twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from vistka.bench.counts import Table
from vistka.model import Document
from vistka.publish.batch import Batch, LabelIndex
from vistka.resources import Labels
from vistka.text import Interval

Fact: TypeAlias = tuple[str, str, str]
VIEWS = ("strict", "boundaries", "ign")


class End(Struct, frozen=True, order=True):
    """A mention as a relation knows it; ends sort as mentions do, the outer before the inner."""

    start: int
    minus_end: int
    label: str = ""

    @property
    def span(self) -> Interval:
        return self.start, -self.minus_end


class Item(Struct, frozen=True):
    """A relation without ids."""

    label: str
    head: End
    tail: End


def tables(
    gold: Sequence[Document], predicted: Sequence[Document], train: Sequence[Document], labels: Labels
) -> dict[str, Table]:
    """View -> table, by relation label, for documents in one order. A label outside `labels` is a `KeyError`."""
    place = {label: i for i, label in enumerate(labels.relation_labels)}
    counts = {view: np.zeros((len(gold), len(place), 4)) for view in VIEWS}
    seen = {fact for doc in train for fact in facts(doc, labels)}
    for number, pair in enumerate(zip(gold, predicted, strict=True)):
        one, two = (_items(doc, labels) for doc in pair)
        names = _names(pair[1]) | _names(pair[0])
        views = {
            "strict": (one, two),
            "boundaries": tuple({_bare(item) for item in side} for side in (one, two)),
            "ign": tuple({item for item in side if _fact(item, names, labels) not in seen} for side in (one, two)),
        }
        for view, (ours, theirs) in views.items():
            right = ours & theirs
            for column, items in enumerate((right, theirs, right, ours)):
                for item in items:
                    counts[view][number, place[item.label], column] += 1
    return {view: Table(labels.relation_labels, counts[view]) for view in VIEWS}


def facts(doc: Document, labels: Labels) -> Iterator[Fact]:
    """What the document tells: head's name, label, tail's name; of a symmetric label the names in order."""
    names = _names(doc)
    for item in _items(doc, labels):
        yield _fact(item, names, labels)


def candidate_recall(documents: Sequence[Document], labels: Labels) -> tuple[int, int]:
    """The gold relations whose mentions are a candidate pair, and all."""
    batch = Batch(documents, LabelIndex(labels))
    return int(batch.gold_in_window.sum()), len(batch.gold)


def _items(doc: Document, labels: Labels) -> set[Item]:
    ends = {m.id: End(m.start, -m.end, m.label) for m in doc.mentions}
    return {_directed(Item(r.label, ends[r.head], ends[r.tail]), labels) for r in doc.relations}


def _directed(item: Item, labels: Labels) -> Item:
    """The relation, a symmetric one from the earlier mention to the later."""
    backwards = item.label in labels.symmetric and item.tail < item.head
    return Item(item.label, item.tail, item.head) if backwards else item


def _bare(item: Item) -> Item:
    """The relation without its mentions' labels."""
    head, tail = (End(end.start, end.minus_end) for end in (item.head, item.tail))
    return Item(item.label, head, tail)


def _names(doc: Document) -> dict[Interval, str]:
    entities = {entity.id: entity.name for entity in doc.entities}
    return {(m.start, m.end): entities.get(m.entity or "", m.text).casefold() for m in doc.mentions}


def _fact(item: Item, names: dict[Interval, str], labels: Labels) -> Fact:
    head, tail = names[item.head.span], names[item.tail.span]
    if item.label in labels.symmetric and tail < head:
        head, tail = tail, head
    return head, item.label, tail
