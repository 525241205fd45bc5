"""Label Studio's regions and relations: render and parse undo each other; hand work arrives or is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from builders import DOC_ID, document
from strategies import annotated, sendable
from vistka.convert.label_studio import CODES, LOSES, parse, render
from vistka.io import canonical
from vistka.model import Annotation

TEXT = "🇺🇦 Прем'єрка України Юлія Свириденко прибула до Києва й похвалила Київ за обʼєкти."
MARKUP = """🇺🇦 {Прем'єрка|JOB} {України|LOC|ukraine} {Юлія Свириденко|PERS|svyrydenko} прибула до {Києва|LOC|kyiv} й \
похвалила {Київ|LOC|kyiv} за обʼєкти.
%% entities
ukraine = Україна | Q212
svyrydenko = Юлія Свириденко
kyiv = Київ
%% relations
Юлія Свириденко | HOLDS_POSITION | Прем'єрка
Прем'єрка | POSITION_IN | України
Юлія Свириденко | AFFILIATED_WITH | України
%% stances
support | reported | Юлія Свириденко | Київ | похвалила
support | reported | Юлія Свириденко | ~обʼєкти | похвалила
"""


def annotation() -> Annotation:
    doc = document(MARKUP)
    assert doc.text == TEXT
    return Annotation(
        "vistka/annotation/1",
        DOC_ID,
        parse([], TEXT, DOC_ID)[0].text_sha256,
        doc.entities,
        doc.mentions,
        doc.relations,
        doc.stances,
    )


def result() -> list[dict[str, Any]]:
    """The annotation as it comes over the wire."""
    sent: list[dict[str, Any]] = json.loads(json.dumps(render(annotation())))
    return sent


def region(items: list[dict[str, Any]], key: str, kind: str = "labels") -> dict[str, Any]:
    return next(i for i in items if i.get("id") == key and i["type"] == kind)


def by_hand(key: str, words: str, label: str, control: str = "mention") -> dict[str, Any]:
    start = TEXT.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": key, "from_name": control, "to_name": "text", "type": "labels", "value": value, "origin": "manual"}


def entity(key: str, line: str) -> dict[str, Any]:
    return {"id": key, "from_name": "entity", "to_name": "text", "type": "textarea", "value": {"text": [line]}}


def codes(items: Any) -> list[str]:
    return [finding.code for finding in parse(items, TEXT, DOC_ID)[1]]


@settings(max_examples=300, deadline=None)
@given(annotated)
def test_an_annotation_comes_back_equal_to_the_byte(pair: tuple[str, Annotation]) -> None:
    assert LOSES == ()
    text, record = pair[0], sendable(pair[1])
    back, findings = parse(json.loads(json.dumps(render(record))), text, record.doc_id)
    assert findings == ()
    assert canonical(back) == canonical(record)


def test_labels_of_one_ordered_pair_share_a_relation() -> None:
    items = render(annotation())
    pairs = [(i["from_id"], i["to_id"]) for i in items if i["type"] == "relation"]
    assert len(pairs) == len(set(pairs))


def test_an_entity_is_named_at_its_first_mention_and_meant_by_its_key_after_that() -> None:
    lines = [i["value"]["text"][0] for i in render(annotation()) if i["type"] == "textarea"]
    assert lines == ["ukraine = Україна | Q212", "svyrydenko = Юлія Свириденко", "kyiv = Київ", "kyiv"]


def test_what_the_page_adds_and_reorders_changes_nothing() -> None:
    items = [{**item, "origin": "prediction"} for item in result()]
    items.sort(key=lambda item: item["type"] == "relation")
    back, findings = parse(items[::-1], TEXT, DOC_ID)
    assert findings == ()
    assert canonical(back) == canonical(annotation())


def test_the_text_is_sliced_anew_where_the_page_collapsed_blanks() -> None:
    text = "Прибула  Юлія\tСвириденко.\nДалі"
    drawn = by_hand("aB3_x-9Kzz", "Юлія", "PERS")
    drawn["value"] = {"start": 9, "end": 24, "text": "Юлія Свириденко", "labels": ["PERS"]}
    back, findings = parse([drawn, entity("aB3_x-9Kzz", "yu = Юлія Свириденко")], text, DOC_ID)
    assert findings == ()
    assert [m.text for m in back.mentions] == ["Юлія\tСвириденко"]


def test_a_region_drawn_by_hand_gets_the_next_free_id() -> None:
    items = [*result(), by_hand("aB3_x-9Kzz", "обʼєкти", "MISC"), entity("aB3_x-9Kzz", "site = Об’єкти")]
    back, findings = parse(items, TEXT, DOC_ID)
    assert findings == ()
    assert [(m.id, m.text) for m in back.mentions][-1] == ("m6", "обʼєкти")


def test_a_moved_boundary_arrives_as_moved_with_its_id_and_links() -> None:
    items = result()
    region(items, "mention-m3")["value"].update(start=TEXT.index("Свириденко"), text="Свириденко")
    back, findings = parse(items, TEXT, DOC_ID)
    assert findings == ()
    moved = next(m for m in back.mentions if m.id == "m3")
    assert moved.text == "Свириденко"
    assert [r.id for r in back.relations if r.head == "m3"] == ["r2", "r3"]
    assert {s.holder.text for s in back.stances if s.holder} == {"Свириденко"}


def test_a_relation_drawn_by_hand_gets_the_next_free_id_and_its_direction() -> None:
    drawn = {
        "from_id": "mention-m4",
        "to_id": "mention-m3",
        "type": "relation",
        "direction": "left",
        "labels": ["HEADS"],
    }
    back, findings = parse([*result(), drawn], TEXT, DOC_ID)
    assert findings == ()
    assert [(r.id, r.head, r.tail) for r in back.relations if r.label == "HEADS"] == [("r4", "m3", "m4")]


def test_a_foreign_meta_is_passed_over() -> None:
    items = result()
    for item in items:
        item["meta"] = {"text": ["сумніваюся"], "relations": "ні"}
    back, findings = parse(items, TEXT, DOC_ID)
    assert findings == ()
    assert sorted(r.id for r in back.relations) == ["r1", "r2", "r3"]


def spoiled(change: str) -> Any:
    """The result after one thing that a person, or a program, did to it."""
    items = result()
    if change == "LS001":
        return {"PERS": "Юлія"}  # JSON_MIN
    if change == "LS002":
        items[0]["from_name"] = "ner"
    if change == "LS003":
        region(items, "mention-m5")["value"]["end"] = len(TEXT) + 1
    if change == "LS004":
        region(items, "mention-m4")["value"].update(start=4, end=9)
    if change == "LS005":
        region(items, "mention-m4")["value"]["labels"] = []
    if change == "LS006":
        items.append(region(items, "mention-m1"))
    if change == "LS007":
        items = [i for i in items if i.get("id") != "mention-m1"]
    if change == "LS008":
        del next(i for i in items if i["type"] == "relation")["labels"]
    if change == "LS009":
        next(i for i in items if i["type"] == "relation")["labels"] = ["holder"]
    if change == "LS010":
        region(items, "mention-m4", "textarea")["value"]["text"] = ["kyiv"]
    if change == "LS011":
        items = [i for i in items if i.get("from_name") != "polarity"]
    if change == "LS012":
        items = [i for i in items if i.get("labels") != ["target"]]
    if change == "LS013":
        items.append(by_hand("aB3_x-9Kzz", "прибула", "target", "stance"))
    return items


@pytest.mark.parametrize("code", CODES)
def test_what_is_wrong_is_a_finding_by_its_code(code: str) -> None:
    assert code in codes(spoiled(code))


@pytest.mark.parametrize(
    "offsets", [("3", 5), (3.0, 5), (True, 5), (-1, 5), (5, 5), (6, 5), (None, 5), (10**30, 10**30 + 1)]
)
def test_offsets_that_are_no_span_of_the_text_are_refused(offsets: tuple[Any, Any]) -> None:
    items = result()
    region(items, "mention-m5")["value"].update(start=offsets[0], end=offsets[1])
    assert "LS003" in codes(items)


@pytest.mark.parametrize("junk", [None, 7, "[]", [None], [[]], [{"type": "brush"}], [{"type": "labels", "value": 3}]])
def test_junk_is_a_finding_and_no_traceback(junk: Any) -> None:
    assert set(codes(junk)) == {"LS001"}


@pytest.mark.parametrize("line", ["два слова", "київ = Київ", "kyiv =", "kyiv = Київ | Q1899 | Q212"])
def test_an_entity_line_of_another_form_is_a_finding(line: str) -> None:
    items = result()
    region(items, "mention-m4", "textarea")["value"]["text"] = [line]
    findings = [f for f in parse(items, TEXT, DOC_ID)[1] if f.code == "LS010"]
    assert any(line in f.message and f.span == (TEXT.index("Києва"), TEXT.index("Києва") + 5) for f in findings)


def test_two_names_for_one_entity_are_shown_both() -> None:
    items = result()
    region(items, "mention-m5", "textarea")["value"]["text"] = ["kyiv = Київ | Q1899"]
    (finding,) = parse(items, TEXT, DOC_ID)[1]
    assert finding.code == "LS010"
    assert "kyiv = Київ and kyiv = Київ | Q1899" in finding.message


def test_both_choices_of_a_polarity_are_one_too_many() -> None:
    items = result()
    region(items, "expression-s1", "choices")["value"]["choices"] = ["support", "oppose"]
    assert codes(items) == ["LS011"]
