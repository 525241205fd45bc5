"""Passes and log make gold; questions are asked once, and answers do what they say."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from builders import DOC_ID, metadata, write_corpus
from strategies import annotations, texts
from vistka.adjudication import decisions, items, of_gold, of_passes, reconcile
from vistka.cli import vistka as command
from vistka.convert.inline import parse
from vistka.findings import InputError
from vistka.io import canonical, renumbered
from vistka.model import Annotation
from vistka.questions import Answer, Question, answer_of, answered, questions, render

TEXT = "Голова Харківської ОВА Марчук підтримав п’ять проєктів ЄС 🇪🇺, а Коваль із ним зустрілася."
FIRST = """{Голова|JOB} {Харківської ОВА|ORG|oda} {Марчук|PERS|marchuk} підтримав п’ять проєктів {ЄС|LOC|eu} 🇪🇺, \
а {Коваль|PERS|koval} із ним зустрілася.
%% entities
oda = Харківська ОВА
marchuk = Марчук
eu = ЄС
koval = Коваль
%% relations
Марчук | HEADS | Харківської ОВА
Марчук | MEETS_WITH | Коваль
%% stances
support | reported | Марчук | ЄС | підтримав
"""
SECOND = """{Голова|JOB} {Харківської|LOC|kharkiv} {ОВА|ORG|ova} {Марчук|PERS|m} підтримав п’ять проєктів {ЄС|ORG|eu} \
🇪🇺, а {Коваль|PERS|k} із ним зустрілася.
%% entities
kharkiv = Харківщина
ova = ОВА
m = Марчук
eu = Європейський Союз
k = Олена Коваль
%% relations
Марчук | HOLDS_POSITION | Голова
%% stances
support | reported | Марчук | ~п’ять проєктів ЄС | підтримав
"""


def passes(first: str = FIRST, second: str = SECOND) -> tuple[str, Annotation, Annotation]:
    (text, one), (other, two) = parse(first, DOC_ID), parse(second, DOC_ID)
    assert text == other == TEXT
    return text, one, two


def asked(first: str = FIRST, second: str = SECOND) -> list[Question]:
    return questions(*passes(first, second))


def surfaces(side: tuple[tuple[object, ...], ...]) -> list[str]:
    return [TEXT[m[0] : m[1]] for m in side]  # type: ignore[misc]


@st.composite
def three(draw: st.DrawFn) -> tuple[str, Annotation, Annotation, Annotation]:
    """Two passes and a gold over one text, whatever they hold; gold with the passes' ids where it likes."""
    text = draw(texts)
    found = [renumbered(draw(annotations(text))) for _ in range(3)]
    for one in found:  # one fact twice is refused by the rules before anything is compared
        sizes = [len(layer) for layer in (one.entities, one.mentions, one.relations, one.stances)]
        assume([len(layer) for layer in items(one, {}).values()] == sizes)
    return text, *found  # type: ignore[return-value]


@settings(deadline=None, max_examples=150)
@given(three())
def test_passes_and_the_decisions_on_gold_make_that_gold(
    given_: tuple[str, Annotation, Annotation, Annotation],
) -> None:
    text, first, second, gold = given_
    log = decisions(first, second, gold)
    made = reconcile(text, first, second, log)
    assert items(made, {}) == of_gold(first, second, gold)
    assert decisions(first, second, made) == log
    assert [(m.label, m.start, m.end, m.text) for m in made.mentions] == [
        (m.label, m.start, m.end, m.text) for m in gold.mentions
    ]
    assert sorted(e.name for e in made.entities) == sorted(e.name for e in gold.entities)


@settings(deadline=None, max_examples=80)
@given(three())
def test_decisions_name_exactly_what_is_not_agreed(given_: tuple[str, Annotation, Annotation, Annotation]) -> None:
    _, first, second, gold = given_
    log = decisions(first, second, gold)
    ones, twos = of_passes(first, second)
    golds = of_gold(first, second, gold)
    differing = sum(len((ones[x] | twos[x] | golds[x]) - (ones[x] & twos[x] & golds[x])) for x in ones)
    assert len(log) == differing
    assert all(d.gold or d.passes != "neither" for d in log)


