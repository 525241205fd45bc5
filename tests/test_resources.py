"""The label inventory, the schemas and the label maps, against the design written out by hand."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import msgspec
import pytest

from builders import as_json, document
from vistka.findings import InputError, UsageError
from vistka.generate import defs_schema
from vistka.io import encode_line
from vistka.model import Document
from vistka.resources import (
    SCHEMA_NAMES,
    label_map_names,
    load_label_map,
    load_labels,
    load_schema,
    schema_dir,
)
from vistka.validate.runner import validate

NAMED = "PERS ORG LOC DOC ART EVENT MISC"
MENTIONS = ["PERS", "ORG", "LOC", "JOB", "DATE", "PERIOD", "TIME", "MON", "PCT", "QUANT", "DOC", "ART", "EVENT", "MISC"]
NESTING = """
ORG LOC
ORG PERS
DOC ORG
DOC DATE
DOC LOC
EVENT LOC
EVENT DATE
PERIOD DATE
LOC PERS
"""
RELATIONS = """
HOLDS_POSITION: PERS > JOB
POSITION_IN: JOB > ORG LOC
HEADS: PERS > ORG LOC
AFFILIATED_WITH: PERS > ORG LOC
MEMBER_OF: PERS ORG LOC > ORG LOC
PART_OF: ORG > ORG LOC; EVENT > EVENT; DOC > DOC
LOCATED_IN: LOC ORG ART > LOC
OCCURS_IN: EVENT > LOC
OCCURS_ON: EVENT DOC > DATE PERIOD TIME
PARTICIPATES_IN: PERS ORG LOC > EVENT
PARTY_TO: PERS ORG LOC > DOC
MEETS_WITH: PERS ORG LOC > PERS ORG LOC
ALLIED_WITH: PERS ORG LOC > PERS ORG LOC
ATTACKS: PERS ORG LOC > PERS ORG LOC ART
SUPPLIES: PERS ORG LOC > PERS ORG LOC
FUNDS: PERS ORG LOC > PERS ORG LOC EVENT
SANCTIONS: ORG LOC > PERS ORG LOC ART
ACCUSES: PERS ORG LOC > PERS ORG LOC
OWNS: PERS ORG LOC > ORG LOC ART
CREATES: PERS ORG LOC > ORG ART EVENT DOC
FAMILY_OF: PERS > PERS
SUCCEEDS: PERS > PERS; ORG > ORG
CITES: PERS ORG > PERS ORG DOC
VALUED_AT: PERS ORG LOC DOC ART EVENT MISC > MON PCT QUANT
"""
NER_UK = {"PERS", "ORG", "LOC", "JOB", "DATE", "PERIOD", "TIME", "MON", "PCT", "QUANT", "DOC", "ART", "MISC"}
THEIRS = {
    "ner-uk": " ".join(sorted(NER_UK)),
    "conll2003": "PER ORG LOC MISC",
    "slavicner": "PER ORG LOC EVT PRO",
    "ontonotes": "PERSON NORP FAC ORG GPE LOC PRODUCT EVENT WORK_OF_ART LAW LANGUAGE DATE TIME PERCENT MONEY QUANTITY "
    "ORDINAL CARDINAL",
    "nerel": "AGE AWARD CITY COUNTRY CRIME DATE DISEASE DISTRICT EVENT FACILITY FAMILY IDEOLOGY LANGUAGE LAW LOCATION "
    "MONEY NATIONALITY NUMBER ORDINAL ORGANIZATION PENALTY PERCENT PERSON PRODUCT PROFESSION RELIGION "
    "STATE_OR_PROVINCE TIME WORK_OF_ART",
}
# NEREL's relations that the map uses: what its annotation.conf allows as arguments, as far as it matters here.
NEREL_PLACES = "CITY COUNTRY DISTRICT FACILITY LOCATION STATE_OR_PROVINCE"
NEREL_ARGUMENTS = {
    "WORKS_AS": ("PERSON", "PROFESSION"),
    "WORKPLACE": ("PERSON PROFESSION", f"EVENT IDEOLOGY ORGANIZATION {NEREL_PLACES}"),
    "MEMBER_OF": ("PERSON PROFESSION ORGANIZATION COUNTRY", "ORGANIZATION IDEOLOGY COUNTRY FAMILY"),
    "PART_OF": ("ORGANIZATION WORK_OF_ART LAW FACILITY PRODUCT AWARD",) * 2,
    "LOCATED_IN": (
        f"PERSON PROFESSION ORGANIZATION PRODUCT WORK_OF_ART {NEREL_PLACES}",
        f"ORGANIZATION {NEREL_PLACES}",
    ),
    "TAKES_PLACE_IN": ("EVENT CRIME PENALTY", f"ORGANIZATION {NEREL_PLACES}"),
    "POINT_IN_TIME": ("EVENT PENALTY CRIME WORK_OF_ART AWARD PRODUCT", "DATE TIME"),
    "PARTICIPANT_IN": (
        "PERSON PROFESSION ORGANIZATION CITY COUNTRY STATE_OR_PROVINCE",
        "EVENT WORK_OF_ART CRIME PENALTY",
    ),
    "OWNER_OF": (THEIRS["nerel"], THEIRS["nerel"]),
    "RELATIVE": (THEIRS["nerel"], THEIRS["nerel"]),
}


def signatures() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    table = {}
    for line in RELATIONS.strip().splitlines():
        label, _, right = line.partition(": ")
        sides = [part.split(" > ") for part in right.split("; ")]
        table[label] = [(tuple(head.split()), tuple(tail.split())) for head, tail in sides]
    return table


# --- the inventory --------------------------------------------------------------------------------------------


def test_the_mention_labels_are_those_of_the_design() -> None:
    assert list(load_labels().mention_labels) == MENTIONS


def test_named_labels_belong_to_entities_and_values_do_not() -> None:
    assert load_labels().entity_labels == set(NAMED.split())
    assert load_labels().value_labels == set(MENTIONS) - set(NAMED.split())


def test_the_relations_and_their_signatures_are_those_of_the_design() -> None:
    declared = {r.label: [(s.head, s.tail) for s in r.signatures] for r in load_labels().relations}
    assert declared == signatures()
    assert list(load_labels().relation_labels) == list(signatures())
    assert len(declared) == 24


def test_the_flat_signatures_are_all_pairs_of_each_row() -> None:
    assert ("ATTACKS", "LOC", "ART") in load_labels().signatures
    assert ("PART_OF", "EVENT", "DOC") not in load_labels().signatures
    wanted = {
        (label, head, tail)
        for label, rows in signatures().items()
        for heads, tails in rows
        for head in heads
        for tail in tails
    }
    assert load_labels().signatures == wanted


def test_the_symmetric_relations_are_three() -> None:
    assert load_labels().symmetric == {"MEETS_WITH", "ALLIED_WITH", "FAMILY_OF"}


def test_the_nesting_pairs_are_those_of_the_design() -> None:
    assert load_labels().nesting_pairs == {tuple(line.split()) for line in NESTING.strip().splitlines()}


def test_who_heads_a_body_is_not_also_affiliated_with_it() -> None:
    assert load_labels().excludes == {"HEADS": ("AFFILIATED_WITH",)}


def test_a_holder_is_a_person_body_or_place_and_stance_has_three_polarities_and_attributions() -> None:
    assert load_labels().holder_labels == {"PERS", "ORG", "LOC"}
    assert load_labels().polarities == ("support", "oppose", "neutral")
    assert load_labels().attributions == ("direct", "reported", "author")


def test_every_label_has_a_colour_a_key_and_both_definitions() -> None:
    labels = load_labels()
    assert all(m.en and m.uk and len(m.colour) == 7 for m in labels.mentions)
    assert all(r.en and r.uk for r in labels.relations)
    assert len({m.hotkey for m in labels.mentions}) == len({m.colour for m in labels.mentions}) == len(MENTIONS)


# --- the schemas ----------------------------------------------------------------------------------------------


def test_the_enums_of_the_schema_are_made_from_the_inventory() -> None:
    assert (schema_dir() / "defs.schema.json").read_text("utf-8") == defs_schema()
    defs = json.loads(defs_schema())["$defs"]
    assert defs["mentionLabel"]["enum"] == MENTIONS
    assert defs["relationLabel"]["enum"] == list(signatures())


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_a_schema_is_a_valid_schema_of_2020_12(name: str) -> None:
    schema = load_schema(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema_rs.validator_for(schema)


@pytest.mark.parametrize("name", [*(f"{name}.schema.json" for name in SCHEMA_NAMES), "defs.schema.json"])
def test_a_schema_file_is_itself_valid(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads((schema_dir() / name).read_text("utf-8")))


def test_a_bundled_schema_refers_to_no_other_file() -> None:
    for name in SCHEMA_NAMES:
        assert "defs.schema.json" not in json.dumps({k: v for k, v in load_schema(name).items() if k != "$defs"})


def test_an_unknown_schema_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="there are annotation, metadata, document"):
        load_schema("article")


def accepted(value: Any, schema: dict[str, Any]) -> set[bool]:
    """What two validators say of a value."""
    python = jsonschema.Draft202012Validator(schema).is_valid(value)
    rust = jsonschema_rs.validator_for(schema).is_valid(value)
    return {python, rust}


def put(path: str, value: Any) -> dict[str, Any]:
    """The example record with another value at a path like `mentions/0/id`."""
    record = as_json(document())
    *way, last = path.split("/")
    part: Any = record
    for step in way:
        part = part[int(step)] if step.isdigit() else part[step]
    part[last] = value
    return record


def test_the_example_record_is_valid_for_both_validators() -> None:
    assert accepted(as_json(document()), load_schema("document")) == {True}


@pytest.mark.parametrize(
    "path",
    [
        "doc_id",
        "metadata/published",
        "metadata/language",
        "metadata/story",
        "metadata/sources/0/url",
        "entities/0/id",
        "entities/0/wikidata",
        "mentions/0/id",
        "mentions/1/entity",
        "relations/0/id",
        "relations/0/head",
        "stances/0/id",
        "stances/0/holder/mention",
        "stances/0/target/mention",
    ],
)
@pytest.mark.parametrize("tail", ["\n", " ", "\r\n"])
def test_a_pattern_ends_where_its_value_ends(path: str, tail: str) -> None:
    record: Any = as_json(document())
    for step in path.split("/"):
        record = record[int(step)] if step.isdigit() else record[step]
    assert accepted(put(path, record), load_schema("document")) == {True}
    assert accepted(put(path, record + tail), load_schema("document")) == {False}


def test_the_hash_of_an_annotation_ends_where_it_ends() -> None:
    value = {"schema": "vistka/annotation/1", "doc_id": "2025-05-01-a", "text_sha256": "0" * 64}
    value |= {name: [] for name in ("entities", "mentions", "relations", "stances")}
    assert accepted(value, load_schema("annotation")) == {True}
    assert accepted({**value, "text_sha256": "0" * 64 + "\n"}, load_schema("annotation")) == {False}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("mentions/0/label", "PER"),
        ("relations/0/label", "NEAR"),
        ("stances/0/polarity", "for"),
        ("stances/0/attribution", "quote"),
        ("mentions/0/start", -1),
        ("mentions/0/start", 2**31),
        ("mentions/0/start", "0"),
        ("mentions/0/type", "PERS"),
        ("split", "dev"),
        ("doc_id", "2025-5-1-а"),
        ("mentions/0/id", "м1"),
        ("entities/0/wikidata", "Q0"),
        ("metadata/origin", "stolen"),
        ("metadata/title", ""),
    ],
)
def test_a_value_outside_the_schema_is_refused_by_both_validators(path: str, value: Any) -> None:
    assert accepted(put(path, value), load_schema("document")) == {False}


# --- another inventory ----------------------------------------------------------------------------------------


def value(name: str) -> dict[str, str]:
    return {"value": name, "en": name, "uk": name}


def mention(label: str, entity: bool) -> dict[str, Any]:
    return {"label": label, "entity": entity, "colour": "#000000", "hotkey": label[0].lower(), "en": label, "uk": label}


FOREIGN: dict[str, Any] = {
    "name": "курортна преса",
    "scheme": 7,
    "mentions": [mention("Osoba", True), mention("Kurort", True), mention("Data", False)],
    "nesting": [["Kurort", "Osoba"]],
    "relations": [
        {
            "label": "vidpochyvaje",
            "symmetric": False,
            "signatures": [{"head": ["Osoba"], "tail": ["Kurort"]}],
            "en": "rests",
            "uk": "відпочиває",
        }
    ],
    "stance": {
        "holder": ["Osoba"],
        "polarity": [value("like"), value("dislike")],
        "attribution": [value("direct"), value("author")],
    },
    "vocabularies": {"topic": ["resorts"]},
}

FOREIGN_MARKUP = """{Пан Коць|Osoba|kots} любить {Трускавець|Kurort|truskavets} з {2019 року|Data}.
%% entities
kots = Пан Коць
truskavets = Трускавець | Q853211
%% relations
Пан Коць | vidpochyvaje | Трускавець
%% stances
like | direct | Пан Коць | Трускавець | любить
"""


def inventory(folder: Path, value: Any = FOREIGN) -> Path:
    path = folder / "labels.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def shard(folder: Path, doc: Document) -> Path:
    path = folder / "a.jsonl"
    path.write_bytes(encode_line(doc) + b"\n")
    return path


def errors(path: Path, labels: Path | None) -> list[str]:
    return [f.code for f in validate(path, load_labels(labels)) if f.severity == "error"]


def test_a_foreign_inventory_accepts_its_own_documents(tmp_path: Path) -> None:
    path = shard(tmp_path, document(FOREIGN_MARKUP, topic="resorts"))
    assert errors(path, inventory(tmp_path)) == []
    assert "SC005" in errors(path, None)


def test_a_foreign_inventory_refuses_ours(tmp_path: Path) -> None:
    path = shard(tmp_path, document())
    assert errors(path, None) == []
    assert "SC005" in errors(path, inventory(tmp_path))


def test_the_enums_of_a_schema_follow_a_foreign_inventory(tmp_path: Path) -> None:
    schema = load_schema("document", load_labels(inventory(tmp_path)))
    record = as_json(document(FOREIGN_MARKUP))
    assert accepted(record, schema) == {True}
    assert accepted(record, load_schema("document")) == {False}


def without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda value: value.pop(key)


def change(way: str, new: Any) -> Callable[[dict[str, Any]], None]:
    def apply(value: dict[str, Any]) -> None:
        *steps, last = way.split("/")
        part: Any = value
        for step in steps:
            part = part[int(step)] if step.isdigit() else part[step]
        if isinstance(part, list):
            part[int(last)] = new
        else:
            part[last] = new

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without("mentions"), "not a label inventory: .*mentions"),
        (without("vocabularies"), "not a label inventory: .*vocabularies"),
        (change("colours", {}), "not a label inventory: .*colours"),
        (change("scheme", "1"), "not a label inventory: .*scheme"),
        (change("mentions/1/label", "Osoba"), "a label is declared twice"),
        (change("mentions/0/label", "Особа"), "undeclared mention labels"),
        (change("nesting/0", ["Kurort", "PERS"]), r"undeclared mention labels \['PERS'\]"),
        (change("nesting/0", ["Kurort"]), "not a label inventory"),
        (change("relations/0/signatures/0/head", ["PERS"]), r"undeclared mention labels \['PERS'\]"),
        (change("relations/0/excludes", ["HEADS"]), r"undeclared relation labels \['HEADS'\]"),
        (change("stance/holder", ["LOC"]), r"undeclared mention labels \['LOC'\]"),
        (change("vocabularies/colour", ["red"]), r"no metadata field \['colour'\]"),
    ],
)
def test_a_faulty_inventory_is_refused_in_one_line_with_its_path(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None], message: str
) -> None:
    spoiled = copy.deepcopy(FOREIGN)
    spoil(spoiled)
    path = inventory(tmp_path, spoiled)
    with pytest.raises(InputError, match=message) as caught:
        load_labels(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", "{", "не JSON", "\ud800"])
def test_a_file_that_is_no_json_object_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match="not a label inventory") as caught:
        load_labels(path)
    assert "\n" not in str(caught.value)


def test_an_inventory_that_cannot_be_read_is_a_fault_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_labels(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot be read"):
        load_labels(tmp_path)


# --- label maps -----------------------------------------------------------------------------------------------


def test_there_are_five_label_maps() -> None:
    assert label_map_names() == sorted(THEIRS)


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_a_label_map_covers_exactly_our_labels(name: str) -> None:
    found = load_label_map(name)
    assert found.name == name
    assert list(found.mentions) == MENTIONS
    assert list(found.relations) == list(signatures())
    assert "http" in found.source
    assert len(found.note) > 80


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_a_label_map_names_labels_of_the_other_corpus_only(name: str) -> None:
    used = {label for label in load_label_map(name).mentions.values() if label is not None}
    assert used
    assert used <= set(THEIRS[name].split())


def test_event_to_misc_gives_back_the_thirteen_labels_of_ner_uk() -> None:
    mentions = load_label_map("ner-uk").mentions
    assert set(mentions.values()) == NER_UK
    assert {ours: theirs for ours, theirs in mentions.items() if ours != theirs} == {"EVENT": "MISC"}


@pytest.mark.parametrize("name", ["conll2003", "slavicner"])
def test_values_and_posts_have_no_counterpart_in_corpora_of_names(name: str) -> None:
    mentions = load_label_map(name).mentions
    assert {ours for ours, theirs in mentions.items() if theirs is None} >= load_labels().value_labels


@pytest.mark.parametrize("name", sorted(set(THEIRS) - {"nerel"}))
def test_corpora_without_relations_have_null_for_each(name: str) -> None:
    assert set(load_label_map(name).relations.values()) == {None}


def test_a_relation_mapped_to_nerel_points_the_same_way_there() -> None:
    nerel = load_label_map("nerel")
    for ours, theirs in nerel.relations.items():
        if theirs is None:
            continue
        first, second = (set(side.split()) for side in NEREL_ARGUMENTS[theirs])
        pairs = {(nerel.mentions[h], nerel.mentions[t]) for label, h, t in load_labels().signatures if label == ours}
        places = set(NEREL_PLACES.split())
        fits = [
            ({head} if head != "LOCATION" else places) & first and ({tail} if tail != "LOCATION" else places) & second
            for head, tail in pairs
        ]
        assert any(fits), f"{ours} -> {theirs}"


def test_what_nerel_tells_the_other_way_round_is_null_and_explained() -> None:
    nerel = load_label_map("nerel")
    assert nerel.relations["CREATES"] is None
    assert "FOUNDED_BY" in nerel.note


def test_an_unknown_label_map_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="conll2003, ner-uk, nerel, ontonotes, slavicner"):
        load_label_map("muc")


def test_a_label_map_of_another_shape_is_refused() -> None:
    raw = json.loads((schema_dir() / "label_maps" / "ner-uk.json").read_text("utf-8"))
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**raw, "entities": {}}, type(load_label_map("ner-uk")))


def test_a_symmetric_relation_with_one_sided_signatures_is_refused(tmp_path: Path) -> None:
    relation = {**FOREIGN["relations"][0], "symmetric": True}
    with pytest.raises(InputError, match="vidpochyvaje is symmetric, its signatures are not"):
        load_labels(inventory(tmp_path, {**FOREIGN, "relations": [relation]}))
