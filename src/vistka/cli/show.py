"""Findings and figures on a terminal or in a pipe; progress on what takes longer than a second."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TextIO, TypeVar

from vistka.findings import Finding

T = TypeVar("T")

_PATIENCE = 1.0


def show_findings(findings: Iterable[Finding], file: TextIO | None = None) -> None:
    """One finding a line: place, code, severity, message."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, highlight=False, soft_wrap=True)
    for finding in findings:
        line = Text(f"{place(finding)}  ")
        line.append(finding.code, style="bold red" if finding.severity == "error" else "bold yellow")
        line.append(f" {finding.severity}", style="dim")
        line.append(f"  {finding.message}")
        if finding.pointer:
            line.append(f"  {finding.pointer}", style="dim")
        console.print(line)


def as_json(value: object) -> str:
    """A record as JSON for people and programs, without a last newline."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


def place(finding: Finding) -> str:
    """`file:record:line:column`, as far as they are known; line and column are the article's."""
    parts = [finding.path or finding.doc_id or "corpus"]
    if finding.record is not None:
        parts.append(f"#{finding.record}")
    if finding.line is not None:
        parts.append(f"{finding.line}:{finding.column}")
    return ":".join(parts)


def tracked(items: Iterable[T], what: str) -> Iterator[T]:
    """The items, with a count on stderr once a second has passed; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    started = monotonic()
    progress = None
    task = None
    try:
        for count, item in enumerate(items, 1):
            if progress is None and monotonic() - started > _PATIENCE:
                from rich.console import Console
                from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

                columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,}"), TimeElapsedColumn())
                progress = Progress(*columns, console=Console(stderr=True), transient=True)
                progress.start()
                task = progress.add_task(what, total=None)
            if progress is not None and task is not None:
                progress.update(task, completed=count)
            yield item
    finally:
        if progress is not None:
            progress.stop()
