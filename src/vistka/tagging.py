"""Mentions over tokens and back: the outermost mentions, IOB2 tags, and spans out of tags. Pure.

IOB2 (Tjong Kim Sang & Veenstra 1999): every mention begins with B-, goes on with I- of its label; an I- that continues
no mention of its label is an orphan and means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vistka.model import Mention
from vistka.text import Interval

OUTSIDE = "O"


def outermost(mentions: Iterable[Mention]) -> list[Mention]:
    """The mentions that do not begin inside an earlier, longer one, in text order."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def covered(mentions: Iterable[Mention], spans: Sequence[Interval]) -> Iterator[tuple[Mention, range]]:
    """Each outermost mention with the tokens that it touches; none where it lies between tokens."""
    place = 0
    for mention in outermost(mentions):
        while place < len(spans) and spans[place][1] <= mention.start:
            place += 1
        first = place
        while place < len(spans) and spans[place][0] < mention.end:
            place += 1
        yield mention, range(first, place)


def iob2(mentions: Iterable[Mention], spans: Sequence[Interval]) -> list[str]:
    """The tag of every token."""
    tags = [OUTSIDE] * len(spans)
    for mention, places in covered(mentions, spans):
        for place in places:
            tags[place] = f"{'B' if place == places.start else 'I'}-{mention.label}"
    return tags


def runs(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """First token, the one after the last, and label of every mention; an orphan I- begins one.

    That is the usual repair, needed wherever a model tags freely; `orphans` tells where it was made.
    """
    start, label = 0, ""
    for place, tag in enumerate([*tags, OUTSIDE]):
        if label and tag != f"I-{label}":
            yield start, place, label
            label = ""
        if tag != OUTSIDE and not label:
            start, label = place, tag[2:]


def orphans(tags: Sequence[str]) -> list[int]:
    """The places of I- tags that continue nothing."""
    return [
        place
        for place, tag in enumerate(tags)
        if tag.startswith("I-") and (place == 0 or tags[place - 1][1:] != tag[1:])
    ]
