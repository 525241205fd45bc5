"""Passes that came back -> files: which are new, which differ from what lies there, which are not whole."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from vistka.convert import inline
from vistka.corpus import GOLD, Corpus
from vistka.findings import InputError, UsageError
from vistka.io import canonical, decode, write_file
from vistka.model import Annotation
from vistka.studio.tasks import Pass

State = Literal["written", "same", "differs", "broken"]
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


class Outcome(Struct, frozen=True):
    """What became of one pass; `difference` is a diff of inline markup where another version lies there."""

    annotator: str
    doc_id: str
    state: State
    difference: str = ""


class Folders:
    """Who completed an annotation, as Label Studio has it -> the folder of the pass.

    As told by `WHO=NAME` pairs, WHO being an e-mail address or a number; else the part of the address before its @.
    Raises `UsageError` where a pair is none or would name gold.
    """

    def __init__(self, pairs: Sequence[str], emails: Mapping[object, str] | None = None) -> None:
        self._emails = emails or {}
        self._told = {}
        self._met: set[str] = set()
        for pair in pairs:
            who, _, name = pair.partition("=")
            if not NAME.fullmatch(name) or name == GOLD:
                raise UsageError(
                    f"--annotator {pair}: write WHO=NAME, WHO as Label Studio has it, NAME a folder's in small Latin "
                    "letters; gold is what adjudication makes"
                )
            self._told[who] = name

    def __call__(self, completed_by: Any) -> str:
        if isinstance(completed_by, dict):
            completed_by = completed_by.get("email") or completed_by.get("id")
        who = str(self._emails.get(completed_by, completed_by))
        for known in (who, str(completed_by)):
            self._met.add(known)
            if known in self._told:
                return self._told[known]
        return who.partition("@")[0].lower() if "@" in who else f"annotator-{who}"

    def check(self) -> None:
        """Raise `UsageError` where a name was told for somebody who annotated nothing."""
        idle = sorted(set(self._told) - self._met)
        if idle:
            met = ", ".join(sorted(self._met)) or "nobody"
            raise UsageError(f"--annotator {idle[0]}=…: there is no such annotator; there are {met}")


def store(passes: Iterable[Pass], folder: Path, corpus: Corpus, *, force: bool = False) -> list[Outcome]:
    """Write `folder/<annotator>/<doc_id>.json`; one that lies there and differs only with `force`.

    A pass with findings is not written. Raises `InputError` where an annotator's name is no name of a folder.
    """
    found = []
    for one in passes:
        if not NAME.fullmatch(one.annotator) or (
            one.annotator == GOLD and folder.resolve() == corpus.passes_folder.resolve()
        ):
            raise InputError(
                f"{one.annotator!r} is no name for a folder of passes; name it with --annotator {one.annotator}=NAME"
            )
        found.append(_store(one, folder / one.annotator / f"{one.annotation.doc_id}.json", corpus, force))
    return found


def _store(one: Pass, path: Path, corpus: Corpus, force: bool) -> Outcome:
    doc_id = one.annotation.doc_id
    if one.findings:
        return Outcome(one.annotator, doc_id, "broken")
    new = canonical(one.annotation)
    old = path.read_bytes() if path.exists() else None
    if old == new:
        return Outcome(one.annotator, doc_id, "same")
    difference = "" if old is None else _difference(old, one.annotation, path, corpus)
    if old is not None and not force:
        return Outcome(one.annotator, doc_id, "differs", difference)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, new)
    return Outcome(one.annotator, doc_id, "written", difference)


def _difference(old: bytes, new: Annotation, path: Path, corpus: Corpus) -> str:
    try:
        before = markup(decode(old, Annotation), corpus)
    except (ValueError, RecursionError, InputError):
        return f"{path}: what lies there is no sound annotation; `vistka validate {path}` says why\n"
    return difference(before, markup(new, corpus), str(path), "from Label Studio")


def markup(annotation: Annotation, corpus: Corpus) -> str:
    return inline.render(corpus.text(annotation.doc_id), annotation)


def difference(before: str, after: str, old: str, new: str) -> str:
    """A unified diff of markup; empty where ids alone differ."""
    return "".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True), old, new, n=1))
