"""Files of record and JSONL shards <-> records: strict decoding, canonical writing, whole-file replacement.

Canonical form: fixed key order, one entity, mention, relation or stance a line, items in text order, LF, UTF-8
without escapes; in a JSONL shard one compact object a line. Decoding never repairs: what is not exactly a record
raises, and `vistka.validate` explains it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec
import zstandard

from vistka.findings import UsageError
from vistka.model import Annotation, Document, Entity, Layers, Mention, Metadata, Relation, Stance

T = TypeVar("T", Annotation, Document, Metadata)
SHARD_ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst")
SHARD_ERRORS = (OSError, EOFError, zlib.error, zstandard.ZstdError)
"""What reading a shard may raise: it cannot be opened, or its compressed data are broken or cut short."""


_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Annotation, Document, Metadata)
}
_ENCODER = msgspec.json.Encoder()


def decode(raw: bytes, kind: type[T]) -> T:
    """The record in `raw`; raises `ValueError` (or `RecursionError`) where the bytes are no such record.

    Patterns and enums are not looked at here: `vistka.validate.shape` does.
    """
    record: T = _DECODERS[kind].decode(raw)
    return record


def encode_line(record: Annotation | Document | Metadata) -> bytes:
    """One compact line of JSON, without its newline: the canonical form inside a shard."""
    return _ENCODER.encode(record)


# --- canonical order and text ---------------------------------------------------------------------------------


def in_order(record: Layers) -> Layers:
    """The record with its items in text order, ids untouched.

    Mentions by start, then the outer before the inner; relations by head, then tail; stances by expression, then
    target, then holder; entities by first mention.
    """
    mentions = sorted(record.mentions, key=lambda m: (m.start, -m.end, m.label, m.id))
    place = {m.id: i for i, m in enumerate(mentions)}
    last = len(mentions)
    first_mention: dict[str, int] = {}
    for i, m in enumerate(mentions):
        if m.entity is not None:
            first_mention.setdefault(m.entity, i)
    return msgspec.structs.replace(
        record,
        entities=tuple(sorted(record.entities, key=lambda e: (first_mention.get(e.id, last), e.id))),
        mentions=tuple(mentions),
        relations=tuple(
            sorted(
                record.relations,
                key=lambda r: (place.get(r.head, last), place.get(r.tail, last), r.label, r.id),
            )
        ),
        stances=tuple(
            sorted(
                record.stances,
                key=lambda s: (
                    *(s.expression.start, s.expression.end, s.target.start, s.target.end),
                    *((s.holder.start, s.holder.end) if s.holder else (-1, -1)),
                    *(s.polarity, s.attribution, s.id),
                ),
            )
        ),
    )


def canonical(record: Annotation | Metadata) -> bytes:
    """The bytes of a file of record."""
    if isinstance(record, Metadata):
        return msgspec.json.format(_ENCODER.encode(record), indent=2) + b"\n"
    return _canonical_annotation(record)


def _canonical_annotation(annotation: Annotation) -> bytes:
    ordered = in_order(annotation)
    head = f'"schema": {_json(ordered.schema)}, "doc_id": {_json(ordered.doc_id)}'
    layers = [
        f' "{name}": {_list(items)}'
        for name, items in (
            ("entities", ordered.entities),
            ("mentions", ordered.mentions),
            ("relations", ordered.relations),
            ("stances", ordered.stances),
        )
    ]
    lines = [f'{{{head}, "text_sha256": {_json(annotation.text_sha256)},', ",\n".join(layers)]
    return ("\n".join(lines) + "}\n").encode()


def _list(items: Sequence[Entity | Mention | Relation | Stance]) -> str:
    if not items:
        return "[]"
    return "[\n" + ",\n".join(f"  {_json(item)}" for item in items) + "\n ]"


def _json(value: object) -> str:
    return msgspec.json.format(_ENCODER.encode(value), indent=0).decode()


def renumbered(record: Layers) -> Layers:
    """The record in canonical order with ids m1…, r1…, s1… given anew; entity ids stay."""
    ordered = in_order(record)
    new = {m.id: f"m{i}" for i, m in enumerate(ordered.mentions, 1)}
    replace = msgspec.structs.replace
    stances = []
    for i, s in enumerate(ordered.stances, 1):
        holder = s.holder and replace(s.holder, mention=new[s.holder.mention])
        target = s.target if s.target.mention is None else replace(s.target, mention=new[s.target.mention])
        stances.append(replace(s, id=f"s{i}", holder=holder, target=target))
    return replace(
        ordered,
        mentions=tuple(replace(m, id=new[m.id]) for m in ordered.mentions),
        relations=tuple(
            replace(r, id=f"r{i}", head=new[r.head], tail=new[r.tail]) for i, r in enumerate(ordered.relations, 1)
        ),
        stances=tuple(stances),
    )


# --- files ----------------------------------------------------------------------------------------------------


def write_file(path: Path, data: bytes) -> None:
    """Put `data` at `path` whole or not at all."""
    with _replacing(path) as file:
        file.write(data)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file written beside `path`, flushed, then moved into its place; where writing fails the old one stays."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def file_sha256(path: Path) -> str:
    """SHA-256 of a file of any size, in lower-case hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_shard(path: Path) -> bool:
    return path.name.endswith(SHARD_ENDINGS)


def shards_in(path: Path) -> list[Path]:
    """The shards that `path` names: itself, or those of a folder in name order."""
    if path.is_dir():
        return sorted(p for p in path.iterdir() if is_shard(p) and not p.name.startswith("."))
    return [path] if is_shard(path) else []


@contextmanager
def open_shard(path: Path) -> Iterator[IO[bytes]]:
    """The shard's decompressed bytes as a stream of lines."""
    if path.name.endswith(".gz"):
        with gzip.open(path, "rb") as file:
            yield io.BufferedReader(file, 1 << 20)
    elif path.name.endswith(".zst"):
        with path.open("rb") as raw:
            yield io.BufferedReader(_ZstdStream(raw), 1 << 20)
    else:
        with path.open("rb", buffering=1 << 20) as file:
            yield file


class _ZstdStream(io.RawIOBase):
    """Decompressed bytes of zstd frames; raises `EOFError` where the last is cut short (the library would not)."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._inside = False
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            piece = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._inside = False
            piece = piece or self._raw.read(1 << 16)
            if not piece:
                if self._inside:
                    raise EOFError("the compressed data ends before its end was marked")
                return 0
            self._inside = True
            self._ready = self._frame.decompress(piece)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def read_shard(path: Path) -> Iterator[tuple[int, bytes]]:
    """Line numbers from 1 and the lines without their newline; empty lines are passed over."""
    with open_shard(path) as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip(b"\n")
            if line.strip():
                yield number, line


def write_shard(path: Path, documents: Iterator[Document]) -> int:
    """Write document records to a shard, compressed by its ending, whole or not at all; returns how many."""
    if not is_shard(path):
        raise UsageError(f"{path}: a shard's name ends in {', '.join(SHARD_ENDINGS)}")
    count = 0
    with _replacing(path) as raw:
        sink: IO[bytes]
        if path.name.endswith(".gz"):
            sink = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)  # type: ignore[assignment]
        elif path.name.endswith(".zst"):
            sink = zstandard.ZstdCompressor().stream_writer(raw, closefd=False)
        else:
            sink = raw
        for document in documents:
            sink.write(encode_line(in_order(document)) + b"\n")
            count += 1
        if sink is not raw:
            sink.close()
    return count
