"""Random annotated documents for property tests."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from msgspec.structs import replace

from vistka.model import Annotation, Entity, Holder, Mention, Relation, Span, Stance, Target
from vistka.text import sha256

WORDS = [
    "Київ",
    "п'ять",
    "прем’єр",
    "обʼєднання",
    "за\u0301мок",
    "и\u0306",
    "🇺🇦",
    "👩\u200d👧",
    "10\u00a0000",
    "\u200b",
    "\u00ad",
    "\u2028",
    "\t",
    "  ",
    "а",
    "{",
    "|",
    "}",
    "\\",
    "%",
    "%%",
    "%% entities",
    "%% relations",
    "#",
    "#2",
    "~",
    "-",
    "=",
    "«",
    "\n",
    "\\n",
    "\n%% entities\n",
]
LABELS = ("PERS", "ORG", "LOC", "DATE", "X-1")

texts = st.lists(st.sampled_from([*WORDS, " ", " "]), max_size=14).map("".join)
ids = st.text("abzQZ019_-", min_size=1, max_size=4)


def _crosses(one: tuple[int, int], two: tuple[int, int]) -> bool:
    (a, b), (c, d) = sorted((one, two), key=lambda s: (s[0], -s[1]))
    return a < c < b < d


@st.composite
def annotations(draw: st.DrawFn, text: str, *, tidy: bool = False) -> Annotation:
    """An annotation of the text, sound but for the scheme: nested spans, resolved ids of any form.

    `tidy` keeps spans off whitespace and backslashes at their edges.
    """

    def fits(start: int, end: int) -> bool:
        return not tidy or not (text[start].isspace() or text[end - 1].isspace() or text[end - 1] == "\\")

    offsets = st.integers(0, max(0, len(text) - 1))
    pairs = st.tuples(offsets, st.integers(1, 6)).map(lambda p: (p[0], min(len(text), p[0] + p[1])))
    spans = [(start, end) for start, end in draw(st.lists(pairs, max_size=7)) if start < end and fits(start, end)]
    kept: list[tuple[int, int]] = []
    for span in spans:
        if span not in kept and not any(_crosses(span, other) for other in kept):
            kept.append(span)
    entity_ids = draw(st.lists(ids, max_size=3, unique=True))
    names = st.text("Київ п'ять|#~-=\\%\n", min_size=1, max_size=6).filter(lambda n: not tidy or n == n.strip())
    wikidata = st.sampled_from([None, "Q212"])
    entities = tuple(Entity(id, draw(names), draw(wikidata)) for id in entity_ids)
    mention_ids = draw(st.lists(ids, min_size=len(kept), max_size=len(kept), unique=True))
    belongs = st.sampled_from([None, *entity_ids])
    mentions = [
        Mention(id, draw(st.sampled_from(LABELS)), start, end, text[start:end], draw(belongs))
        for id, (start, end) in zip(mention_ids, kept)
    ]
    count = draw(st.integers(0, 3)) if mentions else 0
    relation_ids = draw(st.lists(ids, min_size=count, max_size=count, unique=True))
    one_of = st.sampled_from(mentions) if mentions else st.nothing()
    relations = tuple(
        Relation(id, draw(st.sampled_from(("HEADS", "CITES"))), draw(one_of).id, draw(one_of).id) for id in relation_ids
    )
    free = [(start, end) for start, end in spans if start < end]
    stances = _stances(draw, text, mentions, free)
    return Annotation(
        "vistka/annotation/1", "2025-05-01-a", sha256(text), entities, tuple(mentions), relations, tuple(stances)
    )


def _stances(draw: st.DrawFn, text: str, mentions: Sequence[Mention], free: Sequence[tuple[int, int]]) -> list[Stance]:
    found = []
    for id in draw(st.lists(ids, max_size=2, unique=True)) if free else []:
        start, end = draw(st.sampled_from(free))
        target = Target(start, end, text[start:end], None)
        holder = None
        if mentions and draw(st.booleans()):
            m = draw(st.sampled_from(mentions))
            target = Target(m.start, m.end, m.text, m.id)
        if mentions and draw(st.booleans()):
            m = draw(st.sampled_from(mentions))
            holder = Holder(m.start, m.end, m.text, m.id)
        start, end = draw(st.sampled_from(free))
        polarity = draw(st.sampled_from(("support", "oppose")))
        found.append(Stance(id, polarity, "direct", holder, target, Span(start, end, text[start:end])))
    return found


def sendable(record: Annotation) -> Annotation:
    """Without what no annotation that passed the validator holds: idle entities, one relation twice."""
    used = {m.entity for m in record.mentions}
    known = {e.id for e in record.entities}
    return replace(
        record,
        entities=tuple(e for e in record.entities if e.id in used),
        mentions=tuple(replace(m, entity=m.entity if m.entity in known else None) for m in record.mentions),
        relations=tuple({(r.head, r.tail, r.label): r for r in record.relations}.values()),
    )


annotated = texts.flatmap(lambda text: st.tuples(st.just(text), annotations(text)))
"""Pairs of a text and an annotation of it."""

tidy = texts.flatmap(lambda text: st.tuples(st.just(text), annotations(text, tidy=True)))
"""The same without whitespace and backslashes at the edges of spans and names."""
