"""Croissant metadata as the reference library reads it, offline."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import mlcroissant as mlc
import pyarrow.parquet as pq
import pytest

from builders import MARKUP, document
from small import small_documents, tree
from vistka.io import write_shard
from vistka.model import SPLITS
from vistka.publish import parquet
from vistka.publish.build import build
from vistka.publish.features import CONFIGS
from vistka.resources import load_labels

LABELS = load_labels()


def opened(dataset: Path) -> mlc.Dataset:
    return mlc.Dataset(jsonld=str(dataset / "croissant.json"))


def records(found: mlc.Dataset, name: str) -> list[dict[str, Any]]:
    return list(found.records(record_set=name))


def copied(dataset: Path, target: Path) -> Path:
    for name, data in tree(dataset).items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    return target


def test_it_is_valid_and_has_a_record_set_for_every_config_and_split(dataset: Path) -> None:
    found = opened(dataset).metadata
    assert list(found.ctx.issues.errors) == []
    assert found.name == "vistka"
    assert [r.uuid for r in found.record_sets] == [f"{config}/{split}" for config in CONFIGS for split in SPLITS]


@pytest.mark.parametrize("config", CONFIGS)
def test_every_record_set_has_the_rows_of_its_parquet_file(config: str, dataset: Path) -> None:
    found = opened(dataset)
    for split in SPLITS:
        (file,) = dataset.glob(f"data/*/{config}/{split}-*.parquet")
        assert len(records(found, f"{config}/{split}")) == pq.ParquetFile(file).metadata.num_rows > 0


def test_records_hold_the_text_of_the_documents(dataset: Path) -> None:
    found = opened(dataset)
    for doc in small_documents():
        (record,) = records(found, f"documents/{doc.split}")
        assert record[f"documents/{doc.split}/text"].decode() == doc.text
        assert record[f"documents/{doc.split}/doc_id"].decode() == doc.doc_id


def test_records_hold_tokens_and_their_offsets(dataset: Path) -> None:
    (doc,) = [d for d in small_documents() if d.split == "test"]
    for record in records(opened(dataset), "ner/test"):
        words = [word.decode() for word in record["ner/test/tokens"]]
        starts, ends = record["ner/test/starts"], record["ner/test/ends"]
        assert [doc.text[a:b] for a, b in zip(starts, ends)] == words != []


def test_records_reach_into_structs_and_lists_of_structs(dataset: Path) -> None:
    found = opened(dataset)
    (doc,) = [d for d in small_documents() if d.split == "validation"]
    (record,) = records(found, "documents/validation")
    surfaces = record["documents/validation/mentions"]
    inner = [part["documents/validation/mentions/text"] for part in surfaces]
    assert [text.decode() for text in inner] == [m.text for m in doc.mentions]


def test_every_column_of_the_parquet_is_a_field(dataset: Path) -> None:
    metadata = json.loads((dataset / "croissant.json").read_bytes())
    for record_set in metadata["recordSet"]:
        config, split = record_set["@id"].split("/")
        (file,) = dataset.glob(f"data/*/{config}/{split}-*.parquet")
        assert [field["name"] for field in record_set["field"]] == pq.ParquetFile(file).schema_arrow.names


def test_checksums_are_those_of_the_files(dataset: Path) -> None:
    distribution = json.loads((dataset / "croissant.json").read_bytes())["distribution"]
    files = {f["contentUrl"]: f["sha256"] for f in distribution}
    wanted = {n: hashlib.sha256(d).hexdigest() for n, d in tree(dataset).items() if n.endswith(".parquet")}
    assert files == wanted
    assert len(files) == len(CONFIGS) * len(SPLITS)


def test_a_byte_changed_in_a_file_is_noticed(dataset: Path, tmp_path: Path) -> None:
    copy = copied(dataset, tmp_path / "copy")
    assert records(opened(copy), "ner/train")
    (file,) = copy.glob("data/*/ner/train-*.parquet")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(mlc.GenerationError) as caught:
        records(opened(copy), "ner/train")
    reasons, error = "", caught.value
    while error is not None:
        reasons, error = f"{reasons} {error}", error.__cause__ or error.__context__
    assert "hash" in reasons.lower()


def test_a_split_without_stances_is_still_valid_and_all_record_sets_iterate(tmp_path: Path) -> None:
    plain = "{Київ|LOC|k} стоїть.\n%% entities\nk = Київ\n"
    docs = [document(MARKUP, "2025-05-01-a", "train", story="a")]
    docs += [document(plain, f"2025-05-01-{s}", s, story=s) for s in ("validation", "test")]
    write_shard(tmp_path / "all.jsonl", iter(docs))
    found = opened(build(tmp_path / "all.jsonl", tmp_path / "dataset", LABELS).path)
    assert list(found.metadata.ctx.issues.errors) == []
    counts = {r.uuid: len(records(found, r.uuid)) for r in found.metadata.record_sets}
    assert counts["stance/train"] == 1
    assert counts["documents/test"] == 1
    assert counts.get("stance/test", 0) == 0


def test_parts_of_a_split_are_record_sets_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BATCH_DOCUMENTS", 1)
    monkeypatch.setattr(parquet, "MAX_PART_BYTES", 1)
    more = [document(MARKUP, f"2025-05-01-more-{i}", "train", story=f"more-{i}") for i in range(2)]
    write_shard(tmp_path / "all.jsonl", iter([*small_documents(), *more]))
    found = opened(build(tmp_path / "all.jsonl", tmp_path / "dataset", LABELS).path)
    names = [r.uuid for r in found.metadata.record_sets if r.uuid.startswith("documents/train")]
    assert len(names) == 3
    assert [len(records(found, name)) for name in names] == [1, 1, 1]
