"""Label Studio tasks and annotations <-> annotation.

Offsets: Label Studio counts code points over `data.text`, half-open; kept as they are. `value.text` of a region is
shown to people only: the text is sliced anew, since the page collapses blanks in it.
One region a mention (control `mention`), its entity in a text field `key` or, once a document, `key = name | Q-id`;
one region an expression and one a free target (control `stance`), polarity and attribution as choices of the
expression, its holder and target as relations. Labels of one ordered pair share a relation, since the page keeps one.
Lost: nothing. Ids live in the regions' ids behind a prefix of their kind; ids of relations, which the page drops,
in the `meta` of their head. What was made by hand gets the next free ids in text order.
Source: labelstud.io, "Label Studio JSON format"; measured against Label Studio 1.23.2.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from vistka.fields import KEY, entity_line, parse_entity
from vistka.findings import Finding
from vistka.io import in_order
from vistka.model import Annotation, Entity, Holder, Layers, Mention, Relation, Span, Stance, Target
from vistka.text import line_column, sha256

LOSES: tuple[str, ...] = ()

TEXT, MENTION, ENTITY, STANCE, POLARITY, ATTRIBUTION = (
    "text",
    "mention",
    "entity",
    "stance",
    "polarity",
    "attribution",
)
"""Names of the object and of the controls in the labelling configuration."""
EXPRESSION, TARGET, HOLDER = "expression", "target", "holder"
"""Labels of the stance control, and of the relations that leave an expression."""

CODES = {
    "LS001": "A result is no object of Label Studio's form.",
    "LS002": "A result comes from a control that the labelling configuration does not have.",
    "LS003": "A region's offsets lie outside the text or are no integers.",
    "LS004": "A region's text is not the text at its offsets.",
    "LS005": "A region has no label, or several.",
    "LS006": "Two regions have one id.",
    "LS007": "A relation or a value hangs on a region that is not there.",
    "LS008": "A relation has no label.",
    "LS009": "A relation joins regions that it cannot join.",
    "LS010": "A named mention has no entity, or an entity no single name.",
    "LS011": "An expression lacks polarity or attribution, or has several.",
    "LS012": "An expression has no target, or several targets or holders.",
    "LS013": "A free target belongs to no expression.",
}

_BLANKS = re.compile(r"(?:\\n|\s)+")


def render(layers: Layers) -> list[dict[str, Any]]:
    """The regions and relations of an annotation, as Label Studio's `result`."""
    ordered = in_order(layers)
    result: list[dict[str, Any]] = []
    lines = {e.id: entity_line(e) for e in ordered.entities}
    pairs: dict[tuple[str, str], list[Relation]] = defaultdict(list)
    for relation in ordered.relations:
        pairs[relation.head, relation.tail].append(relation)
    ids: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for (head, tail), relations in pairs.items():
        ids[head][_region(MENTION, tail)] = {r.label: r.id for r in relations}
    for mention in ordered.mentions:
        region = _region(MENTION, mention.id)
        made = _labelled(region, MENTION, mention.label, mention)
        if mention.id in ids:
            made["meta"] = {"relations": ids[mention.id]}
        result.append(made)
        if mention.entity is not None:
            line = lines.pop(mention.entity, mention.entity)
            result.append(_value(region, ENTITY, "textarea", mention, text=[line]))
    links = [
        _link(_region(MENTION, head), _region(MENTION, tail), [r.label for r in relations])
        for (head, tail), relations in pairs.items()
    ]
    for stance in ordered.stances:
        region = _region(EXPRESSION, stance.id)
        result.append(_labelled(region, STANCE, EXPRESSION, stance.expression))
        result.append(_value(region, POLARITY, "choices", stance.expression, choices=[stance.polarity]))
        result.append(_value(region, ATTRIBUTION, "choices", stance.expression, choices=[stance.attribution]))
        if stance.holder is not None:
            links.append(_link(region, _region(MENTION, stance.holder.mention), [HOLDER]))
        if stance.target.mention is not None:
            links.append(_link(region, _region(MENTION, stance.target.mention), [TARGET]))
        else:
            free = _region(TARGET, stance.id)
            result.append(_labelled(free, STANCE, TARGET, stance.target))
            links.append(_link(region, free, [TARGET]))
    return result + links


