"""What the articles promise: length, form, sources, variety. The validator judges the rest."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from vistka.corpus import Corpus
from vistka.model import Document
from vistka.resources import load_labels
from vistka.text import tokens

CORPUS = Corpus(Path(__file__).resolve().parents[1] / "corpus")
DOCUMENTS = list(CORPUS.documents())
WRITTEN = [doc for doc in DOCUMENTS if doc.metadata.origin == "written"]
STOCK = re.compile(
    "йдеться у повідомленні|йдеться в повідомленні|варто зазначити|слід зазначити|як відомо|нагадаємо", re.I
)


def ids(documents: list[Document]) -> list[str]:
    return [doc.doc_id for doc in documents]


def test_corpus_1_has_240_articles_of_60_000_tokens_in_fixed_splits() -> None:
    assert Counter(doc.split for doc in DOCUMENTS) == {"train": 168, "validation": 24, "test": 48}
    assert sum(len(tokens(doc.text)) for doc in DOCUMENTS) >= 60_000
    assert median(len(doc.text.split()) for doc in DOCUMENTS) > 200


def test_twelve_topics_have_fifteen_to_twenty_five_articles_each() -> None:
    counts = Counter(doc.metadata.topic for doc in DOCUMENTS)
    assert set(counts) == set(load_labels().vocabularies["topic"])
    assert all(15 <= count <= 25 for count in counts.values())


def test_all_genres_occur_with_25_columns_and_15_posts() -> None:
    counts = Counter(doc.metadata.genre for doc in DOCUMENTS)
    assert set(counts) == set(load_labels().vocabularies["genre"])
    assert counts["column"] >= 25
    assert counts["post"] >= 15


def test_forty_stories_are_covered_by_two_to_four_articles() -> None:
    counts = Counter(doc.metadata.story for doc in DOCUMENTS)
    assert sum(count >= 2 for count in counts.values()) >= 40
    assert max(counts.values()) <= 4


def test_all_of_test_and_sixty_documents_have_a_blind_second_pass() -> None:
    test = {doc.doc_id for doc in DOCUMENTS if doc.split == "test"}
    both = CORPUS.shared("first", "second")
    assert len(both) == 60
    assert test <= set(both)


@pytest.mark.parametrize("doc", DOCUMENTS, ids=ids(DOCUMENTS))
def test_an_article_has_120_to_700_words_in_tidy_paragraphs(doc: Document) -> None:
    assert 120 <= len(doc.text.split()) <= 700
    assert not re.search(r"\n\n|\r|  |[ \t]\n|\n[ \t]|^\s|\s$|[{}|\\]", doc.text)


@pytest.mark.parametrize("doc", WRITTEN, ids=ids(WRITTEN))
def test_a_written_article_rests_on_two_publishers_addresses_by_https(doc: Document) -> None:
    assert len({source.url for source in doc.metadata.sources}) >= 2
    assert len({source.publisher for source in doc.metadata.sources}) >= 2
    assert all(re.match(r"https?://", source.url) for source in doc.metadata.sources)


@pytest.mark.parametrize("doc", WRITTEN, ids=ids(WRITTEN))
def test_a_written_article_has_no_stock_phrase(doc: Document) -> None:
    assert STOCK.findall(doc.text) == []


@pytest.mark.parametrize("doc", DOCUMENTS, ids=ids(DOCUMENTS))
def test_the_entities_of_a_document_differ_in_label_or_name(doc: Document) -> None:
    label = {mention.entity: mention.label for mention in doc.mentions if mention.entity}
    counts = Counter((label[entity.id], entity.name) for entity in doc.entities)
    assert [name for name, count in counts.items() if count > 1] == []


def test_one_thing_has_one_canonical_name_in_the_corpus() -> None:
    """Names that differ in apostrophes, quotes or case alone are one name written twice."""
    spelled: dict[str, set[str]] = {}
    for name in {entity.name for doc in DOCUMENTS for entity in doc.entities}:
        spelled.setdefault(re.sub("[’'ʼ\"«»“”„]", "", name.casefold()), set()).add(name)
    assert [sorted(names) for names in spelled.values() if len(names) > 1] == []


def test_a_wikidata_item_belongs_to_one_name_and_a_name_to_one_item() -> None:
    pairs = {(entity.name, entity.wikidata) for doc in DOCUMENTS for entity in doc.entities if entity.wikidata}
    assert [name for name, count in Counter(name for name, _ in pairs).items() if count > 1] == []
    assert [item for item, count in Counter(item for _, item in pairs).items() if count > 1] == []
