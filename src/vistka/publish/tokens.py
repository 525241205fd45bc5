"""Tokens of many texts at once, as columns of numbers over a vocabulary that grows.

No token holds whitespace, so a text is cut at whitespace and the tokens of a piece are those it had when it was met
first: most of a corpus is words met before.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from vistka.text import tokens

Ints = npt.NDArray[np.int64]

KEY = 1 << 32
"""A key is document × KEY + offset, so that one sorted array serves all documents of a batch."""

_MAX_PIECES = 200_000
_PIECE = re.compile(r"\S+")


class Tokens(Struct, frozen=True):
    """Keys of the tokens' starts and ends, their surfaces as places in `words`, and their number in each text."""

    starts: Ints
    ends: Ints
    codes: Ints
    words: list[str]
    counts: Ints


class _Vocabulary(dict[str, int]):
    """Pieces without whitespace, numbered as they are met; parallel arrays tell their tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.length = array("q")  # of a piece: characters, tokens, its first place in the three arrays below
        self.count = array("q")
        self.first = array("q")
        self.start = array("q")  # of a token in a piece: its start, its length, its surface's place in `words`
        self.width = array("q")
        self.code = array("q")
        self.words: list[str] = []
        self._codes: dict[str, int] = {}

    def __missing__(self, piece: str) -> int:
        spans = tokens(piece)
        self.length.append(len(piece))
        self.count.append(len(spans))
        self.first.append(len(self.start))
        for start, end in spans:
            word = piece[start:end]
            if word not in self._codes:
                self._codes[word] = len(self.words)
                self.words.append(word)
            self.start.append(start)
            self.width.append(end - start)
            self.code.append(self._codes[word])
        number = self[piece] = len(self)
        return number


_vocabulary = _Vocabulary()


def token_columns(texts: Sequence[str]) -> Tokens:
    """The tokens of `vistka.text.tokens` for every text."""
    global _vocabulary
    if len(_vocabulary) > _MAX_PIECES:
        _vocabulary = _Vocabulary()
    known = _vocabulary
    cut = [text.split() for text in texts]
    pieces = np.fromiter(map(known.__getitem__, chain.from_iterable(cut)), np.int64, sum(map(len, cut)))
    bounds = np.array([0, *accumulate(map(len, cut))], dtype=np.int64)

    lengths = _column(known.length)[pieces]
    places = np.cumsum(lengths + 1) - lengths - 1  # where single spaces alone part the pieces
    for number, text in enumerate(texts):
        first, last = bounds[number], bounds[number + 1]
        if first == last:
            continue
        if places[last - 1] + lengths[last - 1] - places[first] == len(text):
            places[first:last] += number * KEY - places[first]
        else:
            found = [match.start() for match in _PIECE.finditer(text)]
            places[first:last] = np.array(found, dtype=np.int64) + number * KEY

    counts = _column(known.count)[pieces]
    before = np.cumsum(counts) - counts
    inside = np.repeat(_column(known.first)[pieces] - before, counts) + np.arange(counts.sum())
    starts = np.repeat(places, counts) + _column(known.start)[inside]
    total = np.concatenate(([0], np.cumsum(counts)))
    codes, words = _used(_column(known.code)[inside], known.words)
    return Tokens(starts, starts + _column(known.width)[inside], codes, words, np.diff(total[bounds]))


def _column(numbers: array[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)


def _used(codes: Ints, words: Sequence[str]) -> tuple[Ints, list[str]]:
    """The codes renumbered over the words that occur, by first occurrence: what was met before must not show."""
    first = np.full(len(words), len(codes), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # of a repeated index the last assignment stays
    found = np.flatnonzero(first < len(codes))
    found = found[np.argsort(first[found])]
    renumbered = np.zeros(len(words), dtype=np.int64)
    renumbered[found] = np.arange(len(found))
    return renumbered[codes], [words[place] for place in found.tolist()]
