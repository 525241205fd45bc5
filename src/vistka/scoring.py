"""Counts and measures that agreement and benchmarks share: F1, kappa, alpha, coreference scores. Pure.

Every measure is a function of counts that add up over documents, so that a corpus figure and its bootstrap are the
same function of different sums. Arrays of counts may have leading axes (one entry a resample); measures keep them.
An undefined measure (nothing to compare, or no variation) is NaN.

Sources: Cohen 1960; Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability" (nominal data, two coders);
Pradhan et al. 2014, "Scoring Coreference Partitions of Predicted Mentions" (MUC, B³, CEAF_e with φ4).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

import numpy as np
import numpy.typing as npt

from vistka.findings import MissingExtra

Floats = npt.NDArray[np.float64]


def f1(both: Floats, first: Floats, second: Floats) -> Floats:
    """F1 of two sets by the size of their intersection and their own, in [0, 1]; NaN where both are empty."""
    return ratio(2 * both, first + second)


def ratio(part: Floats, whole: Floats) -> Floats:
    """`part / whole`, NaN where `whole` is 0."""
    whole = np.asarray(whole, dtype=float)
    result: Floats = np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole > 0)
    return result


def cohen_kappa(confusion: Floats) -> Floats:
    """Cohen's kappa of confusion matrices `[..., first, second]`; NaN where chance alone agrees fully."""
    total = confusion.sum((-2, -1))
    observed = ratio(np.trace(confusion, axis1=-2, axis2=-1), total)
    expected = ratio((confusion.sum(-1) * confusion.sum(-2)).sum(-1), total**2)
    return ratio(observed - expected, 1 - expected)


def krippendorff_alpha(confusion: Floats) -> Floats:
    """Krippendorff's alpha for nominal values of two coders who both judged every unit; NaN without variation."""
    coincidences = confusion + np.swapaxes(confusion, -2, -1)
    margins = coincidences.sum(-1)
    total = margins.sum(-1)
    disagreed = total - np.trace(coincidences, axis1=-2, axis2=-1)
    by_chance = ratio(total**2 - (margins**2).sum(-1), total - 1)
    return 1 - ratio(disagreed, by_chance)


def binary_kappa(confusion: Floats, label: int) -> Floats:
    """Cohen's kappa of one label against all others."""
    both = confusion[..., label, label]
    first, second = confusion[..., label, :].sum(-1), confusion[..., :, label].sum(-1)
    total = confusion.sum((-2, -1))
    rows = np.stack([both, first - both, second - both, total - first - second + both], axis=-1)
    return cohen_kappa(rows.reshape(*rows.shape[:-1], 2, 2))


# --- coreference ----------------------------------------------------------------------------------------------

Cluster = Collection[Hashable]


def muc_counts(first: Sequence[Cluster], second: Sequence[Cluster]) -> Floats:
    """Links of `second` found in `first` and links of `first`; then the same the other way round."""
    return np.array([*_muc(first, second), *_muc(second, first)], dtype=float)


def _muc(key: Sequence[Cluster], response: Sequence[Cluster]) -> tuple[int, int]:
    place = {mention: i for i, cluster in enumerate(response) for mention in cluster}
    found = links = 0
    for cluster in key:
        parts = {place.get(mention, ("alone", mention)) for mention in cluster}
        found += len(cluster) - len(parts)
        links += len(cluster) - 1
    return found, links


def b_cubed_counts(first: Sequence[Cluster], second: Sequence[Cluster]) -> Floats:
    """Sum of each mention's share of its `first` cluster that `second` joins, mentions; then the other way."""
    return np.array([*_b_cubed(first, second), *_b_cubed(second, first)], dtype=float)


def _b_cubed(key: Sequence[Cluster], response: Sequence[Cluster]) -> tuple[float, int]:
    sets = [set(cluster) for cluster in response]
    shared = sum(len(set(cluster) & other) ** 2 / len(cluster) for cluster in key for other in sets)
    return shared, sum(map(len, key))


def ceaf_counts(first: Sequence[Cluster], second: Sequence[Cluster]) -> Floats:
    """Similarity φ4 of the best one-to-one alignment of clusters; clusters of `first`; clusters of `second`."""
    sets = [set(cluster) for cluster in second]
    similarity = [[2 * len(set(c) & other) / (len(c) + len(other)) for other in sets] for c in first]
    return np.array([sum(value for _, _, value in best_pairs(similarity)), len(first), len(second)], dtype=float)


def link_f1(counts: Floats) -> Floats:
    """F1 of MUC or B³ counts `[..., 4]`; NaN where neither side has a link."""
    recall, precision = ratio(counts[..., 0], counts[..., 1]), ratio(counts[..., 2], counts[..., 3])
    neither = np.isnan(recall) & np.isnan(precision)
    recall, precision = np.nan_to_num(recall), np.nan_to_num(precision)
    return np.where(neither, np.nan, np.nan_to_num(ratio(2 * recall * precision, recall + precision)))


def ceaf_f1(counts: Floats) -> Floats:
    """F1 of CEAF_e counts `[..., 3]`."""
    return f1(counts[..., 0], counts[..., 1], counts[..., 2])


# --- one-to-one pairs -----------------------------------------------------------------------------------------


def best_pairs(weights: Sequence[Sequence[float]]) -> list[tuple[int, int, float]]:
    """Rows and columns of the one-to-one alignment with the largest sum, and their weights; pairs of 0 left out."""
    if not weights or not weights[0]:
        return []
    try:
        from scipy.optimize import linear_sum_assignment
    except ImportError as error:
        raise MissingExtra("agree", "scipy") from error

    matrix = np.asarray(weights, dtype=float)
    rows, columns = linear_sum_assignment(matrix, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), matrix[rows, columns].tolist())
    return [(row, column, weight) for row, column, weight in pairs if weight > 0]