def _region(kind: str, item: str) -> str:
    return f"{kind}-{item}"


def _labelled(region: str, control: str, label: str, span: Span | Mention | Target) -> dict[str, Any]:
    value = {"start": span.start, "end": span.end, "text": span.text, "labels": [label]}
    return {"id": region, "from_name": control, "to_name": TEXT, "type": "labels", "value": value}


def _value(region: str, control: str, kind: str, span: Span | Mention, **value: list[str]) -> dict[str, Any]:
    place = {"start": span.start, "end": span.end}
    return {"id": region, "from_name": control, "to_name": TEXT, "type": kind, "value": {**place, **value}}


def _link(head: str, tail: str, labels: list[str]) -> dict[str, Any]:
    return {"from_id": head, "to_id": tail, "type": "relation", "direction": "right", "labels": labels}


# --- parsing --------------------------------------------------------------------------------------------------


class _Found(Struct):
    """A region as it came: where it is, what label it has, and what hangs on it."""

    control: str
    label: str
    start: int
    end: int
    pointer: str
    relations: dict[str, dict[str, str]]
    values: dict[str, list[str]]


def parse(result: Any, text: str, doc_id: str) -> tuple[Annotation, tuple[Finding, ...]]:
    """The annotation in a `result` over the text, and what in it cannot be read.

    The annotation holds what could be read; with findings it is not the annotator's whole work. Whether labels and
    links obey the scheme is the validator's question, not asked here.
    """
    return _Reader(text, doc_id).read(result)


