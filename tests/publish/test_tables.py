"""Documents to rows: every config against rows worked by hand, and against a slow count of candidate pairs."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import as_json, document, metadata
from vistka.model import Document, Entity, Mention, Relation, Span, Stance, Target
from vistka.publish.batch import Batch, LabelIndex
from vistka.publish.features import NO_RELATION, arrow_schemas, tag_names
from vistka.publish.tables import tables
from vistka.publish.tokens import KEY, token_columns
from vistka.resources import load_labels
from vistka.text import Interval, sentences, tokens

NBSP = "\u00a0"
LABELS = load_labels()
INDEX = LabelIndex(LABELS)
SCHEMAS = arrow_schemas(LABELS)
TAGS = tag_names(LABELS)
RELATIONS = [NO_RELATION, *LABELS.relation_labels]

Row = dict[str, Any]


def rows(config: str, *docs: Document) -> list[Row]:
    found: list[Row] = tables(Batch(docs, INDEX), SCHEMAS)[config].to_pylist()
    return found


def marked(text: str, *relations: str, stances: str = "") -> Document:
    """A document from marked text; entities are named by their keys."""
    keys = {part.split("}")[0] for part in text.split("|")[2:] if "}" in part}
    entities = "".join(f"{key} = {key}\n" for key in sorted(keys) if key.islower())
    facts = "".join(f"{line}\n" for line in relations)
    return document(f"{text}\n%% entities\n{entities}%% relations\n{facts}%% stances\n{stances}")


def tagged(doc: Document) -> list[list[tuple[str, str]]]:
    return [[(t, TAGS[i]) for t, i in zip(row["tokens"], row["ner_tags"])] for row in rows("ner", doc)]


def pairs(doc: Document) -> list[tuple[str, str]]:
    return [(row["head"]["text"], row["tail"]["text"]) for row in rows("relations", doc)]


def labelled(doc: Document) -> dict[tuple[str, str], list[str]]:
    """Labels of each pair of surfaces."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows("relations", doc):
        found.setdefault((row["head"]["text"], row["tail"]["text"]), []).append(RELATIONS[row["label"]])
    return found


# --- documents ------------------------------------------------------------------------------------------------


def test_a_row_of_documents_holds_the_whole_record() -> None:
    doc = document()
    record = as_json(doc)
    wanted = {"doc_id": doc.doc_id, "text": doc.text, **record["metadata"]}
    del wanted["schema"]
    wanted["entities"] = [{"wikidata": None, **entity} for entity in record["entities"]]
    wanted["mentions"] = [
        {"entity": None, **m, "label": LABELS.mention_labels.index(m["label"])} for m in record["mentions"]
    ]
    wanted["relations"] = [{**r, "label": LABELS.relation_labels.index(r["label"])} for r in record["relations"]]
    wanted["stances"] = [
        {
            **s,
            "polarity": LABELS.polarities.index(s["polarity"]),
            "attribution": LABELS.attributions.index(s["attribution"]),
        }
        for s in record["stances"]
    ]
    assert rows("documents", doc) == [wanted]


def test_a_holder_that_is_not_there_is_null() -> None:
    doc = marked("Диктатор {Кім|PERS|kim} мовчить.", stances="oppose | author | - | Кім | Диктатор\n")
    assert rows("documents", doc)[0]["stances"][0]["holder"] is None


def test_documents_without_annotation_have_empty_lists() -> None:
    row = rows("documents", marked("Їжак і пес."))[0]
    assert [row[layer] for layer in ("entities", "mentions", "relations", "stances")] == [[], [], [], []]


# --- ner ------------------------------------------------------------------------------------------------------


def test_a_sentence_is_tagged_in_iob2() -> None:
    doc = marked(
        "{Прем'єрка|JOB} {України|LOC|ua} {Юлія Свириденко|PERS|s} дала {15" + NBSP + "млрд грн|MON} тут. 🇺🇦 Усе!"
    )
    assert tagged(doc) == [
        [
            ("Прем'єрка", "B-JOB"),
            ("України", "B-LOC"),
            ("Юлія", "B-PERS"),
            ("Свириденко", "I-PERS"),
            ("дала", "O"),
            ("15", "B-MON"),
            ("млрд", "I-MON"),
            ("грн", "I-MON"),
            ("тут", "O"),
            (".", "O"),
        ],
        [("🇺🇦", "O"), ("Усе", "O"), ("!", "O")],
    ]


