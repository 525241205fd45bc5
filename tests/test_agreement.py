"""Agreement over passes built in the test: hand-counted figures, symmetry, intervals."""

from __future__ import annotations

import msgspec
import pytest

from builders import document
from vistka.agreement import Agreement, agreement
from vistka.alignment import aligned_entities
from vistka.model import Document
from vistka.resources import load_labels

LABELS = load_labels()

FIRST = """{Очільниця|JOB} {Нацбанку|ORG|nbu} {Олена Коваль|PERS|koval} у {вівторок, 5 травня|DATE} їде \
до {Львова|LOC|lviv} 🇺🇦.
«Ми підтримуємо цю угоду», — сказала {Коваль|PERS|koval}, а {Марчук|PERS|marchuk} розкритикував обʼєднання.
%% entities
nbu = Національний банк України
koval = Олена Коваль
lviv = Львів
marchuk = Марчук
%% relations
Олена Коваль | HOLDS_POSITION | Очільниця
Очільниця | POSITION_IN | Нацбанку
Олена Коваль | HEADS | Нацбанку
%% stances
support | direct | Коваль | ~цю угоду | підтримуємо
oppose | reported | Марчук | ~обʼєднання | розкритикував
"""
# The date without its weekday; HEADS missed; the second stance read as neutral.
SECOND = """{Очільниця|JOB} {Нацбанку|ORG|bank} {Олена Коваль|PERS|k} у вівторок, {5 травня|DATE} їде \
до {Львова|LOC|l} 🇺🇦.
«Ми підтримуємо цю угоду», — сказала {Коваль|PERS|k}, а {Марчук|PERS|m} розкритикував обʼєднання.
%% entities
bank = Національний банк України
k = Олена Коваль
l = Львів
m = Марчук
%% relations
Олена Коваль | HOLDS_POSITION | Очільниця
Очільниця | POSITION_IN | Нацбанку
%% stances
support | direct | Коваль | ~угоду | підтримуємо
neutral | reported | Марчук | ~обʼєднання | розкритикував
"""


def pair(first: str = FIRST, second: str = SECOND) -> tuple[Document, Document]:
    return document(first), document(second)


def figure(
    found: Agreement, measure: str, label: str = "all"
) -> tuple[float | None, int | None, int | None, int | None]:
    chosen = [f for f in found.figures if (f.measure, f.label) == (measure, label)]
    assert len(chosen) == 1
    value = chosen[0].value
    return (None if value is None else round(value, 4)), chosen[0].first, chosen[0].second, chosen[0].both


def of(first: str = FIRST, second: str = SECOND) -> Agreement:
    return agreement([pair(first, second)], LABELS, resamples=100)


def test_mentions_that_differ_in_a_boundary_are_no_exact_match() -> None:
    found = of()
    assert figure(found, "F1 exact") == (round(2 * 6 / 14, 4), 7, 7, 6)
    assert figure(found, "F1 exact", "DATE") == (0.0, 1, 1, 0)
    assert figure(found, "F1 boundaries") == (round(12 / 14, 4), 7, 7, 6)


def test_a_mention_of_another_label_agrees_in_its_boundaries_alone() -> None:
    found = of(FIRST, FIRST.replace("{Львова|LOC|lviv}", "{Львова|ORG|lviv}"))
    assert figure(found, "F1 exact") == (round(12 / 14, 4), 7, 7, 6)
    assert figure(found, "F1 boundaries") == (1.0, 7, 7, 7)


def test_a_label_that_neither_used_has_no_figure() -> None:
    assert figure(of(), "F1 exact", "MON") == (None, 0, 0, 0)


def test_token_agreement_is_that_of_the_outermost_labels() -> None:
    nested = FIRST.replace("{Нацбанку|ORG|nbu}", "{Банку {Львова|LOC|lviv}|ORG|nbu}").replace(
        "Нацбанку\n", "Банку Львова\n"
    )
    outer = nested.replace("{Львова|LOC|lviv}|ORG", "Львова|ORG")
    assert figure(of(nested, outer), "Cohen κ")[0] == 1.0
    value = figure(of(), "Cohen κ")[0]
    assert value is not None and 0.8 < value < 1


def test_clusters_are_compared_over_the_mentions_that_both_have() -> None:
    assert figure(of(), "CoNLL")[0] == 1.0
    apart = SECOND.replace("{Коваль|PERS|k}", "{Коваль|PERS|other}").replace("l = Львів", "l = Львів\nother = Коваль")
    found = of(FIRST, apart)
    assert figure(found, "MUC")[0] == 0.0  # the one link of the first pass is not in the second
    # B³ over 5 named mentions: recall (3 + 2 · 1/2) / 5, precision 1
    assert figure(found, "B³")[0] == round(2 * 0.8 / 1.8, 4)


