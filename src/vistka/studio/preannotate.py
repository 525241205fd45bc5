"""A model's predictions into a project, as pre-annotations of its tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from vistka.convert import label_studio
from vistka.corpus import Corpus
from vistka.model import Annotation, Document
from vistka.studio.push import send_predictions
from vistka.studio.server import Server
from vistka.text import sha256


def articles(corpus: Corpus, doc_ids: Iterable[str]) -> list[Document]:
    """These articles without layers, for predictions to be made or read over."""
    texts = {doc_id: corpus.text(doc_id) for doc_id in doc_ids}
    blank = (Annotation("vistka/annotation/1", d, sha256(text), (), (), (), ()) for d, text in texts.items())
    return [corpus.with_layers(annotation) for annotation in blank]


def preannotate(server: Server, project: int, records: Sequence[Document], name: str) -> tuple[int, int]:
    """Send the records to their tasks under that name; returns how many were sent and how many have no task.

    A tagger gives mentions without entities: annotators add them.
    """
    tasks = {str(task.data.get("doc_id")): task for task in server.tasks(project)}
    has = server.versions(project) if any(task.predictions for task in tasks.values()) else {}
    lacking: list[dict[str, Any]] = []
    for record in records:
        task = tasks.get(record.doc_id)
        if task is not None and name not in has.get(task.id, ()):
            known = {e.id for e in record.entities}
            mentions = tuple(m if m.entity in known else replace(m, entity=None) for m in record.mentions)
            items = label_studio.render(replace(record, mentions=mentions))
            # What is blank is left for people to choose.
            result = [item for item in items if item.get("value", {}).get("choices") != [""]]
            lacking.append({"task": task.id, "model_version": name, "result": result})
    send_predictions(server, project, lacking)
    return len(lacking), sum(record.doc_id not in tasks for record in records)