def test_neighbours_of_one_label_begin_each_with_b() -> None:
    assert tagged(marked("{Київ|LOC|kyiv} {Біла Церква|LOC|bila} {Львів|LOC|lviv}")) == [
        [("Київ", "B-LOC"), ("Біла", "B-LOC"), ("Церква", "I-LOC"), ("Львів", "B-LOC")]
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{агентство {Південної Кореї|LOC|kr}|ORG|a} мовчить", ["B-ORG", "I-ORG", "I-ORG", "O"]),
        ("{{Київ|LOC|kyiv} Медіа|ORG|a} мовчить", ["B-ORG", "I-ORG", "O"]),
        ("{Рада {Києва|LOC|kyiv} і {Львова|LOC|lviv}|ORG|a} й {Одеса|LOC|od}", [*"BIII", "O", "B"]),
    ],
)
def test_only_the_outermost_mention_is_tagged(text: str, expected: list[str]) -> None:
    full = {"B": "B-ORG", "I": "I-ORG"}
    wanted = [full.get(tag, tag) for tag in expected]
    if expected[-1] == "B":
        wanted[-1] = "B-LOC"
    assert [tag for _, tag in tagged(marked(text))[0]] == wanted


def test_tokens_lie_at_their_offsets_in_the_document() -> None:
    doc = marked("🇺🇦 Слава!\n{Київ|LOC|kyiv}  стоїть; мʼяч п’ять" + NBSP + "разів.")
    found = [(row["starts"], row["ends"], " ".join(row["tokens"])) for row in rows("ner", doc)]
    assert found == [
        ([0, 3, 8], [2, 8, 9], "🇺🇦 Слава !"),
        ([10, 16, 22, 24, 29, 35, 40], [14, 22, 23, 28, 34, 40, 41], "Київ стоїть ; мʼяч п’ять разів ."),
    ]


def test_sentences_are_numbered_from_zero_in_each_document() -> None:
    docs = [marked("Перше речення. Друге речення."), marked("Третє речення.")]
    assert [(row["sentence"], row["text"]) for row in rows("ner", *docs)] == [
        (0, "Перше речення."),
        (1, "Друге речення."),
        (0, "Третє речення."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Музей {Т. Шевченка|PERS|sh} відкрили.",
        "Банк {ТОВ «А. Б.» Капітал|ORG|ab} закрили.",
        "Уряд узяв {5 млрд. Гривень|MON} й мовчить.",
        "Грали у {«Що? Де? Коли?»|EVENT|q} у Києві.",
        "Книжку {Вставай! Україно… Живи|ART|book} видали.",
    ],
)
def test_a_sentence_never_ends_inside_a_mention(text: str) -> None:
    doc = marked(text)
    found = rows("ner", doc)
    assert [row["text"] for row in found] == [doc.text]
    assert [TAGS[i][0] for i in found[0]["ner_tags"]].count("B") == 1


# --- relations ------------------------------------------------------------------------------------------------


def test_candidates_are_the_ordered_pairs_that_a_signature_allows() -> None:
    doc = marked("{Міністр|JOB} {Галущенко|PERS|h} очолив {Міненерго|ORG|m} {1 травня|DATE} за {5 грн|MON}.")
    assert pairs(doc) == [
        ("Міністр", "Міненерго"),
        ("Галущенко", "Міністр"),
        ("Галущенко", "Міненерго"),
        ("Галущенко", "5 грн"),
        ("Міненерго", "Галущенко"),
        ("Міненерго", "5 грн"),
    ]


def test_a_mention_and_the_one_inside_it_are_a_candidate_pair() -> None:
    assert pairs(marked("{агентство {Кореї|LOC|kr}|ORG|a} мовчить")) == [
        ("агентство Кореї", "Кореї"),
        ("Кореї", "агентство Кореї"),
    ]


def test_candidates_are_at_most_one_sentence_boundary_apart() -> None:
    doc = marked("{Київ|LOC|k} стоїть. {Львів|LOC|l} стоїть. {Одеса|LOC|o} стоїть.")
    assert pairs(doc) == [("Київ", "Львів"), ("Львів", "Київ"), ("Львів", "Одеса"), ("Одеса", "Львів")]


@pytest.mark.parametrize(("between", "candidates"), [(0, 2), (29, 2), (30, 2), (31, 0)])
def test_candidates_have_at_most_thirty_tokens_between_them(between: int, candidates: int) -> None:
    doc = marked("{Київ|LOC|k} " + "і " * between + "{Біла Церква|LOC|b}")
    assert len(pairs(doc)) == candidates


