"""What a model made elsewhere, read from a file as `vistka bench score` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vistka.bench.systems import Setup
from vistka.findings import InputError, UsageError
from vistka.model import Document
from vistka.predictions import read_predictions


def system(setup: Setup) -> Predictions:
    """The reader; raises `UsageError` without a file."""
    if not Path(setup.argument).exists() or not setup.argument:
        raise UsageError(f"--system predictions:{setup.argument}: no such file; write predictions:FILE")
    return Predictions(setup)


class Predictions:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def train(self, documents: Sequence[Document]) -> None:
        """Nothing to learn."""

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        asked = list(documents)
        read = read_predictions(Path(self._setup.argument), asked, self._setup.labels)
        if read.errors:
            raise InputError(f"{self._setup.argument}: the predictions have errors", read.errors)
        for doc in asked:
            yield read.documents[doc.doc_id]
