"""The corpus folder: which files it holds, and its documents. Nothing else reads `corpus/`.

articles/<doc_id>.txt, articles/<doc_id>.meta.json, gold/<doc_id>.json,
annotations/<annotator>/<doc_id>.json, splits.csv, adjudication.jsonl
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from vistka.findings import InputError, UsageError
from vistka.io import decode
from vistka.model import SPLITS, Annotation, Document, Metadata

_PROSE = frozenset({"LICENSE", "README.md", "GUIDELINES.md", "GUIDELINES.en.md"})
GOLD = "gold"


class SplitFault(Struct, frozen=True):
    """A line of splits.csv (from 1) and what is wrong in it."""

    line: int
    message: str


class Corpus:
    """A corpus folder. Listing it reads no file; `load` and `documents` do and raise `InputError`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if not (root / "articles").is_dir():
            raise UsageError(f"{root}: no corpus folder, it has no articles/; name the folder that holds articles/")

    @cached_property
    def articles(self) -> dict[str, Path]:
        """Article files by doc_id, in order."""
        return self._by_id(self.root / "articles", ".txt")

    @cached_property
    def metadata(self) -> dict[str, Path]:
        return self._by_id(self.root / "articles", ".meta.json")

    @cached_property
    def annotators(self) -> dict[str, dict[str, Path]]:
        """Annotation files by annotator, then doc_id; the annotator `gold` is the adjudicated one."""
        passes = {GOLD: self._by_id(self.gold_folder, ".json")}
        if self.passes_folder.is_dir():
            for annotator in sorted(p for p in self.passes_folder.iterdir() if p.is_dir()):
                passes[annotator.name] = self._by_id(annotator, ".json")
        return passes

    def shared(self, *annotators: str) -> list[str]:
        """Documents that all these annotators have, in order; raises `UsageError` for one that is not there."""
        for name in annotators:
            if name not in self.annotators:
                known = ", ".join(self.annotators)
                raise UsageError(f"{self.root}: no annotator {name!r}; there are {known}")
        return sorted(set.intersection(*(set(self.annotators[name]) for name in annotators)))

    @property
    def passes_folder(self) -> Path:
        """Where annotators' passes lie, a folder each."""
        return self.root / "annotations"

    @property
    def gold_folder(self) -> Path:
        return self.root / GOLD

    @property
    def gold(self) -> dict[str, Path]:
        return self.annotators[GOLD]

    @cached_property
    def files(self) -> frozenset[Path]:
        """Articles, metadata and annotations."""
        passes = (path for files in self.annotators.values() for path in files.values())
        return frozenset((*self.articles.values(), *self.metadata.values(), *passes))

    @property
    def splits_path(self) -> Path:
        return self.root / "splits.csv"

    @property
    def log_path(self) -> Path:
        """The decisions that made gold of two passes."""
        return self.root / "adjudication.jsonl"

    @cached_property
    def strays(self) -> list[Path]:
        """Files that no part of the layout accounts for; hidden files and prose are none."""
        known = self.files | {self.splits_path, self.log_path}
        found = (p for p in sorted(self.root.rglob("*")) if not p.is_dir())
        return [p for p in found if p not in known and p.name not in _PROSE and not p.name.startswith(".")]

    @cached_property
    def split_table(self) -> tuple[dict[str, str], list[SplitFault]]:
        """splits.csv as doc_id -> split, and what is wrong with it."""
        if not self.splits_path.exists():
            return {}, []
        return read_splits(self.splits_path)

    def text(self, doc_id: str) -> str:
        """The article; raises `InputError` where it is missing or no UTF-8."""
        path = self.articles.get(doc_id)
        if path is None:
            raise InputError(f"{self.root}: {doc_id} has no article; run `vistka validate`")
        try:
            return path.read_bytes().decode()
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read ({error}); run `vistka validate`") from error

    def annotation(self, doc_id: str, annotator: str = GOLD) -> Annotation:
        """One annotator's layers alone; raises `InputError` where they are missing or no record."""
        path = self.annotators.get(annotator, {}).get(doc_id)
        if path is None:
            raise InputError(f"{self.root}: {doc_id} has no {annotator}; run `vistka validate`")
        try:
            return decode(path.read_bytes(), Annotation)
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{path}: cannot be read ({error}); run `vistka validate`") from error

    def load(self, doc_id: str, annotator: str = GOLD) -> Document:
        """One document with the layers of one annotator; raises `InputError` where a file is no record."""
        return self.with_layers(self.annotation(doc_id, annotator))

    def with_layers(self, annotation: Annotation) -> Document:
        """The document of an annotation that need not be one of the files."""
        doc_id = annotation.doc_id
        split = self.split_table[0].get(doc_id)
        return join(doc_id, self.text(doc_id), self.article_metadata(doc_id), annotation, split)

    def article_metadata(self, doc_id: str) -> Metadata:
        """What is known of an article; raises `InputError` where it is missing or no record."""
        path = self.metadata.get(doc_id)
        if path is None:
            raise InputError(f"{self.root}: {doc_id} has no metadata; run `vistka validate`")
        try:
            return decode(path.read_bytes(), Metadata)
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{path}: cannot be read ({error}); run `vistka validate`") from error

    def documents(self) -> Iterator[Document]:
        """All documents with gold, in order of doc_id."""
        for doc_id in self.gold:
            yield self.load(doc_id)

    @staticmethod
    def _by_id(folder: Path, ending: str) -> dict[str, Path]:
        if not folder.is_dir():
            return {}
        names = sorted(p for p in folder.iterdir() if p.name.endswith(ending) and not p.name.startswith("."))
        return {p.name[: -len(ending)]: p for p in names}


def join(doc_id: str, text: str, metadata: Metadata, annotation: Annotation, split: str | None) -> Document:
    """The document record of an article, its metadata and its layers."""
    return Document(
        schema="vistka/document/1",
        doc_id=doc_id,
        metadata=metadata,
        text=text,
        entities=annotation.entities,
        mentions=annotation.mentions,
        relations=annotation.relations,
        stances=annotation.stances,
        split=next((s for s in SPLITS if s == split), None),
    )


def read_splits(path: Path) -> tuple[dict[str, str], list[SplitFault]]:
    """A `doc_id,split` table and its faults; a faulty line assigns nothing."""
    try:
        content = path.read_bytes().decode()
    except OSError as error:
        return {}, [SplitFault(1, f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        return {}, [SplitFault(1, f"not UTF-8 at byte {error.start}; save it as UTF-8")]
    table: dict[str, str] = {}
    faults = []
    rows = csv.reader(io.StringIO(content))
    header = False
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            faults.append(SplitFault(rows.line_num, f"cannot be read: {error}"))
            continue
        if not header and row != ["doc_id", "split"]:
            return {}, [SplitFault(1, "the first line is not `doc_id,split`; `vistka split` writes the file")]
        if not header:
            header = True
            continue
        if row is None:
            break
        line = rows.line_num
        if len(row) != 2 or row[1] not in SPLITS:
            faults.append(SplitFault(line, f"`{','.join(row)}` is not doc_id,split with one of {', '.join(SPLITS)}"))
        elif row[0] in table:
            faults.append(SplitFault(line, f"{row[0]} stands in the table twice; keep one line"))
        else:
            table[row[0]] = row[1]
    return table, faults


def splits_csv(table: dict[str, str]) -> bytes:
    """The bytes of splits.csv, in order of doc_id."""
    return "".join(["doc_id,split\n", *(f"{doc_id},{table[doc_id]}\n" for doc_id in sorted(table))]).encode()
