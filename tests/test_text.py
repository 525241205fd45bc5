"""Tokens, sentences, places and characters of Ukrainian text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vistka.text import (
    CONTROLS,
    INVISIBLE,
    grapheme_breaks_inside,
    is_plain,
    line_column,
    sentence_of,
    sentences,
    sha256,
    tokens,
)

COMBINING_ACUTE = "\u0301"
NBSP = "\u00a0"
JOINER = "\u200d"
FAMILY = f"👩{JOINER}👩{JOINER}👧{JOINER}👦"
WAVING_RAINBOW = f"🏳\ufe0f{JOINER}🌈"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
KEYCAP = "3\ufe0f\u20e3"

PIECES = [
    "п'ять",
    "прем’єр",
    "обʼєднання",
    "РБК-Україна",
    "80-ї",
    "Shahed-136",
    f"за{COMBINING_ACUTE}мок",
    "и\u0306",
    "🇺🇦",
    FAMILY,
    WAVING_RAINBOW,
    SCOTLAND,
    "👍🏽",
    KEYCAP,
    "https://suspilne.media/news?id=5",
    "press@nabu.gov.ua",
    "#СлаваУкраїні",
    "@zelenskiy_official",
    "10 000",
    "1,5-2,5",
    "18:30",
    "40%",
    "№5",
    "₴",
    "«",
    "»",
    "—",
    "…",
    "?!",
    ".",
    ",",
    "р.",
    "т.зв.",
    "(",
    ")",
    "*",
    COMBINING_ACUTE,
    JOINER,
    "'",
    "-",
]
SPACES = [" ", NBSP, "\n", "  ", "\t", "\u202f", ""]

texts = st.lists(st.tuples(st.sampled_from(PIECES) | st.text(max_size=3), st.sampled_from(SPACES))).map(
    lambda pairs: "".join(piece + space for piece, space in pairs)
)


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in tokens(text)]


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def visible(text: str) -> list[int]:
    return [i for i, char in enumerate(text) if not char.isspace()]


# --- tokens ---------------------------------------------------------------------------------------------------


@given(texts)
@settings(deadline=None, max_examples=150)
def test_every_visible_character_is_in_exactly_one_token(text: str) -> None:
    covered = [i for start, end in tokens(text) for i in range(start, end)]
    assert covered == visible(text)


@given(texts)
@settings(deadline=None, max_examples=100)
def test_tokens_are_in_order_and_not_empty(text: str) -> None:
    flat = [offset for span in tokens(text) for offset in span]
    assert flat == sorted(flat)
    assert all(start < end for start, end in tokens(text))


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.data())
@settings(deadline=None, max_examples=100)
def test_tokens_do_not_depend_on_which_whitespace_stands_between(pieces: list[str], data: st.DataObject) -> None:
    plain = " ".join(pieces)
    gaps = [data.draw(st.sampled_from([" ", NBSP, "\n", " \n ", "\t"])) for _ in pieces]
    spaced = "".join(piece + gap for piece, gap in zip(pieces, gaps))
    assert words(spaced) == words(plain)


@pytest.mark.parametrize(
    "word",
    [
        "п'ять",
        "прем’єр",
        "обʼєднання",
        "мʼяч",
        "прем’єр-міністр",
        "РБК-Україна",
        "Івано-Франківськ",
        "80-ї",
        "Shahed-136",
        "F-16",
        "Ту-95МС",
        "COVID-19",
        "О'Ніл",
        "будь-що-будь",
        f"за{COMBINING_ACUTE}мок",
        f"Ю{COMBINING_ACUTE}рій-Ю{COMBINING_ACUTE}рійович",
        "и\u0306оржик",
        "Київ\u2011Пасажирський",
        "10:30",
        "24.02.2022",
        "1,5",
        "1,5-2,5",
        "18:30-19:00",
        "1.000.000,50",
        "https://suspilne.media/news?id=5",
        "www.rada.gov.ua/bills/10000",
        "press.office+uk@nabu.gov.ua",
        "🇺🇦",
        FAMILY,
        WAVING_RAINBOW,
        SCOTLAND,
        "👍🏽",
        f"👩🏽{JOINER}💻",
        KEYCAP,
        "#\ufe0f\u20e3",
        "?!",
        "...",
        "…",
    ],
)
def test_it_is_one_token(word: str) -> None:
    assert words(f"Ось {word} тут") == ["Ось", word, "тут"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15,6 млрд доларів.", ["15,6", "млрд", "доларів", "."]),
        ("5 млрд. 2022 р.", ["5", "млрд", ".", "2022", "р", "."]),
        ("т.зв. «ДНР»", ["т", ".", "зв", ".", "«", "ДНР", "»"]),
        ("2014–2015 роки", ["2014", "–", "2015", "роки"]),
        ("40% і $15, ₴20", ["40", "%", "і", "$", "15", ",", "₴", "20"]),
        ("(№5)", ["(", "№", "5", ")"]),
        ("#Україна й @rada", ["#", "Україна", "й", "@", "rada"]),
        ("'слово'", ["'", "слово", "'"]),
        ("Так?! Ні!!!", ["Так", "?!", "Ні", "!!!"]),
        ("«Що?», — спитав", ["«", "Що", "?", "»", ",", "—", "спитав"]),
        ("10" + NBSP + "000 кроків", ["10", "000", "кроків"]),
        ("пише rbc.ua.", ["пише", "rbc", ".", "ua", "."]),
        ("див. https://rbc.ua/ukr/news.", ["див", ".", "https://rbc.ua/ukr/news", "."]),
        ("🇺🇦🇵🇱 разом", ["🇺🇦", "🇵🇱", "разом"]),
        ("слово--слово", ["слово", "--", "слово"]),
        ("кінець...,", ["кінець", "...", ","]),
    ],
)
def test_tokens_of(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.sampled_from(["р", "млрд", "Київ", "п'ять", "80-ї", "2022", "1,5", "»", "США", "ст"]))
@settings(deadline=None)
def test_a_full_stop_is_a_token_of_its_own(word: str) -> None:
    assert words(f"{word}.")[-1] == "."
    assert words(f"{word}. Далі")[-2:] == [".", "Далі"]


@pytest.mark.parametrize(
    "text", ["а.б" * 30_000, "a.a" * 30_000, "!" * 100_000 + "x", ".)" * 50_000, "https://!" * 9_000]
)
def test_hostile_text_takes_no_more_than_linear_time(text: str) -> None:
    started = time.perf_counter()
    tokens(text)
    sentences(text)
    assert time.perf_counter() - started < 5


# --- sentences ------------------------------------------------------------------------------------------------

# One text a line; ¦ stands where a sentence ends and the next begins.
SENTENCES = """
Президент підписав закон. ¦Документ набуде чинності у вівторок.
У 2022 р. Україна отримала статус кандидата на вступ до ЄС.
Договір підписали 2022 р. ¦Потім його ратифікувала Верховна Рада.
Він народився 1985 р. ¦Навчався в Одесі.
24 лютого 2022 р. Росія почала повномасштабне вторгнення.
Станом на 1 січня 2024 р. Нафтогаз не мав боргів.
Протягом 2014–2022 рр. Київ отримав 15,6 млрд дол. США допомоги.
Борг сягнув 15,6 млрд дол. США. ¦Уряд просить про відстрочку.
Допомога становить 5 млрд. ¦Гроші надійдуть у травні.
Уряд виділив 1,2 млрд грн. ¦Кошти підуть на дороги.
Ціна зросла до 120 тис. грн за тонну, а торік була 90 тис. грн.
Загинули понад 5 тис. людей. ¦Про це пише Reuters.
Пам’ятник Т. Г. Шевченку відкрили у Варшаві.
Роман Т.Г. Шевченка видали знову. ¦Наклад — 5 тис. примірників.
За словами В. Зеленського, переговори тривають.
Про це заявив Ж.-К. Юнкер. ¦Його слова цитує Bild.
Фонд заснував Дж. Р. Р. Толкін-молодший.
Затримання відбулося на вул. Хрещатик, буд. 5, кв. 12. ¦Слідство триває.
Університет ім. Івана Франка приймає студентів.
Доповідь прочитав проф. Іваненко з м. Києва.
Згідно зі ст. 111 КК України, йому загрожує довічне.
Справу відкрили за ч. 2 п. 5 ст. 115 КК. ¦Підозрюваного взяли під варту.
Замок збудували у XVII ст. ¦Зараз там музей.
У XX ст. Польща двічі втрачала незалежність.
Човен затримали біля о. Зміїний, на північ від р. Дунай.
Село лежить на березі р. Дніпро.
Мер м. Харкова Ігор Терехов прибув на місце.
Площа приміщення — 50 кв. м. ¦Оренда безкоштовна.
Ширина мосту — 12 м. ¦Його збудували торік.
Привезли воду, їжу, ліки тощо. ¦Роздають безкоштовно.
Там були міністри, депутати та ін. ¦Усі підписали меморандум.
Постраждали лікарні, школи і т. д. ¦Точних даних немає.
Постраждали лікарні, школи і т. п. ¦Точних даних немає.
Обстріляли п’ять областей, у т. ч. Київську.
Бойовики т. зв. ДНР обстріляли Авдіївку.
В. о. міністра став колишній посол.
Обов’язки виконує т.в.о. Голови Держмитслужби Іван Петренко.
«Ми переможемо!» — сказав президент.
«Ми переможемо!» — Зеленський усміхнувся журналістам.
«Коли прийде допомога?», — спитала кореспондентка.
«Ми чекаємо на рішення», — заявив міністр. ¦Він додав: «Часу обмаль».
Він сказав: «Ми йдемо. ¦Вони чекають». ¦Потім пішов.
"Усе йде за планом. ¦Будь ласка, передайте йому мої вітання", - сказав Путін.
— Ви готові? — спитав суддя. ¦— Так.
Невже це кінець?! ¦Експерти сумніваються.
Вони чекали… ¦Допомога прийшла вранці.
Вони чекали… та не дочекалися.
Чекали довго... ¦Нарешті прибув потяг.
(Фото: Reuters.) ¦Нагадаємо, саміт відбудеться у Вільнюсі.
Під час війни (2014–2022 рр.) Україна втратила сотні підприємств.
Компанія Yahoo! продала частку.
Сума склала $1.5 млрд. ¦Це рекорд.
Засідання почнеться о 18.30. ¦Трансляцію покаже «Рада».
Про це повідомили 5 травня. ¦12 людей загинули.
1. Припинити вогонь. ¦2. Обміняти полонених.
Збірна вийшла з групи А. ¦Тепер вона зіграє з Польщею.
Йдеться про закон № 2102-ІХ від 24.02.2022. ¦Його продовжили.
Слава Україні! 🇺🇦
Слава Україні! 🇺🇦 🇵🇱 ¦\nГероям слава!
США та ЄС запровадили санкції. ¦Їх підтримала й Японія.
Листа підписав К. Буданов. ¦У ГУР це підтвердили.
Ракета Х-101 влетіла в будинок. ¦Загинув один мешканець.
Зустріч відбулася 12 жовтня ц. р. в Брюсселі.
Контракт чинний до 31 грудня цього р. ¦Потім його переглянуть.
Див. рис. 3 та табл. 2 у додатку.
Перший рядок без крапки ¦\nДругий рядок
Речення.¦\n\n¦Абзац.
Прибули 25 осіб. ¦«Укрзалізниця» дала потяг.
Він живе в с. Тарасівка Київської обл. з 2015 р.
Швидкість — 850 км/год. ¦Дальність — 2500 км. ¦Вага — 300 кг.
Тираж — 3 млн екз. на рік.
Сайт www.rada.gov.ua. ¦Там усе є.
Пише О. ¦\nБез прізвища.
Кажуть, що канд. екон. наук О. Гук пішов з НБУ. ¦Чому? ¦Невідомо.
"""
CASES = [line.replace("\\n", "\n") for line in SENTENCES.strip().splitlines()]


def test_the_table_of_sentences_holds_at_least_forty_texts() -> None:
    assert len(set(CASES)) >= 40


@pytest.mark.parametrize("marked", CASES)
def test_sentences_end_where_marked(marked: str) -> None:
    expected = [part.strip() for part in marked.split("¦") if part.strip()]
    assert split(marked.replace("¦", "")) == expected


@given(texts)
@settings(deadline=None, max_examples=150)
def test_sentences_cover_all_visible_text_in_order_without_overlap(text: str) -> None:
    spans = sentences(text)
    flat = [offset for span in spans for offset in span]
    assert flat == sorted(flat)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    covered = {i for start, end in spans for i in range(start, end)}
    assert covered.issuperset(visible(text))


@given(texts)
@settings(deadline=None, max_examples=100)
def test_no_sentence_holds_a_newline(text: str) -> None:
    assert all("\n" not in sentence for sentence in split(text))


@given(texts, texts)
@settings(deadline=None, max_examples=60)
def test_a_newline_makes_the_sentences_around_it_independent(first: str, second: str) -> None:
    assert split(f"{first}\n{second}") == split(first) + split(second)


@pytest.mark.parametrize(
    "abbreviation", ["вул. Хрещатик", "ім. Лесі Українки", "проф. Гук", "п. Іваненко", "м. Київ", "ст. Дарниця"]
)
def test_an_abbreviation_before_a_name_ends_no_sentence(abbreviation: str) -> None:
    text = f"Про це знає {abbreviation} і всі."
    assert split(text) == [text]


@pytest.mark.parametrize("number", ["2022 р.", "1990-х рр.", "5 млрд.", "300 тис.", "20 грн.", "XIX ст.", "2022р."])
def test_a_new_sentence_may_follow_an_abbreviation_after_a_number(number: str) -> None:
    assert split(f"Його довели до {number} Потім усе змінилося.") == [
        f"Його довели до {number}",
        "Потім усе змінилося.",
    ]


@pytest.mark.parametrize("number", ["2022 р.", "5 млрд.", "300 тис.", "20 грн.", "XIX ст."])
def test_a_small_letter_after_an_abbreviation_goes_on(number: str) -> None:
    text = f"Його довели до {number} та зупинили."
    assert split(text) == [text]


@given(texts, st.integers(0, 400))
@settings(deadline=None, max_examples=60)
def test_sentence_of_finds_the_sentence_that_holds_an_offset(text: str, offset: int) -> None:
    spans = sentences(text)
    for index, (start, end) in enumerate(spans):
        if start <= offset < end:
            assert sentence_of(spans, offset) == index
    if spans:
        assert sentence_of(spans, spans[-1][1] + 5) == len(spans) - 1


def test_an_offset_between_sentences_belongs_to_the_one_before() -> None:
    assert sentence_of([(0, 5), (8, 12)], 6) == 0


# --- places and characters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "place"),
    [(0, (1, 1)), (4, (1, 5)), (5, (2, 1)), (6, (3, 1)), (9, (3, 4)), (11, (3, 6)), (99, (3, 6))],
)
def test_line_and_column_count_from_one_in_code_points(offset: int, place: tuple[int, int]) -> None:
    assert line_column("Київ\n\nй\u0306🇺🇦ж", offset) == place


def test_sha256_is_of_the_utf_8_bytes() -> None:
    # printf 'Україна' | sha256sum
    assert sha256("Україна") == "83b059bf35de023153d36413bd9c3e84e7f9beef131f26df55a49f1df333ba04"
    assert sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def breaks(text: str) -> set[int]:
    return {offset for offset in range(len(text) + 1) if grapheme_breaks_inside(text, offset)}


def test_an_accent_belongs_to_its_letter() -> None:
    assert breaks(f"«за{COMBINING_ACUTE}мок»") == {3}


@pytest.mark.parametrize("emoji", ["🇺🇦", FAMILY, WAVING_RAINBOW, SCOTLAND, "👍🏽", KEYCAP])
def test_no_offset_inside_an_emoji_sequence_is_an_edge(emoji: str) -> None:
    assert breaks(f"А{emoji}я") == set(range(2, 1 + len(emoji)))


@pytest.mark.parametrize("count", [2, 19, 20, 21, 40])
def test_every_second_offset_in_a_row_of_flags_is_an_edge(count: int) -> None:
    text = "🇺🇦" * count
    assert breaks(text) == set(range(1, len(text), 2))


def test_plain_letters_have_edges_everywhere() -> None:
    assert breaks("Ґанок п'ять 10 000.") == set()


@pytest.mark.parametrize(
    "char", ["\r", "\x00", "\x1b", "\x85", "\u2028", "\u202e", "\u2066", "\ufffd", "\uffff", "\U0001fffe", "\ud800"]
)
def test_a_control_is_found(char: str) -> None:
    assert CONTROLS.search(f"сло{char}во")


@pytest.mark.parametrize(
    "char", ["\u00ad", "\u200b", "\u2060", "\ufeff", JOINER, "\u034f", "\u115f", "\u3164", "\U000e0041"]
)
def test_an_invisible_character_is_found(char: str) -> None:
    assert INVISIBLE.search(f"сло{char}во")
    assert not is_plain(f"сло{char}во")


@pytest.mark.parametrize(
    "text",
    [f"{FAMILY}!", f"Ось {WAVING_RAINBOW}.", f"🇺🇦 {KEYCAP}", SCOTLAND, f"за{COMBINING_ACUTE}мок", f"10{NBSP}000"],
)
def test_emoji_sequences_accents_and_no_break_spaces_are_no_fault(text: str) -> None:
    assert not CONTROLS.search(text)
    assert not INVISIBLE.search(text)


def test_a_joiner_at_the_end_of_an_emoji_is_invisible() -> None:
    assert INVISIBLE.search(f"👍{JOINER}слово")


@pytest.mark.parametrize("text", ["Їжак\tі\nпес — «так»…", f"10{NBSP}000 🇺🇦", f"за{COMBINING_ACUTE}мок", ""])
def test_ordinary_text_is_plain(text: str) -> None:
    assert is_plain(text)


def test_decomposed_letters_are_not_plain() -> None:
    assert not is_plain("и\u0306")


@given(st.text(alphabet=st.characters() | st.sampled_from([*"їй'ʼ’", NBSP, JOINER, "\u00ad", "\u202e", "🇺", "🏴"])))
@settings(deadline=None, max_examples=200)
def test_is_plain_never_vouches_for_text_with_a_fault(text: str) -> None:
    if is_plain(text):
        assert not CONTROLS.search(text)
        assert not INVISIBLE.search(text)
        assert re.search("[\u202a-\u202e\u200b]", text) is None
