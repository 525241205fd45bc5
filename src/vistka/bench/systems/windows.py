"""A long text in pieces that a model can take, and what it says of the pieces put together again.

Offsets are half-open and count code points. Pure: no model library. Nothing is lost: groups hold every token, windows
every subtoken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vistka.text import Interval

Array: TypeAlias = NDArray[Any]


def groups(
    sentences: Iterable[Sequence[Interval]], cost: Callable[[Interval], float], room: float
) -> Iterator[Interval]:
    """Spans of consecutive sentences whose tokens together cost no more than `room`, in text order.

    A sentence that costs more by itself is cut between its tokens; a token that does so is a group of its own.
    """
    start = end = 0
    spent = 0.0
    for tokens in sentences:
        costs = [cost(token) for token in tokens]
        units = [(tokens[0][0], tokens[-1][1], sum(costs))]
        if units[0][2] > room:
            units = [(*token, price) for token, price in zip(tokens, costs)]
        for first, last, price in units:
            if spent and spent + price > room:
                yield start, end
                spent = 0.0
            start = start if spent else first
            end = last
            spent += price
    if spent:
        yield start, end


def trimmed(text: str, start: int, end: int) -> Interval:
    """The span without the whitespace at its edges; empty where there is nothing else."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())


def merge_windows(windows: Sequence[Array], starts: Sequence[int]) -> Array:
    """Rows of overlapping windows as one array, each row from the window in which it lies farthest from an edge.

    `starts` are the windows' places in text order. Of two windows that see a row equally well the earlier decides.
    Raises `ValueError` where the windows leave a gap.
    """
    length = max(start + len(window) for window, start in zip(windows, starts))
    merged = np.empty((length, *windows[0].shape[1:]), windows[0].dtype)
    seen = np.full(length, -1)
    for window, start in zip(windows, starts):
        places = np.arange(len(window))
        depth = np.minimum(places, places[::-1])
        better = depth > seen[start : start + len(window)]
        merged[start : start + len(window)][better] = window[better]
        seen[start : start + len(window)][better] = depth[better]
    if (seen < 0).any():
        raise ValueError(f"no window holds row {int(np.argmin(seen))}")
    return merged


def first_subtokens(text: str, words: Sequence[Interval], offsets: Array) -> Array:
    """The row of `offsets` (subtokens in text order, start and end) that stands for each word, or -1.

    It is the first subtoken that begins in the word, whitespace in front not counted (byte-level and Metaspace
    tokenizers count it in); where none does, the one that the word shares with the word before it.
    """
    if not len(offsets) or not words:
        return np.full(len(words), -1)
    places = np.arange(len(text))
    visible = np.where(np.fromiter(map(str.isspace, text), bool, len(text)), len(text), places)
    visible = np.append(np.minimum.accumulate(visible[::-1])[::-1], len(text))
    starts, ends = visible[offsets[:, 0]], offsets[:, 1]
    rows = np.flatnonzero(starts < ends)
    if not len(rows):
        return np.full(len(words), -1)
    starts, ends = starts[rows], ends[rows]
    first, last = np.array(words).T
    place = np.searchsorted(starts, first)
    own = np.append(starts, len(text))[place] < last
    shared = ~own & (place > 0) & (ends[place - 1] > first)
    return np.where(own, rows[np.minimum(place, len(rows) - 1)], np.where(shared, rows[place - 1], -1))
