"""Logistic regression: over hashed features of candidate pairs for relations, over TF-IDF of sentences for stance.

relations  One classifier a label, over the candidate pairs that its signatures allow; a pair gets its likeliest label,
           if that is likely enough. Features (after Zhou et al. 2005): the mentions' labels, order, nesting and
           distance, their first and last words, the words around and between them, the mentions between.
stance     The sentences that the stance lies in, with holder, target and expression marked, and the expression alone:
           words and pairs of words, and runs of 2 to 5 letters.

Lost: the second of two labels on one pair (10 of 3,191 pairs in training).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from vistka.bench.systems import Setup, System
from vistka.bench.systems.candidates import Pair, allowed, candidates, told, with_polarities, with_relations
from vistka.bench.systems.majority_system import MajorityPolarity
from vistka.documents import whole_sentences
from vistka.findings import MissingExtra, UsageError
from vistka.model import AnySpan, Document, Stance
from vistka.publish.batch import Batch, LabelIndex
from vistka.resources import Labels
from vistka.text import Interval, tokens

COLUMNS = 2**18
STEPS = (0, 1, 2, 3, 5, 8, 13, 21)
"""Distances in tokens, rounded up to these."""
AROUND = 2
"""Words looked at before and after a mention."""
BEGINNING = 4
"""Letters that stand for a word beside the word itself, whatever its ending."""


def system(setup: Setup) -> System:
    """The classifier of the setup's task; raises `UsageError` for an argument, `MissingExtra` without scikit-learn."""
    if setup.argument:
        raise UsageError(f"--system logistic:{setup.argument}: logistic takes no argument")
    try:
        import_module("sklearn")
    except ImportError as error:
        raise MissingExtra("learn", "scikit-learn") from error
    return LogisticRelation(setup.labels) if setup.task == "relations" else LogisticPolarity(setup.labels)


# --- relations ------------------------------------------------------------------------------------------------


class LogisticRelation:
    # By grouped cross-validation on train (5 folds, stories apart) strict F1 is .721 so; .719 with C=1, .713 with
    # threshold .5. Balanced classes and every likely label of a pair were no better.
    C = 4.0
    THRESHOLD = 0.35

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._models: dict[str, Any] = {}

    def train(self, documents: Sequence[Document]) -> None:
        from sklearn.linear_model import LogisticRegression

        batch = Batch(documents, LabelIndex(self._labels))
        relations = told(batch, self._labels)
        pairs = candidates(batch)
        self._models = {}
        if not pairs:
            return
        rows = _rows(batch, pairs)
        for label in self._labels.relation_labels:
            places = self._places(batch, pairs, label)
            held = [label in relations.get(pairs[place], ()) for place in places]
            if len(set(held)) == 2:
                # The dual is solved several times faster; the fixed state keeps a run's seed out of it.
                model = LogisticRegression(C=self.C, solver="liblinear", dual=True, max_iter=1000, random_state=0)
                self._models[label] = model.fit(rows[places], held)

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        for doc in documents:
            batch = Batch([doc], LabelIndex(self._labels))
            pairs = candidates(batch)
            yield with_relations(doc, batch, self._likeliest(batch, pairs) if pairs else ())

    def _likeliest(self, batch: Batch, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, str]]:
        rows = _rows(batch, pairs)
        labels = list(self._models)
        likely = np.zeros((len(pairs), len(labels)))
        for column, label in enumerate(labels):
            places = self._places(batch, pairs, label)
            if places:
                likely[places, column] = self._models[label].predict_proba(rows[places])[:, 1]
        for pair, own in zip(pairs, likely):
            if own.size and own.max() >= self.THRESHOLD:
                yield pair, labels[own.argmax()]

    def _places(self, batch: Batch, pairs: Sequence[Pair], label: str) -> list[int]:
        """Places of the pairs that may bear the label."""
        return [place for place, pair in enumerate(pairs) if allowed(batch, pair, label, self._labels)]


def _rows(batch: Batch, pairs: Sequence[Pair]) -> Any:
    """A row of hashed features for every pair; there is at least one."""
    from sklearn.feature_extraction import FeatureHasher

    words = Words(batch)
    return FeatureHasher(COLUMNS, input_type="string").transform(features(words, pair) for pair in pairs)