def test_a_far_mention_does_not_hide_a_near_one() -> None:
    doc = marked("{Київ|LOC|k} {Львів|LOC|l} " + "і " * 40 + "{Одеса|LOC|o} {Ялта|LOC|y}")
    assert {frozenset(pair) for pair in pairs(doc)} == {frozenset(("Київ", "Львів")), frozenset(("Одеса", "Ялта"))}


def test_a_pair_without_a_relation_is_no_relation() -> None:
    doc = marked("{Київ|LOC|k} і {Львів|LOC|l}.", "Київ | LOCATED_IN | Львів")
    assert labelled(doc) == {("Київ", "Львів"): ["LOCATED_IN"], ("Львів", "Київ"): ["NO_RELATION"]}


def test_two_labels_of_one_pair_are_two_rows() -> None:
    doc = marked("{Польща|LOC|p} й {Київ|LOC|k}.", "Польща | FUNDS | Київ", "Польща | SUPPLIES | Київ")
    assert labelled(doc) == {("Польща", "Київ"): ["SUPPLIES", "FUNDS"], ("Київ", "Польща"): ["NO_RELATION"]}


def test_a_symmetric_relation_the_other_way_is_no_relation() -> None:
    doc = marked("{Польща|LOC|p} й {Київ|LOC|k}.", "Польща | MEETS_WITH | Київ")
    assert labelled(doc) == {("Польща", "Київ"): ["MEETS_WITH"], ("Київ", "Польща"): ["NO_RELATION"]}


def test_mentions_of_one_entity_are_no_pair() -> None:
    doc = marked("{Київ|LOC|kyiv} і {столиця|LOC|kyiv} й {Львів|LOC|l}.")
    assert {frozenset(pair) for pair in pairs(doc)} == {frozenset(("Київ", "Львів")), frozenset(("столиця", "Львів"))}


def test_the_same_entity_key_in_two_documents_does_not_join_their_mentions() -> None:
    one, two = marked("{Київ|LOC|a} і {Львів|LOC|b}."), marked("{Одеса|LOC|a} і {Ялта|LOC|b}.")
    found = [(row["head"]["text"], row["tail"]["text"]) for row in rows("relations", one, two)]
    assert found == [("Київ", "Львів"), ("Львів", "Київ"), ("Одеса", "Ялта"), ("Ялта", "Одеса")]


def test_a_relation_outside_the_window_is_no_row() -> None:
    doc = marked("{Київ|LOC|k} є. Так. {Львів|LOC|l} є.", "Київ | LOCATED_IN | Львів")
    batch = Batch([doc], INDEX)
    assert rows("relations", doc) == []
    assert batch.gold_in_window.tolist() == [False]


def test_a_row_of_relations_is_counted_from_its_own_text() -> None:
    doc = marked(
        "🇺🇦 Вступ є. {Прем'єрка|JOB} каже. Про {Раду|ORG|rada} пише. Кінець.", "Прем'єрка | POSITION_IN | Раду"
    )
    assert rows("relations", doc) == [
        {
            "doc_id": doc.doc_id,
            "context_start": 12,
            "text": "Прем'єрка каже. Про Раду пише.",
            "head": {"start": 0, "end": 9, "text": "Прем'єрка", "mention": "m1", "label": 3, "entity": None},
            "tail": {"start": 20, "end": 24, "text": "Раду", "mention": "m2", "label": 1, "entity": "rada"},
            "label": RELATIONS.index("POSITION_IN"),
        }
    ]


# --- stance ---------------------------------------------------------------------------------------------------


def test_a_stance_of_the_article_has_no_holder() -> None:
    doc = marked("Вступ. Диктатор {Кім|PERS|kim} мовчить. Так.", stances="oppose | author | - | Кім | Диктатор\n")
    assert rows("stance", doc) == [
        {
            "doc_id": doc.doc_id,
            "context_start": 7,
            "text": "Диктатор Кім мовчить.",
            "holder": None,
            "target": {"start": 9, "end": 12, "text": "Кім"},
            "expression": {"start": 0, "end": 8, "text": "Диктатор"},
            "attribution": LABELS.attributions.index("author"),
            "polarity": LABELS.polarities.index("oppose"),
        }
    ]


