"""Splits without leaks: stories and near-duplicates stay together, labels spread by the wanted shares.

Groups are placed greedily, largest first, then moved and swapped while that lowers the cost. The cost of a
placement sums, over every label and topic and over the number of documents, the squared deviation from the wanted
share. Everything is deterministic and independent of input order; placed documents stay where they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from vistka.findings import InputError
from vistka.model import SPLITS, Document
from vistka.neardup import candidates, verified

Floats = npt.NDArray[np.float64]

SHARES: Mapping[str, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}
_EMPTY_COST = 1e6
_SWAP_LIMIT = 600
_PASSES = 50


class Unit(Struct, frozen=True):
    """A document as the splitter sees it; `bands` are its MinHash band keys (`vistka.neardup.bands`)."""

    doc_id: str
    story: str
    features: dict[str, int]
    bands: bytes


def features(doc: Document) -> dict[str, int]:
    """What is spread evenly: counts of mention and relation labels, polarities, attributions, and the topic."""
    counts = Counter(f"mention {m.label}" for m in doc.mentions)
    counts.update(f"relation {r.label}" for r in doc.relations)
    counts.update(f"polarity {s.polarity}" for s in doc.stances)
    counts.update(f"attribution {s.attribution}" for s in doc.stances)
    counts[f"topic {doc.metadata.topic}"] += 1
    return dict(counts)


def groups(units: Sequence[Unit], texts: Mapping[str, str]) -> list[list[int]]:
    """Places of units that must stay together: of one story, or near-duplicates by their texts."""
    parent = list(range(len(units)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[str, int] = {}
    for i, unit in enumerate(units):
        parent[root(i)] = root(first.setdefault(unit.story, i))
    pairs = candidates([unit.bands for unit in units])
    for pair in verified(pairs, lambda: (texts[unit.doc_id] for unit in units)):
        parent[root(pair.first)] = root(pair.second)
    found: dict[int, list[int]] = {}
    for i in range(len(units)):
        found.setdefault(root(i), []).append(i)
    return list(found.values())


def assign(
    units: Sequence[Unit],
    texts: Mapping[str, str],
    shares: Mapping[str, float] = SHARES,
    placed: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The split of every unit, by doc_id.

    `texts` gives each document's text, to verify near-duplicates. `placed` are assignments that stay. Raises
    `InputError` where documents that belong together are placed apart already.
    """
    placed = placed or {}
    ordered = sorted(units, key=lambda unit: unit.doc_id)
    members = sorted(groups(ordered, texts), key=lambda group: (-len(group), _rank(ordered[group[0]].doc_id)))
    fixed = [_fixed_split([ordered[i].doc_id for i in group], placed) for group in members]
    matrix = _matrix([[ordered[i].features for i in group] for group in members])
    places = _place(matrix, fixed, np.array([shares[split] for split in SPLITS]))
    return {ordered[i].doc_id: SPLITS[place] for group, place in zip(members, places) for i in group}


def deviation(units: Sequence[Unit], table: Mapping[str, str], shares: Mapping[str, float] = SHARES) -> float:
    """The mean relative deviation of label and topic counts from the wanted shares, over splits."""
    matrix = _matrix([[unit.features] for unit in units])[:, 1:]
    total = matrix.sum(axis=0)
    gaps = []
    for split in SPLITS:
        chosen = np.array([table[unit.doc_id] == split for unit in units])
        wanted = total * shares[split]
        gaps.append(np.abs(matrix[chosen].sum(axis=0) - wanted) / wanted)
    return float(np.mean(gaps)) if total.size else 0.0


def _rank(doc_id: str) -> bytes:
    """A stable shuffle: neighbours in time do not land in one split by their order."""
    return blake2b(doc_id.encode(), digest_size=8).digest()


def _fixed_split(doc_ids: Sequence[str], placed: Mapping[str, str]) -> int:
    found = {placed[doc_id]: doc_id for doc_id in doc_ids if doc_id in placed}
    if len(found) > 1:
        apart = ", ".join(f"{doc_id} in {split}" for split, doc_id in sorted(found.items()))
        raise InputError(f"one story or near-duplicates, yet placed apart: {apart}; use --reassign to place anew")
    return SPLITS.index(next(s for s in SPLITS if s in found)) if found else -1


def _matrix(grouped: Sequence[Sequence[Mapping[str, int]]]) -> Floats:
    """Groups × features; column 0 counts documents."""
    names = sorted({name for group in grouped for counts in group for name in counts})
    column = {name: i for i, name in enumerate(names, 1)}
    matrix = np.zeros((len(grouped), len(names) + 1))
    for row, group in enumerate(grouped):
        matrix[row, 0] = len(group)
        for counts in group:
            for name, count in counts.items():
                matrix[row, column[name]] += count
    return matrix


def _place(matrix: Floats, fixed: Sequence[int], shares: Floats) -> list[int]:
    total = matrix.sum(axis=0)
    weights = np.ones(matrix.shape[1])
    weights[0] = max(1, len(weights) - 1)  # the number of documents counts as much as all labels together
    part = matrix / np.where(total > 0, total, 1.0)
    sums = np.zeros((len(SPLITS), matrix.shape[1]))
    places = list(fixed)
    free = [i for i, place in enumerate(fixed) if place < 0]
    for i, place in enumerate(fixed):
        if place >= 0:
            sums[place] += part[i]

    def cost(state: Floats) -> float:
        """Lower is better; an empty split costs more than any deviation."""
        gap = ((state - shares[:, None]) ** 2 / shares[:, None]) @ weights
        return float(gap.sum() + _EMPTY_COST * np.count_nonzero(state[:, 0] < 1e-12))

    for i in free:
        trials = []
        for split in range(len(SPLITS)):
            sums[split] += part[i]
            trials.append(cost(sums))
            sums[split] -= part[i]
        places[i] = int(np.argmin(trials))
        sums[places[i]] += part[i]

    best = cost(sums)
    for _ in range(_PASSES):
        before = best
        for i in free:
            for split in range(len(SPLITS)):
                if split != places[i]:
                    moved = sums.copy()
                    moved[places[i]] -= part[i]
                    moved[split] += part[i]
                    if (trial := cost(moved)) < best - 1e-9:
                        best, sums, places[i] = trial, moved, split
        if len(free) <= _SWAP_LIMIT:
            for at, i in enumerate(free):
                for j in free[at + 1 :]:
                    if places[i] != places[j]:
                        swapped = sums.copy()
                        swapped[places[i]] += part[j] - part[i]
                        swapped[places[j]] += part[i] - part[j]
                        if (trial := cost(swapped)) < best - 1e-9:
                            best, sums = trial, swapped
                            places[i], places[j] = places[j], places[i]
        if best >= before - 1e-9:
            break
    return places
