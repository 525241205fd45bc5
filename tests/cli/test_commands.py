"""The command as people and scripts meet it: exit codes, one-line errors, what each verb writes."""

from __future__ import annotations

import csv
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from builders import MARKUP, document, write_corpus
from small import MARKUPS, NBSP, edit_metadata, small_corpus, small_documents, tree
from vistka.cli import VERBS
from vistka.convert.inline import render
from vistka.corpus import Corpus
from vistka.io import read_shard, write_shard
from vistka.stats import Stats

Run = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The small corpus, to be changed at will."""
    return small_corpus(tmp_path / "corpus")


def is_one_line(done: subprocess.CompletedProcess[str]) -> bool:
    return done.stderr.startswith("vistka: ") and done.stderr.count("\n") == 1


def table(path: Path) -> dict[str, str]:
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    assert rows[0] == ["doc_id", "split"]
    return {doc_id: split for doc_id, split in rows[1:]}


def many_stories(root: Path, count: int) -> Path:
    """A corpus folder of documents of as many stories, with no splits."""
    markups = [(f"2025-05-{i:02d}-d{i}", _text(i)) for i in range(1, count + 1)]
    write_corpus(root, *markups)
    for doc_id, _ in markups:
        edit_metadata(root, doc_id, story=doc_id[11:])
    return root


def _text(number: int) -> str:
    words = " ".join(f"слово{number * 50 + i}" for i in range(12))
    return f"{{Київ|LOC|k}} {words}.\n%% entities\nk = Київ\n"


# --- the command itself ---------------------------------------------------------------------------------------


def test_help_lists_every_verb_with_its_line(vistka: Run) -> None:
    done = vistka("--help")
    assert done.returncode == 0
    listed = dict(line.split(None, 1) for line in done.stdout.split("Commands:\n")[1].splitlines())
    assert listed == VERBS


def test_every_verb_has_a_file_and_every_file_is_a_verb() -> None:
    folder = ROOT / "src" / "vistka" / "cli"
    assert {path.stem.removesuffix("_verb") for path in folder.glob("*_verb.py")} == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str, vistka: Run) -> None:
    done = vistka(verb, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ") and f" {verb} " in done.stdout.splitlines()[0]
    command = importlib.import_module(f"vistka.cli.{verb}_verb").command
    assert command.name == verb
    assert command.help and " ".join(command.help.split()[:4]) in " ".join(done.stdout.split())


def test_every_option_has_a_help_text() -> None:
    silent = [
        f"{verb} {param.name}"
        for verb in VERBS
        for command in _commands(importlib.import_module(f"vistka.cli.{verb}_verb").command)
        for param in command.params
        if isinstance(param, click.Option) and not param.help and param.name not in ("corpus", "labels")
    ]
    assert silent == []


def _commands(command: click.Command) -> list[click.Command]:
    if isinstance(command, click.Group):
        return [inner for sub in command.commands.values() for inner in _commands(sub)]
    return [command]


def test_the_version_is_that_of_the_package(vistka: Run) -> None:
    import vistka as package

    assert vistka("--version").stdout.strip().endswith(package.__version__)


def test_help_imports_no_heavy_library() -> None:
    code = (
        "import sys\n"
        "from vistka.cli import vistka\n"
        "vistka(['--help'], standalone_mode=False)\n"
        "print(*sorted({'numpy', 'pyarrow', 'datasets', 'rich', 'jsonschema', 'rensa'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nosuchverb"],
        ["validate"],
        ["validate", "corpus", "--nosuch"],
        ["validate", "corpus", "--format", "xml"],
        ["build", "--workers", "0"],
        ["picture", "--characters", "0"],
        ["export", "corpus"],
    ],
)
def test_a_wrong_call_is_exit_code_2_and_no_traceback(arguments: list[str], vistka: Run) -> None:
    done = vistka(*arguments)
    assert done.returncode == 2
    assert "Error:" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_is_there(shell: str) -> None:
    command = Path(sys.executable).with_name("vistka")
    environment = {**os.environ, "_VISTKA_COMPLETE": f"{shell}_source"}
    done = subprocess.run([command], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "_VISTKA_COMPLETE" in done.stdout and "vistka" in done.stdout


def test_shell_completion_knows_the_verbs() -> None:
    command = Path(sys.executable).with_name("vistka")
    environment = {**os.environ, "_VISTKA_COMPLETE": "bash_complete", "COMP_WORDS": "vistka s", "COMP_CWORD": "1"}
    done = subprocess.run([command], env=environment, capture_output=True, text=True)
    assert [line.split(",")[1] for line in done.stdout.splitlines()] == ["split", "stats", "studio", "schema"]


# --- paths that are wrong -------------------------------------------------------------------------------------

TAKES_PATH = [
    ["validate", "{}"],
    ["split", "{}"],
    ["build", "{}", "--out", "out"],
    ["stats", "{}"],
    ["export", "{}", "--out", "out.jsonl"],
    ["format", "{}"],
    ["inline", "parse", "{}"],
    ["inline", "render", "2025-05-01-train", "--corpus", "{}"],
    ["picture", "--corpus", "{}"],
    ["validate", ".", "--labels", "{}"],
]


@pytest.mark.parametrize("call", TAKES_PATH, ids=" ".join)
@pytest.mark.parametrize("name", ["nowhere", "nowhere.jsonl"])
def test_an_unknown_path_is_one_line_and_exit_code_2(call: list[str], name: str, vistka: Run, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    done = vistka(*(part.format(name) for part in call), cwd=tmp_path)
    assert done.returncode == 2
    assert is_one_line(done), done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["articles"]


@pytest.mark.parametrize(
    "call",
    [
        ["inline", "parse", "folder", "--doc-id", "2025-05-01-train", "--corpus", "corpus"],
        ["validate", "corpus", "--labels", "folder"],
        ["stats", "corpus", "--update", "folder"],
        ["build", "folder", "--out", "out"],
        ["export", "folder", "--out", "out.jsonl"],
        ["validate", "folder"],
        ["split", "folder"],
        ["export", "corpus", "--out", "folder.jsonl"],
        ["split", "corpus", "--out", "folder"],
        ["picture", "2025-05-01-train", "--corpus", "corpus", "--out", "folder"],
        ["inline", "render", "2025-05-01-train", "--corpus", "corpus", "--out", "folder"],
        ["validate", "folder.jsonl/x.json"],
    ],
    ids=" ".join,
)
def test_a_folder_in_place_of_a_file_is_one_line(call: list[str], vistka: Run, tmp_path: Path) -> None:
    small_corpus(tmp_path / "corpus")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.jsonl").mkdir()
    before = tree(tmp_path)
    done = vistka(*call, cwd=tmp_path)
    assert done.returncode == (1 if call == ["split", "corpus", "--out", "folder"] else 2)  # there it is a faulty table
    assert is_one_line(done), done.stderr
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "call",
    [
        ["build", "corpus", "--out", "out"],
        ["export", "corpus", "--out", "out.jsonl"],
        ["split", "corpus"],
        ["stats", "corpus"],
        ["format", "corpus"],
        ["inline", "render", "2025-05-01-train"],
        ["picture", "2025-05-01-train"],
        ["inline", "parse", "2025-05-01-train.inline"],
    ],
    ids=" ".join,
)
def test_an_article_that_cannot_be_read_is_no_traceback(call: list[str], vistka: Run, tmp_path: Path) -> None:
    article = small_corpus(tmp_path / "corpus") / "articles" / "2025-05-01-train.txt"
    (tmp_path / "2025-05-01-train.inline").write_text(MARKUPS["2025-05-01-train"], "utf-8")
    article.unlink()
    article.symlink_to(article.name)  # a link to itself: nobody can read it, not even root
    done = vistka(*call, cwd=tmp_path)
    if call[0] == "format":
        assert done.returncode == 0  # it reads annotations and metadata only
    else:
        assert done.returncode in (1, 2)
        assert done.stderr.splitlines()[-1].startswith("vistka: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    "call", [["validate", "a.jsonl"], ["stats", "a.jsonl"], ["export", "a.jsonl", "--out", "b.jsonl"]]
)
def test_a_shard_that_cannot_be_read_is_no_traceback(call: list[str], vistka: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").symlink_to("a.jsonl")
    done = vistka(*call, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "vistka: " in done.stderr or "FL001" in done.stdout
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "b.jsonl").exists()


@pytest.mark.parametrize("ending", [".jsonl.gz", ".jsonl.zst"])
@pytest.mark.parametrize("verb", ["stats", "export", "split", "validate", "build"])
def test_a_shard_that_is_not_compressed_as_named_is_no_traceback(
    verb: str, ending: str, vistka: Run, tmp_path: Path
) -> None:
    shard = tmp_path / f"a{ending}"
    shard.write_bytes("не стиснено\n".encode())
    out = {"export": ["--out", "b.jsonl"], "split": ["--out", "b.csv"], "build": ["--out", "b"]}.get(verb, [])
    done = vistka(verb, shard, *out, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == [shard.name]


@pytest.mark.parametrize("ending", [".jsonl.gz", ".jsonl.zst"])
@pytest.mark.parametrize("verb", ["stats", "export", "split", "validate", "build"])
def test_a_shard_cut_short_is_no_traceback_and_no_success(verb: str, ending: str, vistka: Run, tmp_path: Path) -> None:
    shard = tmp_path / f"a{ending}"
    write_shard(shard, iter(small_documents()))
    shard.write_bytes(shard.read_bytes()[:-100])
    out = {"export": ["--out", "b.jsonl"], "split": ["--out", "b.csv"], "build": ["--out", "b"]}.get(verb, [])
    done = vistka(verb, shard, *out, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == [shard.name]


@pytest.mark.parametrize("ending", [".jsonl.gz", ".jsonl.zst"])
@pytest.mark.parametrize("verb", ["stats", "export", "split", "validate", "build"])
def test_documents_in_a_part_cut_short_are_not_passed_over(verb: str, ending: str, vistka: Run, tmp_path: Path) -> None:
    one, two, shard = (tmp_path / f"{name}{ending}" for name in ("one", "two", "all"))
    write_shard(one, iter(small_documents()))
    write_shard(two, iter([document(MARKUP, "2025-05-09-lost", "train", story="lost")]))
    shard.write_bytes(one.read_bytes() + two.read_bytes()[:-100])  # compressed files are often joined so
    out = {"export": ["--out", "b.jsonl"], "split": ["--out", "b.csv"], "build": ["--out", "b"]}.get(verb, [])
    done = vistka(verb, shard, *out, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("b*")) == []


@pytest.mark.parametrize(
    "call", [["inline", "parse", "2025-05-01-train.inline"], ["stats", "corpus", "--update", "page.md"]], ids=" ".join
)
def test_a_file_that_is_not_utf_8_is_one_line(call: list[str], vistka: Run, tmp_path: Path) -> None:
    small_corpus(tmp_path / "corpus")
    for name in ("2025-05-01-train.inline", "page.md"):
        (tmp_path / name).write_bytes("Київ".encode("cp1251"))
    done = vistka(*call, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert is_one_line(done), done.stderr


@pytest.mark.parametrize("verb", ["stats", "export", "split"])
def test_a_line_that_is_no_record_is_named_with_its_number(verb: str, vistka: Run, tmp_path: Path) -> None:
    shard = tmp_path / "all.jsonl"
    write_shard(shard, iter(small_documents()))
    with shard.open("a", encoding="utf-8") as file:
        file.write('{"doc_id": "їжак"}\n')
    out = {"export": ["--out", "out.jsonl"], "split": ["--out", "out.csv"]}.get(verb, [])
    done = vistka(verb, shard, *out, cwd=tmp_path)
    assert done.returncode == 1
    assert is_one_line(done) and f"{shard}:4: " in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["all.jsonl"]


# --- validate, rules ------------------------------------------------------------------------------------------


def test_a_clean_corpus_is_exit_code_0(corpus: Path, vistka: Run) -> None:
    done = vistka("validate", corpus)
    assert (done.returncode, done.stdout) == (0, f"{corpus}: 0 errors, 0 warnings\n")


def test_an_error_is_exit_code_1_with_file_code_and_message(corpus: Path, vistka: Run) -> None:
    edit_metadata(corpus, "2025-05-03-test", topic="weather")
    done = vistka("validate", corpus)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if "CO001" in line]
    assert "2025-05-03-test" in line and " CO001 error " in line and "weather" in line
    assert done.stderr.startswith(f"{corpus}: ") and "error" in done.stderr


def test_a_record_of_the_wrong_shape_is_a_finding(corpus: Path, vistka: Run) -> None:
    gold = corpus / "gold" / "2025-05-03-test.json"
    gold.write_text(gold.read_text("utf-8").replace('"LOC"', '"CITY"', 1), "utf-8")
    done = vistka("validate", corpus)
    assert done.returncode == 1
    assert " SC005 error " in done.stdout and "CITY" in done.stdout
    assert "Traceback" not in done.stderr


def test_warnings_alone_are_exit_code_0(corpus: Path, vistka: Run) -> None:
    gold = corpus / "gold" / "2025-05-03-test.json"
    gold.write_text(json.dumps(json.loads(gold.read_bytes()), ensure_ascii=False), "utf-8")
    done = vistka("validate", corpus)
    assert done.returncode == 0
    assert " SC006 warning " in done.stdout and "0 errors, 1 warning" in done.stdout


def test_ignored_rules_do_not_count(corpus: Path, vistka: Run) -> None:
    edit_metadata(corpus, "2025-05-03-test", topic="weather")
    assert vistka("validate", corpus, "--ignore", "co001,CO012,sc").returncode == 0
    assert vistka("validate", corpus, "--select", "SP").returncode == 0
    assert vistka("validate", corpus, "--select", "CO").returncode == 1


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_findings_come_as_json(form: str, corpus: Path, vistka: Run) -> None:
    edit_metadata(corpus, "2025-05-03-test", topic="weather")
    done = vistka("validate", corpus, "--format", form)
    assert done.returncode == 1
    text = json.dumps(json.loads(done.stdout))
    assert "CO001" in text and "weather" in text


def test_an_unknown_rule_is_exit_code_2(corpus: Path, vistka: Run) -> None:
    for call in (["validate", corpus, "--select", "ZZ"], ["rules", "ZZ001"]):
        done = vistka(*call)
        assert done.returncode == 2 and is_one_line(done)


def test_rules_prints_every_rule_and_the_entry_of_one(vistka: Run) -> None:
    from vistka import predictions
    from vistka.studio.tasks import CODES
    from vistka.validate.rules import RULES

    codes = [line.split()[0] for line in vistka("rules").stdout.splitlines()]
    assert codes == [*RULES, *CODES, *predictions.CODES]
    entry = vistka("rules", "sp002").stdout
    assert entry.startswith("SP002 (error, level spans)") and RULES["SP002"].manual in entry
    assert [item["code"] for item in json.loads(vistka("rules", "--format", "json").stdout)] == codes


# --- split ----------------------------------------------------------------------------------------------------


def test_split_assigns_every_document_once(vistka: Run, tmp_path: Path) -> None:
    folder = many_stories(tmp_path / "corpus", 20)
    assert vistka("split", folder).returncode == 0
    found = table(folder / "splits.csv")
    assert list(found) == sorted(path.stem for path in (folder / "gold").iterdir())
    assert [list(found.values()).count(s) for s in ("train", "validation", "test")] == [14, 2, 4]
    assert vistka("validate", folder).returncode == 0


def test_split_follows_the_shares(vistka: Run, tmp_path: Path) -> None:
    folder = many_stories(tmp_path / "corpus", 20)
    assert vistka("split", folder, "--shares", "40,30,30").returncode == 0
    found = list(table(folder / "splits.csv").values())
    assert [found.count(s) for s in ("train", "validation", "test")] == [8, 6, 6]


@pytest.mark.parametrize(
    "shares", ["", "70,10", "70,10,20,0", "70,20,20", "80,20,0", "110,-20,10", "a,b,c", "nan,nan,nan", "inf,1,1"]
)
def test_shares_that_are_none_are_refused(shares: str, corpus: Path, vistka: Run) -> None:
    before = tree(corpus)
    done = vistka("split", corpus, "--shares", shares)
    assert done.returncode == 2
    assert is_one_line(done) and "--shares" in done.stderr
    assert tree(corpus) == before


def test_split_check_writes_nothing(vistka: Run, tmp_path: Path) -> None:
    folder = many_stories(tmp_path / "corpus", 6)
    done = vistka("split", folder, "--check")
    assert done.returncode == 1 and "out of date" in done.stderr
    assert not (folder / "splits.csv").exists()
    assert vistka("split", folder).returncode == 0
    assert vistka("split", folder, "--check").returncode == 0


def test_a_new_document_leaves_the_others_where_they_are(vistka: Run, tmp_path: Path) -> None:
    folder = many_stories(tmp_path / "corpus", 12)
    vistka("split", folder)
    before = table(folder / "splits.csv")
    more = many_stories(tmp_path / "more", 13)
    for path in more.glob("*/2025-05-13-*"):
        shutil.copy(path, folder / path.relative_to(more))
    assert vistka("split", folder, "--check").returncode == 1
    assert vistka("split", folder).returncode == 0
    after = table(folder / "splits.csv")
    assert {doc_id: after[doc_id] for doc_id in before} == before
    assert set(after) - set(before) == {"2025-05-13-d13"}


def test_a_document_that_is_gone_leaves_the_table(vistka: Run, tmp_path: Path) -> None:
    folder = many_stories(tmp_path / "corpus", 8)
    vistka("split", folder)
    for path in list(folder.glob("*/2025-05-08-*")):
        path.unlink()
    before = table(folder / "splits.csv")
    vistka("split", folder)
    del before["2025-05-08-d8"]
    assert table(folder / "splits.csv") == before


def test_only_reassign_moves_placed_documents(vistka: Run, tmp_path: Path) -> None:
    folder = many_stories(tmp_path / "corpus", 10)
    ids = sorted(path.stem for path in (folder / "gold").iterdir())
    (folder / "splits.csv").write_text("doc_id,split\n" + "".join(f"{i},train\n" for i in ids), "utf-8")
    vistka("split", folder)
    assert set(table(folder / "splits.csv").values()) == {"train"}
    assert vistka("split", folder, "--reassign").returncode == 0
    found = list(table(folder / "splits.csv").values())
    assert [found.count(s) for s in ("train", "validation", "test")] == [7, 1, 2]


def test_a_faulty_table_is_named_with_its_line(corpus: Path, vistka: Run) -> None:
    path = corpus / "splits.csv"
    path.write_text(path.read_text("utf-8").replace(",test\n", ",tset\n"), "utf-8")
    before = path.read_bytes()
    done = vistka("split", corpus)
    assert done.returncode == 1
    assert is_one_line(done) and f"{path}:4: " in done.stderr and "tset" in done.stderr
    assert path.read_bytes() == before


def test_splits_of_shards_need_a_place_to_go(vistka: Run, tmp_path: Path) -> None:
    write_shard(tmp_path / "all.jsonl", iter(small_documents()))
    assert vistka("split", tmp_path / "all.jsonl").returncode == 2
    assert vistka("split", tmp_path / "all.jsonl", "--out", tmp_path / "all.csv").returncode == 0
    assert sorted(table(tmp_path / "all.csv").values()) == ["test", "train", "validation"]


# --- stats ----------------------------------------------------------------------------------------------------


def test_stats_count_the_corpus(corpus: Path, vistka: Run) -> None:
    done = vistka("stats", corpus, "--format", "json")
    assert done.returncode == 0
    total = json.loads(done.stdout)["splits"]["total"]
    docs = small_documents()
    assert total["documents"] == 3
    assert total["characters"] == sum(len(doc.text) for doc in docs)
    assert total["entities"] == sum(len(doc.entities) for doc in docs)
    assert sum(total["mentions"].values()) == sum(len(doc.mentions) for doc in docs)
    assert total["mentions"]["LOC"] == 9
    assert total["relations"] == {r.label: 1 for doc in docs for r in doc.relations}
    assert total["stances"] == {"support": 1, "oppose": 2, "neutral": 1}


def test_stats_for_people_are_tables(corpus: Path, vistka: Run) -> None:
    out = vistka("stats", corpus).stdout
    assert "| documents | 1 | 1 | 1 | 3 |" in out
    assert re.search(r"\| `LOC` \| 9 \|", out)


def test_stats_of_a_folder_and_its_export_are_the_same(corpus: Path, vistka: Run, tmp_path: Path) -> None:
    vistka("export", corpus, "--out", tmp_path / "all.jsonl")
    whole = vistka("stats", corpus, "--format", "json").stdout
    assert whole == vistka("stats", tmp_path / "all.jsonl", "--format", "json").stdout != ""
    assert set(json.loads(whole)["splits"]["total"]) >= set(Stats().total().__struct_fields__)


PAGE = """# Сторінка

