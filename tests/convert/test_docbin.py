"""DocBin: the text and every outermost mention survive, whatever spaCy's tokens are."""

from __future__ import annotations

import pytest
import spacy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spacy.tokens import DocBin

from builders import document, metadata
from strategies import annotated
from vistka.convert.docbin import LOSES, Tagged, parse, render
from vistka.corpus import join
from vistka.findings import InputError
from vistka.model import Annotation, Document, Mention
from vistka.tagging import outermost
from vistka.text import sha256

TEXT = "🇺🇦  Голова Чернівецької  ОДА\nобʼєднав 10\u00a0000 прем’єрів у п'ятому\u200b залі. \n"
MARKUP = TEXT.replace("Голова Чернівецької  ОДА", "{Голова {Чернівецької|LOC|r}  ОДА|ORG|o}").replace(
    "10\u00a0000", "{10\u00a0000|QUANT}"
)
BLOCK = "\n%% entities\nr = Чернівецька область\no = Чернівецька ОДА\n"


def made(text: str, *spans: tuple[int, int, str]) -> Document:
    mentions = tuple(Mention(f"m{i}", label, a, b, text[a:b]) for i, (a, b, label) in enumerate(spans))
    record = Annotation("vistka/annotation/1", "2025-05-01-a", sha256(text), (), mentions, (), ())
    return join(record.doc_id, text, metadata(), record, None)


def test_the_text_and_the_outermost_mentions_are_written_and_read() -> None:
    doc = document(MARKUP + BLOCK)
    assert doc.text == TEXT
    assert parse(render([doc])) == [Tagged(doc.doc_id, TEXT, ((4, 28, "ORG"), (38, 44, "QUANT")))]


def test_spacy_itself_reads_what_was_written() -> None:
    doc = document(MARKUP + BLOCK)
    (back,) = DocBin().from_bytes(render([doc])).get_docs(spacy.blank("uk").vocab)
    assert back.text == TEXT
    assert [(entity.text, entity.label_) for entity in back.ents] == [
        ("Голова Чернівецької  ОДА", "ORG"),
        ("10\u00a0000", "QUANT"),
    ]
    assert back.user_data["doc_id"] == doc.doc_id


def test_spacys_own_tokens_are_kept_where_the_mentions_lie_on_them() -> None:
    doc = document("У {Києві|LOC|k} тепло, +5°C.\n%% entities\nk = Київ\n")
    pipeline = spacy.blank("uk")
    (back,) = DocBin().from_bytes(render([doc])).get_docs(pipeline.vocab)
    assert [token.text for token in back] == [token.text for token in pipeline(doc.text)]


@pytest.mark.parametrize("span", [(1, 3), (0, 4), (4, 6), (3, 5), (5, 6), (7, 9), (9, 10)])
def test_a_mention_that_ends_inside_a_token_or_on_a_space_is_kept(span: tuple[int, int]) -> None:
    text = "Київ  і 🇺🇦 п'ять"
    doc = made(text, (*span, "MISC"))
    assert parse(render([doc])) == [Tagged(doc.doc_id, text, ((*span, "MISC"),))]


@settings(max_examples=150, deadline=None)
@given(annotated)
@example(("", Annotation("vistka/annotation/1", "2025-05-01-a", sha256(""), (), (), (), ())))
@example((" \n ", Annotation("vistka/annotation/1", "2025-05-01-a", sha256(" \n "), (), (), (), ())))
def test_every_document_comes_back_but_for_what_is_said_to_be_lost(pair: tuple[str, Annotation]) -> None:
    text, record = pair
    doc = join(record.doc_id, text, metadata(), record, None)
    kept = tuple((m.start, m.end, m.label) for m in outermost(record.mentions))
    assert parse(render([doc, doc])) == [Tagged(record.doc_id, text, kept)] * 2
    assert "mentions inside mentions" in LOSES


def test_the_span_group_is_read_where_a_doc_has_no_entities() -> None:
    doc = spacy.blank("uk")("Голова Чернівецької ОДА")
    doc.spans["sc"] = [doc.char_span(0, 23, "ORG"), doc.char_span(7, 19, "LOC")]
    assert parse(DocBin(docs=[doc]).to_bytes()) == [Tagged(None, doc.text, ((0, 23, "ORG"), (7, 19, "LOC")))]


def test_an_id_that_is_no_text_is_none() -> None:
    doc = spacy.blank("uk")("Київ")
    doc.user_data["doc_id"] = 7
    assert parse(DocBin(docs=[doc], store_user_data=True).to_bytes()) == [Tagged(None, "Київ", ())]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_bytes_that_are_no_docbin_are_an_input_error(data: bytes) -> None:
    with pytest.raises(InputError, match="no DocBin"):
        parse(data)
