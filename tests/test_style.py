"""Style figures counted by hand on tiny articles."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from builders import document, write_corpus
from vistka.cli import vistka as command
from vistka.model import Document
from vistka.style import SAMPLE_WORDS, style, style_tables

BLOCK = "\n%% entities\n%% relations\n%% stances\n"


def article(text: str, story: str, genre: str = "brief") -> Document:
    return document(text + BLOCK, story=story, genre=genre)


def test_an_opening_counts_once_a_story_whatever_its_case_and_apostrophes() -> None:
    found = style(
        [
            article("П’ять років тому міст упав", "a"),
            article("П'ЯТЬ РОКІВ ТОМУ порт спинився", "b"),
            article("Пʼять років тому порт спинився знову", "b"),
            article("Сім років тому", "c"),
        ]
    )
    assert [(r.words, r.stories) for r in found.openings] == [("п'ять років тому", 2)]


def test_five_grams_are_listed_from_three_stories_and_their_share_counted_from_two() -> None:
    stamp = "про це повідомила пресслужба міністерства"
    found = style([article(f"{stamp} {word}", word) for word in ("енергетики", "оборони", "фінансів")])
    assert [(r.words, r.stories) for r in found.five_grams] == [(stamp, 3)]
    assert found.five_grams_shared == pytest.approx(3 / 6)
    two = style([article(f"{stamp} {word}", word) for word in ("енергетики", "оборони")])
    assert two.five_grams == ()
    assert two.five_grams_shared == pytest.approx(2 / 4)


def test_within_a_story_nothing_is_repeated() -> None:
    found = style([article("одне й те саме речення двічі", "a"), article("одне й те саме речення двічі", "a")])
    assert (found.openings, found.five_grams_shared) == ((), 0)


def test_types_are_counted_over_whole_samples_only() -> None:
    assert style([article("слово " * (SAMPLE_WORDS - 1), "a")]).type_token_ratio is None
    assert style([article("слово " * (SAMPLE_WORDS + 5), "a")]).type_token_ratio == pytest.approx(1 / SAMPLE_WORDS)


def test_density_is_counted_over_tokens_and_by_genre() -> None:
    marked = "{Київ|LOC|k} чекає." + BLOCK.replace("entities\n", "entities\nk = Київ\n")
    found = style([document(marked, genre="post", story="a"), article("Дощ іде вже", "b", "column")])
    assert found.mentions_per_1000_tokens == pytest.approx(1000 / 6)
    assert found.genres["post"].mentions == pytest.approx(1000 / 3)
    assert (found.genres["column"].mentions, found.genres["column"].median_words) == (0, 3)


def test_signs_count_documents_not_occurrences() -> None:
    found = style([article("«Так» — «ні» – 10\u00a0тис. 🇺🇦 #вода NASA", "a"), article("„Так“ обʼєднання", "b")])
    held = {name for name, n in found.signs.items() if n}
    assert found.signs["quotes « »"] == 1
    assert held == {
        *("quotes « »", "quotes „ “", "dash —", "dash –", "no-break space", "emoji", "hashtag"),
        *("name in Latin script", "apostrophe ʼ"),
    }


def test_an_empty_corpus_has_tables_too() -> None:
    assert "| documents | 0 |" in style_tables(style([]))["style"]


def test_the_command_prints_style_as_tables_and_as_json(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "corpus")
    runner = CliRunner()
    assert "| repeated opening |" in runner.invoke(command, ["stats", str(root), "--style"]).output
    assert '"openings"' in runner.invoke(command, ["stats", str(root), "--style", "--format", "json"]).output
