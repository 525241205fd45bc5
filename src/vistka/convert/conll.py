"""CoNLL columns with IOB2 tags <-> the outermost mentions of a document.

A row holds the token in its first column and the tag in its last, a tab between them (blanks where the row has no
tab); a blank line ends a sentence; `# doc_id = X` or `# newdoc id = X` begins a document, `-DOCSTART-` one without id.
Offsets: the format has none. `lay` finds each token in the article next after the one before, or says where it fails.
Lost: mentions inside mentions, edges inside a token (the mention takes all of it), ids, entities, relations, stances.
Source: Tjong Kim Sang & De Meulder 2003 (CoNLL-2003); universaldependencies.org, "CoNLL-U Format" (comments).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct

from vistka.model import Document
from vistka.tagging import iob2
from vistka.text import Interval, sentences, tokens

LOSES = (
    *("entities", "relations", "stances", "mentions.id", "mentions.entity"),
    *("mentions inside mentions", "mentions' edges inside a token"),
)

TAG = re.compile(r"O|[BI]-\S+")
"""A tag of IOB2."""

_DOCUMENT = re.compile(r"#\s*(?:doc_id|newdoc id)\s*=\s*(.*?)\s*")
_UNNAMED = re.compile(r"-DOCSTART-.*|#\s*newdoc\s*")
_COMMENT = re.compile(r"# +[\w.:-]+(?: [\w.:-]+)? *=(?: [^\t]*)?")
_SHOWN = 20


class Row(Struct, frozen=True):
    """A token and its tag, as they stand; `tag` none where the row has one column; `line` counts from 1."""

    token: str
    tag: str | None
    line: int


class Block(Struct, frozen=True):
    """The sentences of one document; `line` is where it begins."""

    doc_id: str | None
    line: int
    sentences: tuple[tuple[Row, ...], ...]


class Misfit(Struct, frozen=True):
    """Where tokens and text part.

    `place` is the index of the token that should stand at `offset`, where the text has `stands`. `token` none: the
    tokens are used up and the text goes on; `stands` empty: the text is used up.
    """

    place: int
    token: str | None
    offset: int
    stands: str


# --- reading --------------------------------------------------------------------------------------------------


def parse(text: str) -> list[Block]:
    """The documents of a file in their order. Nothing is judged here: neither tags nor whether tokens lie in a text."""
    opened: list[tuple[str | None, int, list[list[Row]]]] = []

    def begin(doc_id: str | None, line: int) -> None:
        if opened and not any(opened[-1][2]) and None in (opened[-1][0], doc_id):
            before, line, _ = opened.pop()  # -DOCSTART- and a comment with the id open one document
            doc_id = doc_id or before
        opened.append((doc_id, line, [[]]))

    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if match := _DOCUMENT.fullmatch(line):
            begin(match.group(1) or None, number)
        elif _UNNAMED.fullmatch(line):
            begin(None, number)
        elif not line.strip(" \t"):
            if opened:
                opened[-1][2].append([])
        elif row := _row(line, number):
            if not opened:
                begin(None, number)
            opened[-1][2][-1].append(row)
    blocks = (Block(doc_id, line, tuple(tuple(s) for s in rows if s)) for doc_id, line, rows in opened)
    return [block for block in blocks if block.sentences or block.doc_id is not None]


def _row(line: str, number: int) -> Row | None:
    """The row, none for a comment: a line that begins with # and ends in no tag."""
    columns = line.split("\t") if "\t" in line else re.split(" +", line.strip(" "))
    tag = columns[-1].strip(" ") if len(columns) > 1 else None
    if line.startswith("#") and (_COMMENT.fullmatch(line) or ("\t" not in line and not TAG.fullmatch(tag or ""))):
        return None
    return Row(columns[0].strip(" ") or columns[0], tag, number)


def lay(words: Sequence[str], text: str) -> list[Interval] | Misfit:
    """The spans of tokens in a text, or the first place where they do not fit.

    Each token must stand next after the one before, with nothing between but whitespace and characters that show
    nothing (format characters, variation selectors), and nothing else may be left over.
    """
    spans: list[Interval] = []
    at = 0
    for place, word in enumerate(words):
        start = at
        while not (word and text.startswith(word, start)):
            if start == len(text) or not _is_between(text[start]):
                return Misfit(place, word, start, text[start : start + _SHOWN])
            start += 1
        at = start + len(word)
        spans.append((start, at))
    while at < len(text) and _is_between(text[at]):
        at += 1
    return Misfit(len(words), None, at, text[at : at + _SHOWN]) if at < len(text) else spans


def visible(text: str) -> str:
    """The text without what may stand between tokens: the same for tokens and the text that they lie in."""
    return "".join(char for char in text if not _is_between(char))


def _is_between(char: str) -> bool:
    return char.isspace() or "\ufe00" <= char <= "\ufe0f" or unicodedata.category(char) == "Cf"


# --- writing --------------------------------------------------------------------------------------------------


def render(doc: Document) -> str:
    """The document's rows behind its id; sentences that an outermost mention spans are one."""
    spans = tokens(doc.text)
    tags = iob2(doc.mentions, spans)
    starts = [start for start, _ in spans]
    breaks = {bisect_left(starts, start) for start, _ in sentences(doc.text)[1:]}
    lines = [f"# doc_id = {doc.doc_id}"]
    for place, ((start, end), tag) in enumerate(zip(spans, tags)):
        if place in breaks and not tag.startswith("I-"):
            lines.append("")
        lines.append(f"{doc.text[start:end]}\t{tag}")
    return "\n".join(lines) + "\n\n"
