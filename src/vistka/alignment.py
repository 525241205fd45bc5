"""Which entity of one annotation is which of another over the same text, and items without their ids.

Two annotations name entities, mentions, relations and stances by ids of their own. Here mentions are their spans
and labels, entities are paired one to one so that the pairs share most mentions, and everything else refers to
these. Pure.
"""

from __future__ import annotations

from typing import TypeAlias

from vistka.model import Layers, Mention
from vistka.scoring import best_pairs

Key: TypeAlias = tuple[int, int, str]
"""A mention: start, end, label."""


_GOLDEN = 0.6180339887498949


def key(mention: Mention) -> Key:
    return mention.start, mention.end, mention.label


def clusters(layers: Layers) -> dict[str, set[Key]]:
    """The mentions of every entity that has one, by entity id."""
    found: dict[str, set[Key]] = {}
    for mention in layers.mentions:
        if mention.entity is not None:
            found.setdefault(mention.entity, set()).add(key(mention))
    return found


def aligned_entities(first: Layers, second: Layers) -> dict[str, str]:
    """Entity id of `second` -> the entity id of `first` that it shares most mentions with, one to one.

    Ties go to the pair of equal canonical names, then by the place of the pair's first shared mention: by nothing
    that hangs on ids, order, or which annotation comes first.
    """
    ones, twos = clusters(first), clusters(second)
    one_ids, two_ids = sorted(ones), sorted(twos)
    names = {e.id: e.name for e in first.entities}, {e.id: e.name for e in second.entities}
    rank = {mention: i for i, mention in enumerate(sorted(set().union(*ones.values())))}
    bonus = 1 / (2 + 4 * min(len(one_ids), len(two_ids)))  # all together less than one shared mention

    def weight(one: str, two: str) -> float:
        shared = ones[one] & twos[two]
        if not shared:
            return 0.0
        same_name = names[0].get(one) == names[1].get(two)
        return len(shared) + bonus * (same_name + (min(rank[m] for m in shared) * _GOLDEN) % 1)

    pairs = best_pairs([[weight(one, two) for two in two_ids] for one in one_ids])
    return {two_ids[column]: one_ids[row] for row, column, _ in pairs}
