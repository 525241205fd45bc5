"""The four views of right, worked by hand; one-to-one pairs; kinds of errors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from builders import document
from conftest import ROOT
from strategies import annotated
from vistka.bench.counts import figures
from vistka.bench.data import load
from vistka.bench.mentions import errors, tables
from vistka.bench.score import score
from vistka.model import Annotation, Document
from vistka.resources import load_labels

LABELS = load_labels()
END = "\n%% entities\n%% relations\n%% stances\n"
GOLD = (
    "{Міністр енергетики|JOB} {Герман Галущенко|PERS} зустрів у {Києві|LOC} {Юлію Свириденко|PERS} й {посла|JOB} "
    "{ЄС|LOC} 🇪🇺."
)
FOUND = (
    "{Міністр|JOB} енергетики {Герман Галущенко|PERS} {зустрів|ORG} у {Києві|ORG} Юлію {Свириденко|LOC} й посла "
    "{ЄС|LOC} 🇪🇺."
)


def doc(markup: str) -> Document:
    return document(markup + END)


def micro(gold: str, found: str, scope: str = "outermost") -> dict[str, tuple[float | None, float | None]]:
    """View -> precision and recall."""
    made = tables([doc(gold)], [doc(found)], LABELS.mention_labels)[scope]
    lines = {view: figures(table, resamples=0)[0] for view, table in made.items()}
    return {view: (line.precision, line.recall) for view, line in lines.items()}


def test_the_views_of_six_gold_and_six_predicted_mentions() -> None:
    # Right: strict Галущенко, ЄС; boundaries also Києві; partial also half of Міністр and of Свириденко;
    # label Галущенко, ЄС and Міністр. посла is missed, зустрів invented.
    assert micro(GOLD, FOUND) == {
        "strict": (2 / 6, 2 / 6),
        "boundaries": (3 / 6, 3 / 6),
        "partial": (4 / 6, 4 / 6),
        "label": (3 / 6, 3 / 6),
    }


def test_precision_counts_predictions_and_recall_gold() -> None:
    found = "{Київ|LOC} і Львів"
    assert micro("{Київ|LOC} і {Львів|LOC}", found)["strict"] == (1.0, 1 / 2)
    assert micro(found, "{Київ|LOC} і {Львів|LOC}")["strict"] == (1 / 2, 1.0)


def test_every_label_has_its_line_with_its_own_counts() -> None:
    made = tables([doc(GOLD)], [doc(FOUND)], LABELS.mention_labels)["outermost"]["strict"]
    lines = {line.label: (line.gold, line.predicted, line.found) for line in figures(made, resamples=0)}
    assert lines == {
        "micro": (6, 6, 2),
        "macro": (6, 6, 2),
        "weighted": (6, 6, 2),
        "PERS": (2, 1, 1),
        "ORG": (0, 2, 0),
        "LOC": (2, 2, 1),
        "JOB": (2, 1, 0),
    }


def test_averages_are_over_the_labels_that_either_side_has() -> None:
    made = tables([doc(GOLD)], [doc(FOUND)], LABELS.mention_labels)["outermost"]["strict"]
    lines = {line.label: line.f1 for line in figures(made, resamples=0)}
    pers, loc = 2 / 3, 1 / 2  # JOB and ORG are 0
    assert lines["macro"] == pytest.approx((pers + loc) / 4)
    assert lines["weighted"] == pytest.approx((2 * pers + 2 * loc) / 6)


def test_a_nested_mention_counts_among_all_and_not_among_the_outermost() -> None:
    gold, found = "{Голова {Чернівецької|LOC} ОДА|ORG}", "{Голова Чернівецької ОДА|ORG}"
    assert micro(gold, found, "all")["strict"] == (1.0, 1 / 2)
    assert micro(gold, found)["strict"] == (1.0, 1.0)


def test_touching_spans_do_not_overlap() -> None:
    assert micro("{Альфа|ORG}Банк", "Альфа{Банк|ORG}")["label"] == (0.0, 0.0)


def test_one_prediction_pairs_with_one_gold_mention_only() -> None:
    found = micro("{Андрій|PERS} і {Тарас|PERS}", "{Андрій і Тарас|PERS}")
    assert found["partial"] == (1 / 2, 1 / 4)
    assert found["label"] == (1.0, 1 / 2)


def test_equal_spans_pair_before_overlapping_ones() -> None:
    gold, found = "{Голова {ОДА|ORG}|ORG}", "{Голова|ORG} {ОДА|ORG}"
    assert micro(gold, found, "all")["partial"] == (1.5 / 2, 1.5 / 2)


def test_every_fault_has_one_kind() -> None:
    found = [
        (error.kind, error.gold and error.gold.text, error.predicted and error.predicted.text)
        for error in errors(doc(GOLD).mentions, doc(FOUND).mentions)
    ]
    assert found == [
        ("boundary", "Міністр енергетики", "Міністр"),
        ("spurious", None, "зустрів"),
        ("label", "Києві", "Києві"),
        ("both", "Юлію Свириденко", "Свириденко"),
        ("missed", "посла", None),
    ]


@settings(max_examples=200, deadline=None)
@given(annotated, annotated)
def test_views_are_ordered_and_swapping_sides_swaps_precision_and_recall(
    one: tuple[str, Annotation], two: tuple[str, Annotation]
) -> None:
    text, first = one
    gold = replace(doc(""), text=text, mentions=first.mentions)
    inside = [m for m in two[1].mentions if m.end <= len(text)]
    found = replace(gold, mentions=tuple(replace(m, text=text[m.start : m.end]) for m in inside))
    names = sorted({m.label for side in (gold, found) for m in side.mentions}) or ["LOC"]
    there, back = tables([gold], [found], names), tables([found], [gold], names)
    for scope, own in there.items():
        for view, table in own.items():
            ahead, reverse = figures(table, resamples=0)[0], figures(back[scope][view], resamples=0)[0]
            assert (ahead.precision, ahead.recall, ahead.f1) == (reverse.recall, reverse.precision, reverse.f1)
        right = {view: table.counts[..., 0].sum() for view, table in own.items()}
        assert right["strict"] <= right["boundaries"] <= right["partial"]
        assert right["strict"] <= right["label"]


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_gold_against_gold_is_one_in_every_view_and_slice(split: str) -> None:
    data = load(str(ROOT / "corpus"))
    gold = data.split(split)
    found = score("ner", gold, gold, data.split("train"), LABELS, resamples=0)
    for view, lines in found.views.items():
        assert {line.f1 for line in lines} == {1.0}, view
    assert {one.recall for one in found.slices} == {1.0}
    assert found.errors is not None and found.errors.examples == ()
