"""Runs the rules over a corpus folder, one file or JSONL shards, and yields findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from vistka.corpus import GOLD, Corpus, join
from vistka.findings import Finding, InputError, Progress, UsageError, unseen
from vistka.io import canonical, shards_in
from vistka.model import Annotation, Document, Metadata
from vistka.resources import Labels
from vistka.text import sha256
from vistka.validate import rules
from vistka.validate.base import Kind, Named, Raw, View
from vistka.validate.census import Census, Located
from vistka.validate.quick import is_clean
from vistka.validate.records import (
    LineReader,
    T,
    Where,
    document_findings,
    read_record,
    shard_documents,
    sound_documents,
)
from vistka.validate.shape import Shape

R = TypeVar("R")

_KINDS: dict[type, Kind] = {Annotation: "annotation", Metadata: "metadata", Document: "document"}


def validate(path: Path, labels: Labels, workers: int = 1, progress: Progress = unseen) -> Iterator[Finding]:
    """Findings of a corpus folder, a shard, a folder of shards (over `workers` processes), or one file of record.

    Raises `UsageError` where `path` is none of these.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    if path.is_dir() and (path / "articles").is_dir():
        return validate_corpus(Corpus(path), labels, progress)
    shards = shards_in(path)
    if shards:
        return validate_shards(shards, labels, workers, progress)
    if path.is_dir():
        raise UsageError(f"{path}: neither a corpus folder (no articles/) nor a folder of shards (no .jsonl)")
    return validate_file(path, labels)


# --- shards ---------------------------------------------------------------------------------------------------


class Judged(Struct, frozen=True):
    """What the levels up to links say of one shard, and what the census needs of its sound documents."""

    findings: tuple[Finding, ...]
    columns: tuple[bytes, bytes, bytes, bytes]
    broken: int


def judge_shard(path: Path, labels: Labels, near_duplicates: bool = True) -> Judged:
    """Validate one shard by itself: a plain function that any engine can call."""
    reader = LineReader(labels)
    census = Census(lambda: iter(()), near_duplicates=near_duplicates)
    found: list[Finding] = []
    broken = 0
    for _, doc, findings in shard_documents(path, reader):
        found += findings
        if doc is None:
            broken += 1
        else:
            census.add(doc)
    return Judged(tuple(found), census.columns(), broken)


def validate_shards(
    shards: Sequence[Path], labels: Labels, workers: int = 1, progress: Progress = unseen
) -> Iterator[Finding]:
    """Findings of document records, in the order of shards and lines, then those of the corpus level."""
    census = Census(lambda: sound_documents(shards, labels))
    for judged in progress(each_shard(judge_shard, [(path, labels) for path in shards], workers), "shards"):
        yield from judged.findings
        census.extend(*judged.columns)
        census.broken += judged.broken
    yield from census_findings(census, shards[0].parent)


