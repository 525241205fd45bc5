"""Figures counted by hand on two tiny documents, and the tables made of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import document
from vistka.agreement import agreement
from vistka.findings import InputError
from vistka.model import Document
from vistka.resources import load_labels
from vistka.stats import (
    UNASSIGNED,
    Leaks,
    Seen,
    SplitStats,
    Stats,
    leaks_between_splits,
    median_length,
    seen_in_training,
)
from vistka.tables import agreement_table, between_markers, compared, corpus_tables
from vistka.text import sentences, tokens

NO_LEAKS = Leaks(stories={}, near_duplicates={})

# Прем'єрка | України | Юлія | Свириденко | їде | до | Києва | . || Київ | чекає | .      11 tokens, 2 sentences
TRAIN = """{Прем'єрка|JOB} {України|LOC|ua} {Юлія Свириденко|PERS|sv} їде до {Києва|LOC|kyiv}. {Київ|LOC|kyiv} чекає.
%% entities
ua = Україна | Q212
sv = Юлія Свириденко
kyiv = Київ | Q1899
%% relations
Юлія Свириденко | HOLDS_POSITION | Прем'єрка
Прем'єрка | POSITION_IN | України
%% stances
"""
# Свириденко | підтримує | КИЇВ | 🇺🇦                                                        4 tokens, 1 sentence
TEST = """{Свириденко|PERS|s} підтримує {КИЇВ|LOC|k} 🇺🇦
%% entities
s = Юлія Свириденко
k = Київ
%% relations
%% stances
support | reported | Свириденко | КИЇВ | підтримує
"""


def pair() -> list[Document]:
    return [
        document(TRAIN, "2025-05-01-a", "train", topic="politics"),
        document(TEST, "2025-05-02-b", "test", topic="war", genre="post", licence="CC-BY-4.0"),
    ]


def counted(*docs: Document) -> Stats:
    stats = Stats()
    for doc in docs:
        stats.add(doc, len(tokens(doc.text)), len(sentences(doc.text)))
    return stats


# --- figures --------------------------------------------------------------------------------------------------


def test_the_figures_of_a_document_are_those_counted_by_hand() -> None:
    assert counted(pair()[0]).splits["train"] == SplitStats(
        documents=1,
        sentences=2,
        tokens=11,
        characters=59,
        entities=3,
        mentions=Counter(JOB=1, LOC=3, PERS=1),
        relations=Counter(HOLDS_POSITION=1, POSITION_IN=1),
        topics=Counter(politics=1),
        genres=Counter(brief=1),
        origins=Counter(written=1),
        licences=Counter({"CC-BY-4.0": 1}),
        lengths=Counter({11: 1}),
    )


def test_stances_are_counted_by_polarity_and_by_attribution() -> None:
    part = counted(pair()[1]).splits["test"]
    assert (part.stances, part.attributions) == (Counter(support=1), Counter(reported=1))
    assert (part.tokens, part.sentences, part.characters) == (4, 1, 28)


def test_the_total_is_the_sum_of_the_splits_and_comes_last() -> None:
    stats = counted(*pair())
    assert [name for name, _ in stats.columns()] == ["train", "test", "total"]
    total = stats.total()
    assert (total.documents, total.tokens, total.sentences, total.entities) == (2, 15, 3, 5)
    assert total.mentions == Counter(JOB=1, LOC=4, PERS=2)
    assert total.lengths == Counter({11: 1, 4: 1})


def test_a_total_leaves_its_splits_as_they_were() -> None:
    stats = counted(*pair())
    stats.total()
    assert stats.total() == stats.total()
    assert stats.splits["train"].documents == 1


def test_a_document_without_a_split_is_counted_as_unassigned() -> None:
    stats = counted(document(TRAIN))
    assert [name for name, _ in stats.columns()] == [UNASSIGNED, "total"]


@given(st.lists(st.integers(0, 1), max_size=6), st.integers(0, 6))
@settings(deadline=None, max_examples=30)
def test_parts_counted_apart_and_merged_are_as_if_counted_together(which: list[int], cut: int) -> None:
    docs = [pair()[i] for i in which]
    first, second = counted(*docs[:cut]), counted(*docs[cut:])
    first.relations_in_window, second.relations_in_window = 3, 4
    first.merge(second)
    whole = counted(*docs)
    whole.relations_in_window = 7
    assert first == whole


@pytest.mark.parametrize(("lengths", "middle"), [([], 0.0), ([5], 5.0), ([5, 8], 6.5), ([1, 9, 9], 9.0)])
def test_the_median_length(lengths: list[int], middle: float) -> None:
    assert median_length(SplitStats(lengths=Counter(lengths))) == middle


def test_seen_mentions_compare_surface_and_entity_name_by_label_without_case() -> None:
    # КИЇВ is Київ in train; Свириденко has no such surface there, yet its entity's name
    assert seen_in_training(pair()) == Seen(mentions=2, surface_seen=1, named=2, name_seen=2)


def test_the_order_of_documents_does_not_matter_to_what_is_seen() -> None:
    assert seen_in_training(reversed(pair())) == seen_in_training(pair())


def test_a_surface_of_another_label_is_not_seen() -> None:
    docs = [pair()[0], document("{Київ|ORG|k} грає.\n%% entities\nk = Динамо\n", split="test")]
    assert seen_in_training(docs) == Seen(mentions=1, surface_seen=0, named=1, name_seen=0)


def test_values_have_no_name_to_be_seen() -> None:
    dated = "{Вчора|DATE} тихо.\n%% entities\n"
    docs = [document(dated, split="train"), document(dated, split="test"), document(dated, split="validation")]
    assert seen_in_training(docs) == Seen(mentions=1, surface_seen=1, named=0, name_seen=0)


# --- tables ---------------------------------------------------------------------------------------------------


def tables() -> dict[str, str]:
    return corpus_tables(counted(*pair()), seen_in_training(pair()), NO_LEAKS, load_labels())


def test_the_table_of_sizes() -> None:
    assert tables()["sizes"] == (
        "| | train | test | total |\n"
        "|---|---:|---:|---:|\n"
        "| documents | 1 | 1 | 2 |\n"
        "| sentences | 2 | 1 | 3 |\n"
        "| tokens | 11 | 4 | 15 |\n"
        "| mentions | 5 | 2 | 7 |\n"
        "| entities | 3 | 2 | 5 |\n"
        "| relations | 2 | 0 | 2 |\n"
        "| stances | 0 | 1 | 1 |"
    )


def test_the_table_of_lengths() -> None:
    assert tables()["lengths"].splitlines()[2:] == [
        "| train | 11 | 11 | 11 | 455 |",
        "| test | 4 | 4 | 4 | 500 |",
        "| total | 4 | 7.5 | 11 | 467 |",
    ]


def test_the_table_of_what_is_seen() -> None:
    assert tables()["seen"].splitlines()[2:] == ["| by surface | 1 | 2 | 50% |", "| by entity name | 2 | 2 | 100% |"]


def test_the_table_of_what_is_seen_without_a_test_split() -> None:
    found = corpus_tables(counted(), seen_in_training([]), NO_LEAKS, load_labels())
    assert found["seen"].splitlines()[2:] == ["| by surface | 0 | 0 | – |", "| by entity name | 0 | 0 | – |"]


def test_the_tables_of_labels_have_a_row_for_every_label() -> None:
    rows = tables()["mentions"].splitlines()[2:]
    assert len(rows) == 14
    assert rows[2].startswith("| `LOC` | 4 | anything on a map")
    assert len(tables()["relations"].splitlines()) == 2 + 24
    assert "| `reported` | 1 |" in tables()["stance"]


def test_the_table_of_composition_counts_documents_the_most_frequent_first() -> None:
    docs = [*pair(), document(TRAIN, "2025-05-03-c", topic="war")]
    found = corpus_tables(counted(*docs), seen_in_training(docs), NO_LEAKS, load_labels())["composition"]
    assert found.splitlines()[2:4] == ["| topic | war | 2 |", "| topic | politics | 1 |"]


# --- markers --------------------------------------------------------------------------------------------------

BEFORE, AFTER = "# Заголовок\n\nПроза про п'ять | таблиць.\n", "\nПісля \\1 таблиці.\n"


def marked(name: str, content: str) -> str:
    return f"<!-- table: {name}; made by `vistka stats --update` -->\n{content}<!-- end -->"


def test_only_what_stands_between_markers_is_replaced() -> None:
    text = BEFORE + marked("sizes", "стара\n") + "\nміж\n" + marked("seen", "") + AFTER
    found = between_markers(text, {"sizes": r"| нова \1 |", "seen": "| бачене |"}, Path("README.md"))
    wanted = BEFORE + marked("sizes", "\n| нова \\1 |\n\n") + "\nміж\n" + marked("seen", "\n| бачене |\n\n") + AFTER
    assert found == wanted


def test_replacing_twice_changes_nothing_more() -> None:
    once = between_markers(BEFORE + marked("sizes", "x\n"), tables(), Path("README.md"))
    assert between_markers(once, tables(), Path("README.md")) == once


@pytest.mark.parametrize("text", [BEFORE, BEFORE + marked("розміри", ""), marked("sizes", "") + marked("size", "")])
def test_an_unknown_name_or_no_marker_at_all_is_refused_with_the_names_there_are(text: str) -> None:
    with pytest.raises(InputError, match=r"^README\.md: no marked table, or one of an unknown name; .*sizes, seen$"):
        between_markers(text, {"sizes": "", "seen": ""}, Path("README.md"))


def test_a_marker_that_is_not_closed_is_no_table() -> None:
    with pytest.raises(InputError):
        between_markers("<!-- table: sizes; made by `vistka stats --update` -->\n", {"sizes": ""}, Path("README.md"))


def test_the_leak_audit_counts_stories_and_near_duplicates_between_splits() -> None:
    block = "\n%% entities\n%% relations\n%% stances\n"
    words = [f"слово{i}" for i in range(60)]
    reprint = [*words[:30], "інше", *words[31:]]
    documents = [
        document(" ".join(words) + block, doc_id="2025-05-01-a", split="train", story="one"),
        document(" ".join(reprint) + block, doc_id="2025-05-02-b", split="test", story="two"),
        document("Перший день" + block, doc_id="2025-05-03-c", split="train", story="three"),
        document("Другий день" + block, doc_id="2025-05-04-d", split="validation", story="three"),
    ]
    found = leaks_between_splits(lambda: documents)
    assert found.near_duplicates == {"train–validation": 0, "train–test": 1, "validation–test": 0}
    assert found.stories == {"train–validation": 1, "train–test": 0, "validation–test": 0}


def test_a_table_of_agreement_names_the_two_it_compares() -> None:
    text = "<!-- table: agreement-first-gold; made by `vistka stats --update` -->\n<!-- end -->\n"
    assert compared(text) == [("agreement-first-gold", "first", "gold")]
    found = agreement([(document(TRAIN), document(TRAIN))], load_labels(), resamples=100)
    assert "| mentions | F1 exact | 1.000 | 1.000–1.000 | 5 | 5 | 5 |" in agreement_table(found)
    assert compared("<!-- table: seen; made by `vistka stats --update` -->\n<!-- end -->\n") == []
