"""Names seen in training, found again: the longest at each place, by surface or by dictionary forms.

A sequence of words counts as a name where training annotated it in at least half of its occurrences, with the label
that it mostly had there. Lost: nested mentions, and everything not seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from vistka.bench.systems import Setup
from vistka.bench.systems.morphology import lemmatiser
from vistka.bench.systems.tokenised import token_spans, with_mentions
from vistka.findings import UsageError
from vistka.model import Document
from vistka.tagging import covered
from vistka.text import Interval

Words: TypeAlias = tuple[str, ...]


def system(setup: Setup) -> Gazetteer:
    """The lookup; raises `UsageError` for an argument other than `lemma`."""
    if setup.argument not in ("", "lemma"):
        raise UsageError(f"--system gazetteer:{setup.argument}: write gazetteer or gazetteer:lemma")
    return Gazetteer(lemmatiser() if setup.argument else str)


class Gazetteer:
    def __init__(self, form: Callable[[str], str]) -> None:
        self._form = form
        self._names: dict[Words, str] = {}
        self._longest = 0

    def train(self, documents: Sequence[Document]) -> None:
        named: dict[Words, Counter[str]] = {}
        sentences: list[Words] = []
        for doc in documents:
            for spans in token_spans(doc):
                words = self._words(doc, spans)
                sentences.append(words)
                inside = [m for m in doc.mentions if spans[0][0] <= m.start < spans[-1][1]]
                for mention, places in covered(inside, spans):
                    named.setdefault(words[places.start : places.stop], Counter())[mention.label] += 1
        self._longest = max(map(len, named), default=0)
        seen: Counter[Words] = Counter(
            words[i : i + size]
            for words in sentences
            for size in range(1, self._longest + 1)
            for i in range(len(words) - size + 1)
            if words[i : i + size] in named
        )
        self._names = {
            words: max(sorted(labels), key=labels.__getitem__)
            for words, labels in named.items()
            if 2 * labels.total() >= seen[words]
        }

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        for doc in documents:
            yield with_mentions(doc, (found for spans in token_spans(doc) for found in self._find(doc, spans)))

    def _words(self, doc: Document, spans: Sequence[Interval]) -> Words:
        return tuple(self._form(doc.text[start:end]) for start, end in spans)

    def _find(self, doc: Document, spans: Sequence[Interval]) -> Iterator[tuple[int, int, str]]:
        words = self._words(doc, spans)
        place = 0
        while place < len(words):
            for size in range(min(self._longest, len(words) - place), 0, -1):
                label = self._names.get(words[place : place + size])
                if label:
                    yield spans[place][0], spans[place + size - 1][1], label
                    place += size
                    break
            else:
                place += 1
