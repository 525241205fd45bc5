"""Two passes and a log of decisions -> gold, and back: which decisions made this gold.

Annotations are sets of items without ids: entities (id, name, wikidata), mentions (span, label, entity), relations
and stances over mentions. Entities of the second pass take the ids of the first pass where the two are aligned.
Gold is what both passes have, less what the log takes out, with what the log puts in. The log names every item on
which the passes and gold are not of one mind, so that `reconcile(first, second, decisions(first, second, gold))` is
gold, whatever people did to it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct, field

from vistka.alignment import Key, aligned_entities, key
from vistka.findings import InputError
from vistka.io import renumbered
from vistka.model import Annotation, Entity, Holder, Layers, Mention, Relation, Span, Stance, Target

Layer: TypeAlias = Literal["entities", "mentions", "relations", "stances"]
Where: TypeAlias = Literal["first", "second", "both", "neither"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
Item: TypeAlias = tuple[Any, ...]
Items: TypeAlias = dict[Layer, set[Item]]


class LogHead(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of the log: whose passes it settles."""

    schema: Literal["vistka/adjudication/1"]
    first: str
    second: str


class Decision(Struct, frozen=True, forbid_unknown_fields=True):
    """One item that the passes and gold do not all have: which passes have it, whether gold does, and why.

    `item` names mentions as [start, end, label]; a stance's free target has a null label, its expression is
    [start, end].
    """

    doc_id: str
    layer: Layer
    passes: Where = field(name="in")
    gold: bool
    why: str
    item: list[Any]


# --- annotations as items -------------------------------------------------------------------------------------


def items(layers: Layers, names: Mapping[str, str]) -> Items:
    """The annotation's items, entity ids renamed by `names`."""
    by_id = {m.id: key(m) for m in layers.mentions}
    return {
        "entities": {(names.get(e.id, e.id), e.name, e.wikidata) for e in layers.entities},
        "mentions": {(*key(m), m.entity and names.get(m.entity, m.entity)) for m in layers.mentions},
        "relations": {(by_id[r.head], r.label, by_id[r.tail]) for r in layers.relations},
        "stances": {_stance_item(s, by_id) for s in layers.stances},
    }


def _stance_item(s: Stance, by_id: Mapping[str, Key]) -> Item:
    holder = by_id[s.holder.mention] if s.holder else None
    target = by_id[s.target.mention] if s.target.mention else (s.target.start, s.target.end, None)
    return s.polarity, s.attribution, holder, target, (s.expression.start, s.expression.end)


def of_passes(first: Layers, second: Layers) -> tuple[Items, Items]:
    """The items of both passes under common entity ids, those of the first."""
    return items(first, {}), items(second, _common_ids(second, first))


def of_gold(first: Layers, second: Layers, gold: Layers) -> Items:
    """Gold's items under the ids that `of_passes` gives: of the first pass, else of the second, else new ones."""
    of_second = _common_ids(second, first)
    names = _common_ids(gold, first)
    in_first = aligned_entities(first, gold)
    for entity, twin in aligned_entities(second, gold).items():
        if entity not in in_first and of_second[twin] not in names.values():
            names[entity] = of_second[twin]
    return items(gold, names)


def _common_ids(layers: Layers, first: Layers) -> dict[str, str]:
    """Entity id -> that of the entity of the first pass that it is, else its own, with a number if that is taken."""
    same = aligned_entities(first, layers)
    taken = {e.id for e in first.entities}
    names = {}
    for entity in sorted(layers.entities, key=lambda e: e.id):
        new = same.get(entity.id, entity.id)
        number = 2
        while entity.id not in same and new in taken:
            new = f"{entity.id}-{number}"
            number += 1
        taken.add(new)
        names[entity.id] = new
    return names


# --- the algebra ----------------------------------------------------------------------------------------------


