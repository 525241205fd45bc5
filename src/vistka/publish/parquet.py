"""Documents -> Parquet files: bounded shards, zstd, page index, content-defined chunking; the same bytes every time."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from vistka.model import Document, Split
from vistka.publish.batch import Batch, LabelIndex
from vistka.publish.tables import tables
from vistka.resources import Labels
from vistka.stats import Stats

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_DOCUMENTS = 500
"""Documents in a row group: enough for compression, little enough for memory."""

MAX_PART_BYTES = 256 << 20


def steady_memory() -> None:
    """Have Arrow start with jemalloc on Linux, where it is always there: its peak stays flatter over a build.

    Only a variable can say so before Arrow's first allocation; the processes of a build inherit it.
    """
    if sys.platform == "linux":
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")


class Part(Struct, frozen=True):
    """One written Parquet file; `bytes_in_memory` is the size of its Arrow tables."""

    path: Path
    config: str
    split: Split
    rows: int
    bytes_in_memory: int


class SplitWriter:
    """Writes the documents of one split into the files of all configs; a context manager.

    Files are named `<config>-<split>-<unit>-<part>.parquet` in `folder`, to be renamed when their number is known.
    """

    def __init__(self, folder: Path, unit: int, split: Split, labels: Labels, schemas: Mapping[str, pa.Schema]) -> None:
        self._folder = folder
        self._unit = unit
        self._split = split
        self._index = LabelIndex(labels)
        self._schemas = dict(schemas)
        self._pending: list[Document] = []
        self._open: dict[str, tuple[pq.ParquetWriter, Path]] = {}
        self._counts: dict[str, list[int]] = {}
        self._numbers = dict.fromkeys(self._schemas, 0)
        self.parts: list[Part] = []
        self.stats = Stats()

    def __enter__(self) -> SplitWriter:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self._flush()
        for config in list(self._open):
            self._close(config)

    def add(self, doc: Document) -> None:
        self._pending.append(doc)
        if len(self._pending) == BATCH_DOCUMENTS:
            self._flush()

    def _flush(self) -> None:
        if not self._pending:
            return
        batch = Batch(self._pending, self._index)
        for doc, length, sentences in zip(batch.docs, batch.tokens.counts.tolist(), map(len, batch.sentence_spans)):
            self.stats.add(doc, length, sentences)
        self.stats.relations_in_window += int(np.count_nonzero(batch.gold_in_window))
        for config, table in tables(batch, self._schemas).items():
            if config not in self._open:
                self._open[config] = self._start(config, table.schema)
                self._counts[config] = [0, 0]
            writer, path = self._open[config]
            writer.write_table(table, row_group_size=max(1, table.num_rows))
            self._counts[config][0] += table.num_rows
            self._counts[config][1] += table.nbytes
            if path.stat().st_size >= MAX_PART_BYTES:
                self._close(config)
        self._pending = []

    def _start(self, config: str, schema: pa.Schema) -> tuple[pq.ParquetWriter, Path]:
        import pyarrow.parquet as pq

        path = self._folder / f"{config}-{self._split}-{self._unit:05d}-{self._numbers[config]:05d}.parquet"
        self._numbers[config] += 1
        writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            use_content_defined_chunking=True,
            write_page_index=True,
            store_schema=False,  # or readers would get dictionaries where the features say strings
        )
        writer.add_key_value_metadata(self._schemas[config].metadata)
        return writer, path

    def _close(self, config: str) -> None:
        writer, path = self._open.pop(config)
        writer.close()
        rows, size = self._counts.pop(config)
        self.parts.append(Part(path, config, self._split, rows, size))
