"""What people changed in what they were sent: two annotations of one text, item by item.

Mentions are the same where their spans are, else where their ids are (Label Studio keeps them) and they overlap;
stances where their ids are and their expressions overlap. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from vistka.model import Annotation, Mention, Stance

Kind = Literal["added", "removed", "moved", "relabelled", "changed"]
KINDS: tuple[Kind, ...] = ("added", "removed", "moved", "relabelled", "changed")


class Change(Struct, frozen=True):
    """One change: `moved` is a boundary, `relabelled` a label or value, `changed` what an item stands for or points to.

    `label` is the new one, the old one where the item was removed; `before` and `after` are what to show of it.
    """

    layer: str
    kind: Kind
    label: str
    before: str = ""
    after: str = ""


def changes(sent: Annotation, came: Annotation) -> list[Change]:
    """From what was sent to what came back, by layer in text order."""
    twins = _twins(sent, came)
    return [
        *_entities(sent, came),
        *_mentions(sent, came, twins),
        *_relations(sent, came, twins),
        *_stances(sent, came),
    ]


def totals(found: Iterable[Change]) -> dict[str, Counter[str]]:
    """Label -> how many changes of each kind, labels by the number of their changes."""
    counts: dict[str, Counter[str]] = {}
    for change in found:
        counts.setdefault(change.label, Counter())[change.kind] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1].total(), item[0])))


def _twins(sent: Annotation, came: Annotation) -> dict[str, Mention]:
    """Id of a mention that came back -> the mention that was sent."""
    by_id = {m.id: m for m in sent.mentions}
    by_span = {(m.start, m.end): m for m in sent.mentions}
    found: dict[str, Mention] = {}
    met: set[str] = set()
    for by in ("span", "id"):
        for m in came.mentions:
            twin = by_span.get((m.start, m.end)) if by == "span" else by_id.get(m.id)
            if m.id not in found and twin and twin.id not in met and m.start < twin.end and twin.start < m.end:
                found[m.id] = twin
                met.add(twin.id)
    return found


def _entities(sent: Annotation, came: Annotation) -> list[Change]:
    old = {e.id: e for e in sent.entities}
    found = []
    for e in came.entities:
        twin = old.get(e.id)
        if twin and twin != e:
            names = [x.name + (f" | {x.wikidata}" if x.wikidata else "") for x in (twin, e)]
            found.append(Change("entities", "changed", e.id, *names))
    return found


def _mentions(sent: Annotation, came: Annotation, twins: dict[str, Mention]) -> list[Change]:
    found = []
    for m in came.mentions:
        twin = twins.get(m.id)
        if twin is None:
            found.append(Change("mentions", "added", m.label, "", m.text))
            continue
        if (m.start, m.end) != (twin.start, twin.end):
            found.append(Change("mentions", "moved", m.label, twin.text, m.text))
        if m.label != twin.label:
            found.append(Change("mentions", "relabelled", m.label, f"{twin.text} ({twin.label})", m.text))
        if m.entity != twin.entity and m.label == twin.label:
            found.append(Change("mentions", "changed", m.label, f"{m.text} → {twin.entity}", f"{m.text} → {m.entity}"))
    kept = {m.id for m in twins.values()}
    return found + [Change("mentions", "removed", m.label, m.text) for m in sent.mentions if m.id not in kept]


def _relations(sent: Annotation, came: Annotation, twins: dict[str, Mention]) -> list[Change]:
    def told(annotation: Annotation, back: bool) -> dict[tuple[str, str], dict[str, str]]:
        """Head and tail, as they were sent where they were -> label -> what to show."""
        text = {m.id: m.text for m in annotation.mentions}
        same = {m.id: twins[m.id].id if back and m.id in twins else m.id for m in annotation.mentions}
        pairs: dict[tuple[str, str], dict[str, str]] = {}
        for r in annotation.relations:
            shown = f"{text[r.head]} → {text[r.tail]}"
            pairs.setdefault((same[r.head], same[r.tail]), {})[r.label] = shown
        return pairs

    old, new = told(sent, False), told(came, True)
    found = []
    for pair in (*new, *(pair for pair in old if pair not in new)):
        gone = {label: shown for label, shown in old.get(pair, {}).items() if label not in new.get(pair, {})}
        fresh = {label: shown for label, shown in new.get(pair, {}).items() if label not in old.get(pair, {})}
        if len(gone) == len(fresh) == 1:
            ((label, shown),), ((was, before),) = fresh.items(), gone.items()
            found.append(Change("relations", "relabelled", label, f"{before} ({was})", shown))
            continue
        found += [Change("relations", "added", label, "", shown) for label, shown in fresh.items()]
        found += [Change("relations", "removed", label, shown) for label, shown in gone.items()]
    return found


def _stances(sent: Annotation, came: Annotation) -> list[Change]:
    by_id = {s.id: s for s in sent.stances}
    found = []
    for s in came.stances:
        twin = by_id.get(s.id)
        if twin is None or not (s.expression.start < twin.expression.end and twin.expression.start < s.expression.end):
            found.append(Change("stances", "added", s.polarity, "", _shown(s)))
            continue
        del by_id[s.id]
        if (s.polarity, s.attribution) != (twin.polarity, twin.attribution):
            found.append(Change("stances", "relabelled", s.polarity, _shown(twin), _shown(s)))
        if (s.expression.start, s.expression.end) != (twin.expression.start, twin.expression.end):
            found.append(Change("stances", "moved", s.polarity, twin.expression.text, s.expression.text))
        if _ends(s) != _ends(twin):
            found.append(Change("stances", "changed", s.polarity, _shown(twin), _shown(s)))
    return found + [Change("stances", "removed", s.polarity, _shown(s)) for s in by_id.values()]


def _ends(s: Stance) -> tuple[object, ...]:
    holder = (s.holder.start, s.holder.end) if s.holder else None
    return holder, s.target.start, s.target.end, s.target.mention is None


def _shown(s: Stance) -> str:
    return f"{s.polarity} {s.attribution}: {s.holder.text if s.holder else '-'} → {s.target.text}: {s.expression.text}"
