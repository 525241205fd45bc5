"""The round trip over a real server and a real page."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from builders import DOC_ID, MARKUP, write_corpus
from conftest import ROOT, Run
from handwork import BLANK, CHANGED, DRAWN
from live.conftest import LabelStudio, project, submitted
from live.page import Page
from strategies import annotated, sendable
from vistka.convert.inline import render
from vistka.convert.label_studio import parse
from vistka.convert.label_studio import render as render_task
from vistka.corpus import Corpus
from vistka.findings import UsageError
from vistka.io import canonical, decode, encode_line
from vistka.model import Annotation
from vistka.resources import load_labels
from vistka.studio.config import config
from vistka.studio.push import push
from vistka.studio.server import Server

LABELS = load_labels()
CORPUS = Corpus(ROOT / "corpus")


def at_the_page(
    studio: LabelStudio, page: Page, root: Path, name: str, sources: list[str], words: str, doc_id: str = DOC_ID
) -> tuple[int, int]:
    """A project of one document, its task open in the browser where it shows the words; project and task."""
    push(studio.connect(), name, Corpus(root), [doc_id], sources, LABELS)
    number = project(studio.connect(), name)
    (task,) = studio.connect().tasks(number)
    page.open(number, task.id, words)
    return number, task.id


def pulled(root: Path, doc_id: str = DOC_ID) -> str:
    path = root / "annotations" / "lead" / f"{doc_id}.json"
    return render(Corpus(root).text(doc_id), decode(path.read_bytes(), Annotation))


def test_every_document_of_the_corpus_comes_back_from_the_server_equal_to_the_byte(
    studio: LabelStudio, vistka: Run, tmp_path: Path
) -> None:
    root = write_corpus_copy(tmp_path)
    done = vistka("studio", "push", "Увесь корпус", "--from", "gold", "--corpus", root, **studio.environment)
    assert f"{len(CORPUS.gold)} tasks made" in done.stdout, done.stderr
    again = vistka("studio", "push", "Увесь корпус", "--from", "gold", "--corpus", root, **studio.environment)
    assert "0 tasks made" in again.stdout and "; 0 pre-annotations added" in again.stdout
    server = studio.connect()
    assert submitted(server, project(server, "Увесь корпус")) == len(CORPUS.gold)
    done = vistka("studio", "pull", "Увесь корпус", "--corpus", root, **studio.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    for doc_id, path in CORPUS.gold.items():
        assert (root / "annotations" / "lead" / f"{doc_id}.json").read_bytes() == path.read_bytes(), doc_id


def write_corpus_copy(folder: Path) -> Path:
    """The corpus with links to its articles and gold, so that passes are written elsewhere."""
    root = folder / "corpus"
    root.mkdir()
    for name in ("articles", "gold", "splits.csv"):
        (root / name).symlink_to(ROOT / "corpus" / name)
    return root


@pytest.mark.parametrize("doc_id", ["2024-08-08-khyzhniak-zoloto", "2025-05-14-fond-vidbudovy-nota"])
def test_a_task_opened_and_submitted_unchanged_comes_back_equal_to_the_byte(
    studio: LabelStudio, page: Page, vistka: Run, tmp_path: Path, doc_id: str
) -> None:
    root = write_corpus_copy(tmp_path)
    name = f"Без змін {doc_id}"
    at_the_page(studio, page, root, name, ["gold"], CORPUS.text(doc_id).split()[1], doc_id)
    page.submit()
    done = vistka("studio", "pull", name, "--corpus", root, **studio.environment)
    assert "1 passes written" in done.stdout, done.stdout + done.stderr
    assert (root / "annotations" / "lead" / f"{doc_id}.json").read_bytes() == CORPUS.gold[doc_id].read_bytes()


def test_what_an_annotator_draws_arrives_as_drawn(studio: LabelStudio, page: Page, vistka: Run, tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, BLANK))
    at_the_page(studio, page, root, "Від руки", [], "похвалила")
    page.draw("l", "Києва")
    page.entity("kyiv = Київ | Q1899")
    page.draw("l", "Київ")
    page.entity("kyiv")
    page.draw("w", "похвалила")
    page.choose("support")
    page.choose("author")
    page.relate("похвалила", "Київ", "target")
    page.submit()
    done = vistka("studio", "pull", "Від руки", "--corpus", root, **studio.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert pulled(root) == DRAWN


def test_what_an_annotator_leaves_out_is_named_with_a_link_to_the_task(
    studio: LabelStudio, page: Page, vistka: Run, tmp_path: Path
) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, BLANK))
    number, task = at_the_page(studio, page, root, "Недороблене", [], "похвалила")
    page.draw("j", "Прем'єрка")
    page.draw("d", "прибула")
    page.relate("Прем'єрка", "прибула", None)
    page.submit()
    done = vistka("studio", "pull", "Недороблене", "--corpus", root, **studio.environment)
    assert done.returncode == 1
    assert "LS008" in done.stdout and f"/projects/{number}/data?task={task}" in done.stdout
    assert not (root / "annotations").exists()


NASTY = (
    "\n  \u00a0🇺🇦 {Голова {Чернівецької|LOC|region} ОДА|ORG|oda}  п'ять\u200bсот\tразів {Юлія  Свириденко|PERS|aB-9_x} "
    "(за\u0301мок, 10\u00a0000)\t👩\u200d👧 {Прем’єр|JOB} не хвалив {Київ|LOC|kyiv} і {Київ|LOC|kyiv}.  \n\n"
    "%% entities\nregion = Чернівецька область | Q168856\noda = Чернівецька ОДА\naB-9_x = Юлія Свириденко\n"
    "kyiv = Київ | Q1899\n"
    "%% relations\n"
    "Голова Чернівецької ОДА | LOCATED_IN | Чернівецької\nЮлія  Свириденко | HEADS | Голова Чернівецької ОДА\n"
    "Юлія  Свириденко | MEMBER_OF | Голова Чернівецької ОДА\nГолова Чернівецької ОДА | ACCUSES | Юлія  Свириденко\n"
    "%% stances\n"
    "support | reported | Юлія  Свириденко | Київ | не хвалив\noppose | author | - | ~за\u0301мок | Прем’єр\n"
    "neutral | direct | Голова Чернівецької ОДА | Київ#2 | не хвалив\n"
)


@settings(max_examples=4, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(annotated.filter(lambda pair: pair[0] != ""), min_size=60, max_size=60))
def test_generated_documents_come_back_from_the_server_equal_to_the_byte(
    studio: LabelStudio, pairs: list[tuple[str, Annotation]]
) -> None:
    """Texts of blanks, tabs, combining marks and markup signs; annotations of any ids, nesting and links."""
    server = studio.connect()
    number = server.create("Породжене", config(LABELS))
    sent = [sendable(record) for _, record in pairs]
    texts = [text for text, _ in pairs]
    server.send(
        number,
        [{"data": {"text": text}, "annotations": [{"result": render_task(r)}]} for text, r in zip(texts, sent)],
    )
    back = sorted(json.loads(server.export(number)), key=lambda task: task["id"])
    assert [task["data"]["text"] for task in back] == texts
    for task, record in zip(back, sent):
        came, findings = parse(task["annotations"][0]["result"], task["data"]["text"], record.doc_id)
        assert findings == ()
        assert canonical(came) == canonical(record)


def test_a_text_of_odd_blanks_and_signs_survives_the_page(
    studio: LabelStudio, page: Page, vistka: Run, tmp_path: Path
) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, NASTY))
    at_the_page(studio, page, root, "Дивні пробіли", ["gold"], "Голова")
    page.submit()
    done = vistka("studio", "pull", "Дивні пробіли", "--corpus", root, **studio.environment)
    assert "1 passes written" in done.stdout, done.stdout + done.stderr
    assert (root / "annotations" / "lead" / f"{DOC_ID}.json").read_bytes() == (
        root / "gold" / f"{DOC_ID}.json"
    ).read_bytes()


def test_a_moved_boundary_and_a_region_removed_under_its_relations_arrive_as_done(
    studio: LabelStudio, page: Page, vistka: Run, tmp_path: Path
) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, MARKUP))
    at_the_page(studio, page, root, "Зміни", ["gold"], "Юлія")
    page.start_at("Юлія", "Свириденко")
    page.remove("Прем'єрка")
    page.submit()
    done = vistka("studio", "pull", "Зміни", "--corpus", root, **studio.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert pulled(root) == CHANGED
    told = vistka("studio", "diff", "Зміни", "--corpus", root, **studio.environment).stdout
    for change in (("moved", "PERS"), ("removed", "JOB"), ("removed", "HOLDS_POSITION"), ("removed", "POSITION_IN")):
        assert re.search(rf"^  {change[0]} +{change[1]} ", told, re.M), told


def test_a_name_that_went_with_its_region_is_asked_for(
    studio: LabelStudio, page: Page, vistka: Run, tmp_path: Path
) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, MARKUP))
    at_the_page(studio, page, root, "Без назви", ["gold"], "Києва")
    page.remove("Києва")
    page.submit()
    done = vistka("studio", "pull", "Без назви", "--corpus", root, **studio.environment)
    assert done.returncode == 1
    assert "LS010" in done.stdout and "write `kyiv = canonical name` once" in done.stdout
    assert not (root / "annotations").exists()


def test_an_expression_without_polarity_is_refused_by_the_page_and_a_draft_is_counted(
    studio: LabelStudio, page: Page, vistka: Run, tmp_path: Path
) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, BLANK))
    _, task = at_the_page(studio, page, root, "Без полярності", [], "похвалила")
    page.draw("w", "похвалила")
    page.submit()
    assert "Полярність: оберіть одне для кожного вислову" in page.says()
    client = studio.connect()._client._client_wrapper.httpx_client
    assert client.request(f"api/tasks/{task}/drafts", method="POST", json={"result": []}).status_code == 201
    done = vistka("studio", "pull", "Без полярності", "--corpus", root, **studio.environment)
    assert "1 drafts, 1 tasks without annotation" in done.stdout, done.stdout + done.stderr
    assert not (root / "annotations").exists()


# --- a server that dies ---------------------------------------------------------------------------------------


def many(folder: Path, count: int) -> Corpus:
    return Corpus(write_corpus(folder / "corpus", *((f"2025-05-01-{n:03}", MARKUP) for n in range(count))))


def test_a_push_of_300_goes_on_after_the_server_was_killed_and_sends_none_twice(
    copied: LabelStudio, tmp_path: Path
) -> None:
    corpus = many(tmp_path, 300)
    doc_ids = list(corpus.articles)
    killed: list[int] = []

    def batches(items: Iterable[Any], what: str) -> Iterable[Any]:
        for at in items:
            if at == 120 and not killed:
                killed.append(at)
                threading.Timer(0.05, copied.kill).start()
            yield at

    def restart(pause: float) -> None:
        copied.start()

    server = copied.connect()
    sent = push(server, "Триста", corpus, doc_ids, ["gold"], LABELS, batch=20, wait=restart, progress=batches)
    assert killed
    assert sent.made == 300
    found = list(server.tasks(sent.project))
    assert Counter(task.data["doc_id"] for task in found) == Counter(doc_ids)
    assert {task.predictions for task in found} == {1}
    again = push(server, "Триста", corpus, doc_ids, ["gold"], LABELS)
    assert (again.made, again.there, again.added) == (0, 300, 0)


def test_a_taggers_predictions_become_pre_annotations_once(studio: LabelStudio, tmp_path: Path, vistka: Run) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, MARKUP))
    push(studio.connect(), "Передрозмітка", Corpus(root), [DOC_ID], [], LABELS)
    record = Corpus(root).annotation(DOC_ID)
    bare = tuple(replace(m, entity=None) for m in record.mentions)
    record = replace(record, entities=(), mentions=bare, relations=(), stances=())
    path = tmp_path / "передбачення.jsonl"
    path.write_bytes(encode_line(record) + b"\n")
    call = ("preannotate", "Передрозмітка", "--predictions", path, "--name", "crf", "--corpus", root)
    assert "1 tasks pre-annotated by crf" in vistka(*call, **studio.environment).stdout
    assert "0 tasks pre-annotated by crf, 1 were before" in vistka(*call, **studio.environment).stdout
    number = project(studio.connect(), "Передрозмітка")
    (versions,) = studio.connect().versions(number).values()
    assert versions == {"crf"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'"start":0', b'"start":1', "BE004"),
        (b'"JOB"', b'"TITLE"', "TITLE"),
        (DOC_ID.encode(), b"2020-01-01-x", "BE001"),
    ],
)
def test_predictions_that_do_not_fit_are_not_sent(
    tmp_path: Path, vistka: Run, old: bytes, new: bytes, says: str
) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, MARKUP))
    path = tmp_path / "p.jsonl"
    path.write_bytes(encode_line(Corpus(root).annotation(DOC_ID)).replace(old, new, 1) + b"\n")
    done = vistka("preannotate", "Х", "--predictions", path, "--name", "crf", "--corpus", root)
    assert done.returncode == 1
    assert says in done.stderr and "nothing sent" in done.stderr


# --- wrong calls ----------------------------------------------------------------------------------------------


def test_a_changed_article_is_refused_and_replaced_on_demand(studio: LabelStudio, tmp_path: Path, vistka: Run) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, MARKUP))
    push(studio.connect(), "Змінена стаття", Corpus(root), [DOC_ID], ["gold"], LABELS)
    other = write_corpus(tmp_path / "other", (DOC_ID, MARKUP.replace("прибула", "приїхала")))
    arguments = ("studio", "push", "Змінена стаття", "--corpus", other)
    refused = vistka(*arguments, **studio.environment)
    assert refused.returncode == 1 and "--replace" in refused.stderr
    pulled = vistka("studio", "pull", "Змінена стаття", "--corpus", other, **studio.environment)
    assert "LS015" in pulled.stdout
    assert "1 replaced" in vistka(*arguments, "--replace", **studio.environment).stdout


def test_a_wrong_token_is_one_line_without_the_token(studio: LabelStudio, vistka: Run) -> None:
    secret = "0123456789abcdef0123456789abcdef01234567"
    done = vistka("studio", "pull", "Будь-що", LABEL_STUDIO_URL=studio.url, LABEL_STUDIO_API_KEY=secret)
    assert done.returncode == 2
    assert "refused the token" in done.stderr and len(done.stderr.splitlines()) == 1
    assert secret not in done.stdout + done.stderr


def test_a_server_that_is_not_there_and_one_of_another_kind_are_one_line(studio: LabelStudio, vistka: Run) -> None:
    token = studio.secrets[0]
    gone = vistka("studio", "pull", "Х", LABEL_STUDIO_URL="http://127.0.0.1:9", LABEL_STUDIO_API_KEY=token)
    assert gone.returncode == 2 and "cannot be reached" in gone.stderr
    wrong = vistka("studio", "pull", "Х", LABEL_STUDIO_URL=f"{studio.url}/nowhere", LABEL_STUDIO_API_KEY=token)
    assert wrong.returncode == 2 and "LABEL_STUDIO_URL" in wrong.stderr and len(wrong.stderr.splitlines()) == 1


def test_a_project_that_is_not_there_is_named(studio: LabelStudio, vistka: Run) -> None:
    done = vistka("studio", "pull", "Немає такого", **studio.environment)
    assert done.returncode == 2 and "Немає такого" in done.stderr


def test_without_address_and_token_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    with pytest.raises(UsageError, match="LABEL_STUDIO_URL is not set"):
        Server.connect()
    with pytest.raises(UsageError, match="LABEL_STUDIO_API_KEY is not set"):
        Server.connect("http://127.0.0.1:9")


def test_a_pre_annotation_with_errors_is_not_sent(studio: LabelStudio, tmp_path: Path, vistka: Run) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, MARKUP))
    gold = root / "gold" / f"{DOC_ID}.json"
    gold.write_text(gold.read_text("utf-8").replace('"tail": "m1"', '"tail": "m2"'), "utf-8")
    done = vistka("studio", "push", "Хибне", "--from", "gold", "--corpus", root, **studio.environment)
    assert done.returncode == 1 and "nothing sent" in done.stderr
    assert studio.connect().project("Хибне") is None
