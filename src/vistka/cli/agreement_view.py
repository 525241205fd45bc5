"""Agreement for people: a table on the terminal, a self-contained page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from vistka.agreement import Agreement, Figure

_WIDTH = 26


def as_table(found: Agreement, first: str, second: str) -> str:
    """Lines of plain text, a block a layer; measures without counts leave those columns empty."""
    lines = [_caption(found, first, second)]
    for layer, figures in groupby(found.figures, key=lambda f: f.layer):
        head = (
            f"{'':<{_WIDTH}} {'label':<16} {'value':>6}  {'95 % interval':>13} {first:>9.9} {second:>9.9} {'both':>6}"
        )
        lines += ["", f"{layer:<{_WIDTH}}{head[_WIDTH:]}"]
        for figure, name, cells in _rows(figures):
            value, interval, *counts = cells
            lines.append(
                f"  {name:<{_WIDTH - 2}} {figure.label:<16} {value:>6}  {interval:>13} {counts[0]:>9} {counts[1]:>9} "
                f"{counts[2]:>6}".rstrip()
            )
    return "\n".join(lines)


def as_html(found: Agreement, first: str, second: str) -> str:
    """One page without scripts or requests; a bar shows each value and its interval."""
    body = []
    for layer, figures in groupby(found.figures, key=lambda f: f.layer):
        body.append(f"<h2>{escape(layer)}</h2>\n<table>\n<thead><tr><th>measure<th>label<th class=n>value")
        body.append("<th class=n>95 % interval<th>")
        body.append(f"<th class=n>{escape(first)}<th class=n>{escape(second)}<th class=n>both</tr></thead>\n<tbody>")
        for figure, name, cells in _rows(figures):
            value, interval, *counts = map(escape, cells)
            numbers = "".join(f"<td class=n>{count}" for count in counts)
            kind = " class=all" if figure.label == "all" else ""
            body.append(
                f"<tr{kind}><td>{escape(name)}<td>{escape(figure.label)}<td class=n>{value}<td class=n>{interval}"
                f"<td>{_bar(figure)}{numbers}</tr>"
            )
        body.append("</tbody>\n</table>")
    title = escape(f"Agreement of {first} and {second}")
    return (
        f"<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n<title>{title}</title>\n"
        f"<meta name=viewport content='width=device-width'>\n<style>{_STYLE}</style>\n<h1>{title}</h1>\n"
        f"<p>{escape(_caption(found, first, second))}</p>\n" + "\n".join(body) + "\n</html>"
    )


def _caption(found: Agreement, first: str, second: str) -> str:
    return (
        f"{first} and {second}: {found.documents} documents; 95 % intervals from {found.resamples:,} resamples of "
        f"documents (seed {found.seed})"
    )


def _rows(figures: Iterable[Figure]) -> Iterator[tuple[Figure, str, tuple[str, ...]]]:
    """Each figure, its measure (once a block of labels) and its cells; labels that nobody used are left out."""
    previous = None
    for f in figures:
        if f.label != "all" and f.value is None and not (f.first or f.second):
            continue
        value = "–" if f.value is None else f"{f.value:.3f}"
        interval = "" if f.low is None or f.high is None else f"{f.low:.3f}–{f.high:.3f}"
        counts = ("" if count is None else f"{count:,}" for count in (f.first, f.second, f.both))
        yield f, f.measure if f.measure != previous else "", (value, interval, *counts)
        previous = f.measure


def _bar(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return ""
    low, high, value = (100 * max(0.0, x) for x in (figure.low, figure.high, figure.value))
    return (
        "<svg viewBox='0 0 100 8' width=150 height=12 preserveAspectRatio=none aria-hidden=true>"
        "<rect width=100 height=8 class=b />"
        f"<rect x={low:.1f} width={max(0.6, high - low):.1f} height=8 class=i />"
        f"<rect x={min(99.0, value):.1f} width=1 height=8 class=v /></svg>"
    )


_STYLE = """
:root{color-scheme:light dark;font:15px/1.45 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.15rem .5rem;border-bottom:1px solid #8884}
.n{text-align:right;font-variant-numeric:tabular-nums}.all{font-weight:600}
.b{fill:#8883}.i{fill:#3b82f688}.v{fill:#1d4ed8}@media(prefers-color-scheme:dark){.v{fill:#bfdbfe}}
"""
