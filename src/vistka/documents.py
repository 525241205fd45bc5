"""Documents as a whole: those of a corpus folder or of shards, and the sentences of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vistka.corpus import Corpus
from vistka.findings import InputError, UsageError
from vistka.io import SHARD_ERRORS, decode, read_shard, shards_in
from vistka.model import Document
from vistka.text import Interval, sentences

_SENTENCE_MARK = re.compile(r"[.!?…\n]")


def whole_sentences(doc: Document) -> list[Interval]:
    """The document's sentences; those that a mention spans are one."""
    spans = sentences(doc.text)
    boundaries = [end for _, end in spans[:-1]]
    long = [m for m in doc.mentions if _SENTENCE_MARK.search(m.text)]
    cut = {b for m in long for b in boundaries if m.start < b < m.end}
    if not cut:
        return spans
    merged: list[Interval] = []
    glue = False
    for start, end in spans:
        if glue:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
        glue = end in cut
    return merged


def read_documents(path: Path) -> Iterator[Document]:
    """Document records in order; raises `InputError` at the first that is none (`vistka validate` explains)."""
    if (path / "articles").is_dir():
        yield from Corpus(path).documents()
        return
    shards = shards_in(path) if path.exists() else []
    if not shards:
        raise UsageError(f"{path}: neither a corpus folder (no articles/) nor shards (no .jsonl)")
    for shard in shards:
        number = 0
        try:
            for number, line in read_shard(shard):
                yield _decoded(line, shard, number)
        except SHARD_ERRORS as error:
            raise InputError(f"{shard}: cannot be read after record {number}: {error}; make the shard again") from error


def _decoded(line: bytes, shard: Path, number: int) -> Document:
    try:
        return decode(line, Document)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{shard}:{number}: {error}; run `vistka validate {shard}`") from error