class Words:
    """A batch's tokens in small letters, and where its mentions stand among them."""

    def __init__(self, batch: Batch) -> None:
        found = batch.tokens
        self.mentions = batch.mentions
        self.words = [found.words[code].lower() for code in found.codes.tolist()]
        self.first = batch.first_tokens.tolist()
        self.last = batch.last_tokens.tolist()
        self.sentence = batch.mention_sentences.tolist()
        bounds = [0, *accumulate(found.counts.tolist())]
        self._document = [(bounds[place], bounds[place + 1]) for place in batch.mention_doc.tolist()]

    def inside(self, mention: int) -> list[str]:
        return self.words[self.first[mention] : self.last[mention] + 1]

    def before(self, mention: int) -> list[str]:
        """The nearest first."""
        low, _ = self._document[mention]
        return self.words[max(low, self.first[mention] - AROUND) : self.first[mention]][::-1]

    def after(self, mention: int) -> list[str]:
        _, high = self._document[mention]
        return self.words[self.last[mention] + 1 : min(high, self.last[mention] + 1 + AROUND)]

    def between(self, one: int, two: int) -> list[str]:
        """The words from the end of the earlier mention to the start of the later; none where one holds the other."""
        return self.words[self.last[one] + 1 : self.first[two]]


def features(words: Words, pair: Pair) -> list[str]:
    """The features of a candidate pair, told apart by the sign before them."""
    head, tail = pair
    first, last = sorted(pair)
    order = "<" if head < tail else ">"
    labels = f"{words.mentions[head].label}{order}{words.mentions[tail].label}"
    nested = words.mentions[last].end <= words.mentions[first].end
    gap = words.between(first, last)
    steps = next((step for step in STEPS if len(gap) <= step), STEPS[-1] + 1)
    others = [words.mentions[place].label for place in range(first + 1, last)]
    row = [
        labels,
        f"nested={nested}{labels}",
        f"gap={steps}",
        f"gap={steps}{labels}",
        f"sentences={words.sentence[last] - words.sentence[first]}{labels}",
        f"mentions={min(len(others), 5)}{labels}",
        f"mentions={'-'.join(others[:4])}{labels}",
    ]
    row += [f"mention={label}" for label in set(others)]
    for side, place in (("h", head), ("t", tail)):
        own = words.inside(place) or [""]
        row += [f"{side}first={own[0]}", f"{side}last={own[-1]}"]
        for sign, near in (("-", words.before(place)), ("+", words.after(place))):
            for distance, word in enumerate(near, 1):
                row += [f"{side}{sign}{distance}={word}", f"{side}{sign}{distance}={word[:BEGINNING]}…"]
    for word in gap:
        row += [f"{order}{word}", f"{order}{word[:BEGINNING]}…"]
    row += [f"{order}{one} {two}" for one, two in pairwise(gap)]
    return row


# --- stance ---------------------------------------------------------------------------------------------------


class LogisticPolarity:
    # By grouped cross-validation on train (5 folds, stories apart) F_avg is .872 so; .868 with C=1, .871 with C=30;
    # .85 over the expression alone, .73 over the sentences alone. Balanced classes were no better.
    C = 10.0

    def __init__(self, labels: Labels) -> None:
        self._model: Any = None
        self._floor = MajorityPolarity(labels)

    def train(self, documents: Sequence[Document]) -> None:
        polarities = [stance.polarity for doc in documents for stance in doc.stances]
        self._floor.train(documents)
        self._model = _classifier().fit(_texts(documents), polarities) if len(set(polarities)) > 1 else None

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        for doc in documents:
            if self._model is None or not doc.stances:
                yield from self._floor.predict([doc])
            else:
                yield with_polarities(doc, self._model.predict(_texts([doc])).tolist())


def _classifier() -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    kinds: dict[str, dict[str, Any]] = {
        "words": {"tokenizer": _tokens, "token_pattern": None, "ngram_range": (1, 2)},
        "letters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
    }
    parts = [
        (f"{name} {column}", TfidfVectorizer(sublinear_tf=True, **options), column)
        for column in (0, 1)
        for name, options in kinds.items()
    ]
    return make_pipeline(ColumnTransformer(parts), LogisticRegression(C=LogisticPolarity.C, max_iter=1000))


def _tokens(text: str) -> list[str]:
    return [text[start:end] for start, end in tokens(text)]


def _texts(documents: Iterable[Document]) -> Any:
    """A row for every stance: its marked sentences and its expression."""
    rows = []
    for doc in documents:
        sentences = whole_sentences(doc)
        rows += [(marked(doc.text, sentences, stance), stance.expression.text) for stance in doc.stances]
    return np.array(rows, dtype=object)


def marked(text: str, sentences: Iterable[Interval], stance: Stance) -> str:
    """The sentences that the stance touches, a word of its own at either end of holder, target and expression."""
    spans: dict[str, AnySpan] = {"expression": stance.expression, "target": stance.target}
    if stance.holder:
        spans["holder"] = stance.holder
    marks = sorted(
        mark for name, span in spans.items() for mark in ((span.start, 1, f" {name}0 "), (span.end, 0, f" {name}1 "))
    )
    found = []
    for start, end in sentences:
        if any(span.start < end and start < span.end for span in spans.values()):
            last = start
            for place, _, mark in marks:
                if start <= place <= end:
                    found += [text[last:place], mark]
                    last = place
            found += [text[last:end], "\n"]
    return "".join(found)
