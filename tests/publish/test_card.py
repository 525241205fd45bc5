"""The card: YAML that the hub and `datasets` read, and numbers that are those of the Parquet files."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from datasets import Features, load_dataset
from datasets.exceptions import NonMatchingSplitsSizesError
from huggingface_hub import DatasetCard

from builders import document
from small import edit_metadata, small_corpus, tree
from vistka.io import write_shard
from vistka.model import SPLITS
from vistka.publish.build import build
from vistka.publish.features import CONFIGS, NO_RELATION, features
from vistka.resources import load_labels

LABELS = load_labels()


def loaded(dataset: Path) -> DatasetCard:
    return DatasetCard.load(dataset / "README.md")


def head(dataset: Path) -> dict[str, Any]:
    found: dict[str, Any] = loaded(dataset).data.to_dict()
    return found


def parquet(dataset: Path, config: str, split: str = "*") -> list[dict[str, Any]]:
    files = sorted(dataset.glob(f"data/*/{config}/{split}-*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def table(text: str, heading: str) -> dict[str, list[str]]:
    """The Markdown table under a heading: first cell of a row -> its other cells."""
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return {cells[0].strip().strip("`"): [cell.strip() for cell in cells[1:]] for cells in lines}


def test_the_card_loads_as_a_dataset_card(dataset: Path) -> None:
    card = loaded(dataset)
    assert card.data.pretty_name == "Vistka"
    assert card.data.language == ["uk"]
    assert card.text.strip().startswith("# Vistka")


def test_the_yaml_of_the_card_is_plain_and_holds_no_duplicate_config(dataset: Path) -> None:
    found = yaml.safe_load((dataset / "README.md").read_text("utf-8").split("---\n")[1])
    assert [c["config_name"] for c in found["configs"]] == list(CONFIGS)
    assert [c["config_name"] for c in found["dataset_info"]] == list(CONFIGS)
    assert [c["config_name"] for c in found["configs"] if c.get("default")] == ["documents"]


def test_the_paths_of_the_card_are_files(dataset: Path) -> None:
    paths = [f["path"] for c in head(dataset)["configs"] for f in c["data_files"]]
    assert len(paths) == len(CONFIGS) * len(SPLITS)
    for path in paths:
        assert list(dataset.glob(path)), path


def test_the_features_of_the_card_are_those_of_the_data(dataset: Path) -> None:
    for info in head(dataset)["dataset_info"]:
        assert Features._from_yaml_list(info["features"]) == features(LABELS)[info["config_name"]]


def test_examples_and_sizes_are_those_of_the_parquet_files(dataset: Path) -> None:
    for info in head(dataset)["dataset_info"]:
        config = info["config_name"]
        for split in info["splits"]:
            assert split["num_examples"] == len(parquet(dataset, config, split["name"])) > 0
            assert split["num_bytes"] > 0
        files = dataset.glob(f"data/*/{config}/*.parquet")
        assert info["download_size"] == sum(file.stat().st_size for file in files)
        assert info["dataset_size"] == sum(split["num_bytes"] for split in info["splits"])


def test_a_wrong_number_of_examples_would_break_loading(dataset: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name, data in tree(dataset).items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(data)
    card = (copy / "README.md").read_text("utf-8")
    assert "num_examples: 3\n" in card
    (copy / "README.md").write_text(card.replace("num_examples: 3\n", "num_examples: 4\n", 1), "utf-8")
    with pytest.raises(NonMatchingSplitsSizesError):
        load_dataset(str(copy), "ner", cache_dir=str(tmp_path / "cache"))


def test_the_table_of_sizes_is_a_recount_of_the_parquet_files(dataset: Path) -> None:
    found = table(loaded(dataset).text, "Sizes")
    assert found[""] == [*SPLITS, "total"]
    for column, split in enumerate((*SPLITS, "*")):
        documents, sentences = parquet(dataset, "documents", split), parquet(dataset, "ner", split)
        wanted = {
            "documents": len(documents),
            "sentences": len(sentences),
            "tokens": sum(len(row["tokens"]) for row in sentences),
            **{name: sum(len(row[name]) for row in documents) for name in ("mentions", "entities", "relations")},
            "stances": len(parquet(dataset, "stance", split)),
        }
        assert {name: int(found[name][column]) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("heading", "layer", "names"),
    [("Mention labels", "mentions", LABELS.mention_labels), ("Relation labels", "relations", LABELS.relation_labels)],
)
def test_the_tables_of_labels_count_the_parquet_files(
    heading: str, layer: str, names: tuple[str, ...], dataset: Path
) -> None:
    rows = table(loaded(dataset).text, heading)
    counts = Counter(names[item["label"]] for row in parquet(dataset, "documents") for item in row[layer])
    assert counts.total() > 3
    assert {name: int(rows[name][0]) for name in names} == {name: counts[name] for name in names}


def test_the_table_of_stances_counts_the_parquet_files(dataset: Path) -> None:
    found = table(loaded(dataset).text, "Stance")
    stances = parquet(dataset, "stance")
    counts = Counter(LABELS.polarities[s["polarity"]] for s in stances)
    counts.update(LABELS.attributions[s["attribution"]] for s in stances)
    names = (*LABELS.polarities, *LABELS.attributions)
    assert {name: int(found[name][0]) for name in names} == {name: counts[name] for name in names}


def test_the_summary_says_the_totals(dataset: Path) -> None:
    documents = parquet(dataset, "documents")
    line = loaded(dataset).text.strip().split("\n\n")[1]
    totals = [len(documents), sum(len(row["tokens"]) for row in parquet(dataset, "ner"))]
    totals += [sum(len(row[layer]) for row in documents) for layer in ("mentions", "entities", "relations", "stances")]
    assert [int(number) for number in re.findall(r"[0-9]+", line)] == totals


def test_the_card_says_how_many_relations_lie_outside_the_window(tmp_path: Path) -> None:
    near = "{Київ|LOC|k} і {Львів|LOC|l} є.\n"
    block = "%% entities\nk = Київ\nl = Львів\n%% relations\nКиїв | LOCATED_IN | Львів\n"
    far = near.replace(" і ", " є. Так. ")
    docs = [document(text + block, f"2025-05-01-{s}", s, story=s) for text, s in zip((near, far, far), SPLITS)]
    write_shard(tmp_path / "all.jsonl", iter(docs))
    built = build(tmp_path / "all.jsonl", tmp_path / "dataset", LABELS)
    labelled = [row for row in parquet(built.path, "relations") if row["label"]]
    relations = sum(len(row["relations"]) for row in parquet(built.path, "documents"))
    assert features(LABELS)["relations"]["label"].names[0] == NO_RELATION
    assert (len(labelled), relations) == (1, 3)
    assert re.search(r"\b2 of 3\b", loaded(built.path).text)


def test_one_licence_for_all_is_the_licence_of_the_card(dataset: Path) -> None:
    data = head(dataset)
    assert data["license"] == "cc-by-4.0"
    assert "license_name" not in data and "license_link" not in data


def test_licences_that_differ_are_named_per_document(tmp_path: Path) -> None:
    corpus = small_corpus(tmp_path / "corpus")
    edit_metadata(corpus, "2025-05-02-validation", licence="rights-reserved")
    built = build(corpus, tmp_path / "dataset", LABELS)
    data = head(built.path)
    assert (data["license"], data["license_name"]) == ("other", "per-document")
    assert (built.path / data["license_link"]).is_file()
    assert Counter(row["licence"] for row in parquet(built.path, "documents")) == {"CC-BY-4.0": 2, "rights-reserved": 1}


def test_the_card_uses_the_words_of_the_hub(dataset: Path) -> None:
    data = head(dataset)
    assert data["size_categories"] == ["n<1K"]
    assert set(data["task_categories"]) == {"token-classification", "text-classification"}


def test_the_card_leaves_no_placeholder(dataset: Path) -> None:
    text = (dataset / "README.md").read_text("utf-8")
    assert re.search(r"\$\w", text) is None
    assert next((dataset / "data").iterdir()).name in text
