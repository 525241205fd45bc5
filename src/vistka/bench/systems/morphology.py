"""Words by pymorphy3's first analysis of them: dictionary forms, and features for taggers."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from vistka.findings import MissingExtra


def analyser() -> Callable[[str], tuple[str, ...]]:
    """Lemma, part of speech and marks of a name of each word's first analysis, as features."""
    morphology = _morphology()

    @lru_cache(maxsize=100_000)
    def analyse(word: str) -> tuple[str, ...]:
        first = morphology.parse(word)[0]
        names = [f"is={grammeme}" for grammeme in ("Name", "Surn", "Patr") if grammeme in first.tag.grammemes]
        return (f"lemma={first.normal_form}", f"pos={first.tag.POS}", f"case={first.tag.case}", *names)

    return analyse


def lemmatiser() -> Callable[[str], str]:
    """The dictionary form of a word, as pymorphy3's first analysis has it."""
    morphology = _morphology()
    return lru_cache(maxsize=100_000)(lambda word: str(morphology.parse(word)[0].normal_form))


def _morphology() -> Any:
    try:
        import pymorphy3
    except ImportError as error:
        raise MissingExtra("morph", "pymorphy3 and pymorphy3-dicts-uk") from error
    return pymorphy3.MorphAnalyzer(lang="uk")
