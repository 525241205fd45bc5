"""LK: entities, mentions and relations against each other (level links)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from vistka.model import Mention, Relation
from vistka.validate.base import Fault, View, interval, quoted, rules_of


def lk001(view: View) -> Iterator[Fault]:
    """An id stands twice among entities, mentions, relations or stances.

    Passes: mentions m1 and m2
    Fails: two mentions m1
    """
    for layer in ("entities", "mentions", "relations", "stances"):
        seen: set[str] = set()
        for i, item in enumerate(getattr(view.doc, layer)):
            if item.id in seen:
                yield Fault(
                    f"the id {quoted(item.id)} stands twice in {layer}; give one of them another", f"/{layer}/{i}/id"
                )
            seen.add(item.id)


def lk002(view: View) -> Iterator[Fault]:
    """A link leads nowhere.

    `entity` names an entity of the document, `head`, `tail` and `mention` a mention.

    Passes: "head": "m1" where there is a mention m1
    Fails: "head": "m99" where there is none
    """
    for i, mention in enumerate(view.doc.mentions):
        if mention.entity is not None and mention.entity not in view.entities:
            yield Fault(
                f"{quoted(mention.text)} names the entity {quoted(mention.entity)}, which is not there; add it",
                f"/mentions/{i}/entity",
                interval(mention),
            )
    for i, relation in enumerate(view.doc.relations):
        for end, target in (("head", relation.head), ("tail", relation.tail)):
            if target not in view.mentions:
                message = f"{relation.label} names the mention {quoted(target)}, which is not there"
                yield Fault(f"{message}; correct it or take the relation out", f"/relations/{i}/{end}")
    for i, stance in enumerate(view.doc.stances):
        for part, span in (("holder", stance.holder), ("target", stance.target)):
            if span is not None and span.mention is not None and span.mention not in view.mentions:
                yield Fault(
                    f"the {part} names the mention {quoted(span.mention)}, which is not there; correct it",
                    f"/stances/{i}/{part}/mention",
                    interval(span),
                )


def lk003(view: View) -> Iterator[Fault]:
    """A named mention has no entity, or a value has one.

    Which labels belong to entities says `labels.json`.

    Passes: LOC «Києві» with an entity; DATE «торік» without
    Fails: LOC «Києві» without; DATE «торік» with one
    """
    for i, mention in enumerate(view.doc.mentions):
        if mention.entity is None and mention.label in view.labels.entity_labels:
            message = f"{mention.label} {quoted(mention.text)} has no entity; give it one"
        elif mention.entity is not None and mention.label in view.labels.value_labels:
            message = f"{mention.label} {quoted(mention.text)} has an entity; values belong to none, take it out"
        else:
            continue
        yield Fault(message, f"/mentions/{i}", interval(mention))


def lk004(view: View) -> Iterator[Fault]:
    """An entity has no mention.

    Passes: an entity that a mention names
    Fails: one left behind when its last mention was deleted
    """
    used = {m.entity for m in view.doc.mentions}
    for i, entity in enumerate(view.doc.entities):
        if entity.id not in used:
            yield Fault(f"no mention names the entity {quoted(entity.name)}; take it out", f"/entities/{i}")


def lk005(view: View) -> Iterator[Fault]:
    """The mentions of an entity have several labels.

    Passes: «Брюссель» LOC and «Брюсселя» LOC of one entity
    Fails: «Брюссель» LOC and «НАТО» ORG of one entity
    """
    first: dict[str, Mention] = {}
    for i, mention in enumerate(view.doc.mentions):
        if mention.entity is not None:
            other = first.setdefault(mention.entity, mention)
            if other.label != mention.label:
                yield Fault(
                    f"{mention.label} {quoted(mention.text)} shares the entity {quoted(mention.entity)} with "
                    f"{other.label} {quoted(other.text)}; one entity has one label",
                    f"/mentions/{i}",
                    interval(mention),
                )


def lk006(view: View) -> Iterator[Fault]:
    """A relation's labels do not fit its signature.

    The signatures stand in `labels.json`.

    Passes: PERS «Лавров» HOLDS_POSITION JOB «глава»
    Fails: JOB «глава» HOLDS_POSITION PERS «Лавров»
    """
    for i, relation, head, tail in _relations(view):
        if (relation.label, head.label, tail.label) not in view.labels.signatures:
            allowed = sorted(f"{h} → {t}" for label, h, t in view.labels.signatures if label == relation.label)
            yield Fault(
                f"{relation.label} from {head.label} {quoted(head.text)} to {tail.label} {quoted(tail.text)}; "
                f"it goes {', '.join(allowed[:12])}",
                f"/relations/{i}",
                interval(head),
            )


def lk007(view: View) -> Iterator[Fault]:
    """A symmetric relation points backwards.

    It goes from the earlier mention to the later one.

    Passes: MEETS_WITH from a mention at 10 to one at 40
    Fails: MEETS_WITH from 40 to 10
    """
    for i, relation, head, tail in _relations(view):
        if relation.label in view.labels.symmetric and head.start > tail.start:
            yield Fault(
                f"{relation.label} from {quoted(head.text)} back to {quoted(tail.text)}; swap head and tail",
                f"/relations/{i}",
                interval(head),
            )


def lk008(view: View) -> Iterator[Fault]:
    """A relation links an entity with itself.

    Passes: «Київ» LOCATED_IN «Україні»
    Fails: «Путін» MEETS_WITH «Путіна» of one entity
    """
    for i, relation, head, tail in _relations(view):
        if view.thing(head) == view.thing(tail):
            yield Fault(
                f"{relation.label} from {quoted(head.text)} to {quoted(tail.text)}, which are one; take it out",
                f"/relations/{i}",
                interval(head),
            )


def lk009(view: View) -> Iterator[Fault]:
    """A sentence holds a relation twice.

    At most one relation of a label per ordered pair of entities in a sentence; a symmetric one counts both ways.

    Passes: «Путін» MEETS_WITH «Кім» in two sentences
    Fails: the same twice in one
    """
    seen: dict[tuple[object, ...], str] = {}
    for i, relation, head, tail in _relations(view):
        pair = [view.thing(head), view.thing(tail)]
        if relation.label in view.labels.symmetric:
            pair.sort()
        places = {view.sentence(head), view.sentence(tail)}
        key = (relation.label, *pair, *sorted(places))
        if key in seen:
            yield Fault(
                f"{relation.label} between {quoted(head.text)} and {quoted(tail.text)} stands in this sentence "
                f"already ({seen[key]}); keep one",
                f"/relations/{i}",
                interval(head),
            )
        seen.setdefault(key, relation.id)


def lk010(view: View) -> Iterator[Fault]:
    """Two entities of one label share a Wikidata item.

    Then they are one entity. Under different labels (metonymy) the item may stand twice.

    Passes: one entity Q212
    Fails: two LOC entities Q212
    """
    labels = {m.entity: m.label for m in view.doc.mentions}
    first: dict[tuple[str, str | None], str] = {}
    for i, entity in enumerate(view.doc.entities):
        if entity.wikidata is not None:
            other = first.setdefault((entity.wikidata, labels.get(entity.id)), entity.id)
            if other != entity.id:
                yield Fault(
                    f"{quoted(entity.name)} has the item {entity.wikidata} of the entity {quoted(other)}; merge them "
                    "or correct the item",
                    f"/entities/{i}/wikidata",
                )


def lk011(view: View) -> Iterator[Fault]:
    """A relation stands beside one that excludes it.

    Who HEADS a body is not also AFFILIATED_WITH it. What excludes what says `excludes` in `labels.json`.

    Passes: «Лавров» HEADS «МЗС»
    Fails: «Лавров» HEADS «МЗС» and AFFILIATED_WITH it
    """
    pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for _, relation, head, tail in _relations(view):
        pairs[relation.label].add((view.thing(head), view.thing(tail)))
    for i, relation, head, tail in _relations(view):
        for stronger, excluded in view.labels.excludes.items():
            if relation.label in excluded and (view.thing(head), view.thing(tail)) in pairs[stronger]:
                yield Fault(
                    f"{relation.label} beside {stronger} between {quoted(head.text)} and {quoted(tail.text)}; "
                    f"{stronger} stands alone",
                    f"/relations/{i}",
                    interval(head),
                )


def _relations(view: View) -> Iterator[tuple[int, Relation, Mention, Mention]]:
    """The relations whose ends are there, with their place in the list."""
    for i, relation in enumerate(view.doc.relations):
        head, tail = view.mentions.get(relation.head), view.mentions.get(relation.tail)
        if head is not None and tail is not None:
            yield i, relation, head, tail


RULES = rules_of("links", lk001, lk002, lk003, lk004, lk005, lk006, lk007, lk008, lk009, lk010, lk011)
