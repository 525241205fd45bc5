"""Ukrainian text: what a text may hold, sentences and tokens with exact offsets, grapheme edges, line and column.

Every token and sentence is a slice of the text: half-open code-point offsets, nothing is rewritten.
A full stop is always a token of its own, also after an abbreviation, since a mention may end before it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeAlias

Interval: TypeAlias = tuple[int, int]

# --- characters -----------------------------------------------------------------------------------------------

_CONTROL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
    "\ufdd0-\ufdef\ufffe\uffff\ufffd\ud800-\udfff"
)
_INVISIBLE = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"

CONTROLS = re.compile(f"[{_CONTROL}]")
"""Characters that no article may hold: controls beside tab and newline, line separators, bidi controls,
surrogates, noncharacters, the replacement character."""

INVISIBLE = re.compile(f"[{_INVISIBLE}]|(?<![\ufe0f\U0001f000-\U0001faff\u2600-\u27bf])\u200d")
"""Characters that show nothing and split words; a joiner inside an emoji sequence is none of them."""

_SUSPECT = re.compile(f"[{_CONTROL}{_INVISIBLE}\u200d]")

EMOJI = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934-\u2b55\U0001f000-\U0001faff]"
    "[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
    "(?:\u200d[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?)*)"
)


def sha256(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def is_plain(text: str) -> bool:
    """True only where the text is surely NFC and without controls and invisible characters."""
    if not unicodedata.is_normalized("NFC", text):
        return False
    return text.isprintable() or _SUSPECT.search(text) is None


def line_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both counted from 1, the column in code points."""
    offset = min(offset, len(text))
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1


# --- tokens ---------------------------------------------------------------------------------------------------

_JOIN = "['\u2019\u02bc`\u00b4\u2010\u2011-]"
_REST = rf"(?:[\u0300-\u036f\u0483-\u0487]+\w*|{_JOIN}\w+)*"
_URL = r"(?:https?://|www\.)[^\s<>«»“”„\"]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
TOKEN = re.compile(
    rf"[\u0400-\u04ff]\w*{_REST}"  # the commonest first: it makes tokenising twice as fast
    rf"|[,.](?!\.)|{_URL}"
    rf"|{EMOJI}"
    rf"|\d+(?:[.,:]\d+)+{_REST}"
    rf"|\w+{_REST}"
    r"|\.{2,}|[!?]{2,}|-{2,}"
    r"|\S"
)
"""One token: a link, an emoji sequence, a number with its separators, a word with the apostrophes and hyphens
inside it, a run of dots or marks, any other visible character."""


def tokens(text: str) -> list[Interval]:
    """Token spans in text order; everything but whitespace is in exactly one of them."""
    return [match.span() for match in TOKEN.finditer(text)]


def grapheme_breaks_inside(text: str, offset: int) -> bool:
    """True where an offset parts a letter from its combining mark or an emoji sequence from its rest."""
    if not 0 < offset < len(text):
        return False
    if unicodedata.combining(text[offset]) or text[offset] in "\ufe0e\ufe0f\u200d\u20e3":
        return True
    window = max(0, offset - 40)
    return any(
        window + match.start() < offset < window + match.end()
        for match in re.finditer(EMOJI, text[window : offset + 40])
    )


# --- sentences ------------------------------------------------------------------------------------------------


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_BEFORE_NAME = _words(
    "акад арк бл бульв буд вид вул ген гл гр губ див доц заст зб зв ім інж канд кв кн корп м мед мкр наб напр нар",
    "нач о оз п пл пл полк пор пос пров прим проф просп р-н рис с св сан сел смт соц ст стор табл тел тов укр ур учб",
    "х ч чл юр в.о і.о т.в.о т.зв т.з тзв англ нім рос лат амер фр",
)
"""Abbreviations that stand before what they belong to (вул. Хрещатик, ст. 5): a capital or a digit goes on."""

_AFTER_NUMBER = _words(
    "р рр ст грн коп дол руб тис млн млрд трлн год хв сек км кг см мм т шт крб ін др обл р-н тощо од п с м га л"
)
"""Abbreviations that may be the last word of a sentence (2014 р., 5 млрд., та ін.): after a number a capital ends
it there; before a small letter or a digit it goes on."""

_END = re.compile(r"(?:[.!?…]+)(?:[\"»”“'’)\]]*)(?=\s+[^a-zа-яєіїґ])|\n+")
_LAST_WORD = re.compile(r"([\w'’ʼ-]+(?:\.[\w'’ʼ]+)*)\.$")
_NUMBER_BEFORE = re.compile(r"(?:\d|тис\.?|млн\.?|млрд\.?|\b[IVXLІХ]+)\s*$")
_OPENING = "\"«“„('’[—–-•"


def sentences(text: str) -> list[Interval]:
    """Sentence spans in text order, without the whitespace between them; a newline always ends one."""
    spans: list[Interval] = []
    start = 0
    for match in _END.finditer(text):
        if match.group()[0] != "\n" and not _ends_sentence(text, match.start(), match.end()):
            continue
        _append(spans, text, start, match.end())
        start = match.end()
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[Interval], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


def _ends_sentence(text: str, mark: int, end: int) -> bool:
    """Whether the closing marks at `mark` end a sentence, judged by the word before and the character after."""
    after = end
    while after < len(text) and text[after].isspace():
        if text[after] == "\n":
            return True
        after += 1
    if after == len(text):
        return True
    following = text[after]
    opened = after
    while opened < len(text) and text[opened] in _OPENING + " \u00a0":
        opened += 1
    first = text[opened] if opened < len(text) else following
    if first.islower():
        return False
    closed = text[mark:end]
    if not closed.startswith(".") or closed.startswith(".."):
        # «Так!» — сказав він: a dash and a small letter were caught above.
        return True
    word_match = _LAST_WORD.search(text, max(0, mark - 30), mark + 1)
    if word_match is None:
        return True
    word = word_match.group(1)
    if len(word) == 1 and word.isupper():  # an initial: Т. Шевченко
        return False
    lower = word.lower()
    counted = lower in _AFTER_NUMBER and (
        lower not in _BEFORE_NAME or _NUMBER_BEFORE.search(text[max(0, mark - len(word) - 8) : mark - len(word)])
    )
    if counted:
        return first.isupper() and not (lower == "дол" and text.startswith("США", opened))
    return lower not in _BEFORE_NAME


def sentence_of(spans: Sequence[Interval], offset: int) -> int:
    """Index of the sentence that holds an offset (of the one before it, where it falls between two)."""
    return max(0, bisect_right(spans, (offset, 2**31)) - 1)
