"""Tasks of a project, offline: articles with pre-annotations out, annotators' passes back in.

A task's `data` holds `doc_id` and `text` and, for people to read, title and date; a pre-annotation is a prediction
whose `model_version` names the pass it comes from. What comes back is judged: what cannot be read (`LS…`), and what
the validator says of the rest. Nothing is written here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from vistka.convert import label_studio
from vistka.corpus import Corpus
from vistka.findings import Finding, InputError
from vistka.model import Annotation
from vistka.resources import Labels
from vistka.text import first_difference
from vistka.validate.runner import annotation_findings

CODES = {
    **label_studio.CODES,
    "LS014": "A task has no doc_id and text, or its article is not in the corpus.",
    "LS015": "A task's text is not the article's.",
    "LS016": "A document has several tasks, or one annotator annotated a document twice.",
}

Names = Callable[[Any], str]
"""Who completed an annotation, as Label Studio has it -> the annotator's folder."""
Place = Callable[[Mapping[str, Any]], str]
"""A task -> its link, or its place in the file."""


class Pass(Struct, frozen=True):
    """One annotator's work on one document; with errors among the findings it is not whole.

    `sent` is the pre-annotation that it was made from, where that was asked for and as far as it can be read; none
    where the task was blank.
    """

    annotator: str
    annotation: Annotation
    place: str
    findings: tuple[Finding, ...]
    sent: Annotation | None = None


class Returned(Struct, frozen=True):
    """What came back: passes, faults of whole tasks, and how much there was that is no pass."""

    passes: tuple[Pass, ...]
    findings: tuple[Finding, ...]
    tasks: int
    skipped: int
    drafts: int
    untouched: int


def tasks(corpus: Corpus, doc_ids: Sequence[str], sources: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """The tasks of these documents, each with the pre-annotations of `sources` that it has."""
    for doc_id in doc_ids:
        metadata = corpus.article_metadata(doc_id)
        data = {"doc_id": doc_id, "text": corpus.text(doc_id), "title": metadata.title, "published": metadata.published}
        predictions = [
            {"model_version": source, "result": label_studio.render(corpus.annotation(doc_id, source))}
            for source in sources
            if doc_id in corpus.annotators[source]
        ]
        yield {"data": data, "predictions": predictions}


def decoded(raw: bytes, name: str) -> Iterator[dict[str, Any]]:
    """The tasks of an export, one at a time; raises `InputError` where it is no JSON export of Label Studio."""
    cure = "export the project as JSON (not JSON_MIN, CSV or another form)"
    try:
        for item in msgspec.json.decode(raw, type=list[msgspec.Raw]):
            task = msgspec.json.decode(item)
            if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
                raise InputError(f"{name}: no list of tasks with `data`; {cure}")
            yield task
    except msgspec.ValidationError as error:
        raise InputError(f"{name}: no list of tasks with `data`; {cure}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: no JSON ({error}); {cure}") from error


def returned(
    found: Iterable[Mapping[str, Any]],
    corpus: Corpus,
    labels: Labels,
    names: Names,
    place: Place,
    *,
    predictions: bool = False,
    compare: bool = False,
) -> Returned:
    """The passes in tasks of an export; `predictions` reads the pre-annotations in place of people's work.

    `compare` reads what was sent too.
    """
    passes: list[Pass] = []
    faults: list[Finding] = []
    count = skipped = drafts = untouched = 0
    seen: Counter[str] = Counter()
    twice: Counter[tuple[str, str]] = Counter()
    for task in found:
        count += 1
        where = place(task)
        doc_id, text, fault = _article(task, corpus)
        if fault:
            faults.append(replace(fault, path=where))
            continue
        seen[doc_id] += 1
        if seen[doc_id] > 1:
            message = f"{doc_id} has several tasks; delete all but the one that people worked on"
            faults.append(Finding("LS016", "error", message, doc_id=doc_id, path=where))
        own = _list(task, "predictions" if predictions else "annotations")
        drafts += len(_list(task, "drafts"))
        untouched += not own
        for item in own:
            if item.get("was_cancelled"):
                skipped += 1
                continue
            who = str(item.get("model_version")) if predictions else names(item.get("completed_by"))
            one = _pass(item, doc_id, text, who, where, corpus, labels)
            if compare:
                one = replace(one, sent=_sent(task, item, text, doc_id))
            twice[who, doc_id] += 1
            if twice[who, doc_id] > 1:
                message = f"{who} annotated {doc_id} {twice[who, doc_id]} times; delete all but one"
                one = replace(one, findings=(*one.findings, _found("LS016", message, doc_id, where)))
            passes.append(one)
    again = {pair for pair, times in twice.items() if times > 1}
    kept = [one for one in passes if (one.annotator, one.annotation.doc_id) not in again or one.findings]
    return Returned(tuple(kept), tuple(faults), count, skipped, drafts, untouched)


def _found(code: str, message: str, doc_id: str, place: str) -> Finding:
    return Finding(code, "error", message, doc_id=doc_id, path=place)


def _list(task: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects in a list of the task; elsewhere Label Studio writes bare ids, which say nothing."""
    value = task.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _article(task: Mapping[str, Any], corpus: Corpus) -> tuple[str, str, Finding | None]:
    """The doc_id and text of a task, and what is wrong with them."""
    data = task["data"]
    doc_id, text = data.get("doc_id"), data.get("text")
    if not isinstance(doc_id, str) or not isinstance(text, str):
        message = "the task's data have no doc_id and text; `vistka studio push` makes both"
        return "", "", Finding("LS014", "error", message)
    if doc_id not in corpus.articles:
        return doc_id, text, Finding("LS014", "error", f"{corpus.root} has no article {doc_id}", doc_id=doc_id)
    stored = corpus.text(doc_id)
    if text != stored:
        at = first_difference(text, stored)
        message = (
            f"the task's text differs from the article at character {at}: {text[at : at + 20]!r} for "
            f"{stored[at : at + 20]!r}; offsets count the article, push it anew with --replace"
        )
        return doc_id, text, Finding("LS015", "error", message, doc_id=doc_id)
    return doc_id, text, None


def _pass(
    item: Mapping[str, Any], doc_id: str, text: str, who: str, where: str, corpus: Corpus, labels: Labels
) -> Pass:
    annotation, faults = label_studio.parse(item.get("result"), text, doc_id)
    if not faults:
        faults = tuple(annotation_findings(corpus, annotation, labels))
    return Pass(who, annotation, where, tuple(replace(fault, path=where) for fault in faults))


def _sent(task: Mapping[str, Any], item: Mapping[str, Any], text: str, doc_id: str) -> Annotation | None:
    """The pre-annotation that the annotator began from: the one that Label Studio keeps, else the task's only one."""
    kept = item.get("prediction")
    result = kept.get("result") if isinstance(kept, dict) else None
    if not result:
        own = _list(task, "predictions")
        result = own[0].get("result") if len(own) == 1 else None
    return label_studio.parse(result, text, doc_id)[0] if isinstance(result, list) else None
