"""What is commonest, without a look at the words: a floor for relations and stance.

relations  Candidate pairs look alike where their mentions have the same labels in the same order, in one sentence or
           two, one inside the other or not, with as many mentions between (four and more are as many). Pairs that look
           so get the label that most of them had in training; where most had none, none.
stance     The polarity that training has most often.

Candidate pairs are those of the published config (`vistka.publish.batch`). A pair has one label at most.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from vistka.bench.systems import Setup, System
from vistka.bench.systems.candidates import Pair, candidates, told, with_polarities, with_relations
from vistka.findings import UsageError
from vistka.model import Document
from vistka.publish.batch import Batch, LabelIndex
from vistka.resources import Labels

Look: TypeAlias = tuple[str, str, bool, bool, bool, int]

# By grouped cross-validation on train (5 folds, stories apart) strict F1 is .57 so; .54 without nesting, .42 over
# neighbours alone, .33 over neighbours whatever their order.
FAR = 4
NO_RELATION = ""


def system(setup: Setup) -> System:
    """The counter of the setup's task; raises `UsageError` for an argument."""
    if setup.argument:
        raise UsageError(f"--system majority:{setup.argument}: majority takes no argument")
    return MajorityRelation(setup.labels) if setup.task == "relations" else MajorityPolarity(setup.labels)


class MajorityRelation:
    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._rules: dict[Look, str] = {}

    def train(self, documents: Sequence[Document]) -> None:
        batch = Batch(documents, LabelIndex(self._labels))
        relations = told(batch, self._labels)
        seen: dict[Look, Counter[str]] = defaultdict(Counter)
        for pair in candidates(batch):
            seen[_look(batch, pair)].update(relations.get(pair, {NO_RELATION}))
        self._rules = {look: max(sorted(counts), key=counts.__getitem__) for look, counts in seen.items()}

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        for doc in documents:
            batch = Batch([doc], LabelIndex(self._labels))
            labelled = ((pair, self._rules.get(_look(batch, pair), NO_RELATION)) for pair in candidates(batch))
            yield with_relations(doc, batch, ((pair, label) for pair, label in labelled if label))


class MajorityPolarity:
    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._polarity = labels.polarities[0]

    def train(self, documents: Sequence[Document]) -> None:
        counts = Counter(stance.polarity for doc in documents for stance in doc.stances)
        self._polarity = max(self._labels.polarities, key=counts.__getitem__)

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        for doc in documents:
            yield with_polarities(doc, [self._polarity] * len(doc.stances))


def _look(batch: Batch, pair: Pair) -> Look:
    head, tail = pair
    first, last = sorted(pair)
    return (
        batch.mentions[head].label,
        batch.mentions[tail].label,
        head < tail,
        bool(batch.mention_sentences[head] == batch.mention_sentences[tail]),
        batch.mentions[last].end <= batch.mentions[first].end,
        min(last - first - 1, FAR),
    )
