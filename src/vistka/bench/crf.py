"""A conditional random field over tokens: the outermost mentions, from spelling and neighbours alone.

Features are the usual ones of the field (Okazaki's CRFsuite tutorial on named entities): the word in small letters,
its ends, its shape, and the same of the two tokens on either side. Tags are IOB2. Lost: nested mentions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from vistka.documents import whole_sentences
from vistka.findings import MissingExtra
from vistka.model import Document, Mention
from vistka.text import Interval, tokens

WINDOW = 2
PARAMETERS = {"c1": 0.1, "c2": 0.01, "max_iterations": 100, "feature.possible_transitions": True}


def outermost(doc: Document) -> Document:
    """The document with its outermost mentions alone, and nothing else annotated."""
    kept: list[Mention] = []
    for mention in sorted(doc.mentions, key=lambda m: (m.start, -m.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(replace(mention, entity=None))
    return replace(doc, entities=(), mentions=tuple(kept), relations=(), stances=())


def train(documents: Iterable[Document], model: Path) -> None:
    """Train on the documents and write the model; the same documents in the same order give the same model."""
    trainer = _library().Trainer(algorithm="lbfgs", params=PARAMETERS, verbose=False)
    for doc in map(outermost, documents):
        for spans in _sentences(doc):
            trainer.append(features(doc.text, spans), _tags(doc.mentions, spans))
    trainer.train(str(model))


def predict(documents: Iterable[Document], model: Path) -> Iterator[Document]:
    """The documents with predicted mentions in the place of their annotation."""
    tagger = _library().Tagger()
    tagger.open(str(model))
    for doc in documents:
        found: list[Mention] = []
        for spans in _sentences(doc):
            for start, end, label in _spans(tagger.tag(features(doc.text, spans)), spans):
                found.append(Mention(f"m{len(found) + 1}", label, start, end, doc.text[start:end]))
        yield replace(doc, entities=(), mentions=tuple(found), relations=(), stances=())


def features(text: str, spans: Sequence[Interval]) -> list[list[str]]:
    """The features of each token of a sentence, those of its neighbours with their distance in front."""
    own = [_own(text[start:end]) for start, end in spans]
    rows = []
    for place, mine in enumerate(own):
        row = ["bias", *mine]
        for distance in range(-WINDOW, WINDOW + 1):
            if distance and 0 <= place + distance < len(own):
                row += [f"{distance}:{name}" for name in own[place + distance][:4]]
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


def _sentences(doc: Document) -> Iterator[list[Interval]]:
    """Token spans sentence by sentence."""
    for start, end in whole_sentences(doc):
        found = [(start + a, start + b) for a, b in tokens(doc.text[start:end])]
        if found:
            yield found


def _tags(mentions: Sequence[Mention], spans: Sequence[Interval]) -> list[str]:
    tags = ["O"] * len(spans)
    for mention in mentions:
        inside = [i for i, (start, end) in enumerate(spans) if start < mention.end and mention.start < end]
        for i in inside:
            tags[i] = f"{'B' if i == inside[0] else 'I'}-{mention.label}"
    return tags


def _spans(tags: Sequence[str], spans: Sequence[Interval]) -> list[tuple[int, int, str]]:
    """IOB2 tags as spans; an I that continues nothing begins a mention, since the tagger may write one."""
    found: list[tuple[int, int, str]] = []
    previous = "O"
    for tag, (start, end) in zip(tags, spans):
        if tag != "O":
            label = tag[2:]
            if tag[0] == "I" and previous[2:] == label:
                found[-1] = (found[-1][0], end, label)
            else:
                found.append((start, end, label))
        previous = tag
    return found


def _library() -> Any:
    try:
        import pycrfsuite
    except ImportError as error:
        raise MissingExtra("crf", "python-crfsuite") from error
    return pycrfsuite