def test_equal_passes_leave_nothing_to_ask_or_to_log() -> None:
    text, one, _ = passes()
    assert questions(text, one, one) == []
    assert decisions(one, one, one) == []
    assert reconcile(text, one, one, []) == renumbered(one)


def test_equal_passes_with_other_ids_leave_nothing_to_ask() -> None:
    second = (
        FIRST.replace("|oda}", "|x}").replace("oda =", "x =").replace("|koval}", "|oda}").replace("koval =", "oda =")
    )
    assert asked(FIRST, second) == []


def test_overlapping_mentions_are_one_question() -> None:
    mentions = [q for q in asked() if q.layer == "mentions"]
    assert surfaces(mentions[0].a) == ["Харківської ОВА"]
    assert surfaces(mentions[0].b) == ["Харківської", "ОВА"]
    assert surfaces(mentions[1].a) == surfaces(mentions[1].b) == ["ЄС"]
    assert len(mentions) == 2


def test_the_names_of_one_entity_are_a_question() -> None:
    named = [(q.a[0][1], q.b[0][1]) for q in asked() if q.layer == "entities"]
    assert named == [("Коваль", "Олена Коваль")]


def by_layer(choices: dict[str, str]) -> Annotation:
    text, one, two = passes()
    found = questions(text, one, two)
    return answered(text, one, two, found, [Answer(choices[q.layer], "M3") for q in found])[0]


def test_the_first_reading_throughout_is_the_first_pass() -> None:
    _, one, _ = passes()
    assert by_layer(dict.fromkeys(("entities", "mentions", "relations", "stances"), "a")) == renumbered(one)


def test_the_second_reading_throughout_says_what_the_second_pass_says() -> None:
    _, _, two = passes()
    made = by_layer(dict.fromkeys(("entities", "mentions", "relations", "stances"), "b"))
    assert of_passes(made, two)[0] == of_passes(made, two)[1]
    assert [e.name for e in made.entities] == [e.name for e in renumbered(two).entities]


def test_what_stands_on_a_mention_that_fell_falls_with_it() -> None:
    made = by_layer({"entities": "a", "mentions": "none", "relations": "both", "stances": "both"})
    labels = sorted(r.label for r in made.relations)
    assert labels == ["HOLDS_POSITION", "MEETS_WITH"]  # HEADS had the body that was dropped
    assert [s.target.text for s in made.stances] == ["п’ять проєктів ЄС"]
    assert {e.name for e in made.entities} == {"Марчук", "Коваль"}


def test_a_relation_follows_its_mention_and_is_not_asked() -> None:
    second = FIRST.replace("{Харківської ОВА|ORG|oda}", "Харківської {ОВА|ORG|oda}").replace(
        "Харківської ОВА\nМарчук", "ОВА\nМарчук"
    )
    text, one, two = passes(FIRST, second)
    found = questions(text, one, two)
    assert [q.layer for q in found] == ["mentions"]
    for choice, surface in (("a", "Харківської ОВА"), ("b", "ОВА")):
        gold, _ = answered(text, one, two, found, [Answer(choice, "")])
        heads = next(r for r in gold.relations if r.label == "HEADS")
        assert next(m.text for m in gold.mentions if m.id == heads.tail) == surface


def test_the_reason_of_an_answer_stands_in_the_log() -> None:
    text, one, two = passes()
    found = questions(text, one, two)
    gold, why = answered(text, one, two, found, [Answer("a", f"правило {i}") for i, _ in enumerate(found)])
    log = decisions(one, two, gold, why)
    mention = next(d for d in log if d.layer == "mentions" and d.item[2] == "LOC" and d.passes == "second")
    assert (mention.gold, mention.why) == (False, "правило 1")


