"""The computed tables of README and datasheet, and where they stand: between markers in the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from vistka.agreement import Agreement
from vistka.findings import InputError
from vistka.publish.card import label_table, size_table
from vistka.resources import Labels
from vistka.stats import Leaks, Seen, SplitStats, Stats, median_length

STATS = "vistka stats --update"
"""What makes the tables of this module; other tables name their own maker in the marker."""
_COMPARED = re.compile(r"agreement-([a-z]+)-([a-z]+)")


def corpus_tables(stats: Stats, seen: Seen, leaks: Leaks, labels: Labels) -> dict[str, str]:
    """Markdown tables by name."""
    total = stats.total()
    return {
        "sizes": size_table(stats),
        "mentions": label_table([(m.label, m.en, m.uk) for m in labels.mentions], total.mentions),
        "relations": label_table([(r.label, r.en, r.uk) for r in labels.relations], total.relations),
        "stance": label_table(
            [(v.value, v.en, v.uk) for v in (*labels.stance.polarity, *labels.stance.attribution)],
            total.stances + total.attributions,
        ),
        "composition": _composition(total),
        "lengths": _lengths(stats),
        "seen": _seen(seen),
        "leaks": _leaks(leaks),
    }


def compared(text: str) -> list[tuple[str, str, str]]:
    """The marked tables `agreement-FIRST-SECOND` and the two annotators that each compares."""
    names = [match["name"] for match in _marked(STATS).finditer(text)]
    found = [(name, _COMPARED.fullmatch(name)) for name in names]
    return [(name, match[1], match[2]) for name, match in found if match]


def agreement_table(found: Agreement) -> str:
    """The figures over all labels, with intervals; `vistka agree` has those of each label."""
    lines = [
        f"{found.documents} documents, 95 % intervals from {found.resamples:,} resamples of documents.",
        "",
        "| layer | measure | value | 95 % interval | first | second | both |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for f in found.figures:
        if f.label == "all":
            value = "–" if f.value is None else f"{f.value:.3f}"
            interval = "" if f.low is None or f.high is None else f"{f.low:.3f}–{f.high:.3f}"
            counts = " | ".join("" if count is None else f"{count:,}" for count in (f.first, f.second, f.both))
            lines.append(f"| {f.layer} | {f.measure} | {value} | {interval} | {counts} |")
    return "\n".join(lines)


def _marked(maker: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- table: (?P<name>[a-z-]+); made by `{re.escape(maker)}` -->\n).*?(<!-- end -->)", re.S)


def between_markers(text: str, tables: Mapping[str, str], path: Path, maker: str = STATS) -> str:
    """The text with this maker's tables replaced; raises `InputError` for a marker of no table or none at all."""
    marked = _marked(maker)
    names = [match["name"] for match in marked.finditer(text)]
    if not names or set(names) - set(tables):
        known = ", ".join(tables)
        raise InputError(
            f"{path}: no marked table, or one of an unknown name; write <!-- table: NAME; … --> with {known}"
        )
    return marked.sub(lambda match: f"{match[1]}\n{tables[match['name']]}\n\n{match[3]}", text)


def _composition(total: SplitStats) -> str:
    lines = ["| | value | documents |", "|---|---|---:|"]
    fields = (("topic", total.topics), ("genre", total.genres), ("origin", total.origins), ("licence", total.licences))
    for name, counts in fields:
        lines += [
            f"| {name} | {value} | {count} |" for value, count in sorted(counts.items(), key=lambda i: (-i[1], i[0]))
        ]
    return "\n".join(lines)


def _lengths(stats: Stats) -> str:
    lines = ["| split | shortest | median | longest | mentions per 1,000 tokens |", "|---|---:|---:|---:|---:|"]
    for split, part in stats.columns():
        if part.lengths:
            density = 1000 * part.mentions.total() / part.tokens
            ends = f"{min(part.lengths)} | {median_length(part):g} | {max(part.lengths)}"
            lines.append(f"| {split} | {ends} | {density:.0f} |")
    return "\n".join(lines)


def _seen(seen: Seen) -> str:
    rows = (("surface", seen.surface_seen, seen.mentions), ("entity name", seen.name_seen, seen.named))
    lines = ["| of the test mentions | seen in train | of | share |", "|---|---:|---:|---:|"]
    lines += [
        f"| by {name} | {part} | {of} | {part / of:.0%} |" if of else f"| by {name} | 0 | 0 | – |"
        for name, part, of in rows
    ]
    return "\n".join(lines)


def _leaks(leaks: Leaks) -> str:
    lines = ["| between | stories in both | near-duplicate pairs |", "|---|---:|---:|"]
    lines += [f"| {name} | {count} | {leaks.near_duplicates[name]} |" for name, count in leaks.stories.items()]
    return "\n".join(lines)
