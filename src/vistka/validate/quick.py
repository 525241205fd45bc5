"""The validator's fast path: documents that are surely without findings.

`is_clean` never answers True for a document in which a rule of the levels schema, spans or links finds something
(`tests/validate/test_quick.py` holds it to that); it may answer False for a clean one, which the rules then read.
It exists because a corpus of millions of documents is nearly all clean, and the rules, written to explain,
cost twenty times as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import eq, le

from msgspec.structs import astuple

from vistka.model import Document, Mention, Span, Target
from vistka.resources import Labels
from vistka.text import is_plain
from vistka.validate.shape import Shape, ids_hold

_BEFORE = frozenset(' \n«"“„(—–\u00a0')
_AFTER = frozenset(' \n»"”“)—–\u00a0')
_MARKS = frozenset(".,;:!?…")
_LAST = frozenset('%.»"”“)₴$€')


def is_clean(doc: Document, shape: Shape) -> bool:
    """True only where no rule of the levels schema, spans and links has a finding."""
    labels = shape.labels
    text = doc.text
    if not text or text.isspace() or not is_plain(text) or not shape.head_holds(doc):
        return False
    if "://" in text or "www." in text or "@" in text:  # links hold marks that end words elsewhere
        return False
    by_id: dict[str, Mention] = {}
    clusters: dict[str, str] = {}
    if doc.mentions:
        # Whole columns at once: a loop over mentions with the same tests takes twice as long.
        ids, names, starts, ends, surfaces, entities = zip(*map(astuple, doc.mentions))
        if not _spans_hold(text, starts, ends, surfaces) or "\n" in "".join(surfaces):
            return False
        if not all(map(le, ends, starts[1:])) and not _nests(starts, ends, names, labels):
            return False
        by_id = dict(zip(ids, doc.mentions))
        pairs = [(entity, name) for entity, name in zip(entities, names) if entity is not None]
        clusters = dict(pairs)
        if len(by_id) != len(ids) or len(set(pairs)) != len(clusters):
            return False
        if not labels.entity_labels.issuperset(clusters.values()):
            return False
        valued = [name for entity, name in zip(entities, names) if entity is None]
        if not labels.value_labels.issuperset(valued):
            return False
    entity_ids: list[str] = [e.id for e in doc.entities]
    if len(entity_ids) != len(clusters) or not all(map(clusters.__contains__, entity_ids)):
        return False
    if len(set(entity_ids)) != len(entity_ids):
        return False
    if "" in [e.name for e in doc.entities]:
        return False
    items = [e.wikidata for e in doc.entities if e.wikidata is not None]
    if len(set(items)) != len(items) or not all(map(shape.wikidata, items)):
        return False

    relation_ids: tuple[str, ...] = ()
    if doc.relations:
        relation_ids, relations, head_ids, tail_ids = zip(*map(astuple, doc.relations))
        try:
            heads, tails = [by_id[i] for i in head_ids], [by_id[i] for i in tail_ids]
        except KeyError:
            return False
        if not labels.signatures.issuperset(zip(relations, [m.label for m in heads], [m.label for m in tails])):
            return False
        ones, twos = [m.entity or m.id for m in heads], [m.entity or m.id for m in tails]
        facts = set(zip(relations, ones, twos))
        # A fact told twice may stand in one sentence: the rules decide.
        if any(map(eq, ones, twos)) or len(facts) != len(relations) or len(set(relation_ids)) != len(relations):
            return False
        if not labels.symmetric.isdisjoint(relations):
            for name, head, tail, one, two in zip(relations, heads, tails, ones, twos):
                if name in labels.symmetric and (head.start > tail.start or (name, two, one) in facts):
                    return False
        for name in labels.excludes.keys() & set(relations):
            for one, two in [(one, two) for label, one, two in facts if label == name]:
                if any((other, one, two) in facts or (other, two, one) in facts for other in labels.excludes[name]):
                    return False
    stance_ids = [s.id for s in doc.stances]
    if len(set(stance_ids)) != len(stance_ids):
        return False
    if not ids_hold([*entity_ids, *by_id, *relation_ids, *stance_ids]):
        return False

    positions = set()
    free: list[Span | Target] = []
    for stance in doc.stances:
        target, holder = stance.target, stance.holder
        free.append(stance.expression)
        about = None
        if target.mention is None:
            free.append(target)
        else:
            named = by_id.get(target.mention)
            if named is None or (named.start, named.end, named.text) != (target.start, target.end, target.text):
                return False
            about = named.entity or named.id
        if not shape.stance_values_hold(stance) or (holder is None) != (stance.attribution == "author"):
            return False
        held = None
        if holder is not None:
            who = by_id.get(holder.mention)
            if who is None or (who.start, who.end, who.text) != (holder.start, holder.end, holder.text):
                return False
            held = who.entity or who.id
            if who.label not in labels.holder_labels or held == about:
                return False
        positions.add((held, about or target.start, stance.expression.start))
    if len(positions) != len(doc.stances):
        return False
    if not free:
        return True
    return _spans_hold(text, [s.start for s in free], [s.end for s in free], [s.text for s in free])


def _spans_hold(text: str, starts: Sequence[int], ends: Sequence[int], surfaces: Sequence[str]) -> bool:
    """Whether one or more spans have the right surfaces and surely start and end at whole words."""
    if tuple([text[start:end] for start, end in zip(starts, ends)]) != tuple(surfaces) or "" in surfaces:
        return False
    if sum(ends) - sum(starts) != sum(map(len, surfaces)):  # a slice may be cut short by the end of the text
        return False
    before, after = " " + text, text + "  "
    if not _BEFORE.issuperset([before[start] for start in starts]):
        return False
    if not "".join([s[0] for s in surfaces]).isalnum():
        return False
    last = "".join([s[-1] for s in surfaces])
    if not last.isalnum() and not all(c.isalnum() or c in _LAST for c in last):
        return False
    rest = [end for end in ends if after[end] not in _AFTER]
    return all([after[end] in _MARKS and after[end + 1] in _AFTER and after[end - 1 : end + 1] != ".." for end in rest])


def _nests(starts: Sequence[int], ends: Sequence[int], names: Sequence[str], labels: Labels) -> bool:
    """Whether spans that overlap are in order, nested, distinct and of allowed pairs."""
    open_spans: list[tuple[int, str]] = []
    previous = (-1, 0)
    for start, end, label in zip(starts, ends, names):
        if (start, -end) <= previous:
            return False
        previous = (start, -end)
        while open_spans and open_spans[-1][0] <= start:
            open_spans.pop()
        if open_spans and (end > open_spans[-1][0] or (open_spans[-1][1], label) not in labels.nesting_pairs):
            return False
        open_spans.append((end, label))
    return True