def test_a_kept_relation_without_its_mention_is_refused_with_its_name() -> None:
    text, one, two = passes()
    log = [d for d in decisions(one, two, one) if d.layer == "relations"]
    with pytest.raises(InputError, match="its mention is not: ORG 'Харківської ОВА'"):
        reconcile(text, one, two, log)


def test_a_mention_in_two_entities_is_refused() -> None:
    other = FIRST.replace("{Коваль|PERS|koval}", "{Коваль|PERS|marchuk}").replace("koval = Коваль\n", "")
    other = other.replace("Марчук | MEETS_WITH | Коваль\n", "")
    text, one, two = passes(FIRST, other)
    found = questions(text, one, two)
    with pytest.raises(InputError, match="'Коваль' is in two entities"):
        answered(text, one, two, found, [Answer("both", "") for _ in found])


def test_what_a_reader_put_into_gold_beside_the_passes_stays() -> None:
    text, one, two = passes()
    corrected = FIRST.replace("{ЄС|LOC|eu}", "{ЄС|LOC|union}").replace("eu = ЄС", "union = ЄС")
    corrected = corrected.replace("%% stances\n", "Коваль | ACCUSES | ЄС\n%% stances\n")
    _, gold = parse(corrected, DOC_ID)
    found = questions(text, one, two)
    made, _ = answered(text, one, two, found, [Answer("a", "") for _ in found], gold)
    assert "ACCUSES" in {r.label for r in made.relations}
    assert "eu" in {e.id for e in made.entities}


def test_an_answer_on_a_name_replaces_a_third_one_in_gold() -> None:
    text, one, two = passes()
    _, gold = parse(FIRST.replace("koval = Коваль", "koval = Олеся Коваль"), DOC_ID)
    found = questions(text, one, two)
    made, _ = answered(text, one, two, found, [Answer("b", "") for _ in found], gold)
    assert [e.name for e in made.entities if e.name.endswith("Коваль")] == ["Олена Коваль"]


def test_the_file_shows_the_answer_that_gold_gives() -> None:
    text, one, two = passes()
    found = questions(text, one, two)
    for gold, answer in ((one, "a"), (two, "b")):
        held = of_gold(one, two, gold)
        assert {answer_of(q, held) for q in found if q.a and q.b} == {answer}
    shown = render(found, {DOC_ID: text}, {DOC_ID: of_gold(one, two, one)}, "first", "second")
    assert "    gold: a\n\n=>\n" in shown
    assert "gold:" not in render(found, {DOC_ID: text}, {}, "first", "second").split("## ", 1)[1]


# --- the command ----------------------------------------------------------------------------------------------


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, FIRST), splits=f"doc_id,split\n{DOC_ID},train\n")
    for name, markup in (("first", FIRST), ("second", SECOND)):
        folder = root / "annotations" / name
        folder.mkdir(parents=True)
        (folder / f"{DOC_ID}.json").write_bytes(canonical(parse(markup, DOC_ID)[1]))
    return root


def run(corpus: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["adjudicate", *arguments, "--corpus", str(corpus)], standalone_mode=False)


def failure(result: Result) -> str:
    assert result.exception is not None
    return str(result.exception)


def fill(path: Path, choice: str) -> None:
    path.write_text(path.read_text("utf-8").replace("\n=>", f"\n=> {choice} // за M3"), encoding="utf-8")