<!-- table: sizes; made by `vistka stats --update` -->
| старе |
<!-- end -->

Їжак лишається.
"""


def test_stats_update_rewrites_the_marked_tables_alone(corpus: Path, vistka: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, "utf-8")
    assert vistka("stats", corpus, "--update", page, "--check").returncode == 1
    assert page.read_text("utf-8") == PAGE
    assert vistka("stats", corpus, "--update", page).returncode == 0
    text = page.read_text("utf-8")
    assert "старе" not in text and "| documents | 1 | 1 | 1 | 3 |" in text
    assert text.startswith("# Сторінка\n\n<!-- table: sizes;") and text.endswith("<!-- end -->\n\nЇжак лишається.\n")
    assert vistka("stats", corpus, "--update", page, "--check").returncode == 0
    assert vistka("stats", corpus, "--update", page).returncode == 0
    assert page.read_text("utf-8") == text


def test_a_page_without_a_known_marker_is_refused(corpus: Path, vistka: Run, tmp_path: Path) -> None:
    for number, content in enumerate(("Без таблиць.\n", PAGE.replace("sizes", "nosuch"))):
        page = tmp_path / f"{number}.md"
        page.write_text(content, "utf-8")
        done = vistka("stats", corpus, "--update", page)
        assert done.returncode == 1 and is_one_line(done)
        assert page.read_text("utf-8") == content


def test_stats_check_alone_is_a_wrong_call(corpus: Path, vistka: Run) -> None:
    done = vistka("stats", corpus, "--check")
    assert done.returncode == 2 and is_one_line(done)


# --- inline ---------------------------------------------------------------------------------------------------


def test_every_document_of_the_corpus_comes_back_from_its_markup_byte_for_byte(vistka: Run, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(ROOT / "corpus", corpus)
    gold = tree(corpus / "gold")
    assert gold
    for number, doc_id in enumerate(sorted(path.stem for path in (corpus / "gold").iterdir())):
        markup = tmp_path / f"{doc_id}.inline"
        if number == 0:  # the first through the command, the rest through its function: a process each is slow
            assert vistka("inline", "render", doc_id, "--corpus", corpus, "--out", markup).returncode == 0
            (corpus / "gold" / f"{doc_id}.json").unlink()
            assert vistka("inline", "parse", markup, "--corpus", corpus).returncode == 0
        else:
            doc = Corpus(corpus).load(doc_id)
            markup.write_bytes(render(doc.text, doc).encode())
            (corpus / "gold" / f"{doc_id}.json").unlink()
            _call("inline", "parse", str(markup), "--corpus", str(corpus))
    assert tree(corpus / "gold") == gold


def _call(*arguments: str) -> None:
    from vistka.cli import vistka as command

    assert command(list(arguments), standalone_mode=False) == 0


def test_rendered_markup_goes_to_standard_output(corpus: Path, vistka: Run) -> None:
    done = vistka("inline", "render", "2025-05-02-validation", "--corpus", corpus)
    assert done.returncode == 0
    assert done.stdout.startswith("Диктатор {Кім Чен Ин|PERS|kim} знову погрожує.")
    assert "{Розвідувальне агентство {Південної Кореї|LOC|korea}|ORG|agency}" in done.stdout


def test_a_text_that_differs_is_refused_with_its_first_character(corpus: Path, vistka: Run, tmp_path: Path) -> None:
    doc_id = "2025-05-01-train"
    markup = tmp_path / f"{doc_id}.inline"
    markup.write_text(MARKUPS[doc_id].replace("прибула до", "прибула  до"), "utf-8")
    before = tree(corpus)
    done = vistka("inline", "parse", markup, "--corpus", corpus)
    at = small_documents()[0].text.index("прибула до") + len("прибула ")
    assert done.returncode == 1
    assert is_one_line(done) and f"at character {at}:" in done.stderr
    assert tree(corpus) == before


def test_faults_of_markup_are_named_with_line_and_column(corpus: Path, vistka: Run, tmp_path: Path) -> None:
    markup = tmp_path / "2025-05-01-train.inline"
    markup.write_text("Перший рядок\nі {Київ|LOC\n%% entities\n", "utf-8")
    done = vistka("inline", "parse", markup, "--corpus", corpus)
    assert done.returncode == 1
    assert f"{markup}: line 2, column 3: " in done.stderr


def test_an_independent_pass_goes_to_its_own_folder(corpus: Path, vistka: Run, tmp_path: Path) -> None:
    doc_id = "2025-05-01-train"
    (tmp_path / "x.inline").write_text(MARKUPS[doc_id], "utf-8")
    out = corpus / "annotations" / "olena" / f"{doc_id}.json"
    done = vistka("inline", "parse", tmp_path / "x.inline", "--doc-id", doc_id, "--corpus", corpus, "--out", out)
    assert done.returncode == 0
    assert out.read_bytes() == (corpus / "gold" / f"{doc_id}.json").read_bytes()
    assert vistka("validate", corpus).returncode == 0


# --- format, export, schema, picture --------------------------------------------------------------------------


def test_format_check_names_what_would_change_and_format_changes_it(corpus: Path, vistka: Run) -> None:
    before = tree(corpus)
    assert vistka("format", corpus, "--check").returncode == 0
    gold = corpus / "gold" / "2025-05-01-train.json"
    record = json.loads(gold.read_bytes())
    record["mentions"].reverse()
    gold.write_text(json.dumps(record), "utf-8")
    loose = gold.read_bytes()
    done = vistka("format", corpus, "--check")
    assert done.returncode == 1
    assert done.stdout == f"{gold}: would change\n"
    assert gold.read_bytes() == loose
    assert vistka("format", corpus).returncode == 0
    assert tree(corpus) == before


def test_format_refuses_what_is_no_record(corpus: Path, vistka: Run) -> None:
    gold = corpus / "gold" / "2025-05-01-train.json"
    gold.write_text('{"schema": "vistka/annotation/1"}', "utf-8")
    done = vistka("format", gold)
    assert done.returncode == 1
    assert is_one_line(done) and str(gold) in done.stderr
    assert gold.read_text("utf-8") == '{"schema": "vistka/annotation/1"}'


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_export_writes_every_document_the_same_way_each_time(
    ending: str, corpus: Path, vistka: Run, tmp_path: Path
) -> None:
    one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending}"
    for out in (one, two):
        assert vistka("export", corpus, "--out", out).returncode == 0
    assert one.read_bytes() == two.read_bytes()
    records = [json.loads(line) for _, line in read_shard(one)]
    docs = small_documents()
    assert [(r["doc_id"], r["split"], r["text"]) for r in records] == [(d.doc_id, d.split, d.text) for d in docs]
    assert NBSP in records[0]["text"] and "🇺🇦" in records[0]["text"]
    assert vistka("validate", one).returncode == 0


def test_export_refuses_another_ending(corpus: Path, vistka: Run, tmp_path: Path) -> None:
    done = vistka("export", corpus, "--out", tmp_path / "all.json")
    assert done.returncode == 2 and is_one_line(done)
    assert not (tmp_path / "all.json").exists()


def test_export_onto_its_own_source_loses_nothing(vistka: Run, tmp_path: Path) -> None:
    shard = tmp_path / "all.jsonl"
    write_shard(shard, iter(small_documents()))
    before = shard.read_bytes()
    vistka("export", shard, "--out", shard)
    assert shard.read_bytes() == before


def test_an_export_that_fails_leaves_the_old_shard(corpus: Path, vistka: Run, tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"
    assert vistka("export", corpus, "--out", out).returncode == 0
    before = out.read_bytes()
    (corpus / "gold" / "2025-05-03-test.json").write_text("{}", "utf-8")
    assert vistka("export", corpus, "--out", out).returncode == 1
    assert out.read_bytes() == before


def test_the_schema_is_what_its_source_makes(vistka: Run) -> None:
    assert vistka("schema", "--check").returncode == 0


def test_a_schema_out_of_date_is_found_and_rewritten(tmp_path: Path) -> None:
    package = tmp_path / "src"
    shutil.copytree(ROOT / "src", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    path = tmp_path / "schema" / "defs.schema.json"
    wanted = path.read_bytes()
    path.write_bytes(wanted.replace(b'"MISC"', b'"OTHER"'))

    def schema(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vistka", "schema", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(package)}
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)

    done = schema("--check")
    assert done.returncode == 1 and "out of date" in done.stderr
    assert path.read_bytes() != wanted
    assert schema().returncode == 0
    assert path.read_bytes() == wanted


def test_a_picture_is_well_formed_and_holds_text_and_labels(corpus: Path, vistka: Run, tmp_path: Path) -> None:
    out = tmp_path / "picture.svg"
    call = ["picture", "2025-05-01-train", "--corpus", corpus, "--out", out]
    assert vistka(*call, "--check").returncode == 1
    assert not out.exists()
    assert vistka(*call).returncode == 0
    lines = ["".join(node.itertext()) for node in ET.parse(out).iter() if node.tag.endswith("text")]
    assert any(line.startswith("Прем'єрка України Юлія Свириденко") for line in lines)
    assert {"PERS", "LOC", "JOB"} <= set(lines)
    assert any("HOLDS_POSITION" in line for line in lines)
    assert any("support: «беззастережно підтримуємо»" in line for line in lines)
    assert vistka(*call, "--check").returncode == 0
    out.write_bytes(out.read_bytes() + b"\n")
    assert vistka(*call, "--check").returncode == 1


def test_a_picture_escapes_what_xml_would_read(vistka: Run, tmp_path: Path) -> None:
    doc_id = "2025-05-01-xml"
    markup = "{ТОВ «А&Б»|ORG|ab} пише: 1 < 2 > 0 & \"так\" 'ні'.\n%% entities\nab = А\n"
    corpus = write_corpus(tmp_path / "corpus", (doc_id, markup), title="<Заголовок> & «інше»")
    out = tmp_path / "picture.svg"
    assert vistka("picture", doc_id, "--corpus", corpus, "--out", out).returncode == 0
    texts = ["".join(node.itertext()) for node in ET.parse(out).iter()]
    assert document(markup, doc_id).text in texts
    assert "<Заголовок> & «інше»: annotated" in texts


def test_a_picture_of_a_label_that_the_inventory_has_not_is_no_traceback(vistka: Run, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", ("2025-05-01-x", "{Усик|ATHLETE|u} тут.\n%% entities\nu = Усик\n"))
    done = vistka("picture", "2025-05-01-x", "--corpus", corpus, "--out", tmp_path / "picture.svg")
    assert done.returncode in (1, 2)
    assert is_one_line(done) and "ATHLETE" in done.stderr


# --- output ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["validate", "stats", "export", "split", "build"])
def test_nothing_but_results_is_written_where_stderr_is_no_terminal(
    verb: str, corpus: Path, vistka: Run, tmp_path: Path
) -> None:
    out = {"export": ["--out", tmp_path / "o.jsonl"], "build": ["--out", tmp_path / "o"]}.get(verb, [])
    done = vistka(verb, corpus, *out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout and "\r" not in done.stdout


def test_progress_is_silent_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from vistka.cli import show

    monkeypatch.setattr(show, "_PATIENCE", -1.0)
    assert list(show.tracked(range(50), "documents")) == list(range(50))
    assert capsys.readouterr().err == ""


def test_a_closed_pipe_is_no_traceback(corpus: Path) -> None:
    command = f"{sys.executable} -m vistka rules | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_two_documents_of_one_id_are_not_split(vistka: Run, tmp_path: Path) -> None:
    write_shard(tmp_path / "all.jsonl", iter([document(MARKUP), document(MARKUP)]))
    done = vistka("split", tmp_path / "all.jsonl", "--out", tmp_path / "all.csv")
    assert done.returncode == 1 and is_one_line(done)
    assert not (tmp_path / "all.csv").exists()