def test_relations_are_compared_by_mention_and_by_entity() -> None:
    found = of()
    assert figure(found, "F1 on agreed mentions") == (round(4 / 5, 4), 3, 2, 2)
    assert figure(found, "F1 end to end") == (round(4 / 5, 4), 3, 2, 2)
    assert figure(found, "F1 end to end", "HEADS") == (0.0, 1, 0, 0)


def test_a_fact_told_of_another_mention_of_the_entity_agrees_end_to_end() -> None:
    first = FIRST.replace("%% stances", "Коваль | MEETS_WITH | Марчук\n%% stances")
    second = FIRST.replace("%% stances", "Олена Коваль | MEETS_WITH | Марчук\n%% stances")
    found = of(first, second)
    assert figure(found, "F1 on agreed mentions", "MEETS_WITH") == (0.0, 1, 1, 0)
    assert figure(found, "F1 end to end", "MEETS_WITH") == (1.0, 1, 1, 1)


def test_a_stance_agrees_where_target_and_expression_overlap_and_polarity_is_one() -> None:
    found = of()
    assert figure(found, "F1 tuples") == (0.5, 2, 2, 1)
    assert figure(found, "F1 tuples", "support") == (1.0, 1, 1, 1)


def test_the_polarity_kappa_is_over_stances_that_agree_in_all_else() -> None:
    # support–support, oppose–neutral: observed 1/2, by chance 1/4
    assert figure(of(), "Cohen κ of polarity")[0] == round((0.5 - 0.25) / 0.75, 4)


def test_a_stance_of_another_holder_is_another_stance() -> None:
    found = of(FIRST, FIRST.replace("reported | Марчук", "reported | Коваль"))
    assert figure(found, "F1 tuples", "oppose") == (0.0, 1, 1, 0)


def test_a_value_mention_is_a_side_by_its_span() -> None:
    shorter = SECOND.replace("{Очільниця|JOB} {Нацбанку|ORG|bank}", "{Очільниця Нацбанку|JOB}")
    shorter = shorter.replace("| Очільниця\n", "| Очільниця Нацбанку\n").replace(
        "Очільниця | POSITION_IN | Нацбанку\n", ""
    )
    shorter = shorter.replace("bank = Національний банк України\n", "")
    assert figure(of(), "F1 end to end", "HOLDS_POSITION") == (1.0, 1, 1, 1)
    assert figure(of(FIRST, shorter), "F1 end to end", "HOLDS_POSITION") == (0.0, 1, 1, 0)


def test_agreement_with_oneself_is_one_wherever_there_is_something_to_compare() -> None:
    found = agreement([(document(FIRST), document(FIRST))], LABELS, resamples=100)
    assert {f.value for f in found.figures} == {1.0, None}


def test_agreement_is_symmetric() -> None:
    one, two = pair()
    forth, back = (agreement([p], LABELS, resamples=200, seed=3) for p in ((one, two), (two, one)))
    swapped = [msgspec.structs.replace(f, first=f.second, second=f.first) for f in back.figures]
    assert [msgspec.to_builtins(f) for f in forth.figures] == [msgspec.to_builtins(f) for f in swapped]


def test_intervals_hold_the_value_and_widen_with_what_varies() -> None:
    same, apart = (document(FIRST), document(FIRST)), pair()
    found = agreement([same] * 5 + [apart] * 5, LABELS, resamples=500, seed=1)
    exact = next(f for f in found.figures if f.measure == "F1 exact" and f.label == "all")
    assert exact.value is not None and exact.low is not None and exact.high is not None
    assert exact.low < exact.value < exact.high
    steady = agreement([apart] * 10, LABELS, resamples=500, seed=1)
    exact = next(f for f in steady.figures if f.measure == "F1 exact" and f.label == "all")
    assert exact.low == pytest.approx(exact.value) == exact.high


def test_the_seed_alone_decides_the_resamples() -> None:
    pairs = [pair(), (document(FIRST), document(FIRST))] * 3
    one, two, *others = (agreement(pairs, LABELS, resamples=100, seed=s) for s in (1, 1, 2, 3, 4))
    assert one == two
    assert any(one.figures != other.figures for other in others)


def test_no_documents_no_figures() -> None:
    assert agreement([], LABELS).figures == ()


def test_entities_are_aligned_by_shared_mentions_whatever_their_ids() -> None:
    one, two = pair()
    assert aligned_entities(one, two) == {"bank": "nbu", "k": "koval", "l": "lviv", "m": "marchuk"}
    assert aligned_entities(two, one) == {"nbu": "bank", "koval": "k", "lviv": "l", "marchuk": "m"}


def test_of_two_entities_that_share_as_much_the_one_of_equal_name_is_taken() -> None:
    first = "{А|ORG|x} і {А|ORG|x}.\n%% entities\nx = Друга\n%% relations\n%% stances\n"
    second = "{А|ORG|p} і {А|ORG|q}.\n%% entities\np = Перша\nq = Друга\n%% relations\n%% stances\n"
    assert aligned_entities(document(first), document(second)) == {"q": "x"}
    assert aligned_entities(document(second), document(first)) == {"x": "q"}
