"""What the corpus rules need to know of all documents, in some 300 bytes a document."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

import numpy as np

from vistka.model import SPLITS, Document
from vistka.neardup import BAND_BYTES, NearDuplicate, bands, candidates, verified
from vistka.text import Interval

Located = tuple[Path, int | None, Document]
"""A document with its file and, in a shard, its line."""


class Census:
    """Counts documents in by `add`; `again` gives the same documents once more, to name those in conflict.

    Near-duplicates are sought only where documents have splits, and their hashing is most of the cost.
    """

    def __init__(self, again: Callable[[], Iterable[Located]], *, near_duplicates: bool = True) -> None:
        self._again = again
        self._near_duplicates = near_duplicates
        self._ids = array("Q")
        self._stories = array("Q")
        self._splits = array("b")
        self._bands: list[bytes] = []
        self._conflicts: tuple[list[Interval], list[Interval], list[NearDuplicate]] | None = None
        self._names: dict[int, tuple[str, Path, int | None]] = {}
        self.broken = 0

    def __len__(self) -> int:
        """Documents met, those with findings included."""
        return len(self._ids) + self.broken

    def add(self, doc: Document) -> None:
        self._ids.append(_hash(doc.doc_id))
        self._stories.append(_hash(doc.metadata.story))
        self._splits.append(SPLITS.index(doc.split) if doc.split else -1)
        self._bands.append(bands(doc.text) if doc.split and self._near_duplicates else b"")

    def columns(self) -> tuple[bytes, bytes, bytes, bytes]:
        """What another process needs to go on counting."""
        return self._ids.tobytes(), self._stories.tobytes(), self._splits.tobytes(), b"".join(self._bands)

    def extend(self, ids: bytes, stories: bytes, splits: bytes, keys: bytes) -> None:
        """Count in the documents of another census by its `columns`."""
        self._ids.frombytes(ids)
        self._stories.frombytes(stories)
        self._splits.frombytes(splits)
        rows = iter(range(0, len(keys), BAND_BYTES))
        for code in memoryview(splits).cast("b"):
            at = next(rows, None) if code >= 0 else None
            self._bands.append(b"" if at is None else keys[at : at + BAND_BYTES])

    def repeated_ids(self) -> list[Interval]:
        """Pairs of places of documents with one doc_id."""
        return self._found()[0]

    def parted_stories(self) -> list[Interval]:
        """Pairs of places of documents of one story in different splits: the first of the story and another."""
        return self._found()[1]

    def parted_duplicates(self) -> list[NearDuplicate]:
        return self._found()[2]

    def filled_splits(self) -> list[str]:
        return [SPLITS[code] for code in sorted(set(self._splits)) if code >= 0]

    def doc_id(self, place: int) -> str:
        self._found()
        return self._names[place][0]

    def path(self, place: int) -> Path:
        return self._names[place][1]

    def place(self, place: int) -> str:
        self._found()
        _, path, line = self._names[place]
        return f"{path}:{line}" if line else str(path)

    def split(self, place: int) -> str:
        return SPLITS[self._splits[place]]

    def _found(self) -> tuple[list[Interval], list[Interval], list[NearDuplicate]]:
        if self._conflicts is None:
            splits = self._splits
            repeated = list(_equal_pairs(self._ids))
            stories = [
                (a, b)
                for a, b in _equal_pairs(self._stories)
                if splits[a] != splits[b] and -1 not in (splits[a], splits[b])
            ]
            assigned = [place for place, keys in enumerate(self._bands) if keys]
            pairs = [
                (assigned[a], assigned[b])
                for a, b in candidates([self._bands[place] for place in assigned])
                if splits[assigned[a]] != splits[assigned[b]]
            ]
            duplicates = verified(pairs, lambda: (doc.text for _, _, doc in self._again()))
            wanted = {place for pair in (*repeated, *stories) for place in pair}
            wanted |= {place for pair in duplicates for place in (pair.first, pair.second)}
            if wanted:
                for place, (path, line, doc) in enumerate(self._again()):
                    if place in wanted:
                        self._names[place] = (doc.doc_id, path, line)
            self._conflicts = (repeated, stories, duplicates)
        return self._conflicts


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _equal_pairs(values: array[int]) -> Iterator[Interval]:
    """Places of each repeated value: the first one with every later one."""
    if not values:
        return
    column = np.frombuffer(values, dtype=np.uint64)
    order = np.argsort(column, kind="stable").tolist()
    first = order[0]
    for place in order[1:]:
        if column[place] == column[first]:
            yield first, place
        else:
            first = place
