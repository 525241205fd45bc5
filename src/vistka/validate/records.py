"""One record at a time: bytes to a record or to findings, a document to the findings of its levels.

A document is read by the rules of a level only where the levels before found no error in it. Documents that
`quick.is_clean` vouches for are not read by the rules at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, overload

from vistka.findings import Finding, VistkaError
from vistka.io import SHARD_ERRORS, decode, encode_line, read_shard
from vistka.model import Annotation, Document, Metadata
from vistka.resources import Labels
from vistka.text import line_column
from vistka.validate import rules
from vistka.validate.base import Fault, Raw, Rule, View
from vistka.validate.census import Located
from vistka.validate.quick import is_clean
from vistka.validate.rules.corpus import is_date
from vistka.validate.rules.files import parse_json
from vistka.validate.shape import Shape

T = TypeVar("T", Annotation, Metadata, Document)


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
        if doc.doc_id[:10] != metadata.published or not is_date(metadata.published):
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


def sound_documents(shards: Sequence[Path], labels: Labels) -> Iterator[Located]:
    """The documents of shards that have no error, each with its place."""
    reader = LineReader(labels)
    for path in shards:
        for number, doc, _ in shard_documents(path, reader):
            if doc is not None:
                yield path, number, doc
