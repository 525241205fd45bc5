"""What two passes disagree on, as a file that people read and answer.

A question holds the items that the passes read differently in one place: overlapping mentions, the names of one
entity, relations of one pair of entities in one sentence, stances in one sentence that share an expression or a
target. The answer is `a` (the first pass), `b` (the second), `both` or `none`. What hangs on a mention is not asked
twice: an item whose mention was not kept falls, and one that only follows another reading of its mention goes with it.

Where there is gold already (a reader corrected the first pass, say), the file shows its answer to every question, and
what it has or lacks beside the questions stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from vistka.adjudication import LAYERS, Item, Items, Layer, built, of_gold, of_passes, order
from vistka.findings import InputError
from vistka.model import Annotation
from vistka.text import Interval, line_column, sentence_of, sentences, sha256

ANSWERS = ("a", "b", "both", "none")


class Question(Struct, frozen=True):
    """Items of one place that only the first pass (`a`) or only the second (`b`) has; `place` is a span to show."""

    doc_id: str
    layer: Layer
    place: Interval
    a: tuple[Item, ...]
    b: tuple[Item, ...]


class Answer(Struct, frozen=True):
    choice: str
    why: str


def questions(text: str, first: Annotation, second: Annotation) -> list[Question]:
    """The questions on one document, in order of layer and text."""
    ones, twos = of_passes(first, second)
    spans = sentences(text)
    slots = _slots(ones["mentions"] - twos["mentions"], twos["mentions"] - ones["mentions"])
    found = []
    for layer in LAYERS:
        only = sorted(ones[layer] - twos[layer], key=order), sorted(twos[layer] - ones[layer], key=order)
        if layer == "entities":
            only = _renamed(*only)
        follows = {_slotted(item, slots) for item in only[0]} & {_slotted(item, slots) for item in only[1]}
        asked = [
            [item for item in side if layer == "mentions" or _slotted(item, slots) not in follows] for side in only
        ]
        for group in _grouped(layer, asked, ones, twos, spans):
            place = _place(layer, [item for _, item in group], ones, twos)
            sides = ([item for which, item in group if which == side] for side in (0, 1))
            found.append(Question(first.doc_id, layer, place, *map(tuple, sides)))
    return found


def answered(
    text: str,
    first: Annotation,
    second: Annotation,
    asked: Sequence[Question],
    answers: Sequence[Answer],
    gold: Annotation | None = None,
) -> tuple[Annotation, dict[Item, str]]:
    """Gold by the answers, and the reasons by (layer, *item); what is not in question is taken from `gold`, if any."""
    ones, twos = of_passes(first, second)
    agreed: Items = {layer: ones[layer] & twos[layer] for layer in LAYERS}
    stands = of_gold(first, second, gold) if gold else agreed
    kept: Items = {layer: stands[layer] - (ones[layer] ^ twos[layer]) for layer in LAYERS}
    renamed = {entity[0] for question in asked if question.layer == "entities" for entity in question.a}
    kept["entities"] = {entity for entity in kept["entities"] if entity[0] not in renamed}
    why: dict[Item, str] = {}
    settled: dict[Layer, set[Item]] = {layer: set() for layer in LAYERS}
    for question, answer in zip(asked, answers):
        for side, chosen in ((question.a, ("a", "both")), (question.b, ("b", "both"))):
            settled[question.layer].update(side)
            why.update({(question.layer, *item): answer.why for item in side})
            if answer.choice in chosen:
                kept[question.layer].update(side)
    used = {item[3] for item in kept["mentions"]}
    for one in ones["entities"] ^ twos["entities"]:
        named = {entity[0] for entity in kept["entities"]}
        if one not in settled["entities"] and one[0] in used and one[0] not in named:
            kept["entities"].add(one)
    kept["entities"] = {entity for entity in kept["entities"] if entity[0] in used}
    mentions = {item[:3] for item in kept["mentions"]}
    slots = _slots(ones["mentions"] - twos["mentions"], twos["mentions"] - ones["mentions"])
    for layer in LAYERS[2:]:
        standing = {item for item in kept[layer] if _ends(layer, item) <= mentions}
        for own in (ones[layer] - twos[layer], twos[layer] - ones[layer]):
            follow = {item for item in own - settled[layer] if _ends(layer, item) <= mentions}
            there = {_slotted(item, slots) for item in standing}
            standing |= {item for item in follow if _slotted(item, slots) not in there}
        kept[layer] = standing
    return built(text, first, kept), why


def answer_of(question: Question, held: Items) -> str:
    """The answer that gold, by its items, gives to a question."""
    a, b = (bool(side) and held[question.layer].issuperset(side) for side in (question.a, question.b))
    return "both" if a and b else "a" if a else "b" if b else "none"


def _ends(layer: Layer, item: Item) -> set[Item]:
    """The mentions that a relation or stance stands on."""
    ends = (item[0], item[2]) if layer == "relations" else (item[2], item[3])
    return {end for end in ends if end is not None and end[2] is not None}


# --- what is one question -------------------------------------------------------------------------------------


def _renamed(first: list[Item], second: list[Item]) -> tuple[list[Item], list[Item]]:
    """Entities that both passes have under different names; those of one pass alone come and go with mentions."""
    shared = {e[0] for e in first} & {e[0] for e in second}
    return [e for e in first if e[0] in shared], [e for e in second if e[0] in shared]


def _slots(first: set[Item], second: set[Item]) -> dict[Item, Item]:
    """Mention of either pass -> one name for both, where exactly one of each pass overlap and differ."""
    found: dict[Item, Item] = {}
    for one in first:
        twos = [two for two in second if one[0] < two[1] and two[0] < one[1]]
        if len(twos) == 1 and sum(o[0] < twos[0][1] and twos[0][0] < o[1] for o in first) == 1:
            found[one[:3]] = found[twos[0][:3]] = one[:3]
    return found


def _slotted(item: Item, slots: Mapping[Item, Item]) -> Item:
    return tuple(slots.get(part, part) if isinstance(part, tuple) else part for part in item)


def _grouped(
    layer: Layer, sides: Sequence[Sequence[Item]], ones: Items, twos: Items, spans: Sequence[Interval]
) -> list[list[tuple[int, Item]]]:
    """Items that belong to one question, each with the place of its pass."""
    entities = [{m[:3]: m[3] or m[:3] for m in items["mentions"]} for items in (ones, twos)]

    def one_question(a: tuple[int, Item], b: tuple[int, Item]) -> bool:
        item, rival = a[1], b[1]
        if layer == "entities":
            return bool(item[0] == rival[0])
        if layer == "mentions":
            return bool(item[0] < rival[1] and rival[0] < item[1])
        if layer == "relations":
            pairs = ({entities[s][i[0]], entities[s][i[2]]} for s, i in (a, b))
            return sentence_of(spans, item[0][0]) == sentence_of(spans, rival[0][0]) and next(pairs) == next(pairs)
        if sentence_of(spans, item[4][0]) != sentence_of(spans, rival[4][0]):
            return False
        overlap = item[4][0] < rival[4][1] and rival[4][0] < item[4][1]
        return overlap or bool(item[3] == rival[3])

    return _components([(side, item) for side in (0, 1) for item in sides[side]], one_question)


def _components(
    members: list[tuple[int, Item]], linked: Callable[[tuple[int, Item], tuple[int, Item]], bool]
) -> list[list[tuple[int, Item]]]:
    found: list[list[tuple[int, Item]]] = []
    for member in members:
        near = [group for group in found if any(linked(member, other) for other in group)]
        found = [group for group in found if group not in near]
        found.append([*(other for group in near for other in group), member])
    return sorted(found, key=lambda group: min(order(item) for _, item in group))


def _place(layer: Layer, group: Sequence[Item], ones: Items, twos: Items) -> Interval:
    """The span from the first to the last character that the items touch."""
    if layer == "entities":
        mentions = [m for items in (ones, twos) for m in items["mentions"] if m[3] == group[0][0]]
        return min(m[:2] for m in mentions) if mentions else (0, 1)
    spans = [span for item in group for span in _spans(layer, item)]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _spans(layer: Layer, item: Item) -> list[Interval]:
    if layer == "mentions":
        return [item[:2]]
    if layer == "relations":
        return [item[0][:2], item[2][:2]]
    return [part[:2] for part in item[2:] if part is not None]


# --- the file -------------------------------------------------------------------------------------------------

_TITLES: dict[Layer, str] = {
    "entities": "назва сутності",
    "mentions": "згадка",
    "relations": "відношення",
    "stances": "позиція",
}
_HEAD = "<!-- vistka adjudicate {first} {second} · {digest} -->"
_ANSWER = re.compile(r"^=>[ \t]*(?P<choice>[^\s/]*)[ \t]*(?://[ \t]*(?P<why>.*?))?[ \t]*$", re.M)


def render(
    asked: Sequence[Question], texts: Mapping[str, str], golds: Mapping[str, Items], first: str, second: str
) -> str:
    """The questions as Markdown, an empty answer under each; `golds` has the items of gold where there is one."""
    lines = [
        _HEAD.format(first=first, second=second, digest=digest(asked)),
        f"# Рішення: {first} (a) і {second} (b)",
        "",
        f"Запитань: {len(asked)}. Після `=>` напишіть `a`, `b`, `both` або `none`, після `//` — чому (яке правило).",
        "`gold:` показує, як є тепер. Якщо не підходить жодне прочитання, відповідайте `none` і виправте gold потім.",
    ]
    doc_id = None
    for number, question in enumerate(asked, 1):
        if question.doc_id != doc_id:
            doc_id = question.doc_id
            lines += ["", f"## {doc_id}"]
        text = texts[question.doc_id]
        line, column = line_column(text, question.place[0])
        lines += ["", f"### {number}. {_TITLES[question.layer]}, {line}:{column}", ""]
        for name, side in (("a", question.a), ("b", question.b)):
            lines += [f"    {name}: {shown}" for shown in _shown(text, question, side)]
        if question.doc_id in golds:
            lines.append(f"    gold: {answer_of(question, golds[question.doc_id])}")
        lines += ["", "=>"]
    return "\n".join(lines) + "\n"


def documents_of(source: str) -> set[str]:
    """The documents that a file asks about."""
    return set(re.findall(r"^## (\S+)$", source, re.M))


def parse(source: str, asked: Sequence[Question], first: str, second: str) -> list[Answer]:
    """The answers; raises `InputError` naming what is missing, unknown, or asked of other passes."""
    if not source.startswith(_HEAD.format(first=first, second=second, digest=digest(asked))):
        raise InputError(
            f"these are no answers on the passes {first} and {second} as they are now; write the questions anew and "
            "carry the answers over"
        )
    found = [Answer(match["choice"].lower(), match["why"] or "") for match in _ANSWER.finditer(source)]
    if len(found) != len(asked):
        raise InputError(f"{len(asked)} questions, {len(found)} lines with `=>`; keep one under each question")
    open_ = [str(n) for n, answer in enumerate(found, 1) if not answer.choice]
    if open_:
        raise InputError(f"{len(open_)} questions have no answer yet: {', '.join(open_[:20])}")
    for number, (question, answer) in enumerate(zip(asked, found), 1):
        if answer.choice not in ANSWERS:
            raise InputError(f"question {number}: {answer.choice!r} is none of {', '.join(ANSWERS)}")
        if question.layer == "entities" and answer.choice not in ANSWERS[:2]:
            raise InputError(f"question {number}: an entity has one name; answer a or b")
    return found


def digest(asked: Sequence[Question]) -> str:
    """What answers are bound to: they are of no use once the passes have changed."""
    return sha256(repr([(q.doc_id, q.layer, q.a, q.b) for q in asked]))[:16]


def _shown(text: str, question: Question, side: Sequence[Item]) -> list[str]:
    """The readings of one pass: the sentence with its marks, then relations and stances as in inline markup."""
    if not side:
        return ["—"]
    if question.layer == "entities":
        return [f"{key} = {name}" + (f" | {wikidata}" if wikidata else "") for key, name, wikidata in side]
    start, end = _excerpt(text, question.place)
    if question.layer == "mentions":
        return [_marked(text, start, end, [(*m[:2], f"|{m[2]}{'|' + m[3] if m[3] else ''}") for m in side])]
    marks = {(*span, "") for item in side for span in _spans(question.layer, item)}
    lines = [_marked(text, start, end, marks)]
    for item in side:
        parts = _relation_parts(text, item) if question.layer == "relations" else _stance_parts(text, item)
        lines.append("  " + " | ".join(parts))
    return lines


def _relation_parts(text: str, item: Item) -> list[str]:
    return [text[slice(*item[0][:2])], item[1], text[slice(*item[2][:2])]]


def _stance_parts(text: str, item: Item) -> list[str]:
    polarity, attribution, holder, target, expression = item
    by = text[slice(*holder[:2])] if holder else "-"
    about = ("" if target[2] else "~") + text[slice(*target[:2])]
    return [polarity, attribution, by, about, text[slice(*expression)]]


def _excerpt(text: str, place: Interval) -> Interval:
    spans = sentences(text)
    return spans[sentence_of(spans, place[0])][0], spans[sentence_of(spans, max(place[0], place[1] - 1))][1]


def _marked(text: str, start: int, end: int, marks: Iterable[tuple[int, int, str]]) -> str:
    """The excerpt with braces around marks, outer ones outside, newlines as ¶."""
    opens = sorted(marks, key=lambda m: (m[0], -m[1]))
    pieces: list[str] = []
    for at in range(start, end + 1):
        closing = [m for m in opens if m[1] == at]
        pieces += [f"{suffix}}}" for _, _, suffix in sorted(closing, key=lambda m: -m[0])]
        pieces += ["{" for m in opens if m[0] == at]
        if at < end:
            pieces.append("¶" if text[at] == "\n" else text[at])
    return "".join(pieces)
