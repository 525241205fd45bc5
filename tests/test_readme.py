"""The README is run: its Python as it stands, and its `vistka` commands, over a copy of the corpus."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Run

README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.M | re.S)


def commands() -> list[list[str]]:
    lines = [line for block in blocks("") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("vistka ")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the corpus in it, as a reader has it before the first command."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    shutil.copy(ROOT / "DATASHEET.md", folder)
    return folder


@pytest.fixture(scope="module")
def cut(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose corpus is every eighth document, built: spaCy learns from it in half a minute."""
    folder = tmp_path_factory.mktemp("cut")
    rows = (checkout / "corpus" / "splits.csv").read_text("utf-8").splitlines()
    kept = rows[1::8]
    for name in ("articles", "gold"):
        (folder / "corpus" / name).mkdir(parents=True)
        for doc_id in (row.split(",")[0] for row in kept):
            for path in (checkout / "corpus" / name).glob(f"{doc_id}.*"):
                shutil.copy(path, folder / "corpus" / name)
    (folder / "corpus" / "splits.csv").write_text("\n".join([rows[0], *kept, ""]), "utf-8")
    return folder


def test_every_command_of_the_readme_runs_in_its_order(checkout: Path, vistka: Run) -> None:
    found = [arguments for arguments in commands() if arguments[0] != "bench"]
    assert ["build", "corpus"] in found
    for arguments in found:
        done = vistka(*arguments, cwd=checkout)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)


def test_the_benchmark_of_the_readme_runs_over_a_part_of_the_corpus(cut: Path, vistka: Run) -> None:
    found = [arguments for arguments in commands() if arguments[0] == "bench"]
    assert [arguments[1] for arguments in found] == ["run", "run", "compare", "report"]
    assert vistka("build", "corpus", cwd=cut).returncode == 0
    for arguments in found:
        done = vistka(*arguments, cwd=cut)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        if arguments[1] == "compare":
            assert done.stdout.startswith("crf and spacy, ") and "p = " in done.stdout
    page = (cut / "build" / "report.html").read_text("utf-8")
    assert "<td>crf" in page and "<td>spacy" in page


def test_the_python_of_the_readme_runs_in_one_go(checkout: Path, vistka: Run) -> None:
    if not (checkout / "build" / "dataset").is_dir():
        assert vistka("build", "corpus", cwd=checkout).returncode == 0
    code = "\n".join(blocks("python"))
    assert code.count("load_dataset(") == 4
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "B-" in done.stdout and "→" in done.stdout


def test_the_mistake_of_the_readme_reads_as_the_tool_says_it(checkout: Path, vistka: Run, tmp_path: Path) -> None:
    shutil.copytree(checkout / "corpus", tmp_path / "corpus")
    gold = tmp_path / "corpus" / "gold" / "2025-05-01-sydnannia-fondu-pidpys.json"
    gold.write_text(gold.read_text("utf-8").replace('"text": "Вашингтоні"', '"text": "Вашингтон"', 1), "utf-8")
    done = vistka("validate", "corpus", cwd=tmp_path)
    assert done.returncode == 1
    assert "SP002 error  the surface is «Вашингтон», the text has «Вашингтоні»" in done.stdout


def test_links_of_the_readme_lead_to_files() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert len(links) > 8
    assert [link for link in links if not (ROOT / link).exists()] == []
