"""Findings as JSON, SARIF and text; the choice of rules; line and column in the article."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from builders import DOC_ID, MARKUP, as_json, document, write_corpus
from conftest import Run
from vistka import __version__
from vistka.io import decode, encode_line
from vistka.model import Document
from vistka.validate.rules import RULES

from .conftest import Command

SPLITS = f"doc_id,split\n{DOC_ID},train\n"
LINES = """🌾 Перший рядок.
👩\u200d🚀 Хосе\u0301 летить до {Киє|LOC|kyiv}ва.
%% entities
kyiv = Київ
"""
"""Counted by hand: the first line has 15 code points and its newline. In the second the emoji takes columns 1 to 3,
«Хосе» with its accent 5 to 9, «летить» 11 to 16, «до» 18 and 19: the mention begins in column 21, at offset 16 + 20."""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of one document with a finding in its gold: SP007 in line 2, column 21."""
    return write_corpus(tmp_path / "corpus", (DOC_ID, LINES), splits=SPLITS)


def sarif(output: str) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = json.loads(output)["runs"][0]["results"]
    return results


# --- line and column ------------------------------------------------------------------------------------------


def test_line_and_column_count_code_points_after_emoji_and_accents(command: Command, corpus: Path) -> None:
    (finding,) = command("validate", corpus, "--format", "json", "--ignore", "CO").findings
    assert (finding["code"], finding["line"], finding["column"]) == ("SP007", 2, 21)
    assert finding["span"] == [36, 39]


def test_the_column_of_a_finding_at_the_start_of_a_line_is_1(command: Command, tmp_path: Path) -> None:
    markup = "Перший рядок.\n{Киє|LOC|kyiv}ва.\n%% entities\nkyiv = Київ\n"
    write_corpus(tmp_path / "corpus", (DOC_ID, markup), splits=SPLITS)
    (finding,) = command("validate", tmp_path / "corpus", "--format", "json", "--ignore", "CO").findings
    assert (finding["line"], finding["column"]) == (2, 1)


def test_findings_of_a_document_come_in_text_order(command: Command, tmp_path: Path) -> None:
    value = as_json(document("{Київ|LOC|a}\u00ad і {Львів|LOC|b}\u202e.\u00ad\n%% entities\na = Київ\nb = Львів\n"))
    (tmp_path / "doc.json").write_text(json.dumps(value), encoding="utf-8")
    found = command("validate", tmp_path / "doc.json", "--format", "json").findings
    assert [(f["code"], f["column"]) for f in found] == [("TX005", 5), ("TX004", 14), ("TX005", 16)]


# --- JSON -----------------------------------------------------------------------------------------------------


def test_json_says_all_that_is_known_of_a_finding(command: Command, corpus: Path) -> None:
    (finding,) = command("validate", corpus, "--format", "json", "--select", "SP007").findings
    assert finding.pop("message") == "«Киє» has an edge inside «Києва»; take the whole word or leave it"
    assert finding == {
        "code": "SP007",
        "severity": "error",
        "doc_id": DOC_ID,
        "path": str(corpus / "gold" / f"{DOC_ID}.json"),
        "record": None,
        "pointer": "/mentions/0",
        "span": [36, 39],
        "line": 2,
        "column": 21,
    }


def test_json_of_a_clean_corpus_is_an_empty_list(command: Command, tmp_path: Path) -> None:
    (tmp_path / "docs.jsonl").write_bytes(encode_line(document()))
    outcome = command("validate", tmp_path / "docs.jsonl", "--format", "json")
    assert (outcome.code, json.loads(outcome.output), outcome.errors) == (0, [], "")


# --- SARIF ----------------------------------------------------------------------------------------------------