class _Reader:
    def __init__(self, text: str, doc_id: str) -> None:
        self.text = text
        self.doc_id = doc_id
        self.regions: dict[str, _Found] = {}
        self.findings: list[Finding] = []

    def read(self, result: Any) -> tuple[Annotation, tuple[Finding, ...]]:
        if not isinstance(result, list):
            self.fault("LS001", "the result is no list; export the project as JSON, not as JSON_MIN or CSV", "")
            result = []
        values, links = [], []
        for i, item in enumerate(result):
            kind = item.get("type") if isinstance(item, dict) else None
            if kind == "labels":
                self._take_region(item, f"/{i}")
            elif kind in ("choices", "textarea"):
                values.append((item, f"/{i}"))
            elif kind == "relation":
                links.append((item, f"/{i}"))
            else:
                self.fault("LS001", f"`type` is {kind!r}; labels, choices, textarea and relation are read", f"/{i}")
        for item, pointer in values:
            self._take_value(item, pointer)
        named = _named(self.regions)
        entities, of_mention = self._entities()
        mentions = {
            key: Mention(named[key], r.label, r.start, r.end, self.text[r.start : r.end], of_mention.get(key))
            for key, r in self.regions.items()
            if r.control == MENTION
        }
        relations, held, aimed = self._links(links, mentions)
        stances = self._stances(named, mentions, held, aimed)
        annotation = Annotation(
            schema="vistka/annotation/1",
            doc_id=self.doc_id,
            text_sha256=sha256(self.text),
            entities=tuple(entities),
            mentions=tuple(mentions.values()),
            relations=tuple(relations),
            stances=tuple(stances),
        )
        ordered = in_order(annotation)
        assert isinstance(ordered, Annotation)
        return ordered, tuple(sorted(self.findings, key=lambda f: f.sort_key))

    def fault(self, code: str, message: str, pointer: str, region: _Found | None = None) -> None:
        span = (region.start, region.end) if region else None
        line, column = line_column(self.text, region.start) if region else (None, None)
        shown = f"«{self.text[region.start : region.end]}»: {message}" if region else message
        self.findings.append(
            Finding(
                code, "error", shown, doc_id=self.doc_id, pointer=pointer or None, span=span, line=line, column=column
            )
        )

    def _take_region(self, item: dict[str, Any], pointer: str) -> None:
        value, key, control = item.get("value"), item.get("id"), item.get("from_name")
        if not isinstance(value, dict) or not isinstance(key, str):
            self.fault("LS001", "a region has an `id` and a `value`", pointer)
            return
        if control not in (MENTION, STANCE):
            self.fault("LS002", f"no control `{control}`; give the project this version's configuration", pointer)
            return
        start, end = value.get("start"), value.get("end")
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(self.text):
            self.fault("LS003", f"[{start!r}, {end!r}) is no span of {len(self.text)} characters", pointer)
            return
        labels = value.get("labels")
        label = labels[0] if isinstance(labels, list) and len(labels) == 1 and isinstance(labels[0], str) else ""
        meta = item.get("meta")
        kept = meta.get("relations") if isinstance(meta, dict) else None
        found = _Found(control, label, start, end, pointer, _relation_ids(kept), {})
        if not label or (control == STANCE and label not in (EXPRESSION, TARGET)):
            self.fault("LS005", f"its labels are {labels!r}; give it one", pointer, found)
            return
        if key in self.regions:
            self.fault("LS006", f"a second region with the id `{key}`; delete it and draw it again", pointer, found)
            return
        words = value.get("text")
        if isinstance(words, str) and _BLANKS.sub(" ", words).strip() != _BLANKS.sub(" ", self.text[start:end]).strip():
            self.fault("LS004", f"the region says «{words}»; its offsets count another text", pointer, found)
        self.regions[key] = found

    def _take_value(self, item: dict[str, Any], pointer: str) -> None:
        control, value, key = item.get("from_name"), item.get("value"), item.get("id")
        if control not in (ENTITY, POLARITY, ATTRIBUTION):
            self.fault("LS002", f"no control `{control}`; give the project this version's configuration", pointer)
            return
        given = value.get("text" if control == ENTITY else "choices") if isinstance(value, dict) else None
        lines = [given] if isinstance(given, str) else given
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            self.fault("LS001", f"the value of `{control}` is no list of text", pointer)
        elif not isinstance(key, str) or key not in self.regions:
            self.fault("LS007", f"the region of this `{control}` is not there", pointer)
        else:
            self.regions[key].values.setdefault(control, []).extend(line for line in lines if line.strip())

    def _entities(self) -> tuple[list[Entity], dict[str, str]]:
        """Entities by their named mentions, and region id -> entity id."""
        of_mention: dict[str, str] = {}
        named: dict[str, list[Entity]] = defaultdict(list)
        first: dict[str, _Found] = {}
        for key, region in self.regions.items():
            lines = region.values.get(ENTITY, [])
            if region.control != MENTION or not lines:
                continue
            entity = parse_entity(lines[0])
            if len(lines) > 1 or not (entity or KEY.fullmatch(lines[0].strip())):
                message = f"its entity reads {' / '.join(lines)}; write `key` or `key = canonical name | Q-id`"
                self.fault("LS010", message, region.pointer, region)
                continue
            of_mention[key] = entity.id if entity else lines[0].strip()
            first.setdefault(of_mention[key], region)
            if entity and entity not in named[entity.id]:
                named[entity.id].append(entity)
        for item, region in first.items():
            if len(named[item]) != 1:
                several = " and ".join(entity_line(e) for e in named[item])
                message = f"it is {several}; keep one" if several else f"write `{item} = canonical name` once"
                self.fault("LS010", f"entity `{item}` has no single name: {message}", region.pointer, region)
        return [entities[0] for entities in named.values() if entities], of_mention

    def _links(
        self, items: Iterable[tuple[dict[str, Any], str]], mentions: dict[str, Mention]
    ) -> tuple[list[Relation], dict[str, list[str]], dict[str, list[str]]]:
        """Relations between mentions, and for each expression the regions of its holders and targets."""
        drawn: list[tuple[str, str, str]] = []
        held: dict[str, list[str]] = defaultdict(list)
        aimed: dict[str, list[str]] = defaultdict(list)
        for item, pointer in items:
            head, tail, labels = item.get("from_id"), item.get("to_id"), item.get("labels")
            if item.get("direction") == "left":
                head, tail = tail, head
            one, two = self.regions.get(str(head)), self.regions.get(str(tail))
            if one is None or two is None:
                self.fault("LS007", f"this relation ({labels}) hangs on a region that is not there", pointer)
                continue
            arrow = f"relation to «{self.text[two.start : two.end]}»"
            if not isinstance(labels, list) or not labels:
                self.fault("LS008", f"its {arrow} has no label; choose one or delete it", pointer, one)
                continue
            for label in map(str, labels):
                if label in (HOLDER, TARGET):
                    if one.label != EXPRESSION or not (tail in mentions or (label == TARGET and two.label == TARGET)):
                        self.fault("LS009", f"its {arrow}: {label} leads from an expression to it", pointer, one)
                    else:
                        (held if label == HOLDER else aimed)[str(head)].append(str(tail))
                elif head not in mentions or tail not in mentions:
                    self.fault("LS009", f"its {arrow}: {label} joins two mentions", pointer, one)
                elif item.get("direction") == "bi":
                    self.fault("LS009", f"its {arrow}: {label} points both ways; choose a direction", pointer, one)
                else:
                    drawn.append((str(head), str(tail), label))
        kept = [self.regions[head].relations.get(tail, {}).get(label) for head, tail, label in drawn]
        order = sorted(range(len(drawn)), key=lambda i: (*_place(mentions, drawn[i]), drawn[i][2]))
        fresh = _fresh("r", kept)
        ids = {i: kept[i] or next(fresh) for i in order}
        relations = [
            Relation(ids[i], label, mentions[head].id, mentions[tail].id) for i, (head, tail, label) in enumerate(drawn)
        ]
        return relations, held, aimed

    def _stances(
        self,
        named: dict[str, str],
        mentions: dict[str, Mention],
        held: dict[str, list[str]],
        aimed: dict[str, list[str]],
    ) -> Iterator[Stance]:
        pointed = {target for targets in aimed.values() for target in targets}
        for key, region in self.regions.items():
            if region.control != STANCE:
                continue
            if region.label == TARGET:
                if key not in pointed:
                    self.fault("LS013", "no expression has it as target; draw it or delete it", region.pointer, region)
                continue
            values = {}
            for control in (POLARITY, ATTRIBUTION):
                given = region.values.get(control, [])
                if len(given) != 1:
                    message = f"its {control} is {' and '.join(given) or 'missing'}; choose one"
                    self.fault("LS011", message, region.pointer, region)
                values[control] = given[0] if given else ""
            holders, targets = held.get(key, []), aimed.get(key, [])
            if len(holders) > 1 or len(targets) != 1:
                message = f"it has {len(targets)} targets and {len(holders)} holders; one target, at most one holder"
                self.fault("LS012", message, region.pointer, region)
                continue
            holder, target = mentions.get(holders[0]) if holders else None, self.regions[targets[0]]
            aim = mentions.get(targets[0])
            yield Stance(
                named[key],
                values[POLARITY],
                values[ATTRIBUTION],
                Holder(holder.start, holder.end, holder.text, holder.id) if holder else None,
                Target(target.start, target.end, self.text[target.start : target.end], aim.id if aim else None),
                Span(region.start, region.end, self.text[region.start : region.end]),
            )


