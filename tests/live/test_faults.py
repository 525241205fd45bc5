"""What goes wrong between the tool and a real server: nothing twice, nothing half-written, one line that says why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import DOC_ID, MARKUP, write_corpus
from conftest import Run
from live.conftest import LabelStudio, project, submitted
from live.proxy import Fault, Way, way
from vistka.corpus import Corpus
from vistka.resources import load_labels
from vistka.studio import server as server_module
from vistka.studio.push import push
from vistka.studio.server import Server, ServerError

LABELS = load_labels()


@pytest.fixture
def spoilt(studio: LabelStudio) -> Iterator[Way]:
    with way(studio.url) as found:
        yield found


def environment(spoilt: Way, studio: LabelStudio) -> dict[str, str]:
    return {**studio.environment, "LABEL_STUDIO_URL": spoilt.url}


@pytest.mark.parametrize("fault", ["refused", "lost", "cut", "throttled"])
@pytest.mark.parametrize("request_", ["POST /api/projects/[0-9]+/import", "GET /api/projects"])
def test_a_push_that_met_a_fault_sends_every_document_once(
    studio: LabelStudio, spoilt: Way, tmp_path: Path, fault: Fault, request_: str
) -> None:
    corpus = Corpus(write_corpus(tmp_path / "corpus", *((f"2025-05-01-{n:03}", MARKUP) for n in range(30))))
    doc_ids = list(corpus.articles)
    server = Server.connect(spoilt.url, studio.secrets[0])
    spoilt.spoil(fault, request_)
    pauses: list[float] = []
    title = f"Збій {fault} {request_}"
    sent = push(server, title, corpus, doc_ids, ["gold"], LABELS, batch=10, wait=pauses.append)
    found = list(studio.connect().tasks(sent.project))
    assert Counter(task.data["doc_id"] for task in found) == Counter(doc_ids)
    assert {task.predictions for task in found} == {1}
    assert pauses == ([1.0] if request_.startswith("POST") else [])


def test_a_project_whose_making_was_answered_by_an_error_is_there_once(
    studio: LabelStudio, spoilt: Way, tmp_path: Path
) -> None:
    corpus = Corpus(write_corpus(tmp_path / "corpus"))
    server = Server.connect(spoilt.url, studio.secrets[0])
    spoilt.spoil("lost", "POST /api/projects/$")
    with pytest.raises(ServerError, match="may be run again"):
        push(server, "Загублена відповідь", corpus, [DOC_ID], [], LABELS)
    assert push(server, "Загублена відповідь", corpus, [DOC_ID], [], LABELS).made == 1


def test_a_task_whose_deletion_was_answered_by_an_error_is_replaced_once(
    studio: LabelStudio, spoilt: Way, tmp_path: Path
) -> None:
    old = Corpus(write_corpus(tmp_path / "old", (DOC_ID, MARKUP)))
    new = Corpus(write_corpus(tmp_path / "new", (DOC_ID, MARKUP.replace("прибула", "приїхала"))))
    server = Server.connect(spoilt.url, studio.secrets[0])
    push(server, "Загублене вилучення", old, [DOC_ID], [], LABELS)
    spoilt.spoil("lost", "DELETE")
    sent = push(server, "Загублене вилучення", new, [DOC_ID], [], LABELS, replace=True)
    (task,) = server.tasks(sent.project)
    assert "приїхала" in task.data["text"]


def test_a_server_that_stays_broken_is_given_up_with_growing_pauses(
    studio: LabelStudio, spoilt: Way, tmp_path: Path
) -> None:
    corpus = Corpus(write_corpus(tmp_path / "corpus"))
    server = Server.connect(spoilt.url, studio.secrets[0])
    spoilt.spoil("refused", "POST /api/projects/[0-9]+/import", times=100)
    pauses: list[float] = []
    with pytest.raises(ServerError, match="answered 500"):
        push(server, "Зламаний назавжди", corpus, [DOC_ID], [], LABELS, wait=pauses.append)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0]
    again = push(studio.connect(), "Зламаний назавжди", corpus, [DOC_ID], [], LABELS)
    assert again.made == 1


@pytest.mark.parametrize(("fault", "says"), [("cut", "cannot be reached"), ("refused", "answered 500")])
def test_a_pull_of_half_an_answer_or_of_errors_writes_nothing(
    studio: LabelStudio, spoilt: Way, vistka: Run, tmp_path: Path, fault: Fault, says: str
) -> None:
    root = write_corpus(tmp_path / "corpus")
    server = studio.connect()
    name = f"Уривок {fault}"
    push(server, name, Corpus(root), [DOC_ID], ["gold"], LABELS)
    assert submitted(server, project(server, name)) == 1
    spoilt.spoil(fault, "GET /api/projects/[0-9]+/export", times=100)
    done = vistka("studio", "pull", name, "--corpus", root, **environment(spoilt, studio))
    assert done.returncode == 2
    assert says in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (root / "annotations").exists()


def test_a_server_that_does_not_answer_is_one_line(
    studio: LabelStudio, spoilt: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_TIMEOUT", 2.0)
    server = Server.connect(spoilt.url, studio.secrets[0])
    spoilt.spoil("hanging", "GET /api/projects", times=100)
    with pytest.raises(ServerError, match="did not answer in 2 s") as error:
        server.project("Будь-що")
    assert error.value.again


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ({"release": "1.10.0"}, "is Label Studio 1.10.0; 1.20 or later is needed"),
        ({"release": "nightly"}, "names no release of Label Studio"),
        (["1.23"], "LABEL_STUDIO_URL"),
    ],
)
def test_an_unsupported_server_is_named(
    studio: LabelStudio, spoilt: Way, vistka: Run, version: object, says: str
) -> None:
    spoilt.answers["/api/version/"] = json.dumps(version).encode()
    done = vistka("studio", "pull", "Будь-що", **environment(spoilt, studio))
    assert done.returncode == 2
    assert says in done.stderr and len(done.stderr.splitlines()) == 1


def test_tasks_that_the_server_drops_in_silence_are_missed(studio: LabelStudio, spoilt: Way, tmp_path: Path) -> None:
    corpus = Corpus(write_corpus(tmp_path / "corpus"))
    server = Server.connect(spoilt.url, studio.secrets[0])
    number = server.create("Мовчазний", "<View/>")
    spoilt.answers[f"/api/projects/{number}/import"] = b'{"task_count": 1}'
    with pytest.raises(ServerError, match="has no task for 1 documents"):
        push(server, "Мовчазний", corpus, [DOC_ID], ["gold"], LABELS)
