"""brat standoff: mentions and relations come back; what cannot be read is named by its line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from builders import DOC_ID, document
from strategies import annotated
from vistka.convert.brat import CODES, LOSES, WARNINGS, parse, render
from vistka.io import renumbered
from vistka.model import Annotation, Mention, Relation
from vistka.text import sha256

TEXT = "🇺🇦 Прем'єрка України\nЮлія  Свириденко очолила обʼєднання."
ANN = """T1\tJOB 3 12\tПрем'єрка
T2\tLOC 13 20\tУкраїни
T3\tPERS 21 37\tЮлія  Свириденко
T4\tORG 46 56\tобʼєднання
R1\tHOLDS_POSITION Arg1:T3 Arg2:T1
R2\tHEADS Arg1:T3 Arg2:T4
"""
MARKUP = """🇺🇦 {Прем'єрка|JOB} {України|LOC|ua}
{Юлія  Свириденко|PERS|s} очолила {обʼєднання|ORG|o}.
%% entities
ua = Україна
s = Юлія Свириденко
o = Обʼєднання
%% relations
Юлія  Свириденко | HOLDS_POSITION | Прем'єрка
Юлія  Свириденко | HEADS | обʼєднання
"""


def codes(ann: str, text: str = TEXT) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.record) for finding in parse(ann, text, DOC_ID)[1]]


def test_mentions_and_relations_are_written_in_text_order() -> None:
    assert render(document(MARKUP)) == ANN


def test_mentions_and_relations_are_read_with_their_offsets() -> None:
    annotation, findings = parse(ANN, TEXT, DOC_ID)
    assert findings == ()
    assert (annotation.doc_id, annotation.text_sha256) == (DOC_ID, sha256(TEXT))
    assert annotation.mentions[2] == Mention("T3", "PERS", 21, 37, "Юлія  Свириденко")
    assert annotation.relations == (Relation("R1", "HOLDS_POSITION", "T3", "T1"), Relation("R2", "HEADS", "T3", "T4"))
    assert (annotation.entities, annotation.stances) == ((), ())


@settings(max_examples=300, deadline=None)
@given(annotated)
def test_an_annotation_comes_back_but_for_what_is_said_to_be_lost(pair: tuple[str, Annotation]) -> None:
    text, record = pair
    back, findings = parse(render(record), text, record.doc_id)
    assert findings == ()
    bare = tuple(replace(m, entity=None) for m in record.mentions)
    assert renumbered(back) == renumbered(replace(record, entities=(), mentions=bare, stances=()))
    assert {"entities", "stances", "mentions.entity", "mentions.id", "relations.id"} == set(LOSES)


def test_a_line_end_inside_a_mention_is_a_space_in_the_third_column() -> None:
    ann = "T1\tMISC 13 25\tУкраїни Юлія\n"
    annotation, findings = parse(ann, TEXT, DOC_ID)
    assert findings == ()
    assert annotation.mentions[0].text == "України\nЮлія"
    assert render(annotation) == ann


def test_a_file_with_windows_line_ends_reads_alike() -> None:
    assert parse(ANN.replace("\n", "\r\n"), TEXT, DOC_ID) == parse(ANN, TEXT, DOC_ID)


def test_a_mention_of_other_words_keeps_the_words_of_the_file() -> None:
    annotation, findings = parse("T1\tLOC 14 21\tУкраїни\n", TEXT, DOC_ID)
    assert findings == ()
    assert annotation.mentions[0] == Mention("T1", "LOC", 14, 21, "України")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("T9\tPERS 3 12;21 25\tПрем'єрка Юлія", "BR002"),
        ("T1\tPERS 3 12\tПрем'єрка", "BR003"),
        ("R1\tHEADS Arg1:T3 Arg2:T2", "BR003"),
        ("T9\tPERS 3 12", "BR001"),
        ("T9\tPERS 3\tПрем'єрка", "BR001"),
        ("T9\tPERS -3 12\tПрем'єрка", "BR001"),
        ("R9\tHEADS T3 T4", "BR001"),
        ("Прем'єрка", "BR001"),
        ("Arg1:T3", "BR001"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, code: str) -> None:
    assert codes(f"{ANN}{line}\n") == [(code, 7)]


@pytest.mark.parametrize(
    "line",
    [
        "E1\tАтака:T3 Ціль:T4",
        "A1\tЗаперечення T3",
        "M1\tЗаперечення T3",
        "N1\tReference T3 Wikidata:Q1\tЮлія Свириденко",
        "#1\tAnnotatorNotes T3\tперевірити",
        "*\tEquiv T2 T3",
    ],
)
def test_what_else_is_told_of_mentions_is_counted_in_a_warning(line: str) -> None:
    _, (finding,) = parse(f"{ANN}{line}\n{line}\n", TEXT, DOC_ID)
    assert (finding.code, finding.severity, finding.record) == ("BR004", "warning", 7)
    assert finding.message.startswith("2 lines")
    assert set(CODES) >= WARNINGS


@pytest.mark.parametrize("line", ["# зроблено вручну", "#1\tAnnotatorNotes R1\tтак", "A1\tДавно R1", "", "  "])
def test_what_tells_nothing_of_mentions_is_passed_over(line: str) -> None:
    assert codes(f"{ANN}{line}\n") == []


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("TRAE#*1290; \t\nКиївLOCArg1:\u2028\r"), max_size=60))
def test_any_text_is_read_without_an_exception(ann: str) -> None:
    annotation, findings = parse(ann, TEXT, DOC_ID)
    assert {finding.code for finding in findings} <= set(CODES)
    assert annotation.doc_id == DOC_ID
