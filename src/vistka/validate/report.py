"""Findings as JSON, and as SARIF 2.1.0 for code hosts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from vistka import __version__
from vistka.findings import Finding
from vistka.validate.base import Rule


def to_json(findings: Iterable[Finding]) -> str:
    """A JSON array of findings, one a line."""
    lines = [msgspec.json.encode(finding).decode() for finding in findings]
    return "[" + ",\n ".join(lines) + "]"


def to_sarif(findings: Iterable[Finding], rules: Iterable[Rule[Any]]) -> str:
    """A SARIF log. A region counts lines and columns of the article in code points."""
    catalogue = [
        {
            "id": rule.code,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.manual},
            "defaultConfiguration": {"level": rule.severity},
        }
        for rule in rules
    ]
    run = {
        "tool": {"driver": {"name": "vistka", "version": __version__, "rules": catalogue}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in findings],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1)


def _result(finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if finding.path is not None:
        artifact = _artifact(finding)
        physical: dict[str, Any] = {"artifactLocation": {"uri": quote(artifact.as_posix())}}
        if finding.record is not None:
            physical["region"] = {"startLine": finding.record}
        elif finding.line is not None and (finding.span is None or artifact.suffix == ".txt"):
            physical["region"] = {"startLine": finding.line, "startColumn": finding.column or 1}
        location["physicalLocation"] = physical
    if finding.pointer is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": f"{finding.doc_id or ''}#{finding.pointer}"}]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [location],
    }
    return result


def _artifact(finding: Finding) -> Path:
    """The file that line and column count in: the article for a span of an annotation, else the file itself."""
    path = Path(finding.path or "")
    if finding.span is not None and finding.doc_id is not None and finding.record is None:
        for root in path.parents[1:3]:
            article = root / "articles" / f"{finding.doc_id}.txt"
            if article.is_file():
                return article
    return path
