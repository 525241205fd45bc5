"""Documents to a project: every one once, whatever happened before.

What is there is known by doc_id. An import that failed may have arrived in part, so after a failure the project is
looked at again and only what is missing is sent; the server drops bad items in silence, so counts are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from vistka.corpus import Corpus
from vistka.findings import Finding, InputError, Progress, unseen
from vistka.resources import Labels
from vistka.studio.config import config
from vistka.studio.server import Server, ServerError, Task
from vistka.studio.tasks import tasks
from vistka.validate.runner import annotation_findings

BATCH = 250
"""Tasks in one import: some four megabytes, a second or two of the server's."""
ATTEMPTS = 6


class Sent(Struct, frozen=True):
    """What a push did: tasks made, tasks that were there, tasks replaced, pre-annotations added to those there."""

    project: int
    made: int
    there: int
    replaced: int
    added: int


def push(
    server: Server,
    name: str,
    corpus: Corpus,
    doc_ids: Sequence[str],
    sources: Sequence[str],
    labels: Labels,
    *,
    replace: bool = False,
    batch: int = BATCH,
    wait: Callable[[float], None] = time.sleep,
    progress: Progress = unseen,
) -> Sent:
    """Bring the documents, with the pre-annotations of `sources`, into the project of that title or number.

    The project is made where there is none; its configuration is brought up to date. Raises `InputError` where a
    pre-annotation has errors, a document has several tasks, or an article changed (without `replace`, which deletes
    its task with all that people did there).
    """
    _check(corpus, doc_ids, sources, labels)
    wanted = config(labels)
    project = server.project(name)
    if project is None:
        project = server.create(name, wanted)
    elif server.config(project).strip() != wanted.strip():
        server.configure(project, wanted)
    before = _there(server, project)
    stale = [d for d in doc_ids if d in before and before[d].data.get("text") != corpus.text(d)]
    if stale and not replace:
        work = sum(before[doc_id].annotations for doc_id in stale)
        raise InputError(
            f"the article of {len(stale)} tasks has changed: {', '.join(stale[:5])}; --replace deletes these tasks "
            f"with the {work} annotations on them, and sends the articles anew"
        )
    server.delete([before[doc_id].id for doc_id in stale])
    there = {doc_id: task for doc_id, task in before.items() if doc_id not in stale}
    missing = [doc_id for doc_id in doc_ids if doc_id not in there]
    _send(server, project, corpus, missing, sources, batch, wait, progress)
    added = _predict(server, project, corpus, [d for d in doc_ids if d in there], sources, there)
    return Sent(project, len(missing) - len(stale), len(doc_ids) - len(missing), len(stale), added)


def _check(corpus: Corpus, doc_ids: Sequence[str], sources: Sequence[str], labels: Labels) -> None:
    errors: list[Finding] = []
    for source in sources:
        for doc_id in doc_ids:
            if doc_id in corpus.annotators[source]:
                errors += annotation_findings(corpus, corpus.annotation(doc_id, source), labels)
    if errors:
        raise InputError("nothing sent, the pre-annotations have errors", tuple(errors))


def _there(server: Server, project: int) -> dict[str, Task]:
    """The tasks of a project by doc_id; raises `InputError` where a document has two."""
    found: dict[str, Task] = {}
    if server.counts(project)[0] == 0:
        return found
    for task in server.tasks(project):
        doc_id = str(task.data.get("doc_id"))
        if doc_id in found:
            one, two = (server.link(project, t.id) for t in (found[doc_id], task))
            raise InputError(f"{doc_id} has two tasks, {one} and {two}; delete the one that nobody worked on")
        found[doc_id] = task
    return found


def _send(
    server: Server,
    project: int,
    corpus: Corpus,
    doc_ids: Sequence[str],
    sources: Sequence[str],
    batch: int,
    wait: Callable[[float], None],
    progress: Progress,
) -> None:
    missing = list(doc_ids)
    start = server.counts(project)
    for attempt in range(ATTEMPTS):
        try:
            if attempt:
                there = _there(server, project)
                missing = [doc_id for doc_id in missing if doc_id not in there]
            for at in progress(range(0, len(missing), batch), "batches"):
                server.send(project, tasks(corpus, missing[at : at + batch], sources))
            break
        except ServerError as error:
            if not error.again or attempt == ATTEMPTS - 1:
                raise
            wait(2.0**attempt)
    wanted = sum(doc_id in corpus.annotators[source] for source in sources for doc_id in doc_ids)
    now = server.counts(project)
    if now[0] - start[0] != len(doc_ids) or now[1] - start[1] != wanted:
        _repair(server, project, corpus, doc_ids, sources)


def _repair(server: Server, project: int, corpus: Corpus, doc_ids: Sequence[str], sources: Sequence[str]) -> None:
    """Send what an import that broke off left out; raises `ServerError` where the server drops it again."""
    there = _there(server, project)
    lost = [doc_id for doc_id in doc_ids if doc_id not in there]
    if lost:
        raise ServerError(f"{server.url} took the import but has no task for {len(lost)} documents: {lost[:3]}")
    _predict(server, project, corpus, doc_ids, sources, there)


def _predict(
    server: Server,
    project: int,
    corpus: Corpus,
    doc_ids: Sequence[str],
    sources: Sequence[str],
    there: Mapping[str, Task],
) -> int:
    """Add the pre-annotations that tasks lack, and see that the server kept them."""
    wanted = [doc_id for doc_id in doc_ids if any(doc_id in corpus.annotators[source] for source in sources)]
    has = server.versions(project) if any(there[doc_id].predictions for doc_id in wanted) else {}
    lacking: list[dict[str, Any]] = []
    for doc_id in wanted:
        number = there[doc_id].id
        (task,) = tasks(corpus, [doc_id], [source for source in sources if source not in has.get(number, ())])
        lacking += [{"task": number, **prediction} for prediction in task["predictions"]]
    send_predictions(server, project, lacking)
    return len(lacking)


def send_predictions(server: Server, project: int, found: Sequence[Mapping[str, Any]]) -> None:
    """Send pre-annotations in batches; raises `ServerError` where the server kept fewer than it was sent."""
    for at in range(0, len(found), BATCH):
        part = found[at : at + BATCH]
        made = server.predict(project, part)
        if made != len(part):
            raise ServerError(f"{server.url} kept {made} of {len(part)} pre-annotations and said nothing of the others")
