"""A model's predictions into a project: checked against the articles, then sent as pre-annotations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from vistka.convert import label_studio
from vistka.corpus import Corpus
from vistka.findings import Finding, InputError
from vistka.io import decode, read_shard
from vistka.model import Annotation
from vistka.resources import Labels
from vistka.studio.push import send_predictions
from vistka.studio.server import Server
from vistka.validate import rules
from vistka.validate.base import View
from vistka.validate.records import Where


def predictions(path: Path, corpus: Corpus, labels: Labels) -> tuple[list[Annotation], list[Finding]]:
    """The records of a JSONL file and the errors in them: labels unknown, spans that do not fit, articles missing.

    Whether links obey the scheme is not asked: a tagger gives mentions without entities, and annotators add them.
    """
    records: list[Annotation] = []
    findings: list[Finding] = []
    for number, line in read_shard(path):
        try:
            record = decode(line, Annotation)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: no annotation record: {error}") from error
        records.append(record)
        where = Where(path, number, doc_id=record.doc_id)
        if record.doc_id not in corpus.articles:
            message = f"{corpus.root} has no article {record.doc_id}"
            findings.append(Finding("LS014", "error", message, record.doc_id, str(path), number))
            continue
        view = View(corpus.with_layers(record), labels, record)
        for rule in rules.SPANS:
            if rule.severity == "error":
                findings += [where.finding(rule, fault, view.doc.text) for fault in rule.find(view)]
        unknown = sorted({m.label for m in record.mentions} - set(labels.mention_labels))
        if unknown:
            message = f"unknown labels {', '.join(unknown)}; map them to the scheme's"
            findings.append(Finding("SC005", "error", message, record.doc_id, str(path), number))
    return records, findings


def preannotate(server: Server, project: int, records: Sequence[Annotation], name: str) -> tuple[int, int]:
    """Send the records to their tasks under that name; returns how many were sent and how many have no task."""
    tasks = {str(task.data.get("doc_id")): task for task in server.tasks(project)}
    has = server.versions(project) if any(task.predictions for task in tasks.values()) else {}
    lacking: list[dict[str, Any]] = []
    for record in records:
        task = tasks.get(record.doc_id)
        if task is not None and name not in has.get(task.id, ()):
            known = {e.id for e in record.entities}
            mentions = tuple(m if m.entity in known else replace(m, entity=None) for m in record.mentions)
            result = label_studio.render(replace(record, mentions=mentions))
            lacking.append({"task": task.id, "model_version": name, "result": result})
    send_predictions(server, project, lacking)
    return len(lacking), sum(record.doc_id not in tasks for record in records)
