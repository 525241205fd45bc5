"""Runs the rules over a corpus folder, one file or JSONL shards, level by level, and yields findings.

A document is read by the rules of a level only where the levels before found no error in it. Documents that
`quick.is_clean` vouches for are not read by the rules at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar, overload

from msgspec import Struct

from vistka.corpus import GOLD, Corpus, join
from vistka.findings import Finding, Progress, UsageError, VistkaError, unseen
from vistka.io import SHARD_ERRORS, decode, encode_line, read_shard, shards_in
from vistka.model import Annotation, Document, Metadata
from vistka.resources import Labels
from vistka.text import line_column
from vistka.validate import rules
from vistka.validate.base import Fault, Kind, Named, Raw, Rule, View
from vistka.validate.census import Census, Located
from vistka.validate.quick import is_clean
from vistka.validate.rules.files import parse_json
from vistka.validate.shape import Shape

R = TypeVar("R")
T = TypeVar("T", Annotation, Metadata, Document)

_KINDS: dict[type, Kind] = {Annotation: "annotation", Metadata: "metadata", Document: "document"}


class Disagreement(VistkaError):
    """The records and the JSON Schema judge an input differently: a fault of this package."""


class Where:
    """Where a record stands: for findings of it."""

    def __init__(self, path: Path, record: int | None = None, doc_id: str | None = None) -> None:
        self.path = path
        self.record = record
        self.doc_id = doc_id

    def finding(self, rule: Rule[Any], fault: Fault, text: str | None = None) -> Finding:
        line, column = fault.line, fault.column
        if line is None and fault.span is not None and text is not None:
            line, column = line_column(text, fault.span[0])
        return Finding(
            code=rule.code,
            severity=rule.severity,
            message=_writable(fault.message),
            doc_id=_writable(fault.doc_id or self.doc_id),
            path=_writable(str(fault.path or self.path)),
            record=self.record,
            pointer=_writable(fault.pointer),
            span=fault.span,
            line=line,
            column=column,
        )


@overload
def _writable(text: str) -> str: ...
@overload
def _writable(text: str | None) -> str | None: ...
def _writable(text: str | None) -> str | None:
    """The text with halves of surrogate pairs, which no output takes, as escapes."""
    return text and text.encode("utf-8", "backslashreplace").decode()


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


# --- records --------------------------------------------------------------------------------------------------


def read_record(raw: Raw, kind: type[T], shape: Shape) -> tuple[T | None, list[tuple[Rule[Any], Fault]]]:
    """The record in the bytes, or None and why there is none."""
    for byte_rule in rules.RAW:
        found: list[tuple[Rule[Any], Fault]] = [(byte_rule, fault) for fault in byte_rule.find(raw)]
        if found:
            return None, found
    parsed = parse_json(raw)
    record: T | None
    try:
        record = decode(raw.data, kind)
    except (ValueError, RecursionError):
        record = None
    if record is not None and not shape.holds(record):
        record = None
    faults: list[tuple[Rule[Any], Fault]] = []
    for rule in rules.PARSED:
        if rule.code != "SC005" or record is None:
            faults += [(rule, fault) for fault in rule.find(parsed)]
    if record is None and not faults:
        raise Disagreement(f"the JSON Schema accepts what the {raw.kind} record refuses; please report this document")
    return (None if faults else record), faults


def document_findings(view: View, where: Where, *, corpus_level: bool) -> list[Finding]:
    """What the levels spans, links and (for whole documents) corpus find in one document, sorted."""
    levels: list[Sequence[Rule[View]]] = [rules.SPANS, rules.LINKS]
    if corpus_level:
        levels.append(rules.DOCUMENT_CORPUS)
    found: list[Finding] = []
    for level in levels:
        found += [where.finding(rule, fault, view.doc.text) for rule in level for fault in rule.find(view)]
        if any(finding.severity == "error" for finding in found):
            break
    return sorted(found, key=lambda finding: finding.sort_key)


# --- shards ---------------------------------------------------------------------------------------------------


class LineReader:
    """Judges the lines of a shard: the fast path first, the rules where it does not vouch."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.shape = Shape(labels)
        vocabularies = labels.vocabularies
        self._known = [(field, frozenset(values)) for field, values in vocabularies.items()]

    def read(self, line: bytes, where: Where) -> tuple[Document | None, list[Finding]]:
        """The document of a line, None where it has errors; and its findings."""
        try:
            doc = decode(line, Document)
        except (ValueError, RecursionError):
            doc = None
        # Equal bytes prove that no key was repeated; they are the common case, and cheaper than parsing again.
        if doc is not None and encode_line(doc) == line and is_clean(doc, self.shape) and self._plain_metadata(doc):
            return doc, []
        doc, faults = read_record(Raw("document", line, self.labels), Document, self.shape)
        if doc is None:
            return None, [where.finding(rule, fault) for rule, fault in faults]
        where.doc_id = doc.doc_id
        findings = document_findings(View(doc, self.labels), where, corpus_level=True)
        return (None if any(f.severity == "error" for f in findings) else doc), findings

    def _plain_metadata(self, doc: Document) -> bool:
        """True only where the corpus rules of one document surely find nothing in its metadata."""
        metadata = doc.metadata
        if doc.doc_id[:10] != metadata.published:
            return False
        if metadata.origin == "written":
            if len({source.url for source in metadata.sources}) < 2:
                return False
            if any(s.published is not None and s.published > metadata.published for s in metadata.sources):
                return False
        return all(getattr(metadata, field) in values for field, values in self._known)


def shard_documents(path: Path, reader: LineReader) -> Iterator[tuple[int, Document | None, list[Finding]]]:
    """Line number, document (None where it has errors) and findings of every line of a shard.

    A shard that cannot be read to its end yields a last finding for that.
    """
    number = 0
    try:
        for number, line in read_shard(path):
            doc, findings = reader.read(line, Where(path, number))
            yield number, doc, findings
    except SHARD_ERRORS as error:
        reason = getattr(error, "strerror", None) or str(error)
        fault = Fault(f"cannot be read after record {number}: {reason}; make the shard again")
        yield number + 1, None, [Where(path).finding(rules.RULES["FL001"], fault)]


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
    reader = LineReader(labels)

    def sound() -> Iterator[Located]:
        for path in shards:
            for number, doc, _ in shard_documents(path, reader):
                if doc is not None:
                    yield path, number, doc

    census = Census(sound)
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
            found += [where.finding(rule, fault) for rule in rules.NAMED for fault in rule.find(named)]
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
