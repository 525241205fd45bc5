"""What systems of relations and stance share: candidate pairs, their labels, and documents with what was predicted.

Candidate pairs are those of the published config (`vistka.publish.batch`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from vistka.model import Document, Relation
from vistka.publish.batch import Batch
from vistka.resources import Labels

Pair: TypeAlias = tuple[int, int]
"""Places of head and tail among a batch's mentions."""


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
