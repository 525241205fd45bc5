"""Goldens: whole expected outputs under tests/golden. A missing one fails; only `scripts/regen` rewrites them."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).resolve().parent / "golden"


def check_golden(name: str, actual: str) -> None:
    """Compare a whole text with the golden of that name; rewrite it first where VISTKA_REGEN is 1."""
    path = GOLDEN / name
    if os.environ.get("VISTKA_REGEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(actual.encode())
    assert path.is_file(), f"the golden {path} is missing; `scripts/regen` makes it, read it before you commit it"
    assert actual == path.read_bytes().decode(), f"differs from {path}; if it should, run `scripts/regen`"
