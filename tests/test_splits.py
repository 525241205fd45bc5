"""Splits without leaks, and the near-duplicates that they keep together."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import DOC_ID, MARKUP, document, write_corpus
from conftest import Run
from vistka.corpus import read_splits
from vistka.findings import InputError
from vistka.model import SPLITS
from vistka.neardup import THRESHOLD, bands, jaccard, near_duplicates, shingles
from vistka.splits import SHARES, Unit, assign, deviation, features, groups

SYLLABLES = """
ба ве гі ґа дю єм жо за ий іл їв ки ля мо ню пе ру сі то уф ха ці чо шу ще юн як п'я об’є
""".split()  # noqa: SIM905


def word(random: Random) -> str:
    return "".join(random.choice(SYLLABLES) for _ in range(random.randint(2, 4)))


def article(seed: int, words: int = 120) -> str:
    random = Random(seed)
    return " ".join(word(random) for _ in range(words)) + "."


def changed(text: str, seed: int, share: float = 0.05) -> str:
    """The text with that share of its words replaced."""
    random = Random(seed)
    words = text.split()
    for place in random.sample(range(len(words)), round(share * len(words))):
        words[place] = "інше" + word(random)
    return " ".join(words)


def unit(name: str, story: str, text: str, **counts: int) -> Unit:
    return Unit(name, story, counts or {"topic war": 1}, bands(text))


def units_of(texts: Mapping[str, str], stories: Mapping[str, str]) -> list[Unit]:
    return [unit(name, stories[name], text) for name, text in texts.items()]


NAMES = [f"2025-05-{day:02}-a" for day in range(1, 13)]
TEXTS = {name: article(seed) for seed, name in enumerate(NAMES)}
STORIES = {name: f"story-{seed // 2}" for seed, name in enumerate(NAMES)}
# Two stories of which one retells the other:
TEXTS[NAMES[11]] = changed(TEXTS[NAMES[0]], 1)
UNITS = units_of(TEXTS, STORIES)

LABELS = [f"mention {label}" for label in ("PERS", "ORG", "LOC", "JOB", "MON", "EVENT", "MISC")]


def skewed(count: int = 200) -> list[Unit]:
    """Documents with unevenly spread labels, three to a story at most."""
    random = Random(7)
    made = []
    for i in range(count):
        counts = {
            label: random.randint(1, 40) for rank, label in enumerate(LABELS) if random.random() < 0.9 / (rank + 1)
        }
        counts[f"topic {random.choice('абвгґ')}"] = 1
        made.append(Unit(f"2025-01-01-{i:03}", f"story-{i // random.randint(1, 3)}", counts, bytes(256)))
    return made


def distinct(units: list[Unit]) -> tuple[list[Unit], dict[str, str]]:
    """The units with band keys of their own, and a text for each."""
    texts = {u.doc_id: article(1000 + i, 12) for i, u in enumerate(units)}
    return [Unit(u.doc_id, u.story, u.features, bands(texts[u.doc_id])) for u in units], texts


# --- what stays together --------------------------------------------------------------------------------------


def test_documents_of_one_story_are_in_one_split() -> None:
    table = assign(UNITS, TEXTS)
    for story in set(STORIES.values()):
        assert len({table[name] for name in NAMES if STORIES[name] == story}) == 1


def test_near_duplicates_of_different_stories_are_in_one_split() -> None:
    assert STORIES[NAMES[0]] != STORIES[NAMES[11]]
    table = assign(UNITS, TEXTS)
    assert table[NAMES[0]] == table[NAMES[11]]


def test_a_group_joins_stories_through_their_near_duplicates() -> None:
    found = {frozenset(UNITS[i].doc_id for i in group) for group in groups(UNITS, TEXTS)}
    assert frozenset((NAMES[0], NAMES[1], NAMES[10], NAMES[11])) in found
    assert len(found) == 5


def test_every_document_gets_one_of_the_three_splits() -> None:
    table = assign(UNITS, TEXTS)
    assert set(table) == set(NAMES)
    assert set(table.values()) == set(SPLITS)


@given(st.lists(st.integers(1, 4), min_size=3, max_size=6))
@settings(deadline=None, max_examples=60)
def test_three_stories_are_enough_to_fill_all_splits(sizes: list[int]) -> None:
    names = [(f"2025-05-01-{place}-{i}", f"story-{place}") for place, size in enumerate(sizes) for i in range(size)]
    units = [
        Unit(name, story, {"topic war": 1}, index.to_bytes(8, "big") * 32) for index, (name, story) in enumerate(names)
    ]
    table = assign(units, {name: name for name, _ in names})
    assert set(table.values()) == set(SPLITS)


def test_one_document_is_for_training() -> None:
    texts = {NAMES[0]: TEXTS[NAMES[0]]}
    assert assign(units_of(texts, STORIES), texts) == {NAMES[0]: "train"}


def test_no_documents_make_an_empty_table() -> None:
    assert assign([], {}) == {}


# --- steadiness -----------------------------------------------------------------------------------------------


@given(st.permutations(UNITS))
@settings(deadline=None, max_examples=25)
def test_the_order_of_documents_does_not_matter(units: list[Unit]) -> None:
    assert assign(units, TEXTS) == assign(UNITS, TEXTS)


@given(st.sets(st.sampled_from(NAMES), min_size=1))
@settings(deadline=None, max_examples=25)
def test_what_is_placed_does_not_move_when_documents_are_added(first: set[str]) -> None:
    before = assign([u for u in UNITS if u.doc_id in first], TEXTS)
    try:
        after = assign(UNITS, TEXTS, placed=before)
    except InputError as error:  # the added ones may tie together what stands apart
        assert first & {NAMES[0], NAMES[1]}
        assert first & {NAMES[10], NAMES[11]}
        assert "placed apart" in str(error)
        return
    assert {name: after[name] for name in first} == before
    assert set(after) == set(NAMES)


def test_a_document_of_a_placed_story_joins_it() -> None:
    others = [u for u in UNITS if u.doc_id != NAMES[3]]
    for split in SPLITS:
        placed = {NAMES[2]: split}
        assert assign([*others, UNITS[3]], TEXTS, placed=placed)[NAMES[3]] == split


def test_a_placement_of_a_document_that_is_gone_is_dropped() -> None:
    table = assign(UNITS, TEXTS, placed={"2020-01-01-gone": "test"})
    assert set(table) == set(NAMES)


def test_a_story_placed_apart_is_refused_and_both_are_named() -> None:
    with pytest.raises(InputError) as caught:
        assign(UNITS, TEXTS, placed={NAMES[2]: "train", NAMES[3]: "test"})
    message = str(caught.value)
    assert f"{NAMES[2]} in train" in message
    assert f"{NAMES[3]} in test" in message
    assert "--reassign" in message


def test_near_duplicates_placed_apart_are_refused_and_both_are_named() -> None:
    with pytest.raises(InputError) as caught:
        assign(UNITS, TEXTS, placed={NAMES[0]: "train", NAMES[11]: "validation"})
    assert f"{NAMES[0]} in train" in str(caught.value)
    assert f"{NAMES[11]} in validation" in str(caught.value)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_gives_the_same_table(seed: str) -> None:
    code = "import test_splits as t; from vistka.splits import assign; print(sorted(assign(t.UNITS, t.TEXTS).items()))"
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths}
    found = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(sorted(assign(UNITS, TEXTS).items()))


# --- balance --------------------------------------------------------------------------------------------------


def test_labels_deviate_less_than_under_any_of_fifty_random_assignments() -> None:
    units, texts = distinct(skewed())
    table = assign(units, texts)
    random = Random(1)
    stories = sorted({u.story for u in units})
    by_chance = []
    for _ in range(50):
        drawn = dict(zip(stories, random.choices(SPLITS, [SHARES[s] for s in SPLITS], k=len(stories))))
        by_chance.append(deviation(units, {u.doc_id: drawn[u.story] for u in units}))
    assert deviation(units, table) < 0.5 * min(by_chance)


def test_documents_are_shared_out_as_wanted() -> None:
    units, texts = distinct(skewed())
    counts = Counter(assign(units, texts).values())
    for split, share in SHARES.items():
        assert abs(counts[split] - share * len(units)) <= 4


def test_other_shares_are_kept_too() -> None:
    units, texts = distinct(skewed(60))
    shares = {"train": 0.5, "validation": 0.25, "test": 0.25}
    counts = Counter(assign(units, texts, shares).values())
    assert all(abs(counts[split] - share * 60) <= 3 for split, share in shares.items())


def test_deviation_of_a_hand_worked_table() -> None:
    units = [unit(name, name, "", **{"mention ORG": 1}) for name in NAMES[:4]]
    shares = {"train": 0.5, "validation": 0.25, "test": 0.25}
    exact = dict(zip(NAMES, ("train", "train", "validation", "test")))
    assert deviation(units, exact, shares) == 0.0
    # 3 of 2 wanted, 0 of 1, 1 of 1: (0.5 + 1 + 0) / 3
    skew = dict(zip(NAMES, ("train", "train", "train", "test")))
    assert deviation(units, skew, shares) == pytest.approx(0.5)


def test_the_features_of_a_document_are_its_labels_and_topic() -> None:
    assert features(document()) == {
        "mention JOB": 1,
        "mention LOC": 3,
        "mention PERS": 2,
        "relation HOLDS_POSITION": 1,
        "relation POSITION_IN": 1,
        "polarity support": 1,
        "attribution direct": 1,
        "topic politics": 1,
    }


# --- the command ----------------------------------------------------------------------------------------------


def corpus(root: Path, splits: str | None) -> Path:
    pairs = [(f"2025-05-0{i}-a", f"{article(i)}\n%% entities\n") for i in range(1, 6)]
    write_corpus(root, *pairs, splits=splits)
    for i in range(1, 6):
        path = root / "articles" / f"2025-05-0{i}-a.meta.json"
        path.write_text(path.read_text("utf-8").replace('"story": "pidpys"', f'"story": "story-{i // 2}"'), "utf-8")
    return root


def test_reassign_places_anew_what_stands_and_without_it_nothing_moves(vistka: Run, tmp_path: Path) -> None:
    stands = "doc_id,split\n" + "".join(f"2025-05-0{i}-a,test\n" for i in range(1, 6))
    root = corpus(tmp_path, stands)
    assert vistka("split", root).returncode == 0
    assert (root / "splits.csv").read_text("utf-8") == stands
    assert vistka("split", root, "--reassign").returncode == 0
    table, faults = read_splits(root / "splits.csv")
    assert set(table.values()) == set(SPLITS)
    assert faults == []


def test_a_story_placed_apart_stops_the_command_until_reassign(vistka: Run, tmp_path: Path) -> None:
    apart = "doc_id,split\n2025-05-02-a,train\n2025-05-03-a,test\n"
    root = corpus(tmp_path, apart)
    found = vistka("split", root)
    assert found.returncode == 1
    assert "2025-05-02-a in train" in found.stderr
    assert "2025-05-03-a in test" in found.stderr
    assert (root / "splits.csv").read_text("utf-8") == apart
    assert vistka("split", root, "--reassign").returncode == 0
    table = read_splits(root / "splits.csv")[0]
    assert table["2025-05-02-a"] == table["2025-05-03-a"]


# --- near-duplicates ------------------------------------------------------------------------------------------


def test_shingles_are_runs_of_three_words_in_small_letters() -> None:
    assert shingles("П’ять прем'єрів у Києві.") == {"п'ять прем'єрів у", "прем'єрів у києві"}


def test_apostrophes_of_any_form_are_one() -> None:
    assert shingles("обʼєднання п'яти об’єктів") == shingles("об'єднання п’яти обʼєктів")


def test_a_text_shorter_than_a_shingle_is_its_own() -> None:
    assert shingles("Два слова") == {"два слова"}
    assert shingles("… — !") == set()


def test_jaccard_of_a_hand_worked_pair() -> None:
    first = shingles("а б в г ґ")  # а б в, б в г, в г ґ
    second = shingles("а б в г д е")  # а б в, б в г, в г д, г д е
    assert jaccard(first, second) == 2 / 5
    assert jaccard(first, first) == 1.0
    assert jaccard(set(), set()) == 0.0


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
@settings(deadline=None)
def test_jaccard_is_symmetric_and_between_nought_and_one(first: set[int], second: set[int]) -> None:
    one, two = set(map(str, first)), set(map(str, second))
    assert jaccard(one, two) == jaccard(two, one)
    assert 0 <= jaccard(one, two) <= 1


def test_texts_with_a_twentieth_of_their_words_changed_are_found() -> None:
    originals = [article(seed) for seed in range(200)]
    texts = originals + [changed(text, seed) for seed, text in enumerate(originals)]
    pairs = {(pair.first, pair.second) for pair in near_duplicates(lambda: texts)}
    assert sum((i, i + 200) in pairs for i in range(200)) >= 198
    assert all(second == first + 200 for first, second in pairs)


def test_unrelated_texts_are_no_pair() -> None:
    assert near_duplicates(lambda: [article(seed) for seed in range(300)]) == []


def test_a_pair_below_the_threshold_is_none() -> None:
    text = article(1)
    other = changed(text, 2, share=0.3)
    assert jaccard(shingles(text), shingles(other)) < THRESHOLD
    assert near_duplicates(lambda: [text, other]) == []


def test_a_pair_carries_its_places_and_its_index() -> None:
    text = article(1)
    other = changed(text, 2)
    (pair,) = near_duplicates(lambda: [article(2), other, article(3), text])
    assert (pair.first, pair.second) == (1, 3)
    assert pair.jaccard == jaccard(shingles(text), shingles(other)) > 0.7


def test_equal_texts_are_linked_all_together() -> None:
    texts = [article(1), article(2), article(1), article(1)]
    linked = {place for pair in near_duplicates(lambda: texts) for place in (pair.first, pair.second)}
    assert linked == {0, 2, 3}


def test_texts_without_words_are_no_duplicates() -> None:
    assert near_duplicates(lambda: ["", "…", "— — —"]) == []


def test_the_example_of_the_builders_is_a_near_duplicate_of_itself_alone() -> None:
    texts = [document(MARKUP, DOC_ID).text, article(1), document(MARKUP, DOC_ID).text]
    assert [(pair.first, pair.second, pair.jaccard) for pair in near_duplicates(lambda: texts)] == [(0, 2, 1.0)]
