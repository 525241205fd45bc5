"""The built folder as its readers meet it, and what a build leaves behind when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from datasets import ClassLabel, get_dataset_config_names, load_dataset

from builders import MARKUP, as_json, document
from small import edit_metadata, small_corpus, small_documents, tree, verify_checksums
from vistka.findings import InputError, UsageError
from vistka.io import encode_line, write_shard
from vistka.model import SPLITS, Document
from vistka.publish import parquet
from vistka.publish.build import Built, build
from vistka.publish.features import CONFIGS, NO_RELATION, features, tag_names
from vistka.resources import Labels, load_labels

Run = Callable[..., "subprocess.CompletedProcess[str]"]
LABELS = load_labels()
ROWS = {
    "documents": {"train": 1, "validation": 1, "test": 1},
    "ner": {"train": 3, "validation": 3, "test": 3},
    "stance": {"train": 1, "validation": 2, "test": 1},
}


def card(dataset: Path) -> dict[str, Any]:
    head: dict[str, Any] = yaml.safe_load((dataset / "README.md").read_text("utf-8").split("---\n")[1])
    return head


def counts_in_card(dataset: Path) -> dict[str, dict[str, int]]:
    infos = card(dataset)["dataset_info"]
    return {i["config_name"]: {s["name"]: s["num_examples"] for s in i["splits"]} for i in infos}


def all_rows(dataset: Path, cache: Path) -> dict[str, dict[str, list[Any]]]:
    return {
        config: {s: d.to_list() for s, d in load_dataset(str(dataset), config, cache_dir=str(cache)).items()}
        for config in CONFIGS
    }


def many(count: int) -> list[Document]:
    """Documents of as many stories, in order of doc_id; of ten seven are in train, two in test."""
    splits = ["train", "test", "validation", "train", "train", "train", "test", "train", "train", "train"]
    return [document(MARKUP, f"2025-05-01-d{i:04d}", splits[i % 10], story=f"s{i}") for i in range(count)]


def shards(folder: Path, docs: list[Document], number: int = 2) -> Path:
    folder.mkdir()
    size = -(-len(docs) // number)
    for i in range(number):
        write_shard(folder / f"part-{i}.jsonl", iter(docs[i * size : (i + 1) * size]))
    return folder


def parts_of(built: Built) -> dict[str, bytes]:
    return tree(built.path / "data")


# --- loading --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", CONFIGS)
def test_every_split_loads_with_its_features_and_the_counts_of_the_card(
    config: str, dataset: Path, tmp_path: Path
) -> None:
    counts = counts_in_card(dataset)[config]
    assert list(counts) == list(SPLITS)
    for split in SPLITS:
        found = load_dataset(str(dataset), config, split=split, cache_dir=str(tmp_path))
        assert found.features == features(LABELS)[config]
        assert len(found) == counts[split] == ROWS.get(config, counts)[split] > 0


@pytest.mark.parametrize("config", CONFIGS)
def test_every_split_streams_the_rows_that_it_loads(config: str, dataset: Path, tmp_path: Path) -> None:
    for split in SPLITS:
        streamed = load_dataset(str(dataset), config, split=split, streaming=True)
        assert streamed.features == features(LABELS)[config]
        loaded = load_dataset(str(dataset), config, split=split, cache_dir=str(tmp_path))
        assert list(streamed) == loaded.to_list() != []


def test_documents_are_what_loads_when_no_config_is_named(dataset: Path, tmp_path: Path) -> None:
    found = load_dataset(str(dataset), split="train", cache_dir=str(tmp_path))
    assert found["doc_id"] == ["2025-05-01-train"]


def test_label_names_are_those_of_the_inventory(dataset: Path, tmp_path: Path) -> None:
    loaded = {c: load_dataset(str(dataset), c, split="train", cache_dir=str(tmp_path)).features for c in CONFIGS}
    mentions, relations = loaded["documents"]["mentions"].feature, loaded["documents"]["relations"].feature
    assert mentions["label"] == ClassLabel(names=list(LABELS.mention_labels))
    assert relations["label"] == ClassLabel(names=list(LABELS.relation_labels))
    assert loaded["ner"]["ner_tags"].feature == ClassLabel(names=tag_names(LABELS))
    assert loaded["relations"]["label"] == ClassLabel(names=[NO_RELATION, *LABELS.relation_labels])
    assert loaded["relations"]["head"]["label"] == ClassLabel(names=list(LABELS.mention_labels))
    assert loaded["stance"]["polarity"].names == ["support", "oppose", "neutral"]
    assert loaded["stance"]["attribution"].names == ["direct", "reported", "author"]


@pytest.mark.parametrize("config", CONFIGS)
def test_one_bare_parquet_file_has_the_label_names(config: str, dataset: Path, tmp_path: Path) -> None:
    (file,) = dataset.glob(f"data/*/{config}/train-*.parquet")
    bare = tmp_path / "bare.parquet"
    bare.write_bytes(file.read_bytes())
    found = load_dataset("parquet", data_files=str(bare), split="train", cache_dir=str(tmp_path / "cache"))
    assert found.features == features(LABELS)[config]


def test_loaded_documents_are_the_corpus(dataset: Path, tmp_path: Path) -> None:
    for doc in small_documents():
        (row,) = load_dataset(str(dataset), split=doc.split, cache_dir=str(tmp_path))
        assert (row["doc_id"], row["text"]) == (doc.doc_id, doc.text)
        assert [LABELS.mention_labels[m["label"]] for m in row["mentions"]] == [m.label for m in doc.mentions]
        assert [(m["start"], m["end"], m["text"], m["entity"]) for m in row["mentions"]] == [
            (m.start, m.end, m.text, m.entity) for m in doc.mentions
        ]
        assert [r["head"] + r["tail"] for r in row["relations"]] == [r.head + r.tail for r in doc.relations]
        assert [s["holder"] and s["holder"]["mention"] for s in row["stances"]] == [
            s.holder and s.holder.mention for s in doc.stances
        ]


def test_loaded_pairs_and_stances_slice_to_their_surfaces(dataset: Path, tmp_path: Path) -> None:
    spans = []
    for config, names in (("relations", ("head", "tail")), ("stance", ("holder", "target", "expression"))):
        for split in SPLITS:
            for row in load_dataset(str(dataset), config, split=split, cache_dir=str(tmp_path)):
                spans += [(row["text"][p["start"] : p["end"]], p["text"]) for p in map(row.get, names) if p]
    assert len(spans) > 100
    assert [sliced for sliced, _ in spans] == [surface for _, surface in spans]


def test_a_split_without_stances_keeps_the_other_splits_loadable(tmp_path: Path) -> None:
    plain = "{Київ|LOC|k} стоїть.\n%% entities\nk = Київ\n"
    docs = [document(MARKUP, "2025-05-01-a", "train", story="a")]
    docs += [document(plain, f"2025-05-01-{s}", s, story=s) for s in ("validation", "test")]
    built = build(shards(tmp_path / "shards", docs), tmp_path / "dataset", LABELS)
    found = load_dataset(str(built.path), "stance", cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in found.items()} == {"train": 1}


def test_every_config_that_the_card_names_loads_also_without_any_stance(tmp_path: Path) -> None:
    plain = "{Київ|LOC|k} стоїть.\n%% entities\nk = Київ\n"
    docs = [document(plain, f"2025-05-01-{split}", split, story=split) for split in SPLITS]
    built = build(shards(tmp_path / "shards", docs), tmp_path / "dataset", LABELS)
    names = get_dataset_config_names(str(built.path))
    assert {"documents", "ner"} <= set(names)
    for config in names:
        assert load_dataset(str(built.path), config, cache_dir=str(tmp_path / "cache"))


# --- the same bytes -------------------------------------------------------------------------------------------


def test_two_builds_are_byte_identical_whatever_the_hash_seed(vistka: Run, tmp_path: Path) -> None:
    corpus = small_corpus(tmp_path / "corpus")
    for seed in ("1", "4242"):
        done = vistka("build", corpus, "--out", tmp_path / seed, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "1") == tree(tmp_path / "4242")


def test_two_builds_in_one_process_are_byte_identical(tmp_path: Path) -> None:
    corpus = small_corpus(tmp_path / "corpus")
    first, again = build(corpus, tmp_path / "first", LABELS), build(corpus, tmp_path / "again", LABELS)
    assert tree(first.path) == tree(again.path)


def test_the_number_of_workers_changes_no_byte(tmp_path: Path) -> None:
    source = shards(tmp_path / "shards", many(30), 3)
    one = build(source, tmp_path / "one", LABELS, workers=1)
    two = build(source, tmp_path / "two", LABELS, workers=2)
    assert tree(one.path) == tree(two.path)
    assert one.rows["documents"] == {"train": 21, "validation": 3, "test": 6}


def test_an_exported_shard_gives_the_rows_of_its_folder(vistka: Run, tmp_path: Path) -> None:
    corpus = small_corpus(tmp_path / "corpus")
    shard = tmp_path / "corpus.jsonl.zst"
    assert vistka("export", corpus, "--out", shard).returncode == 0
    folder, exported = build(corpus, tmp_path / "a", LABELS), build(shard, tmp_path / "b", LABELS)
    assert parts_of(folder) == parts_of(exported)
    assert len(parts_of(folder)) == len(CONFIGS) * len(SPLITS)
    assert all_rows(folder.path, tmp_path / "one") == all_rows(exported.path, tmp_path / "two")


def test_a_changed_label_reaches_a_reader_who_has_the_old_dataset_in_the_cache(tmp_path: Path) -> None:
    corpus, target = small_corpus(tmp_path / "corpus"), tmp_path / "dataset"
    code = (
        "import sys, datasets\n"
        "rows = datasets.load_dataset(sys.argv[1], 'ner', split='train')\n"
        "names = rows.features['ner_tags'].feature.names\n"
        "print(*(names[tag] for tag in rows[0]['ner_tags']))\n"
    )
    environment = {**os.environ, "HF_DATASETS_CACHE": str(tmp_path / "cache"), "HF_HOME": str(tmp_path / "home")}

    def tags() -> list[str]:
        command = [sys.executable, "-c", code, str(target)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.split()

    before = build(corpus, target, LABELS)
    assert tags()[0] == "B-JOB"
    gold = corpus / "gold" / "2025-05-01-train.json"
    changed = gold.read_text("utf-8").replace('"label": "JOB"', '"label": "MISC"', 1)
    gold.write_text(changed.replace('"text": "Прем\'єрка"', '"text": "Прем\'єрка", "entity": "post"', 1), "utf-8")
    gold.write_text(_without_relations(gold.read_text("utf-8")), "utf-8")
    after = build(corpus, target, LABELS)
    assert after.rows["ner"] == before.rows["ner"]
    assert tags()[0] == "B-MISC"
    assert (tmp_path / "cache").is_dir()


def _without_relations(annotation: str) -> str:
    record = json.loads(annotation)
    record["entities"].insert(0, {"id": "post", "name": "Прем'єрка"})
    record["relations"] = [r for r in record["relations"] if "m1" not in (r["head"], r["tail"])]
    return json.dumps(record, ensure_ascii=False)


# --- stopped, refused, failed ---------------------------------------------------------------------------------

CHILD = """
import sys
from pathlib import Path
import datasets, pyarrow.parquet, yaml, vistka.publish.tables
from vistka.publish.build import build
from vistka.resources import load_labels
labels = load_labels()
print("begun", flush=True)
build(Path(sys.argv[1]), Path(sys.argv[2]), labels)
print("done", flush=True)
"""


def child(source: Path, target: Path) -> subprocess.Popen[str]:
    """A build in a process group of its own, at the moment when it begins."""
    command = [sys.executable, "-c", CHILD, str(source), str(target)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    return process


def test_a_build_killed_at_any_moment_leaves_a_whole_dataset(tmp_path: Path) -> None:
    target = tmp_path / "dataset"
    old = build(shards(tmp_path / "old", many(20)), target, LABELS)
    source = shards(tmp_path / "new", many(200))
    new = build(source, tmp_path / "wanted", LABELS)
    process = child(source, tmp_path / "measured")
    started = time.perf_counter()
    assert process.communicate()[0] == "done\n"
    duration = time.perf_counter() - started
    killed = 0
    for moment in range(10):
        process = child(source, target)
        time.sleep(duration * (moment + 0.5) / 10)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        verify_checksums(target)
        version = next((target / "data").iterdir()).name
        assert version in (old.version, new.version)
        found = load_dataset(str(target), split="train", cache_dir=str(tmp_path / "cache"))
        assert len(found) == (old if version == old.version else new).rows["documents"]["train"]
        if version == new.version:  # it was too late to stop it: put the old one back
            build(tmp_path / "old", target, LABELS)
    assert killed >= 5
    assert build(source, target, LABELS).version == new.version
    assert tree(target) == tree(tmp_path / "wanted")


def test_errors_in_the_corpus_are_printed_and_nothing_is_touched(vistka: Run, tmp_path: Path) -> None:
    corpus, target = small_corpus(tmp_path / "corpus"), tmp_path / "out" / "dataset"
    build(corpus, target, LABELS)
    before = tree(tmp_path / "out")
    edit_metadata(corpus, "2025-05-03-test", topic="weather")
    done = vistka("build", corpus, "--out", target)
    assert done.returncode == 1
    assert "CO001" in done.stderr and "weather" in done.stderr and "2025-05-03-test" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("vistka: ")
    assert "Traceback" not in done.stderr
    assert tree(tmp_path / "out") == before
    assert [p.name for p in target.parent.iterdir()] == ["dataset"]


def test_errors_in_a_shard_leave_nothing_behind(tmp_path: Path) -> None:
    record = as_json(small_documents()[0])
    record["mentions"][0]["text"] = "Віцепрем'єрка"
    docs = shards(tmp_path / "shards", small_documents())
    (docs / "part-9.jsonl").write_text(json.dumps(record, ensure_ascii=False) + "\n", "utf-8")
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError) as caught:
        build(docs, tmp_path / "out" / "dataset", LABELS)
    assert "SP002" in {finding.code for finding in caught.value.findings}
    assert list((tmp_path / "out").iterdir()) == []


def test_a_document_with_errors_is_not_lost_behind_a_thousand_warnings(tmp_path: Path) -> None:
    soft = "Сло\u00adво {Київ|LOC|k}.\n%% entities\nk = Київ\n"
    line = encode_line(document(soft, "2025-05-01-d-0", "train", story="s-0")).decode()
    lines = [line.replace("d-0", f"d-{i}").replace("s-0", f"s-{i}") for i in range(1100)]
    lines[1:3] = [lines[i].replace('"split":"train"', f'"split":"{s}"') for i, s in ((1, "validation"), (2, "test"))]
    lines.append(line.replace("d-0", "d-bad").replace("s-0", "s-bad").replace('"text":"Київ"', '"text":"Львів"'))
    shard = tmp_path / "all.jsonl"
    shard.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    with pytest.raises(InputError) as caught:
        build(shard, tmp_path / "dataset", LABELS)
    assert [(f.code, f.doc_id) for f in caught.value.findings if f.severity == "error"] == [
        ("SP002", "2025-05-01-d-bad")
    ]


def test_warnings_alone_do_not_stop_a_build(tmp_path: Path) -> None:
    docs = small_documents()
    soft = "Сло\u00adво {Львів|LOC|l}.\n%% entities\nl = Львів\n"
    docs.append(document(soft, "2025-05-04-soft", "train", story="soft"))
    built = build(shards(tmp_path / "shards", docs), tmp_path / "dataset", LABELS)
    assert built.rows["documents"]["train"] == 2


def test_a_folder_that_is_no_dataset_of_ours_is_refused(vistka: Run, tmp_path: Path) -> None:
    corpus, target = small_corpus(tmp_path / "corpus"), tmp_path / "out" / "photos"
    target.mkdir(parents=True)
    (target / "кіт.txt").write_text("мʼяу", "utf-8")
    done = vistka("build", corpus, "--out", target)
    assert done.returncode == 2
    assert done.stderr.startswith(f"vistka: {target}: ") and done.stderr.count("\n") == 1
    assert tree(tmp_path / "out") == {"photos/кіт.txt": "мʼяу".encode()}


@pytest.mark.parametrize("limit", [1_000, 10_000, 40_000])
def test_a_full_disk_is_one_line_and_leaves_nothing_behind(limit: int, tmp_path: Path) -> None:
    # A limit on the size of files stands in for a full disk: writes fail part of the way, in Parquet or after it.
    corpus, target = small_corpus(tmp_path / "corpus"), tmp_path / "out" / "dataset"
    build(corpus, target, LABELS)
    before = tree(tmp_path / "out")
    code = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from vistka.cli import main\n"
        "main()\n"
    )
    command = [sys.executable, "-B", "-c", code, "build", str(corpus), "--out", str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("vistka: ") and done.stderr.count("\n") == 1
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_without_documents_is_an_error_that_names_it(split: str, vistka: Run, tmp_path: Path) -> None:
    docs = [doc for doc in small_documents() if doc.split != split]
    source = shards(tmp_path / "shards", docs, 1)
    done = vistka("build", source, "--out", tmp_path / "dataset")
    assert done.returncode == 1
    assert f"the split {split} has no document" in done.stderr
    assert not (tmp_path / "dataset").exists()


def test_a_folder_without_splits_is_an_error_that_names_them(tmp_path: Path) -> None:
    corpus = small_corpus(tmp_path / "corpus")
    (corpus / "splits.csv").unlink()
    with pytest.raises(InputError) as caught:
        build(corpus, tmp_path / "dataset", LABELS)
    assert any("splits" in f"{f.path} {f.message}" for f in caught.value.findings if f.code == "CO007")


def test_a_document_record_without_a_split_is_an_error_that_names_it(tmp_path: Path) -> None:
    docs = [*small_documents(), document(MARKUP, "2025-05-09-nowhere", None, story="nowhere")]
    with pytest.raises(InputError) as caught:
        build(shards(tmp_path / "shards", docs), tmp_path / "dataset", LABELS)
    assert [(f.code, f.doc_id) for f in caught.value.findings] == [("CO007", "2025-05-09-nowhere")]


def test_a_story_in_two_splits_is_refused_across_shards(tmp_path: Path) -> None:
    docs = [*small_documents(), document(MARKUP, "2025-05-09-more", "test", story="story-train")]
    with pytest.raises(InputError) as caught:
        build(shards(tmp_path / "shards", docs), tmp_path / "dataset", LABELS, workers=2)
    assert {f.code for f in caught.value.findings} == {"CO010"}


@pytest.mark.parametrize("source", ["nowhere", "nowhere.jsonl"])
def test_a_source_that_is_not_there_is_one_line_and_exit_code_2(source: str, vistka: Run, tmp_path: Path) -> None:
    done = vistka("build", tmp_path / source, "--out", tmp_path / "dataset")
    assert done.returncode == 2
    assert done.stderr.startswith("vistka: ") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_articles_and_shards_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        build(tmp_path / "empty", tmp_path / "dataset", LABELS)
    assert [p.name for p in tmp_path.iterdir()] == ["empty"]


# --- files ----------------------------------------------------------------------------------------------------


def test_checksums_cover_every_file(dataset: Path) -> None:
    verify_checksums(dataset)
    assert {"README.md", "LICENSE", "croissant.json"} <= tree(dataset).keys()


def test_the_data_path_carries_a_version_that_follows_the_data(tmp_path: Path) -> None:
    corpus = small_corpus(tmp_path / "corpus")
    first = build(corpus, tmp_path / "dataset", LABELS)
    assert [p.name for p in (tmp_path / "dataset" / "data").iterdir()] == [first.version]
    edit_metadata(corpus, "2025-05-01-train", title="Інший заголовок")
    second = build(corpus, tmp_path / "dataset", LABELS)
    assert [p.name for p in (tmp_path / "dataset" / "data").iterdir()] == [second.version]
    assert first.version != second.version


def test_a_new_dataset_takes_the_place_of_the_old_one_whole(tmp_path: Path) -> None:
    target = tmp_path / "out" / "dataset"
    build(shards(tmp_path / "old", many(20)), target, LABELS)
    built = build(shards(tmp_path / "new", many(10)), target, LABELS)
    verify_checksums(target)
    assert counts_in_card(target)["documents"] == built.rows["documents"] == {"train": 7, "validation": 1, "test": 2}
    assert [p.name for p in target.parent.iterdir()] == ["dataset"]


def test_files_are_compressed_with_zstd_and_have_a_page_index(dataset: Path) -> None:
    files = sorted(dataset.glob("data/*/*/*.parquet"))
    assert len(files) == len(CONFIGS) * len(SPLITS)
    for path in files:
        group = pq.ParquetFile(path).metadata.row_group(0)
        columns = [group.column(i) for i in range(group.num_columns)]
        assert {column.compression for column in columns} == {"ZSTD"}
        assert all(column.has_offset_index for column in columns)
        assert any(column.has_column_index for column in columns)


def test_a_row_group_holds_the_rows_of_one_batch_of_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BATCH_DOCUMENTS", 2)
    built = build(shards(tmp_path / "shards", many(10), 1), tmp_path / "dataset", LABELS)
    (file,) = built.path.glob("data/*/documents/train-*.parquet")
    metadata = pq.ParquetFile(file).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [2, 2, 2, 1]


def test_parts_are_bounded_named_by_number_and_load_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = shards(tmp_path / "shards", many(10), 2)
    whole = build(source, tmp_path / "whole", LABELS)
    monkeypatch.setattr(parquet, "BATCH_DOCUMENTS", 2)
    monkeypatch.setattr(parquet, "MAX_PART_BYTES", 1)
    parted = build(source, tmp_path / "parted", LABELS)
    files = sorted(p.name for p in parted.path.glob("data/*/documents/train-*"))
    assert files == [f"train-{i:05d}-of-00004.parquet" for i in range(4)]
    found = load_dataset(str(parted.path), split="train", cache_dir=str(tmp_path / "cache"))
    assert found["doc_id"] == [f"2025-05-01-d{i:04d}" for i in (0, 3, 4, 5, 7, 8, 9)]
    assert all_rows(parted.path, tmp_path / "one") == all_rows(whole.path, tmp_path / "two")
    verify_checksums(parted.path)


# --- another label set ----------------------------------------------------------------------------------------

INVENTORY = {
    "name": "sport",
    "scheme": 3,
    "mentions": [
        {"label": label, "entity": True, "colour": "#111111", "hotkey": key, "en": label, "uk": label}
        for label, key in (("Спортсмен", "a"), ("TEAM", "t"))
    ],
    "nesting": [],
    "relations": [
        {
            "label": "PLAYS_FOR",
            "symmetric": False,
            "signatures": [{"head": ["Спортсмен"], "tail": ["TEAM"]}],
            "en": "plays for",
            "uk": "грає за",
        }
    ],
    "stance": {
        "holder": ["Спортсмен"],
        "polarity": [{"value": "за", "en": "for", "uk": "за"}],
        "attribution": [{"value": "said", "en": "said", "uk": "сказано"}],
    },
    "vocabularies": {},
}


def test_another_label_set_builds_and_its_names_load(vistka: Run, tmp_path: Path) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps(INVENTORY, ensure_ascii=False), "utf-8")
    markup = "{{Усик|TEAM|usyk}} грає за {{Динамо|TEAM|dynamo}} {number}.\n%% entities\nusyk = Усик\ndynamo = Динамо\n"
    docs = []
    for split in SPLITS:
        record = as_json(document(markup.format(number=split), f"2025-05-01-{split}", split, story=split, topic="бокс"))
        record["mentions"][0]["label"] = "Спортсмен"
        record["relations"] = [{"id": "r1", "label": "PLAYS_FOR", "head": "m1", "tail": "m2"}]
        docs.append(json.dumps(record, ensure_ascii=False) + "\n")
    (tmp_path / "all.jsonl").write_text("".join(docs), "utf-8")
    target = tmp_path / "dataset"
    done = vistka("build", tmp_path / "all.jsonl", "--out", target, "--labels", labels)
    assert done.returncode == 0, done.stderr
    tags = load_dataset(str(target), "ner", split="test", cache_dir=str(tmp_path / "cache"))
    assert tags.features["ner_tags"].feature.names == ["O", "B-Спортсмен", "I-Спортсмен", "B-TEAM", "I-TEAM"]
    assert tags[0]["ner_tags"][:4] == [1, 0, 0, 3]
    pairs = load_dataset(str(target), "relations", split="test", cache_dir=str(tmp_path / "cache"))
    assert pairs.features["label"].names == [NO_RELATION, "PLAYS_FOR"]
    assert [(row["head"]["text"], row["tail"]["text"], row["label"]) for row in pairs] == [("Усик", "Динамо", 1)]


def test_a_document_outside_the_label_set_is_refused(tmp_path: Path) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps(INVENTORY, ensure_ascii=False), "utf-8")
    own: Labels = load_labels(labels)
    with pytest.raises(InputError) as caught:
        build(shards(tmp_path / "shards", small_documents()), tmp_path / "dataset", own)
    assert caught.value.findings
    assert not (tmp_path / "dataset").exists()
