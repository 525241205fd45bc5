"""spaCy: its transition-based tagger trained on a blank Ukrainian pipeline, or any pipeline that you have.

Trained over sentences for a fixed number of rounds; no choice is made on held-out data. spaCy's own tokens decide where
a mention may begin, so training mentions that its tokens cut are left out of training. Lost: nested mentions.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vistka.bench.systems import Setup
from vistka.bench.systems.tokenised import with_mentions
from vistka.documents import whole_sentences
from vistka.findings import InputError, MissingExtra
from vistka.model import Document
from vistka.tagging import outermost

ROUNDS = 20
BATCH = 32
DROPOUT = 0.2


def system(setup: Setup) -> Spacy:
    """The pipeline; raises `InputError` where none can be loaded from the argument."""
    try:
        import spacy
    except ImportError as error:
        raise MissingExtra("spacy", "spacy") from error
    if not setup.argument:
        return Spacy(spacy.blank("uk"), setup.seed)
    try:
        return Spacy(spacy.load(setup.argument), None)
    except OSError as error:
        raise InputError(f"--system spacy:{setup.argument}: no pipeline can be loaded there: {error}") from error


class Spacy:
    def __init__(self, pipeline: Any, seed: int | None) -> None:
        self._pipeline = pipeline
        self._seed = seed

    def train(self, documents: Sequence[Document]) -> None:
        if self._seed is None:
            return
        from spacy import util
        from spacy.training import Example

        util.fix_random_seed(self._seed)  # type: ignore[attr-defined]
        order = random.Random(self._seed)
        tagger = self._pipeline.add_pipe("ner")
        examples = []
        for doc in documents:
            mentions = outermost(doc.mentions)
            for start, end in whole_sentences(doc):
                made = self._pipeline.make_doc(doc.text[start:end])
                inside = [m for m in mentions if start <= m.start < end]
                spans = [made.char_span(m.start - start, m.end - start, m.label) for m in inside]
                examples.append(Example.from_dict(made, {"entities": [_triple(s) for s in spans if s is not None]}))
        for label in sorted({m.label for doc in documents for m in doc.mentions}):
            tagger.add_label(label)
        optimiser = self._pipeline.initialize(lambda: examples)
        for _ in range(ROUNDS):
            order.shuffle(examples)
            for batch in util.minibatch(examples, BATCH):  # type: ignore[no-untyped-call]
                self._pipeline.update(batch, sgd=optimiser, drop=DROPOUT)

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        for doc in documents:
            spans = [(a, b) for a, b in whole_sentences(doc)]
            made = self._pipeline.pipe(doc.text[a:b] for a, b in spans)
            yield with_mentions(
                doc,
                (
                    (start + entity.start_char, start + entity.end_char, entity.label_)
                    for (start, _), sentence in zip(spans, made)
                    for entity in sentence.ents
                ),
            )


def _triple(span: Any) -> tuple[int, int, str]:
    return span.start_char, span.end_char, span.label_
