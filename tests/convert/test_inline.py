"""Inline markup: parse and render undo each other, and every fault is named by its place."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from golden_files import GOLDEN, check_golden
from strategies import annotated, texts, tidy
from vistka.convert.inline import LOSES, parse, render
from vistka.findings import InputError
from vistka.io import canonical, in_order, renumbered
from vistka.model import Annotation, Entity, Holder, Mention, Relation, Span, Stance, Target
from vistka.text import sha256

DOC_ID = "2025-05-01-a"
END = "\n%% entities\n"


def annotation(text: str, mentions: tuple[Mention, ...] = (), **layers: tuple[object, ...]) -> Annotation:
    empty: dict[str, tuple[object, ...]] = {"entities": (), "relations": (), "stances": ()}
    return msgspec.structs.replace(
        Annotation("vistka/annotation/1", DOC_ID, sha256(text), (), mentions, (), ()), **{**empty, **layers}
    )


def faults(source: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse(source, DOC_ID)
    return str(caught.value).splitlines()


def without_lost(record: Annotation) -> object:
    """What is left of an annotation without the ids that the markup loses: references become spans."""
    spans = {m.id: (m.start, m.end, m.label, m.entity) for m in record.mentions}
    stances = [
        (
            s.polarity,
            s.attribution,
            s.holder and (s.holder.start, s.holder.text, spans[s.holder.mention]),
            (s.target.start, s.target.text, s.target.mention and spans[s.target.mention]),
            (s.expression.start, s.expression.end, s.expression.text),
        )
        for s in record.stances
    ]
    return (
        record.doc_id,
        record.text_sha256,
        sorted(record.entities, key=lambda e: e.id),
        sorted((m.start, m.end, m.label, m.text, m.entity or "") for m in record.mentions),
        sorted((r.label, spans[r.head][:2], spans[r.tail][:2]) for r in record.relations),
        sorted(stances, key=repr),
    )


# --- there and back -------------------------------------------------------------------------------------------


@given(tidy)
@settings(deadline=None, max_examples=300)
def test_parse_undoes_render_exactly_where_ids_are_in_text_order(pair: tuple[str, Annotation]) -> None:
    text, record = pair[0], renumbered(pair[1])
    assert parse(render(text, record), DOC_ID) == (text, record)


@given(annotated)
@settings(deadline=None, max_examples=300)
def test_spans_with_whitespace_and_backslashes_at_their_edges_come_back_too(pair: tuple[str, Annotation]) -> None:
    text, record = pair[0], renumbered(pair[1])
    assert parse(render(text, record), DOC_ID) == (text, record)


@given(tidy)
@settings(deadline=None, max_examples=150)
def test_render_undoes_parse_exactly_where_the_markup_is_rendered(pair: tuple[str, Annotation]) -> None:
    source = render(*pair)
    assert render(*parse(source, DOC_ID)) == source


@given(tidy)
@settings(deadline=None, max_examples=150)
def test_arbitrary_annotations_come_back_equal_but_for_what_is_lost(pair: tuple[str, Annotation]) -> None:
    text, record = pair
    back = parse(render(text, record), DOC_ID)[1]
    assert without_lost(back) == without_lost(record)
    assert LOSES == ("mentions.id", "relations.id", "stances.id")
    assert [e.id for e in back.entities] == [e.id for e in in_order(record).entities]


@given(texts)
@example("%% entities\nтекст")
@example("Рядок\n%% entities\n%% relations\n")
@example("\\{|}\\%%#~-")
@example("")
@example("\n")
@settings(deadline=None, max_examples=150)
def test_any_text_comes_back_to_the_letter(text: str) -> None:
    assert parse(render(text, annotation(text)), DOC_ID)[0] == text


@pytest.mark.parametrize(
    "surface",
    [
        "п'ять",
        "прем’єр",
        "обʼєднання",
        "за\u0301мок",
        "🇺🇦",
        "👩\u200d👧",
        "10\u00a0000",
        "№ #2",
        "#2",
        "#СлаваУкраїні",
        "а|б",
        "{а}",
        "С:\\Диск",
        "кінець\\",
        "~приблизно",
        "-1",
        "-",
        "%%",
        "два  пропуски",
        "рядок\nрядок",
        "\\n",
        " пропуск",
        "пропуск ",
        " ",
        "\u00a0нерозривний",
        "нерозривний\u00a0",
        "\tтабуляція",
    ],
)
def test_a_surface_names_its_mention_whatever_it_holds(surface: str) -> None:
    text = f"{surface}, {surface}; {surface}"
    step, end = len(surface) + 2, len(surface)
    mentions = tuple(Mention(f"m{i + 1}", "ORG", i * step, i * step + end, surface) for i in range(3))
    relations = tuple(Relation(f"r{i + 1}", "CITES", f"m{i + 1}", f"m{(i + 1) % 3 + 1}") for i in range(3))
    second = mentions[1]
    stance = Stance(
        "s1",
        "support",
        "direct",
        Holder(second.start, second.end, surface, "m2"),
        Target(second.start, second.end, surface, None),
        Span(second.start, second.end, surface),
    )
    record = annotation(text, mentions, relations=relations, stances=(stance,))
    assert parse(render(text, record), DOC_ID) == (text, record)


def test_nested_mentions_come_back_three_deep() -> None:
    text = "Мирна угода Варшави від 5 травня"
    mentions = (
        Mention("m1", "DOC", 0, 32, text, "e1"),
        Mention("m2", "ORG", 6, 19, "угода Варшави", "e2"),
        Mention("m3", "LOC", 12, 19, "Варшави", "e3"),
        Mention("m4", "DATE", 24, 32, "5 травня"),
    )
    markup = render(text, annotation(text, mentions))
    assert markup.splitlines()[0] == "{Мирна {угода {Варшави|LOC|e3}|ORG|e2} від {5 травня|DATE}|DOC|e1}"
    assert parse(markup, DOC_ID)[1].mentions == mentions


def test_a_number_names_the_later_mention_of_a_surface() -> None:
    source = "{Київ|LOC|k} і {Київ|LOC|k}, {МЗС|ORG|m}" + END + "%% relations\nМЗС | LOCATED_IN | Київ#2\n"
    assert parse(source, DOC_ID)[1].relations == (Relation("r1", "LOCATED_IN", "m3", "m2"),)


def test_a_number_names_the_later_occurrence_of_a_free_span() -> None:
    source = "так, ні, так" + END + "%% stances\noppose | author | - | ~ні | так#2\n"
    stance = parse(source, DOC_ID)[1].stances[0]
    assert (stance.target, stance.expression) == (Target(5, 7, "ні", None), Span(9, 12, "так"))


def test_a_free_span_may_be_the_words_of_a_mention() -> None:
    source = "{Київ|LOC|k} за Київ" + END + "%% stances\nsupport | author | - | ~Київ | за\n"
    assert parse(source, DOC_ID)[1].stances[0].target == Target(0, 4, "Київ", None)


def test_a_minus_is_no_holder() -> None:
    source = "{Київ|LOC|k} за" + END + "%% stances\nsupport | author | - | Київ | за\n"
    assert parse(source, DOC_ID)[1].stances[0].holder is None


def test_literal_characters_are_written_with_a_backslash() -> None:
    assert parse(r"\{a\|b\} \\ \%" + END, DOC_ID)[0] == r"{a|b} \ %"


def test_empty_lines_and_missing_sections_are_no_fault() -> None:
    text, record = parse("Київ" + END + "\n%% stances\n\n", DOC_ID)
    assert (text, record) == ("Київ", annotation("Київ"))


def test_the_annotation_is_tied_to_the_text_without_its_markup() -> None:
    assert parse("{Київ|LOC|k}" + END, DOC_ID)[1].text_sha256 == sha256("Київ")


def test_an_entity_may_have_an_item() -> None:
    record = parse("{Київ|LOC|k}" + END + "k = Київ (місто) = столиця | Q1899\n", DOC_ID)[1]
    assert record.entities == (Entity("k", "Київ (місто) = столиця", "Q1899"),)


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_a_mention_named_twice_over_one_span_keeps_its_relations(data: st.DataObject) -> None:
    labels = data.draw(st.permutations(["LOC", "ORG", "PERS"]))[:2]
    mentions = tuple(Mention(f"m{i}", label, 0, 4, "Київ") for i, label in enumerate(sorted(labels), 1))
    record = annotation("Київ", mentions, relations=(Relation("r1", "X", "m1", "m2"),))
    assert parse(render("Київ", record), DOC_ID)[1].relations == record.relations


# --- faults ---------------------------------------------------------------------------------------------------

TEXT = "{Київ|LOC|k} і {Львів|LOC|l}. Ми за."
RELATIONS = TEXT + END + "%% relations\n"
STANCES = TEXT + END + "%% stances\n"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("Київ\nі Львів", "line 2, column 8: the line `%% entities` is missing"),
        ("Київ\n%% entities", "line 2, column 12: the line `%% entities` is missing"),
        ("Ось\nп'я\\ть" + END, r"line 2, column 4: a backslash stands before { | } \ or % only"),
        ("Ось\\" + END, r"line 1, column 4: a backslash stands before { | } \ or % only"),
        ("🇺🇦 а|б" + END, "line 1, column 5: `|` outside a mention"),
        ("а\n{Київ|LOC" + END, "line 2, column 1: this mention is not closed"),
        ("а {Київ|LOC\nб}" + END, "line 1, column 3: this mention is not closed"),
        ("{Київ|м. Київ}" + END, "line 1, column 6: `|м. Київ` is not |LABEL or |LABEL|entity"),
        ("{Київ|LOC|k|x}" + END, "line 1, column 6: `|LOC|k|x` is not |LABEL or |LABEL|entity"),
        ("{Київ|}" + END, "line 1, column 6: `|` is not |LABEL or |LABEL|entity"),
        ("і {|LOC|k}" + END, "line 1, column 3: an empty mention"),
        ("і Київ}" + END, "line 1, column 7: `}` closes nothing"),
        ("і {Київ" + END, "line 1, column 3: this mention has no label"),
        (TEXT + END + "%% реляції\n", "line 3, column 1: no section `реляції`; there are entities, relations, stances"),
        (TEXT + END + "k: Київ\n", "line 3, column 1: an entity reads `key = canonical name`"),
        (TEXT + END + "к = Київ\n", "line 3, column 1: an entity reads `key = canonical name`"),
        (TEXT + END + "k =\n", "line 3, column 1: an entity reads `key = canonical name`"),
        (TEXT + END + "k = Київ | Q1 | Q2\n", "line 3, column 1: an entity reads `key = canonical name`"),
        (TEXT + END + "k = Київ\nk = Львів\n", "line 4, column 1: entity `k` stands here twice"),
        (RELATIONS + "Київ | NEAR\n", "line 4, column 1: a relation reads `head | LABEL | tail`"),
        (
            RELATIONS + "Київ | NEAR | Одеса\n",
            "line 4, column 15: no mention «Одеса» number 1, there are 0; the",
        ),
        (RELATIONS + "  Ми | NEAR | Київ\n", "line 4, column 3: no mention «Ми» number 1, there are 0; write ~ before"),
        (RELATIONS + "Київ#2 | NEAR | Львів\n", "line 4, column 1: no mention «Київ» number 2, there are 1"),
        (
            STANCES + "support | author | - | Київ\n",
            "line 4, column 1: a stance reads `polarity | attribution | holder",
        ),
        (STANCES + "support | direct | Ми | Київ | за\n", "line 4, column 20: no mention «Ми» number 1"),
        (STANCES + "support | author | - | Ми | за\n", "line 4, column 24: no mention «Ми» number 1"),
        (
            STANCES + "support | author | - | ~Одеса | за\n",
            "line 4, column 24: the text does not hold «Одеса» 1",
        ),
        (
            STANCES + "support | author | - | Київ | проти\n",
            "line 4, column 31: the text does not hold «проти» 1",
        ),
        (STANCES + "support | author | - | Київ | Ми#2\n", "line 4, column 31: the text does not hold «Ми» 2 time(s)"),
    ],
)
def test_a_fault_is_named_by_line_and_column(source: str, fault: str) -> None:
    found = faults(source)
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_all_faults_of_a_source_are_named_in_order() -> None:
    found = faults("а|б {Київ|LOC}\nі }" + END + "k Київ\n%% relations\nКиїв | X\n")
    assert [line.partition(": ")[0] for line in found] == [
        "line 1, column 2",
        "line 2, column 3",
        "line 4, column 1",
        "line 6, column 1",
    ]


@pytest.mark.parametrize(
    ("mentions", "message"),
    [
        ([(0, 4, "Київ"), (5, 9, "Львів")], "mention m2 is not «Львів» in the text"),
        ([(0, 6, "Київ і"), (5, 12, "і Львів")], "mention m2 crosses m1"),
    ],
)
def test_an_annotation_that_has_no_markup_is_refused(mentions: list[tuple[int, int, str]], message: str) -> None:
    text = "Київ і Львів"
    made = tuple(Mention(f"m{i}", "LOC", start, end, words) for i, (start, end, words) in enumerate(mentions, 1))
    with pytest.raises(InputError, match=message):
        render(text, annotation(text, made))


def test_a_free_span_that_is_not_in_the_text_is_refused() -> None:
    text = "Київ за"
    stance = Stance("s1", "support", "author", None, Target(0, 4, "Київ", None), Span(4, 6, "за"))
    with pytest.raises(InputError, match=r"the span \[4, 6\) is not «за» in the text"):
        render(text, annotation(text, stances=(stance,)))


# --- goldens --------------------------------------------------------------------------------------------------


def golden_source() -> str:
    return (GOLDEN / "inline" / "article.inline").read_bytes().decode()


def test_golden_markup_to_annotation() -> None:
    check_golden("inline/parsed.json", canonical(parse(golden_source(), DOC_ID)[1]).decode())


def test_golden_annotation_to_markup() -> None:
    check_golden("inline/rendered.inline", render(*parse(golden_source(), DOC_ID)))


def test_golden_markup_is_already_as_it_is_rendered() -> None:
    assert (GOLDEN / "inline" / "rendered.inline").read_bytes().decode() == golden_source()


def test_a_missing_golden_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISTKA_REGEN", raising=False)
    with pytest.raises(AssertionError, match="is missing"):
        check_golden("inline/no-such-file.json", "")
