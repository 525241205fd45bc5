"""A conditional random field over tokens: the outermost mentions, from spelling and neighbours, on demand morphology.

Features are the usual ones of the field (Okazaki's CRFsuite tutorial on named entities): the word in small letters,
its ends, its shape, and the same of the two tokens on either side. Tags are IOB2. Lost: nested mentions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from vistka.bench.systems import Setup
from vistka.bench.systems.morphology import analyser
from vistka.bench.systems.tokenised import tagged, token_spans
from vistka.findings import MissingExtra, UsageError
from vistka.model import Document
from vistka.tagging import iob2
from vistka.text import Interval

WINDOW = 2
PARAMETERS = {"c1": 0.1, "c2": 0.01, "max_iterations": 100, "feature.possible_transitions": True}


def system(setup: Setup) -> Crf:
    """The tagger; raises `UsageError` for an argument other than `morph`."""
    if setup.argument not in ("", "morph"):
        raise UsageError(f"--system crf:{setup.argument}: write crf or crf:morph")
    return Crf(setup, analyser() if setup.argument else None)


class Crf:
    def __init__(self, setup: Setup, analyse: Callable[[str], tuple[str, ...]] | None) -> None:
        self._path = str(setup.folder / "ner.crf")
        self._library = _library()
        self._analyse = analyse

    def train(self, documents: Sequence[Document]) -> None:
        trainer = self._library.Trainer(algorithm="lbfgs", params=PARAMETERS, verbose=False)
        for doc in documents:
            for spans in token_spans(doc):
                trainer.append(features(doc.text, spans, self._analyse), iob2(_inside(doc, spans), spans))
        trainer.train(self._path)

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        tagger = self._library.Tagger()
        tagger.open(self._path)
        for doc in documents:
            sentences = list(token_spans(doc))
            yield tagged(doc, ((tagger.tag(features(doc.text, spans, self._analyse)), spans) for spans in sentences))


def _inside(doc: Document, spans: Sequence[Interval]) -> list[Any]:
    return [m for m in doc.mentions if m.start < spans[-1][1] and spans[0][0] < m.end]


def features(
    text: str, spans: Sequence[Interval], analyse: Callable[[str], tuple[str, ...]] | None = None
) -> list[list[str]]:
    """The features of each token of a sentence, those of its neighbours with their distance in front."""
    own = [_own(text[start:end]) for start, end in spans]
    morphology = [analyse(text[start:end]) for start, end in spans] if analyse else [()] * len(spans)
    rows = []
    for place, mine in enumerate(own):
        row = ["bias", *mine, *morphology[place]]
        for distance in range(-WINDOW, WINDOW + 1):
            near = place + distance
            if distance and 0 <= near < len(own):
                row += [f"{distance}:{name}" for name in (*own[near][:4], *morphology[near])]
        if place == 0:
            row.append("first")
        if place == len(own) - 1:
            row.append("last")
        rows.append(row)
    return rows


def _own(word: str) -> list[str]:
    lower = word.lower()
    ends = [f"{'<' if k > 0 else '>'}{lower[:k] if k > 0 else lower[k:]}" for k in (2, 3, 4, -2, -3, -4)]
    return [f"w={lower}", f"shape={_shape(word)}", f"title={word.istitle()}", f">{lower[-3:]}", *ends]


def _shape(word: str) -> str:
    """Runs of capitals, small letters, digits and the rest: X, x, 9 and the sign itself."""
    signs = ["X" if c.isupper() else "x" if c.isalpha() else "9" if c.isdigit() else c for c in word]
    return "".join(sign for i, sign in enumerate(signs) if i == 0 or sign != signs[i - 1])


def _library() -> Any:
    try:
        import pycrfsuite
    except ImportError as error:
        raise MissingExtra("crf", "python-crfsuite") from error
    return pycrfsuite