def each_shard(task: Callable[..., R], arguments: Sequence[tuple[Any, ...]], workers: int) -> Iterator[R]:
    """The task's results in order, over `workers` processes where there is more than one shard."""
    if workers == 1 or len(arguments) == 1:
        yield from (task(*given) for given in arguments)
        return
    with ProcessPoolExecutor(min(workers, len(arguments)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(task, *zip(*arguments))


def census_findings(census: Census, root: Path) -> Iterator[Finding]:
    """What the corpus level finds in all documents together."""
    where = Where(root)
    for rule in rules.CENSUS:
        for fault in rule.find(census):
            yield where.finding(rule, fault)


# --- the corpus folder ----------------------------------------------------------------------------------------


def validate_corpus(corpus: Corpus, labels: Labels, progress: Progress = unseen) -> Iterator[Finding]:
    """Findings of a corpus folder: every file of record, every annotator's pass, then the whole."""
    shape = Shape(labels)
    reader = _FolderReader(corpus, shape)
    for rule in rules.FOLDER:
        for fault in rule.find(corpus):
            yield Where(corpus.root).finding(rule, fault)
    sound: list[tuple[str, Path]] = []
    broken = 0
    known = sorted({*corpus.articles, *corpus.metadata, *(d for a in corpus.annotators.values() for d in a)})
    for doc_id in progress(known, "documents"):
        findings, whole = reader.findings(doc_id)
        yield from findings
        if whole:
            sound.append((doc_id, corpus.gold[doc_id]))
        elif doc_id in corpus.articles:
            broken += 1

    def again() -> Iterator[Located]:
        for doc_id, path in sound:
            yield path, None, corpus.load(doc_id)

    census = Census(again)
    census.broken = broken
    for _, _, doc in again():
        census.add(doc)
    yield from census_findings(census, corpus.root)


def shared_documents(corpus: Corpus, labels: Labels, *annotators: str) -> list[str]:
    """Documents that all these annotators have, in order, once neither article nor annotation has an error.

    Raises `UsageError` where there is none in common, `InputError` with the errors up to the level links.
    """
    both = corpus.shared(*annotators)
    names = " and ".join(annotators)
    if not both:
        raise UsageError(f"{corpus.root}: {names} have no document in common; nothing to compare")
    reader = _FolderReader(corpus, Shape(labels))
    errors: list[Finding] = []
    for doc_id in both:
        own = {str(path) for path in (corpus.articles.get(doc_id), *(corpus.annotators[a][doc_id] for a in annotators))}
        errors += [f for f in reader.findings(doc_id)[0] if f.severity == "error" and f.path in own]
    if errors:
        raise InputError(f"{corpus.root}: not compared, the annotations of {names} have errors", tuple(errors))
    return both


@lru_cache(maxsize=4)
def _shape(labels: Labels) -> Shape:
    return Shape(labels)


def annotation_findings(corpus: Corpus, annotation: Annotation, labels: Labels) -> list[Finding]:
    """The errors, up to the level links, of an annotation that need not be one of the files."""
    shape = _shape(labels)
    doc = corpus.with_layers(annotation)
    if shape.holds(annotation) and annotation.text_sha256 == sha256(doc.text) and is_clean(doc, shape):
        return []
    where = Where(corpus.root, doc_id=annotation.doc_id)
    record, faults = read_record(Raw("annotation", canonical(annotation), labels), Annotation, shape)
    if record is None:
        return [where.finding(rule, fault) for rule, fault in faults]
    found = document_findings(View(corpus.with_layers(record), labels, record), where, corpus_level=False)
    return [finding for finding in found if finding.severity == "error"]


class _FolderReader:
    def __init__(self, corpus: Corpus, shape: Shape) -> None:
        self.corpus = corpus
        self.shape = shape
        self.labels = shape.labels

    def findings(self, doc_id: str) -> tuple[list[Finding], bool]:
        """The findings of one document's files, and whether article, metadata and gold have no error."""
        corpus = self.corpus
        found: list[Finding] = []
        text = self._text(corpus.articles.get(doc_id), doc_id, found)
        metadata = self._record(corpus.metadata.get(doc_id), doc_id, Metadata, found)
        whole = False
        for annotator, files in corpus.annotators.items():
            annotation = self._record(files.get(doc_id), doc_id, Annotation, found)
            if annotation is None or metadata is None or text is None:
                continue
            doc = join(doc_id, text, metadata, annotation, corpus.split_table[0].get(doc_id))
            where = Where(files[doc_id], doc_id=doc_id)
            own = document_findings(View(doc, self.labels, annotation), where, corpus_level=annotator == GOLD)
            found += own
            if annotator == GOLD:
                whole = not any(finding.severity == "error" for finding in own)
        return found, whole

    def _text(self, path: Path | None, doc_id: str, found: list[Finding]) -> str | None:
        if path is None:
            return None
        raw = _read(path, "article", self.labels)
        for rule in rules.RAW[:3]:
            faults = list(rule.find(raw))
            found += [Where(path, doc_id=doc_id).finding(rule, fault) for fault in faults]
            if faults:
                return None
        return raw.data.decode()

    def _record(self, path: Path | None, doc_id: str, kind: type[T], found: list[Finding]) -> T | None:
        if path is None:
            return None
        raw = _read(path, _KINDS[kind], self.labels)
        record, faults = read_record(raw, kind, self.shape)
        where = Where(path, doc_id=doc_id)
        found += [where.finding(rule, fault) for rule, fault in faults]
        if record is not None and not isinstance(record, Document):
            named = Named(doc_id, record, raw.data)
            own = [where.finding(rule, fault) for rule in rules.NAMED for fault in rule.find(named)]
            found += own
            if any(finding.severity == "error" for finding in own):
                return None
        return record


def _read(path: Path, kind: Kind, labels: Labels) -> Raw:
    try:
        return Raw(kind, path.read_bytes(), labels)
    except OSError as error:
        return Raw(kind, b"", labels, error)


# --- one file -------------------------------------------------------------------------------------------------


def validate_file(path: Path, labels: Labels) -> Iterator[Finding]:
    """Findings of one document record, or of one file inside a corpus folder."""
    for root in path.resolve().parents[1:3]:
        if (root / "articles").is_dir() and path.resolve() in (corpus := Corpus(root)).files:
            doc_id = path.name.removesuffix(".json").removesuffix(".meta").removesuffix(".txt")
            found, _ = _FolderReader(corpus, Shape(labels)).findings(doc_id)
            return (f for f in found if f.path is not None and Path(f.path) == path.resolve())
    raw = _read(path, "document", labels)
    if b"vistka/document/" not in raw.data and (b"vistka/annotation/" in raw.data or path.suffix != ".json"):
        raise UsageError(f"{path}: an article and its annotation are validated inside their corpus folder")
    doc, faults = read_record(raw, Document, Shape(labels))
    where = Where(path, doc_id=doc.doc_id if doc else None)
    if doc is None:
        return iter([where.finding(rule, fault) for rule, fault in faults])
    return iter(document_findings(View(doc, labels), where, corpus_level=True))
