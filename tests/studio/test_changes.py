"""What people changed, told item by item: boundary, label, entity, relation, stance."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from strategies import annotated
from vistka.convert.inline import parse
from vistka.model import Annotation
from vistka.studio.changes import Change, changes, totals

SENT = """{Прем'єрка|JOB} {Юлія Свириденко|PERS|yu} прибула до {Києва|LOC|kyiv} й похвалила {Київ|LOC|kyiv} за мости.
%% entities
yu = Юлія Свириденко
kyiv = Київ
%% relations
Юлія Свириденко | HOLDS_POSITION | Прем'єрка
Юлія Свириденко | AFFILIATED_WITH | Києва
%% stances
support | reported | Юлія Свириденко | Київ | похвалила
"""


def annotation(*edits: tuple[str, str]) -> Annotation:
    markup = SENT
    for old, new in edits:
        assert old in markup
        markup = markup.replace(old, new)
    return parse(markup, "2025-05-01-a")[1]


def found(*edits: tuple[str, str]) -> list[Change]:
    return changes(annotation(), annotation(*edits))


def test_nothing_changed_is_nothing_told() -> None:
    assert found() == []


def test_a_mention_drawn_and_one_deleted() -> None:
    assert found(("за мости", "за {мости|MISC|mosty}"), ("kyiv = Київ\n", "kyiv = Київ\nmosty = мости\n")) == [
        Change("mentions", "added", "MISC", "", "мости")
    ]
    assert found(("{Прем'єрка|JOB}", "Прем'єрка"), ("Юлія Свириденко | HOLDS_POSITION | Прем'єрка\n", "")) == [
        Change("mentions", "removed", "JOB", "Прем'єрка"),
        Change("relations", "removed", "HOLDS_POSITION", "Юлія Свириденко → Прем'єрка"),
    ]


def test_a_moved_boundary_keeps_what_hangs_on_it() -> None:
    edits = [("{Юлія Свириденко|PERS|yu}", "Юлія {Свириденко|PERS|yu}"), ("\nЮлія Свириденко |", "\nСвириденко |")]
    edits += [("| Юлія Свириденко |", "| Свириденко |")]
    assert [(c.layer, c.kind, c.before, c.after) for c in found(*edits)] == [
        ("mentions", "moved", "Юлія Свириденко", "Свириденко"),
        ("stances", "changed", "support reported: Юлія Свириденко → Київ: похвалила",
         "support reported: Свириденко → Київ: похвалила"),
    ]  # fmt: skip


def test_another_label_and_another_entity() -> None:
    assert found(("{Києва|LOC|kyiv}", "{Києва|ORG|klub}"), ("kyiv = Київ\n", "kyiv = Київ\nklub = Клуб\n")) == [
        Change("mentions", "relabelled", "ORG", "Києва (LOC)", "Києва")
    ]
    assert found(("{Києва|LOC|kyiv}", "{Києва|LOC|misto}"), ("kyiv = Київ\n", "kyiv = Київ\nmisto = Місто\n")) == [
        Change("mentions", "changed", "LOC", "Києва → kyiv", "Києва → misto")
    ]


def test_a_name_that_was_mended() -> None:
    assert found(("kyiv = Київ\n", "kyiv = Київ | Q1899\n")) == [
        Change("entities", "changed", "kyiv", "Київ", "Київ | Q1899")
    ]


def test_a_relation_of_another_label_and_one_drawn() -> None:
    assert found(("AFFILIATED_WITH", "HEADS")) == [
        Change(
            "relations", "relabelled", "HEADS", "Юлія Свириденко → Києва (AFFILIATED_WITH)", "Юлія Свириденко → Києва"
        )
    ]
    assert found(("%% stances", "Прем'єрка | POSITION_IN | Києва\n%% stances")) == [
        Change("relations", "added", "POSITION_IN", "", "Прем'єрка → Києва")
    ]


@pytest.mark.parametrize(
    ("edit", "kind", "label"),
    [
        (("support |", "oppose |"), "relabelled", "oppose"),
        (("| reported", "| direct"), "relabelled", "support"),
        (("| похвалила", "| й похвалила"), "moved", "support"),
        (("| Київ | похвалила", "| ~мости | похвалила"), "changed", "support"),
        (("| Юлія Свириденко | Київ", "| - | Київ"), "changed", "support"),
    ],
)
def test_a_stance_that_was_changed(edit: tuple[str, str], kind: str, label: str) -> None:
    assert [(c.layer, c.kind, c.label) for c in found(edit)] == [("stances", kind, label)]


@settings(deadline=None)
@given(annotated)
def test_an_annotation_does_not_differ_from_itself_and_wholly_from_a_blank_one(pair: tuple[str, Annotation]) -> None:
    record = pair[1]
    assert changes(record, record) == []
    blank = replace(record, entities=(), mentions=(), relations=(), stances=())
    told = Counter(change.layer for change in changes(blank, record))
    assert (told["mentions"], told["stances"]) == (len(record.mentions), len(record.stances))
    assert {change.kind for change in changes(record, blank)} <= {"removed"}


def test_totals_count_by_label_the_most_changed_first() -> None:
    told = totals([Change("mentions", "added", "LOC"), Change("mentions", "moved", "JOB"), Change("x", "moved", "JOB")])
    assert list(told) == ["JOB", "LOC"]
    assert told["JOB"] == {"moved": 2}
