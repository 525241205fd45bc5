"""Findings (what a validator rule reports) and the exceptions for what cannot go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

from msgspec import Struct

Progress: TypeAlias = Callable[[Iterable[Any], str], Iterable[Any]]
"""Passes items on and may show how many of what went by: the command's bar, or nothing."""


def unseen(items: Iterable[Any], what: str) -> Iterable[Any]:
    """Progress that nobody looks at."""
    return items


Severity: TypeAlias = Literal["error", "warning"]


class Finding(Struct, frozen=True, order=False):
    """One fault, its place and its cure.

    `path` is the file, `record` the line of a shard; `pointer` the JSON pointer inside the record; `span` the
    half-open code-point span in the article; `line` and `column` count from 1 in the article (in the file itself
    where it is no record).
    """

    code: str
    severity: Severity
    message: str
    doc_id: str | None = None
    path: str | None = None
    record: int | None = None
    pointer: str | None = None
    span: tuple[int, int] | None = None
    line: int | None = None
    column: int | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str, str]:
        start = self.span[0] if self.span else -1
        return (self.path or "", self.record or 0, start, self.code, self.pointer or "", self.message)


def reason(error: BaseException) -> str:
    """The first line of what an error says; its kind where it says nothing."""
    said = str(error).strip()
    return said.splitlines()[0] if said else type(error).__name__


class VistkaError(Exception):
    """What cannot go on; the message names the place and the cure."""


class UsageError(VistkaError):
    """The call itself is wrong: a missing path, an unknown code, a file of the wrong kind."""


class InputError(VistkaError):
    """The input cannot be used; the findings or the message say why."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class MissingExtra(VistkaError):
    """A part of the package needs a library that is not installed."""

    def __init__(self, extra: str, library: str) -> None:
        super().__init__(f"{library} is not installed: pip install 'vistka[{extra}]'")
