"""The command: a run's folder, scores of it again, comparison, learning curve, maps, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from builders import MARKUP, write_corpus
from conftest import Run
from vistka.bench.maps import backwards
from vistka.bench.run import blank, read_run
from vistka.cli import vistka as command
from vistka.corpus import Corpus
from vistka.findings import VistkaError

SPLITS = "doc_id,split\n2025-05-01-a,train\n2025-05-02-b,train\n2025-05-03-c,test\n2025-05-04-d,test\n"
OTHER = MARKUP.replace("{Києва|LOC|kyiv}", "{Одеси|LOC|odesa}").replace("kyiv = ", "odesa = Одеса\nkyiv = ")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    pairs = zip(SPLITS.split()[1:], (MARKUP, MARKUP, MARKUP, OTHER))
    documents = [(line.split(",")[0], markup) for line, markup in pairs]
    return write_corpus(tmp_path / "corpus", *documents, splits=SPLITS)


def bench(*arguments: object) -> Result:
    return CliRunner().invoke(command, ["bench", *map(str, arguments)], standalone_mode=False)


def ran(corpus: Path, system: str = "gazetteer", *more: object) -> Path:
    out = corpus.parent / "runs" / system.replace(":", "-")
    result = bench("run", "--system", system, "--data", corpus, "--out", out, *more)
    assert result.exception is None, result.exception
    return out


def test_a_run_leaves_predictions_a_record_and_scores(corpus: Path) -> None:
    record, scores = read_run(ran(corpus))
    assert (record.system, record.train_documents, record.evaluate_documents) == ("gazetteer", 2, 2)
    assert record.train_seconds >= 0 and record.documents_per_second > 0 and record.peak_memory_mb > 10
    # Of seven mentions in each test document all but Одеса were seen in training.
    line = scores.views["outermost strict"][0]
    assert (line.gold, line.predicted, line.found) == (12, 11, 11)
    faults = [(e.kind, e.gold) for e in scores.errors.examples] if scores.errors else []
    assert [kind for kind, _ in faults] == ["missed"]


def test_scoring_the_folder_again_gives_the_same(corpus: Path) -> None:
    out = ran(corpus)
    again = bench("score", out, "--data", corpus, "--format", "json")
    assert json.loads(again.output)["views"] == json.loads((out / "scores.json").read_text("utf-8"))["views"]


def test_a_system_sees_nothing_of_what_it_is_to_find(corpus: Path) -> None:
    doc = next(iter(Corpus(corpus).documents()))
    assert (blank("ner", doc).mentions, blank("ner", doc).entities) == ((), ())
    assert (blank("relations", doc).mentions, blank("relations", doc).relations) == (doc.mentions, ())
    assert {s.polarity for s in blank("stance", doc).stances} == {""}


def test_an_old_run_is_replaced_and_anything_else_refused(corpus: Path) -> None:
    out = ran(corpus)
    assert ran(corpus) == out
    (out / "run.json").unlink()
    (out / "нотатки.txt").write_text("важливе", "utf-8")
    result = bench("run", "--system", "gazetteer", "--data", corpus, "--out", out)
    assert "is no run of ours" in str(result.exception)
    assert (out / "нотатки.txt").read_text("utf-8") == "важливе"


def test_a_run_that_fails_leaves_nothing(corpus: Path) -> None:
    out = corpus.parent / "runs" / "x"
    result = bench("run", "--system", f"predictions:{corpus / 'splits.csv'}", "--data", corpus, "--out", out)
    assert isinstance(result.exception, VistkaError)
    assert list(out.parent.iterdir()) == []


def test_a_learning_curve_has_a_point_a_size(corpus: Path) -> None:
    record, _ = read_run(ran(corpus, "gazetteer", "--train-size", "50%,100%"))
    assert [point.documents for point in record.curve] == [1, 2]
    assert record.curve[-1].f1 == pytest.approx(2 * 11 / 23)


def test_a_coarser_set_scores_both_sides_and_says_what_it_leaves_out(corpus: Path) -> None:
    record, scores = read_run(ran(corpus, "gazetteer", "--project", "conll2003"))
    assert {line.label for line in scores.views["outermost strict"]} == {"micro", "macro", "weighted", "PER", "LOC"}
    assert record.dropped == {"gold JOB": 2, "predicted JOB": 2}


def test_a_map_brings_a_models_labels_to_ours(corpus: Path, tmp_path: Path) -> None:
    out = ran(corpus)
    path = tmp_path / "чужі.jsonl"
    text = (out / "predictions.jsonl").read_text("utf-8")
    path.write_text(text.replace('"LOC"', '"GPE"').replace('"JOB"', '"TITLE"'), "utf-8")
    refused = bench("score", path, "--data", corpus)
    assert "errors" in str(refused.exception)
    (tmp_path / "map.json").write_text('{"GPE": "LOC", "TITLE": null}', "utf-8")
    result = bench("score", path, "--data", corpus, "--map", tmp_path / "map.json")
    assert result.exception is None
    assert "left out for want of a counterpart: 2 predicted TITLE" in result.output
    assert "leads to it from no label: 4 gold PERS" in result.output
    assert "leads to it from no label: 2 gold JOB" in result.output


def test_a_shipped_map_reads_a_models_labels_backwards() -> None:
    assert backwards("ner-uk")["MISC"] == "MISC"  # EVENT is MISC there too
    assert backwards("slavicner")["PRO"] is None  # DOC or ART
    assert backwards("nerel")["PERSON"] == "PERS"


def test_a_comparison_tells_the_difference_and_its_p_value(corpus: Path) -> None:
    one, two = ran(corpus, "gazetteer"), ran(corpus, "gazetteer:lemma")
    found = json.loads(bench("compare", one, two, "--format", "json").output)
    assert found["names"] == ["gazetteer", "gazetteer:lemma"]
    micro = found["views"]["outermost strict"][0]
    assert micro["difference"] == pytest.approx(micro["first"] - micro["second"])
    same = json.loads(bench("compare", one, one, "--format", "json").output)
    assert {line["p"] for line in same["views"]["outermost strict"]} == {1.0}


def test_runs_over_other_data_are_not_compared(corpus: Path) -> None:
    one = ran(corpus)
    gold = corpus / "gold" / "2025-05-03-c.json"
    gold.write_text(gold.read_text("utf-8").replace("Q1899", "Q2"), "utf-8")
    assert "version" in str(bench("compare", one, one, "--data", corpus).exception)
    two = corpus.parent / "runs" / "two"
    bench("run", "--system", "gazetteer", "--data", corpus, "--out", two)
    assert "differ in data_version" in str(bench("compare", one, two, "--data", corpus).exception)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "--system", "unheard-of"), "there are gazetteer"),
        (("run", "--system", "majority"), "no system of that name for ner"),
        (("run", "--system", "gazetteer", "--eval", "dev"), "no documents in the split 'dev'"),
        (("run", "--system", "gazetteer", "--train-size", "0%"), "shares of the training documents"),
        (("run", "--system", "gazetteer", "--project", "conll"), "there are conll2003"),
        (("run", "--system", "gazetteer", "--map", "/немає.json"), "cannot be read"),
        (("score", "/немає.jsonl"), "no such file"),
        (("report", "/немає", "--out", "/tmp/x.html"), "`vistka bench run` makes one"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(corpus: Path, arguments: tuple[str, ...], says: str) -> None:
    data = () if arguments[0] == "report" else ("--data", corpus)
    assert says in str(bench(*arguments, *data).exception)


def test_data_that_is_none_is_one_line(corpus: Path) -> None:
    result = bench("run", "--system", "gazetteer", "--data", "nobody/nothing")
    assert "nobody/nothing" in str(result.exception) and "\n" not in str(result.exception)


@pytest.mark.parametrize(("name", "scope"), [("g.conll", "outermost"), ("g.spacy", "outermost"), ("brat", "all")])
def test_gold_exported_in_another_tools_form_scores_one(tmp_path: Path, vistka: Run, name: str, scope: str) -> None:
    out = tmp_path / name
    done = vistka("export", "corpus", "--split", "test", "--out", out)
    assert done.stdout == f"{out}: 48 documents\n", done.stderr
    done = vistka("bench", "score", out, "--data", "corpus", "--format", "json")
    assert done.returncode == 0, done.stderr
    views = json.loads(done.stdout)["views"]
    assert {line["f1"] for view, lines in views.items() if view.startswith(scope) for line in lines} == {1.0}


def test_an_export_of_brat_files_overwrites_nothing(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "brat"
    out.mkdir()
    (out / "нотатки.ann").write_text("T1", "utf-8")
    result = CliRunner().invoke(command, ["export", str(corpus), "--out", str(out)], standalone_mode=False)
    assert "name a new folder" in str(result.exception)
    assert (out / "нотатки.ann").read_text("utf-8") == "T1"


def test_a_run_on_other_data_is_not_scored_as_it_stands(corpus: Path) -> None:
    out = ran(corpus)
    gold = corpus / "gold" / "2025-05-03-c.json"
    gold.write_text(gold.read_text("utf-8").replace("Q1899", "Q2"), "utf-8")
    assert "was run on data version" in str(bench("score", out, "--data", corpus).exception)
    assert bench("score", out / "predictions.jsonl", "--data", corpus).exception is None


def test_a_model_out_of_memory_is_one_line(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vistka.bench.systems.gazetteer_system import Gazetteer

    def train(self: Gazetteer, documents: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Gazetteer, "train", train)
    result = bench("run", "--system", "gazetteer", "--data", corpus, "--out", corpus.parent / "x")
    assert "out of memory" in str(result.exception) and "\n" not in str(result.exception)
    assert not (corpus.parent / "x").exists()


def test_relations_run_from_gold_and_from_predicted_mentions(corpus: Path) -> None:
    tagged = ran(corpus)
    _, from_gold = read_run(ran(corpus, "majority", "--task", "relations"))
    line = from_gold.views["strict"][0]
    # Each test document says twice what training said twice: HOLDS_POSITION and POSITION_IN.
    assert (line.gold, line.found, line.f1) == (4, 4, 1.0)
    assert from_gold.candidates == (4, 4)
    assert from_gold.views["ign"][0].gold == 0  # nothing that training does not hold
    record, found = read_run(ran(corpus, "majority", "--task", "relations", "--mentions", tagged))
    assert record.mentions == str(tagged)
    assert found.views["strict"][0].f1 == 1.0  # the mentions that it lacks, Одеса, bear no relation


def test_stances_run_with_their_spans_given(corpus: Path) -> None:
    record, scores = read_run(ran(corpus, "majority", "--task", "stance"))
    assert {line.label: line.f1 for line in scores.views["tuple"]} == {"micro": 1.0, "F_avg": 1.0, "support": 1.0}
    assert scores.views["graph"][0].f1 == 1.0
    told = (corpus.parent / "runs" / "majority" / "predictions.jsonl").read_text("utf-8")
    assert record.task == "stance" and told.count('"polarity":"support"') == 2


@pytest.mark.parametrize("option", [("--mentions", "x"), ("--project", "conll2003")])
def test_options_of_another_task_are_refused(corpus: Path, option: tuple[str, str]) -> None:
    result = bench("run", "--task", "stance", "--system", "majority", "--data", corpus, *option)
    assert option[0] in str(result.exception)


def test_the_page_of_relations_says_what_candidate_pairs_hold(corpus: Path) -> None:
    out = ran(corpus, "majority", "--task", "relations")
    page = corpus.parent / "звіт.html"
    assert bench("report", out, "--out", page).exception is None
    assert "Candidate pairs hold 4 of 4 gold relations" in page.read_text("utf-8")


def test_runs_of_several_tasks_have_no_page_together(corpus: Path) -> None:
    one, two = ran(corpus), ran(corpus, "majority", "--task", "stance")
    assert "differ in task" in str(bench("report", one, two, "--out", corpus / "x.html").exception)
