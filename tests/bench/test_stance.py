"""Stances: polarity, tuples and the Sentiment Graph F1, worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from builders import document
from conftest import ROOT
from strategies import annotated
from vistka.bench.counts import Figure, figures
from vistka.bench.data import load
from vistka.bench.stance import tables
from vistka.model import Annotation, Document
from vistka.resources import load_labels

LABELS = load_labels()
TEXT = (
    "{Свириденко|PERS} беззастережно підтримує дії {Києва|LOC} й {Варшави|LOC}. 🇺🇦\n"
    "{Орбан|PERS} різко засудив рішення {Єврокомісії|ORG}. Диктатор {Путін|PERS} мовчить."
)
GOLD = (
    "support | reported | Свириденко | Києва | беззастережно підтримує",
    "support | reported | Свириденко | Варшави | беззастережно підтримує",
    "oppose | reported | Орбан | Єврокомісії | різко засудив",
    "oppose | author | - | Путін | Диктатор",
)


def doc(*stances: str) -> Document:
    return document(f"{TEXT}\n%% entities\n%% relations\n%% stances\n" + "".join(f"{s}\n" for s in stances))


def lines(gold: Document, found: Document, view: str) -> dict[str, Figure]:
    return {line.label: line for line in figures(tables([gold], [found], LABELS)[view], resamples=0)}


def graph(gold: str, found: str) -> tuple[float | None, float | None]:
    """Precision and recall of one tuple against one."""
    line = lines(doc(gold), doc(found), "graph")["micro"]
    return line.precision, line.recall


def test_polarity_of_four_stances_with_the_average_of_semeval_2016() -> None:
    # Two of three predictions of support are right, the one of oppose is; Орбан is the fault.
    found = doc(*GOLD[:2], GOLD[2].replace("oppose", "support"), GOLD[3])
    made = lines(doc(*GOLD), found, "tuple")
    assert (made["support"].precision, made["support"].recall) == (2 / 3, 1.0)
    assert (made["oppose"].precision, made["oppose"].recall) == (1.0, 1 / 2)
    assert made["support"].f1 == pytest.approx(4 / 5)
    assert made["oppose"].f1 == pytest.approx(2 / 3)
    assert made["F_avg"].f1 == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert made["micro"].f1 == 3 / 4


def test_what_has_no_counterpart_is_an_error_of_its_polarity() -> None:
    found = doc(GOLD[0], GOLD[2].replace("Єврокомісії", "~рішення Єврокомісії"))
    made = lines(doc(*GOLD), found, "tuple")
    assert [(made[p].found, made[p].predicted, made[p].gold) for p in ("support", "oppose")] == [(1, 1, 2), (0, 1, 2)]


def test_an_absent_holder_is_not_a_named_one() -> None:
    assert lines(doc(GOLD[3]), doc(GOLD[3].replace("-", "Орбан")), "tuple")["micro"].f1 == 0.0
    assert lines(doc(GOLD[3]), doc(GOLD[3]), "tuple")["micro"].f1 == 1.0


def test_stances_that_share_spans_part_by_their_holders() -> None:
    other = GOLD[0].replace("Свириденко", "Орбан")
    line = lines(doc(GOLD[0], other), doc(other), "tuple")["micro"]
    assert (line.precision, line.recall) == (1.0, 1 / 2)


def test_a_stance_told_twice_counts_once() -> None:
    twice = replace(doc(GOLD[0]), stances=doc(GOLD[0]).stances * 2)
    for view in ("tuple", "graph"):
        assert lines(doc(GOLD[0]), twice, view)["micro"].predicted == 1


def test_an_inventory_without_the_two_polarities_has_no_average_of_them() -> None:
    kept = tuple(value for value in LABELS.stance.polarity if value.value != "oppose")
    labels = replace(LABELS, stance=replace(LABELS.stance, polarity=kept))
    made = tables([doc(GOLD[0])], [doc(GOLD[0])], labels)["tuple"]
    assert [line.label for line in figures(made, resamples=0)] == ["micro", "support"]


# --- Sentiment Graph F1 ---------------------------------------------------------------------------------------


def test_a_shorter_expression_weighs_less_in_recall() -> None:
    # Holder and target are whole on both sides; of the gold expression's two words one is found.
    assert graph(GOLD[0], GOLD[0].replace("беззастережно підтримує", "підтримує")) == pytest.approx(
        (1, (1 + 1 + 1 / 2) / 3)
    )


def test_a_longer_target_weighs_less_in_precision() -> None:
    # дії Києва: one of two predicted words is gold's.
    assert graph(GOLD[0], GOLD[0].replace("Києва", "~дії Києва")) == pytest.approx(((1 + 1 / 2 + 1) / 3, 1))


def test_all_three_must_overlap_and_the_polarity_be_the_same() -> None:
    assert graph(GOLD[0], GOLD[0].replace("Києва", "Варшави")) == (0, 0)
    assert graph(GOLD[0], GOLD[0].replace("Свириденко", "Орбан")) == (0, 0)
    assert graph(GOLD[0], GOLD[0].replace("support", "neutral")) == (0, 0)


def test_two_absent_holders_overlap_and_one_does_not() -> None:
    assert graph(GOLD[3], GOLD[3].replace("Диктатор", "Диктатор Путін")) == pytest.approx(((1 + 1 + 1 / 2) / 3, 1))
    assert graph(GOLD[3], GOLD[3].replace("-", "Орбан")) == (0, 0)


def test_a_part_of_a_word_touches_the_whole_word() -> None:
    assert graph(GOLD[2], GOLD[2].replace("різко засудив", "різко засуд")) == (1, 1)


def test_the_best_match_counts_and_may_serve_twice() -> None:
    # One long prediction over both supports: its target дії … Варшави has four words. Precision: ¼ of the target;
    # recall: both gold stances are wholly inside it.
    long = GOLD[0].replace("Києва", "~дії Києва й Варшави")
    line = lines(doc(*GOLD[:2]), doc(long), "graph")["micro"]
    assert line.precision == pytest.approx((1 + 1 / 4 + 1) / 3)
    assert (line.recall, line.found) == (1, 2)
    # Beside it an exact one: for Києва both serve, Варшави has the long one.
    line = lines(doc(*GOLD[:2]), doc(long, GOLD[0]), "graph")["micro"]
    assert line.precision == pytest.approx(((1 + 1 / 4 + 1) / 3 + 1) / 2)


# --- whatever is annotated ------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(annotated, annotated)
def test_tuples_are_never_above_graphs_and_swapping_sides_swaps_precision_and_recall(
    one: tuple[str, Annotation], two: tuple[str, Annotation]
) -> None:
    text, first = one
    gold = replace(doc(), text=text, stances=first.stances)
    longest = len(text)
    inside = [s for s in two[1].stances if max(s.target.end, s.expression.end) <= longest]
    found = replace(gold, stances=(*(s for s in inside if not s.holder or s.holder.end <= longest), *first.stances[:1]))
    there, back = tables([gold], [found], LABELS), tables([found], [gold], LABELS)
    for view, table in there.items():
        ahead, reverse = figures(table, resamples=0)[0], figures(back[view], resamples=0)[0]
        assert (ahead.precision, ahead.recall, ahead.f1) == (reverse.recall, reverse.precision, reverse.f1)
        assert ahead.f1 is None or 0 <= ahead.f1 <= 1
    assert (there["tuple"].counts <= there["graph"].counts).all()


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_gold_against_gold_is_one_in_every_view(split: str) -> None:
    gold = load(str(ROOT / "corpus")).split(split)
    for table in tables(gold, gold, LABELS).values():
        assert {line.f1 for line in figures(table, resamples=0) if line.label != "F_avg"} == {1.0}
    assert {line.f1 for line in figures(tables(gold, gold, LABELS)["tuple"], resamples=0)} == {1.0}
