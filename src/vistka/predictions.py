"""What a model predicted for given documents, whatever form it was written in: the one place where it is read.

Forms: see `vistka.prediction_forms`. Offsets: code points of the documents' texts. What does not fit is a finding:
nothing is shifted, and nothing repaired that was not asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from vistka.convert import brat
from vistka.findings import Finding, InputError
from vistka.io import in_order
from vistka.model import Document
from vistka.prediction_forms import Piece, finding, pieces
from vistka.resources import Labels
from vistka.text import sha256
from vistka.validate.base import Fault, View, quoted
from vistka.validate.rules.spans import sp001, sp002, sp005

CODES = {
    "BE001": "Predictions are for a document that is not among those asked.",
    "BE002": "A document has no predictions.",
    "BE003": "A document is predicted twice.",
    "BE004": "A predicted span does not lie in the text, or its text is not what stands there.",
    "BE005": "A predicted label is not in the inventory.",
    "BE006": "Predictions were made over another text.",
    "BE007": "A token has no tag, or tokens and text are not equally long.",
    "BE008": "A tag I- continues no mention of its label.",
    "BE009": "One span is predicted twice.",
    "BE010": "Predicted tokens do not lie in the text.",
    "BE011": "A relation or stance hangs on no mention, or on two of one id, or its label or polarity is unknown.",
    **brat.CODES,
}
WARNINGS = brat.WARNINGS
"""Codes that are never errors; BE008 is a warning where the repair was asked for."""


class Read(Struct, frozen=True):
    """Predictions by doc_id, what is wrong in them, and how many items the label map dropped, by their label.

    A document that cannot be read over its text is absent; with errors the others may not be whole either.
    """

    documents: dict[str, Document]
    findings: tuple[Finding, ...]
    dropped: dict[str, int]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "error")


def read_predictions(
    path: Path,
    documents: Sequence[Document],
    labels: Labels,
    *,
    label_map: Mapping[str, str | None] | None = None,
    repair: bool = False,
    partial: bool = False,
) -> Read:
    """The predictions at `path` for exactly these documents; with `partial`, for some of them.

    The documents are those given, with their layers as predicted and in text order. `label_map` renames labels of
    mentions before they are compared with the inventory; null drops the mention and what hangs on it. `repair` reads
    an I- that continues nothing as B- and says so in a warning. Raises `UsageError` where nothing of a known form is
    at `path`, `InputError` where it cannot be decoded or holds no predictions.
    """
    reader = _Reader(path, documents, labels, label_map or {})
    empty = True
    for piece in pieces(path, documents, repair):
        empty = False
        reader.take(piece)
    if empty:
        lacks = "no predictions, neither predictions.jsonl nor .ann files" if path.is_dir() else "no predictions"
        raise InputError(f"{path}: holds {lacks}; write them for every document, also where nothing is found")
    return reader.finish(partial=partial)


class _Unknown(Struct):
    """An unknown label: how often it was met, and the finding of its first mention."""

    count: int
    first: Finding


class _Reader:
    """Takes the predictions of one document after another; keeps what fits and names what does not."""

    def __init__(
        self, path: Path, documents: Sequence[Document], labels: Labels, label_map: Mapping[str, str | None]
    ) -> None:
        self.path = path
        self.asked = {doc.doc_id: doc for doc in documents}
        self.labels = labels
        self.label_map = label_map
        self.seen: set[str] = set()
        self.documents: dict[str, Document] = {}
        self.findings: list[Finding] = []
        self.unknown: dict[str, _Unknown] = {}
        self.dropped: Counter[str] = Counter()

    def take(self, piece: Piece) -> None:
        doc = self.asked.get(piece.doc_id) if piece.doc_id is not None else None
        if doc is None:
            message = (
                f"{piece.name} is none of the {len(self.asked)} documents asked; leave it out or correct its doc_id"
            )
            self.findings.append(finding("BE001", message, None, piece.path, piece.record))
            return
        if doc.doc_id in self.seen:
            message = f"{doc.doc_id} has predictions already; keep one of the two"
            self.findings.append(finding("BE003", message, doc, piece.path, piece.record))
            return
        self.seen.add(doc.doc_id)
        annotation, findings = piece.over(doc)
        self.findings += findings
        if annotation is None:
            return
        if annotation.text_sha256 != sha256(doc.text):
            over, wanted = quoted(annotation.text_sha256[:12]), sha256(doc.text)[:12]
            message = f"made over a text of SHA-256 {over}…, the article's is {wanted}…; predict the article as it is"
            pointer = "/text_sha256" if piece.pointers else None
            self.findings.append(finding("BE006", message, doc, piece.path, piece.record, pointer=pointer))
            return
        made = replace(
            doc,
            entities=annotation.entities,
            mentions=annotation.mentions,
            relations=annotation.relations,
            stances=annotation.stances,
        )
        for code, fault in _faults(made, self.labels):
            pointer = fault.pointer if piece.pointers else None
            self.findings.append(finding(code, fault.message, doc, piece.path, piece.record, fault.span, pointer))
        ordered = in_order(self._mapped(made, piece))
        assert isinstance(ordered, Document)
        self.documents[doc.doc_id] = ordered

    def finish(self, *, partial: bool) -> Read:
        for label, unknown in self.unknown.items():
            to = self.label_map.get(label, label)
            shown = quoted(label) if to == label else f"{quoted(label)}, mapped to {quoted(str(to))},"
            known = ", ".join(self.labels.mention_labels)
            message = f"{shown} is no label of the inventory ({unknown.count} mentions); map it to {known} or null"
            self.findings.append(replace(unknown.first, message=message))
        if not partial:
            for doc_id, doc in self.asked.items():
                if doc_id not in self.seen:
                    message = f"{doc_id} has no predictions; write them, also where nothing is found"
                    self.findings.append(finding("BE002", message, doc, self.path))
        return Read(self.documents, tuple(sorted(self.findings, key=lambda f: f.sort_key)), dict(self.dropped))

    def _mapped(self, doc: Document, piece: Piece) -> Document:
        """The document with its labels mapped, without mentions mapped to null and what hangs on them."""
        kept, gone = [], set()
        for mention in doc.mentions:
            label = self.label_map.get(mention.label, mention.label)
            if label is None:
                self.dropped[mention.label] += 1
                gone.add(mention.id)
                continue
            kept.append(replace(mention, label=label))
            if label not in self.labels.mention_labels:
                span = (mention.start, mention.end)
                first = finding("BE005", "", doc, piece.path, piece.record, span)
                self.unknown.setdefault(mention.label, _Unknown(0, first)).count += 1
        if not gone:
            return replace(doc, mentions=tuple(kept))
        idle = {m.entity for m in doc.mentions} - {m.entity for m in kept}
        loose = [r for r in doc.relations if gone & {r.head, r.tail}]
        views = [s for s in doc.stances if gone & {s.target.mention, s.holder.mention if s.holder else None}]
        self.dropped.update([*(r.label for r in loose), *(s.polarity for s in views)])
        return replace(
            doc,
            entities=tuple(e for e in doc.entities if e.id not in idle),
            mentions=tuple(kept),
            relations=tuple(r for r in doc.relations if r not in loose),
            stances=tuple(s for s in doc.stances if s not in views),
        )


def _faults(doc: Document, labels: Labels) -> Iterator[tuple[str, Fault]]:
    """The faults of predicted layers, by code; labels of mentions are not looked at."""
    view = View(doc, labels)
    for rule in (sp001, sp002):
        for fault in rule(view):
            message = f"{fault.message}; offsets count code points of the article"
            yield "BE004", Fault(message, fault.pointer, fault.span)
    for fault in sp005(view):
        yield "BE009", fault
    for fault in _loose_ends(doc, labels):
        yield "BE011", fault


def _loose_ends(doc: Document, labels: Labels) -> Iterator[Fault]:
    ids = Counter(m.id for m in doc.mentions)

    def missing(what: str, ends: Iterable[str | None]) -> Iterator[str]:
        for end in dict.fromkeys(ends):
            if end is not None and end not in ids:
                yield f"{what} hangs on {quoted(end)}, which is no mention; write it or leave both out"

    def unknown(what: str, value: str, known: Sequence[str]) -> Iterator[str]:
        if value not in known:
            yield f"{what} {quoted(value)} is not in the inventory; write {', '.join(known)}"

    for item, count in ids.items():
        if count > 1:
            yield Fault(f"{count} mentions have the id {quoted(item)}; give each its own", "/mentions")
    for i, relation in enumerate(doc.relations):
        name = f"relation {quoted(relation.id)}"
        found = [
            *missing(name, (relation.head, relation.tail)),
            *unknown(f"{name}: its label", relation.label, labels.relation_labels),
        ]
        yield from (Fault(message, f"/relations/{i}") for message in found)
    for i, stance in enumerate(doc.stances):
        name = f"stance {quoted(stance.id)}"
        found = [
            *missing(name, (stance.holder.mention if stance.holder else None, stance.target.mention)),
            *unknown(f"{name}: its polarity", stance.polarity, labels.polarities),
            *(
                unknown(f"{name}: its attribution", stance.attribution, labels.attributions)
                if stance.attribution
                else ()
            ),
        ]
        yield from (Fault(message, f"/stances/{i}") for message in found)