def test_a_stance_reaches_back_to_the_sentence_of_its_holder() -> None:
    doc = marked(
        "Вступ є. Слово взяв {Шмигаль|PERS|sh}. 🇺🇦 Гімн. Він схвалив усі дії Києва. Так.",
        stances="support | reported | Шмигаль | ~усі дії Києва | схвалив\n",
    )
    (row,) = rows("stance", doc)
    assert row["text"] == "Слово взяв Шмигаль. 🇺🇦 Гімн. Він схвалив усі дії Києва."
    assert row["context_start"] == 9
    assert row["holder"] == {"start": 11, "end": 18, "text": "Шмигаль"}
    assert row["target"] == {"start": 41, "end": 54, "text": "усі дії Києва"}
    assert row["polarity"] == LABELS.polarities.index("support")


def test_stances_of_a_document_come_in_the_order_of_their_expressions() -> None:
    doc = marked(
        "{Кім|PERS|kim} лає {Київ|LOC|k} й хвалить {Львів|LOC|l}.",
        stances="support | reported | Кім | Львів | хвалить\noppose | reported | Кім | Київ | лає\n",
    )
    assert [row["expression"]["text"] for row in rows("stance", doc)] == ["лає", "хвалить"]


# --- any documents --------------------------------------------------------------------------------------------

