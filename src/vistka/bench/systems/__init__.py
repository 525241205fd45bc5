"""The systems that can be benchmarked: one module each, imported only when it is run.

A module has `system(setup) -> System`. A system is trained once and predicts documents that it sees without what it is
to find: for `ner` the bare text, for `relations` text, mentions and entities, for `stance` also the stances, their
polarity blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from vistka.findings import UsageError
from vistka.model import Document
from vistka.resources import Labels

Task = Literal["ner", "relations", "stance"]
TASKS: tuple[Task, ...] = ("ner", "relations", "stance")


class System(Protocol):
    """A model between its training and its predictions."""

    def train(self, documents: Sequence[Document]) -> None:
        """Learn from annotated documents; the same documents, order and seed give the same model."""

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        """The documents in their order, with the task's layer as predicted."""


class Setup(Struct, frozen=True):
    """What a system is made with; `argument` is what stands behind the colon of NAME:ARG, `folder` is for its files."""

    task: Task
    argument: str
    seed: int
    labels: Labels
    folder: Path


class Entry(Struct, frozen=True):
    """A system's place in the catalogue.

    `random` tells whether the seed matters; `ready` matches the arguments with which it learns nothing; `libraries` are
    the distributions whose versions a run records, `more` those that an argument adds.
    """

    tasks: tuple[Task, ...]
    manual: str
    extra: str = ""
    libraries: tuple[str, ...] = ()
    more: Mapping[str, tuple[str, ...]] = {}
    random: bool = False
    ready: str = "(?!)"

    def learns(self, argument: str) -> bool:
        """Whether it is trained when called with this argument."""
        return re.fullmatch(self.ready, argument) is None


ANY = ".*"
MORPHOLOGY = ("pymorphy3", "pymorphy3-dicts-uk")

SYSTEMS: Mapping[str, Entry] = {
    "gazetteer": Entry(
        ("ner",),
        "Names seen in training, longest first; gazetteer:lemma compares dictionary forms.",
        more={"lemma": MORPHOLOGY},
    ),
    "crf": Entry(
        ("ner",),
        "A conditional random field over spelling; crf:morph adds the analyses of pymorphy3.",
        "crf",
        ("python-crfsuite",),
        more={"morph": MORPHOLOGY},
    ),
    "spacy": Entry(
        ("ner",),
        "spacy trains blank('uk'); spacy:PATH loads a pipeline that you have and trains nothing.",
        "spacy",
        ("spacy",),
        random=True,
        ready=".+",
    ),
    "transformers": Entry(
        ("ner",),
        "transformers:CHECKPOINT fine-tunes a model to tag tokens; transformers:=CHECKPOINT takes one that does.",
        "transformers",
        ("torch", "transformers"),
        random=True,
        ready="=.*",
    ),
    "gliner": Entry(
        ("ner",),
        "gliner:MODEL finds mentions by the English definitions of the labels; trains nothing.",
        "gliner",
        ("gliner",),
        ready=ANY,
    ),
    "flair": Entry(("ner",), "flair:MODEL loads a sequence tagger; trains nothing.", "flair", ("flair",), ready=ANY),
    "stanza": Entry(
        ("ner",),
        "stanza:LANGUAGE or stanza:FOLDER loads its models; trains nothing.",
        "stanza",
        ("stanza",),
        ready=ANY,
    ),
    "majority": Entry(("relations", "stance"), "What is commonest in training, without a look at the words."),
    "logistic": Entry(
        ("relations", "stance"),
        "Logistic regression over hashed features of candidate pairs, or over TF-IDF of the stance's sentences.",
        "learn",
        ("scikit-learn",),
    ),
    "predictions": Entry(TASKS, "predictions:FILE takes what a model made elsewhere.", ready=ANY),
}


def entry(task: Task, name: str) -> Entry:
    """The system of that name; raises `UsageError` where there is none for the task."""
    found = SYSTEMS.get(name)
    if found is None or task not in found.tasks:
        known = ", ".join(n for n, e in SYSTEMS.items() if task in e.tasks)
        raise UsageError(f"--system {name}: no system of that name for {task}; there are {known}")
    return found


def make(name: str, setup: Setup) -> System:
    """The system, untrained; raises `MissingExtra` where its library is not installed."""
    entry(setup.task, name)
    system: System = import_module(f"{__name__}.{name}_system").system(setup)
    return system


def versions(name: str, argument: str) -> dict[str, str]:
    """The installed versions of a system's libraries."""
    found = SYSTEMS[name]
    return {library: metadata.version(library) for library in (*found.libraries, *found.more.get(argument, ()))}
