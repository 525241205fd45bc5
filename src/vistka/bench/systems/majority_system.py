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

from msgspec.structs import replace

from vistka.bench.systems import Setup, System
from vistka.findings import UsageError
from vistka.model import Document, Relation
from vistka.publish.batch import Batch, LabelIndex
from vistka.resources import Labels

Pair: TypeAlias = tuple[int, int]
"""Places of head and tail among a batch's mentions."""
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


# --- what systems over candidate pairs share ------------------------------------------------------------------


def candidates(batch: Batch) -> list[Pair]:
    """The batch's candidate pairs, by head, then tail."""
    size = max(1, len(batch.mentions))
    return list(zip((batch.candidates // size).tolist(), (batch.candidates % size).tolist()))


def told(batch: Batch, labels: Labels) -> dict[Pair, set[str]]:
    """The annotated labels of pairs, those that break a signature left out, symmetric ones from the earlier mention."""
    found: dict[Pair, set[str]] = defaultdict(set)
    for head, tail, number in batch.gold.tolist():
        label = labels.relation_labels[number]
        pair = (min(head, tail), max(head, tail)) if label in labels.symmetric else (head, tail)
        if allowed(batch, pair, label, labels):
            found[pair].add(label)
    return found


def allowed(batch: Batch, pair: Pair, label: str, labels: Labels) -> bool:
    """Whether a signature allows the label between the two, in the direction in which the label is written."""
    head, tail = pair
    signature = (label, batch.mentions[head].label, batch.mentions[tail].label)
    return signature in labels.signatures and (head < tail or label not in labels.symmetric)


def with_relations(doc: Document, batch: Batch, found: Iterable[tuple[Pair, str]]) -> Document:
    """The document with these relations alone, numbered as they come; `batch` is of this document."""
    ids = [mention.id for mention in batch.mentions]
    relations = (Relation(f"r{i}", label, ids[head], ids[tail]) for i, ((head, tail), label) in enumerate(found, 1))
    return replace(doc, relations=tuple(relations), stances=())


def with_polarities(doc: Document, polarities: Sequence[str]) -> Document:
    """The document with its stances' polarities filled in."""
    stances = (replace(stance, polarity=polarity) for stance, polarity in zip(doc.stances, polarities, strict=True))
    return replace(doc, stances=tuple(stances))
