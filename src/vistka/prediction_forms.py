"""The forms in which predictions are written, each read piece by piece: one piece is one document's.

JSONL of annotation records (.jsonl, .gz, .zst), a run folder (its predictions.jsonl), CoNLL columns in IOB2, a folder
of brat standoff (<doc_id>.ann, whose .txt is compared where it lies beside), a spaCy DocBin.
Offsets: code points of the documents' texts. Tokens are laid over the text exactly or not at all.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial as bound
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from vistka.convert import brat, conll, docbin
from vistka.findings import Finding, InputError, Severity, UsageError
from vistka.io import SHARD_ENDINGS, SHARD_ERRORS, decode, is_shard, read_shard
from vistka.model import Annotation, Document, Mention
from vistka.tagging import orphans, runs
from vistka.text import Interval, line_column, sha256
from vistka.validate.base import quoted

COLUMNS = (".conll", ".iob2", ".iob", ".bio", ".tsv")
RUN = tuple(f"predictions{ending}" for ending in SHARD_ENDINGS)
"""What a run folder holds one of."""

Over: TypeAlias = Callable[[Document], tuple[Annotation | None, Iterable[Finding]]]
"""Reads what was predicted over the text of its document; no annotation where it cannot be."""


class Piece(Struct, frozen=True):
    """The predictions for one document.

    `record` is the line of the file (of a DocBin the doc, of a folder none); `name` says for people which predictions
    these are; `pointers` whether they are a JSON record, in which pointers point.
    """

    path: Path
    record: int | None
    doc_id: str | None
    name: str
    over: Over
    pointers: bool = False


def pieces(path: Path, documents: Sequence[Document], repair: bool) -> Iterator[Piece]:
    """The predictions at `path`; of forms that name no document each is found by its text among `documents`.

    Raises `UsageError` where there is nothing of a known form, `InputError` where it cannot be decoded.
    """
    if path.is_dir():
        shard = next((path / name for name in RUN if (path / name).is_file()), None)
        return _records(shard) if shard else _standoff(path)
    if not path.exists():
        raise UsageError(f"{path}: no such file; name the file or folder of the predictions")
    if is_shard(path):
        return _records(path)
    if path.suffix in COLUMNS:
        return _columns(path, documents, repair)
    if path.suffix == ".spacy":
        return _docbin(path, documents)
    known = ", ".join((*SHARD_ENDINGS, *COLUMNS, ".spacy"))
    raise UsageError(f"{path}: no known form; predictions end in {known}, or are a run folder or one of .ann files")


def _records(path: Path) -> Iterator[Piece]:
    number = 0
    try:
        for number, line in read_shard(path):
            try:
                record = decode(line, Annotation)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}, line {number}: no annotation record: {error}") from error
            yield Piece(path, number, record.doc_id, quoted(record.doc_id), bound(_as_it_is, record), True)
    except SHARD_ERRORS as error:
        raise InputError(f"{path}: cannot be read after line {number}: {error}; write it anew") from error


def _as_it_is(record: Annotation, _: Document) -> tuple[Annotation, Iterable[Finding]]:
    return record, ()


def _standoff(folder: Path) -> Iterator[Piece]:
    for path in sorted(folder.glob("*.ann")):
        if path.is_file() and not path.name.startswith("."):
            yield Piece(path, None, path.stem, quoted(path.stem), bound(_ann, path, _text(path)))


def _ann(path: Path, ann: str, doc: Document) -> tuple[Annotation, Iterable[Finding]]:
    annotation, faults = brat.parse(ann, doc.text, doc.doc_id)
    beside = path.with_suffix(".txt")
    if beside.is_file():
        annotation = replace(annotation, text_sha256=hashlib.sha256(_bytes(beside)).hexdigest())
    return annotation, [replace(fault, path=writable(path)) for fault in faults]


def _docbin(path: Path, documents: Sequence[Document]) -> Iterator[Piece]:
    by_text = _ByText((doc.text, doc.doc_id) for doc in documents)
    try:
        found = docbin.parse(_bytes(path))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    for number, tagged in enumerate(found, 1):
        doc_id = tagged.doc_id if tagged.doc_id is not None else by_text.find(tagged.text)
        name = quoted(tagged.text if tagged.doc_id is None else tagged.doc_id)
        made = _annotation(doc_id or "", tagged.text, tagged.spans)
        yield Piece(path, number, doc_id, name, bound(_as_it_is, made))


def _columns(path: Path, documents: Sequence[Document], repair: bool) -> Iterator[Piece]:
    blocks = conll.parse(_text(path))
    unnamed = documents if any(block.doc_id is None for block in blocks) else ()
    by_text = _ByText((conll.visible(doc.text), doc.doc_id) for doc in unnamed)
    in_order = len(blocks) == len(documents) and all(block.doc_id is None for block in blocks)
    for block, doc in zip(blocks, documents if in_order else [None] * len(blocks)):
        words = "".join(row.token for sentence in block.sentences for row in sentence)
        doc_id = block.doc_id
        if doc_id is None:
            doc_id = by_text.find(conll.visible(words)) or (doc.doc_id if doc else None)
        name = quoted(block.doc_id) if block.doc_id else f"{quoted(words)}, without a line `# doc_id = …` before it,"
        yield Piece(path, block.line, doc_id, name, bound(_laid, block, path, repair))


def _laid(block: conll.Block, path: Path, repair: bool, doc: Document) -> tuple[Annotation | None, Iterable[Finding]]:
    rows = [row for sentence in block.sentences for row in sentence]
    tags = [[row.tag or "" for row in sentence] for sentence in block.sentences]
    untagged = [row for row in rows if not conll.TAG.fullmatch(row.tag or "")]
    if untagged:
        row = untagged[0]
        has = quoted(row.tag) if row.tag else "nothing"
        message = (
            f"{len(untagged)} tokens have no tag in the last column, the first {quoted(row.token)} has {has}; "
            "write O, B-LABEL or I-LABEL"
        )
        return None, [finding("BE007", message, doc, path, row.line)]
    spans = conll.lay([row.token for row in rows], doc.text)
    if isinstance(spans, conll.Misfit):
        return None, [_misfit(spans, rows, doc, path, block.line)]
    found: list[Finding] = []
    strays = [s[place] for s, given in zip(block.sentences, tags) for place in orphans(given)]
    if strays:
        which = f"{len(strays)} tags I- continue nothing, the first {strays[0].tag} at {quoted(strays[0].token)}"
        message = f"{which}; " + ("read as B-" if repair else "write B- where a mention begins, or ask for the repair")
        severity: Severity = "warning" if repair else "error"
        found.append(finding("BE008", message, doc, path, strays[0].line, severity=severity))
    mentions: list[tuple[int, int, str]] = []
    first = 0
    for given in tags:
        mentions += [(spans[first + a][0], spans[first + b - 1][1], label) for a, b, label in runs(given)]
        first += len(given)
    return _annotation(doc.doc_id, doc.text, mentions), found


def _misfit(misfit: conll.Misfit, rows: Sequence[conll.Row], doc: Document, path: Path, line: int) -> Finding:
    place, at, stands = misfit.place, misfit.offset, quoted(misfit.stands)
    span = (at, at + len(misfit.stands))
    if misfit.token is None:
        message = f"the {place} tokens end at character {at}, the text goes on {stands}; tag the whole text"
        return finding("BE007", message, doc, path, rows[-1].line if rows else line, span)
    if not misfit.stands:
        count = len(rows) - place
        message = f"the text ends, {count} tokens are left from {quoted(misfit.token)} on; leave them out"
        return finding("BE007", message, doc, path, rows[place].line, span)
    message = (
        f"token {place + 1} {quoted(misfit.token)} is not what stands at character {at}: {stands}; "
        "write tokens as the article has them, in its order"
    )
    return finding("BE010", message, doc, path, rows[place].line, span)


class _ByText:
    """Document ids by text; of documents with one text each is found once, the last again and again."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._ids: dict[str, list[str]] = defaultdict(list)
        for text, doc_id in pairs:
            self._ids[text].append(doc_id)

    def find(self, text: str) -> str | None:
        ids = self._ids.get(text, [])
        return ids.pop(0) if len(ids) > 1 else next(iter(ids), None)


def _annotation(doc_id: str, text: str, spans: Iterable[tuple[int, int, str]]) -> Annotation:
    mentions = tuple(
        Mention(f"m{number}", label, start, end, text[start:end])
        for number, (start, end, label) in enumerate(sorted(spans, key=lambda s: (s[0], -s[1], s[2])), 1)
    )
    return Annotation("vistka/annotation/1", doc_id, sha256(text), (), mentions, (), ())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def _text(path: Path) -> str:
    data = _bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: not UTF-8; save it as UTF-8") from error


def finding(
    code: str,
    message: str,
    doc: Document | None,
    path: Path,
    record: int | None = None,
    span: Interval | None = None,
    pointer: str | None = None,
    severity: Severity = "error",
) -> Finding:
    """A finding in a prediction; line and column are those of `span` in the article."""
    line, column = line_column(doc.text, span[0]) if doc and span else (None, None)
    doc_id = doc.doc_id if doc else None
    return Finding(code, severity, message, doc_id, writable(path), record, pointer, span, line, column)


def writable(path: Path) -> str:
    """A file's name as any output takes it: bytes that are no UTF-8 as escapes."""
    return str(path).encode("utf-8", "backslashreplace").decode()
