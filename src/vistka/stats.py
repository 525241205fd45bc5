"""Figures of a corpus: what `vistka stats`, the card and the datasheet say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import combinations
from statistics import median

from msgspec import Struct, field

from vistka.model import SPLITS, Document
from vistka.neardup import near_duplicates

UNASSIGNED = "unassigned"


class SplitStats(Struct):
    """Counts of one split. `lengths` is tokens a document -> documents of that length."""

    documents: int = 0
    sentences: int = 0
    tokens: int = 0
    characters: int = 0
    entities: int = 0
    mentions: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    stances: Counter[str] = field(default_factory=Counter)
    attributions: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    genres: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)

    def merge(self, other: SplitStats) -> None:
        for name in self.__struct_fields__:
            mine, more = getattr(self, name), getattr(other, name)
            if isinstance(mine, Counter):
                mine.update(more)
            else:
                setattr(self, name, mine + more)


class Stats(Struct):
    """Counts by split, filled by `add`; `merge` puts those of two parts together.

    `relations_in_window` counts the relations that the config `relations` can hold; only a build knows it.
    """

    splits: dict[str, SplitStats] = field(default_factory=dict)
    relations_in_window: int = 0

    def add(self, doc: Document, length: int, sentences: int) -> None:
        """Count in a document of `length` tokens and so many sentences."""
        part = self.splits.setdefault(doc.split or UNASSIGNED, SplitStats())
        part.documents += 1
        part.sentences += sentences
        part.tokens += length
        part.characters += len(doc.text)
        part.entities += len(doc.entities)
        part.mentions.update([m.label for m in doc.mentions])
        part.relations.update([r.label for r in doc.relations])
        part.stances.update([s.polarity for s in doc.stances])
        part.attributions.update([s.attribution for s in doc.stances])
        part.topics[doc.metadata.topic] += 1
        part.genres[doc.metadata.genre] += 1
        part.origins[doc.metadata.origin] += 1
        part.licences[doc.metadata.licence] += 1
        part.lengths[length] += 1

    def merge(self, other: Stats) -> None:
        self.relations_in_window += other.relations_in_window
        for split, part in other.splits.items():
            self.splits.setdefault(split, SplitStats()).merge(part)

    def total(self) -> SplitStats:
        whole = SplitStats()
        for part in self.splits.values():
            whole.merge(part)
        return whole

    def columns(self) -> list[tuple[str, SplitStats]]:
        """The splits in their order, then the total."""
        named = [(s, self.splits[s]) for s in (*SPLITS, UNASSIGNED) if s in self.splits]
        return [*named, ("total", self.total())]


def median_length(part: SplitStats) -> float:
    """The median number of tokens a document; 0 for none."""
    lengths = list(part.lengths.elements())
    return float(median(lengths)) if lengths else 0.0


class Seen(Struct, frozen=True):
    """How many mentions of the test split have a surface, or an entity name, that training has too."""

    mentions: int
    surface_seen: int
    named: int
    name_seen: int


def seen_in_training(documents: Iterable[Document]) -> Seen:
    """Compare test mentions with training ones of the same label; surfaces compare without case."""
    train_surfaces, train_names = set(), set()
    surfaces, names = [], []
    for doc in documents:
        entities = {e.id: e.name for e in doc.entities}
        for mention in doc.mentions:
            surface = (mention.label, mention.text.casefold())
            name = (mention.label, entities[mention.entity].casefold()) if mention.entity else None
            if doc.split == "train":
                train_surfaces.add(surface)
                train_names.add(name)
            elif doc.split == "test":
                surfaces.append(surface)
                if name is not None:
                    names.append(name)
    return Seen(
        mentions=len(surfaces),
        surface_seen=sum(s in train_surfaces for s in surfaces),
        named=len(names),
        name_seen=sum(n in train_names for n in names),
    )


class Leaks(Struct, frozen=True):
    """How many stories, and near-duplicate pairs, have documents in the two splits (`train–test` and so on)."""

    stories: dict[str, int]
    near_duplicates: dict[str, int]


def leaks_between_splits(documents: Callable[[], Iterable[Document]]) -> Leaks:
    """The leak audit; `documents` is called three times and gives the same documents in the same order."""
    splits: list[str | None] = []
    stories: dict[str, set[str | None]] = {}
    for doc in documents():
        splits.append(doc.split)
        stories.setdefault(doc.metadata.story, set()).add(doc.split)
    pairs = [
        {splits[pair.first], splits[pair.second]} for pair in near_duplicates(lambda: (d.text for d in documents()))
    ]
    between = [(f"{one}–{two}", {one, two}) for one, two in combinations(SPLITS, 2)]
    return Leaks(
        stories={name: sum(both <= held for held in stories.values()) for name, both in between},
        near_duplicates={name: sum(both == pair for pair in pairs) for name, both in between},
    )
