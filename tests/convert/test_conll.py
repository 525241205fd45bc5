"""CoNLL columns: what is written is what stands in the text, and tokens are laid over a text exactly or not at all."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from builders import document, metadata
from strategies import annotated
from vistka.convert.conll import LOSES, Misfit, lay, parse, render
from vistka.corpus import join
from vistka.io import in_order
from vistka.model import Annotation, Document
from vistka.tagging import outermost, runs
from vistka.text import tokens

MARKUP = """{Голова {Чернівецької|LOC|region} ОДА|ORG|oda} обʼєднав  {п’ять років|PERIOD}.
Прем'єрка {10\u00a0000 км|QUANT} 👩\u200d👧!
%% entities
region = Чернівецька область
oda = Чернівецька ОДА
"""
COLUMNS = """# doc_id = 2025-05-01-pidpys
Голова\tB-ORG
Чернівецької\tI-ORG
ОДА\tI-ORG
обʼєднав\tO
п’ять\tB-PERIOD
років\tI-PERIOD
.\tO

Прем'єрка\tO
10\tB-QUANT
000\tI-QUANT
км\tI-QUANT
👩\u200d👧\tO
!\tO

"""


def rows(text: str) -> list[list[tuple[str, str | None]]]:
    """Token and tag of every row of the only document, sentence by sentence."""
    (block,) = parse(text)
    return [[(row.token, row.tag) for row in sentence] for sentence in block.sentences]


def test_the_outermost_mentions_are_written_over_the_tokens_of_each_sentence() -> None:
    assert render(document(MARKUP)) == COLUMNS


def test_what_was_written_is_read_again() -> None:
    (block,) = parse(COLUMNS)
    assert (block.doc_id, block.line) == ("2025-05-01-pidpys", 1)
    first, second = block.sentences
    assert [(row.token, row.tag, row.line) for row in first[:2]] == [
        ("Голова", "B-ORG", 2),
        ("Чернівецької", "I-ORG", 3),
    ]
    assert (second[0].token, second[0].line) == ("Прем'єрка", 10)


def test_a_sentence_that_a_mention_crosses_goes_on() -> None:
    doc = document("Фільм {Київ. Любов|ART|f} вийшов. Кінець.\n%% entities\nf = Київ. Любов\n")
    lines = render(doc).split("\n\n")
    assert [len(part.splitlines()) for part in lines if part] == [7, 2]  # the id and six rows, two rows


def made(text: str, record: Annotation) -> Document:
    return join(record.doc_id, text, metadata(), record, None)


@settings(max_examples=300, deadline=None)
@given(annotated)
@example(("", Annotation("vistka/annotation/1", "2025-05-01-a", "", (), (), (), ())))
def test_every_outermost_mention_on_token_edges_comes_back(pair: tuple[str, Annotation]) -> None:
    text, record = pair
    starts, ends = {a for a, _ in tokens(text)}, {b for _, b in tokens(text)}
    whole = tuple(m for m in record.mentions if m.start in starts and m.end in ends)
    doc = in_order(made(text, replace(record, mentions=whole, relations=(), stances=())))
    (block,) = parse(render(doc))
    spans = lay([row.token for sentence in block.sentences for row in sentence], text)
    assert not isinstance(spans, Misfit)
    found, first = [], 0
    for sentence in block.sentences:
        for a, b, label in runs([row.tag or "" for row in sentence]):
            found.append((spans[first + a][0], spans[first + b - 1][1], label))
        first += len(sentence)
    assert found == [(m.start, m.end, m.label) for m in outermost(whole)]
    assert "mentions inside mentions" in LOSES


@pytest.mark.parametrize("head", ["# doc_id = суми\n-DOCSTART- O\n", "-DOCSTART- O\n\n# doc_id = суми\n"])
def test_an_id_and_a_mark_without_rows_between_open_one_document(head: str) -> None:
    (block,) = parse(f"{head}\nСуми\tB-LOC\n")
    assert (block.doc_id, block.line) == ("суми", 1)


def test_documents_begin_at_an_id_or_a_mark() -> None:
    text = (
        "Ось O\n\n# doc_id = перший\nКиїв B-LOC\n\n# newdoc id = другий\n# text = Львів\n# sent_id = 1\nЛьвів B-LOC\n"
        "-DOCSTART- -X- -X- O\n\nОдеса NNP I-NP B-LOC\n\n-DOCSTART-\n# doc_id = п'ятий\n\nХарків B-LOC"
    )
    assert [(b.doc_id, [[r.token for r in s] for s in b.sentences]) for b in parse(text)] == [
        (None, [["Ось"]]),
        ("перший", [["Київ"]]),
        ("другий", [["Львів"]]),
        (None, [["Одеса"]]),
        ("п'ятий", [["Харків"]]),
    ]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("Київ\tB-LOC", ("Київ", "B-LOC")),
        ("Київ\tNOUN\t_\tB-LOC\r", ("Київ", "B-LOC")),
        ("Київ   NOUN  B-LOC ", ("Київ", "B-LOC")),
        ("10\u00a0000 B-QUANT", ("10\u00a0000", "B-QUANT")),
        ("Нова Зеландія\tB-LOC", ("Нова Зеландія", "B-LOC")),
        ("#\tO", ("#", "O")),
        ("# O", ("#", "O")),
        ("#Вістка B-MISC", ("#Вістка", "B-MISC")),
        ("=\tO", ("=", "O")),
        ("Київ", ("Київ", None)),
        ("Київ\t", ("Київ", "")),
    ],
)
def test_the_token_is_the_first_column_and_the_tag_the_last(line: str, row: tuple[str, str | None]) -> None:
    assert rows(line) == [[row]]


@pytest.mark.parametrize("line", ["# text = Вітамін O", "# source = https://one.example/O", "# нотатка", "#"])
def test_a_comment_is_no_row(line: str) -> None:
    assert rows(f"{line}\nКиїв\tB-LOC\n") == [[("Київ", "B-LOC")]]


def test_tokens_are_found_next_to_each_other_over_whitespace_and_what_shows_nothing() -> None:
    text = " \u200bПрем'єр  з\u00a0Києва\n❤\ufe0f Львів\u00ad.\n"
    words = ["Прем'єр", "з", "Києва", "❤", "Львів", "."]
    spans = lay(words, text)
    assert spans == [(2, 9), (11, 12), (13, 18), (19, 20), (22, 27), (28, 29)]


def test_a_token_may_hold_what_else_is_passed_over() -> None:
    assert lay(["10 000", " ", "❤\ufe0f"], "10 000  ❤\ufe0f") == [(0, 6), (6, 7), (8, 10)]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["Прем’єр", "їде"], Misfit(0, "Прем’єр", 0, "Прем'єр їде до Львов")),
        (["Прем'єр", "до"], Misfit(1, "до", 8, "їде до Львова.")),
        (["Прем'єр", "ї", "де", "до", "Львова"], Misfit(5, None, 21, ".")),
        (["Прем'єр", "їде", "до", "Львова", ".", "."], Misfit(5, ".", 22, "")),
        (["Прем'єр", "", "їде"], Misfit(1, "", 8, "їде до Львова.")),
        ([], Misfit(0, None, 0, "Прем'єр їде до Львов")),
    ],
)
def test_the_first_token_that_does_not_fit_is_named_with_what_stands_there(words: list[str], fault: Misfit) -> None:
    assert lay(words, "Прем'єр їде до Львова.") == fault


@settings(max_examples=200, deadline=None)
@given(annotated)
def test_tokens_laid_over_a_text_are_slices_of_it_in_order(pair: tuple[str, Annotation]) -> None:
    text = pair[0]
    words = [text[a:b] for a, b in tokens(text)]
    spans = lay(words, text)
    assert not isinstance(spans, Misfit)
    assert [text[a:b] for a, b in spans] == words
    assert all(one[1] <= two[0] for one, two in pairwise(spans))


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("Київ O#=-B\t\n\r\u00a0DOCSTART_idnew"), max_size=60))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    for block in parse(text):
        lay([row.token for sentence in block.sentences for row in sentence], text)
