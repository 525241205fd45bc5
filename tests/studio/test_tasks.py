"""Tasks out, passes back, offline: nothing is lost, nothing of the corpus is overwritten, faults say where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from builders import DOC_ID, MARKUP, write_corpus
from handwork import CHANGED, DRAWN
from vistka.cli import vistka as command
from vistka.convert.inline import render
from vistka.convert.label_studio import parse
from vistka.corpus import Corpus
from vistka.io import canonical
from vistka.studio.tasks import CODES

SAVED = Path(__file__).parent / "page-saved"
"""What the page of Label Studio 1.23.2 stored of handwork like that of tests/live; the ids of regions are its own."""
LATER = "2025-05-02-pidpys"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", (DOC_ID, MARKUP), (LATER, MARKUP))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, ["studio", *map(str, arguments)], standalone_mode=False)


def exported(corpus: Path, *arguments: str) -> list[dict[str, Any]]:
    out = corpus.parent / "завдання.json"
    result = run("export", corpus, "--out", out, *arguments)
    assert result.exception is None, result.exception
    tasks: list[dict[str, Any]] = json.loads(out.read_text("utf-8"))
    return tasks


def worked_on(corpus: Path, **changes: Any) -> list[dict[str, Any]]:
    """The export of a project in which annotator 7 submitted the pre-annotation of the first document unchanged."""
    tasks = exported(corpus, "--from", "gold")
    for number, task in enumerate(tasks, 1):
        task["id"] = number
        task["annotations"] = []
    done = {"id": 1, "completed_by": 7, "was_cancelled": False, "result": tasks[0]["predictions"][0]["result"]}
    tasks[0]["annotations"] = [{**done, **changes}]
    return tasks


def imported(corpus: Path, tasks: Any, *arguments: object) -> Result:
    path = corpus.parent / "проєкт.json"
    path.write_text(tasks if isinstance(tasks, str) else json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return run("import", path, "--corpus", corpus, "--out", corpus.parent / "passes", *arguments)


def test_a_task_holds_the_text_and_what_people_read_beside_it(corpus: Path) -> None:
    task = exported(corpus)[0]
    assert task["data"] == {
        "doc_id": DOC_ID,
        "text": Corpus(corpus).text(DOC_ID),
        "title": "Підпис у Києві",
        "published": "2025-05-01",
    }
    assert task["predictions"] == []


def test_every_document_comes_back_byte_for_byte(corpus: Path) -> None:
    result = imported(corpus, exported(corpus, "--from", "gold"), "--predictions")
    assert result.return_value == 0, result.output
    for doc_id, path in Corpus(corpus).gold.items():
        assert (corpus.parent / "passes" / "gold" / f"{doc_id}.json").read_bytes() == path.read_bytes()


def test_only_the_named_documents_go_out(corpus: Path) -> None:
    assert [task["data"]["doc_id"] for task in exported(corpus, "--only", LATER)] == [LATER]


@pytest.mark.parametrize("arguments", [("--only", "2020-01-01-nema"), ("--from", "третій")])
def test_a_document_or_pass_that_is_not_there_is_refused(corpus: Path, arguments: tuple[str, ...]) -> None:
    result = run("export", corpus, "--out", corpus.parent / "t.json", *arguments)
    assert arguments[1] in str(result.exception)
    assert not (corpus.parent / "t.json").exists()


def test_a_submitted_task_becomes_the_annotators_pass(corpus: Path) -> None:
    result = imported(corpus, worked_on(corpus))
    assert result.return_value == 0, result.output
    pass_ = corpus.parent / "passes" / "annotator-7" / f"{DOC_ID}.json"
    assert pass_.read_bytes() == Corpus(corpus).gold[DOC_ID].read_bytes()
    assert "1 passes written" in result.output
    assert "1 tasks without annotation" in result.output


def test_an_annotator_gets_the_folder_that_the_lead_names(corpus: Path) -> None:
    imported(corpus, worked_on(corpus), "--annotator", "7=second")
    assert (corpus.parent / "passes" / "second" / f"{DOC_ID}.json").exists()


def test_an_address_gives_the_folder_its_part_before_the_at(corpus: Path) -> None:
    imported(corpus, worked_on(corpus, completed_by={"id": 7, "email": "Olena@example.org"}))
    assert (corpus.parent / "passes" / "olena" / f"{DOC_ID}.json").exists()


@pytest.mark.parametrize("name", ["7=gold", "7=../gold", "7=", "сім"])
def test_a_folder_that_is_none_of_a_pass_is_refused(corpus: Path, name: str) -> None:
    result = imported(corpus, worked_on(corpus), "--annotator", name)
    assert result.exception is not None
    assert "--annotator" in str(result.exception)
    assert not (corpus.parent / "passes").exists()


def test_gold_is_never_written_among_the_passes(corpus: Path) -> None:
    tasks = corpus.parent / "t.json"
    tasks.write_text(json.dumps(exported(corpus, "--from", "gold")), "utf-8")
    result = run("import", tasks, "--corpus", corpus, "--out", corpus / "annotations", "--predictions")
    assert "gold" in str(result.exception)
    assert not (corpus / "annotations").exists()


def test_a_name_for_nobody_is_refused(corpus: Path) -> None:
    result = imported(corpus, worked_on(corpus), "--annotator", "8=second")
    assert "8" in str(result.exception)
    assert not (corpus.parent / "passes").exists()


def test_a_skipped_task_is_counted_and_is_no_pass(corpus: Path) -> None:
    result = imported(corpus, worked_on(corpus, was_cancelled=True))
    assert "1 skipped" in result.output
    assert not (corpus.parent / "passes").exists()


def relabelled(tasks: list[dict[str, Any]], label: str) -> list[dict[str, Any]]:
    region = next(i for i in tasks[0]["annotations"][0]["result"] if i["value"]["labels"] == ["JOB"])
    region["value"]["labels"] = [label]
    return tasks


def test_a_pass_that_differs_is_shown_and_kept_unless_forced(corpus: Path) -> None:
    imported(corpus, worked_on(corpus))
    path = corpus.parent / "passes" / "annotator-7" / f"{DOC_ID}.json"
    before = path.read_bytes()
    tasks = worked_on(corpus)
    tasks[0]["annotations"][0]["result"] = [
        item
        for item in tasks[0]["annotations"][0]["result"]
        if item.get("from_name") not in ("stance", "polarity")
        and item.get("from_name") != "attribution"
        and item.get("labels") not in (["holder"], ["target"])
    ]
    result = imported(corpus, tasks)
    assert result.return_value == 1
    assert "-support | direct | Свириденко | Київ | беззастережно підтримуємо" in result.output
    assert path.read_bytes() == before
    assert imported(corpus, tasks, "--force").return_value == 0
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("label", "code"),
    [("ТИТУЛ", "SC005"), ("PERS", "LK")],
)
def test_a_label_that_the_scheme_forbids_there_is_a_finding_of_the_validator(
    corpus: Path, label: str, code: str
) -> None:
    result = imported(corpus, relabelled(worked_on(corpus), label))
    assert result.return_value == 1
    assert code in result.output
    assert "#task 1" in result.output
    assert not (corpus.parent / "passes").exists()


def broken(corpus: Path, code: str) -> list[dict[str, Any]]:
    tasks = worked_on(corpus)
    if code == "LS014":
        del tasks[0]["data"]["doc_id"]
    if code == "LS015":
        tasks[0]["data"]["text"] = tasks[0]["data"]["text"].replace("прибула", "приїхала")
    if code == "LS016":
        tasks.append(tasks[0])
    return tasks


@pytest.mark.parametrize("code", sorted(set(CODES) - {f"LS{n:03}" for n in range(1, 14)}))
def test_a_task_that_cannot_be_read_is_a_finding_and_nothing_is_written(corpus: Path, code: str) -> None:
    result = imported(corpus, broken(corpus, code))
    assert result.return_value == 1
    assert code in result.output


def test_two_annotations_by_one_annotator_are_not_chosen_from(corpus: Path) -> None:
    tasks = worked_on(corpus)
    tasks[0]["annotations"].append({**tasks[0]["annotations"][0], "id": 2})
    result = imported(corpus, tasks)
    assert "LS016" in result.output
    assert not (corpus.parent / "passes").exists()


@pytest.mark.parametrize("export", ["id,text\n1,Київ\n", '[{"id": 1, "text": "Київ", "label": []}]', "{}", "[", "[[]]"])
def test_another_export_form_is_one_line_with_the_cure(corpus: Path, export: str) -> None:
    result = imported(corpus, export)
    assert "export the project as JSON" in str(result.exception)
    assert not (corpus.parent / "passes").exists()


def test_a_diff_tells_what_was_changed_in_what_was_sent(corpus: Path) -> None:
    tasks = worked_on(corpus)
    tasks[0]["annotations"][0]["result"] = [
        item for item in tasks[0]["annotations"][0]["result"] if item.get("labels") != ["POSITION_IN"]
    ]
    path = corpus.parent / "проєкт.json"
    path.write_text(json.dumps(tasks), "utf-8")
    result = run("diff", path, "--corpus", corpus)
    assert f"{DOC_ID}, annotator-7: 1 changes" in result.output
    assert "removed     POSITION_IN       Прем'єрка → України" in result.output
    (told,) = json.loads(run("diff", path, "--corpus", corpus, "--format", "json").output)
    assert told["changes"][0]["kind"] == "removed"


def test_what_the_page_saved_of_an_untouched_task_is_what_was_sent() -> None:
    """Recorded from Label Studio 1.23.2: opened, submitted unchanged, exported. The page reorders and adds `origin`."""
    (task,) = json.loads((SAVED / "untouched.json").read_text("utf-8"))
    (saved,) = task["annotations"]
    text, doc_id = task["data"]["text"], task["data"]["doc_id"]
    assert saved["result"] != saved["prediction"]["result"]
    assert {item.get("origin") for item in saved["result"]} == {"prediction", None}
    came, findings = parse(saved["result"], text, doc_id)
    sent, _ = parse(saved["prediction"]["result"], text, doc_id)
    assert findings == ()
    assert canonical(came) == canonical(sent)
    assert len(came.mentions) > 20 and came.relations and came.stances


def came_back(name: str) -> tuple[str, tuple[str, ...]]:
    """The recording as markup, and its findings' codes."""
    (task,) = json.loads((SAVED / f"{name}.json").read_text("utf-8"))
    text = task["data"]["text"]
    annotation, findings = parse(task["annotations"][0]["result"], text, task["data"]["doc_id"])
    return render(text, annotation), tuple(finding.code for finding in findings)


@pytest.mark.parametrize(("name", "markup"), [("drawn", DRAWN), ("changed", CHANGED)])
def test_what_the_page_saved_of_handwork_is_what_was_done(name: str, markup: str) -> None:
    assert came_back(name) == (markup, ())


@pytest.mark.parametrize(("name", "code"), [("unlabelled", "LS008"), ("name-removed", "LS010")])
def test_what_the_page_saved_unfinished_is_named(name: str, code: str) -> None:
    assert code in came_back(name)[1]


def test_the_codes_stand_in_the_catalogue_with_a_manual_entry() -> None:
    listed = CliRunner().invoke(command, ["rules"]).output
    assert all(f"{code}  error    studio  {manual}" in listed for code, manual in CODES.items())
    assert CODES["LS008"] in CliRunner().invoke(command, ["rules", "ls008"]).output
