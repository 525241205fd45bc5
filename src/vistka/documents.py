"""The documents of a corpus folder or of shards, for what only reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vistka.corpus import Corpus
from vistka.findings import InputError, UsageError
from vistka.io import decode, read_shard, shards_in
from vistka.model import Document


def read_documents(path: Path) -> Iterator[Document]:
    """Document records in order; raises `InputError` at the first that is none (`vistka validate` explains)."""
    if (path / "articles").is_dir():
        yield from Corpus(path).documents()
        return
    shards = shards_in(path) if path.exists() else []
    if not shards:
        raise UsageError(f"{path}: neither a corpus folder (no articles/) nor shards (no .jsonl)")
    for shard in shards:
        for number, line in read_shard(shard):
            try:
                yield decode(line, Document)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{shard}:{number}: {error}; run `vistka validate {shard}`") from error
