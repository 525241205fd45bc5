"""Mentions scored: four views of right, over all mentions and over the outermost ones. Pure.

Views, after SemEval-2013 task 9 (Segura-Bedmar et al. 2013) and MUC-5 (Chinchor & Sundheim 1993):

strict      the same span with the same label
boundaries  the same span, whatever the label ("exact" in SemEval-2013)
partial     1 for the same span, ½ for an overlapping one, whatever the label
label       any overlap with the same label ("type" in SemEval-2013)

Every gold mention pairs with at most one predicted mention and the other way round: equal spans first, then as many
overlapping ones as possible (of these the pairs that overlap most). Touching spans do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from vistka.bench.counts import Table
from vistka.model import Document, Mention
from vistka.scoring import Floats, best_pairs
from vistka.tagging import outermost

Ints: TypeAlias = npt.NDArray[np.int64]
Kind = Literal["label", "boundary", "both", "missed", "spurious"]
KINDS: tuple[Kind, ...] = ("label", "boundary", "both", "missed", "spurious")
VIEWS = ("strict", "boundaries", "partial", "label")
SCOPES = ("outermost", "all")
ANY = "any"
"""The one line of views that do not look at labels."""


class Spans(Struct, frozen=True):
    """Mentions of many documents as columns; starts and ends count on from document to document."""

    document: Ints
    start: Ints
    end: Ints
    label: Ints


class Error(Struct, frozen=True):
    """One fault: the gold mention, the predicted one, or both."""

    kind: Kind
    gold: Mention | None
    predicted: Mention | None


def tables(
    gold: Sequence[Document], predicted: Sequence[Document], labels: Sequence[str]
) -> dict[str, dict[str, Table]]:
    """Scope -> view -> table, for documents in one order. A label outside `labels` is a `KeyError`."""
    found: dict[str, dict[str, Table]] = {}
    for scope in SCOPES:
        sides = [[_mentions(doc, scope) for doc in docs] for docs in (gold, predicted)]
        one, two = (columns(mentions, gold, labels) for mentions in sides)
        found[scope] = {"strict": strict(one, two, len(gold), labels), **_loose(sides[0], sides[1], labels)}
    return found


def _mentions(doc: Document, scope: str) -> list[Mention]:
    return outermost(doc.mentions) if scope == "outermost" else list(doc.mentions)


def columns(mentions: Sequence[Sequence[Mention]], documents: Sequence[Document], labels: Sequence[str]) -> Spans:
    """The mentions of each document as columns."""
    place = {label: i for i, label in enumerate(labels)}
    before = np.cumsum([0, *(len(doc.text) + 1 for doc in documents)])
    document = np.repeat(np.arange(len(mentions)), [len(own) for own in mentions])
    flat = list(chain.from_iterable(mentions))
    shift = before[document] if len(flat) else np.zeros(0, dtype=np.int64)
    start = np.array([m.start for m in flat], dtype=np.int64) + shift
    end = np.array([m.end for m in flat], dtype=np.int64) + shift
    return Spans(document, start, end, np.array([place[m.label] for m in flat], dtype=np.int64))


def strict(gold: Spans, predicted: Spans, documents: int, labels: Sequence[str]) -> Table:
    """Equal spans with equal labels, by document and label."""
    size = len(labels)
    keys = [_keys(spans, size) for spans in (gold, predicted)]
    right = np.isin(keys[0], keys[1], assume_unique=True)
    counts = np.zeros((documents, size, 4))
    hits = _by_label(gold.document[right], gold.label[right], documents, size)
    counts[..., 0] = counts[..., 2] = hits
    counts[..., 1] = _by_label(predicted.document, predicted.label, documents, size)
    counts[..., 3] = _by_label(gold.document, gold.label, documents, size)
    return Table(labels, counts)


def _keys(spans: Spans, labels: int) -> Ints:
    """One number a mention: fewer than 2^18 characters long, within texts of 2^36 characters and 2^8 labels."""
    assert labels <= 256
    key: Ints = (spans.start << 26) | (np.minimum(spans.end - spans.start, (1 << 18) - 1) << 8) | spans.label
    return key


def _by_label(document: Ints, label: Ints, documents: int, labels: int) -> Floats:
    counted: Floats = np.bincount(document * labels + label, minlength=documents * labels).astype(float)
    return counted.reshape(documents, labels)


def _loose(
    gold: Sequence[Sequence[Mention]], predicted: Sequence[Sequence[Mention]], labels: Sequence[str]
) -> dict[str, Table]:
    """The views that pair overlapping mentions."""
    place = {label: i for i, label in enumerate(labels)}
    boundaries, partial = np.zeros((len(gold), 1, 4)), np.zeros((len(gold), 1, 4))
    label = np.zeros((len(gold), len(labels), 4))
    for number, (ones, twos) in enumerate(zip(gold, predicted)):
        spans = {(m.start, m.end) for m in ones}
        same = [m for m in twos if (m.start, m.end) in spans]
        equal = {(m.start, m.end) for m in same}
        rest = [[m for m in side if (m.start, m.end) not in equal] for side in (ones, twos)]
        touching = len(_overlapping(*rest))
        for table, right in ((boundaries, len(same)), (partial, len(same) + touching / 2)):
            table[number, 0] = right, len(twos), right, len(ones)
        for mention in ones:
            label[number, place[mention.label], 3] += 1
        for mention in twos:
            label[number, place[mention.label], 1] += 1
        for name in {m.label for m in ones} & {m.label for m in twos}:
            own = [[m for m in side if m.label == name] for side in (ones, twos)]
            exact = {(m.start, m.end) for m in own[0]} & {(m.start, m.end) for m in own[1]}
            left = [[m for m in side if (m.start, m.end) not in exact] for side in own]
            label[number, place[name], [0, 2]] += len(exact) + len(_overlapping(*left))
    return {
        "boundaries": Table([ANY], boundaries),
        "partial": Table([ANY], partial),
        "label": Table(labels, label),
    }


def _overlapping(gold: Sequence[Mention], predicted: Sequence[Mention]) -> list[tuple[Mention, Mention]]:
    """The most pairs of overlapping mentions, each in one pair at most; of equally many those that overlap most."""
    share = 1 / (1 + min(len(gold), len(predicted)))
    weights = [[(1 + share * _overlap(one, two)) if _overlap(one, two) else 0.0 for two in predicted] for one in gold]
    return [(gold[row], predicted[column]) for row, column, _ in best_pairs(weights)]


def _overlap(one: Mention, two: Mention) -> float:
    """Shared characters over all characters of both, in [0, 1]."""
    shared = min(one.end, two.end) - max(one.start, two.start)
    return shared / (max(one.end, two.end) - min(one.start, two.start)) if shared > 0 else 0.0


def errors(gold: Iterable[Mention], predicted: Iterable[Mention]) -> list[Error]:
    """What is wrong, in text order: pairs with a wrong label, wrong boundaries or both, and what pairs with nothing."""
    right = {(m.start, m.end, m.label) for m in gold} & {(m.start, m.end, m.label) for m in predicted}
    ones, twos = ([m for m in side if (m.start, m.end, m.label) not in right] for side in (gold, predicted))
    weights = [[_likeness(one, two) for two in twos] for one in ones]
    found: list[Error] = []
    paired: set[int] = set()
    for row, column, _ in best_pairs(weights):
        one, two = ones[row], twos[column]
        same_span = (one.start, one.end) == (two.start, two.end)
        kind: Kind = "label" if same_span else "boundary" if one.label == two.label else "both"
        found.append(Error(kind, one, two))
        paired |= {id(one), id(two)}
    found += [Error("missed", one, None) for one in ones if id(one) not in paired]
    found += [Error("spurious", None, two) for two in twos if id(two) not in paired]
    return sorted(found, key=_place)


def _place(error: Error) -> tuple[int, int]:
    mention = error.gold or error.predicted
    assert mention is not None
    return mention.start, -mention.end


def _likeness(one: Mention, two: Mention) -> float:
    overlap = _overlap(one, two)
    return overlap + (1 if overlap == 1 else 0) + (0.5 if one.label == two.label else 0) if overlap else 0.0


# --- tags -----------------------------------------------------------------------------------------------------


def score_tags(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Table:
    """Strict IOB2 over sequences of tags, each counted as a document; equal to seqeval's `mode="strict"`.

    An orphan I- means nothing. Raises `ValueError` where two sequences differ in length, or for more than 127 labels.
    """
    lengths = [len(tags) for tags in gold]
    if lengths != [len(tags) for tags in predicted]:
        raise ValueError("gold and predicted sequences differ in length")
    codes = _Codes()
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    firsts: Ints = np.cumsum([0, *lengths])[:-1][np.array(lengths, dtype=np.int64) > 0]
    one, two = (_tag_spans(side, codes, sequence, firsts) for side in (gold, predicted))
    labels = sorted(codes.labels)
    rank = np.array([labels.index(label) for label in codes.labels], dtype=np.int64)
    one, two = (replace(spans, label=rank[spans.label]) for spans in (one, two))
    return strict(one, two, len(lengths), labels)


class _Codes(dict[str, int]):
    """Tags as numbers, given as they are met: 0 outside, then B- and I- of each label."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[str] = []

    def __missing__(self, tag: str) -> int:
        code = 0
        if tag[:2] in ("B-", "I-"):
            if tag[2:] not in self.labels:
                self.labels.append(tag[2:])
            code = 2 * self.labels.index(tag[2:]) + 1 + (tag[0] == "I")
        self[tag] = code
        return code


def _tag_spans(sequences: Sequence[Sequence[str]], codes: _Codes, sequence: Ints, firsts: Ints) -> Spans:
    code = np.frombuffer(bytes(map(codes.__getitem__, chain.from_iterable(sequences))), np.uint8)
    if not len(code):
        none: Ints = np.zeros(0, dtype=np.int64)
        return Spans(none, none, none, none)
    goes_on = np.zeros(len(code), dtype=bool)
    inside = (code[1:] > 0) & (code[1:] % 2 == 0)
    goes_on[1:] = inside & ((code[:-1] == code[1:]) | (code[:-1] == code[1:] - 1))
    goes_on[firsts] = False
    starts = np.flatnonzero(~goes_on)
    ends = np.append(starts[1:], len(code))
    named = code[starts] % 2 == 1
    label = (code[starts[named]].astype(np.int64) - 1) // 2
    return Spans(sequence[starts[named]], starts[named], ends[named], label)