SURFACES = {
    "PERS": ["Юлія Свириденко", "Т. Шевченка", "О'Ніл", "обʼєднанцю"],
    "ORG": ["ТОВ «А. Б.»", "Рада Києва", "5 млрд. Банк"],
    "LOC": ["Київ", "Івано-Франківськ", f"Біла{NBSP}Церква"],
    "JOB": ["прем’єр-міністр"],
    "MON": [f"15,6{NBSP}млрд доларів"],
    "EVENT": ["Євробачення-2025"],
    "DATE": ["1 травня"],
}
WORDS = ["і", "сказав", "п'ять", "🇺🇦", "80-ї", "Далі", "р.", "«Так»", "—", "👍🏽", "https://rada.gov.ua/x"]
GAPS = [" ", " ", " ", ". ", ".\n", "  ", NBSP, "! ", "… "]


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Text with mentions, also nested ones, relations that signatures allow, and stances."""
    text, mentions = "", []
    for _ in range(draw(st.integers(1, 25))):
        if draw(st.booleans()):
            label = draw(st.sampled_from(sorted(SURFACES)))
            surface = draw(st.sampled_from(SURFACES[label]))
            entity = f"{label}{draw(st.integers(1, 3))}" if label in LABELS.entity_labels else None
            mentions.append((label, len(text), surface, entity))
            if surface == "Рада Києва" and draw(st.booleans()):
                mentions.append(("LOC", len(text) + 5, "Києва", "LOC1"))
        else:
            surface = draw(st.sampled_from(WORDS)) + draw(st.sampled_from(["", " і так далі" * 10]))
        text += surface + draw(st.sampled_from(GAPS))
    found = [Mention(f"m{i}", lab, at, at + len(s), s, e) for i, (lab, at, s, e) in enumerate(mentions, 1)]
    facts = []
    for head, tail in permutations(found, 2):
        allowed = [r.label for r in LABELS.relations if (r.label, head.label, tail.label) in LABELS.signatures]
        same = head.entity is not None and head.entity == tail.entity
        if allowed and not same and draw(st.integers(0, 4)) == 0:
            facts.append(Relation(f"r{len(facts) + 1}", draw(st.sampled_from(allowed)), head.id, tail.id))
    positions = []
    whole = tokens(text)
    for i in range(draw(st.integers(0, 2))):
        one, two = draw(st.sampled_from(whole)), draw(st.sampled_from(whole))
        target, expression = Target(*one, text[slice(*one)], None), Span(*two, text[slice(*two)])
        positions.append(Stance(f"s{i}", "oppose", "author", None, target, expression))
    entities = {m.entity: Entity(m.entity, m.text) for m in found if m.entity}
    doc_id = f"2025-05-01-{draw(st.integers(0, 10**6))}"
    layers = (tuple(entities.values()), tuple(found), tuple(facts), tuple(positions))
    return Document("vistka/document/1", doc_id, metadata(), text, *layers, "train")


def unbroken(doc: Document) -> list[Interval]:
    """Sentences, joined wherever a mention lies over the gap between two."""
    spans: list[Interval] = []
    for start, end in sentences(doc.text):
        if spans and any(m.start < spans[-1][1] and m.end > start for m in doc.mentions):
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def candidates(doc: Document) -> set[tuple[str, str]]:
    """Candidate pairs of mention ids, counted the slow way."""
    spans, words = unbroken(doc), tokens(doc.text)
    found = set()
    for head, tail in permutations(doc.mentions, 2):
        first, second = sorted((head, tail), key=lambda m: (m.start, -m.end))
        between = sum(first.end <= a and b <= second.start for a, b in words)
        places = [next(i for i, (a, b) in enumerate(spans) if a <= m.start and m.end <= b) for m in (first, second)]
        if (
            any(sig[1:] == (head.label, tail.label) for sig in LABELS.signatures)
            and (head.entity is None or head.entity != tail.entity)
            and between <= 30
            and abs(places[0] - places[1]) <= 1
        ):
            found.add((head.id, tail.id))
    return found


several = st.lists(documents(), min_size=1, max_size=3, unique_by=lambda doc: doc.doc_id)


@given(several)
@settings(deadline=None, max_examples=60)
def test_every_span_of_every_config_slices_to_its_surface(docs: list[Document]) -> None:
    texts = {doc.doc_id: doc.text for doc in docs}
    found = tables(Batch(docs, INDEX), SCHEMAS)
    for row in found["documents"].to_pylist():
        spans = [*row["mentions"], *(s[part] for s in row["stances"] for part in ("target", "expression"))]
        assert all(row["text"][s["start"] : s["end"]] == s["text"] for s in spans)
    for row in found["ner"].to_pylist():
        places = zip(row["starts"], row["ends"])
        assert [texts[row["doc_id"]][a:b] for a, b in places] == row["tokens"] != []
    for config, parts in (("relations", ("head", "tail")), ("stance", ("target", "expression"))):
        for row in found[config].to_pylist():
            assert all(row["text"][row[p]["start"] : row[p]["end"]] == row[p]["text"] for p in parts)
            assert texts[row["doc_id"]].startswith(row["text"], row["context_start"])


@given(several)
@settings(deadline=None, max_examples=60)
def test_tags_give_back_the_outermost_mentions(docs: list[Document]) -> None:
    found: dict[str, list[tuple[int, int, str]]] = {doc.doc_id: [] for doc in docs}
    for row in rows("ner", *docs):
        spans = found[row["doc_id"]]
        for start, end, tag in zip(row["starts"], row["ends"], (TAGS[i] for i in row["ner_tags"])):
            if tag[0] == "B":
                spans.append((start, end, tag[2:]))
            elif tag[0] == "I":
                assert spans[-1][2] == tag[2:]
                spans[-1] = (spans[-1][0], end, tag[2:])
    for doc in docs:
        inner = {m for m in doc.mentions for o in doc.mentions if o is not m and o.start <= m.start and m.end <= o.end}
        assert found[doc.doc_id] == [(m.start, m.end, m.label) for m in doc.mentions if m not in inner]


@given(several)
@settings(deadline=None, max_examples=60)
def test_rows_of_relations_are_the_candidates_and_the_gold_among_them(docs: list[Document]) -> None:
    found = [
        (row["doc_id"], row["head"]["mention"], row["tail"]["mention"], RELATIONS[row["label"]])
        for row in rows("relations", *docs)
    ]
    wanted = []
    for doc in docs:
        gold = {(r.head, r.tail): r.label for r in doc.relations}
        wanted += [(doc.doc_id, *pair, gold.get(pair, NO_RELATION)) for pair in candidates(doc)]
    assert sorted(found) == sorted(wanted)


# --- tokens of many texts -------------------------------------------------------------------------------------

PIECES = [
    "п'ять",
    "мʼяч",
    "прем’єр-міністр",
    "1,5",
    "18:30",
    "р.",
    "«Так»,",
    "🇺🇦🇵🇱",
    "👍🏽",
    "...",
    "a.b@rada.gov.ua",
    "и\u0306",
]
texts = st.lists(
    st.tuples(st.sampled_from(PIECES) | st.text(max_size=3), st.sampled_from([" ", "  ", "\n", NBSP, "\t", ""]))
).map(lambda parts: "".join(piece + gap for piece, gap in parts))


@given(st.lists(texts, min_size=1, max_size=4))
@settings(deadline=None, max_examples=150)
def test_tokens_of_many_texts_are_those_of_each(many: list[str]) -> None:
    found = token_columns(many)
    spans = [(number * KEY + a, number * KEY + b) for number, text in enumerate(many) for a, b in tokens(text)]
    assert list(zip(found.starts.tolist(), found.ends.tolist())) == spans
    assert [found.words[code] for code in found.codes] == [text[a:b] for text in many for a, b in tokens(text)]
    assert found.counts.tolist() == [len(tokens(text)) for text in many]
