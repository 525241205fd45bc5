"""TX: the article's text (level spans)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from vistka.text import CONTROLS, INVISIBLE
from vistka.validate.base import Fault, View, quoted, rules_of

_SHOWN = 20


def tx001(view: View) -> Iterator[Fault]:
    """An article is empty.

    Passes: «Київ чекає.»
    Fails: a text of spaces and newlines only.
    """
    if not view.doc.text.strip():
        yield Fault("the article is empty; put its text in or take the document out")


def tx002(view: View) -> Iterator[Fault]:
    """A text is not in Unicode normal form C.

    A decomposed «й» is two code points where everybody else counts one.

    Passes: «й» as U+0439
    Fails: «и» followed by U+0306
    """
    text = view.doc.text
    if unicodedata.is_normalized("NFC", text):
        return
    for i, char in enumerate(text):
        if unicodedata.combining(char) and i and not unicodedata.is_normalized("NFC", text[i - 1 : i + 1]):
            yield Fault(
                f"{quoted(text[i - 1 : i + 1])} is not NFC; normalise the text before annotating", span=(i - 1, i + 1)
            )
            return
    yield Fault("the text is not NFC; normalise it before annotating")


def tx003(view: View) -> Iterator[Fault]:
    """A text has carriage returns.

    Lines end in LF alone, so that offsets do not depend on the system.

    Passes: «Київ.\\nЛьвів.»
    Fails: «Київ.\\r\\nЛьвів.»
    """
    at = view.doc.text.find("\r")
    if at >= 0:
        yield Fault("a carriage return; end lines in LF alone before annotating", span=(at, at + 1))


def tx004(view: View) -> Iterator[Fault]:
    """A text has control characters, bidi controls or noncharacters.

    They make the text look other than it is.

    Passes: «Київ\\tЛьвів»
    Fails: a right-to-left override between two words
    """
    yield from _each(view, CONTROLS, "is a control character; take it out before annotating", skip="\r")


def tx005(view: View) -> Iterator[Fault]:
    """A text has invisible characters.

    Zero-width spaces and soft hyphens part words without being seen. Real copy has them: a warning.

    Passes: a zero-width joiner inside an emoji
    Fails: a zero-width space inside «Київ»
    """
    yield from _each(view, INVISIBLE, "is invisible; take it out unless the source must be kept as it was")


def _each(view: View, pattern: re.Pattern[str], cure: str, skip: str = "") -> Iterator[Fault]:
    found = [m for m in pattern.finditer(view.doc.text) if m.group() not in skip or not m.group()]
    for match in found[:_SHOWN]:
        char = match.group()
        name = unicodedata.name(char, "unnamed")
        yield Fault(f"U+{ord(char):04X} {name} {cure}", span=match.span())


RULES = rules_of("spans", tx001, tx002, tx003, tx004, tx005, warnings="TX005")
