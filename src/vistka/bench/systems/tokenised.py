"""What taggers over tokens share: a document's tokens sentence by sentence, and mentions out of their tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from vistka.documents import whole_sentences
from vistka.model import Document, Mention
from vistka.tagging import runs
from vistka.text import Interval, tokens


def token_spans(doc: Document) -> Iterator[list[Interval]]:
    """Spans of the tokens of every sentence that has any."""
    for start, end in whole_sentences(doc):
        found = [(start + a, start + b) for a, b in tokens(doc.text[start:end])]
        if found:
            yield found


def tagged(doc: Document, sentences: Iterable[tuple[Sequence[str], Sequence[Interval]]]) -> Document:
    """The document with the mentions that the tags of its sentences tell."""
    spans = [
        (places[first][0], places[last - 1][1], label)
        for tags, places in sentences
        for first, last, label in runs(tags)
    ]
    return with_mentions(doc, spans)


def with_mentions(doc: Document, spans: Iterable[tuple[int, int, str]]) -> Document:
    """The document with these mentions (start, end, label) alone, numbered as they come."""
    mentions = tuple(
        Mention(f"m{number}", label, start, end, doc.text[start:end])
        for number, (start, end, label) in enumerate(spans, 1)
    )
    return replace(doc, entities=(), mentions=mentions, relations=(), stances=())