def test_sarif_names_version_tool_and_every_rule(command: Command, corpus: Path) -> None:
    log = json.loads(command("validate", corpus, "--format", "sarif").output)
    (run,) = log["runs"]
    assert (log["version"], run["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    assert log["$schema"].endswith("sarif-2.1.0.json")
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("vistka", __version__)
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    assert all(rule["shortDescription"]["text"] and rule["fullDescription"]["text"] for rule in driver["rules"])
    assert {r["id"]: r["defaultConfiguration"]["level"] for r in driver["rules"]} == {
        code: rule.severity for code, rule in RULES.items()
    }


def test_sarif_points_at_the_article_for_a_span_of_the_gold(command: Command, corpus: Path) -> None:
    outcome = command("validate", corpus, "--format", "sarif", "--select", "SP007")
    (result,) = sarif(outcome.output)
    (location,) = result["locations"]
    physical = location["physicalLocation"]
    assert (outcome.code, result["ruleId"], result["level"]) == (1, "SP007", "error")
    assert physical["artifactLocation"]["uri"] == (corpus / "articles" / f"{DOC_ID}.txt").as_posix()
    assert physical["region"] == {"startLine": 2, "startColumn": 21}
    assert location["logicalLocations"] == [{"fullyQualifiedName": f"{DOC_ID}#/mentions/0"}]
    assert "Києва" in result["message"]["text"]


def test_sarif_points_at_the_article_for_a_span_of_a_second_annotator(command: Command, corpus: Path) -> None:
    path = corpus / "annotations" / "olena" / f"{DOC_ID}.json"
    path.parent.mkdir(parents=True)
    (corpus / "gold" / f"{DOC_ID}.json").rename(path)
    (result,) = sarif(command("validate", corpus, "--format", "sarif", "--select", "SP007").output)
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == (corpus / "articles" / f"{DOC_ID}.txt").as_posix()
    assert physical["region"] == {"startLine": 2, "startColumn": 21}


def test_sarif_points_into_the_file_itself_for_a_fault_of_its_json(command: Command, corpus: Path) -> None:
    path = corpus / "gold" / f"{DOC_ID}.json"
    path.write_text('{\n "schema":, \n}', encoding="utf-8")
    (result,) = sarif(command("validate", corpus, "--format", "sarif", "--select", "SC001").output)
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == path.as_posix()
    assert physical["region"] == {"startLine": 2, "startColumn": 11}


def test_sarif_points_at_the_line_of_a_shard(command: Command, tmp_path: Path) -> None:
    lines = [encode_line(document(MARKUP, "2025-05-01-a", story="a")), encode_line(document(LINES))]
    (tmp_path / "docs.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (result,) = sarif(command("validate", tmp_path / "docs.jsonl", "--format", "sarif").output)
    physical = result["locations"][0]["physicalLocation"]
    assert result["ruleId"] == "SP007"
    assert physical["artifactLocation"]["uri"] == (tmp_path / "docs.jsonl").as_posix()
    assert physical["region"]["startLine"] == 2
    assert physical["region"].get("startColumn", 1) == 1


def test_sarif_gives_no_line_of_the_article_as_one_of_a_record(command: Command, tmp_path: Path) -> None:
    (tmp_path / "doc.json").write_bytes(encode_line(document(LINES)))
    (result,) = sarif(command("validate", tmp_path / "doc.json", "--format", "sarif").output)
    assert result["ruleId"] == "SP007"
    assert result["locations"][0]["physicalLocation"].get("region", {}).get("startLine", 1) == 1


def test_sarif_writes_a_path_as_a_uri(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "мої записи" / "doc 100%.json"
    path.parent.mkdir()
    path.write_bytes(b"{")
    (result,) = sarif(command("validate", path, "--format", "sarif").output)
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert " " not in uri
    assert unquote(uri) == path.as_posix()


def test_sarif_of_a_warning_says_so_and_the_command_exits_0(command: Command, tmp_path: Path) -> None:
    (tmp_path / "doc.json").write_bytes(encode_line(document("Ки\u00adїв чекає.\n%% entities\n")))
    outcome = command("validate", tmp_path / "doc.json", "--format", "sarif")
    assert outcome.code == 0
    assert [(r["ruleId"], r["level"]) for r in sarif(outcome.output)] == [("TX005", "warning")]


# --- text -----------------------------------------------------------------------------------------------------


def test_the_human_form_is_a_line_a_finding_and_a_count(vistka: Run, corpus: Path) -> None:
    run = vistka("validate", corpus, "--select", "SP")
    place = f"{corpus / 'gold' / DOC_ID}.json:2:21"
    message = "«Киє» has an edge inside «Києва»; take the whole word or leave it"
    assert run.returncode == 1
    assert run.stdout == f"{place}  SP007 error  {message}  /mentions/0\n"
    assert run.stderr == f"{corpus}: 1 error, 0 warnings\n"


def test_the_human_form_names_the_line_of_a_shard(vistka: Run, tmp_path: Path) -> None:
    (tmp_path / "docs.jsonl").write_bytes(b"\n" + encode_line(document(LINES)) + b"\n")
    run = vistka("validate", tmp_path / "docs.jsonl")
    assert run.stdout.startswith(f"{tmp_path / 'docs.jsonl'}:#2:2:21  SP007 error")


def test_the_human_form_takes_brackets_in_a_text_for_themselves(vistka: Run, tmp_path: Path) -> None:
    value = as_json(document("{Київ|LOC|kyiv} [bold] чекає.\n%% entities\nkyiv = Київ\n"))
    value["mentions"][0]["text"] = "[bold]"
    (tmp_path / "doc.json").write_text(json.dumps(value), encoding="utf-8")
    assert "«[bold]»" in vistka("validate", tmp_path / "doc.json").stdout


# --- the choice of rules --------------------------------------------------------------------------------------


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A shard with TX005 (a warning), CO001 and CO010."""
    docs = [
        document("Ки\u00adїв чекає.\n%% entities\n", "2025-05-01-a", "train", topic="weather"),
        document("Львів чекає.\n%% entities\n", "2025-05-01-b", "train"),
        document("Одеса чекає.\n%% entities\n", "2025-05-01-c", "validation", story="odesa"),
        document("Харків чекає.\n%% entities\n", "2025-05-01-d", "test"),
    ]
    path = tmp_path / "docs.jsonl"
    path.write_bytes(b"".join(encode_line(doc) + b"\n" for doc in docs))
    assert all(decode(line, Document) for line in path.read_bytes().splitlines())
    return path


@pytest.mark.parametrize(
    ("options", "codes", "exit_code"),
    [
        ([], ["CO001", "TX005", "CO010"], 1),
        (["--select", "CO010"], ["CO010"], 1),
        (["--select", "co010,tx005"], ["TX005", "CO010"], 1),
        (["--select", "CO"], ["CO001", "CO010"], 1),
        (["--select", "CO, TX"], ["CO001", "TX005", "CO010"], 1),
        (["--select", "TX"], ["TX005"], 0),
        (["--select", "LK"], [], 0),
        (["--ignore", "CO"], ["TX005"], 0),
        (["--ignore", "CO001,TX"], ["CO010"], 1),
        (["--select", "CO", "--ignore", "CO010"], ["CO001"], 1),
        (["--select", "CO010", "--ignore", "CO"], [], 0),
    ],
)
def test_select_and_ignore_take_codes_and_families(
    command: Command, faulty: Path, options: list[str], codes: list[str], exit_code: int
) -> None:
    outcome = command("validate", faulty, "--format", "json", *options)
    assert (outcome.codes, outcome.code) == (codes, exit_code)


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize("codes", ["XX001", "SP999", "SP,XX", "TX5", "й"])
def test_an_unknown_code_is_one_line_and_exit_2(command: Command, faulty: Path, option: str, codes: str) -> None:
    outcome = command("validate", faulty, option, codes)
    assert (outcome.code, outcome.output, outcome.errors.count("\n")) == (2, "", 1)
    assert "vistka rules" in outcome.errors


def test_an_unknown_format_is_exit_2(command: Command, faulty: Path) -> None:
    outcome = command("validate", faulty, "--format", "xml")
    assert (outcome.code, outcome.output) == (2, "")
