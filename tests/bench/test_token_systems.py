"""Gazetteer, CRF and spaCy: features, what they learn, offsets in the whole text, the same from the same documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import document
from vistka.bench.run import blank
from vistka.bench.systems import Setup, System, make
from vistka.bench.systems.crf_system import features
from vistka.bench.systems.morphology import analyser
from vistka.findings import UsageError
from vistka.model import Document
from vistka.resources import load_labels
from vistka.tagging import outermost
from vistka.text import tokens

NAMES = {"k": "Київ", "l": "Львів", "m": "Міністерство енергетики України", "u": "Україна"}
SENTENCES = (
    "{Міністерка|JOB} приїхала до {Києва|LOC|k} {5 травня|DATE}. 🇺🇦\nУ {Львові|LOC|l} п’ять мостів.",
    "{Речник|JOB} виїхав зі {Львова|LOC|l} {7 червня|DATE}. Об'єднання мовчить.",
)
TAGGERS = ["gazetteer", "gazetteer:lemma", "crf", "crf:morph", "spacy"]


def article(marked: str, number: int = 1) -> Document:
    keys = "".join(f"{key} = {name}\n" for key, name in NAMES.items() if f"|{key}}}" in marked)
    return document(f"{marked}\n%% entities\n{keys}%% relations\n%% stances\n", doc_id=f"2025-05-0{number}-a")


TRAIN = [article(SENTENCES[0]), article(SENTENCES[1], 2)]


def spans(doc: Document) -> list[tuple[str, str]]:
    return [(m.label, m.text) for m in outermost(doc.mentions)]


def tagger(name: str, folder: Path, seed: int = 0) -> System:
    system, _, argument = name.partition(":")
    return make(system, Setup("ner", argument, seed, load_labels(), folder))


def predicted(name: str, folder: Path, train: list[Document], asked: list[Document]) -> list[Document]:
    found = tagger(name, folder)
    found.train(train)
    return list(found.predict([blank("ner", doc) for doc in asked]))


def test_a_token_knows_itself_and_two_neighbours_on_either_side() -> None:
    text = "Місто Львів чекає на п’ять нових мостів"
    rows = features(text, tokens(text))
    lviv = set(rows[1])
    assert {"w=львів", "shape=Xx", "title=True", "<ль", ">вів", "-1:w=місто", "1:w=чекає", "2:w=на"} <= lviv
    assert not any(name.startswith(("3:", "-2:")) for name in lviv)
    assert "first" in rows[0] and "last" in rows[-1]
    assert "shape=x’x" in rows[4]


def test_morphology_adds_lemma_part_of_speech_case_and_marks_of_names() -> None:
    assert {"lemma=міністр", "pos=NOUN", "case=gent"} <= set(analyser()("міністра"))
    assert "is=Name" in analyser()("Олександра")


@pytest.mark.parametrize("name", TAGGERS)
def test_a_tagger_finds_what_it_learned_with_offsets_in_the_whole_text(name: str, tmp_path: Path) -> None:
    for doc, found in zip(TRAIN, predicted(name, tmp_path, TRAIN * 5, TRAIN)):
        assert spans(found) == spans(doc)
        assert all(found.text[m.start : m.end] == m.text for m in found.mentions)
        assert (found.entities, found.relations, found.stances) == ((), (), ())


@pytest.mark.parametrize("name", TAGGERS)
def test_a_tagger_reaches_the_end_of_a_long_document_and_keeps_off_blanks(name: str, tmp_path: Path) -> None:
    long = article("\n\n".join([SENTENCES[0].replace("|k}", "}").replace("|l}", "}")] * 60))
    found = predicted(name, tmp_path, TRAIN * 5, [long])[0]
    assert found.mentions[-1].end > len(long.text) - 20
    assert all(m.text == m.text.strip() for m in found.mentions)


@pytest.mark.parametrize("name", TAGGERS)
def test_the_same_documents_and_seed_give_the_same_predictions(name: str, tmp_path: Path) -> None:
    one, two = (tmp_path / folder for folder in "ab")
    one.mkdir(), two.mkdir()
    assert predicted(name, one, TRAIN, TRAIN) == predicted(name, two, TRAIN, TRAIN)


def test_a_gazetteer_takes_the_longest_name_and_only_what_is_mostly_a_name(tmp_path: Path) -> None:
    train = [article("{Міністерство енергетики {України|LOC|u}|ORG|m} мовчить. Київ. Київ. {Київ|LOC|k}.")]
    asked = article("Міністерство енергетики України й України, Київ")
    assert spans(predicted("gazetteer", tmp_path, train, [asked])[0]) == [("ORG", "Міністерство енергетики України")]


def test_dictionary_forms_find_another_case(tmp_path: Path) -> None:
    asked = article("Над Києвом ясно")
    assert spans(predicted("gazetteer", tmp_path, TRAIN, [asked])[0]) == []
    assert spans(predicted("gazetteer:lemma", tmp_path, TRAIN, [asked])[0]) == [("LOC", "Києвом")]


def test_a_pipeline_that_you_have_is_loaded_and_not_trained(tmp_path: Path) -> None:
    import spacy

    made = spacy.blank("uk")
    ruler = made.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "LOC", "pattern": "Києва"}])  # type: ignore[attr-defined]
    made.to_disk(tmp_path / "pipeline")
    found = predicted(f"spacy:{tmp_path / 'pipeline'}", tmp_path, TRAIN, TRAIN)
    assert [spans(doc) for doc in found] == [[("LOC", "Києва")], []]


@pytest.mark.parametrize("name", ["crf:x", "gazetteer:x", "unheard-of", "spacy:/no/such/pipeline", "predictions:"])
def test_a_wrong_name_or_argument_is_an_error_that_names_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=name.split(":")[-1] or "predictions:FILE") as error:
        tagger(name, tmp_path)
    assert isinstance(error.value, UsageError) or name.startswith("spacy:")
