"""The columns of the four configs, as `datasets` features; the Arrow schemas follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vistka.findings import MissingExtra
from vistka.model import Metadata
from vistka.resources import Labels

if TYPE_CHECKING:
    import pyarrow as pa

CONFIGS = ("documents", "ner", "relations", "stance")
NO_RELATION = "NO_RELATION"
METADATA_COLUMNS = tuple(name for name in Metadata.__struct_fields__ if name not in ("schema", "sources"))


def tag_names(labels: Labels) -> list[str]:
    """IOB2 tags: O, then B- and I- of each label in the inventory's order."""
    return ["O", *(f"{prefix}-{label}" for label in labels.mention_labels for prefix in "BI")]


def features(labels: Labels) -> dict[str, Any]:
    """`datasets.Features` by config."""
    try:
        from datasets import ClassLabel, Features, List, Value
    except ImportError as error:
        raise MissingExtra("build", "datasets") from error

    text, offset = Value("string"), Value("int32")
    mention_label = ClassLabel(names=list(labels.mention_labels))
    polarity, attribution = ClassLabel(names=list(labels.polarities)), ClassLabel(names=list(labels.attributions))
    span = {"start": offset, "end": offset, "text": text}
    anchored = {**span, "mention": text}
    source = {"url": text, "publisher": text, "published": text}
    candidate = {**span, "mention": text, "label": mention_label, "entity": text}
    mention = {"id": text, "label": mention_label, **span, "entity": text}
    relation = {"id": text, "label": ClassLabel(names=list(labels.relation_labels)), "head": text, "tail": text}
    stance = {
        "id": text,
        "polarity": polarity,
        "attribution": attribution,
        "holder": anchored,
        "target": anchored,
        "expression": span,
    }
    return {
        "documents": Features(
            {
                "doc_id": text,
                **{name: text for name in METADATA_COLUMNS},
                "sources": List(source),
                "text": text,
                "entities": List({"id": text, "name": text, "wikidata": text}),
                "mentions": List(mention),
                "relations": List(relation),
                "stances": List(stance),
            }
        ),
        "ner": Features(
            {
                "doc_id": text,
                "sentence": offset,
                "text": text,
                "tokens": List(text),
                "ner_tags": List(ClassLabel(names=tag_names(labels))),
                "starts": List(offset),
                "ends": List(offset),
            }
        ),
        "relations": Features(
            {
                "doc_id": text,
                "context_start": offset,
                "text": text,
                "head": candidate,
                "tail": candidate,
                "label": ClassLabel(names=[NO_RELATION, *labels.relation_labels]),
            }
        ),
        "stance": Features(
            {
                "doc_id": text,
                "context_start": offset,
                "text": text,
                "holder": span,
                "target": span,
                "expression": span,
                "attribution": attribution,
                "polarity": polarity,
            }
        ),
    }


def arrow_schemas(labels: Labels) -> dict[str, pa.Schema]:
    """Arrow schemas by config; their metadata carries the features, so that a bare Parquet file has label names."""
    return {config: feats.arrow_schema for config, feats in features(labels).items()}
