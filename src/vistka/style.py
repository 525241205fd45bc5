"""Whether texts look alike: repeated openings and five-grams, variety of words and characters, density of mentions.

Words are compared in small letters with apostrophes unified. Repetition counts between stories only: two articles
about one event share names and titles by nature.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import mean, median

from msgspec import Struct

from vistka.model import Document
from vistka.neardup import word_list
from vistka.text import tokens

OPENING_WORDS = 3
GRAM_WORDS = 5
SAMPLE_WORDS = 1000
NEIGHBOURS = (("NER-UK 2.0, press", 151), ("SlavicNER, Ukrainian", 106))
"""Mentions per 1,000 tokens of the corpora around us, counted from their files (12,704 in about 84,300; 9,821 in
92,700)."""

_SIGNS = (
    ("quotes « »", "«"),
    ("quotes “ ”", "”"),
    ("quotes „ “", "„"),
    ('quotes " "', '"'),
    ("apostrophe ’", r"\w’\w"),
    ("apostrophe '", r"\w'\w"),
    ("apostrophe ʼ", "ʼ"),
    ("dash —", "—"),
    ("dash –", "–"),
    ("no-break space", "\u00a0"),
    ("emoji", "[\u2600-\u27bf\U0001f1e6-\U0001faff]"),
    ("hashtag", r"#\w"),
    ("name in Latin script", "[A-Za-z]{3,}"),
    ("list line", r"(?m)^[–—•-] "),
)


class Repeated(Struct, frozen=True):
    """A run of words and how many stories have it."""

    words: str
    stories: int


class Genre(Struct, frozen=True):
    """Documents, median words a document, mentions and stances per 1,000 tokens."""

    documents: int
    median_words: float
    mentions: float
    stances: float


class Style(Struct, frozen=True):
    """`type_token_ratio` is the mean over samples of SAMPLE_WORDS words, null for a shorter corpus.

    `five_grams_shared` is the share of all five-grams that stand in another story too.
    """

    documents: int
    openings: tuple[Repeated, ...]
    five_grams: tuple[Repeated, ...]
    five_grams_shared: float
    type_token_ratio: float | None
    mentions_per_1000_tokens: float
    genres: dict[str, Genre]
    signs: dict[str, int]


def style(documents: Iterable[Document]) -> Style:
    openings: defaultdict[str, set[str]] = defaultdict(set)
    grams: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    told: Counter[tuple[str, ...]] = Counter()
    running: list[str] = []
    signs = Counter({name: 0 for name, _ in _SIGNS})
    by_genre: defaultdict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
    for doc in documents:
        words, story = word_list(doc.text), doc.metadata.story
        openings[" ".join(words[:OPENING_WORDS])].add(story)
        own = [tuple(words[i : i + GRAM_WORDS]) for i in range(len(words) - GRAM_WORDS + 1)]
        told.update(own)
        for gram in set(own):
            grams[gram].add(story)
        running += words
        signs.update(name for name, pattern in _SIGNS if re.search(pattern, doc.text))
        by_genre[doc.metadata.genre].append((len(words), len(tokens(doc.text)), len(doc.mentions), len(doc.stances)))
    rows = [row for found in by_genre.values() for row in found]
    shared = sum(count for gram, count in told.items() if len(grams[gram]) > 1)
    return Style(
        documents=len(rows),
        openings=_repeated(openings.items(), 2),
        five_grams=_repeated(((" ".join(gram), stories) for gram, stories in grams.items()), 3),
        five_grams_shared=shared / max(1, told.total()),
        type_token_ratio=_ratio(running),
        mentions_per_1000_tokens=_per_1000(rows, 2),
        genres={
            genre: Genre(len(found), median(row[0] for row in found), _per_1000(found, 2), _per_1000(found, 3))
            for genre, found in sorted(by_genre.items())
        },
        signs=dict(signs),
    )


def _repeated(found: Iterable[tuple[str, set[str]]], least: int) -> tuple[Repeated, ...]:
    kept = [Repeated(words, len(stories)) for words, stories in found if len(stories) >= least]
    return tuple(sorted(kept, key=lambda r: (-r.stories, r.words)))


def _ratio(words: Sequence[str]) -> float | None:
    samples = [words[i : i + SAMPLE_WORDS] for i in range(0, len(words) - SAMPLE_WORDS + 1, SAMPLE_WORDS)]
    return mean(len(set(sample)) / SAMPLE_WORDS for sample in samples) if samples else None


def _per_1000(rows: Sequence[tuple[int, int, int, int]], place: int) -> float:
    return 1000 * sum(row[place] for row in rows) / max(1, sum(row[1] for row in rows))


def style_tables(found: Style, shown: int = 20) -> dict[str, str]:
    """Markdown tables by name; of repeated words the `shown` most frequent."""
    ratio = "–" if found.type_token_ratio is None else f"{found.type_token_ratio:.3f}"
    head = [
        "| figure | value |",
        "|---|---:|",
        f"| documents | {found.documents} |",
        f"| openings of {OPENING_WORDS} words that another story has too | {len(found.openings)} |",
        f"| five-grams that stand in another story too | {found.five_grams_shared:.2%} |",
        f"| five-grams of three stories or more | {len(found.five_grams)} |",
        f"| types a {SAMPLE_WORDS:,}-word sample, as a share | {ratio} |",
        f"| mentions per 1,000 tokens | {found.mentions_per_1000_tokens:.0f} |",
        *(f"| the same, {name} | {density} |" for name, density in NEIGHBOURS),
    ]
    genres = [
        "| genre | documents | median words | mentions per 1,000 tokens | stances per 1,000 tokens |",
        "|---|" + "---:|" * 4,
    ]
    genres += [
        f"| {name} | {g.documents} | {g.median_words:g} | {g.mentions:.0f} | {g.stances:.1f} |"
        for name, g in found.genres.items()
    ]
    signs = ["| sign | documents | share |", "|---|---:|---:|"]
    signs += [f"| {name} | {n} | {n / max(1, found.documents):.0%} |" for name, n in found.signs.items()]
    return {
        "style": "\n".join(head),
        "genres": "\n".join(genres),
        "signs": "\n".join(signs),
        "openings": _listed("opening", found.openings[:shown]),
        "five-grams": _listed("five-gram", found.five_grams[:shown]),
    }


def _listed(what: str, found: Sequence[Repeated]) -> str:
    lines = [f"| repeated {what} | stories |", "|---|---:|", *(f"| {r.words} | {r.stories} |" for r in found)]
    return "\n".join(lines if found else [*lines, "| none | |"])
