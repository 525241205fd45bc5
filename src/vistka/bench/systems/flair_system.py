"""flair: a sequence tagger that you have, over our tokens, sentence by sentence; nothing is trained.

The library is told our tokens and answers with their numbers, so its own offsets are never used.
Lost: nested mentions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vistka.bench.systems import Setup
from vistka.bench.systems.tokenised import token_spans, with_mentions
from vistka.findings import InputError, MissingExtra, UsageError, reason
from vistka.model import Document

BATCH = 32


def system(setup: Setup) -> Flair:
    """The tagger; raises `InputError` where none can be loaded from the argument."""
    name = f"--system flair:{setup.argument}"
    if not setup.argument:
        raise UsageError(f"{name}: write flair:MODEL, a file or the id of a model on the hub")
    try:
        from flair.data import Sentence
        from flair.models import SequenceTagger
    except ImportError as error:
        raise MissingExtra("flair", "flair") from error
    try:
        return Flair(name, SequenceTagger.load(setup.argument), Sentence)
    except Exception as error:  # the library raises what its many readers raise
        raise InputError(f"{name}: no tagger can be loaded there: {reason(error)}") from error


class Flair:
    def __init__(self, name: str, tagger: Any, sentence: Any) -> None:
        self._name = name
        self._tagger = tagger
        self._sentence = sentence

    def train(self, documents: Sequence[Document]) -> None:
        """Nothing to learn."""

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        for doc in documents:
            sentences = list(token_spans(doc))
            made = [self._sentence([doc.text[start:end] for start, end in spans]) for spans in sentences]
            if [len(sentence) for sentence in made] != [len(spans) for spans in sentences]:
                raise InputError(f"{self._name}: {doc.doc_id}: flair dropped a token; its answer cannot be placed")
            self._tagger.predict(made, mini_batch_size=BATCH)
            layer = self._tagger.label_type
            told = [
                (spans[found.tokens[0].idx - 1][0], spans[found.tokens[-1].idx - 1][1], found.get_label(layer).value)
                for spans, sentence in zip(sentences, made)
                for found in sentence.get_spans(layer)
            ]
            yield with_mentions(doc, told)
