"""brat standoff <-> the mentions and relations of a document.

    T1<TAB>PERS 0 15<TAB>Герман Галущенко
    R1<TAB>HEADS Arg1:T1 Arg2:T2

Offsets: brat counts code points over the .txt, half-open; kept as they are. Its third column shows a line end as a
space. Arg1 is the head, Arg2 the tail.
Lost on rendering: entities and stances, and the ids of mentions and relations, which become T1…, R1… in text order.
Not read: events, attributes, normalisations, notes and equivalences; a finding counts those that tell of mentions.
Source: brat.nlplab.org, "brat standoff format".
"""

from __future__ import annotations

import re
from collections import defaultdict

from vistka.findings import Finding, Severity
from vistka.io import in_order
from vistka.model import Annotation, Layers, Mention, Relation
from vistka.text import sha256

LOSES = ("entities", "stances", "mentions.id", "mentions.entity", "relations.id")

CODES = {
    "BR001": "A line of an .ann file is none of brat's.",
    "BR002": "A mention has several spans.",
    "BR003": "Two lines of an .ann file have one id.",
    "BR004": "Events, attributes, normalisations, notes and equivalences of mentions are not read.",
}
WARNINGS = frozenset({"BR004"})

_MENTION = re.compile(r"(T[A-Za-z0-9_-]*)\t(\S+) ([0-9]{1,9} [0-9]{1,9}(?:;[0-9]{1,9} [0-9]{1,9})*)\t(.*)", re.S)
_RELATION = re.compile(r"(R[A-Za-z0-9_-]*)\t(\S+) Arg1:(\S+) Arg2:(\S+)\s*")
_LINE_END = re.compile("[\n\r]")
_OTHER = re.compile(r"(?:[EAMN]\S*\t|[#*]).*", re.S)
_TOLD = re.compile(r"[^\t]*\t[^\t]*\bT[0-9]")
_KINDS = {
    "E": "events",
    "A": "attributes",
    "M": "attributes",
    "N": "normalisations",
    "#": "notes",
    "*": "equivalences",
}


def parse(ann: str, text: str, doc_id: str) -> tuple[Annotation, tuple[Finding, ...]]:
    """The mentions and relations of an .ann file over its text, and what in it cannot be read.

    A finding's `record` is the line. A mention that lies off the text, or whose third column is not what stands
    there, keeps the third column as its text: that is the validator's question, as are labels and links.
    """
    reader = _Reader(text, doc_id)
    for number, line in enumerate(ann.split("\n"), 1):
        reader.take(line.removesuffix("\r"), number)
    made = Annotation(
        schema="vistka/annotation/1",
        doc_id=doc_id,
        text_sha256=sha256(text),
        entities=(),
        mentions=tuple(reader.mentions.values()),
        relations=tuple(reader.relations.values()),
        stances=(),
    )
    ordered = in_order(made)
    assert isinstance(ordered, Annotation)
    return ordered, reader.finish()


class _Reader:
    def __init__(self, text: str, doc_id: str) -> None:
        self.text = text
        self.doc_id = doc_id
        self.mentions: dict[str, Mention] = {}
        self.relations: dict[str, Relation] = {}
        self.findings: list[Finding] = []
        self.ignored: dict[str, list[int]] = defaultdict(list)

    def take(self, line: str, number: int) -> None:
        if not line.strip():
            return
        if _OTHER.fullmatch(line):
            if _TOLD.match(line):
                self.ignored[_KINDS[line[0]]].append(number)
        elif match := _MENTION.fullmatch(line):
            self._mention(number, *match.groups())
        elif match := _RELATION.fullmatch(line):
            key, label, head, tail = match.groups()
            if self._is_new(key, number):
                self.relations[key] = Relation(key, label, head, tail)
        else:
            form = "`R1<TAB>LABEL Arg1:T1 Arg2:T2`" if line[0] == "R" else "`T1<TAB>LABEL start end<TAB>text`"
            self._fault("BR001", f"«{line[:60]}» is no line of brat standoff; write {form}", number)

    def finish(self) -> tuple[Finding, ...]:
        for kind, lines in self.ignored.items():
            self._fault("BR004", f"{len(lines)} lines of {kind} that tell of mentions are not read", lines[0])
        return tuple(sorted(self.findings, key=lambda f: f.sort_key))

    def _mention(self, number: int, key: str, label: str, offsets: str, shown: str) -> None:
        if not self._is_new(key, number):
            return
        if ";" in offsets:
            self._fault("BR002", f"{key} «{shown}» has several spans; make it one span or several mentions", number)
            return
        start, end = map(int, offsets.split(" "))
        surface = self.text[start:end]
        self.mentions[key] = Mention(key, label, start, end, surface if _shown(surface) == shown else shown)

    def _is_new(self, key: str, number: int) -> bool:
        known = key in self.mentions or key in self.relations
        if known:
            self._fault("BR003", f"{key} stands in the file already; give this one another id", number)
        return not known

    def _fault(self, code: str, message: str, number: int) -> None:
        severity: Severity = "warning" if code in WARNINGS else "error"
        self.findings.append(Finding(code, severity, message, doc_id=self.doc_id, record=number))


def _shown(surface: str) -> str:
    """A mention's text as the third column has it."""
    return _LINE_END.sub(" ", surface)


def render(layers: Layers) -> str:
    """The .ann file of an annotation: its mentions, then its relations."""
    ordered = in_order(layers)
    names = {m.id: f"T{number}" for number, m in enumerate(ordered.mentions, 1)}
    lines = [f"{names[m.id]}\t{m.label} {m.start} {m.end}\t{_shown(m.text)}" for m in ordered.mentions]
    lines += [
        f"R{number}\t{r.label} Arg1:{names[r.head]} Arg2:{names[r.tail]}"
        for number, r in enumerate(ordered.relations, 1)
    ]
    return "".join(f"{line}\n" for line in lines)
