"""Figures of counts: averages over chosen labels, intervals over documents, paired tests worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vistka.bench.counts import Table, figures, paired


def table(*documents: tuple[int, int, int], means: dict[str, list[str]] | None = None) -> Table:
    """One label; right, predicted and gold of every document."""
    counts = [[[right, predicted, right, gold]] for right, predicted, gold in documents]
    return Table(["LOC"], np.array(counts, dtype=float), means)


def test_a_mean_over_chosen_labels_leaves_the_others_out() -> None:
    counts = np.array([[[1, 1, 1, 1], [0, 1, 0, 1], [2, 4, 2, 4]]], dtype=float)
    found = {
        f.label: f.f1
        for f in figures(Table(["support", "oppose", "neutral"], counts, {"F_avg": ["support", "oppose"]}))
    }
    assert found["F_avg"] == 0.5
    assert found["macro"] == pytest.approx((1 + 0 + 0.5) / 3)


def test_what_weighs_differently_on_both_sides_has_its_own_precision_and_recall() -> None:
    line = figures(Table(["any"], np.array([[[0.5, 1, 2.0, 4]]])), resamples=0)[0]
    assert (line.precision, line.recall, line.f1) == (0.5, 0.5, 0.5)


def test_nothing_on_either_side_is_undefined() -> None:
    assert [f.f1 for f in figures(table((0, 0, 0), (0, 0, 0)))] == [None]


def test_documents_that_are_alike_leave_no_doubt_and_those_that_differ_leave_some() -> None:
    sure = figures(table(*[(1, 2, 2)] * 20))[0]
    assert (sure.low, sure.f1, sure.high) == (0.5, 0.5, 0.5)
    unsure = figures(table(*[(0, 2, 2), (2, 2, 2)] * 10))[0]
    assert unsure.low is not None and unsure.high is not None
    # The share of right documents is binomial: 0.5 ± 1.96 · sqrt(0.25 / 20) is 0.28 to 0.72.
    assert unsure.low == pytest.approx(0.28, abs=0.04) and unsure.high == pytest.approx(0.72, abs=0.04)


def test_one_document_has_no_interval_and_a_seed_fixes_the_others() -> None:
    assert figures(table((1, 2, 2)))[0].low is None
    varied = table(*[(i % 3, 3, 3) for i in range(30)])
    assert figures(varied, seed=7) == figures(varied, seed=7)


def test_a_system_better_everywhere_by_the_same_is_better_by_chance_twice_in_two_to_the_n() -> None:
    better, worse = table(*[(2, 2, 2)] * 8), table(*[(1, 2, 2)] * 8)
    line = paired(better, worse, resamples=20_000)[0]
    assert (line.first, line.second, line.difference) == (1.0, 0.5, 0.5)
    # Only all swapped or none gives a difference as large: 2 of 2 ** 8.
    assert line.p == pytest.approx(2 / 2**8, abs=0.002)
    assert paired(worse, better, resamples=20_000)[0].difference == -0.5


def test_a_system_is_no_better_than_itself() -> None:
    varied = table(*[(i % 3, 3, 3) for i in range(30)])
    assert {line.p for line in paired(varied, varied)} == {1.0}
