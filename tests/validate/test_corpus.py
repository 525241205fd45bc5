"""The level of the corpus: leaks between splits, repeated ids, several shards and several annotators."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
import zstandard

from builders import DOC_ID, document, write_corpus
from vistka.findings import Finding
from vistka.io import encode_line
from vistka.model import Document
from vistka.resources import load_labels
from vistka.validate.runner import validate

SYLLABLES = ("ба", "ве", "гі", "ґо", "ду", "жа", "зе", "ї", "ки", "ло", "му", "не", "пі", "ро", "си", "та", "щу", "мʼя")
SPLITS = ("train", "validation", "test")


def words(seed: int, count: int = 300) -> list[str]:
    """Ukrainian-looking words, the same for a seed on every machine."""
    dice = random.Random(seed)
    return ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(count)]


def changed(original: list[str], share: float) -> list[str]:
    """The words with a share of them, evenly spread, replaced by others."""
    step = round(1 / share)
    return [f"інше{i}" if i % step == step // 2 else word for i, word in enumerate(original)]


def text_document(name: str, text: list[str], split: str | None, story: str | None = None) -> Document:
    return document(" ".join(text) + ".\n%% entities\n", f"2025-05-01-{name}", split, story=story or name)


def filler(*splits: str) -> list[Document]:
    """Unrelated documents, one a split."""
    return [text_document(f"filler-{split}", words(1000 + i), split) for i, split in enumerate(splits)]


def findings(path: Path) -> list[Finding]:
    return list(validate(path, load_labels()))


def judged(folder: Path, *documents: Document) -> list[Finding]:
    (folder / "docs.jsonl").write_bytes(b"".join(encode_line(doc) + b"\n" for doc in documents))
    return findings(folder / "docs.jsonl")


def codes(found: list[Finding]) -> list[str]:
    return [finding.code for finding in found]


# --- leaks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_reprint_with_a_twentieth_of_its_words_changed_in_another_split_is_co011(tmp_path: Path, seed: int) -> None:
    original = words(seed)
    found = judged(
        tmp_path,
        text_document("original", original, "train"),
        *filler(*SPLITS),
        text_document("reprint", changed(original, 0.05), "test"),
    )
    assert codes(found) == ["CO011"]
    assert found[0].doc_id == "2025-05-01-reprint"
    assert "2025-05-01-original" in found[0].message
    assert "is in test" in found[0].message


def test_the_jaccard_index_in_the_message_is_that_of_the_shingles(tmp_path: Path) -> None:
    original = words(1)
    copied = changed(original, 0.05)
    first, second = ({tuple(w[i : i + 3]) for i in range(298)} for w in (original, copied))
    index = len(first & second) / len(first | second)
    found = judged(
        tmp_path,
        text_document("original", original, "train"),
        *filler(*SPLITS),
        text_document("reprint", copied, "test"),
    )
    assert f"Jaccard {index:.2f}" in found[0].message


def test_a_reprint_in_the_split_of_its_original_is_none(tmp_path: Path) -> None:
    original = words(1)
    reprint = text_document("reprint", changed(original, 0.05), "train")
    assert judged(tmp_path, text_document("original", original, "train"), *filler(*SPLITS), reprint) == []


def test_unrelated_texts_in_all_splits_are_none(tmp_path: Path) -> None:
    docs = [text_document(f"d{i}", words(i), SPLITS[i % 3]) for i in range(30)]
    assert judged(tmp_path, *docs) == []


def test_a_text_that_shares_a_third_of_its_words_is_none(tmp_path: Path) -> None:
    original = words(1)
    other = text_document("other", original[:100] + words(2, 200), "test")
    assert judged(tmp_path, text_document("original", original, "train"), *filler(*SPLITS), other) == []


def test_a_reprint_that_differs_in_apostrophes_and_case_alone_is_co011(tmp_path: Path) -> None:
    original = words(1)
    other = [word.upper().replace("ʼ", "’") for word in original]
    found = judged(
        tmp_path,
        text_document("original", original, "train"),
        *filler(*SPLITS),
        text_document("reprint", other, "validation"),
    )
    assert codes(found) == ["CO011"]
    assert "Jaccard 1.00" in found[0].message


def test_three_reprints_in_three_splits_are_told_of_each(tmp_path: Path) -> None:
    original = words(1)
    docs = [text_document(split, original, split) for split in SPLITS]
    found = judged(tmp_path, *docs)
    assert set(codes(found)) == {"CO011"}
    assert {finding.doc_id for finding in found} == {"2025-05-01-validation", "2025-05-01-test"}


def test_a_story_in_two_splits_is_co010_for_every_document_beside_the_first(tmp_path: Path) -> None:
    docs = [
        text_document("a", words(1), "train", "signing"),
        text_document("b", words(2), "test", "signing"),
        text_document("c", words(3), "train", "signing"),
        text_document("d", words(4), "validation", "signing"),
    ]
    found = judged(tmp_path, *docs)
    assert [(f.code, f.doc_id) for f in found] == [("CO010", "2025-05-01-b"), ("CO010", "2025-05-01-d")]
    assert all("2025-05-01-a of the same story is in train" in f.message for f in found)


def test_documents_without_split_leak_nothing(tmp_path: Path) -> None:
    original = words(1)
    docs = [text_document(name, original, None, "signing") for name in "abc"]
    assert judged(tmp_path, *docs) == []


def test_a_document_without_split_leaks_nothing_beside_others(tmp_path: Path) -> None:
    loose = text_document("loose", words(1), None, "signing")
    bound = text_document("bound", words(1), "train", "signing")
    assert judged(tmp_path, loose, bound, *filler("validation", "test")) == []


def test_leaks_across_shards_name_the_shards(tmp_path: Path) -> None:
    original = words(1)
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    docs = [text_document("original", original, "train"), *filler(*SPLITS)]
    first.write_bytes(b"".join(encode_line(doc) + b"\n" for doc in docs))
    second.write_bytes(encode_line(text_document("reprint", changed(original, 0.05), "test")) + b"\n")
    found = findings(tmp_path)
    assert [(f.code, f.path) for f in found] == [("CO011", str(second))]


def test_leaks_in_a_corpus_folder_are_found_by_its_table(tmp_path: Path) -> None:
    original = words(1)
    texts = {
        "2025-05-01-a": original,
        "2025-05-01-b": words(2),
        "2025-05-01-c": words(3),
        "2025-05-01-d": changed(original, 0.05),
    }
    markups = [(doc_id, " ".join(text) + ".\n%% entities\n") for doc_id, text in texts.items()]
    table = "doc_id,split\n2025-05-01-a,train\n2025-05-01-b,validation\n2025-05-01-c,test\n2025-05-01-d,test\n"
    root = write_corpus(tmp_path / "corpus", *markups, splits=table)
    found = findings(root)
    assert [(f.code, f.doc_id) for f in found] == [
        ("CO010", "2025-05-01-b"),
        ("CO010", "2025-05-01-c"),
        ("CO010", "2025-05-01-d"),
        ("CO011", "2025-05-01-d"),
    ]


# --- shards ---------------------------------------------------------------------------------------------------


def lines(*documents: Document) -> bytes:
    return b"".join(encode_line(doc) + b"\n" for doc in documents)


def packed(path: Path, data: bytes) -> Path:
    if path.suffix == ".gz":
        data = gzip.compress(data)
    elif path.suffix == ".zst":
        data = zstandard.ZstdCompressor().compress(data)
    path.write_bytes(data)
    return path


SOFT = document("Ки\u00adїв чекає.\n%% entities\n", "2025-05-01-soft", story="soft")


@pytest.mark.parametrize("name", ["docs.jsonl", "docs.jsonl.gz", "docs.jsonl.zst"])
def test_a_finding_in_a_shard_names_its_line_however_it_is_packed(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / name, lines(document()) + b"\n" + lines(SOFT))
    assert [(f.code, f.path, f.record, f.doc_id, f.column) for f in findings(path)] == [
        ("TX005", str(path), 3, "2025-05-01-soft", 3)
    ]


@pytest.mark.parametrize("name", ["docs.jsonl", "docs.jsonl.gz", "docs.jsonl.zst"])
def test_a_shard_without_a_last_newline_is_read_whole(tmp_path: Path, name: str) -> None:
    assert codes(findings(packed(tmp_path / name, lines(document(), SOFT)[:-1]))) == ["TX005"]


def test_an_id_in_three_shards_of_three_packings_is_told_twice(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl.zst"):
        packed(tmp_path / name, lines(document()))
    found = findings(tmp_path)
    assert [(f.code, f.doc_id, Path(f.path or "").name) for f in found] == [
        ("CO009", DOC_ID, "b.jsonl.gz"),
        ("CO009", DOC_ID, "c.jsonl.zst"),
    ]
    assert all(f"{tmp_path / 'a.jsonl'}:1" in f.message for f in found)


def test_shards_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("2.jsonl.zst", "10.jsonl", "1.jsonl.gz"):
        packed(tmp_path / name, b"{\n")
    assert [Path(f.path or "").name for f in findings(tmp_path)] == ["1.jsonl.gz", "10.jsonl", "2.jsonl.zst"]


def test_a_folder_of_shards_passes_over_other_and_hidden_files(tmp_path: Path) -> None:
    packed(tmp_path / "a.jsonl", lines(document()))
    (tmp_path / "README.md").write_text("Шард.\n", encoding="utf-8")
    (tmp_path / ".b.jsonl").write_bytes(b"{")
    (tmp_path / "c.json").write_bytes(b"{")
    assert findings(tmp_path) == []


def test_a_document_with_errors_counts_but_leaks_nothing(tmp_path: Path) -> None:
    path = packed(tmp_path / "docs.jsonl", b"{\n")
    assert codes(findings(path)) == ["SC001"]


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    original = words(1)
    packed(tmp_path / "a.jsonl", lines(text_document("a", original, "train", "signing"), SOFT) + b"{\n")
    packed(tmp_path / "b.jsonl.gz", lines(text_document("b", words(2), "test", "signing"), document(split="train")))
    packed(tmp_path / "c.jsonl.zst", lines(text_document("c", changed(original, 0.05), "validation"), SOFT, document()))
    (tmp_path / "d.jsonl.gz").write_bytes(b"\x1f\x8b")
    alone = findings(tmp_path)
    assert codes(alone) == ["TX005", "SC001", "TX005", "FL001", "CO009", "CO009", "CO010", "CO011"]
    assert list(validate(tmp_path, load_labels(), workers=2)) == alone


# --- annotators -----------------------------------------------------------------------------------------------


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    root = write_corpus(tmp_path / "corpus", splits=f"doc_id,split\n{DOC_ID},train\n")
    for annotator in ("olena", "taras"):
        (root / "annotations" / annotator).mkdir(parents=True)
        gold = (root / "gold" / f"{DOC_ID}.json").read_bytes()
        (root / "annotations" / annotator / f"{DOC_ID}.json").write_bytes(gold)
    return root


def errors(root: Path) -> list[tuple[str, str]]:
    """Code and file, without CO012: one document leaves two splits empty."""
    return [(f.code, str(Path(f.path or "").relative_to(root))) for f in findings(root) if f.code != "CO012"]


def test_equal_passes_of_several_annotators_are_clean(corpus: Path) -> None:
    assert errors(corpus) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"label": "LOC"', '"label": "CITY"', "SC005"),
        ('"start": 0', '"start": 900', "SP001"),
        ('"head": "m', '"head": "m9', "LK002"),
        ('"text_sha256": "', '"text_sha256": "0', "SC005"),
        ('"relations"', '"relations" ', "SC006"),
    ],
)
def test_a_second_annotators_pass_is_validated_too(corpus: Path, old: str, new: str, code: str) -> None:
    path = corpus / "annotations" / "taras" / f"{DOC_ID}.json"
    before = path.read_text("utf-8")
    path.write_text(before.replace(old, new), encoding="utf-8")
    assert path.read_text("utf-8") != before
    assert {found for found in errors(corpus) if found[0] != "SC006" or code == "SC006"} == {
        (code, f"annotations/taras/{DOC_ID}.json")
    }


def test_faults_of_metadata_are_told_once_however_many_annotators_there_are(corpus: Path) -> None:
    path = corpus / "articles" / f"{DOC_ID}.meta.json"
    path.write_text(path.read_text("utf-8").replace('"politics"', '"weather"'), encoding="utf-8")
    assert [code for code, _ in errors(corpus)] == ["CO001"]


def test_one_file_of_a_corpus_is_judged_alone(corpus: Path) -> None:
    path = corpus / "annotations" / "taras" / f"{DOC_ID}.json"
    path.write_text(path.read_text("utf-8").replace('"label": "LOC"', '"label": "CITY"'), encoding="utf-8")
    assert set(codes(findings(path))) == {"SC005"}
    assert findings(corpus / "annotations" / "olena" / f"{DOC_ID}.json") == []
    assert findings(corpus / "gold" / f"{DOC_ID}.json") == []
    assert findings(corpus / "articles" / f"{DOC_ID}.txt") == []
