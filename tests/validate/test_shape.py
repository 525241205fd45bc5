"""Records, JSON Schema and two libraries that read it accept and refuse the same inputs.

Fractions are left out: JSON Schema takes 1.0 for an integer, and SC003 refuses it before.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from builders import METADATA, as_json, document
from vistka.io import decode
from vistka.model import Annotation, Document, Metadata
from vistka.resources import load_labels, load_schema
from vistka.text import sha256
from vistka.validate.base import Kind, Raw
from vistka.validate.records import read_record
from vistka.validate.shape import Shape

from .generators import documents, spoiled

LABELS = load_labels()
SHAPE = Shape(LABELS)
KINDS: dict[Kind, type] = {"annotation": Annotation, "metadata": Metadata, "document": Document}
PYTHON = {kind: Draft202012Validator(load_schema(kind, LABELS)) for kind in KINDS}
RUST = {kind: jsonschema_rs.Draft202012Validator(load_schema(kind, LABELS)) for kind in KINDS}
LAYERS = ("entities", "mentions", "relations", "stances")


def of_kind(kind: Kind, record: dict[str, Any]) -> dict[str, Any]:
    """The part of a document record that another kind of record is made of."""
    if kind == "metadata":
        return dict(record["metadata"])
    if kind == "annotation":
        head = {"schema": "vistka/annotation/1", "doc_id": record["doc_id"], "text_sha256": sha256(record["text"])}
        return {**head, **{layer: record[layer] for layer in LAYERS}}
    return record


def accepted_by_records(kind: Kind, value: Any) -> bool:
    try:
        return SHAPE.holds(decode(json.dumps(value).encode(), KINDS[kind]))
    except (ValueError, RecursionError):
        return False


def verdicts(kind: Kind, value: Any) -> dict[str, bool]:
    record, faults = read_record(Raw(kind, json.dumps(value).encode(), LABELS), KINDS[kind], SHAPE)
    assert (record is None) == bool(faults)
    return {
        "records": accepted_by_records(kind, value),
        "jsonschema": PYTHON[kind].is_valid(value),
        "jsonschema-rs": RUST[kind].is_valid(value),
        "the validator": record is not None,
    }


thoroughly = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
DOCUMENTS = documents(LABELS, sound=True)


@pytest.mark.parametrize("kind", KINDS)
def test_all_accept_a_valid_record(kind: Kind) -> None:
    assert set(verdicts(kind, of_kind(kind, as_json(document(split="train")))).values()) == {True}


@pytest.mark.parametrize("kind", KINDS)
@thoroughly
@given(data=st.data())
def test_all_agree_on_a_record_with_one_fault(kind: Kind, data: st.DataObject) -> None:
    value = data.draw(spoiled(DOCUMENTS.map(lambda record: of_kind(kind, record))))
    found = verdicts(kind, value)
    event("accepted" if found["records"] else "refused")
    assert len(set(found.values())) == 1, found


@pytest.mark.parametrize("kind", KINDS)
@thoroughly
@given(data=st.data())
def test_all_agree_on_a_record_with_two_faults(kind: Kind, data: st.DataObject) -> None:
    value = data.draw(spoiled(spoiled(DOCUMENTS.map(lambda record: of_kind(kind, record)))))
    assert len(set(verdicts(kind, value).values())) == 1


@thoroughly
@given(st.sampled_from(sorted(METADATA)), st.text(st.characters(codec="utf-8"), max_size=8))
def test_all_agree_on_any_text_in_a_field_of_the_metadata(field: str, text: str) -> None:
    assert len(set(verdicts("metadata", {**METADATA, field: text}).values())) == 1


@thoroughly
@given(st.text(st.sampled_from("aZ09_-.é\u0661Ａ²\n\r\u2028\0 "), max_size=4))
def test_all_agree_on_any_text_for_an_id(text: str) -> None:
    value = as_json(document())
    value["relations"][0]["id"] = text
    assert len(set(verdicts("document", value).values())) == 1


@thoroughly
@given(st.text(st.sampled_from("https:/.? #\t\n\r\u00a0\u2028é\\"), max_size=6))
def test_all_agree_on_any_text_for_a_url(text: str) -> None:
    assert len(set(verdicts("metadata", {**METADATA, "url": f"https://{text}"}).values())) == 1


Change = Callable[[dict[str, Any]], object]
REFUSED: dict[str, Change] = {
    "a missing layer": lambda d: d.pop("stances"),
    "a missing key of a mention": lambda d: d["mentions"][0].pop("end"),
    "an unknown key": lambda d: d["mentions"][0].update(note="?"),
    "an offset as a string": lambda d: d["mentions"][0].update(start="0"),
    "an offset as a boolean": lambda d: d["mentions"][0].update(start=True),
    "a null offset": lambda d: d["stances"][0]["expression"].update(start=None),
    "a negative offset": lambda d: d["mentions"][0].update(start=-1),
    "an offset of 2**31": lambda d: d["mentions"][0].update(end=2**31),
    "an offset of 2**64": lambda d: d["mentions"][0].update(end=2**64),
    "an offset of a hundred digits": lambda d: d["mentions"][0].update(end=10**100),
    "an id with a newline at its end": lambda d: d["mentions"][0].update(id="m1\n"),
    "an empty id": lambda d: d["relations"][0].update(id=""),
    "an id in Cyrillic": lambda d: d["entities"][0].update(id="київ"),
    "an id with full-width digits": lambda d: d["mentions"][0].update(id="m１"),
    "an id with a space": lambda d: d["stances"][0].update(id="s 1"),
    "a link to an empty id": lambda d: d["relations"][0].update(tail=""),
    "an empty name": lambda d: d["entities"][0].update(name=""),
    "an unknown mention label": lambda d: d["mentions"][0].update(label="CITY"),
    "a label in small letters": lambda d: d["mentions"][0].update(label="loc"),
    "an unknown relation label": lambda d: d["relations"][0].update(label="LOVES"),
    "an unknown polarity": lambda d: d["stances"][0].update(polarity="positive"),
    "an unknown attribution": lambda d: d["stances"][0].update(attribution="quoted"),
    "a holder without mention": lambda d: d["stances"][0]["holder"].update(mention=None),
    "a target without the key mention": lambda d: d["stances"][0]["target"].pop("mention"),
    "a Wikidata property": lambda d: d["entities"][0].update(wikidata="P31"),
    "a Wikidata item with a newline": lambda d: d["entities"][0].update(wikidata="Q1\n"),
    "a Wikidata item with a leading zero": lambda d: d["entities"][0].update(wikidata="Q01"),
    "an empty Wikidata item": lambda d: d["entities"][0].update(wikidata=""),
    "a doc_id that climbs": lambda d: d.update(doc_id="../2025-05-01-a"),
    "a doc_id with a newline": lambda d: d.update(doc_id="2025-05-01-a\n"),
    "a doc_id with Arabic digits": lambda d: d.update(doc_id="٢٠٢٥-05-01-a"),
    "an unknown split": lambda d: d.update(split="dev"),
    "another schema": lambda d: d.update(schema="vistka/document/2"),
    "layers as an object": lambda d: d.update(mentions={}),
    "a text that is null": lambda d: d.update(text=None),
    "an origin that is neither": lambda d: d["metadata"].update(origin="found"),
    "a language in capitals": lambda d: d["metadata"].update(language="UK"),
    "a date of two digits": lambda d: d["metadata"].update(published="25-05-01"),
    "a story with a capital": lambda d: d["metadata"].update(story="Pidpys"),
    "an empty title": lambda d: d["metadata"].update(title=""),
    "a URL with a space": lambda d: d["metadata"].update(url="https://one.example/а б"),
    "a URL of a file": lambda d: d["metadata"].update(url="file:///etc/hosts"),
    "a source without date": lambda d: d["metadata"]["sources"][0].pop("published"),
}
ACCEPTED: dict[str, Change] = {
    "the greatest offset": lambda d: d["mentions"][0].update(end=2**31 - 1),
    "an end before its start": lambda d: d["mentions"][0].update(start=9, end=3),
    "an id of hyphens": lambda d: d["relations"][0].update(id="--"),
    "nulls written out": lambda d: (d.update(split=None), d["entities"][1].update(wikidata=None)),
    "a null entity": lambda d: d["mentions"][0].update(entity=None),
    "an empty surface": lambda d: d["mentions"][0].update(text=""),
    "an empty text": lambda d: d.update(text=""),
    "empty layers": lambda d: d.update({layer: [] for layer in LAYERS}),
    "no sources": lambda d: d["metadata"].update(sources=[]),
    "a NUL in the text": lambda d: d.update(text="Ки\0їв"),
    "emoji in a name": lambda d: d["entities"][0].update(name="🇺🇦"),
    "a language with its script": lambda d: d["metadata"].update(language="crh-Cyrl-UA"),
    "a URL in Cyrillic": lambda d: d["metadata"].update(url="https://приклад.укр/стаття?№=1"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_all_refuse(what: str) -> None:
    value = as_json(document())
    REFUSED[what](value)
    assert set(verdicts("document", value).values()) == {False}


@pytest.mark.parametrize("what", ACCEPTED)
def test_all_accept(what: str) -> None:
    value = as_json(document())
    ACCEPTED[what](value)
    assert set(verdicts("document", value).values()) == {True}


@pytest.mark.parametrize("sha", ["", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", "г" * 64])
def test_all_refuse_a_hash_that_is_none(sha: str) -> None:
    value = {**of_kind("annotation", as_json(document())), "text_sha256": sha}
    assert set(verdicts("annotation", value).values()) == {False}


@pytest.mark.parametrize("value", [None, True, 0, "", [], {}, [{}]])
@pytest.mark.parametrize("kind", KINDS)
def test_all_refuse_what_is_no_object_or_an_empty_one(kind: Kind, value: Any) -> None:
    assert set(verdicts(kind, value).values()) == {False}


def test_all_take_the_labels_of_another_inventory() -> None:
    import msgspec

    label = msgspec.structs.replace(LABELS.mentions[0], label="HERO")
    heroes = msgspec.structs.replace(LABELS, mentions=(label, *LABELS.mentions[1:]))
    value = as_json(document())
    for mention in value["mentions"]:
        mention["label"] = "HERO" if mention["label"] == "PERS" else mention["label"]
    data = json.dumps(value).encode()
    assert Shape(heroes).holds(decode(data, Document))
    assert Draft202012Validator(load_schema("document", heroes)).is_valid(value)
    assert jsonschema_rs.Draft202012Validator(load_schema("document", heroes)).is_valid(value)
    assert read_record(Raw("document", data, heroes), Document, Shape(heroes))[1] == []
    assert [rule.code for rule, _ in read_record(Raw("document", data, LABELS), Document, SHAPE)[1]] == ["SC005"] * 2
