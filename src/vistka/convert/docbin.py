"""spaCy DocBin (.spacy) <-> the outermost mentions of documents.

Offsets: spaCy's `start_char` and `end_char` count code points of `doc.text`, half-open; kept as they are.
Read are `doc.ents` or, where a doc has none, the span group `sc`. Written are `doc.ents` over spaCy's own tokens;
where a mention begins or ends inside one, the doc gets the tokens of `vistka.text`, cut at the edges of mentions, and
its whitespace as words of their own, so that the text and every mention stay as they are.
Lost: mentions inside mentions, ids, entities, relations, stances.
Source: spacy.io/api/docbin; spacy.io/api/doc.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from vistka.findings import InputError, MissingExtra
from vistka.model import Document, Mention
from vistka.tagging import outermost
from vistka.text import tokens

LOSES = (
    *("entities", "relations", "stances", "mentions.id", "mentions.entity"),
    "mentions inside mentions",
)

SPAN_GROUP = "sc"
"""The group that spaCy's span categoriser writes."""


class Tagged(Struct, frozen=True):
    """What a doc says: its `user_data["doc_id"]`, its text, and its spans as (start, end, label)."""

    doc_id: str | None
    text: str
    spans: tuple[tuple[int, int, str], ...]


def parse(data: bytes) -> list[Tagged]:
    """The docs of a DocBin; raises `InputError` where the bytes are none."""
    spacy = _spacy()
    try:
        docs = list(spacy.tokens.DocBin(store_user_data=True).from_bytes(data).get_docs(spacy.vocab.Vocab()))
        return [_tagged(doc) for doc in docs]
    except Exception as error:  # spaCy unpacks unchecked: whatever the bytes lead to
        reason = str(error).split("\n")[0].split(". ")[0]
        raise InputError(f"no DocBin of spaCy ({type(error).__name__}: {reason}); write it anew") from error


def _tagged(doc: Any) -> Tagged:
    doc_id = doc.user_data.get("doc_id")
    spans = doc.ents or doc.spans.get(SPAN_GROUP, ())
    found = tuple((span.start_char, span.end_char, span.label_) for span in spans)
    return Tagged(doc_id if isinstance(doc_id, str) else None, doc.text, found)


def render(documents: Iterable[Document]) -> bytes:
    """The DocBin of documents, their ids in `user_data["doc_id"]`."""
    spacy = _spacy()
    made = spacy.tokens.DocBin(store_user_data=True)
    pipeline = spacy.blank("uk")
    for document in documents:
        mentions = outermost(document.mentions)
        doc = pipeline.make_doc(document.text)
        spans = _spans(doc, mentions)
        if doc.text != document.text or None in spans:
            words, spaces = _words(document.text, mentions)
            doc = spacy.tokens.Doc(pipeline.vocab, words=words, spaces=spaces)
            spans = _spans(doc, mentions)
        doc.set_ents(spans)
        doc.user_data["doc_id"] = document.doc_id
        made.add(doc)
    found: bytes = made.to_bytes()
    return found


def _spans(doc: Any, mentions: Sequence[Mention]) -> list[Any]:
    return [doc.char_span(m.start, m.end, label=m.label, alignment_mode="strict") for m in mentions]


def _words(text: str, mentions: Sequence[Mention]) -> tuple[list[str], list[bool]]:
    """Words that join to the text and part at every edge of a mention; whether a space follows each.

    A single space becomes its word's, unless a mention begins or ends with it.
    """
    starts, ends = {m.start for m in mentions}, {m.end for m in mentions}
    edges = {0, len(text), *starts, *ends, *(edge for span in tokens(text) for edge in span)}
    cuts = sorted(edges)
    words: list[str] = []
    spaces: list[bool] = []
    for start, end in pairwise(cuts):
        if text[start:end] == " " and words and not spaces[-1] and start not in starts and end not in ends:
            spaces[-1] = True
        else:
            words.append(text[start:end])
            spaces.append(False)
    return words, spaces


def _spacy() -> Any:
    try:
        import spacy
        import spacy.tokens
        import spacy.vocab
    except ImportError as error:
        raise MissingExtra("spacy", "spacy") from error
    return spacy
