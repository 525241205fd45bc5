"""Croissant 1.0 metadata of the dataset folder: files with checksums and a record set a config.

Source: the Croissant format specification 1.0. Lost: ClassLabel names (labels come out as integers).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vistka.model import SPLITS
from vistka.resources import Labels

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def render_croissant(checksums: Mapping[str, str], version: str, features: Mapping[str, Any], labels: Labels) -> str:
    """The text of croissant.json for Parquet files, given as path inside the dataset -> SHA-256."""
    distribution = [
        {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name,
            "encodingFormat": "application/x-parquet",
            "sha256": checksum,
        }
        for name, checksum in checksums.items()
    ]
    record_sets = []
    for config, feats in features.items():
        for split in SPLITS:
            files = [f["@id"] for f in distribution if str(f["@id"]).startswith(f"data/{version}/{config}/{split}-")]
            for number, file in enumerate(files):
                record_sets.append(_record_set(config, split, number, len(files), str(file), feats))
    metadata = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": labels.name,
        "description": "Mentions, entities, relations and stance over the verbatim text of documents.",
        "license": "LICENSE",
        "url": "README.md",
        "version": f"1.0.0+{version}",
        "distribution": distribution,
        "recordSet": record_sets,
    }
    return json.dumps(metadata, ensure_ascii=False, indent=1) + "\n"


def _record_set(config: str, split: str, number: int, count: int, file: str, feats: Any) -> dict[str, Any]:
    name = f"{config}/{split}" if count == 1 else f"{config}/{split}/{number:05d}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            _field(
                f"{name}/{column}",
                column,
                feature,
                {"fileObject": {"@id": file}, "extract": {"column": column}},
            )
            for column, feature in feats.items()
        ],
    }


def _field(identifier: str, name: str, feature: Any, source: dict[str, Any]) -> dict[str, Any]:
    field: dict[str, Any] = {"@type": "cr:Field", "@id": identifier, "name": name}
    inner = getattr(feature, "feature", None)
    if inner is not None:
        field["repeated"] = True
        feature = inner
    if isinstance(feature, dict):
        parts = ((part, {**source, "transform": _step(source, part)}) for part in feature)
        field["subField"] = [_field(f"{identifier}/{part}", part, feature[part], inside) for part, inside in parts]
        if inner is None:
            return field
        for leaf in _leaves(field["subField"]):
            leaf["repeated"] = True  # a leaf is a column of its own over the items of the list
        return field
    dtype = getattr(feature, "dtype", "string")
    field["dataType"] = "sc:Integer" if dtype.startswith("int") else "sc:Text"
    field["source"] = source
    return field


def _leaves(fields: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for field in fields:
        if "subField" in field:
            yield from _leaves(field["subField"])
        else:
            yield field


def _step(source: dict[str, Any], part: str) -> dict[str, str]:
    """The path of a struct's part, from the column on."""
    before = source.get("transform", {}).get("jsonPath")
    return {"jsonPath": f"{before}.{part}" if before else part}
