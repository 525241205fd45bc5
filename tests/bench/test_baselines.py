"""Majority and logistic regression: they learn what they are shown, always the same, and keep to the scheme."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from builders import document
from conftest import ROOT
from vistka.bench import relations, stance
from vistka.bench.counts import figures
from vistka.bench.data import load
from vistka.bench.run import blank
from vistka.bench.systems import Setup, System, Task, make
from vistka.bench.systems.logistic_system import Words, features, marked
from vistka.documents import whole_sentences
from vistka.findings import MissingExtra, UsageError
from vistka.model import Document
from vistka.publish.batch import Batch, LabelIndex
from vistka.resources import load_labels

LABELS = load_labels()
NAMES = ("majority", "logistic")
PEOPLE = ("Оксана Мар’яненко", "Ігор Їжак", "Соломія П'ятко", "Лев Щур", "Ганна Юрчук", "Остап Єць")
TOWNS = ("Львові", "Одесі", "Харкові", "Києві", "Умані", "Луцьку")


def article(number: int) -> Document:
    """Who leads a body, who meets whom, who supports and who condemns whom; names differ from article to article."""
    one, two = PEOPLE[number % 6], PEOPLE[(number + 1) % 6]
    town = TOWNS[number % 6]
    first = f"{{{one}|PERS|a}} зустрілася з {{{two}|PERS|b}} у {{{town}|LOC|t}} 🇺🇦."
    markup = f"""{{Директорка|JOB}} {{Обʼєднання|ORG|o}} {first}
{{{one}|PERS|a}} гаряче підтримала {{{town}|LOC|t}}. {{{two}|PERS|b}} різко засудив {{Обʼєднання|ORG|o}}.
%% entities
o = Об'єднання
a = {one}
b = {two}
t = {town}
%% relations
{one} | HOLDS_POSITION | Директорка
Директорка | POSITION_IN | Обʼєднання
{one} | HEADS | Обʼєднання
{one} | MEETS_WITH | {two}
%% stances
support | reported | {one}#2 | {town}#2 | гаряче підтримала
support | reported | {one}#2 | Обʼєднання | гаряче
oppose | reported | {two}#2 | Обʼєднання#2 | різко засудив
"""
    return document(markup, doc_id=f"2025-05-{number + 1:02}-a")


TRAIN = [article(number) for number in range(6)]
ASKED = [replace(article(8), doc_id="2025-06-01-b"), article(9)]


def trained(name: str, task: Task, train: Sequence[Document] = TRAIN, seed: int = 0) -> System:
    system = make(name, Setup(task, "", seed, LABELS, Path()))
    system.train(train)
    return system


def asked(system: System, task: Task, documents: Sequence[Document]) -> list[Document]:
    return list(system.predict(blank(task, doc) for doc in documents))


def told(doc: Document) -> list[tuple[str, str, str]]:
    text = {mention.id: mention.text for mention in doc.mentions}
    return [(text[r.head], r.label, text[r.tail]) for r in doc.relations]


# --- relations ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_relations_seen_in_training_are_found_in_other_articles(name: str) -> None:
    for gold, found in zip(ASKED, asked(trained(name, "relations"), "relations", ASKED)):
        assert set(told(found)) == set(told(gold))
        assert [r.id for r in found.relations] == [f"r{i}" for i in range(1, len(found.relations) + 1)]
        assert (found.mentions, found.entities, found.stances) == (gold.mentions, gold.entities, ())


def test_the_majority_of_a_look_decides_and_no_relation_may_be_it() -> None:
    lines = "\n%% entities\nk = Кіт\nr = Рись\n%% relations\n{}%% stances\n"
    text = "{Кіт|PERS|k} і {Рись|ORG|r}"
    with_one, with_none = document(text + lines.format("Кіт | HEADS | Рись\n")), document(text + lines.format(""))
    few, many = [with_one, with_none, with_none], [with_one, with_one, with_none]
    assert told(asked(trained("majority", "relations", few), "relations", [with_none])[0]) == []
    assert told(asked(trained("majority", "relations", many), "relations", [with_none])[0]) == [
        ("Кіт", "HEADS", "Рись")
    ]


def test_features_tell_labels_order_distance_and_words() -> None:
    batch = Batch([article(0)], LabelIndex(LABELS))
    words = Words(batch)
    texts = [mention.text for mention in batch.mentions]
    one, two = texts.index("Оксана Мар’яненко"), texts.index("Ігор Їжак")
    row = set(features(words, (one, two)))
    assert {"PERS<PERS", "<зустрілася", "<зуст…", "<зустрілася з", "gap=2", "hfirst=оксана", "tlast=їжак"} <= row
    assert {"h-1=обʼєднання", "t+1=у", "sentences=0PERS<PERS"} <= row
    assert {"PERS>PERS", ">зустрілася"} <= set(features(words, (two, one)))
    assert {"h-1=", "h-2="}.isdisjoint(features(words, (0, 1)))


# --- stance ---------------------------------------------------------------------------------------------------


def test_majority_gives_every_stance_the_commonest_polarity() -> None:
    found = asked(trained("majority", "stance"), "stance", ASKED)
    assert [[s.polarity for s in doc.stances] for doc in found] == [["support"] * 3] * 2


def test_the_classifier_reads_the_expression() -> None:
    found = asked(trained("logistic", "stance"), "stance", ASKED)
    assert found == [replace(doc, relations=()) for doc in ASKED]


def test_the_ends_of_holder_target_and_expression_are_marked() -> None:
    doc = article(0)
    text = marked(doc.text, whole_sentences(doc), doc.stances[-1])
    assert " ".join(text.split()) == (
        "holder0 Ігор Їжак holder1 expression0 різко засудив expression1 target0 Обʼєднання target1 ."
    )


def test_one_polarity_in_training_is_all_there_is_to_say() -> None:
    only = [replace(doc, stances=doc.stances[-1:]) for doc in TRAIN]
    found = asked(trained("logistic", "stance", only), "stance", ASKED)
    assert {s.polarity for doc in found for s in doc.stances} == {"oppose"}


# --- both -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["relations", "stance"])
@pytest.mark.parametrize("name", NAMES)
def test_training_twice_gives_the_same_predictions_whatever_the_seed(name: str, task: Task) -> None:
    once = asked(trained(name, task), task, ASKED)
    assert asked(trained(name, task, seed=7), task, ASKED) == once


@pytest.mark.parametrize("task", ["relations", "stance"])
@pytest.mark.parametrize("name", NAMES)
def test_gold_of_what_is_asked_changes_nothing(name: str, task: Task) -> None:
    system = trained(name, task)
    spoiled = [
        replace(
            doc,
            relations=tuple(replace(r, label="CITES") for r in doc.relations) if task == "relations" else (),
            stances=tuple(replace(s, polarity="neutral") for s in doc.stances),
        )
        for doc in ASKED
    ]
    assert list(system.predict(spoiled)) == asked(system, task, ASKED)


@pytest.mark.parametrize("task", ["relations", "stance"])
@pytest.mark.parametrize("name", NAMES)
def test_an_empty_article_teaches_nothing_and_stays_empty(name: str, task: Task) -> None:
    empty = document("Тиша.\n%% entities\n")
    assert asked(trained(name, task, [empty]), task, [empty]) == [empty]
    assert asked(trained(name, task), task, [empty]) == [empty]


@pytest.mark.parametrize("name", NAMES)
def test_an_argument_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="takes no argument"):
        make(name, Setup("stance", "щось", 0, LABELS, Path()))


def test_without_scikit_learn_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtra, match=r"vistka\[learn\]"):
        make("logistic", Setup("relations", "", 0, LABELS, Path()))


# --- the corpus -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_relations_found_in_the_corpus_obey_the_scheme_and_beat_a_floor(name: str) -> None:
    data = load(str(ROOT / "corpus"))
    gold = data.split("validation")
    found = asked(trained(name, "relations", data.split("train")[::4]), "relations", gold)
    for doc in found:
        mention = {m.id: m for m in doc.mentions}
        for r in doc.relations:
            head, tail = mention[r.head], mention[r.tail]
            assert head.entity is None or head.entity != tail.entity
            assert (r.label, head.label, tail.label) in LABELS.signatures
            assert r.label not in LABELS.symmetric or (head.start, -head.end) < (tail.start, -tail.end)
        assert len({(r.head, r.tail) for r in doc.relations}) == len(doc.relations)
    f1 = figures(relations.tables(gold, found, [], LABELS)["strict"], resamples=0)[0].f1
    assert f1 is not None and f1 > 0.45


@pytest.mark.parametrize(("name", "floor"), [("majority", 0.5), ("logistic", 0.7)])
def test_polarities_in_the_corpus_are_told_better_than_a_floor(name: str, floor: float) -> None:
    data = load(str(ROOT / "corpus"))
    gold = data.split("validation")
    found = asked(trained(name, "stance", data.split("train")[::4]), "stance", gold)
    f1 = figures(stance.tables(gold, found, LABELS)["tuple"], resamples=0)[0].f1
    assert f1 is not None and f1 > floor