def decisions(
    first: Annotation, second: Annotation, gold: Annotation, why: Mapping[Item, str] | None = None
) -> list[Decision]:
    """What made this gold of these passes, by layer in text order; `why` gives reasons by (layer, *item)."""
    ones, twos = of_passes(first, second)
    golds = of_gold(first, second, gold)
    found = []
    for layer in LAYERS:
        one, two, kept = ones[layer], twos[layer], golds[layer]
        for item in sorted((one | two | kept) - (one & two & kept), key=order):
            where = _WHERE[item in one, item in two]
            reason = (why or {}).get((layer, *item), "")
            found.append(Decision(gold.doc_id, layer, where, item in kept, reason, _listed(item)))
    return found


_WHERE: dict[tuple[bool, bool], Where] = {
    (True, True): "both",
    (True, False): "first",
    (False, True): "second",
    (False, False): "neither",
}


def reconcile(text: str, first: Annotation, second: Annotation, log: Iterable[Decision]) -> Annotation:
    """Gold from two passes over `text` and the decisions on it; ids of mentions, relations and stances are new.

    Raises `InputError` where a decision keeps an item whose mention is not kept.
    """
    ones, twos = of_passes(first, second)
    kept: Items = {layer: ones[layer] & twos[layer] for layer in LAYERS}
    for decision in log:
        if decision.gold:
            kept[decision.layer].add(as_item(decision.item))
        else:
            kept[decision.layer].discard(as_item(decision.item))
    return built(text, first, kept)


def built(text: str, like: Annotation, kept: Items) -> Annotation:
    """The annotation of these items over the article of `like`; raises `InputError` where one hangs in the air."""
    mentions: dict[Key, Mention] = {}
    for start, end, label, entity in sorted(kept["mentions"], key=order):
        if (start, end, label) in mentions:
            raise InputError(f"{like.doc_id}: {label} {text[start:end]!r} is in two entities; keep one reading")
        mentions[start, end, label] = Mention(f"m{len(mentions) + 1}", label, start, end, text[start:end], entity)

    def mention(of: Key) -> Mention:
        if of not in mentions:
            what = f"{of[2]} {text[of[0] : of[1]]!r}"
            raise InputError(f"{like.doc_id}: a relation or stance is kept, its mention is not: {what}")
        return mentions[of]

    def stance(number: int, item: Item) -> Stance:
        polarity, attribution, holder, target, expression = item
        by = mention(holder) if holder else None
        about = mention(target).id if target[2] else None
        return Stance(
            f"s{number}",
            polarity,
            attribution,
            Holder(by.start, by.end, by.text, by.id) if by else None,
            Target(target[0], target[1], text[target[0] : target[1]], about),
            Span(expression[0], expression[1], text[expression[0] : expression[1]]),
        )

    relations = [
        Relation(f"r{i}", label, mention(head).id, mention(tail).id)
        for i, (head, label, tail) in enumerate(sorted(kept["relations"], key=order), 1)
    ]
    found = Annotation(
        schema=like.schema,
        doc_id=like.doc_id,
        text_sha256=like.text_sha256,
        entities=tuple(Entity(*entity) for entity in sorted(kept["entities"], key=order)),
        mentions=tuple(mentions.values()),
        relations=tuple(relations),
        stances=tuple(stance(i, item) for i, item in enumerate(sorted(kept["stances"], key=order), 1)),
    )
    settled = renumbered(found)
    assert isinstance(settled, Annotation)
    return settled


def order(item: Item) -> str:
    """A key that puts the items of a layer in one fixed order: by their last span, then by all they hold."""
    flat = [f"{part:09d}" if isinstance(part, int) else str(part) for part in _flat(item)]
    return repr((flat[-2:], flat) if isinstance(item[0], str) and len(item) == 5 else flat)


def _flat(item: Item) -> list[Any]:
    return [piece for part in item for piece in (_flat(part) if isinstance(part, tuple) else [part])]


def _listed(item: Item) -> list[Any]:
    return [_listed(part) if isinstance(part, tuple) else part for part in item]


def as_item(listed: list[Any]) -> Item:
    """The item that a decision lists."""
    return tuple(as_item(part) if isinstance(part, list) else part for part in listed)
