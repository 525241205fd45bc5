"""The CRF: features, spans out of tags, a model that learns what it saw, the same bytes from the same documents."""

from __future__ import annotations

from pathlib import Path

from builders import document
from vistka.bench.crf import features, outermost, predict, train
from vistka.model import Document
from vistka.text import tokens

BLOCK = (
    "\n%% entities\nk = Київ\nl = Львів\nm = Міністерство енергетики України\nu = Україна\n%% relations\n%% stances\n"
)
SENTENCES = (
    "{Міністерка|JOB} приїхала до {Києва|LOC|k} {5 травня|DATE}. 🇺🇦\nУ {Львові|LOC|l} п’ять мостів.",
    "{Речник|JOB} виїхав зі {Львова|LOC|l} {7 червня|DATE}. Об'єднання мовчить.",
)


def article(marked: str, number: int = 1) -> Document:
    keys = [line for line in BLOCK.splitlines()[2:6] if f"|{line[0]}}}" in marked]
    block = BLOCK.replace("\n".join(BLOCK.splitlines()[2:6]), "\n".join(keys))
    return document(marked + block, doc_id=f"2025-05-0{number}-a")


TRAIN = [article(SENTENCES[0]), article(SENTENCES[1], 2)]


def spans(doc: Document) -> list[tuple[str, str]]:
    return [(m.label, m.text) for m in doc.mentions]


def test_of_nested_mentions_the_outermost_stays_without_its_entity() -> None:
    doc = article("Слово {Міністерства енергетики {України|LOC|u}|ORG|m} почули у {Києві|LOC|k}")
    assert spans(outermost(doc)) == [("ORG", "Міністерства енергетики України"), ("LOC", "Києві")]
    assert outermost(doc).entities == ()
    assert {m.entity for m in outermost(doc).mentions} == {None}


def test_a_token_knows_itself_and_two_neighbours_on_either_side() -> None:
    text = "Місто Львів чекає на п’ять нових мостів"
    rows = features(text, tokens(text))
    lviv = set(rows[1])
    assert {"w=львів", "shape=Xx", "title=True", "<ль", ">вів", "-1:w=місто", "1:w=чекає", "2:w=на"} <= lviv
    assert not any(name.startswith(("3:", "-2:")) for name in lviv)
    assert "first" in rows[0] and "last" in rows[-1]
    assert "shape=x’x" in rows[4]


def test_the_tagger_finds_what_it_learned_with_offsets_in_the_whole_text(tmp_path: Path) -> None:
    model = tmp_path / "ner.crf"
    train(TRAIN * 5, model)
    for doc, found in zip(TRAIN, predict(TRAIN, model)):
        assert spans(found) == spans(outermost(doc))
        assert all(found.text[m.start : m.end] == m.text for m in found.mentions)
        assert (found.entities, found.relations, found.stances) == ((), (), ())


def test_the_same_documents_give_the_same_model(tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(TRAIN, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
