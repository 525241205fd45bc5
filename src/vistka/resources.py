"""The schema folder: where it lies, the label inventory, the JSON Schemas and the label maps.

One resolver finds it in a wheel (`vistka/_schema`), an editable install and a checkout (`schema/`).
`labels.json` is the one source of labels; the enums of the JSON Schemas are made from it.
"""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from vistka.findings import InputError, UsageError
from vistka.model import Metadata

SCHEMA_NAMES = ("annotation", "metadata", "document")


def schema_dir() -> Path:
    """The folder of the schemas that belong to this version of the package."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "_schema", here.parents[2] / "schema"):
        if (folder / "labels.json").is_file():
            return folder
    raise InputError("the schema folder is missing from this installation: install vistka again")


class MentionLabel(Struct, frozen=True, forbid_unknown_fields=True):
    """`entity` tells whether mentions of the label belong to an entity."""

    label: str
    entity: bool
    colour: str
    hotkey: str
    en: str
    uk: str


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    head: tuple[str, ...]
    tail: tuple[str, ...]


class RelationLabel(Struct, frozen=True, forbid_unknown_fields=True):
    """`excludes` lists labels that may not hold between the same two entities beside it."""

    label: str
    symmetric: bool
    signatures: tuple[Signature, ...]
    en: str
    uk: str
    excludes: tuple[str, ...] = ()


class StanceValue(Struct, frozen=True, forbid_unknown_fields=True):
    value: str
    en: str
    uk: str
    colour: str | None = None


class StanceScheme(Struct, frozen=True, forbid_unknown_fields=True):
    """`holder` lists the labels that a holder may have."""

    holder: tuple[str, ...]
    polarity: tuple[StanceValue, ...]
    attribution: tuple[StanceValue, ...]


class Labels(Struct, frozen=True, eq=False, forbid_unknown_fields=True, dict=True):
    """The label inventory; `vocabularies` restricts metadata fields to lists of values."""

    name: str
    scheme: int
    mentions: tuple[MentionLabel, ...]
    nesting: tuple[tuple[str, str], ...]
    relations: tuple[RelationLabel, ...]
    stance: StanceScheme
    vocabularies: dict[str, tuple[str, ...]]

    @cached_property
    def mention_labels(self) -> tuple[str, ...]:
        return tuple(m.label for m in self.mentions)

    @cached_property
    def relation_labels(self) -> tuple[str, ...]:
        return tuple(r.label for r in self.relations)

    @cached_property
    def entity_labels(self) -> frozenset[str]:
        """Labels whose mentions belong to an entity."""
        return frozenset(m.label for m in self.mentions if m.entity)

    @cached_property
    def value_labels(self) -> frozenset[str]:
        """Labels whose mentions belong to no entity."""
        return frozenset(m.label for m in self.mentions if not m.entity)

    @cached_property
    def nesting_pairs(self) -> frozenset[tuple[str, str]]:
        """Allowed (outer, inner) pairs of mention labels."""
        return frozenset(self.nesting)

    @cached_property
    def signatures(self) -> frozenset[tuple[str, str, str]]:
        """Allowed (relation label, head label, tail label) triples."""
        return frozenset(
            (r.label, head, tail) for r in self.relations for s in r.signatures for head in s.head for tail in s.tail
        )

    @cached_property
    def symmetric(self) -> frozenset[str]:
        return frozenset(r.label for r in self.relations if r.symmetric)

    @cached_property
    def excludes(self) -> dict[str, tuple[str, ...]]:
        return {r.label: r.excludes for r in self.relations if r.excludes}

    @cached_property
    def holder_labels(self) -> frozenset[str]:
        return frozenset(self.stance.holder)

    @cached_property
    def polarities(self) -> tuple[str, ...]:
        return tuple(v.value for v in self.stance.polarity)

    @cached_property
    def attributions(self) -> tuple[str, ...]:
        return tuple(v.value for v in self.stance.attribution)


@lru_cache(maxsize=8)
def load_labels(path: Path | None = None) -> Labels:
    """The inventory in `path`, by default the scheme's own; every label it names must be declared in it."""
    source = path or schema_dir() / "labels.json"
    try:
        labels = msgspec.json.decode(source.read_bytes(), type=Labels)
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{source}: not a label inventory: {error}; compare it with schema/labels.json") from error
    known = set(labels.mention_labels)
    used = {
        *(label for pair in labels.nesting for label in pair),
        *(label for r in labels.relations for s in r.signatures for label in (*s.head, *s.tail)),
        *labels.stance.holder,
    }
    for relation in labels.relations:
        pairs = {(head, tail) for s in relation.signatures for head in s.head for tail in s.tail}
        if relation.symmetric and any((tail, head) not in pairs for head, tail in pairs):
            raise InputError(f"{source}: {relation.label} is symmetric, its signatures are not; make both ends alike")
    excluded = {label for r in labels.relations for label in r.excludes}
    if excluded - set(labels.relation_labels):
        raise InputError(f"{source}: undeclared relation labels {sorted(excluded - set(labels.relation_labels))}")
    unknown = set(labels.vocabularies) - set(Metadata.__struct_fields__)
    if unknown:
        raise InputError(f"{source}: vocabularies of no metadata field {sorted(unknown)}; name fields of the metadata")
    if len(known) != len(labels.mentions) or len(set(labels.relation_labels)) != len(labels.relations):
        raise InputError(f"{source}: a label is declared twice; keep one of the two")
    if used - known:
        raise InputError(f"{source}: undeclared mention labels {sorted(used - known)}; add them to `mentions`")
    return labels


def load_schema(name: str, labels: Labels | None = None) -> dict[str, Any]:
    """A JSON Schema with its shared `$defs` inside; the enums are those of `labels` where given."""
    if name not in SCHEMA_NAMES:
        raise UsageError(f"no schema named {name!r}; there are {', '.join(SCHEMA_NAMES)}")
    folder = schema_dir()
    schema: dict[str, Any] = json.loads((folder / f"{name}.schema.json").read_text("utf-8"))
    defs: dict[str, Any] = json.loads((folder / "defs.schema.json").read_text("utf-8"))
    if labels is not None:
        defs = with_enums(defs, labels)
    bundled = json.loads(json.dumps(schema).replace('"defs.schema.json#/', '"#/'))
    bundled["$defs"] = defs["$defs"]
    return dict(bundled)


def with_enums(defs: dict[str, Any], labels: Labels) -> dict[str, Any]:
    """The shared `$defs` with the enums of an inventory put in."""
    enums = {
        "mentionLabel": labels.mention_labels,
        "relationLabel": labels.relation_labels,
        "polarity": labels.polarities,
        "attribution": labels.attributions,
    }
    changed = {key: {**defs["$defs"][key], "enum": list(values)} for key, values in enums.items()}
    return {**defs, "$defs": {**defs["$defs"], **changed}}


class LabelMap(Struct, frozen=True, forbid_unknown_fields=True):
    """A projection of our labels to another corpus's; null where that corpus has no counterpart."""

    name: str
    source: str
    note: str
    mentions: dict[str, str | None]
    relations: dict[str, str | None]


def label_map_names() -> list[str]:
    return sorted(path.stem for path in (schema_dir() / "label_maps").glob("*.json"))


def load_label_map(name: str) -> LabelMap:
    """A shipped label map by its name."""
    if name not in label_map_names():
        raise UsageError(f"no label map named {name!r}; there are {', '.join(label_map_names())}")
    return msgspec.json.decode((schema_dir() / "label_maps" / f"{name}.json").read_bytes(), type=LabelMap)
