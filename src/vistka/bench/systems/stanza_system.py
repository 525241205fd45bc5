"""Stanza: its named entities, sentence by sentence; nothing is trained.

`stanza:LANGUAGE` takes the models of a language (the library fetches those that it lacks), `stanza:FOLDER` a folder of
models with its `resources.json`, Ukrainian, and fetches nothing. The library's own tokens decide where a mention may
begin; whitespace at the edges of its spans is left out, and a span of nothing else. Lost: nested mentions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vistka.bench.systems import Setup
from vistka.bench.systems.tokenised import with_mentions
from vistka.bench.systems.windows import trimmed
from vistka.documents import whole_sentences
from vistka.findings import InputError, MissingExtra, UsageError, reason
from vistka.model import Document

LANGUAGE = "uk"
PROCESSORS = "tokenize,ner"


def system(setup: Setup) -> Stanza:
    """The pipeline; raises `InputError` where its models cannot be loaded."""
    name = f"--system stanza:{setup.argument}"
    if not setup.argument:
        raise UsageError(f"{name}: write stanza:LANGUAGE or stanza:FOLDER, as in stanza:uk")
    try:
        import stanza
    except ImportError as error:
        raise MissingExtra("stanza", "stanza") from error
    source: dict[str, Any] = {"lang": setup.argument}
    if Path(setup.argument).is_dir():
        source = {"lang": LANGUAGE, "model_dir": setup.argument, "download_method": None}
    try:
        return Stanza(stanza.Pipeline(processors=PROCESSORS, verbose=False, **source))
    except Exception as error:  # the library raises what its many readers raise
        raise InputError(f"{name}: no models can be loaded: {reason(error)}") from error


class Stanza:
    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def train(self, documents: Sequence[Document]) -> None:
        """Nothing to learn."""

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        for doc in documents:
            sentences = whole_sentences(doc)
            made = self._pipeline.bulk_process([doc.text[start:end] for start, end in sentences])
            spans = (
                (*trimmed(doc.text, start + entity.start_char, start + entity.end_char), str(entity.type))
                for (start, _), sentence in zip(sentences, made)
                for entity in sentence.ents
            )
            yield with_mentions(doc, (span for span in spans if span[0] < span[1]))
