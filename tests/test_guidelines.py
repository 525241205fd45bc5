"""The annotators' manual by the tools: every example parses, obeys the rules and shows what its heading says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from builders import document
from vistka.model import Document
from vistka.resources import load_labels
from vistka.validate import rules
from vistka.validate.base import View

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
PAGES = sorted(CORPUS.glob("GUIDELINES*.md"))
LABELS = load_labels()
FORM = re.compile(r"(?P<sign>[+-]) (?P<text>.+?)(?: :: (?P<items>.+?))?(?: // (?P<why>.+))?")
MARK = re.compile(r"\{|\|(?P<label>[A-Z]+)\}")


class Example(NamedTuple):
    line: int
    chapter: str
    heading: str
    good: bool
    why: str
    doc: Document


def keyed(text: str) -> tuple[str, dict[str, str]]:
    """The example with an entity key for each surface of a named label, and the keys with their surfaces."""
    names: dict[tuple[str, str], str] = {}
    pieces: list[str] = []
    plain: list[str] = []
    opened: list[int] = []
    at = 0
    for match in MARK.finditer(text):
        pieces.append(text[at : match.start()])
        plain.append(text[at : match.start()])
        at = match.end()
        if match["label"] is None:
            opened.append(len(plain))
            pieces.append("{")
            continue
        surface = "".join(plain[opened.pop() :])
        named = match["label"] in LABELS.entity_labels
        key = names.setdefault((surface, match["label"]), f"k{len(names) + 1}") if named else ""
        pieces.append(f"|{match['label']}|{key}}}" if named else match[0])
    return "".join([*pieces, text[at:]]), {key: surface for (surface, _), key in names.items()}


def example(line: int, chapter: str, heading: str, source: str) -> Example:
    match = FORM.fullmatch(source)
    assert match, f"line {line} is no example: {source}"
    marked, names = keyed(match["text"])
    items = [item for item in (match["items"] or "").split(" ;; ") if item]
    block = {2: "", 4: ""}
    for item in items:
        block[item.count(" | ")] += f"{item}\n"
    entities = "".join(f"{key} = {surface}\n" for key, surface in names.items())
    markup = f"{marked}\n%% entities\n{entities}%% relations\n{block[2]}%% stances\n{block[4]}"
    doc = document(markup)
    assert len(doc.relations) + len(doc.stances) == len(items), f"line {line}"
    return Example(line, chapter, heading, match["sign"] == "+", match["why"] or "", doc)


def examples(page: Path) -> Iterator[Example]:
    chapter = heading = ""
    inside = False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```vistka"
        elif inside:
            yield example(number, chapter, heading, line)
        elif line.startswith("## "):
            chapter, heading = line[3], ""
        elif line.startswith("### "):
            heading = line[4:].split(" — ")[0]


def test_there_is_a_manual() -> None:
    assert CORPUS / "GUIDELINES.md" in PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_obeys_the_rules_of_spans_and_links(page: Path) -> None:
    faults = [
        (found.line, rule.code, fault.message)
        for found in examples(page)
        for rule in (*rules.SPANS, *rules.LINKS)
        for fault in rule.find(View(found.doc, LABELS))
    ]
    assert faults == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_label_and_every_part_of_a_stance_has_three_examples_and_two_counter_examples(page: Path) -> None:
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    stance: set[str] = set()
    for found in examples(page):
        counts[found.heading][0 if found.good else 1] += 1
        if found.chapter == "5":
            stance.add(found.heading)
    wanted = {*LABELS.mention_labels, *LABELS.relation_labels, *stance}
    assert len(stance) >= 5
    assert {name: counts[name] for name in wanted if counts[name][0] < 3 or counts[name][1] < 2} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_example_holds_its_relation_and_a_counter_example_does_not(page: Path) -> None:
    wrong = [
        found.line
        for found in examples(page)
        if found.heading in LABELS.relation_labels
        and found.good != (found.heading in {r.label for r in found.doc.relations})
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_example_of_a_mention_label_holds_it(page: Path) -> None:
    wrong = [
        found.line
        for found in examples(page)
        if found.good
        and found.heading in LABELS.mention_labels
        and found.heading not in {m.label for m in found.doc.mentions}
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_counter_example_says_why(page: Path) -> None:
    assert [found.line for found in examples(page) if not found.good and not found.why] == []


def test_the_signatures_in_the_manual_are_those_of_the_label_inventory() -> None:
    told = re.findall(r"^### ([A-Z_]+)\n\nСигнатура: (.+)$", (CORPUS / "GUIDELINES.md").read_text("utf-8"), re.M)
    held = {
        r.label: "; ".join(f"{', '.join(s.head)} → {', '.join(s.tail)}" for s in r.signatures)
        + ("; симетричне" if r.symmetric else "")
        for r in LABELS.relations
    }
    assert dict(told) == held


def test_no_example_is_a_sentence_of_the_test_split() -> None:
    splits = dict(line.split(",") for line in (CORPUS / "splits.csv").read_text().splitlines()[1:])
    texts = [(CORPUS / "articles" / f"{d}.txt").read_text("utf-8") for d, split in splits.items() if split == "test"]
    assert texts
    told = {found.doc.text.strip(" .«»") for page in PAGES for found in examples(page)}
    assert [text for text in told if len(text.split()) > 3 and any(text in article for article in texts)] == []


def bodies(page: Path) -> list[str]:
    """The examples without their comments."""
    return [
        line.split(" // ")[0]
        for block in re.findall(r"^```vistka\n(.*?)^```", page.read_text("utf-8"), re.S | re.M)
        for line in block.splitlines()
    ]


def test_the_english_page_has_the_same_examples_and_headings() -> None:
    ukrainian, english = CORPUS / "GUIDELINES.md", CORPUS / "GUIDELINES.en.md"
    assert bodies(english) == bodies(ukrainian)
    levels = [re.findall(r"^(#+) (\d*)", page.read_text("utf-8"), re.M) for page in (ukrainian, english)]
    assert levels[0] == levels[1]
