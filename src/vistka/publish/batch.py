"""What the tables need of some documents: tokens, sentences, mentions and candidate pairs as columns of numbers.

A key is document × KEY + offset, so that one sorted array serves all documents of the batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from vistka.documents import whole_sentences
from vistka.model import Document, Mention
from vistka.resources import Labels
from vistka.text import Interval, tokens

Ints = npt.NDArray[np.int64]

WINDOW_TOKENS = 30
"""A candidate pair has at most so many tokens between its mentions, and at most one sentence boundary."""

KEY = 1 << 32


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
    """Some documents of one split and what several configs need of them."""

    def __init__(self, docs: Sequence[Document], index: LabelIndex) -> None:
        self.docs = docs
        self.index = index
        self.mentions: list[Mention] = []
        self.mention_doc: list[int] = []
        for i, doc in enumerate(docs):
            ordered = sorted(doc.mentions, key=_text_order)
            self.mentions += ordered
            self.mention_doc += [i] * len(ordered)

    # --- mentions, in text order --------------------------------------------------------------------------

    @cached_property
    def labels(self) -> Ints:
        index = self.index.mention
        return np.array([index[m.label] for m in self.mentions], dtype=np.int64)

    @cached_property
    def starts(self) -> Ints:
        """Keys of the mentions' first characters."""
        return self._keys(map(attrgetter("start"), self.mentions))

    @cached_property
    def ends(self) -> Ints:
        return self._keys(map(attrgetter("end"), self.mentions))

    def _keys(self, offsets: Iterable[int]) -> Ints:
        count = len(self.mentions)
        return np.array(self.mention_doc, dtype=np.int64) * KEY + np.fromiter(offsets, np.int64, count)

    @cached_property
    def mention_place(self) -> list[dict[str, int]]:
        """Per document: mention id -> place in `mentions`."""
        places: list[dict[str, int]] = [{} for _ in self.docs]
        for place, (doc, mention) in enumerate(zip(self.mention_doc, self.mentions)):
            places[doc][mention.id] = place
        return places

    # --- tokens and sentences -----------------------------------------------------------------------------

    @cached_property
    def _tokens(self) -> tuple[Ints, Ints, list[str], list[int]]:
        """Keys of first and last characters, surfaces, and how many each document has."""
        return token_columns([doc.text for doc in self.docs])

    @property
    def token_starts(self) -> Ints:
        return self._tokens[0]

    @property
    def token_ends(self) -> Ints:
        return self._tokens[1]

    @property
    def token_texts(self) -> list[str]:
        return self._tokens[2]

    @property
    def token_counts(self) -> list[int]:
        return self._tokens[3]

    @cached_property
    def first_tokens(self) -> Ints:
        """Per mention, the token that holds its first character."""
        return np.searchsorted(self.token_ends, self.starts, side="right")

    @cached_property
    def last_tokens(self) -> Ints:
        return np.searchsorted(self.token_starts, self.ends, side="left") - 1

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
        doc = np.array(self.mention_doc, dtype=np.int64)
        thing = self._things()
        found = [np.zeros(0, np.int64)]
        for step in range(1, count):
            left, right = np.arange(count - step), np.arange(step, count)
            near = (doc[left] == doc[right]) & (self.first_tokens[right] - self.last_tokens[left] <= WINDOW_TOKENS + 1)
            if not near.any():
                break
            near &= self.mention_sentences[right] - self.mention_sentences[left] <= 1
            near &= thing[left] != thing[right]
            for head, tail in ((left, right), (right, left)):
                fits = near & self.index.may_relate[self.labels[head], self.labels[tail]]
                found.append(self._pair_keys(head[fits], tail[fits]))
        return np.sort(np.concatenate(found))

    def _things(self) -> Ints:
        """Per mention, a number that mentions of one entity share."""
        seen: dict[tuple[int, str], int] = {}
        return np.array(
            [
                seen.setdefault((doc, m.entity), len(seen)) if m.entity is not None else -1 - place
                for place, (doc, m) in enumerate(zip(self.mention_doc, self.mentions))
            ],
            dtype=np.int64,
        )

    @cached_property
    def gold(self) -> Ints:
        """A row (head, tail, label) for every relation, mentions by their places."""
        index = self.index.relation
        rows = [
            (places[r.head], places[r.tail], index[r.label])
            for doc, places in zip(self.docs, self.mention_place)
            for r in doc.relations
        ]
        return np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)

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


class _Pieces(dict[str, tuple[tuple[int, ...], tuple[str, ...], int, int]]):
    """Start offsets and surfaces of the tokens in a piece of text without whitespace, their number, its length."""

    def __missing__(self, piece: str) -> tuple[tuple[int, ...], tuple[str, ...], int, int]:
        spans = tokens(piece)
        starts = tuple([start for start, _ in spans])
        self[piece] = found = (starts, tuple([piece[a:b] for a, b in spans]), len(spans), len(piece))
        return found


_PIECES = _Pieces()
_MAX_PIECES = 200_000


def token_columns(texts: Sequence[str]) -> tuple[Ints, Ints, list[str], list[int]]:
    """The tokens of many texts at once: start keys, end keys, surfaces, and how many each text has.

    No token holds whitespace, so a text is cut at whitespace first, and the tokens of a piece are looked up where it
    was met before: most of a corpus is words met before.
    """
    if len(_PIECES) > _MAX_PIECES:
        _PIECES.clear()
    starts: list[Ints] = []
    surfaces: list[str] = []
    counts: list[int] = []
    for number, text in enumerate(texts):
        found = list(map(_PIECES.__getitem__, text.split()))
        if not found:
            counts.append(0)
            continue
        inside, words, many, lengths = zip(*found)
        if sum(lengths) + len(found) - 1 == len(text):  # single spaces alone part the pieces
            places = np.cumsum((0, *[length + 1 for length in lengths[:-1]]))
        else:
            places = np.fromiter((m.start() for m in _PIECE.finditer(text)), np.int64, len(found))
        offsets = np.fromiter(chain.from_iterable(inside), np.int64, sum(many))
        starts.append(np.repeat(places, many) + offsets + number * KEY)
        surfaces += chain.from_iterable(words)
        counts.append(len(offsets))
    keys = np.concatenate([np.zeros(0, np.int64), *starts])
    return keys, keys + np.fromiter(map(len, surfaces), np.int64, len(surfaces)), surfaces, counts


_PIECE = re.compile(r"\S+")


def among(keys: Ints, wanted: Ints) -> npt.NDArray[np.bool_]:
    """Per wanted key, whether it is among the sorted keys."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool)
    found: npt.NDArray[np.bool_] = keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted
    return found


def _text_order(mention: Mention) -> tuple[int, int]:
    return (mention.start, -mention.end)


def _keys_of(spans: Sequence[Sequence[Interval]], side: int) -> Ints:
    lengths = [len(found) for found in spans]
    flat = np.fromiter((span[side] for found in spans for span in found), np.int64, sum(lengths))
    return flat + np.repeat(np.arange(len(spans), dtype=np.int64) * KEY, lengths)
