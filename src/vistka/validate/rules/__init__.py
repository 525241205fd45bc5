"""The catalogue: every rule of the validator, by what it looks at."""

from __future__ import annotations

from typing import Any

from vistka.validate.base import Rule
from vistka.validate.rules import corpus, files, links, spans, stances, text

RAW = files.RAW
PARSED = files.PARSED
NAMED = files.NAMED
SPANS = text.RULES + spans.RULES
LINKS = links.RULES + stances.RULES
DOCUMENT_CORPUS = corpus.VIEW
FOLDER = corpus.FOLDER
CENSUS = corpus.CENSUS

RULES: dict[str, Rule[Any]] = {
    rule.code: rule for family in (RAW, PARSED, NAMED, SPANS, LINKS, DOCUMENT_CORPUS, FOLDER, CENSUS) for rule in family
}
