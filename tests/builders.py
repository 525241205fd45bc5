"""Documents built in the test: from inline markup, so that a test reads as the text it is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from vistka.convert.inline import parse
from vistka.corpus import join
from vistka.io import canonical
from vistka.model import Document, Metadata

DOC_ID = "2025-05-01-pidpys"

METADATA: dict[str, Any] = {
    "schema": "vistka/metadata/1",
    "title": "Підпис у Києві",
    "language": "uk",
    "published": "2025-05-01",
    "publisher": "Vistka",
    "url": None,
    "topic": "politics",
    "genre": "brief",
    "story": "pidpys",
    "origin": "written",
    "sources": [
        {"url": "https://one.example/a", "publisher": "Перше", "published": "2025-04-30"},
        {"url": "https://two.example/b", "publisher": "Друге", "published": None},
    ],
    "licence": "CC-BY-4.0",
}

MARKUP = """{Прем'єрка|JOB} {України|LOC|ukraine} {Юлія Свириденко|PERS|svyrydenko} прибула до {Києва|LOC|kyiv}. 🇺🇦
«Ми беззастережно підтримуємо {Київ|LOC|kyiv}», — сказала {Свириденко|PERS|svyrydenko}.
%% entities
ukraine = Україна | Q212
svyrydenko = Юлія Свириденко
kyiv = Київ | Q1899
%% relations
Юлія Свириденко | HOLDS_POSITION | Прем'єрка
Прем'єрка | POSITION_IN | України
%% stances
support | direct | Свириденко | Київ | беззастережно підтримуємо
"""


def metadata(**changes: Any) -> Metadata:
    """The metadata of a written article, with changes."""
    return msgspec.convert({**METADATA, **changes}, Metadata)


def document(markup: str = MARKUP, doc_id: str = DOC_ID, split: str | None = None, **changes: Any) -> Document:
    """A document record from markup; `changes` go into its metadata."""
    text, annotation = parse(markup, doc_id)
    changes.setdefault("published", doc_id[:10])
    if "sources" not in changes:
        changes["sources"] = [{**source, "published": None} for source in METADATA["sources"]]
    return join(doc_id, text, metadata(**changes), annotation, split)


def as_json(doc: Document) -> dict[str, Any]:
    """The record as plain JSON values, to be spoiled by a test."""
    value: dict[str, Any] = json.loads(msgspec.json.encode(doc))
    return value


def write_corpus(root: Path, *markups: tuple[str, str], splits: str | None = None, **changes: Any) -> Path:
    """A corpus folder of (doc_id, markup) pairs at `root`; `splits` is the text of splits.csv."""
    (root / "articles").mkdir(parents=True)
    (root / "gold").mkdir()
    for doc_id, markup in markups or ((DOC_ID, MARKUP),):
        text, annotation = parse(markup, doc_id)
        doc = document(markup, doc_id, **changes)
        (root / "articles" / f"{doc_id}.txt").write_bytes(text.encode())
        (root / "articles" / f"{doc_id}.meta.json").write_bytes(canonical(doc.metadata))
        (root / "gold" / f"{doc_id}.json").write_bytes(canonical(annotation))
    if splits is not None:
        (root / "splits.csv").write_text(splits, encoding="utf-8")
    return root
