"""The fast path never vouches for a document in which a rule finds something."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from builders import as_json, document
from vistka.findings import Finding
from vistka.io import decode, encode_line
from vistka.model import Document
from vistka.resources import Labels, Signature, load_labels
from vistka.validate.base import Raw, View
from vistka.validate.quick import is_clean
from vistka.validate.records import LineReader, Where, document_findings, read_record
from vistka.validate.shape import Shape

from .generators import documents, moved, spoiled, with_scrap

SCHEME = load_labels()


def crowded(labels: Labels) -> Labels:
    """An inventory that allows and forbids more: other nesting, symmetric labels that exclude, posts as holders."""
    anything = (Signature(labels.mention_labels, labels.mention_labels),)
    relations = tuple(
        msgspec.structs.replace(
            r,
            signatures=anything if r.label in ("CITES", "MEETS_WITH", "ATTACKS") else r.signatures,
            symmetric=r.symmetric or r.label == "ATTACKS",
            excludes={"MEETS_WITH": ("ATTACKS", "CITES"), "ATTACKS": ("ALLIED_WITH",)}.get(r.label, r.excludes),
        )
        for r in labels.relations
    )
    nesting = (*labels.nesting, ("PERS", "PERS"), ("MON", "QUANT"), ("JOB", "ORG"), ("ORG", "JOB"), ("JOB", "DATE"))
    stance = msgspec.structs.replace(labels.stance, holder=(*labels.stance.holder, "JOB", "EVENT"))
    return msgspec.structs.replace(labels, relations=relations, nesting=nesting, stance=stance)


CROWDED = crowded(SCHEME)
INVENTORIES = st.sampled_from([SCHEME, CROWDED])
SHAPES = {id(labels): Shape(labels) for labels in (SCHEME, CROWDED)}
READERS = {id(labels): LineReader(labels) for labels in (SCHEME, CROWDED)}

thoroughly = settings(
    deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def findings(doc: Document, labels: Labels) -> list[Finding]:
    return document_findings(View(doc, labels), Where(Path("doc.json")), corpus_level=False)


def check(value: Any, labels: Labels) -> None:
    """The property: what the fast path vouches for has the shape, and no rule has a finding."""
    try:
        doc = decode(json.dumps(value).encode(), Document)
    except (ValueError, RecursionError):
        event("no record")
        return
    shape = SHAPES[id(labels)]
    if is_clean(doc, shape):
        event("vouched for")
        assert shape.holds(doc)
        assert findings(doc, labels) == []
    else:
        event("left to the rules")


def test_the_document_of_the_builders_is_clean_by_both() -> None:
    assert is_clean(document(), SHAPES[id(SCHEME)])
    assert findings(document(), SCHEME) == []


@thoroughly
@given(INVENTORIES.flatmap(lambda labels: st.tuples(documents(labels, sound=True), st.just(labels))))
def test_a_sound_document_is_clean_by_both(made: tuple[Any, Labels]) -> None:
    value, labels = made
    doc = decode(json.dumps(value).encode(), Document)
    assert findings(doc, labels) == []
    assert is_clean(doc, SHAPES[id(labels)])


@thoroughly
@given(INVENTORIES.flatmap(lambda labels: st.tuples(documents(labels, sound=False), st.just(labels))))
def test_an_odd_document_is_vouched_for_only_where_the_rules_find_nothing(made: tuple[Any, Labels]) -> None:
    check(*made)


@thoroughly
@given(INVENTORIES.flatmap(lambda labels: st.tuples(spoiled(documents(labels, sound=True)), st.just(labels))))
def test_a_spoiled_document_is_vouched_for_only_where_the_rules_find_nothing(made: tuple[Any, Labels]) -> None:
    check(*made)


@thoroughly
@given(INVENTORIES.flatmap(lambda labels: st.tuples(with_scrap(documents(labels, sound=True)), st.just(labels))))
def test_characters_put_into_the_text_are_vouched_for_only_where_the_rules_find_nothing(
    made: tuple[Any, Labels],
) -> None:
    check(*made)


@thoroughly
@given(
    INVENTORIES.flatmap(
        lambda labels: st.tuples(with_scrap(with_scrap(documents(labels, sound=True))), st.just(labels))
    )
)
def test_characters_put_in_twice_are_vouched_for_only_where_the_rules_find_nothing(made: tuple[Any, Labels]) -> None:
    check(*made)


@thoroughly
@given(INVENTORIES.flatmap(lambda labels: st.tuples(moved(documents(labels, sound=True)), st.just(labels))))
def test_a_moved_span_is_vouched_for_only_where_the_rules_find_nothing(made: tuple[Any, Labels]) -> None:
    check(*made)


@thoroughly
@given(
    INVENTORIES.flatmap(
        lambda labels: st.tuples(spoiled(spoiled(documents(labels, sound=True))), st.just(labels), st.booleans())
    )
)
def test_a_line_of_a_shard_has_the_findings_of_the_rules(made: tuple[Any, Labels, bool]) -> None:
    value, labels, canonical = made
    line = json.dumps(value, ensure_ascii=canonical).encode()
    if canonical:
        try:
            line = encode_line(decode(line, Document))
        except (ValueError, RecursionError):
            event("no record")
    where = Where(Path("one.jsonl"), 1)
    doc, faults = read_record(Raw("document", line, labels), Document, SHAPES[id(labels)])
    slow = [where.finding(rule, fault) for rule, fault in faults]
    if doc is not None:
        slow = document_findings(View(doc, labels), Where(Path("one.jsonl"), 1, doc_id=doc.doc_id), corpus_level=True)
    found, quick = READERS[id(labels)].read(line, Where(Path("one.jsonl"), 1))
    assert quick == slow
    assert (found is None) == any(finding.severity == "error" for finding in quick) or doc is None


NESTED = """{Рада {Європи|LOC|europe}|ORG|rada} і {Київ|LOC|kyiv} бачили {Марію|PERS|maria} та {Івана|PERS|ivan} торік.
%% entities
europe = Європа | Q46
rada = Рада Європи
kyiv = Київ | Q1899
maria = Марія
ivan = Іван
%% relations
Рада Європи | MEETS_WITH | Київ
Марію | FAMILY_OF | Івана
Марію | HEADS | Рада Європи
Івана | AFFILIATED_WITH | Київ
%% stances
support | reported | Київ | Рада Європи | бачили
oppose | author | - | ~торік | торік
"""
"""Its mentions: m1 the body, m2 the place in it, m3 Kyiv, m4 Maria, m5 Ivan; relations in the order of their heads:
r1 MEETS_WITH, r2 FAMILY_OF and r3 HEADS of Maria, r4 AFFILIATED_WITH of Ivan."""

Json = dict[str, Any]


def the(d: Json, label: str) -> Json:
    """The relation of a label."""
    return next(r for r in d["relations"] if r["label"] == label)


FAULTS: dict[str, Callable[[Json], object]] = {
    "an entity's id is another's": lambda d: d["entities"][0].update(id=d["entities"][1]["id"]),
    "an entity has no name": lambda d: d["entities"][0].update(name=""),
    "an entity has no mention": lambda d: d["entities"].append({"id": "e9", "name": "Одеса"}),
    "an entity is missing": lambda d: d["entities"].pop(),
    "two places share an item": lambda d: next(e for e in d["entities"] if e["id"] == "kyiv").update(wikidata="Q46"),
    "an item is no item": lambda d: d["entities"][0].update(wikidata="Q0"),
    "a mention's id is another's": lambda d: d["mentions"][4].update(id="m4"),
    "a body and its place share a span": lambda d: d["mentions"][1].update(start=0, end=11, text="Рада Європи"),
    "the inner mention is not allowed": lambda d: (
        d["mentions"][0].update(label="EVENT", text="Рада Європи") or d["mentions"][1].update(label="ORG")
    ),
    "two mentions cross": lambda d: d["mentions"][1].update(end=18, text="Європи і Київ"),
    "a mention ends in whitespace": lambda d: d["mentions"][1].update(start=4, text=" Європи"),
    "a mention ends past the text": lambda d: d["mentions"][4].update(end=1000),
    "a mention is empty": lambda d: d["mentions"][4].update(end=d["mentions"][4]["start"], text=""),
    "a mention is reversed": lambda d: d["mentions"][4].update(start=9, end=3, text=""),
    "surfaces of one length are swapped": lambda d: d["mentions"][3].update(text="Івана"),
    "a named mention has no entity": lambda d: d["mentions"][2].pop("entity"),
    "a value has an entity": lambda d: d["mentions"][2].update(label="DATE"),
    "a cluster has two labels": lambda d: d["mentions"][2].update(label="ORG", entity="europe"),
    "a relation's id is another's": lambda d: d["relations"][1].update(id="r1"),
    "a relation's id has a newline": lambda d: d["relations"][1].update(id="r2\n"),
    "a relation's head is an entity": lambda d: d["relations"][1].update(head="maria"),
    "a relation does not fit": lambda d: the(d, "FAMILY_OF").update(tail="m3"),
    "a symmetric relation points back": lambda d: the(d, "MEETS_WITH").update(head="m3", tail="m1"),
    "a relation is of an entity with itself": lambda d: the(d, "MEETS_WITH").update(tail="m1"),
    "a fact is told twice": lambda d: d["relations"].append({**the(d, "HEADS"), "id": "r9"}),
    "a fact is told beside what excludes it": lambda d: d["relations"].append(
        {**the(d, "HEADS"), "id": "r9", "label": "AFFILIATED_WITH"}
    ),
    "a stance's id is another's": lambda d: d["stances"][1].update(id="s1"),
    "a stance's id is empty": lambda d: d["stances"][1].update(id=""),
    "a stance stands twice": lambda d: d["stances"].append({**d["stances"][0], "id": "s9"}),
    "a polarity is unknown": lambda d: d["stances"][0].update(polarity="так"),
    "an author holds": lambda d: d["stances"][0].update(attribution="author"),
    "nobody reports": lambda d: d["stances"][0].update(holder=None),
    "a holder is nobody": lambda d: d["stances"][0]["holder"].update(mention="m9"),
    "a holder is elsewhere": lambda d: d["stances"][0]["holder"].update(mention="m1"),
    "a target is elsewhere": lambda d: d["stances"][0]["target"].update(mention="m4"),
    "a target is nothing": lambda d: d["stances"][0]["target"].update(mention="m9"),
    "a holder is its own target": lambda d: d["stances"][0].update(target={**d["stances"][0]["holder"]}),
    "an expression is not in the text": lambda d: d["stances"][0]["expression"].update(text="чекали"),
    "an expression ends inside a word": lambda d: d["stances"][1]["expression"].update(
        end=d["stances"][1]["expression"]["end"] - 1, text="торі"
    ),
    "a free target is outside the text": lambda d: d["stances"][1]["target"].update(start=900, end=905),
    "the text is blank": lambda d: d.update(text=" ", mentions=[], entities=[], relations=[], stances=[]),
    "the text has a return": lambda d: d.update(text=d["text"] + "\r"),
    "the text is decomposed": lambda d: d.update(text=d["text"] + " и\u0306"),
    "the doc_id climbs": lambda d: d.update(doc_id="../2025-05-01-a"),
    "the story has capitals": lambda d: d["metadata"].update(story="Pidpys"),
}


def test_the_nested_document_is_clean_by_both() -> None:
    assert is_clean(document(NESTED), SHAPES[id(SCHEME)])
    assert findings(document(NESTED), SCHEME) == []


@pytest.mark.parametrize("what", FAULTS)
def test_the_fast_path_does_not_vouch_where(what: str) -> None:
    value = as_json(document(NESTED))
    FAULTS[what](value)
    doc = decode(json.dumps(value).encode(), Document)
    assert not is_clean(doc, SHAPES[id(SCHEME)])
    assert not SHAPES[id(SCHEME)].holds(doc) or findings(doc, SCHEME)


@pytest.mark.parametrize(
    "text",
    [
        "Сайт https://one.example/({Київ|LOC|k}) тут.",
        "Сайт www.one.example—{Київ|LOC|k} тут.",
        "Сайт {www.one.example|MISC|k}—так.",
        "Сайт {www.one.example|MISC|k},) так.",
        "Це {2014 р.|DATE}. І {Київ|LOC|k}.",
        "Це {2014 р.|DATE}.. І {Київ|LOC|k}.",
        "{Київ|LOC|k} чекає \ufffd тут.",
        "{Київ|LOC|k} чекає \u034f тут.",
        "{Київ|LOC|k} чекає \u115f\u1160\u17b4\u17b5\u3164\uffa0 тут.",
        "{Київ|LOC|k}… {Київ|LOC|k}?! {Київ|LOC|k}\u0301.",
        "({Київ|LOC|k})—«{Київ|LOC|k}»–{Київ|LOC|k}",
        "{ℹ|MISC|k}\ufe0f і {❶|MISC|k} тут.",
    ],
)
def test_awkward_surroundings_are_vouched_for_only_where_the_rules_find_nothing(text: str) -> None:
    doc = document(text + "\n%% entities\nk = Київ\n")
    assert not (is_clean(doc, SHAPES[id(SCHEME)]) and findings(doc, SCHEME))
