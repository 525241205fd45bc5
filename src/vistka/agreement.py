"""Agreement of two annotators over the documents that both annotated, with document-bootstrap intervals.

Symmetric: agreement(a, b) has the figures of agreement(b, a). What is compared:

mentions    spans with their labels (exact), and spans alone (boundaries); F1
tokens      the label of the outermost mention over each token, or none; Cohen's kappa, Krippendorff's alpha
entities    clusters over the named mentions that both have; MUC, B³, CEAF_e and their mean (CoNLL)
relations   label and both sides; once between mentions that both have, once end to end between entities (values,
            which belong to none, by span and label), a fact told twice in a document counting once; F1
stance      tuples of one holder, one target (entity, or overlapping spans), overlapping expressions and one
            polarity; F1; Cohen's kappa of polarity over the pairs that agree in all but polarity

Intervals are percentiles over resampled documents (Efron & Tibshirani 1993). Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct

from vistka.alignment import Key, aligned_entities, clusters, key
from vistka.model import AnySpan, Document, Stance, Target
from vistka.resources import Labels
from vistka.scoring import (
    Floats,
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
)
from vistka.tagging import covered
from vistka.text import tokens

Counts: TypeAlias = dict[str, Floats]
Fact: TypeAlias = tuple[Any, ...]
Side: TypeAlias = str | Key
"""One side of a fact: an entity id of the first annotation (or `2:` and one of the second), or a value mention."""


class Figure(Struct, frozen=True):
    """One measure: `value` in its interval `[low, high]`, all null where it is undefined.

    `first` and `second` count what each annotator has, `both` what they share; null for measures without counts.
    """

    layer: str
    measure: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    first: int | None = None
    second: int | None = None
    both: int | None = None


class Agreement(Struct, frozen=True):
    documents: int
    resamples: int
    seed: int
    figures: tuple[Figure, ...]


Pair: TypeAlias = tuple[Document, Document]


def agreement(pairs: Iterable[Pair], labels: Labels, *, resamples: int = 1000, seed: int = 0) -> Agreement:
    """The figures over documents annotated twice; the texts of a pair must be equal."""
    counts = [_counts(first, second, labels) for first, second in pairs]
    measures = _measures(labels)
    if not counts:
        return Agreement(0, resamples, seed, ())
    stacked: Counts = {name: np.stack([count[name] for count in counts]) for name in counts[0]}
    n = len(counts)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    sums = {name: values.sum(0) for name, values in stacked.items()}
    resampled: Counts = {
        name: np.asarray(np.tensordot(weights, values, axes=(1, 0)), np.float64) for name, values in stacked.items()
    }
    return Agreement(n, resamples, seed, tuple(_figure(measure, sums, resampled) for measure in measures))


class _Measure(Struct, frozen=True):
    layer: str
    name: str
    label: str
    function: Callable[[Counts], Floats]
    counts: Callable[[Counts], Floats] | None = None


def _figure(measure: _Measure, sums: Counts, resampled: Counts) -> Figure:
    value = float(measure.function(sums))
    low = high = None
    if np.isfinite(value):
        found = measure.function(resampled)
        found = found[np.isfinite(found)]
        if found.size:
            low, high = (float(edge) for edge in np.percentile(found, (2.5, 97.5)))
    both, first, second = map(int, measure.counts(sums)) if measure.counts else (None, None, None)
    shown = value if np.isfinite(value) else None
    return Figure(measure.layer, measure.name, measure.label, shown, low, high, first, second, both)


# --- one document ---------------------------------------------------------------------------------------------


def _counts(first: Document, second: Document, labels: Labels) -> Counts:
    """What adds up over documents: sizes of sets and intersections, confusion matrices, coreference sums."""
    names = labels.mention_labels
    ones, twos = {key(m) for m in first.mentions}, {key(m) for m in second.mentions}
    spans = [{k[:2] for k in keys} for keys in (ones, twos)]
    found: Counts = {
        "mentions": _by_label((ones & twos, ones, twos), names, lambda k: k[2]),
        "boundaries": np.array([len(spans[0] & spans[1]), len(spans[0]), len(spans[1])], dtype=float),
        "tokens": _token_confusion(first, second, names),
    }
    shared = ones & twos
    parts = [[sorted(c & shared) for c in clusters(doc).values() if c & shared] for doc in (first, second)]
    found["muc"], found["b3"], found["ceaf"] = muc_counts(*parts), b_cubed_counts(*parts), ceaf_counts(*parts)

    symmetric = labels.symmetric
    told = [_told(doc, symmetric, shared) for doc in (first, second)]
    found["relations"] = _by_label((told[0] & told[1], *told), labels.relation_labels, lambda fact: fact[0])
    same = aligned_entities(first, second)
    sides = _sides(first, {}), _sides(second, {e.id: same.get(e.id, f"2:{e.id}") for e in second.entities})
    facts = [_facts(doc, side, symmetric) for doc, side in zip((first, second), sides)]
    found["facts"] = _by_label((facts[0] & facts[1], *facts), labels.relation_labels, lambda fact: fact[0])
    found |= _stances(first, second, sides, labels.polarities)
    return found


def _by_label(sets: Sequence[Iterable[Fact]], names: Sequence[str], label: Callable[[Fact], str]) -> Floats:
    """Array `[label, 3]`: how many both have, the first, the second."""
    counted = [Counter(map(label, items)) for items in sets]
    return np.array([[counts[name] for counts in counted] for name in names], dtype=float)


def _token_confusion(first: Document, second: Document, names: Sequence[str]) -> Floats:
    """Tokens by the labels of their outermost mentions, `[first, second]`; the last place is no mention."""
    size = len(names) + 1
    matrix = np.zeros((size, size))
    spans = tokens(first.text)
    for one, two in zip(_token_labels(first, spans, names), _token_labels(second, spans, names)):
        matrix[one, two] += 1
    return matrix


def _token_labels(doc: Document, spans: Sequence[tuple[int, int]], names: Sequence[str]) -> list[int]:
    place = {name: i for i, name in enumerate(names)}
    found = [len(names)] * len(spans)
    for mention, covers in covered(doc.mentions, spans):
        for i in covers:
            found[i] = place[mention.label]
    return found


def _told(doc: Document, symmetric: frozenset[str], shared: set[Key]) -> set[Fact]:
    """Relations between mentions that both annotators have, by mention."""
    by_id = {m.id: key(m) for m in doc.mentions}
    found = set()
    for r in doc.relations:
        head, tail = by_id[r.head], by_id[r.tail]
        if head in shared and tail in shared:
            found.add((r.label, *(sorted((head, tail)) if r.label in symmetric else (head, tail))))
    return found


def _sides(doc: Document, names: dict[str, str]) -> dict[str, Side]:
    """Mention id -> the entity, under the id common to both annotations, or the value mention itself."""
    return {m.id: key(m) if m.entity is None else names.get(m.entity, m.entity) for m in doc.mentions}


def _facts(doc: Document, sides: dict[str, Side], symmetric: frozenset[str]) -> set[Fact]:
    found = set()
    for r in doc.relations:
        ends = [sides[r.head], sides[r.tail]]
        found.add((r.label, *(sorted(ends, key=repr) if r.label in symmetric else ends)))
    return found


# --- stance ---------------------------------------------------------------------------------------------------


def _stances(
    first: Document, second: Document, sides: tuple[dict[str, Side], dict[str, Side]], polarities: Sequence[str]
) -> Counts:
    same = [[_one_position(s, t, *sides) for t in second.stances] for s in first.stances]
    pairs = [(first.stances[i], second.stances[j]) for i, j, _ in best_pairs(_weights(first, second, same))]
    place = {value: i for i, value in enumerate(polarities)}
    confusion = np.zeros((len(polarities), len(polarities)))
    for one, two in pairs:
        confusion[place[one.polarity], place[two.polarity]] += 1
    strict = [
        [float(same[i][j] and s.polarity == t.polarity) for j, t in enumerate(second.stances)]
        for i, s in enumerate(first.stances)
    ]
    matched = [(first.stances[i].polarity,) for i, _, _ in best_pairs(strict)]
    ones, twos = ([(s.polarity,) for s in doc.stances] for doc in (first, second))
    return {"stances": _by_label((matched, ones, twos), polarities, lambda item: item[0]), "polarity": confusion}


def _weights(first: Document, second: Document, same: list[list[bool]]) -> list[list[float]]:
    """Of pairs that agree in all but polarity, those of one polarity go first."""
    return [
        [same[i][j] * (1.0 + 0.01 * (s.polarity == t.polarity)) for j, t in enumerate(second.stances)]
        for i, s in enumerate(first.stances)
    ]


def _one_position(one: Stance, two: Stance, ones: dict[str, Side], twos: dict[str, Side]) -> bool:
    """Whether two stances have one holder, one target and overlapping expressions."""
    if not _overlap(one.expression, two.expression) or (one.holder is None) != (two.holder is None):
        return False
    if one.holder is not None and two.holder is not None and ones[one.holder.mention] != twos[two.holder.mention]:
        return False
    return _one_target(one.target, two.target, ones, twos)


def _one_target(one: Target, two: Target, ones: dict[str, Side], twos: dict[str, Side]) -> bool:
    if one.mention is not None and two.mention is not None and ones[one.mention] == twos[two.mention]:
        return True
    return _overlap(one, two)


def _overlap(one: AnySpan, two: AnySpan) -> bool:
    return one.start < two.end and two.start < one.end


# --- the table ------------------------------------------------------------------------------------------------


def _measures(labels: Labels) -> list[_Measure]:
    found: list[_Measure] = []

    def sets(layer: str, name: str, counts: str, values: Sequence[str]) -> None:
        found.append(_of_set(layer, name, "all", lambda c: c[counts].sum(-2)))
        for place, value in enumerate(values):
            found.append(_of_set(layer, name, value, lambda c, place=place: c[counts][..., place, :]))  # type: ignore[misc]

    sets("mentions", "F1 exact", "mentions", labels.mention_labels)
    found.append(_of_set("mentions", "F1 boundaries", "all", lambda c: c["boundaries"]))
    found.append(_Measure("tokens", "Cohen κ", "all", lambda c: cohen_kappa(c["tokens"])))
    for place, label in enumerate(labels.mention_labels):
        found.append(_Measure("tokens", "Cohen κ", label, lambda c, place=place: binary_kappa(c["tokens"], place)))  # type: ignore[misc]
    found.append(_Measure("tokens", "Krippendorff α", "all", lambda c: krippendorff_alpha(c["tokens"])))
    found.append(_Measure("entities", "MUC", "all", lambda c: link_f1(c["muc"])))
    found.append(_Measure("entities", "B³", "all", lambda c: link_f1(c["b3"])))
    found.append(_Measure("entities", "CEAF_e", "all", lambda c: ceaf_f1(c["ceaf"])))
    found.append(
        _Measure("entities", "CoNLL", "all", lambda c: (link_f1(c["muc"]) + link_f1(c["b3"]) + ceaf_f1(c["ceaf"])) / 3)
    )
    sets("relations", "F1 on agreed mentions", "relations", labels.relation_labels)
    sets("relations", "F1 end to end", "facts", labels.relation_labels)
    sets("stance", "F1 tuples", "stances", labels.polarities)
    found.append(_Measure("stance", "Cohen κ of polarity", "all", lambda c: cohen_kappa(c["polarity"])))
    return found


def _of_set(layer: str, name: str, label: str, counts: Callable[[Counts], Floats]) -> _Measure:
    return _Measure(layer, name, label, lambda c: f1(*np.moveaxis(counts(c), -1, 0)), counts)
