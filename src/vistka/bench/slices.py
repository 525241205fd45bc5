"""Strict scores of parts of the mentions: what training has seen, how long they are, where they stand, in what article.

A mention falls into one bucket of every slice; both sides fall by their own span, so a bucket has precision and recall.
The slice `entity name` asks what gold alone knows and has recall only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from vistka.model import Document, Mention
from vistka.text import sentences, tokens

Bucket: TypeAlias = Callable[[Document, Mention], str]
Keyed: TypeAlias = dict[tuple[int, int, str], Mention]
Pair: TypeAlias = tuple[Document, Keyed, Keyed]
"""A gold document, its mentions and the predicted ones by span and label."""


class Slice(Struct, frozen=True):
    """One bucket of a slice; `precision` and `f1` are null where only gold can be asked."""

    name: str
    bucket: str
    precision: float | None
    recall: float | None
    f1: float | None
    gold: int
    predicted: int | None


def slices(gold: Sequence[Document], predicted: Sequence[Document], train: Iterable[Document]) -> list[Slice]:
    """Every slice over the mentions of the documents; none of what was seen without `train`."""
    surfaces: set[tuple[str, str]] = set()
    names: set[tuple[str, str]] = set()
    for doc in train:
        known = {e.id: e.name.casefold() for e in doc.entities}
        surfaces |= {(m.label, m.text.casefold()) for m in doc.mentions}
        names |= {(m.label, known[m.entity]) for m in doc.mentions if m.entity in known}
    buckets: dict[str, Bucket] = {
        "length": lambda doc, m: _size(len(tokens(m.text))),
        "sentence": _Position(),
        "topic": lambda doc, m: doc.metadata.topic,
        "genre": lambda doc, m: doc.metadata.genre,
        "origin": lambda doc, m: doc.metadata.origin,
    }
    if surfaces:
        buckets = {"surface": lambda doc, m: _seen((m.label, m.text.casefold()) in surfaces), **buckets}
    pairs = [(one, _keyed(one), _keyed(two)) for one, two in zip(gold, predicted)]
    found = [one for name, bucket in buckets.items() for one in _cut(name, bucket, pairs)]
    return found + _names(pairs, names) if names else found


def _keyed(doc: Document) -> Keyed:
    return {(m.start, m.end, m.label): m for m in doc.mentions}


def _cut(name: str, bucket: Bucket, pairs: Sequence[Pair]) -> list[Slice]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for doc, *sides in pairs:
        for place, side in enumerate(sides):
            for key, mention in side.items():
                # The metadata are gold's on both sides, so equal mentions fall into equal buckets.
                own = counts[bucket(doc, mention)]
                own[place] += 1
                own[2] += place == 0 and key in sides[1]
    return [_slice(name, key, *counts[key]) for key in sorted(counts)]


def _slice(name: str, bucket: str, gold: int, predicted: int, right: int) -> Slice:
    return Slice(
        name,
        bucket,
        right / predicted if predicted else None,
        right / gold if gold else None,
        2 * right / (gold + predicted),
        gold,
        predicted,
    )


def _names(pairs: Sequence[Pair], names: set[tuple[str, str]]) -> list[Slice]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for doc, gold, predicted in pairs:
        known = {e.id: e.name.casefold() for e in doc.entities}
        for key, m in gold.items():
            if m.entity in known:
                own = counts[_seen((m.label, known[m.entity]) in names)]
                own[0] += 1
                own[1] += key in predicted
    return [
        Slice("entity name", key, None, right / all_, None, all_, None) for key, (all_, right) in sorted(counts.items())
    ]


def _seen(known: bool) -> str:
    return "seen in training" if known else "unseen"


def _size(count: int) -> str:
    return f"{count} token{'s' if count > 1 else ''}" if count < 4 else "4 tokens or more"


class _Position:
    """The number of the sentence that a mention begins in, by ranges."""

    def __init__(self) -> None:
        self._doc_id = ""
        self._starts: list[int] = []

    def __call__(self, doc: Document, mention: Mention) -> str:
        if doc.doc_id != self._doc_id:
            self._doc_id, self._starts = doc.doc_id, [start for start, _ in sentences(doc.text)]
        number = max(1, bisect_right(self._starts, mention.start))
        return "1" if number == 1 else "2–3" if number < 4 else "4–8" if number < 9 else "9 and on"
