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
_NONCHARACTERS = "".join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
_INVISIBLE = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"

CONTROLS = re.compile(f"[{_CONTROL}{_NONCHARACTERS}]")
"""Characters that no article may hold: controls beside tab and newline, line separators, bidi controls,
surrogates, noncharacters, the replacement character."""

INVISIBLE = re.compile(
    f"[{_INVISIBLE}]"
    "|(?<![\ufe0f\U0001f000-\U0001faff\u2600-\u27bf])\u200d|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
    "|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0000-\U000e0fff]"
)
"""Characters that show nothing and split words or hide a message; a joiner inside an emoji sequence and the tags of
a flag are none of them."""

_SUSPECT = re.compile(f"[{_CONTROL}{_INVISIBLE}\u200d\U0001fffe-\U0010ffff]")

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
    return unicodedata.is_normalized("NFC", text) and _SUSPECT.search(text) is None


def first_difference(one: str, two: str) -> int:
    """The offset of the first character in which two texts differ; the shorter's length where it begins the other."""
    return next((i for i, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))


def line_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both counted from 1, the column in code points."""
    offset = min(offset, len(text))
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1


# --- tokens ---------------------------------------------------------------------------------------------------

_JOIN = "['\u2018\u2019\u02bc`\u00b4\u2010\u2011-]"
_MARKS = "[\u0300-\u036f\u0483-\u0487]"
_REST = rf"(?:{_MARKS}+\w*|{_JOIN}\w+)*"
_NUMBER = r"\d+(?:[.,:]\d+)*\w*"
_URL = r"(?:https?://|www\.)[^\s<>«»“”„\"]*[\w/]|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
TOKEN = re.compile(
    r"(?=\S)(?:"  # to fail at once on a space, and to try the commonest first, halves the time
    rf"[\u0400-\u04ff]\w*{_REST}"
    rf"|[,.](?!\.)|{_URL}"
    rf"|{EMOJI}"
    rf"|{_NUMBER}(?:{_MARKS}+\w*|{_JOIN}(?:{_NUMBER}|\w+))*"
    rf"|\w+{_REST}"
    r"|\.{2,}|[!?]{2,}|-{2,}"
    r"|\S)"
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
    if unicodedata.category(text[offset]).startswith("M") or text[offset] == "\u200d":
        return True
    if _is_flag_letter(text[offset]):  # flags are pairs, counted from the first letter of their run
        first = offset
        while first and _is_flag_letter(text[first - 1]):
            first -= 1
        return (offset - first) % 2 == 1
    window = max(0, offset - 40)
    return any(
        window + match.start() < offset < window + match.end()
        for match in re.finditer(EMOJI, text[window : offset + 40])
    )


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


# --- sentences ------------------------------------------------------------------------------------------------


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_BEFORE_NAME = _words(
    "акад арк бл бульв буд вид вип вул ген гл гол гр губ дж див доц заст зб зв ім інж канд кв кн корп куб",
    "м мед мкр наб напр нар нач о оз п пл полк пор пос пров прим проф просп р р-н рис с св сан сел смт соц",
    "ст стор т табл тел тов укр упоряд ур учб х ц ч чл чл.-кор юр в.о і.о т.в.о т.зв т.з тзв к.е.н к.т.н к.ю.н",
    "д.е.н д.т.н д.ю.н англ нім рос лат амер фр st",
)
"""Abbreviations that stand before what they belong to (вул. Хрещатик, ст. 5): a capital or a digit goes on."""

_AFTER_NUMBER = _words("р рр ст грн коп дол руб тис млн млрд трлн год хв сек км кг см мм м т шт крб с г га л")
"""Abbreviations that may be the last word of a sentence (2014 р., 5 млрд.): after a number a capital ends it there;
before a small letter or a digit it goes on."""

_LONGEST = max(map(len, _BEFORE_NAME | _AFTER_NUMBER))
_MULTIPLES = _words("тис млн млрд трлн кв куб")
_THIS_YEAR = _words("цього минулого того наступного поточного нинішнього")
_LETTERED = _words(
    "блок блоку вітамін вітаміну гепатит гепатиту грип грипу група групи групі групу групою категорія категорії",
    "категорію клас класу літера літери літеру план плану секція секції серія серії тип типу",
)
"""Nouns that a letter names: after "групи А." a capital begins a sentence, after "Т." a surname."""

_ADVERBIAL = _words(
    "у в на за з із зі до від після через перед протягом впродовж упродовж станом наприкінці напередодні близько понад",
    "восени взимку узимку навесні влітку улітку торік лише тільки вже ще аж саме",
)
_PAST_TENSE = ("в", "ла", "ло", "ли", "ся", "но", "то")

_END = re.compile(
    r"[.!?…\n]"  # one set in front of all: the search skips to it
    r"(?:(?<=\n)|(?<![.!?…][.!?…])[.!?…]*(?![.!?…])[\"»”“'’)\]]*(?=\s+[^a-zа-яєіїґ]))"
)
_ROMAN = re.compile("[IVXLCDMІХ]+")
_OPENING = "\"«“„('’[—–-•"
_OPENING_OR_SPACE = frozenset(_OPENING + " \u00a0")


def sentences(text: str) -> list[Interval]:
    """Sentence spans in text order, without the whitespace between them; a newline always ends one.

    Marks and emoji that follow a sentence on its line, without a word of their own, belong to it.
    """
    spans: list[Interval] = []
    start = 0
    for match in _END.finditer(text):
        mark, end = match.span()
        if text[mark] != "\n" and not _ends_sentence(text, start, mark, end):
            continue
        _append(spans, text, start, end)
        start = end
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[Interval], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    shown = piece.strip()
    if not shown:
        return
    start += len(piece) - len(piece.lstrip())
    end = start + len(shown)
    if not shown[0].isalnum() and spans and not any(map(str.isalnum, shown)):
        before = spans[-1]
        if "\n" not in text[before[1] : start]:
            spans[-1] = (before[0], end)
            return
    spans.append((start, end))


def _ends_sentence(text: str, start: int, mark: int, end: int) -> bool:
    """Whether the closing marks at `mark` end the sentence from `start`, by the words before and what follows."""
    after = end
    while text[after].isspace():
        if text[after] == "\n":
            return True
        after += 1
        if after == len(text):
            return True
    opened = after
    while opened < len(text) and text[opened] in _OPENING_OR_SPACE:
        opened += 1
    first = text[opened] if opened < len(text) else text[after]
    if first.islower():
        return False
    if text[end - 1] in '»”“"' and text[after] in "—–-":  # «Так!» — Зеленський усміхнувся.
        return False
    if text[mark] != "." or text.startswith("..", mark):
        return True
    words = text[max(start, mark - 30) : mark].rsplit(None, 2)
    if not words or len(words[-1]) > _LONGEST:
        return True
    word = words[-1].lstrip(_OPENING)
    before = words[-2] if len(words) > 1 else ""
    if len(word) <= 3 and word.isdigit() and not text[start:mark].strip()[: -len(word)]:
        return False  # 1. Перший пункт
    initial = word.rpartition(".")[2].lstrip("-")
    if len(initial) == 1 and initial.isupper():
        numbered = initial in "IVX" and before.istitle() and before.isalpha()  # Карл V
        return numbered or before.lower() in _LETTERED
    lower = word.lower()
    unit = lower.lstrip("0123456789,")
    counted = unit in _AFTER_NUMBER and (
        unit not in _BEFORE_NAME
        or unit != lower
        or any(map(str.isdigit, before))
        or before.rstrip(".").lower() in _MULTIPLES
        or _ROMAN.fullmatch(before) is not None
        or (unit == "р" and before.lower() in _THIS_YEAR)
    )
    if not counted:
        return lower not in _BEFORE_NAME or (lower == "п" and before == "т.")
    if not first.isupper() or text[end - 1] in ")]" or (unit == "дол" and text.startswith("США", opened)):
        return False
    return not _is_adverbial(text[start:mark].split())


def _is_adverbial(words: list[str]) -> bool:
    """Whether the words are but a time or measure (У 2022 р. Україна …), too little for a sentence."""
    opening = words[0].lstrip(_OPENING).lower()
    return (
        len(words) <= 6
        and (opening in _ADVERBIAL or opening[:1].isdigit())
        and not any(word.endswith(_PAST_TENSE) for word in words[1:-1])
    )


def sentence_of(spans: Sequence[Interval], offset: int) -> int:
    """Index of the sentence that holds an offset (of the one before it, where it falls between two)."""
    return max(0, bisect_right(spans, (offset, 2**31)) - 1)
