"""Tags of other models, bare, IOB, BIOES or BILOU <-> IOB2. Pure.

The scheme is read from the whole label set: prefixes count as such only where every label has one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from vistka.findings import InputError
from vistka.tagging import OUTSIDE

Part: TypeAlias = tuple[str, str]
"""Which part of a mention a token is (B, I, E or S; empty where labels are bare) and the mention's label."""

NOTHING: Part = (OUTSIDE, "")
_SAME = {"L": "E", "U": "S", "M": "I"}


def parts(name: str, labels: Sequence[str]) -> list[Part]:
    """Each label as its part of a mention (B, I, E or S; empty where labels are bare; O outside) and its name.

    Raises `InputError` for labels that name nothing.
    """
    if OUTSIDE not in labels or all(re.fullmatch(r"LABEL_\d+|O", label) for label in labels):
        shown = ", ".join(labels[:4])
        raise InputError(
            f"{name}: its labels do not name mentions ({shown}): give the checkpoint an id2label with O and the names"
        )
    prefixed = all(re.match("[BIESLUM]-.", label) for label in labels if label != OUTSIDE)

    def part(label: str) -> Part:
        if label == OUTSIDE:
            return NOTHING
        return (_SAME.get(label[0], label[0]), label[2:]) if prefixed else ("", label)

    return [part(label) for label in labels]


def as_iob2(told: Sequence[Part], places: Sequence[int]) -> list[str]:
    """The parts told of a sentence's words as IOB2; a word at its neighbour's place begins no mention of its own.

    A part that continues nothing of its name begins a mention, as in `tagging.runs`.
    """
    tags: list[str] = []
    open_name = ""
    for number, (part, label) in enumerate(told):
        shared = number > 0 and places[number] == places[number - 1] >= 0
        if not label:
            tags.append(OUTSIDE)
        elif shared or (label == open_name and part not in ("B", "S")):
            tags.append(f"I-{label}")
        else:
            tags.append(f"B-{label}")
        open_name = "" if part in ("E", "S") else label
    return tags
