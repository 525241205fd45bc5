"""The case files of tests/cases: every rule fails where it should, passes where it should, and alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from conftest import Run
from vistka.cli import main
from vistka.io import decode, encode_line
from vistka.model import Document
from vistka.resources import load_labels
from vistka.validate.rules import RULES
from vistka.validate.runner import validate

CASES = Path(__file__).resolve().parents[1] / "cases"
ALL = sorted(p for folder in CASES.iterdir() if folder.is_dir() for p in folder.iterdir() if p.suffix != ".also")
FAILING = [case for case in ALL if case.name.startswith("fail-")]


def name(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def expected(case: Path) -> set[str]:
    """The codes that a case yields: its own where it fails, and those of its `.also` file."""
    also = case.with_suffix(".also")
    codes = set(also.read_text("utf-8").split()) if also.exists() else set()
    return codes | {case.parent.name} if case.name.startswith("fail-") else codes


def found(path: Path) -> set[str]:
    return {finding.code for finding in validate(path, load_labels())}


def is_record(case: Path) -> bool:
    """Whether a case is one document record that can be decoded."""
    if case.suffix != ".json":
        return False
    try:
        decode(case.read_bytes(), Document)
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize("case", ALL, ids=name)
def test_a_case_yields_its_code_and_no_other(case: Path) -> None:
    assert found(case) == expected(case)


@pytest.mark.parametrize("case", [case for case in ALL if is_record(case)], ids=name)
def test_a_record_is_judged_alike_as_the_line_of_a_shard(case: Path, tmp_path: Path) -> None:
    line = encode_line(decode(case.read_bytes(), Document))
    if case.parent.name in ("SC002", "SC003"):  # faults that only the bytes show
        line = case.read_bytes().replace(b"\n", b" ")
    shard = tmp_path / "one.jsonl"
    shard.write_bytes(line + b"\n")
    assert found(shard) == expected(case)


@pytest.mark.parametrize("case", FAILING, ids=name)
def test_the_command_reports_a_failing_case_and_exits_by_its_severity(
    case: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["vistka", "validate", "--format", "json", str(case)])
    with pytest.raises(SystemExit) as stop:
        main()
    output, errors = capsys.readouterr()
    findings = json.loads(output)
    assert {finding["code"] for finding in findings} == expected(case)
    assert all(finding["severity"] == RULES[finding["code"]].severity for finding in findings)
    assert stop.value.code == (1 if "error" in {RULES[code].severity for code in expected(case)} else 0)
    assert errors == ""


@pytest.mark.parametrize(
    ("case", "code"),
    [("SP004/fail-two-names-share-a-word.json", 1), ("TX005/fail-soft-hyphen.json", 0), ("CO007/fail-no-table", 1)],
)
def test_the_command_in_a_process_of_its_own_reports_a_failing_case(vistka: Run, case: str, code: int) -> None:
    run = vistka("validate", CASES / case, "--format", "json")
    assert {finding["code"] for finding in json.loads(run.stdout)} == expected(CASES / case)
    assert (run.returncode, run.stderr) == (code, "")


@pytest.mark.parametrize("code", RULES)
@pytest.mark.parametrize("kind", ["fail-", "pass-"])
def test_every_rule_has_cases_of_both_kinds(code: str, kind: str) -> None:
    assert [case for case in ALL if case.parent.name == code and case.name.startswith(kind)]


def test_every_folder_of_cases_belongs_to_a_rule() -> None:
    assert {folder.name for folder in CASES.iterdir() if folder.is_dir()} == set(RULES)


def test_every_case_says_whether_it_fails() -> None:
    assert [name(case) for case in ALL if not case.name.startswith(("fail-", "pass-"))] == []


def test_every_list_of_other_codes_belongs_to_a_case_and_names_rules() -> None:
    lists = {path for path in CASES.glob("*/*.also")}
    assert lists <= {case.with_suffix(".also") for case in ALL}
    assert {code for path in lists for code in path.read_text("utf-8").split()} <= set(RULES)
