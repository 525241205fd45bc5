"""SP: spans against the text (level spans)."""

from __future__ import annotations

from collections.abc import Iterator

from vistka.text import grapheme_breaks_inside, sha256
from vistka.validate.base import Fault, View, interval, quoted, rules_of


def sp001(view: View) -> Iterator[Fault]:
    """A span does not lie in the text.

    Spans are half-open, not empty, and end at the text's last code point or before.

    Passes: {"start": 0, "end": 4, "text": "Київ"} in «Київ чекає.»
    Fails: {"start": 4, "end": 4}, {"start": 4, "end": 0}, {"start": 0, "end": 400}
    """
    length = len(view.doc.text)
    for pointer, span in view.spans:
        if not 0 <= span.start < span.end <= length:
            place = f"[{span.start}, {span.end})"
            yield Fault(f"{quoted(span.text)} at {place} does not lie in the text of {length} characters", pointer)


def sp002(view: View) -> Iterator[Fault]:
    """A span's surface is not what the text says there.

    The usual cause is offsets in bytes or UTF-16 units, or a text changed under its annotation.

    Passes: {"start": 0, "end": 4, "text": "Київ"} in «Київ чекає.»
    Fails: {"start": 1, "end": 5, "text": "Київ"} in «Київ чекає.»
    """
    text = view.doc.text
    for pointer, span in view.sound_spans:
        actual = text[span.start : span.end]
        if actual != span.text:
            at = text.find(span.text) if span.text else -1
            hint = f"; {quoted(span.text)} begins at {at}" if at >= 0 else ""
            yield Fault(
                f"the surface is {quoted(span.text)}, the text has {quoted(actual)}{hint}", pointer, interval(span)
            )


def sp003(view: View) -> Iterator[Fault]:
    """An annotation was made over another text.

    `text_sha256` is the SHA-256 of the article's UTF-8 bytes. Articles never change once they are in.

    Passes: the hash that `sha256sum` prints for the article
    Fails: the hash of the article before somebody mended a comma
    """
    if view.annotation is not None and view.annotation.text_sha256 != sha256(view.doc.text):
        wanted = f"text_sha256 is {view.annotation.text_sha256[:12]}…, the article's is {sha256(view.doc.text)[:12]}…"
        yield Fault(f"{wanted}; bring the article back or annotate the new one", "/text_sha256")


def sp004(view: View) -> Iterator[Fault]:
    """Two mentions cross.

    One mention may lie inside another; it may not begin inside and end outside.

    Passes: [0, 10) and [5, 10)
    Fails: [0, 10) and [5, 15)
    """
    for outer, inner in _overlapping(view):
        first, second = view.doc.mentions[outer], view.doc.mentions[inner]
        if first.end < second.end:
            yield Fault(
                f"{quoted(second.text)} crosses {quoted(first.text)} ({first.id}); end both at one place or part them",
                f"/mentions/{inner}",
                interval(second),
            )


def sp005(view: View) -> Iterator[Fault]:
    """One span is a mention twice.

    Passes: «Київ» as one LOC
    Fails: «Київ» as LOC and, over the same characters, as ORG
    """
    first: dict[tuple[int, int], str] = {}
    for i, mention in enumerate(view.doc.mentions):
        if interval(mention) in first:
            yield Fault(
                f"{quoted(mention.text)} is a mention already ({first[interval(mention)]}); keep one of the two",
                f"/mentions/{i}",
                interval(mention),
            )
        first.setdefault(interval(mention), mention.id)


def sp006(view: View) -> Iterator[Fault]:
    """A span begins or ends with whitespace.

    Passes: «Київ»
    Fails: «Київ » with the space after it
    """
    for pointer, span in view.sound_spans:
        surface = view.doc.text[span.start : span.end]
        if surface != surface.strip():
            yield Fault(f"{quoted(surface)} has whitespace at its edge; leave it outside", pointer, interval(span))


def sp007(view: View) -> Iterator[Fault]:
    """A span begins or ends inside a word.

    Words keep their hyphens and apostrophes: «РБК-Україна» holds no LOC, «прем'єр» no «прем».

    Passes: «РБК-Україна» as ORG
    Fails: «Україна» inside «РБК-Україна» as LOC
    """
    for pointer, span in view.sound_spans:
        for edge in (span.start, span.end):
            if edge in view.token_inside:
                start, end = view.token_inside[edge]
                word = view.doc.text[start:end]
                surface = view.doc.text[span.start : span.end]
                yield Fault(
                    f"{quoted(surface)} has an edge inside {quoted(word)}; take the whole word or leave it",
                    pointer,
                    interval(span),
                )
                break


def sp008(view: View) -> Iterator[Fault]:
    """A span begins or ends inside a character.

    An accent belongs to its letter, and an emoji of several code points is one character.

    Passes: «🇺🇦» whole
    Fails: the first of its two code points
    """
    for pointer, span in view.sound_spans:
        if any(grapheme_breaks_inside(view.doc.text, edge) for edge in (span.start, span.end)):
            surface = view.doc.text[span.start : span.end]
            yield Fault(
                f"{quoted(surface)} parts a character from its accent or an emoji; take it whole",
                pointer,
                interval(span),
            )


def sp009(view: View) -> Iterator[Fault]:
    """A mention lies inside one whose label does not allow it.

    The allowed pairs are `nesting` in `labels.json`.

    Passes: LOC «Південної Кореї» in ORG «Розвідувальне агентство Південної Кореї»
    Fails: PERS inside MON
    """
    for outer, inner in _overlapping(view):
        first, second = view.doc.mentions[outer], view.doc.mentions[inner]
        inside = second.end <= first.end and interval(first) != interval(second)
        if inside and (first.label, second.label) not in view.labels.nesting_pairs:
            yield Fault(
                f"{second.label} {quoted(second.text)} may not lie in {first.label} {quoted(first.text)}; keep one",
                f"/mentions/{inner}",
                interval(second),
            )


def sp010(view: View) -> Iterator[Fault]:
    """A mention crosses a line end.

    Passes: «Верховна Рада»
    Fails: «Верховна» and «Рада» on two lines as one mention
    """
    for i, mention in enumerate(view.doc.mentions):
        if "\n" in mention.text:
            yield Fault(
                f"{quoted(mention.text)} crosses a line end; end it in its own line",
                f"/mentions/{i}",
                interval(mention),
            )


def _overlapping(view: View) -> Iterator[tuple[int, int]]:
    """Index pairs of overlapping mentions: the closest one opened before, and the one that begins in it."""
    mentions = view.doc.mentions
    order = sorted(range(len(mentions)), key=lambda i: (mentions[i].start, -mentions[i].end))
    opened: list[int] = []
    for i in order:
        opened = [j for j in opened if mentions[j].end > mentions[i].start]
        crossed = [j for j in opened if mentions[j].end < mentions[i].end]
        around = [j for j in opened if mentions[j].end >= mentions[i].end]
        for j in crossed:
            yield j, i
        if around:
            yield min(around, key=lambda j: (mentions[j].end - mentions[j].start, -mentions[j].start)), i
        opened.append(i)


RULES = rules_of("spans", sp001, sp002, sp003, sp004, sp005, sp006, sp007, sp008, sp009, sp010)
