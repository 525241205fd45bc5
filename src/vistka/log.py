"""The adjudication log <-> decisions: JSONL, a head that names the passes, then one decision a line."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from vistka.adjudication import Decision, LogHead
from vistka.findings import InputError, UsageError

T = TypeVar("T", LogHead, Decision)


def read_head(path: Path) -> tuple[str, str]:
    """The two annotators whose passes the log settles."""
    if not path.exists():
        raise UsageError(f"{path}: there is no log yet; name the two passes")
    head = _decoded(path.read_bytes().split(b"\n", 1)[0], LogHead, path, 1)
    return head.first, head.second


def read_decisions(path: Path, doc_ids: Collection[str]) -> dict[str, list[Decision]]:
    """Decisions by document; raises `InputError` for a line that is none or concerns no document of `doc_ids`."""
    found: dict[str, list[Decision]] = {}
    for number, line in enumerate(path.read_bytes().splitlines()[1:], 2):
        decision = _decoded(line, Decision, path, number)
        if decision.doc_id not in doc_ids:
            raise InputError(
                f"{path}:{number}: {decision.doc_id} has not both passes; bring them back or drop the line"
            )
        found.setdefault(decision.doc_id, []).append(decision)
    return found


def render_log(first: str, second: str, decisions: Iterable[Decision]) -> bytes:
    """The bytes of the log."""
    lines = [LogHead("vistka/adjudication/1", first, second), *decisions]
    return b"".join(msgspec.json.format(msgspec.json.encode(line), indent=0) + b"\n" for line in lines)


def _decoded(line: bytes, kind: type[T], path: Path, number: int) -> T:
    try:
        return msgspec.json.decode(line, type=kind)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}:{number}: {error}; `vistka adjudicate FIRST SECOND --log` writes it anew") from error
