"""What a benchmark runs on: documents by split, from a corpus folder, shards, a built dataset or a repository.

`version` is a fingerprint of the documents themselves, the same for a corpus and the dataset built of it, so that runs
over different forms of one corpus compare and runs over different data do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from vistka.documents import read_documents
from vistka.findings import InputError, MissingExtra, UsageError, reason
from vistka.io import encode_line
from vistka.model import SPLITS, Document


class Data(Struct, frozen=True):
    """Documents of a corpus by split; those without a split are left out."""

    source: str
    version: str
    splits: dict[str, tuple[Document, ...]]

    def split(self, name: str) -> tuple[Document, ...]:
        """The documents of a split; raises `UsageError` where there are none."""
        found = self.splits.get(name, ())
        if not found:
            known = ", ".join(self.splits) or "none; run `vistka split`"
            raise UsageError(f"{self.source}: no documents in the split {name!r}; there are {known}")
        return found


def load(source: str) -> Data:
    """The data at a path or repository id; raises `UsageError` or `InputError` where it is none."""
    path = Path(source)
    dataset = not path.exists() or (path / "data").is_dir()
    documents = _published(source) if dataset else read_documents(path)
    splits: dict[str, list[Document]] = {}
    for doc in documents:
        if doc.split is not None:
            splits.setdefault(doc.split, []).append(doc)
    ordered: dict[str, tuple[Document, ...]] = {}
    ordered |= {name: tuple(sorted(splits[name], key=lambda d: d.doc_id)) for name in SPLITS if name in splits}
    return Data(source, fingerprint(doc for docs in ordered.values() for doc in docs), ordered)


def fingerprint(documents: Iterable[Document]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of the records in the order given."""
    found = hashlib.sha256()
    for doc in documents:
        found.update(encode_line(doc) + b"\n")
    return found.hexdigest()[:12]


def _published(source: str) -> Iterator[Document]:
    """The documents of a dataset folder or repository, through `datasets`."""
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise MissingExtra("build", "datasets") from error

    try:
        found = load_dataset(source, "documents")
    except Exception as error:  # the library raises what its many readers raise
        raise InputError(f"{source}: no corpus folder, and no dataset that can be loaded: {reason(error)}") from error
    for split, rows in found.items():
        labels = {name: _names(rows.features, *name) for name in _CLASSES}
        for row in rows:
            yield _document(row, str(split), labels)


_CLASSES = (("mentions", "label"), ("relations", "label"), ("stances", "polarity"), ("stances", "attribution"))


def _names(features: Any, layer: str, field: str) -> list[str]:
    names = features[layer].feature[field].names
    assert isinstance(names, list)
    return names


def _document(row: dict[str, Any], split: str, labels: dict[tuple[str, str], list[str]]) -> Document:
    """A row of the config `documents` as a record: class numbers as names, absent entities left out."""
    for layer, field in _CLASSES:
        for item in row[layer]:
            item[field] = labels[layer, field][item[field]]
    layers = {name: row.pop(name) for name in ("entities", "mentions", "relations", "stances")}
    record = {"schema": "vistka/document/1", "doc_id": row.pop("doc_id"), "text": row.pop("text"), "split": split}
    return msgspec.convert({**record, **layers, "metadata": {"schema": "vistka/metadata/1", **row}}, Document)
