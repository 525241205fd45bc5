"""Bad input of every kind ends in a finding or in one line that names file, place and cure; never in a traceback."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from builders import DOC_ID, MARKUP, as_json, document, write_corpus
from conftest import Run
from vistka.findings import VistkaError
from vistka.io import encode_line
from vistka.resources import load_labels, schema_dir
from vistka.validate.runner import validate

from .conftest import Command, Outcome

SPLITS = f"doc_id,split\n{DOC_ID},train\n"
LINE = encode_line(document())
Json = dict[str, Any]
Judge = Callable[[Any], Outcome]


@pytest.fixture
def judge(command: Command, tmp_path: Path) -> Judge:
    """Validates one document record, given as bytes or as JSON values."""

    def run(record: bytes | Json) -> Outcome:
        path = tmp_path / "records" / "doc.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(record if isinstance(record, bytes) else json.dumps(record).encode())
        outcome = command("validate", path, "--format", "json")
        assert outcome.errors == ""
        assert all(finding["path"] == str(path) for finding in outcome.findings)
        return outcome

    return run


def spoiled(change: Callable[[Json], object], markup: str = MARKUP) -> Json:
    value = as_json(document(markup))
    change(value)
    return value


def only(outcome: Outcome) -> dict[str, Any]:
    """The one finding of an outcome that is an error."""
    assert len(outcome.findings) == 1
    (finding,) = outcome.findings
    assert (outcome.code, finding["severity"]) == (1, "error")
    return finding


# --- bytes ----------------------------------------------------------------------------------------------------


def test_a_record_that_is_not_utf_8_is_fl002_at_its_byte(judge: Judge) -> None:
    finding = only(judge('{"title":\n "Ки'.encode() + b"\xd7\xe2" + b'"}'))
    assert (finding["code"], finding["line"], finding["column"]) == ("FL002", 2, 5)
    assert "byte 16 is 0xD7" in finding["message"]


def test_an_article_that_is_not_utf_8_is_fl002_at_its_byte(command: Command, tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "corpus", splits=SPLITS)
    (root / "articles" / f"{DOC_ID}.txt").write_bytes("Київ\n🌾 ї".encode() + "й".encode("cp1251"))
    finding = only(command("validate", root, "--format", "json"))
    assert (finding["code"], finding["doc_id"]) == ("FL002", DOC_ID)
    assert finding["path"] == str(root / "articles" / f"{DOC_ID}.txt")
    assert (finding["line"], finding["column"]) == (2, 4)


def test_a_byte_order_mark_is_fl003_at_the_first_byte(judge: Judge) -> None:
    finding = only(judge(b"\xef\xbb\xbf" + LINE))
    assert (finding["code"], finding["line"], finding["column"]) == ("FL003", 1, 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1251", "koi8-u"])
def test_a_record_in_another_encoding_is_fl002(judge: Judge, encoding: str) -> None:
    record = json.dumps(as_json(document("Київ чекає.\n%% entities\n")), ensure_ascii=False)
    assert only(judge(record.encode(encoding)))["code"] == "FL002"


def test_a_nul_byte_inside_a_string_is_sc001_there(judge: Judge) -> None:
    finding = only(judge(b'{"a":\n "b\0"}'))
    assert (finding["code"], finding["line"], finding["column"]) == ("SC001", 2, 4)


@pytest.mark.parametrize("size", [0, 1, 10, len(LINE) // 2, len(LINE) - 2, len(LINE) - 1])
def test_truncated_json_is_sc001(judge: Judge, size: int) -> None:
    cut = LINE[:size].decode(errors="ignore").encode()
    assert only(judge(cut))["code"] == "SC001"


def test_truncated_json_is_sc001_at_its_end(judge: Judge) -> None:
    finding = only(judge('{\n "title": "Київ",\n'.encode()))
    assert (finding["code"], finding["line"], finding["column"]) == ("SC001", 3, 1)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_sc001_where_they_stand(judge: Judge, constant: str) -> None:
    finding = only(judge(f'{{"title": "{constant}",\n "start": {constant}}}'.encode()))
    assert (finding["code"], finding["line"], finding["column"]) == ("SC001", 2, 11)
    assert constant in finding["message"]


@pytest.mark.parametrize("depth", [100, 990, 1_000, 3_000, 9_000, 100_000, 1_000_000])
@pytest.mark.parametrize(("opening", "core", "closing"), [(b"[", b"", b"]"), (b'{"a":', b"1", b"}")])
def test_deep_nesting_is_a_finding(judge: Judge, depth: int, opening: bytes, core: bytes, closing: bytes) -> None:
    nest = opening * depth + core + closing * depth
    assert only(judge(nest))["code"] in ("SC001", "SC005")
    outcome = judge(LINE.replace('"Підпис у Києві"'.encode(), nest))
    assert outcome.code == 1
    assert only(outcome)["code"] in ("SC001", "SC005")


def test_a_million_opened_brackets_are_sc001(judge: Judge) -> None:
    assert only(judge(b"[" * 1_000_000))["code"] == "SC001"


def test_a_number_of_five_thousand_digits_is_sc001(judge: Judge) -> None:
    assert only(judge(LINE.replace(b'"start":0', b'"start":1' + b"0" * 5000, 1)))["code"] == "SC001"


def test_a_number_of_four_thousand_digits_is_sc005_in_a_short_message(judge: Judge) -> None:
    finding = only(judge(LINE.replace(b'"start":0', b'"start":1' + b"0" * 4000, 1)))
    assert (finding["code"], finding["pointer"]) == ("SC005", "/mentions/0/start")
    assert len(finding["message"]) < 500


@pytest.mark.parametrize("number", ["0.0", "1e2", "-0.5", "1E400", "12345678901234567890.5"])
def test_an_offset_with_fraction_or_exponent_is_sc003(judge: Judge, number: str) -> None:
    finding = only(judge(LINE.replace(b'"start":0', f'"start":{number}'.encode(), 1)))
    assert finding["code"] == "SC003"
    assert number in finding["message"]


def test_a_duplicate_key_is_sc002(judge: Judge) -> None:
    finding = only(judge(LINE.replace(b'"id":"m1"', b'"id":"m1","id":"m1"')))
    assert finding["code"] == "SC002"
    assert "«id»" in finding["message"]


@pytest.mark.parametrize("half", ["\\ud83d", "\\udf3e", "\\udf3e\\ud83d"])
def test_a_lone_surrogate_is_sc004_where_it_stands(judge: Judge, half: str) -> None:
    finding = only(judge(LINE.replace('"Підпис у Києві"'.encode(), f'"Підпис {half}"'.encode())))
    assert (finding["code"], finding["pointer"]) == ("SC004", "/metadata/title")
    assert half[:6] in finding["message"]


def test_a_lone_surrogate_in_a_key_and_its_value_is_sc004(judge: Judge) -> None:
    outcome = judge(LINE[:-1] + b',"\\ud800":{"\\udfff":"\\ud800"}}')
    assert outcome.code == 1
    assert set(outcome.codes) == {"SC004", "SC005"}


def test_a_lone_surrogate_in_a_key_can_be_shown_to_people(vistka: Run, tmp_path: Path) -> None:
    path = tmp_path / "doc.json"
    path.write_bytes(LINE[:-1] + b',"\\ud800":{"\\udfff":"\\ud800"}}')
    run = vistka("validate", path)
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "SC004" in run.stdout


# --- shape ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pointer", "change"),
    [
        ("/mentions/0/start", lambda d: d["mentions"][0].update(start="0")),
        ("/mentions/0/start", lambda d: d["mentions"][0].update(start=False)),
        ("/mentions/1/end", lambda d: d["mentions"][1].update(end=-3)),
        ("/mentions/1/end", lambda d: d["mentions"][1].update(end=2**31)),
        ("/mentions/2/label", lambda d: d["mentions"][2].update(label="CITY")),
        ("/relations/0/label", lambda d: d["relations"][0].update(label="LOVES")),
        ("/stances/0/polarity", lambda d: d["stances"][0].update(polarity="так")),
        ("/stances/0/expression/start", lambda d: d["stances"][0]["expression"].update(start=None)),
        ("/entities/0/id", lambda d: d["entities"][0].update(id="київ")),
        ("/doc_id", lambda d: d.update(doc_id="../../etc/passwd")),
        ("/doc_id", lambda d: d.update(doc_id="2025-05-01-a/../b")),
        ("/mentions", lambda d: d.update(mentions=None)),
        ("/mentions/0", lambda d: d["mentions"][0].pop("id")),
        ("/mentions/0", lambda d: d["mentions"].insert(0, "Київ")),
        ("/metadata/sources/0/url", lambda d: d["metadata"]["sources"][0].update(url="one.example")),
        ("/", lambda d: d.pop("text")),
        ("/", lambda d: d.update({"a/b~c": 1})),
    ],
)
def test_a_fault_of_shape_is_sc005_at_its_pointer(judge: Judge, pointer: str, change: Callable[[Json], object]) -> None:
    finding = only(judge(spoiled(change)))
    assert (finding["code"], finding["pointer"]) == ("SC005", pointer)


def test_a_thousand_faults_of_shape_are_told_in_twenty_lines_and_one(judge: Judge) -> None:
    outcome = judge(spoiled(lambda d: d.update(mentions=[{}] * 1000)))
    assert set(outcome.codes) == {"SC005"}
    assert len(outcome.codes) == 21
    assert "980 more" in " ".join(finding["message"] for finding in outcome.findings)


# --- spans ----------------------------------------------------------------------------------------------------


def at(start: int, end: int) -> Callable[[Json], object]:
    return lambda d: d["mentions"][0].update(start=start, end=end)


@pytest.mark.parametrize(("start", "end"), [(4, 4), (4, 0), (0, 400), (400, 404), (2**31 - 2, 2**31 - 1), (0, 22)])
def test_a_span_outside_the_text_is_sp001(judge: Judge, start: int, end: int) -> None:
    finding = only(judge(spoiled(at(start, end), "{Київ|LOC|kyiv} чекає на підпис.\n%% entities\nkyiv = Київ\n")))
    assert (finding["code"], finding["pointer"], finding["span"]) == ("SP001", "/mentions/0", None)
    assert f"[{start}, {end})" in finding["message"]


def test_offsets_in_bytes_are_sp002(judge: Judge) -> None:
    markup = "У {Києві|LOC|kyiv} тихо.\n%% entities\nkyiv = Київ\n"
    outcome = judge(spoiled(at(len("У ".encode()), len("У Києві".encode())), markup))
    assert outcome.code == 1
    assert "SP002" in outcome.codes
    assert "begins at 2" in outcome.findings[0]["message"]


@pytest.mark.parametrize("end", [1, 2, 3, 4])
def test_an_edge_inside_an_emoji_sequence_is_sp008(judge: Judge, end: int) -> None:
    markup = "👩\u200d❤\ufe0f\u200d👩 {Київ|MISC|kyiv}\n%% entities\nkyiv = Київ\n"
    outcome = judge(spoiled(lambda d: d["mentions"][0].update(start=0, end=end, text=d["text"][:end]), markup))
    assert outcome.code == 1
    assert set(outcome.codes) == {"SP007", "SP008"}
    assert {finding["column"] for finding in outcome.findings} == {1}


def test_an_edge_between_a_letter_and_its_accent_is_sp008(judge: Judge) -> None:
    outcome = judge(document_json("У {Сан-Хосе|LOC|sj}\u0301 спека.\n%% entities\nsj = Сан-Хосе\n"))
    assert outcome.code == 1
    assert set(outcome.codes) == {"SP007", "SP008"}
    assert {(finding["line"], finding["column"]) for finding in outcome.findings} == {(1, 3)}


def document_json(markup: str) -> Json:
    return as_json(document(markup))


def test_crossing_spans_are_sp004_at_the_later_one(judge: Judge) -> None:
    def cross(d: Json) -> None:
        d["mentions"][0].update(end=14, text="Рада Європи та")
        d["mentions"].append({"id": "m2", "label": "ORG", "start": 5, "end": 20, "text": "Європи та Китаю"})
        d["mentions"][1]["entity"] = "rada"

    finding = only(judge(spoiled(cross, "{Рада|ORG|rada} Європи та Китаю.\n%% entities\nrada = Рада\n")))
    assert (finding["code"], finding["pointer"], finding["span"]) == ("SP004", "/mentions/1", [5, 20])
    assert (finding["line"], finding["column"]) == (1, 6)


# --- text -----------------------------------------------------------------------------------------------------


def test_crlf_is_tx003_at_the_first_return(judge: Judge) -> None:
    finding = only(judge(document_json("Київ.\nЛьвів.\r\nОдеса.\r\n\n%% entities\n")))
    assert (finding["code"], finding["line"], finding["column"]) == ("TX003", 2, 7)


def test_a_decomposed_letter_is_tx002_at_its_base(judge: Judge) -> None:
    finding = only(judge(document_json("Київ. Жовти\u0438\u0306.\n%% entities\n".replace("Жовти\u0438", "Жовти"))))
    assert (finding["code"], finding["span"], finding["column"]) == ("TX002", [10, 12], 11)


def test_a_nul_in_the_text_is_tx004(judge: Judge) -> None:
    finding = only(judge(document_json("Ки\0їв.\n%% entities\n")))
    assert (finding["code"], finding["span"]) == ("TX004", [2, 3])
    assert "U+0000" in finding["message"]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00a0\t"])
def test_an_empty_article_is_tx001(judge: Judge, text: str) -> None:
    assert only(judge({**document_json("Київ.\n%% entities\n"), "text": text}))["code"] == "TX001"


# --- links ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "pointer", "change"),
    [
        ("LK002", "/relations/0/head", lambda d: d["relations"][0].update(head="m99")),
        ("LK002", "/relations/1/tail", lambda d: d["relations"][1].update(tail="r1")),
        ("LK002", "/stances/0/holder/mention", lambda d: d["stances"][0]["holder"].update(mention="m99")),
        ("LK002", "/stances/0/target/mention", lambda d: d["stances"][0]["target"].update(mention="s1")),
        ("LK008", "/relations/2", lambda d: d["relations"].append(relation("MEETS_WITH", "m3", "m6"))),
        ("LK008", "/relations/2", lambda d: d["relations"].append(relation("MEMBER_OF", "m2", "m2"))),
        ("ST003", "/stances/0", lambda d: d["stances"][0].update(target={**d["stances"][0]["holder"]})),
    ],
)
def test_a_link_that_dangles_or_refers_to_itself_is_a_finding(
    judge: Judge, code: str, pointer: str, change: Callable[[Json], object]
) -> None:
    finding = only(judge(spoiled(change)))
    assert (finding["code"], finding["pointer"]) == (code, pointer)


def relation(label: str, head: str, tail: str) -> Json:
    return {"id": "r9", "label": label, "head": head, "tail": tail}


# --- files ----------------------------------------------------------------------------------------------------


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", splits=SPLITS)


def errors_of(outcome: Outcome) -> list[tuple[str, str]]:
    """Code and file name of the errors, without CO012: a corpus of one document has empty splits."""
    assert (outcome.code, outcome.errors) == (1, "")
    return [(f["code"], Path(f["path"]).name) for f in outcome.findings if f["code"] != "CO012"]


@pytest.mark.parametrize("name", [f"articles/{DOC_ID}.txt", f"articles/{DOC_ID}.meta.json", f"gold/{DOC_ID}.json"])
@pytest.mark.parametrize("kind", ["dangling link", "folder", "link to itself"])
def test_a_file_that_cannot_be_read_is_fl001(command: Command, corpus: Path, name: str, kind: str) -> None:
    path = corpus / name
    path.unlink()
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("gone" if kind == "dangling link" else path.name)
    assert errors_of(command("validate", corpus, "--format", "json")) == [("FL001", path.name)]


def test_an_article_without_gold_is_co004(command: Command, corpus: Path) -> None:
    shutil.copy(corpus / "articles" / f"{DOC_ID}.txt", corpus / "articles" / "2025-05-02-zerno.txt")
    shutil.copy(corpus / "articles" / f"{DOC_ID}.meta.json", corpus / "articles" / "2025-05-02-zerno.meta.json")
    assert errors_of(command("validate", corpus, "--format", "json")) == [("CO004", "2025-05-02-zerno.txt")]


def test_gold_without_article_is_co005(command: Command, corpus: Path) -> None:
    (corpus / "articles" / f"{DOC_ID}.txt").unlink()
    found = errors_of(command("validate", corpus, "--format", "json"))
    assert [f for f in found if f[0] == "CO005"] == [("CO005", f"{DOC_ID}.meta.json"), ("CO005", f"{DOC_ID}.json")]


@pytest.mark.parametrize("folders", [["articles"], ["articles", "gold"], ["articles", "gold", "annotations/olena"]])
def test_an_empty_corpus_is_co008(command: Command, tmp_path: Path, folders: list[str]) -> None:
    for folder in folders:
        (tmp_path / "corpus" / folder).mkdir(parents=True)
    assert only(command("validate", tmp_path / "corpus", "--format", "json"))["code"] == "CO008"


def test_an_annotation_whose_doc_id_climbs_is_sc005(command: Command, corpus: Path) -> None:
    path = corpus / "gold" / f"{DOC_ID}.json"
    path.write_text(path.read_text("utf-8").replace(f'"{DOC_ID}"', f'"../{DOC_ID}"'), encoding="utf-8")
    finding = only(command("validate", corpus, "--format", "json"))
    assert (finding["code"], finding["pointer"]) == ("SC005", "/doc_id")


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (f"doc_id,split\n../{DOC_ID},train\n{DOC_ID},train\n", None),
        (f"doc_id,split\n{DOC_ID}\r,train\n", None),
        (f"doc_id,split\n{DOC_ID}\0,train\n", None),
        (f'doc_id,split\n"{DOC_ID},train\n', None),
        (f"doc_id,split\n{DOC_ID},train,\n", 2),
        (f"doc_id,split\n{DOC_ID}\n", 2),
        (f"doc_id,split\n{DOC_ID},train\n\n{DOC_ID},test\n", 3),
        (f"doc_id,split\n{'x' * 200_000},train\n", None),
        (f"\ufeffdoc_id,split\n{DOC_ID},train\n", 1),
        (f"doc_id;split\n{DOC_ID};train\n", 1),
        ("", 1),
    ],
)
def test_a_malformed_table_of_splits_is_co007(command: Command, corpus: Path, table: str, line: int | None) -> None:
    (corpus / "splits.csv").write_bytes(table.encode())
    outcome = command("validate", corpus, "--format", "json")
    assert set(errors_of(outcome)) == {("CO007", "splits.csv")}
    if line is not None:
        assert outcome.findings[0]["line"] == line


@pytest.mark.parametrize("content", [b"doc_id,split\n\xca\xe8\xbf\xe2,train\n", None])
def test_a_table_of_splits_that_cannot_be_read_is_co007(command: Command, corpus: Path, content: bytes | None) -> None:
    (corpus / "splits.csv").unlink()
    if content is None:
        (corpus / "splits.csv").mkdir()
    else:
        (corpus / "splits.csv").write_bytes(content)
    assert set(errors_of(command("validate", corpus, "--format", "json"))) == {("CO007", "splits.csv")}


@pytest.mark.parametrize("form", ["human", "json", "sarif"])
def test_a_file_name_that_is_not_utf_8_is_co003(vistka: Run, corpus: Path, form: str) -> None:
    with open(os.fsencode(corpus / "articles") + b"/2025-05-01-\xef\xb3.txt", "wb") as file:
        file.write("Київ.".encode())
    run = vistka("validate", corpus, "--format", form, "--select", "CO003")
    assert (run.returncode, "Traceback" in run.stderr) == (1, False)
    assert "CO003" in run.stdout


def test_a_document_that_lies_in_a_corpus_folder_without_belonging_to_it_is_judged(
    command: Command, corpus: Path
) -> None:
    (corpus / "export").mkdir()
    path = corpus / "export" / "doc.json"
    path.write_bytes(LINE[:-1])
    assert only(command("validate", path, "--format", "json"))["code"] == "SC001"


# --- shards ---------------------------------------------------------------------------------------------------


def lines(count: int) -> bytes:
    """Shard bytes of documents that compress badly enough to fill several blocks."""
    made = []
    for i in range(count):
        words = " ".join(format(hash((i, j)) & 0xFFFFFFFF, "x") for j in range(40))
        made.append(encode_line(document(f"Київ {words}.\n%% entities\n", f"2025-05-01-d{i}", story=f"s{i}")) + b"\n")
    return b"".join(made)


def test_two_documents_of_one_id_are_co009_naming_both_places(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(2))
    (tmp_path / "b.jsonl").write_bytes(b"\n" + lines(1))
    finding = only(command("validate", tmp_path, "--format", "json"))
    assert (finding["code"], finding["doc_id"]) == ("CO009", "2025-05-01-d0")
    assert finding["path"] == str(tmp_path / "b.jsonl")
    assert f"{tmp_path / 'a.jsonl'}:1" in finding["message"]


def compress(name: str, data: bytes) -> bytes:
    return gzip.compress(data) if name.endswith(".gz") else zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize("name", ["docs.jsonl.gz", "docs.jsonl.zst"])
@pytest.mark.parametrize("kept", [3, 10, 0.5, 0.99, -1])
def test_a_compressed_shard_cut_short_is_fl001(command: Command, tmp_path: Path, name: str, kept: float) -> None:
    whole = compress(name, lines(600))
    size = int(len(whole) * kept) if isinstance(kept, float) else kept
    (tmp_path / name).write_bytes(whole[:size])
    outcome = command("validate", tmp_path / name, "--format", "json")
    assert (outcome.code, outcome.errors) == (1, "")
    assert "FL001" in outcome.codes
    assert all(finding["path"] in (str(tmp_path / name), str(tmp_path)) for finding in outcome.findings)


@pytest.mark.parametrize("name", ["docs.jsonl.gz", "docs.jsonl.zst"])
def test_a_compressed_shard_cut_short_between_two_lines_is_fl001(command: Command, tmp_path: Path, name: str) -> None:
    if name.endswith(".gz"):
        whole = compress(name, lines(2))
        cut = whole[:-8]  # all data, without the check sum and the size
    else:
        compressor = zstandard.ZstdCompressor().compressobj()
        cut = compressor.compress(lines(2)) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    (tmp_path / name).write_bytes(cut)
    assert only(command("validate", tmp_path / name, "--format", "json"))["code"] == "FL001"


@pytest.mark.parametrize("name", ["docs.jsonl.gz", "docs.jsonl.zst"])
@pytest.mark.parametrize("content", [b"not compressed\n" * 9, None])
def test_a_shard_that_is_not_what_its_ending_says_is_fl001(
    command: Command, tmp_path: Path, name: str, content: bytes | None
) -> None:
    broken = bytearray(compress(name, lines(50)))
    broken[18:60] = b"\xff" * 42
    (tmp_path / name).write_bytes(broken if content is None else content)
    outcome = command("validate", tmp_path / name, "--format", "json")
    assert (outcome.code, outcome.errors) == (1, "")
    assert "FL001" in outcome.codes


@pytest.mark.parametrize("name", ["docs.jsonl.gz", "docs.jsonl.zst"])
def test_a_compressed_shard_of_several_members_is_read_whole(command: Command, tmp_path: Path, name: str) -> None:
    first, second = lines(2).splitlines(keepends=True)
    (tmp_path / name).write_bytes(compress(name, first) + compress(name, second) + compress(name, first))
    assert only(command("validate", tmp_path / name, "--format", "json"))["code"] == "CO009"


def test_a_folder_with_the_name_of_a_shard_is_fl001(command: Command, tmp_path: Path) -> None:
    (tmp_path / "shards" / "a.jsonl").mkdir(parents=True)
    (tmp_path / "shards" / "b.jsonl").write_bytes(lines(1))
    finding = only(command("validate", tmp_path / "shards", "--format", "json"))
    assert (finding["code"], finding["path"]) == ("FL001", str(tmp_path / "shards" / "a.jsonl"))


def test_a_fault_in_a_shard_names_its_line(command: Command, tmp_path: Path) -> None:
    first, second, third = lines(3).splitlines(keepends=True)
    (tmp_path / "docs.jsonl").write_bytes(first + b"\n" + second[:-9] + b"\n" + third)
    finding = only(command("validate", tmp_path / "docs.jsonl", "--format", "json"))
    assert (finding["code"], finding["record"]) == ("SC001", 3)


# --- the call -------------------------------------------------------------------------------------------------


def test_a_path_that_does_not_exist_is_one_line_and_exit_2(vistka: Run, tmp_path: Path) -> None:
    run = vistka("validate", tmp_path / "нема")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"vistka: {tmp_path / 'нема'}: no such file or folder\n"


def test_a_folder_that_is_no_corpus_is_one_line_and_exit_2(command: Command, tmp_path: Path) -> None:
    (tmp_path / "articles").write_text("a file")
    outcome = command("validate", tmp_path)
    assert (outcome.code, outcome.output, outcome.errors.count("\n")) == (2, "", 1)
    assert "articles/" in outcome.errors


@pytest.mark.parametrize("name", ["article.txt", "gold.json"])
def test_a_file_that_needs_its_corpus_is_one_line_and_exit_2(command: Command, tmp_path: Path, name: str) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    (tmp_path / "alone").mkdir()
    path = tmp_path / "alone" / name
    shutil.copy(corpus / ("articles" if name == "article.txt" else "gold") / f"{DOC_ID}{path.suffix}", path)
    outcome = command("validate", path)
    assert (outcome.code, outcome.output, outcome.errors.count("\n")) == (2, "", 1)
    assert str(path) in outcome.errors


INVENTORY: Json = json.loads((schema_dir() / "labels.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        json.dumps({**INVENTORY, "nesting": [["ORG", "CITY"]]}).encode(),
        json.dumps({**INVENTORY, "mentions": [*INVENTORY["mentions"], INVENTORY["mentions"][0]]}).encode(),
        json.dumps({**INVENTORY, "vocabularies": {"mood": ["sad"]}}).encode(),
    ],
)
def test_a_broken_inventory_is_one_line_that_names_it(command: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "labels.json").write_bytes(content)
    (tmp_path / "docs.jsonl").write_bytes(lines(1))
    outcome = command("validate", tmp_path / "docs.jsonl", "--labels", tmp_path / "labels.json")
    assert outcome.code in (1, 2)
    assert (outcome.output, outcome.errors.count("\n")) == ("", 1)
    assert str(tmp_path / "labels.json") in outcome.errors


def test_an_inventory_that_is_not_there_is_one_line_and_exit_2(command: Command, tmp_path: Path) -> None:
    (tmp_path / "docs.jsonl").write_bytes(lines(1))
    outcome = command("validate", tmp_path / "docs.jsonl", "--labels", tmp_path / "none.json")
    assert (outcome.code, outcome.output, outcome.errors.count("\n")) == (2, "", 1)


# --- anything at all ------------------------------------------------------------------------------------------

PLACES = {
    "doc.json": LINE,
    "docs.jsonl": LINE + b"\n" + LINE,
    "docs.jsonl.gz": gzip.compress(LINE),
    "docs.jsonl.zst": zstandard.ZstdCompressor().compress(LINE),
    f"corpus/articles/{DOC_ID}.txt": None,
    f"corpus/articles/{DOC_ID}.meta.json": None,
    f"corpus/gold/{DOC_ID}.json": None,
    "corpus/splits.csv": None,
}


@st.composite
def damaged(draw: Callable[[st.SearchStrategy[Any]], Any], whole: bytes) -> bytes:
    """Bytes with a few stretches replaced by others."""
    data = whole
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 8)))
        scrap = st.sampled_from([b'"', b"}", b"null", b"1e5", b"\\ud800", b"\r", b"\xef\xbb\xbf", b"\xcc\x86", b"-1"])
        data = data[:start] + draw(st.one_of(scrap, st.binary(max_size=6))) + data[end:]
    return data


@pytest.mark.parametrize("place", PLACES)
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_bytes_anywhere_end_in_findings_or_in_an_error_of_our_own(
    place: str, tmp_path: Path, data: st.DataObject
) -> None:
    root = tmp_path / "corpus"
    if not root.exists():
        write_corpus(root, splits=SPLITS)
        (tmp_path / "whole").write_bytes(PLACES[place] or (tmp_path / place).read_bytes())
    path = tmp_path / place
    whole = (tmp_path / "whole").read_bytes()
    path.write_bytes(data.draw(st.one_of(damaged(whole), damaged(whole), st.binary(max_size=40))))
    try:
        found = list(validate(root if place.startswith("corpus/") else path, load_labels()))
    except VistkaError as error:
        event("refused")
        assert str(tmp_path) in str(error)
    else:
        event("findings" if found else "clean")
        assert all(finding.message and finding.path for finding in found)
