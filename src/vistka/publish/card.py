"""The dataset card: YAML that `datasets` and the hub read, then prose; every number in it is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from vistka.model import SPLITS
from vistka.publish.batch import WINDOW_TOKENS
from vistka.resources import Labels
from vistka.stats import SplitStats, Stats

Counts = Mapping[str, Mapping[str, int]]

_HUB_LICENCES = {"CC-BY-4.0": "cc-by-4.0"}
_SIZES = ((1000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def render_card(
    folder: Path,
    version: str,
    features: Mapping[str, Any],
    rows: Counts,
    sizes: Counts,
    stats: Stats,
    labels: Labels,
) -> str:
    """The text of README.md for the Parquet files under `folder/data/<version>`."""
    import yaml

    total = stats.total()
    licences = sorted(total.licences)
    filled = [config for config in features if any(rows[config].values())]  # readers refuse a config without files
    hub = _HUB_LICENCES.get(licences[0]) if len(licences) == 1 else None
    head: dict[str, Any] = {
        "pretty_name": labels.name.capitalize(),
        "language": ["uk"] if labels.name == "vistka" else [],
        "license": hub or "other",
        **({} if hub else {"license_name": "per-document", "license_link": "LICENSE"}),
        "task_categories": ["token-classification", "text-classification"],
        "task_ids": ["named-entity-recognition", "coreference-resolution", "sentiment-classification"],
        "size_categories": [next((name for limit, name in _SIZES if total.documents < limit), "n>1M")],
        "configs": [_config(config, version, rows) for config in filled],
        "dataset_info": [_info(config, features[config], folder, version, rows, sizes) for config in filled],
    }
    if not head["language"]:
        del head["language"]
    template = Template((resources.files("vistka.publish") / "card.md").read_text("utf-8"))
    body = template.substitute(
        title=labels.name.capitalize(),
        summary=_summary(total),
        window=WINDOW_TOKENS,
        candidate_recall=_candidate_recall(stats, total),
        sizes=size_table(stats),
        mention_labels=label_table([(m.label, m.en, m.uk) for m in labels.mentions], total.mentions),
        relation_labels=label_table([(r.label, r.en, r.uk) for r in labels.relations], total.relations),
        stance_values=label_table(
            [(v.value, v.en, v.uk) for v in (*labels.stance.polarity, *labels.stance.attribution)],
            total.stances + total.attributions,
        ),
        version=version,
    )
    return f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)}---\n{body}"


def _config(config: str, version: str, rows: Counts) -> dict[str, Any]:
    files = [{"split": s, "path": f"data/{version}/{config}/{s}-*.parquet"} for s in SPLITS if rows[config][s]]
    return {"config_name": config, **({"default": True} if config == "documents" else {}), "data_files": files}


def _info(config: str, features: Any, folder: Path, version: str, rows: Counts, sizes: Counts) -> dict[str, Any]:
    data = folder / "data" / version / config
    splits = [
        {"name": s, "num_bytes": sizes[config][s], "num_examples": rows[config][s]} for s in SPLITS if rows[config][s]
    ]
    return {
        "config_name": config,
        "features": features._to_yaml_list(),
        "splits": splits,
        "download_size": sum(p.stat().st_size for p in data.glob("*.parquet")) if data.is_dir() else 0,
        "dataset_size": sum(split["num_bytes"] for split in splits),
    }


def _summary(total: SplitStats) -> str:
    return (
        f"{total.documents:,} articles, {total.tokens:,} tokens, {total.mentions.total():,} mentions of "
        f"{total.entities:,} entities, {total.relations.total():,} relations, {total.stances.total():,} stances, "
        "all four layers over the verbatim text of every article."
    )


def _candidate_recall(stats: Stats, total: SplitStats) -> str:
    relations = total.relations.total()
    return f"{relations - stats.relations_in_window:,} of {relations:,}" if relations else "there are none so far"


def size_table(stats: Stats) -> str:
    """Documents, tokens and annotations by split, as a Markdown table."""
    columns = stats.columns()
    figures: list[tuple[str, Sequence[int]]] = [
        ("documents", [p.documents for _, p in columns]),
        ("sentences", [p.sentences for _, p in columns]),
        ("tokens", [p.tokens for _, p in columns]),
        ("mentions", [p.mentions.total() for _, p in columns]),
        ("entities", [p.entities for _, p in columns]),
        ("relations", [p.relations.total() for _, p in columns]),
        ("stances", [p.stances.total() for _, p in columns]),
    ]
    lines = ["| | " + " | ".join(name for name, _ in columns) + " |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | " + " | ".join(f"{value:,}" for value in values) + " |" for name, values in figures]
    return "\n".join(lines)


def label_table(rows: Sequence[tuple[str, str, str]], counts: Mapping[str, int]) -> str:
    """Labels with their definitions and counts, as a Markdown table."""
    lines = ["| label | count | what | що це |", "|---|---:|---|---|"]
    lines += [f"| `{label}` | {counts.get(label, 0):,} | {en} | {uk} |" for label, en, uk in rows]
    return "\n".join(lines)