def _relation_ids(value: Any) -> dict[str, dict[str, str]]:
    """The relation ids that a head keeps, as far as they are of the form that `render` wrote."""
    if not isinstance(value, dict):
        return {}
    return {
        str(tail): {str(label): item for label, item in ids.items() if isinstance(item, str)}
        for tail, ids in value.items()
        if isinstance(ids, dict)
    }


def _named(regions: dict[str, _Found]) -> dict[str, str]:
    """Ids of mentions and stances: those behind the prefix, and new ones in text order."""
    names: dict[str, str | None] = {}
    for key, region in regions.items():
        prefix = f"{MENTION if region.control == MENTION else region.label}-"
        names[key] = key.removeprefix(prefix) if key.startswith(prefix) and KEY.fullmatch(key[len(prefix) :]) else None
    for letter, control in (("m", MENTION), ("s", STANCE)):
        keys = [key for key, region in regions.items() if region.control == control]
        fresh = _fresh(letter, [names[key] for key in keys])
        for key in sorted(keys, key=lambda k: (regions[k].start, -regions[k].end, k)):
            if names[key] is None:
                names[key] = next(fresh)
    return {key: str(name) for key, name in names.items()}


def _fresh(letter: str, taken: Iterable[str | None]) -> Iterator[str]:
    used = set(taken)
    number = 0
    while True:
        number += 1
        if f"{letter}{number}" not in used:
            yield f"{letter}{number}"


def _place(mentions: dict[str, Mention], link: tuple[str, str, str]) -> tuple[int, int]:
    return mentions[link[0]].start, mentions[link[1]].start
