"""Strict scores over tags are seqeval's, to the last digit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from vistka.bench.counts import figures
from vistka.bench.mentions import score_tags

TAGS = ["O", "B-PERS", "I-PERS", "B-LOC", "I-LOC", "B-ORG"]
pairs = st.lists(
    st.integers(1, 8).flatmap(
        lambda n: st.tuples(*(st.lists(st.sampled_from(TAGS), min_size=n, max_size=n) for _ in "ab"))
    ),
    min_size=1,
    max_size=6,
)
NAMES = {"micro avg": "micro", "macro avg": "macro", "weighted avg": "weighted"}


@settings(max_examples=400, deadline=None)
@given(pairs)
@pytest.mark.filterwarnings("ignore")
def test_every_line_equals_seqeval_strict(found: list[tuple[list[str], list[str]]]) -> None:
    gold, predicted = [one for one, _ in found], [two for _, two in found]
    ours = {f.label: f for f in figures(score_tags(gold, predicted), resamples=0)}
    if not any(tag.startswith("B-") for tags in (*gold, *predicted) for tag in tags):
        assert [(f.gold, f.predicted, f.f1) for f in ours.values()] == [(0, 0, None)]
        return
    theirs: dict[str, Any] = classification_report(
        gold, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0
    )
    lines = {NAMES.get(name, name): line for name, line in theirs.items()}
    if len(theirs) == 4:  # one label: its averages are itself, and not told again
        del lines["macro"], lines["weighted"]
    assert set(ours) == set(lines)
    for name, line in lines.items():
        mine = ours[name]
        shown = [value or 0.0 for value in (mine.precision, mine.recall, mine.f1)]  # undefined is 0 there
        assert (*shown, mine.gold) == (
            line["precision"],
            line["recall"],
            line["f1-score"],
            line["support"],
        ), name


def test_sequences_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        score_tags([["O", "O"]], [["O"]])


def test_an_orphan_means_nothing() -> None:
    table = score_tags([["B-LOC", "I-LOC", "O"]], [["I-LOC", "I-LOC", "O"]])
    assert table.counts[0].tolist() == [[0, 0, 0, 1]]
