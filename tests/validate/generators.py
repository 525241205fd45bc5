"""Hypothesis strategies of documents: sound ones, odd ones, and either with one thing spoiled.

Documents are JSON values, since a spoiled one need not be a record. `sound` documents have no finding and hold
nothing that only the rules can judge; `odd` ones put mentions beside brackets, links, dots and emoji, tell facts
twice and let ids collide across layers.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from builders import METADATA
from vistka.resources import Labels

Json = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

NAMES: dict[str, list[str]] = {
    "PERS": ["Юлія Свириденко", "Мар'яна", "О’Ніл", "Кузьмаʼян", "Т. Шевченко", "Їжак", "Хосе\u0301"],
    "ORG": ["МЗС", "РБК-Україна", "ТОВ «Саланг»", "Reuters", "Ґрунт І\u00a0К"],
    "LOC": ["Київ", "Івано-Франківськ", "Південна Корея", "вул. Січових Стрільців", "Кам'янець"],
    "JOB": ["прем'єрка", "в.о. мера", "глава", "«спікер»"],
    "DATE": ["15 травня 2025 р.", "торік", "01.05.2025", "вівторок, 29 жовтня"],
    "PERIOD": ["2014–2015 роках", "три роки", "добу"],
    "TIME": ["18:30", "о пів на шосту"],
    "MON": ["15,6 млрд доларів", "100 ₴", "5$", "€7"],
    "PCT": ["40 %", "40%", "пів відсотка"],
    "QUANT": ["120 км", "60 МВт", "5 м²"],
    "DOC": ["закон № 1234-IX", "договір про стратегічне партнерство (2025)"],
    "ART": ["Shahed-136", "Lady R", "Ми — разом"],
    "EVENT": ["Євробачення-2025", "Друга світова війна"],
    "MISC": ["one.example", "Київ+", "№5"],
}
WORDS = ["чекає", "підтримує", "пам'ятає", "не", "приїхав", "об’єкт", "дуже", "її", "злий", "🇺🇦", "так"]
GAPS = [" ", " ", " ", " ", "\u00a0", ", ", ". ", ".\n", "!\n\n", " — ", ": ", " «", "» ", " (", ") ", "; ", "… "]
ODD_GAPS = [
    *("", "-", "–", "—", "'", "’", "/", ".", "..", "...", "…", ",", "\t", "\r\n", "\u200b", "\u00ad", "\u0301"),
    *(" https://a.ua/(", " www.a.ua—", "https://", "www.", "@", "www.a.ua,", "?!", " №", "$", "%", '"', "„", "“", "”"),
    *("🇺🇦", "👩\u200d🚀", "\u200d", "\ufe0f", "\u20e3", "1\ufe0f\u20e3", "ℹ", "❶", "½", "\ufffd", "\u034f", "\u3164"),
    *("\u2028", "\u202e", "\ufeff", "и\u0306", "і\u0308", "\u00a0\u00a0", "  ", "(«", "»)", "). ", ".)", "5", "á", "²"),
]
SOUND_NAMES = {
    label: [n for n in names if n[0].isalnum() and (n[-1].isalnum() or n[-1] in "%.»)₴$")]
    for label, names in NAMES.items()
}
ENTITY_IDS = ["e{}", "m{}", "ent-{}", "_{}"]


@st.composite
def documents(draw: Draw, labels: Labels, sound: bool) -> Json:
    """A document record with up to a dozen mentions and all layers."""
    maker = _Maker(draw, labels, sound)
    maker.write()
    maker.relate()
    maker.judge()
    return {
        "schema": "vistka/document/1",
        "doc_id": "2025-05-01-pidpys",
        "metadata": copy.deepcopy({**METADATA, "published": "2025-05-01"}),
        "text": maker.text,
        "entities": maker.entities,
        "mentions": maker.mentions,
        "relations": maker.relations,
        "stances": maker.stances,
    }


class _Maker:
    def __init__(self, draw: Draw, labels: Labels, sound: bool) -> None:
        self.draw, self.labels, self.sound = draw, labels, sound
        self.text = ""
        self.entities: list[Json] = []
        self.mentions: list[Json] = []
        self.relations: list[Json] = []
        self.stances: list[Json] = []
        self.words: list[Json] = []
        self.by_label: dict[str, list[str]] = {}
        self.entity_id = draw(st.sampled_from(ENTITY_IDS)) if not sound else "e{}"

    def one(self, items: Any) -> Any:
        return self.draw(st.sampled_from(items))

    def chance(self, percent: int) -> bool:
        return bool(self.draw(st.integers(0, 99)) < percent)

    def write(self) -> None:
        """The text, its mentions and entities."""
        for _ in range(self.draw(st.integers(1, 6))):
            self.word()
            self.gap()
            if self.chance(85):
                self.mention(self.one(self.labels.mention_labels), 0)
                self.gap()
        self.word()
        self.text += self.one([".", "", "!", "\n", ".»", "…"])

    def word(self) -> None:
        word = self.one([w for w in WORDS if w.isalpha()] if self.sound else WORDS)
        self.words.append({"start": len(self.text), "end": len(self.text) + len(word), "text": word})
        self.text += word

    def gap(self) -> None:
        gap = self.one(GAPS if self.sound or self.chance(70) else ODD_GAPS)
        self.text += " " if self.sound and self.text[-1] == gap[0] == "." else gap  # two stops are one token

    def mention(self, label: str, depth: int) -> None:
        mention: Json = {"id": "", "label": label, "start": len(self.text), "end": 0, "text": ""}
        self.mentions.append(mention)
        inner = [i for o, i in self.labels.nesting if o == label]
        if not self.sound and self.chance(8):
            inner = list(self.labels.mention_labels)
        if inner and depth < 3 and self.chance(50):
            self.text += self.one(["Рада ", "Фонд імені ", "Х-", "Комітет (", "1-ше "] if not self.sound else ["Рада "])
            self.mention(self.one(inner), depth + 1)
            self.text += self.one(["", " праці", "-2025", ")"] if not self.sound else [" праці"])
        else:
            self.text += self.one((SOUND_NAMES if self.sound else NAMES)[label])
        mention["end"] = len(self.text)
        mention["text"] = self.text[mention["start"] :]
        mention["id"] = f"m{self.mentions.index(mention) + 1}"
        if label in self.labels.entity_labels:
            mention["entity"] = self.entity(label)

    def entity(self, label: str) -> str:
        known = self.by_label.setdefault(label, [])
        if known and self.chance(50):
            return str(self.one(known))
        identifier = self.entity_id.format(len(self.entities) + 1)
        entity: Json = {"id": identifier, "name": self.one(NAMES[label])}
        if self.chance(40):
            entity["wikidata"] = f"Q{len(self.entities) + 1 if self.sound or self.chance(80) else 1}"
        self.entities.append(entity)
        known.append(identifier)
        return identifier

    def thing(self, mention: Json) -> str:
        return str(mention.get("entity") or f"mention {mention['id']}")

    def relate(self) -> None:
        """Relations of any signature; in a sound document each fact once and none beside what excludes it."""
        told: set[tuple[str, ...]] = set()
        possible = [
            (r.label, head, tail)
            for r in self.labels.relations
            for head in self.mentions
            for tail in self.mentions
            if (r.label, head["label"], tail["label"]) in self.labels.signatures
        ]
        for _ in range(self.draw(st.integers(0, 6)) if possible else 0):
            label, head, tail = self.one(possible)
            if label in self.labels.symmetric and (self.sound or self.chance(80)) and head["start"] > tail["start"]:
                head, tail = tail, head
            one, two = self.thing(head), self.thing(tail)
            fact = (label, *sorted((one, two)))
            rivals = [(a, b) for a, excluded in self.labels.excludes.items() for b in excluded]
            excluded = any((other, *fact[1:]) in told for pair in rivals if label in pair for other in pair)
            if self.sound and (one == two or fact in told or excluded):
                continue
            told.add(fact)
            identifier = f"r{len(self.relations) + 1}"
            self.relations.append({"id": identifier, "label": label, "head": head["id"], "tail": tail["id"]})

    def judge(self) -> None:
        """Stances with and without holder, towards mentions and free spans."""
        holders = [m for m in self.mentions if m["label"] in self.labels.holder_labels]
        for _ in range(self.draw(st.integers(0, 3))):
            holder = self.one(holders) if holders and self.chance(60) else None
            free = not self.mentions or self.chance(30)
            aim = self.one(self.words) if free else self.one(self.mentions)
            if self.sound and holder is not None and not free and self.thing(holder) == self.thing(aim):
                continue
            expression = self.one(self.words)
            span = {key: aim[key] for key in ("start", "end", "text")}
            stance = {
                "id": f"s{len(self.stances) + 1}",
                "polarity": self.one(self.labels.polarities),
                "attribution": self.one(["direct", "reported"]) if holder else "author",
                "holder": holder
                and {**{key: holder[key] for key in ("start", "end", "text")}, "mention": holder["id"]},
                "target": {**span, "mention": None if free else aim["id"]},
                "expression": dict(expression),
            }
            place = (stance["holder"], stance["target"]["start"], expression["start"])
            taken = [(s["holder"], s["target"]["start"], s["expression"]["start"]) for s in self.stances]
            if self.sound and any(place[1:] == other[1:] or place[2] == other[2] for other in taken):
                continue
            self.stances.append(stance)


# --- spoiling -------------------------------------------------------------------------------------------------

SCRAPS = [
    *("\u00a0", "\u00ad", "\u0301", "\u0306", "\u0308", "\u0336", "\u0483", "\ufe0f", "\u200d", "\u20e3", "и\u0306"),
    *("🇺", "🇺🇦", "👩\u200d🚀", "❤\ufe0f", "ℹ", "❶", "\u212b", "\u1100\u1161", "\ue000", "²", "1", "a", "_", "/"),
    *(" ", "\n", "\r", "\t", "\0", "\u0085", "\u2028", "\u202e", "\ufdd0", "\ufffd", "\U0001ffff", "\U000e0041"),
    *("\u200b", "\ufeff", "\u034f", "\u3164", "\uffa0", "\u115f", "\u17b4", "\u180e", "\u2060", "\u061c", "\u0345"),
    *("(", ")", "—", "–", ".", "..", ",", "-", "'", "ʼ", "«", "»", "https://", "www.", "@", "%", "₴"),
]
VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        3,
        2**31 - 1,
        2**31,
        10**30,
        "",
        " ",
        "0",
        "m1",
        "m2",
        "e1",
        "m1\n",
        "й",
        "m-1",
        "_",
    ),
    *("Q1", "q1", "Q0", "LOC", "PERS", "JOB", "CITY", "HEADS", "AFFILIATED_WITH", "MEETS_WITH", "VALUED_AT", "author"),
    *("direct", "support", "train", "dev", "2025-05-01", "2025-05-02", "2025-05-01-a", "../2025-05-01-a", "Київ", "é"),
    *("https://one.example/a", "http://", "ftp://a", "https://a b", "https://a\u00a0b", "uk", "UK", "uk-", "weather"),
    *("sport", "collected", "written", "vistka/document/1", "\u2028", "\u0661", "Ａ", [], {}, [[]], {"id": "m1"}),
]


def pointers(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside, the whole first."""
    found = [at]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += pointers(item, (*at, key))
    return found


