"""vistka agree on a corpus folder with two passes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from builders import DOC_ID, MARKUP, write_corpus
from vistka.cli import vistka as command
from vistka.convert.inline import parse
from vistka.findings import InputError
from vistka.io import canonical


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    root = write_corpus(tmp_path / "corpus", splits=f"doc_id,split\n{DOC_ID},train\n")
    other = MARKUP.replace("{Прем'єрка|JOB}", "Прем'єрка")
    other = other.replace("Юлія Свириденко | HOLDS_POSITION | Прем'єрка\nПрем'єрка | POSITION_IN | України\n", "")
    for name, markup in (("first", MARKUP), ("<b>друга</b>", other)):
        folder = root / "annotations" / name.replace("/", "")
        folder.mkdir(parents=True)
        (folder / f"{DOC_ID}.json").write_bytes(canonical(parse(markup, DOC_ID)[1]))
    return root


def run(corpus: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["agree", *arguments, "--corpus", str(corpus)], standalone_mode=False)


def test_the_table_says_what_each_has_and_what_both_have(corpus: Path) -> None:
    result = run(corpus, "first", "<b>друга<b>")
    assert result.exception is None
    line = next(line for line in result.output.splitlines() if line.split()[:3] == ["F1", "exact", "all"])
    assert line.split()[3:] == ["0.909", "0.909–0.909", "6", "5", "5"]


def test_json_has_every_figure_with_its_interval_and_counts(corpus: Path) -> None:
    found = json.loads(run(corpus, "first", "<b>друга<b>", "--format", "json").output)
    assert (found["documents"], found["resamples"], found["seed"]) == (1, 1000, 0)
    job = next(f for f in found["figures"] if (f["measure"], f["label"]) == ("F1 exact", "JOB"))
    assert (job["value"], job["first"], job["second"], job["both"]) == (0.0, 1, 0, 0)


def test_the_page_asks_nobody_and_escapes_what_comes_from_outside(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "agreement.html"
    result = run(corpus, "first", "<b>друга<b>", "--format", "html", "--out", str(out))
    assert result.exception is None
    page = out.read_text("utf-8")
    assert "<b>" not in page and "&lt;b&gt;друга&lt;b&gt;" in page
    assert not {"http:", "https:", "<script", "@import"} & set(page.replace("'", " ").replace('"', " ").split())
    assert page.count("<table>") == page.count("</table>") == 5
    assert "0.909" in page


def test_gold_is_compared_like_any_pass(corpus: Path) -> None:
    result = run(corpus, "gold", "first")
    assert result.exception is None
    assert "1.000" in result.output


def test_an_unknown_annotator_is_named_with_those_there_are(corpus: Path) -> None:
    assert "no annotator 'third'; there are gold, <b>друга<b>, first" in str(run(corpus, "gold", "third").exception)


def test_a_pass_with_errors_is_not_compared(corpus: Path) -> None:
    path = corpus / "annotations" / "first" / f"{DOC_ID}.json"
    path.write_text(path.read_text("utf-8").replace('"tail": "m1"', '"tail": "m99"'), encoding="utf-8")
    error = run(corpus, "gold", "first").exception
    assert isinstance(error, InputError)
    assert [f.code for f in error.findings] == ["LK002"]
