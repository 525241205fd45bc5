"""The same documents, whatever form the data have; a version that follows the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import MARKUP, write_corpus
from conftest import ROOT, Run
from vistka.bench.data import load
from vistka.findings import InputError, UsageError

SPLITS = "doc_id,split\n2025-05-01-a,train\n2025-05-02-b,validation\n2025-05-03-c,test\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    documents = zip((line.split(",")[0] for line in SPLITS.split()[1:]), (MARKUP, MARKUP, MARKUP))
    return write_corpus(tmp_path / "corpus", *documents, splits=SPLITS)


def test_the_corpus_its_shards_and_its_built_dataset_hold_the_same_documents(vistka: Run, tmp_path: Path) -> None:
    shards, dataset = tmp_path / "documents.jsonl.zst", tmp_path / "dataset"
    assert vistka("export", "corpus", "--out", shards).returncode == 0
    assert vistka("build", "corpus", "--out", dataset).returncode == 0
    folder = load(str(ROOT / "corpus"))
    assert [len(docs) for docs in folder.splits.values()] == [168, 24, 48]
    for other in (load(str(shards)), load(str(dataset))):
        assert (other.version, other.splits) == (folder.version, folder.splits)


def test_one_changed_label_is_another_version(corpus: Path) -> None:
    before = load(str(corpus)).version
    gold = corpus / "gold" / "2025-05-01-a.json"
    gold.write_text(gold.read_text("utf-8").replace('"polarity": "support"', '"polarity": "oppose"'), "utf-8")
    assert load(str(corpus)).version != before


def test_what_is_not_there_is_named(corpus: Path) -> None:
    with pytest.raises(UsageError, match="no documents in the split 'dev'; there are train, validation, test"):
        load(str(corpus)).split("dev")
    with pytest.raises(InputError, match="nobody/nothing"):
        load("nobody/nothing")
