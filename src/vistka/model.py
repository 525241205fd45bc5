"""The records of the corpus: a document and its four annotation layers.

Offsets are half-open `[start, end)` and count Unicode code points of the stored text.
The JSON Schemas in `schema/` are the authority on shape; these records accept and refuse the same inputs
(`tests/test_shape.py`) and decode an order of magnitude faster.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Offset: TypeAlias = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Split: TypeAlias = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Entity(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What the mentions of one document refer to; `name` is canonical, in the nominative."""

    id: str
    name: str
    wikidata: str | None = None


class Mention(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A labelled span; `entity` is an entity id for named labels, absent for values."""

    id: str
    label: str
    start: Offset
    end: Offset
    text: str
    entity: str | None = None


class Relation(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A labelled relation from the mention `head` to the mention `tail`."""

    id: str
    label: str
    head: str
    tail: str


class Span(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    start: Offset
    end: Offset
    text: str


class Holder(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Who holds the position: always a mention, with its span repeated."""

    start: Offset
    end: Offset
    text: str
    mention: str


class Target(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What the position is about: a mention, or a free span (`mention` null)."""

    start: Offset
    end: Offset
    text: str
    mention: str | None


AnySpan: TypeAlias = Mention | Span | Holder | Target


class Stance(Struct, frozen=True, forbid_unknown_fields=True):
    """A position that a holder expresses towards a target; no holder where the article itself speaks."""

    id: str
    polarity: str
    attribution: str
    holder: Holder | None
    target: Target
    expression: Span


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """A public report that an article rests on; `published` is an ISO date or null where not known."""

    url: str
    publisher: str
    published: str | None


class Metadata(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of an article beside its text; `published` is an ISO date."""

    schema: Literal["vistka/metadata/1"]
    title: str
    language: str
    published: str
    publisher: str
    url: str | None
    topic: str
    genre: str
    story: str
    origin: Literal["collected", "written"]
    sources: tuple[Source, ...]
    licence: str


class Annotation(Struct, frozen=True, forbid_unknown_fields=True):
    """The four layers of one document, tied to its text by a SHA-256 in hexadecimal."""

    schema: Literal["vistka/annotation/1"]
    doc_id: str
    text_sha256: str
    entities: tuple[Entity, ...]
    mentions: tuple[Mention, ...]
    relations: tuple[Relation, ...]
    stances: tuple[Stance, ...]


class Document(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The document record: article, metadata and layers in one object; `split` where it is assigned."""

    schema: Literal["vistka/document/1"]
    doc_id: str
    metadata: Metadata
    text: str
    entities: tuple[Entity, ...]
    mentions: tuple[Mention, ...]
    relations: tuple[Relation, ...]
    stances: tuple[Stance, ...]
    split: Split | None = None


Layers: TypeAlias = Annotation | Document
