"""What the tables need of some documents: tokens, sentences, mentions and candidate pairs as columns of numbers.

Everything is a column over the whole batch, so that numpy does the work of loops.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vistka.documents import whole_sentences
from vistka.model import Document, Mention
from vistka.publish.tokens import KEY, Ints, Tokens, token_columns
from vistka.resources import Labels
from vistka.text import Interval

if TYPE_CHECKING:
    import pyarrow as pa

WINDOW_TOKENS = 30
"""A candidate pair has at most so many tokens between its mentions, and at most one sentence boundary."""


class LabelIndex:
    """Labels as the integers that ClassLabels store."""

    def __init__(self, labels: Labels) -> None:
        self.mention = {label: i for i, label in enumerate(labels.mention_labels)}
        self.relation = {label: i for i, label in enumerate(labels.relation_labels)}
        self.polarity = {value: i for i, value in enumerate(labels.polarities)}
        self.attribution = {value: i for i, value in enumerate(labels.attributions)}
        count = len(self.mention)
        self.may_relate = np.zeros((count, count), dtype=bool)
        for _, head, tail in labels.signatures:
            self.may_relate[self.mention[head], self.mention[tail]] = True


class Batch:
    """Some documents of one split and what several configs need of them. Mentions are in text order."""

    def __init__(self, docs: Sequence[Document], index: LabelIndex) -> None:
        self.docs = docs
        self.index = index
        found = list(chain.from_iterable(doc.mentions for doc in docs))
        self.mention_counts = [len(doc.mentions) for doc in docs]
        self.mention_doc: Ints = np.repeat(np.arange(len(docs), dtype=np.int64), self.mention_counts)
        start = self.mention_doc * KEY + np.fromiter([m.start for m in found], np.int64, len(found))
        end = self.mention_doc * KEY + np.fromiter([m.end for m in found], np.int64, len(found))
        order = np.lexsort((-end, start))
        self.mentions: list[Mention] = [found[place] for place in order.tolist()]
        self.starts: Ints = start[order]
        """Keys of the mentions' first characters."""
        self.ends: Ints = end[order]

    # --- mentions -----------------------------------------------------------------------------------------

    @cached_property
    def _fields(self) -> tuple[list[str], list[str], list[str], list[str | None]]:
        """Ids, labels, surfaces and entities."""
        found = self.mentions
        return [m.id for m in found], [m.label for m in found], [m.text for m in found], [m.entity for m in found]

    @cached_property
    def ids(self) -> pa.Array:
        return _strings(self._fields[0])

    @cached_property
    def surfaces(self) -> pa.Array:
        return _strings(self._fields[2])

    @cached_property
    def entities(self) -> pa.Array:
        return _strings(self._fields[3])

    @cached_property
    def labels(self) -> Ints:
        names = self._fields[1]
        return np.fromiter(map(self.index.mention.__getitem__, names), np.int64, len(names))

    @cached_property
    def _bounds(self) -> list[int]:
        """Where each document's mentions begin, and the end of all."""
        return [0, *accumulate(self.mention_counts)]

    # --- tokens and sentences -----------------------------------------------------------------------------

    @cached_property
    def tokens(self) -> Tokens:
        return token_columns([doc.text for doc in self.docs])

    @cached_property
    def first_tokens(self) -> Ints:
        """Per mention, the token that holds its first character."""
        return np.searchsorted(self.tokens.ends, self.starts, side="right")

    @cached_property
    def last_tokens(self) -> Ints:
        return np.searchsorted(self.tokens.starts, self.ends, side="left") - 1

    @cached_property
    def sentence_spans(self) -> list[list[Interval]]:
        """Per document; a boundary inside a mention is none."""
        return [whole_sentences(doc) for doc in self.docs]

    @cached_property
    def sentence_starts(self) -> Ints:
        return _keys_of(self.sentence_spans, 0)

    @cached_property
    def sentence_ends(self) -> Ints:
        return _keys_of(self.sentence_spans, 1)

    @cached_property
    def mention_sentences(self) -> Ints:
        """Per mention, its sentence's place in the batch."""
        return np.searchsorted(self.sentence_starts, self.starts, side="right") - 1

    # --- candidate pairs ----------------------------------------------------------------------------------

    @cached_property
    def candidates(self) -> Ints:
        """Sorted keys of the ordered pairs of mentions that some signature allows, near enough, of different things."""
        count = len(self.mentions)
        thing = self._things()
        found: list[Ints] = [np.zeros(0, np.int64)]
        for step in range(1, count):
            left, right = np.arange(count - step), np.arange(step, count)
            near = self.mention_doc[left] == self.mention_doc[right]
            near &= self.first_tokens[right] - self.last_tokens[left] <= WINDOW_TOKENS + 1
            if not near.any():
                break
            near &= self.mention_sentences[right] - self.mention_sentences[left] <= 1
            near &= thing[left] != thing[right]
            for head, tail in ((left, right), (right, left)):
                fits = near & self.index.may_relate[self.labels[head], self.labels[tail]]
                found.append(self._pair_keys(head[fits], tail[fits]))
        return np.sort(np.concatenate(found))

    def _things(self) -> Ints:
        """Per mention, a number that mentions of one entity share; negative where it has none."""
        numbers: list[int | None] = []
        entities = self._fields[3]
        base = 0
        for doc, first, last in zip(self.docs, self._bounds, self._bounds[1:]):
            number: dict[str | None, int] = {entity.id: base + i for i, entity in enumerate(doc.entities)}
            base += len(number)
            numbers += [number.get(entity) for entity in entities[first:last]]
        return np.array([-1 - place if n is None else n for place, n in enumerate(numbers)], dtype=np.int64)

    @cached_property
    def gold(self) -> Ints:
        """A row (head, tail, label) for every relation, mentions by their places; sorted."""
        ids = self._fields[0]
        heads: list[int] = []
        tails: list[int] = []
        for doc, first, last in zip(self.docs, self._bounds, self._bounds[1:]):
            if doc.relations:
                place = dict(zip(ids[first:last], range(first, last)))
                heads += [place[r.head] for r in doc.relations]
                tails += [place[r.tail] for r in doc.relations]
        index = self.index.relation
        labels = [index[r.label] for doc in self.docs for r in doc.relations]
        rows: Ints = np.array([heads, tails, labels], dtype=np.int64)
        return np.ascontiguousarray(rows[:, np.lexsort(rows[::-1])].T)

    @cached_property
    def gold_in_window(self) -> npt.NDArray[np.bool_]:
        """Per row of `gold`, whether its pair is a candidate."""
        return among(self.candidates, self.gold_keys)

    @property
    def gold_keys(self) -> Ints:
        """Per row of `gold`, the key of its pair; sorted."""
        return self._pair_keys(self.gold[:, 0], self.gold[:, 1])

    def _pair_keys(self, heads: Ints, tails: Ints) -> Ints:
        return heads * max(1, len(self.mentions)) + tails


def _strings(values: Iterable[str | None]) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, pa.string())


def among(keys: Ints, wanted: Ints) -> npt.NDArray[np.bool_]:
    """Per wanted key, whether it is among the sorted keys."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool)
    found: npt.NDArray[np.bool_] = keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted
    return found


def _keys_of(spans: Sequence[Sequence[Interval]], side: int) -> Ints:
    lengths = [len(found) for found in spans]
    flat = np.fromiter((span[side] for found in spans for span in found), np.int64, sum(lengths))
    return flat + np.repeat(np.arange(len(spans), dtype=np.int64) * KEY, lengths)