def test_questions_answered_become_gold_and_a_log_that_makes_it_again(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "питання.md"
    assert "questions on 1 documents" in run(corpus, "first", "second", "--out", str(out)).output
    fill(out, "b")
    gold = corpus / "gold" / f"{DOC_ID}.json"
    before = gold.read_bytes()
    result = run(corpus, "first", "second", "--apply", str(out))
    assert result.exception is None, result.exception
    assert gold.read_bytes() != before
    assert {d["why"] for d in map(json.loads, (corpus / "adjudication.jsonl").read_text().splitlines()[2:])} >= {
        "за M3"
    }
    assert run(corpus, "--check").return_value == 0


def test_the_check_sees_a_gold_that_was_changed_behind_the_log(corpus: Path, tmp_path: Path) -> None:
    assert run(corpus, "first", "second", "--log").exception is None
    assert run(corpus, "--check").return_value == 0
    gold = corpus / "gold" / f"{DOC_ID}.json"
    made = msgspec.json.decode(gold.read_bytes(), type=Annotation)
    gold.write_bytes(canonical(msgspec.structs.replace(made, stances=())))
    result = run(corpus, "--check")
    assert result.return_value == 1
    assert DOC_ID in result.output
    assert run(corpus, "--log").exception is None
    assert run(corpus, "--check").return_value == 0


def test_logging_again_keeps_the_reasons(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.md"
    run(corpus, "first", "second", "--out", str(out))
    fill(out, "a")
    run(corpus, "first", "second", "--apply", str(out))
    before = (corpus / "adjudication.jsonl").read_bytes()
    run(corpus, "--log")
    assert (corpus / "adjudication.jsonl").read_bytes() == before


def test_a_settled_document_is_not_asked_again_and_keeps_its_decisions(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "перша хвиля.md"
    run(corpus, "first", "second", "--out", str(out))
    fill(out, "b")
    run(corpus, "first", "second", "--apply", str(out))
    before = (corpus / "adjudication.jsonl").read_bytes()
    later = "2025-05-02-pidpys"
    for name, markup in (("articles", FIRST), ("annotations/first", FIRST), ("annotations/second", SECOND)):
        text, annotation = parse(markup, later)
        ending, content = (".txt", text.encode()) if name == "articles" else (".json", canonical(annotation))
        (corpus / name / f"{later}{ending}").write_bytes(content)
    (corpus / "articles" / f"{later}.meta.json").write_bytes(canonical(metadata(published="2025-05-02")))
    more = tmp_path / "друга хвиля.md"
    assert "on 1 documents, 1 settled before" in run(corpus, "first", "second", "--out", str(more)).output
    assert DOC_ID not in more.read_text("utf-8")
    fill(more, "a")
    result = run(corpus, "first", "second", "--apply", str(more))
    assert result.exception is None, result.exception
    assert (corpus / "adjudication.jsonl").read_bytes().startswith(before)
    assert run(corpus, "--check").return_value == 0
    result = run(corpus, "first", "second", "--apply", str(out))
    assert result.exception is None, result.exception
    assert run(corpus, "--check").return_value == 0


def test_a_corrected_answer_file_is_applied_again(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.md"
    run(corpus, "first", "second", "--out", str(out))
    fill(out, "a")
    run(corpus, "first", "second", "--apply", str(out))
    before = (corpus / "gold" / f"{DOC_ID}.json").read_bytes()
    out.write_text(out.read_text("utf-8").replace("=> a //", "=> b //"), encoding="utf-8")
    result = run(corpus, "first", "second", "--apply", str(out))
    assert result.exception is None, result.exception
    assert (corpus / "gold" / f"{DOC_ID}.json").read_bytes() != before


def test_a_pass_decided_elsewhere_becomes_gold_and_is_logged_by_its_name(corpus: Path) -> None:
    folder = corpus / "annotations" / "decided"
    folder.mkdir()
    decided = parse(SECOND, DOC_ID)[1]
    (folder / f"{DOC_ID}.json").write_bytes(canonical(decided))
    result = run(corpus, "first", "second", "--take", "decided")
    assert result.exception is None, result.exception
    gold = msgspec.json.decode((corpus / "gold" / f"{DOC_ID}.json").read_bytes(), type=Annotation)
    assert items(gold, {})["relations"] == items(decided, {})["relations"]
    whys = {json.loads(line)["why"] for line in (corpus / "adjudication.jsonl").read_text("utf-8").splitlines()[1:]}
    assert whys == {"decided"}
    assert run(corpus, "--check").return_value == 0
    assert "name the pass" in failure(run(corpus, "first", "second", "--take", "second"))


def test_an_open_question_is_named_and_nothing_is_written(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.md"
    run(corpus, "first", "second", "--out", str(out))
    assert "have no answer yet: 1, 2" in failure(run(corpus, "first", "second", "--apply", str(out)))
    assert not (corpus / "adjudication.jsonl").exists()


def test_an_unknown_answer_and_two_names_are_refused_by_number(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.md"
    run(corpus, "first", "second", "--out", str(out))
    empty = out.read_text("utf-8")
    fill(out, "та")
    assert "question 1: 'та' is none of a, b, both, none" in failure(
        run(corpus, "first", "second", "--apply", str(out))
    )
    out.write_text(empty, encoding="utf-8")
    fill(out, "both")
    assert "question 1: an entity has one name" in failure(run(corpus, "first", "second", "--apply", str(out)))


def test_answers_on_passes_that_have_changed_are_refused(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.md"
    run(corpus, "first", "second", "--out", str(out))
    fill(out, "a")
    changed = SECOND.replace("support | reported", "oppose | reported")
    (corpus / "annotations" / "second" / f"{DOC_ID}.json").write_bytes(canonical(parse(changed, DOC_ID)[1]))
    assert "write the questions anew" in failure(run(corpus, "first", "second", "--apply", str(out)))


def test_a_file_with_answers_is_never_overwritten(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.md"
    out.write_text("мої відповіді", encoding="utf-8")
    assert "may hold answers" in failure(run(corpus, "first", "second", "--out", str(out)))
    assert out.read_text("utf-8") == "мої відповіді"


def test_answers_that_break_a_rule_write_nothing(corpus: Path, tmp_path: Path) -> None:
    crossing = FIRST.replace("{Голова|JOB} {Харківської ОВА|ORG|oda}", "{Голова Харківської|JOB} {ОВА|ORG|oda}")
    crossing = crossing.replace("Харківської ОВА\nМарчук", "ОВА\nМарчук")
    (corpus / "annotations" / "second" / f"{DOC_ID}.json").write_bytes(canonical(parse(crossing, DOC_ID)[1]))
    out = tmp_path / "q.md"
    run(corpus, "first", "second", "--out", str(out))
    fill(out, "both")
    before = (corpus / "gold" / f"{DOC_ID}.json").read_bytes()
    result = run(corpus, "first", "second", "--apply", str(out))
    assert isinstance(result.exception, InputError)
    assert {f.code for f in result.exception.findings} & {"SP004", "SP005", "SP003"}
    assert (corpus / "gold" / f"{DOC_ID}.json").read_bytes() == before
    assert not (corpus / "adjudication.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("first", "second"), "name one of"),
        (("first", "--check"), "name both passes"),
        (("--check",), "there is no log yet"),
        (("first", "third", "--log"), "no annotator 'third'; there are gold, first, second"),
        (("first", "gold", "--log"), "two different passes"),
    ],
)
def test_a_wrong_call_says_what_to_name(corpus: Path, arguments: tuple[str, ...], says: str) -> None:
    assert says in failure(run(corpus, *arguments))


def test_a_broken_log_is_named_by_its_line(corpus: Path) -> None:
    run(corpus, "first", "second", "--log")
    log = corpus / "adjudication.jsonl"
    log.write_text(log.read_text("utf-8") + '{"doc_id": 5}\n', encoding="utf-8")
    assert f"{log}:" in failure(run(corpus, "--check"))


def test_passes_with_errors_are_not_settled(corpus: Path) -> None:
    path = corpus / "annotations" / "second" / f"{DOC_ID}.json"
    path.write_text(path.read_text("utf-8").replace('"tail": "m1"', '"tail": "m99"'), encoding="utf-8")
    result = run(corpus, "first", "second", "--log")
    assert isinstance(result.exception, InputError)
    assert [f.code for f in result.exception.findings] == ["LK002"]
