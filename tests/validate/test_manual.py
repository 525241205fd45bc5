"""Every rule's docstring is its manual entry, and the command shows it."""

from __future__ import annotations

import json
import re

import pytest

from vistka.validate.base import LEVELS
from vistka.validate.rules import RULES

from .conftest import Command


@pytest.mark.parametrize("code", RULES)
def test_a_manual_entry_has_a_title_a_passing_and_a_failing_example(code: str) -> None:
    lines = RULES[code].manual.splitlines()
    assert re.fullmatch(r"[A-Za-z].{5,98}\.", lines[0])
    assert lines[1] == ""
    examples = [line.split(":", 1)[0] for line in lines if re.match(r"(Passes|Fails): \S", line)]
    assert examples == ["Passes", "Fails"]
    assert lines.index(next(line for line in lines if line.startswith("Passes:"))) >= 2


@pytest.mark.parametrize("code", RULES)
def test_a_rule_has_a_code_a_level_and_a_severity(code: str) -> None:
    rule = RULES[code]
    assert rule.code == code
    assert re.fullmatch(r"(FL|SC|TX|SP|LK|ST|CO)[0-9]{3}", code)
    assert rule.level in LEVELS
    assert rule.severity in ("error", "warning")


def test_titles_tell_the_rules_apart() -> None:
    assert len({rule.title for rule in RULES.values()}) == len(RULES)


def test_the_command_lists_every_rule_on_a_line(command: Command) -> None:
    outcome = command("rules")
    lines = [line for line in outcome.output.splitlines() if "  studio  " not in line and "  predictions  " not in line]
    assert (outcome.code, outcome.errors) == (0, "")
    assert [line.split()[:3] for line in lines] == [[r.code, r.severity, r.level] for r in RULES.values()]
    assert all(line.endswith(rule.title) for line, rule in zip(lines, RULES.values()))


@pytest.mark.parametrize("code", ["SP002", "sp002"])
def test_the_command_prints_the_entry_of_a_rule(command: Command, code: str) -> None:
    outcome = command("rules", code)
    assert outcome.code == 0
    assert outcome.output.startswith("SP002 (error, level spans)\n\nA span's surface is not what the text says there.")
    assert 'Passes: {"start": 0, "end": 4, "text": "Київ"}' in outcome.output
    assert 'Fails: {"start": 1, "end": 5, "text": "Київ"}' in outcome.output


def test_the_command_gives_the_catalogue_as_json(command: Command) -> None:
    listed = json.loads(command("rules", "--format", "json").output)
    entries = [entry for entry in listed if entry["level"] not in ("studio", "predictions")]
    assert {entry["code"]: entry["manual"] for entry in entries} == {c: rule.manual for c, rule in RULES.items()}
    (entry,) = json.loads(command("rules", "TX005", "--format", "json").output)
    assert (entry["code"], entry["level"], entry["severity"]) == ("TX005", "spans", "warning")


@pytest.mark.parametrize("code", ["XX001", "SP", "SP0002", "й"])
def test_an_unknown_code_is_one_line_and_exit_2(command: Command, code: str) -> None:
    outcome = command("rules", code)
    assert (outcome.code, outcome.output, outcome.errors.count("\n")) == (2, "", 1)
    assert code in outcome.errors
