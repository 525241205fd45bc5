"""Measures against hand-worked tables, published examples and other libraries."""

from __future__ import annotations

from collections.abc import Sequence

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from vistka.scoring import (
    b_cubed_counts,
    best_pairs,
    binary_kappa,
    ceaf_counts,
    ceaf_f1,
    cohen_kappa,
    f1,
    krippendorff_alpha,
    link_f1,
    muc_counts,
    ratio,
)

judged = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40)
many = settings(deadline=None, max_examples=60)


def confusion(pairs: Sequence[tuple[int, int]], size: int = 4) -> np.ndarray:
    table = np.zeros((size, size))
    for one, two in pairs:
        table[one, two] += 1
    return table


def number(value: object) -> float:
    return float(np.asarray(value))


def test_f1_is_twice_what_both_have_over_what_each_has() -> None:
    assert number(f1(np.array(3.0), np.array(4.0), np.array(5.0))) == pytest.approx(6 / 9)


def test_f1_of_two_empty_sets_is_undefined_and_says_nothing_of_others() -> None:
    values = f1(np.array([0.0, 0.0, 2.0]), np.array([0.0, 3.0, 2.0]), np.array([0.0, 0.0, 2.0]))
    assert np.isnan(values[0])
    assert values[1:].tolist() == [0.0, 1.0]


def test_kappa_of_the_textbook_table() -> None:
    # 50 grants, two readers: 20 both yes, 15 both no, 5 and 10 apart. Observed 0.7, by chance 0.5.
    assert number(cohen_kappa(np.array([[20.0, 5.0], [10.0, 15.0]]))) == pytest.approx(0.4)


def test_kappa_without_variation_is_undefined() -> None:
    assert np.isnan(number(cohen_kappa(np.array([[7.0, 0.0], [0.0, 0.0]]))))


@many
@given(judged)
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    ours = number(cohen_kappa(confusion(pairs)))
    if np.isnan(ours):
        assert len({value for pair in pairs for value in pair}) == 1
    else:
        assert ours == pytest.approx(cohen_kappa_score([a for a, _ in pairs], [b for _, b in pairs]))


@many
@given(judged, st.integers(0, 3))
def test_the_kappa_of_one_label_is_that_of_the_label_against_the_rest(pairs: list[tuple[int, int]], label: int) -> None:
    ours = number(binary_kappa(confusion(pairs), label))
    merged = [(int(a == label), int(b == label)) for a, b in pairs]
    expected = number(cohen_kappa(confusion(merged, 2)))
    assert ours == pytest.approx(expected, nan_ok=True)


@many
@given(judged)
def test_alpha_is_that_of_the_krippendorff_library(pairs: list[tuple[int, int]]) -> None:
    ours = number(krippendorff_alpha(confusion(pairs)))
    if len({value for pair in pairs for value in pair}) == 1:
        assert np.isnan(ours)
    else:
        rows = [[a for a, _ in pairs], [b for _, b in pairs]]
        theirs = krippendorff.alpha(reliability_data=rows, level_of_measurement="nominal")
        assert ours == pytest.approx(theirs)


def test_measures_keep_leading_axes() -> None:
    tables = np.stack([confusion([(0, 0), (1, 1), (0, 1)]), confusion([(2, 2), (3, 1), (1, 1)])])
    assert cohen_kappa(tables).tolist() == [number(cohen_kappa(table)) for table in tables]
    assert krippendorff_alpha(tables).tolist() == [number(krippendorff_alpha(table)) for table in tables]


# --- coreference: the example of Pradhan et al. 2014, section 4 -----------------------------------------------

KEY = ["abc", "defg"]
RESPONSE = ["ab", "cd", "fghi"]


def test_muc_of_the_reference_example_is_040() -> None:
    counts = muc_counts(KEY, RESPONSE)
    assert counts.tolist() == [2, 5, 2, 5]
    assert number(link_f1(counts)) == pytest.approx(0.40)


def test_b_cubed_of_the_reference_example_is_042_recall_050_precision_046_f1() -> None:
    counts = b_cubed_counts(KEY, RESPONSE)
    assert number(ratio(counts[0], counts[1])) == pytest.approx(0.42, abs=0.005)
    assert number(ratio(counts[2], counts[3])) == pytest.approx(0.50)
    assert number(link_f1(counts)) == pytest.approx(0.46, abs=0.006)


def test_ceaf_of_the_reference_example_is_065_recall_043_precision_052_f1() -> None:
    counts = ceaf_counts(KEY, RESPONSE)
    assert number(counts[0] / counts[1]) == pytest.approx(0.65)
    assert number(counts[0] / counts[2]) == pytest.approx(0.43, abs=0.005)
    assert number(ceaf_f1(counts)) == pytest.approx(0.52)


def test_equal_partitions_score_one() -> None:
    for counts in (muc_counts(KEY, KEY), b_cubed_counts(KEY, KEY)):
        assert number(link_f1(counts)) == 1.0
    assert number(ceaf_f1(ceaf_counts(KEY, KEY))) == 1.0


def test_clusters_of_one_have_no_link_to_score() -> None:
    assert np.isnan(number(link_f1(muc_counts(["a", "b"], ["a", "b"]))))


# --- alignment ------------------------------------------------------------------------------------------------


def test_the_best_pairs_have_the_largest_sum_not_the_largest_single_weight() -> None:
    assert best_pairs([[5, 4], [4, 0]]) == [(0, 1, 4.0), (1, 0, 4.0)]


def test_pairs_without_weight_and_empty_sides_are_left_out() -> None:
    assert best_pairs([[0, 0], [0, 2]]) == [(1, 1, 2.0)]
    assert best_pairs([]) == []
    assert best_pairs([[]]) == []
