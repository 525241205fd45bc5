"""What rules are made of: the fault that a rule yields, the things that rules look at, the rule itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from msgspec import Struct

from vistka.findings import Severity
from vistka.model import Annotation, AnySpan, Document, Entity, Mention, Metadata
from vistka.resources import Labels
from vistka.text import Interval, sentence_of, sentences, tokens

Level: TypeAlias = Literal["schema", "spans", "links", "corpus"]
LEVELS: tuple[Level, ...] = ("schema", "spans", "links", "corpus")
Kind: TypeAlias = Literal["article", "annotation", "metadata", "document"]

Subject = TypeVar("Subject")


class Fault(Struct, frozen=True):
    """What a rule yields: what is wrong and its cure, and where.

    `line` and `column` are given only where the place is in the file itself; else they follow from `span`.
    """

    message: str
    pointer: str | None = None
    span: Interval | None = None
    line: int | None = None
    column: int | None = None
    doc_id: str | None = None
    path: Path | None = None


class Rule(Struct, Generic[Subject], frozen=True):
    """One rule: its function finds the faults, its docstring is its manual entry."""

    code: str
    level: Level
    severity: Severity
    find: Callable[[Subject], Iterator[Fault]]

    @property
    def manual(self) -> str:
        return inspect.cleandoc(self.find.__doc__ or "")

    @property
    def title(self) -> str:
        return self.manual.splitlines()[0]


def rules_of(
    level: Level, *functions: Callable[[Subject], Iterator[Fault]], warnings: str = ""
) -> tuple[Rule[Subject], ...]:
    """The rules of one family; a function's name is its code in small letters."""
    weak = warnings.split()
    return tuple(
        Rule(f.__name__.upper(), level, "warning" if f.__name__.upper() in weak else "error", f) for f in functions
    )


class Raw(Struct, frozen=True):
    """The bytes of a file (or of a shard's line), before anything is known of them."""

    kind: Kind
    data: bytes
    labels: Labels
    error: OSError | None = None


class Parsed(Struct, frozen=True):
    """Parsed JSON with what the parser met on its way."""

    kind: Kind
    data: bytes
    value: Any
    labels: Labels
    duplicates: tuple[str, ...]
    fractions: tuple[str, ...]


class Named(Struct, frozen=True):
    """A decoded file of record with the doc_id of its name."""

    doc_id: str
    record: Annotation | Metadata
    data: bytes


class View:
    """A document as the rules see it, with what several rules need computed once."""

    def __init__(self, doc: Document, labels: Labels, annotation: Annotation | None = None) -> None:
        self.doc = doc
        self.labels = labels
        self.annotation = annotation

    @cached_property
    def mentions(self) -> dict[str, Mention]:
        return {m.id: m for m in self.doc.mentions}

    @cached_property
    def entities(self) -> dict[str, Entity]:
        return {e.id: e for e in self.doc.entities}

    @cached_property
    def sentences(self) -> list[Interval]:
        return sentences(self.doc.text)

    @cached_property
    def token_inside(self) -> dict[int, Interval]:
        """Offsets that lie inside a token, with that token."""
        return {i: (start, end) for start, end in tokens(self.doc.text) for i in range(start + 1, end)}

    def sentence(self, mention: Mention) -> int:
        return sentence_of(self.sentences, mention.start)

    def thing(self, mention: Mention) -> str:
        """What a mention stands for: its entity, or itself where it has none."""
        return mention.entity or f"mention {mention.id}"

    @cached_property
    def spans(self) -> list[tuple[str, AnySpan]]:
        """Every span of the document with its JSON pointer."""
        found: list[tuple[str, AnySpan]] = [(f"/mentions/{i}", m) for i, m in enumerate(self.doc.mentions)]
        for i, stance in enumerate(self.doc.stances):
            if stance.holder is not None:
                found.append((f"/stances/{i}/holder", stance.holder))
            found.append((f"/stances/{i}/target", stance.target))
            found.append((f"/stances/{i}/expression", stance.expression))
        return found

    @cached_property
    def sound_spans(self) -> list[tuple[str, AnySpan]]:
        """The spans that lie in the text: the others are SP001's."""
        length = len(self.doc.text)
        return [(p, s) for p, s in self.spans if 0 <= s.start < s.end <= length]


def interval(span: AnySpan) -> Interval:
    return (span.start, span.end)


def quoted(text: str, limit: int = 60) -> str:
    """Offending text for a message: shortened, invisible characters written as escapes."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return (
        "«"
        + "".join(c if c.isprintable() or c == "\u00a0" else c.encode("unicode_escape").decode() for c in shown)
        + "»"
    )
