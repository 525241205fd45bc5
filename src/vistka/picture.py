"""An annotated document as SVG: its first lines with the mentions coloured and their labels under them.

Lines are set in a monospaced font and pinned to a computed width, so that the picture looks alike everywhere and
its bytes depend on the document alone.
Limit: a character without a width of its own, as inside emoji, shifts the colours of its line by one place.
"""

from __future__ import annotations

from collections import Counter
from html import escape

from vistka.findings import InputError
from vistka.model import Document
from vistka.resources import Labels

COLUMNS = 92
_CHAR, _LINE, _SIZE, _MARGIN = 9.0, 46.0, 15, 24
_PAPER, _INK, _FAINT = "#ffffff", "#1f2937", "#6b7280"


def render_svg(doc: Document, labels: Labels, characters: int = 900) -> str:
    """SVG of the paragraphs that begin within the first `characters`, then relations and stances inside them."""
    colour = {m.label: m.colour for m in labels.mentions}
    unknown = {m.label for m in doc.mentions} - colour.keys()
    if unknown:
        raise InputError(f"{doc.doc_id}: labels {sorted(unknown)} are not in the inventory; run `vistka validate`")
    lines = _wrapped(doc.text, characters)
    end = lines[-1][1] if lines else 0
    shown = {m.id: m for m in doc.mentions if m.end <= end}
    body: list[str] = []
    y = 2 * _MARGIN + 10.0
    for start, stop in lines:
        named_at: Counter[int] = Counter()
        for mention in sorted(shown.values(), key=lambda m: m.start - m.end):  # the outer before the inner
            left, right = max(mention.start, start), min(mention.end, stop)
            if left < right:
                body.append(_box(left - start, right - start, y, colour[mention.label]))
            if start <= mention.start < stop:
                body.append(_label(left - start + named_at[left], y, mention.label, colour[mention.label]))
                named_at[left] += len(mention.label)  # of two that begin together the second label stands behind
        body.append(_text(doc.text[start:stop].rstrip("\n"), _MARGIN, y))
        y += _LINE
    y += 4
    facts = [(_fact(shown[r.head], r.label, shown[r.tail])) for r in doc.relations if {r.head, r.tail} <= shown.keys()]
    attitudes = [
        _fact(s.holder, f"{s.polarity}: «{s.expression.text}»", s.target)
        for s in doc.stances
        if s.expression.end <= end
    ]
    for title, found in (("Relations", facts), ("Stances", attitudes)):
        if found:
            body.append(_text(title, _MARGIN, y, _FAINT))
            y += 24
            for line in found:
                body.append(_text(line[:COLUMNS], _MARGIN, y))
                y += 24
            y += 10
    width, height = COLUMNS * _CHAR + 2 * _MARGIN, y + _MARGIN / 2
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{_SIZE}">'
    )
    title = f"<title>{escape(doc.metadata.title)}: annotated</title>"
    paper = f'<rect width="100%" height="100%" fill="{_PAPER}"/>'
    return "\n".join([head, title, paper, *body, "</svg>"]) + "\n"


def _wrapped(text: str, characters: int) -> list[tuple[int, int]]:
    """Lines of at most COLUMNS characters, cut at spaces, of the paragraphs that begin early enough."""
    lines: list[tuple[int, int]] = []
    start = 0
    for paragraph in text.split("\n"):
        if start > characters:
            break
        end = start + len(paragraph)
        at = start
        while end - at > COLUMNS:
            space = text.rfind(" ", at, at + COLUMNS + 1)
            cut = space + 1 if space > at else at + COLUMNS
            lines.append((at, cut))
            at = cut
        lines.append((at, end))
        start = end + 1
    return lines


def _box(left: int, right: int, y: float, colour: str) -> str:
    x, width = _MARGIN + left * _CHAR, (right - left) * _CHAR
    place = f'x="{x - 1:g}" y="{y - 15:g}" width="{width + 2:g}" height="21" rx="3"'
    box = f'<rect {place} fill="{colour}" fill-opacity="0.16"/>'
    return box + f'<rect x="{x:g}" y="{y + 6:g}" width="{width:g}" height="2" fill="{colour}"/>'


def _label(left: int, y: float, label: str, colour: str) -> str:
    x = _MARGIN + left * _CHAR
    return f'<text x="{x:g}" y="{y + 17:g}" font-size="9" fill="{colour}">{escape(label)}</text>'


def _text(line: str, x: float, y: float, colour: str = _INK) -> str:
    length = f' textLength="{len(line) * _CHAR:g}" lengthAdjust="spacingAndGlyphs"' if len(line) > 1 else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}"{length} xml:space="preserve">{escape(line)}</text>'


def _fact(head: object, name: str, tail: object) -> str:
    return f"{_short(getattr(head, 'text', 'the article'))} — {name} → {_short(getattr(tail, 'text', ''))}"


def _short(surface: str) -> str:
    return surface if len(surface) <= 34 else surface[:33] + "…"