def inside(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


@st.composite
def spoiled(draw: Draw, records: st.SearchStrategy[Json]) -> Any:
    """A record with one thing changed anywhere, whatever its type."""
    record = copy.deepcopy(draw(records))
    paths = pointers(record)
    layer = draw(st.sampled_from([None, "entities", "mentions", "relations", "stances"]))
    path = draw(st.sampled_from([p for p in paths if p[:1] == (layer,) and len(p) > 2] or paths))
    if not path:
        return draw(st.sampled_from([record, *VALUES]))
    parent, key = inside(record, path[:-1]), path[-1]
    value = parent[key]
    ways = ["replace", "replace", "remove", "add"]
    if isinstance(value, int) and not isinstance(value, bool):
        ways += ["shift"] * 3
    if isinstance(value, str):
        ways += ["insert", "borrow", "borrow", "mangle"]
    if isinstance(parent, list):
        ways += ["double", "swap"]
    way = draw(st.sampled_from(ways))
    if way == "replace":
        parent[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    elif way == "remove":
        del parent[key]
    elif way == "add":
        target = next((v for v in (value, parent, record) if isinstance(v, dict)), {})
        name = draw(st.sampled_from(["note", "entity", "split", "wikidata", "Id", ""]))
        target[name] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    elif way == "shift":
        parent[key] = value + draw(st.sampled_from([-5, -2, -1, 1, 2, 5, 1000]))
    elif way == "insert":
        at = draw(st.integers(0, len(value)))
        parent[key] = value[:at] + draw(st.sampled_from(SCRAPS)) + value[at:]
    elif way == "mangle":
        parent[key] = draw(st.sampled_from(["", f"{value}\n", f" {value}", f"{value}й", value.lower(), value[:-1]]))
    elif way == "borrow":  # another record's value of the same key: an id, a label, a surface
        others = [inside(record, p) for p in paths if p and p[-1] == key]
        parent[key] = copy.deepcopy(draw(st.sampled_from(others)))
    elif way == "double":
        parent.insert(draw(st.integers(0, len(parent))), copy.deepcopy(value))
    else:
        other = draw(st.integers(0, len(parent) - 1))
        parent[key], parent[other] = parent[other], parent[key]
    return record


@st.composite
def with_scrap(draw: Draw, records: st.SearchStrategy[Json]) -> Json:
    """A document with characters put into its text, mostly at the edge of a span; spans and surfaces follow."""
    record = copy.deepcopy(draw(records))
    spans = [inside(record, p) for p in pointers(record) if p and isinstance(inside(record, p), dict)]
    spans = [span for span in spans if "start" in span]
    edges = [edge for span in spans for edge in (span["start"], span["end"])] or [0]
    near = st.sampled_from(edges).flatmap(lambda edge: st.sampled_from([edge, edge, edge - 1, edge + 1]))
    at = min(max(draw(st.one_of(near, near, st.integers(0, len(record["text"])))), 0), len(record["text"]))
    scrap = draw(st.sampled_from(SCRAPS))
    widen_start, widen_end = draw(st.booleans()), draw(st.booleans())
    record["text"] = record["text"][:at] + scrap + record["text"][at:]
    for span in spans:
        span["start"] += len(scrap) if span["start"] > at or (span["start"] == at and not widen_start) else 0
        span["end"] += len(scrap) if span["end"] > at or (span["end"] == at and widen_end) else 0
        span["text"] = record["text"][span["start"] : span["end"]]
    return record


@st.composite
def moved(draw: Draw, records: st.SearchStrategy[Json]) -> Json:
    """A document with one span moved or resized, its surface taken from the text, its holders and targets with it."""
    record = copy.deepcopy(draw(records))
    mentions = record["mentions"]
    if not mentions:
        return record
    mention, other = draw(st.sampled_from(mentions)), draw(st.sampled_from(mentions))
    if draw(st.integers(0, 3)) == 0:
        mention.update(start=other["start"], end=other["end"])
    for edge in ("start", "end"):
        if draw(st.booleans()):
            edges = [m[e] for m in mentions for e in ("start", "end")]
            mention[edge] = draw(st.sampled_from([mention[edge], mention[edge] - 1, mention[edge] + 1, *edges]))
    mention["start"], mention["end"] = max(mention["start"], 0), max(mention["end"], 0)
    mention["text"] = record["text"][mention["start"] : mention["end"]]
    for stance in record["stances"]:
        for span in (stance["holder"], stance["target"]):
            if span is not None and span["mention"] == mention["id"]:
                span.update({key: mention[key] for key in ("start", "end", "text")})
    return record
