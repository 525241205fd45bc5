"""The board: rows of seeds, best first, others' lines beside ours, a line that is none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conftest import ROOT
from vistka.bench.board import Result, Value, read_results, tables
from vistka.findings import InputError


def line(system: str, f1: float, seed: int = 0, by: str = "Vistka") -> Result:
    strict = {"micro": Value(f1, f1 - 0.02, f1 + 0.02), "macro": Value(f1 - 0.1)}
    views = {"outermost strict": strict, "outermost partial": {"micro": Value(f1 + 0.05)}}
    command = f"vistka bench run --system {system}" + (f" --seed {seed}" if seed else "")
    return Result("ner", system, command, by, seed, "4b6f6d458914", "test", 168, "gold", {}, views)


def cells(text: str) -> list[list[str]]:
    rows = [row for row in text.splitlines() if row.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]]


def test_the_best_stands_first_and_seeds_make_one_row() -> None:
    found = cells(
        tables([line("crf", 0.8), line("spacy", 0.84), line("spacy", 0.86, 1), line("spacy", 0.85, 2)], "ner")
    )
    assert [row[:3] for row in found] == [
        ["spacy (3 seeds)", "0.850 ± 0.010", "0.820–0.860"],
        ["crf", "0.800", "0.780–0.820"],
    ]
    assert found[0][-1] == "`vistka bench run --system spacy`"


def test_a_figure_that_a_line_lacks_is_a_dash() -> None:
    (row,) = cells(tables([line("crf", 0.8)], "ner"))
    assert row[4:7] == ["–", "0.850", "–"]  # boundaries, partial, label


def test_a_line_of_somebody_else_says_whose_it_is() -> None:
    found = cells(tables([line("crf", 0.8), line("crf", 0.9, by="Хтось")], "ner"))
    assert [row[0] for row in found] == ["crf, Хтось", "crf"]


def test_other_data_have_a_table_of_their_own() -> None:
    other = msgspec.structs.replace(line("crf", 0.7), data_version="000000000000")
    assert tables([line("crf", 0.8), other], "ner").count("| system |") == 2


@pytest.mark.parametrize("bad", ["{", '{"task": "ner"}', '{"task": "chess"}'])
def test_a_line_that_is_none_is_named(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(msgspec.json.encode(line("crf", 0.8)) + b"\n" + bad.encode() + b"\n")
    with pytest.raises(InputError, match=r"results.jsonl:2: no result"):
        read_results(path)


def test_the_committed_lines_are_of_the_committed_corpus() -> None:
    from vistka.bench.data import load

    found = read_results(ROOT / "benchmarks" / "results.jsonl")
    assert {one.data_version for one in found if one.by == "Vistka"} == {load(str(ROOT / "corpus")).version}
    assert {(one.task, one.system) for one in found} >= {
        *(("ner", name) for name in ("gazetteer", "crf", "crf:morph", "spacy")),
        *((task, name) for task in ("relations", "stance") for name in ("majority", "logistic")),
    }
    assert {one.seed for one in found if one.system == "spacy"} == {0, 1, 2}
