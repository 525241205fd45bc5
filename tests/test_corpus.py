"""The corpus folder and the table of splits."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import DOC_ID, MARKUP, document, write_corpus
from vistka.corpus import Corpus, SplitFault, read_splits, splits_csv
from vistka.documents import read_documents, whole_sentences
from vistka.findings import InputError, UsageError
from vistka.io import canonical, write_shard
from vistka.model import Annotation
from vistka.text import sha256

OTHER = "2024-01-02-inshe"
OTHER_MARKUP = "{Львів|LOC|lviv} п'ятий.\u00a0🇺🇦\n%% entities\nlviv = Львів\n"


def corpus(root: Path, splits: str | None = None) -> Corpus:
    return Corpus(write_corpus(root / "corpus", (DOC_ID, MARKUP), (OTHER, OTHER_MARKUP), splits=splits))


def bare() -> Annotation:
    """A pass over the builders' article that marks nothing."""
    return Annotation("vistka/annotation/1", DOC_ID, sha256(document().text), (), (), (), ())


# --- listing --------------------------------------------------------------------------------------------------


def test_documents_are_listed_in_order_of_their_ids(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    assert list(found.articles) == list(found.metadata) == list(found.gold) == [OTHER, DOC_ID]
    assert found.articles[OTHER] == found.root / "articles" / f"{OTHER}.txt"
    assert found.metadata[OTHER].name == f"{OTHER}.meta.json"


def test_every_annotator_has_a_folder_and_gold_is_one_of_them(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    for annotator in ("oksana", "andrij"):
        folder = found.root / "annotations" / annotator
        folder.mkdir(parents=True)
        (folder / f"{DOC_ID}.json").write_bytes(canonical(bare()))
    assert list(found.annotators) == ["gold", "andrij", "oksana"]
    assert list(found.annotators["oksana"]) == [DOC_ID]
    assert found.gold is found.annotators["gold"]


def test_hidden_files_are_no_documents(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    (found.root / "articles" / ".2025-01-01-x.txt").touch()
    assert list(found.articles) == [OTHER, DOC_ID]
    assert found.strays == []


def test_a_folder_without_articles_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it has no articles/"):
        Corpus(tmp_path)


def test_a_corpus_without_gold_has_no_documents(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    assert Corpus(tmp_path).gold == {}
    assert list(Corpus(tmp_path).documents()) == []


def test_what_no_part_of_the_layout_accounts_for_is_a_stray(tmp_path: Path) -> None:
    found = corpus(tmp_path, splits="doc_id,split\n")
    (found.root / "annotations" / "oksana").mkdir(parents=True)
    strays = [
        "articles/нотатки.md",
        "gold/old.json.bak",
        "annotations/oksana/x.txt",
        "annotations/x.json",
        "splits.bak",
    ]
    for name in (*strays, "README.md", "GUIDELINES.md", "GUIDELINES.en.md", ".gitattributes", "gold/README.md"):
        (found.root / name).touch()
    assert found.strays == sorted(found.root / name for name in strays)


# --- loading --------------------------------------------------------------------------------------------------


def test_a_document_is_its_article_metadata_layers_and_split(tmp_path: Path) -> None:
    found = corpus(tmp_path, splits=f"doc_id,split\n{DOC_ID},test\n")
    assert found.load(DOC_ID) == document(split="test")
    assert found.load(OTHER).split is None
    assert found.load(OTHER).text == "Львів п'ятий.\u00a0🇺🇦"


def test_the_documents_of_a_corpus_are_those_with_gold_in_order(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    (found.root / "articles" / "2026-01-01-new.txt").write_text("Ще без розмітки.", "utf-8")
    assert [doc.doc_id for doc in found.documents()] == [OTHER, DOC_ID]


def test_a_pass_of_an_annotator_is_loaded_by_name(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    folder = found.root / "annotations" / "oksana"
    folder.mkdir(parents=True)
    (folder / f"{DOC_ID}.json").write_bytes(canonical(bare()))
    assert found.load(DOC_ID, "oksana").mentions == ()
    assert found.load(DOC_ID).mentions != ()
    with pytest.raises(InputError, match=f"{DOC_ID} has no andrij; run `vistka validate`"):
        found.load(DOC_ID, "andrij")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (f"articles/{DOC_ID}.txt", "article"),
        (f"articles/{DOC_ID}.meta.json", "metadata"),
        (f"gold/{DOC_ID}.json", "gold"),
    ],
)
def test_a_document_that_lacks_a_file_is_named_with_what_it_lacks(tmp_path: Path, name: str, what: str) -> None:
    root = corpus(tmp_path).root
    (root / name).unlink()
    with pytest.raises(InputError, match=f"{DOC_ID} has no .*{what}; run `vistka validate`"):
        Corpus(root).load(DOC_ID)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"articles/{DOC_ID}.txt", b"\xff"),
        (f"articles/{DOC_ID}.meta.json", b"{}"),
        (f"gold/{DOC_ID}.json", b"{"),
        (f"gold/{DOC_ID}.json", b"\xff"),
        (f"gold/{DOC_ID}.json", b"[" * 100_000),
    ],
)
def test_a_file_that_is_no_record_is_named_with_the_command_that_explains(
    tmp_path: Path, name: str, content: bytes
) -> None:
    found = corpus(tmp_path)
    (found.root / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}: cannot be read \(.*run `vistka validate`"):
        found.load(DOC_ID)


def test_the_carriage_returns_of_an_article_are_kept(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    found.articles[OTHER].write_bytes("Львів\r\n".encode())
    assert found.load(OTHER).text == "Львів\r\n"


# --- documents of any kind ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_a_corpus_folder_and_its_shard_give_the_same_documents(tmp_path: Path, ending: str) -> None:
    found = corpus(tmp_path, splits=f"doc_id,split\n{OTHER},train\n")
    shard = tmp_path / f"all{ending}"
    write_shard(shard, found.documents())
    assert list(read_documents(shard)) == list(read_documents(found.root)) == list(found.documents())
    assert [doc.split for doc in read_documents(shard)] == ["train", None]


def test_a_folder_of_shards_is_read_in_name_order(tmp_path: Path) -> None:
    write_shard(tmp_path / "b.jsonl", iter([document(doc_id="2025-01-01-b")]))
    write_shard(tmp_path / "a.jsonl.zst", iter([document(doc_id="2025-01-01-a")]))
    assert [doc.doc_id for doc in read_documents(tmp_path)] == ["2025-01-01-a", "2025-01-01-b"]


def test_a_line_that_is_no_record_is_named_by_shard_and_line(tmp_path: Path) -> None:
    shard = tmp_path / "a.jsonl"
    write_shard(shard, iter([document()]))
    shard.write_bytes(shard.read_bytes() + b'{"schema": "vistka/document/1"}\n')
    with pytest.raises(InputError, match=rf"a\.jsonl:2: .*run `vistka validate {shard}`"):
        list(read_documents(shard))


@pytest.mark.parametrize("name", ["none", "empty", "note.txt"])
def test_what_is_neither_corpus_nor_shard_is_a_fault_of_the_call(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").touch()
    with pytest.raises(UsageError, match="neither a corpus folder"):
        list(read_documents(tmp_path / name))


def test_a_mention_over_a_full_stop_joins_its_sentences() -> None:
    doc = document("Гурт {Так. Ні|ORG|band} грає. Потім тиша.\n%% entities\nband = Так. Ні\n")
    assert [doc.text[a:b] for a, b in whole_sentences(doc)] == ["Гурт Так. Ні грає.", "Потім тиша."]


# --- splits.csv -----------------------------------------------------------------------------------------------


def table(tmp_path: Path, content: str | bytes) -> tuple[dict[str, str], list[SplitFault]]:
    path = tmp_path / "splits.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_splits(path)


def test_a_table_is_read_back_as_it_is_written_in_order(tmp_path: Path) -> None:
    placed = {"2025-05-01-b": "test", "2024-01-01-a": "train", "2025-05-01-a": "validation"}
    raw = splits_csv(placed)
    assert raw == b"doc_id,split\n2024-01-01-a,train\n2025-05-01-a,validation\n2025-05-01-b,test\n"
    assert table(tmp_path, raw) == (placed, [])


def test_a_corpus_without_a_table_has_no_splits_and_no_faults(tmp_path: Path) -> None:
    assert corpus(tmp_path).split_table == ({}, [])


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "the first line is not `doc_id,split`"),
        ("id,split\n2025-01-01-a,train\n", 1, "the first line is not `doc_id,split`"),
        ("2025-01-01-a,train\n", 1, "the first line is not `doc_id,split`"),
        ("doc_id,split\n2025-01-01-a,dev\n", 2, "`2025-01-01-a,dev` is not doc_id,split with one of train, validation"),
        ("doc_id,split\n2025-01-01-a\n", 2, "`2025-01-01-a` is not doc_id,split"),
        ("doc_id,split\n2025-01-01-a,train,x\n", 2, "`2025-01-01-a,train,x` is not doc_id,split"),
        ("doc_id,split\n2025-01-01-a,train\n\n", 3, "`` is not doc_id,split"),
        ("doc_id,split\n2025-01-01-a,train\n2025-01-01-a,test\n", 3, "2025-01-01-a stands in the table twice"),
        (b"doc_id,split\n\xff,train\n", 1, "not UTF-8 at byte 13"),
        ('doc_id,split\n"2025-01-01-a,train\n', 2, "is not doc_id,split"),
    ],
)
def test_a_faulty_line_is_named_with_its_number(tmp_path: Path, content: str | bytes, line: int, message: str) -> None:
    _, faults = table(tmp_path, content)
    assert [fault.line for fault in faults] == [line]
    assert message in faults[0].message


def test_a_faulty_line_assigns_nothing_and_the_others_do(tmp_path: Path) -> None:
    placed, faults = table(tmp_path, "doc_id,split\na,train\nb,dev\nc,test\na,test\n")
    assert placed == {"a": "train", "c": "test"}
    assert [fault.line for fault in faults] == [3, 5]


def test_a_table_that_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    assert read_splits(tmp_path)[1][0].message.startswith("cannot be read")


@pytest.mark.parametrize("content", ["doc_id,split\r\na,train\r\n", "doc_id,split\na,train"])
def test_other_line_ends_are_no_fault(tmp_path: Path, content: str) -> None:
    assert table(tmp_path, content) == ({"a": "train"}, [])


@pytest.mark.parametrize("cell", ["x" * 200_000, "a\x00b"])
def test_a_cell_that_no_csv_reader_takes_is_a_fault_and_no_crash(tmp_path: Path, cell: str) -> None:
    placed, faults = table(tmp_path, f"doc_id,split\n{cell},dev\n")
    assert placed == {}
    assert len(faults) == 1


def test_the_documents_that_annotators_share_are_those_of_all_of_them(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    folder = found.root / "annotations" / "oksana"
    folder.mkdir(parents=True)
    (folder / f"{DOC_ID}.json").write_bytes(canonical(bare()))
    assert found.shared("gold", "oksana") == [DOC_ID]
    assert found.shared("gold") == [OTHER, DOC_ID]
    with pytest.raises(UsageError, match="no annotator 'andrij'; there are gold, oksana"):
        found.shared("gold", "andrij")
