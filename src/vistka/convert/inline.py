r"""Inline markup <-> annotation: the whole article with `{surface|LABEL|entity}` around mentions, then a block.

    {Герман Галущенко|PERS|halushchenko} очолив {Міненерго|ORG|minenerho}.
    %% entities
    halushchenko = Герман Галущенко | Q12345
    minenerho = Міненерго
    %% relations
    Герман Галущенко | HEADS | Міненерго
    %% stances
    support | direct | holder | target | expression

In the text `\{ \| \} \\` are the literal characters and `\%` opens a line that begins with `%%`. In the block a
mention is named by its surface, `#2` where it is the second of that surface in text order, `~` before a free span
(`#2`: its second occurrence), `-` for no holder; an expression is a free span without `~`; `\| \# \~ \- \\ \n` and
backslash-space are literal.
Lost on rendering: the ids of mentions, relations and stances, which `parse` gives anew in text order.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeAlias

from vistka.fields import KEY, entity_line, escape, fields, parse_entity, unescape
from vistka.findings import InputError
from vistka.io import in_order, renumbered
from vistka.model import Annotation, Entity, Holder, Layers, Mention, Relation, Span, Stance, Target
from vistka.text import line_column, sha256

LOSES = ("mentions.id", "relations.id", "stances.id")

_SECTIONS = ("entities", "relations", "stances")
_NUMBERED = re.compile(r"((?:\\.|[^\\])*?)\s*#([1-9][0-9]*)", re.S)

Fault: TypeAlias = tuple[int, str]
"""Offset in the source and what is wrong there."""


def parse(source: str, doc_id: str) -> tuple[str, Annotation]:
    """The article's text and its annotation.

    Raises `InputError` naming line and column of every fault in the markup. Whether the annotation obeys the
    scheme is the validator's question, not asked here.
    """
    cut = source.find("\n%% entities\n") if not source.startswith("%% entities\n") else -1
    if cut < 0:
        _fail(source, [(len(source), "the line `%% entities` is missing; it ends the text, even with no entities")])
    text, mentions, faults = _parse_text(source[:cut])
    block = _Block(source, cut + 1, text, mentions)
    faults += block.faults
    if faults:
        _fail(source, sorted(faults))
    annotation = Annotation(
        schema="vistka/annotation/1",
        doc_id=doc_id,
        text_sha256=sha256(text),
        entities=tuple(block.entities),
        mentions=tuple(mentions),
        relations=tuple(block.relations),
        stances=tuple(block.stances),
    )
    ordered = renumbered(annotation)
    assert isinstance(ordered, Annotation)
    return text, ordered


def _fail(source: str, faults: list[Fault]) -> None:
    places = ((*line_column(source, offset), message) for offset, message in faults)
    raise InputError("\n".join(f"line {line}, column {column}: {message}" for line, column, message in places))


# --- the text -------------------------------------------------------------------------------------------------


def _parse_text(body: str) -> tuple[str, list[Mention], list[Fault]]:
    out: list[str] = []
    length = 0
    opened: list[tuple[int, int]] = []  # offset in the text, offset in the source
    mentions: list[Mention] = []
    faults: list[Fault] = []
    i = 0
    while i < len(body):
        char = body[i]
        if char == "\\":
            literal = body[i + 1 : i + 2]
            if literal and literal in "{|}\\%":
                out.append(literal)
                length += 1
            else:
                faults.append((i, r"a backslash stands before { | } \ or % only; write a literal one as \\"))
            i += 2
        elif char == "{":
            opened.append((length, i))
            i += 1
        elif char == "|":
            close = body.find("}", i)
            parts = body[i + 1 : close].split("|") if close > 0 else []
            if not opened:
                faults.append((i, r"`|` outside a mention; write a literal one as \|"))
                i += 1
                continue
            if close < 0 or "\n" in body[i:close]:
                faults.append((opened.pop()[1], "this mention is not closed; end it with |LABEL|entity} or |LABEL}"))
                break
            start, at = opened.pop()
            if not 1 <= len(parts) <= 2 or not all(KEY.fullmatch(part) for part in parts):
                faults.append((i, f"`{body[i:close]}` is not |LABEL or |LABEL|entity, both of A-Za-z0-9_-"))
            elif start == length:
                faults.append((at, "an empty mention; put its surface between { and |"))
            else:
                entity = parts[1] if len(parts) == 2 else None
                surface = "".join(out)[start:length]
                mentions.append(Mention(f"m{len(mentions) + 1}", parts[0], start, length, surface, entity))
            i = close + 1
        elif char == "}":
            faults.append((i, r"`}` closes nothing; write a literal one as \}"))
            i += 1
        else:
            out.append(char)
            length += 1
            i += 1
    faults += [(at, "this mention has no label; end it with |LABEL|entity} or |LABEL}") for _, at in opened]
    mentions.reverse()  # of two on one span the outer first
    mentions.sort(key=lambda m: (m.start, -m.end))
    return "".join(out), mentions, faults


# --- the block ------------------------------------------------------------------------------------------------


class _Block:
    """Reads the lines after the text; what is wrong in them gathers in `faults`."""

    def __init__(self, source: str, start: int, text: str, mentions: list[Mention]) -> None:
        self.text = text
        self.by_surface: dict[str, list[Mention]] = defaultdict(list)
        for mention in mentions:
            self.by_surface[mention.text].append(mention)
        self.entities: list[Entity] = []
        self.relations: list[Relation] = []
        self.stances: list[Stance] = []
        self.faults: list[Fault] = []
        read = {"entities": self._entity, "relations": self._relation, "stances": self._stance}
        section = ""
        offset = start
        for line in source[start:].split("\n"):
            if line.startswith("%%"):
                section = line[2:].strip()
                if section not in _SECTIONS:
                    self._fault(offset, f"no section `{section}`; there are {', '.join(_SECTIONS)}")
            elif line.strip() and section in read:
                read[section](offset, line)
            offset += len(line) + 1

    def _fault(self, offset: int, message: str) -> None:
        self.faults.append((offset, message))

    def _entity(self, offset: int, line: str) -> None:
        entity = parse_entity(line)
        if entity is None:
            self._fault(offset, "an entity reads `key = canonical name` or `key = canonical name | Q-id`")
        elif any(entity.id == known.id for known in self.entities):
            self._fault(offset, f"entity `{entity.id}` stands here twice; keep one line")
        else:
            self.entities.append(entity)

    def _relation(self, offset: int, line: str) -> None:
        found = list(fields(line))
        if len(found) != 3:
            self._fault(offset, "a relation reads `head | LABEL | tail`")
            return
        head = self._mention(offset + found[0][0], found[0][1])
        tail = self._mention(offset + found[2][0], found[2][1])
        if head and tail:
            self.relations.append(Relation(f"r{len(self.relations) + 1}", found[1][1], head.id, tail.id))

    def _stance(self, offset: int, line: str) -> None:
        found = list(fields(line))
        if len(found) != 5:
            self._fault(offset, "a stance reads `polarity | attribution | holder | target | expression`")
            return
        (_, polarity), (_, attribution), (at_holder, who), (at_target, what), (at_expression, words) = found
        holder = None if who == "-" else self._mention(offset + at_holder, who)
        if what.startswith("~"):
            span = self._free(offset + at_target, what[1:])
            target = Target(span.start, span.end, span.text, None) if span else None
        else:
            mention = self._mention(offset + at_target, what)
            target = Target(mention.start, mention.end, mention.text, mention.id) if mention else None
        expression = self._free(offset + at_expression, words)
        if target and expression and (holder or who == "-"):
            held = Holder(holder.start, holder.end, holder.text, holder.id) if holder else None
            self.stances.append(Stance(f"s{len(self.stances) + 1}", polarity, attribution, held, target, expression))

    def _mention(self, offset: int, field: str) -> Mention | None:
        surface, number = _numbered(field)
        found = self.by_surface.get(surface, [])
        if number <= len(found):
            return found[number - 1]
        hint = "write ~ before a free span" if surface in self.text else "the text does not hold it"
        self._fault(offset, f"no mention «{surface}» number {number}, there are {len(found)}; {hint}")
        return None

    def _free(self, offset: int, field: str) -> Span | None:
        surface, number = _numbered(field)
        for i, start in enumerate(_occurrences(self.text, surface), 1):
            if i == number:
                return Span(start, start + len(surface), surface)
        self._fault(offset, f"the text does not hold «{surface}» {number} time(s); copy the span from the text")
        return None


def _numbered(field: str) -> tuple[str, int]:
    match = _NUMBERED.fullmatch(field)
    if match:
        return unescape(match.group(1)), int(match.group(2))
    return unescape(field), 1


def _occurrences(text: str, surface: str) -> Iterator[int]:
    start = text.find(surface) if surface else -1
    while start >= 0:
        yield start
        start = text.find(surface, start + 1)


# --- rendering ------------------------------------------------------------------------------------------------


def render(text: str, layers: Layers) -> str:
    """The inline markup of an annotated text.

    Raises `InputError` where a span does not fit the text or mentions cross: such an annotation has no markup.
    """
    ordered = in_order(layers)
    names = _mention_names(ordered)
    lines = [_render_text(text, ordered), "%% entities"]
    lines += map(entity_line, ordered.entities)
    lines.append("%% relations")
    lines += [f"{names[r.head]} | {r.label} | {names[r.tail]}" for r in ordered.relations]
    lines.append("%% stances")
    for s in ordered.stances:
        holder = names[s.holder.mention] if s.holder else "-"
        target = names[s.target.mention] if s.target.mention else "~" + _free_name(text, s.target)
        lines.append(f"{s.polarity} | {s.attribution} | {holder} | {target} | {_free_name(text, s.expression)}")
    return "\n".join(lines) + "\n"


def _mention_names(layers: Layers) -> dict[str, str]:
    seen: dict[str, int] = defaultdict(int)
    names = {}
    for mention in layers.mentions:
        seen[mention.text] += 1
        number = f"#{seen[mention.text]}" if seen[mention.text] > 1 else ""
        names[mention.id] = escape(mention.text) + number
    return names


def _free_name(text: str, span: Span | Target) -> str:
    for i, start in enumerate(_occurrences(text, span.text), 1):
        if start == span.start:
            return escape(span.text) + (f"#{i}" if i > 1 else "")
    raise InputError(f"the span [{span.start}, {span.end}) is not «{span.text}» in the text; validate it first")


def _render_text(text: str, layers: Layers) -> str:
    starts: dict[int, list[Mention]] = defaultdict(list)
    for mention in layers.mentions:
        if text[mention.start : mention.end] != mention.text:
            raise InputError(f"mention {mention.id} is not «{mention.text}» in the text; validate it first")
        starts[mention.start].append(mention)
    out: list[str] = []
    opened: list[Mention] = []
    for i in range(len(text) + 1):
        while opened and opened[-1].end == i:
            mention = opened.pop()
            out.append(f"|{mention.label}|{mention.entity}}}" if mention.entity else f"|{mention.label}}}")
        if opened and opened[-1].end < i:
            raise InputError(f"mention {opened[-1].id} crosses another; markup holds nested mentions only")
        for mention in starts.get(i, ()):
            if opened and opened[-1].end < mention.end:
                raise InputError(f"mention {mention.id} crosses {opened[-1].id}; markup holds nested mentions only")
            out.append("{")
            opened.append(mention)
        if i < len(text):
            opens_section = text.startswith("%%", i) and (i == 0 or text[i - 1] == "\n")
            out.append("\\" + text[i] if text[i] in "{|}\\" or opens_section else text[i])
    return "".join(out)
