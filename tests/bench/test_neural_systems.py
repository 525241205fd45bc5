"""The neural systems: a whole document is read, mentions are whole tokens and slices, faults are one line.

transformers runs for real, on BERTs of some kilobytes made here: one whose head tells the label of each subtoken by its
id alone, so that what it finds is known, and random ones that are trained. GLiNER, flair and Stanza are fakes of the
libraries' interface, for neither they nor models of them are installed with the tests: they show what our adapters do
with answers, not that the libraries answer so.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from builders import document
from vistka.bench.systems import SYSTEMS, Setup, make
from vistka.bench.systems.schemes import as_iob2, parts
from vistka.bench.systems.windows import first_subtokens, groups, merge_windows, trimmed
from vistka.findings import InputError, MissingExtra, UsageError
from vistka.model import Document
from vistka.resources import load_labels
from vistka.tagging import iob2
from vistka.text import tokens

EMPTY = "\n%% entities\n%% relations\n%% stances\n"
LINE = (
    "Об'єднання «Зоря» у Києві чекає на п'ять потягів, каже Ганна-Марія Обʼєднана. 🇺🇦 Об’єднанням керує 👩‍🚀 з Києва.\n"
)
MENTIONS = [
    ("ORG", "Об'єднання"),
    ("LOC", "Києві"),
    ("PERS", "Ганна-Марія Обʼєднана"),
    ("ORG", "Об’єднанням"),
    ("LOC", "Києва"),
]
STEMS = {"Об": "B-ORG", "Ки": "B-LOC", "Ганна": "B-PERS", "Обʼєднан": "I-PERS"}
LABELS = ["O", *(f"{part}-{label}" for label in ("PERS", "ORG", "LOC", "MISC") for part in "BI")]


def article(text: str) -> Document:
    return document(text.rstrip("\n") + EMPTY)


LONG = article(LINE * 40)


def spans(doc: Document) -> list[tuple[str, str]]:
    return [(m.label, m.text) for m in doc.mentions]


def sound(doc: Document) -> bool:
    """Whether mentions are slices in text order, apart, without whitespace at their edges."""
    ends = [0, *(m.end for m in doc.mentions)]
    return all(
        doc.text[m.start : m.end] == m.text == m.text.strip() != "" and m.start >= end
        for m, end in zip(doc.mentions, ends)
    )


def whole_tokens(doc: Document) -> bool:
    """Whether no mention begins or ends inside a token of ours."""
    edges = tokens(doc.text)
    starts, ends = {a for a, _ in edges}, {b for _, b in edges}
    return all(m.start in starts and m.end in ends for m in doc.mentions)


# --- pieces and their putting together, without any library -------------------------------------------------------


def test_a_row_comes_from_the_window_in_which_it_is_farthest_from_an_edge() -> None:
    windows = [np.full((6, 1), 0), np.full((6, 1), 1), np.full((5, 1), 2)]
    # rows 2 to 5 are in both windows 0 and 1: 2 and 3 lie deeper in the first; likewise 6 and 7 of 6 to 9
    assert merge_windows(windows, [0, 2, 4]).ravel().tolist() == [0, 0, 0, 0, 1, 1, 2, 2, 2]


def test_one_window_is_taken_as_it_is() -> None:
    rows = np.arange(8).reshape(4, 2)
    assert (merge_windows([rows], [0]) == rows).all()


def test_windows_that_leave_a_gap_are_refused() -> None:
    with pytest.raises(ValueError, match="row 2"):
        merge_windows([np.zeros((2, 1)), np.zeros((2, 1))], [0, 3])


def test_a_word_stands_on_the_first_subtoken_that_begins_in_it_without_its_leading_space() -> None:
    text = "У Києві 🇺🇦"
    offsets = np.array([(0, 1), (1, 4), (4, 7), (7, 9), (8, 9), (9, 10)])
    assert first_subtokens(text, [(0, 1), (2, 7), (8, 10)], offsets).tolist() == [0, 1, 3]


def test_words_in_one_subtoken_share_it_and_a_word_without_any_has_none() -> None:
    text = "5% 🤝 так"
    words = tokens(text)
    assert first_subtokens(text, words, np.array([(0, 2), (5, 8)])).tolist() == [0, 0, -1, 1]
    assert first_subtokens(text, words, np.empty((0, 2), int)).tolist() == [-1] * 4
    assert first_subtokens(text, words, np.array([(2, 3)])).tolist() == [-1] * 4


def test_groups_hold_every_token_and_cost_no_more_than_the_room() -> None:
    sentences = [[(0, 2), (3, 5)], [(6, 8)], [(9, 11), (12, 14), (15, 17), (18, 20)], [(21, 23)]]
    assert list(groups(sentences, lambda _: 1, 3)) == [(0, 8), (9, 17), (18, 23)]
    assert list(groups(sentences, lambda _: 5, 3)) == [span for sentence in sentences for span in sentence]
    assert list(groups([], lambda _: 1, 3)) == []


def test_a_span_is_trimmed_of_whitespace_alone() -> None:
    assert trimmed("у \u00a0«Києві» ", 1, 11) == (3, 10)
    start, end = trimmed("а \n б", 1, 4)
    assert start == end


@pytest.mark.parametrize(
    ("labels", "told", "tags"),
    [
        (["O", "B-LOC", "I-LOC"], "I-LOC B-LOC I-LOC O I-LOC", "B-LOC B-LOC I-LOC O B-LOC"),
        (["O", "LOC", "PER"], "LOC LOC PER O LOC", "B-LOC I-LOC B-PER O B-LOC"),
        (
            ["O", "B-X", "I-X", "E-X", "S-X"],
            "B-X I-X E-X S-X S-X E-X I-X",
            "B-X I-X I-X B-X B-X B-X B-X",
        ),
        (["O", "B-X", "I-X", "L-X", "U-X"], "U-X B-X L-X L-X", "B-X B-X I-X B-X"),
        (["O", "E-mail", "Person"], "E-mail E-mail Person", "B-E-mail I-E-mail B-Person"),
    ],
    ids=["IOB", "bare", "BIOES", "BILOU", "a bare label with a hyphen"],
)
def test_tags_of_every_scheme_become_iob2(labels: list[str], told: str, tags: str) -> None:
    part = dict(zip(labels, parts("x", labels)))
    words = [part[label] for label in told.split()]
    assert as_iob2(words, range(len(words))) == tags.split()


def test_words_in_one_subtoken_are_one_mention() -> None:
    assert as_iob2([("B", "PCT")] * 3, [4, 4, 5]) == ["B-PCT", "I-PCT", "B-PCT"]


# --- transformers: tokenizers and checkpoints of some kilobytes ---------------------------------------------------


def wordpiece(room: int = 48) -> Any:
    """Letters and some stems; it parts words at apostrophes and hyphens."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = sorted({c for c in LINE if not c.isspace()})
    vocabulary = [*special, *letters, *(f"##{c}" for c in letters), *(s for s in STEMS if "ʼ" not in s), "Марі"]
    made = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [("[CLS]", 2), ("[SEP]", 3)]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=room, **names)


def bytelevel(room: int = 48) -> Any:
    """Merges of bytes, as in RoBERTa: a space belongs to the subtoken that follows it."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    made = ByteLevelBPETokenizer()
    made.train_from_iterator([LINE] * 3, vocab_size=600, special_tokens=["<pad>", "<s>"], show_progress=False)
    return PreTrainedTokenizerFast(tokenizer_object=made._tokenizer, model_max_length=room, pad_token="<pad>")


def bert(vocabulary: int, labels: Iterable[str] = LABELS, room: int = 48) -> Any:
    import torch
    from transformers import BertConfig, BertForTokenClassification

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=room,
        id2label=dict(enumerate(labels)),
    )
    return BertForTokenClassification(config)


def telling(vocabulary: int, label_of: Callable[[int], str], labels: list[str] = LABELS) -> Any:
    """A BERT whose layers pass on what they get and whose head tells the label that the embedding points to."""
    import torch

    model = bert(vocabulary, labels)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "LayerNorm" not in name:
                weights.zero_()
        for number in range(vocabulary):
            model.bert.embeddings.word_embeddings.weight[number, labels.index(label_of(number))] = 1
        for number in range(len(labels)):
            model.classifier.weight[number, number] = 1
    return model


def saved(folder: Path, model: Any, tokenizer: Any) -> str:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def setup(argument: str, folder: Path, seed: int = 1) -> Setup:
    return Setup("ner", argument, seed, load_labels(), folder)


def run(name: str, argument: str, folder: Path, *documents: Document) -> list[Document]:
    system = make(name, setup(argument, folder))
    system.train([])
    return list(system.predict(documents))


def words_label(piece: str) -> str:
    """The label of a piece of a word: that of a stem it begins; anything inside a word would be a MISC of its own."""
    if piece.startswith("##") or piece in {*"'ʼ’-", "Марі"}:
        return "B-MISC"
    return STEMS.get(piece, "O")


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    """It tells Об, Ки and Ганна at the beginning of a word, and MISC wherever a word goes on."""
    tokenizer = wordpiece()
    pieces = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    return saved(tmp_path / "telling", telling(len(pieces), lambda number: words_label(pieces[number])), tokenizer)


def expected_of_wordpiece() -> list[tuple[str, str]]:
    """As MENTIONS; the tokenizer parts a surname at its apostrophe, so that its first piece begins an ORG."""
    return [*MENTIONS[:2], ("PERS", "Ганна-Марія"), ("ORG", "Обʼєднана"), *MENTIONS[3:]]


def test_mentions_are_whole_tokens_to_the_end_of_a_document_of_many_windows(checkpoint: str, tmp_path: Path) -> None:
    (found,) = run("transformers", f"={checkpoint}", tmp_path, LONG)
    assert len(wordpiece()(LONG.text, truncation=True, return_overflowing_tokens=True)["input_ids"]) > 50
    assert spans(found) == expected_of_wordpiece() * 40
    assert len(LONG.text) - found.mentions[-1].end == 1
    assert sound(found) and whole_tokens(found)


def test_a_byte_level_tokenizer_puts_no_space_into_a_mention(tmp_path: Path) -> None:
    tokenizer = bytelevel()
    pieces = [tokenizer.decode([number]) for number in range(len(tokenizer))]

    def label(number: int) -> str:
        piece = pieces[number]
        if re.fullmatch(r" ?\w+", piece) is None:
            return "O"
        found = {"Ки": "B-LOC", "Об'": "B-ORG", "Об": "B-ORG", "Ганна": "B-PERS"}
        return next((tag for stem, tag in found.items() if piece.strip().startswith(stem)), "O")

    path = saved(tmp_path / "bytes", telling(len(pieces), label), tokenizer)
    (found,) = run("transformers", f"={path}", tmp_path, LONG)
    assert {m.text for m in found.mentions} == {
        "Об'єднання",
        "Києві",
        "Ганна-Марія",
        "Обʼєднана",
        "Об’єднанням",
        "Києва",
    }
    assert len(found.mentions) == 240
    assert sound(found) and whole_tokens(found)


def test_windows_put_together_are_the_subtokens_of_the_whole_text(checkpoint: str, tmp_path: Path) -> None:
    system: Any = make("transformers", setup(f"={checkpoint}", tmp_path))
    short = article("Київ")
    windows = system._windows([LONG.text, short.text])
    own = [window for window in windows if window.document == 0]
    whole = wordpiece(10**6)(LONG.text, return_offsets_mapping=True, add_special_tokens=False)
    merged = merge_windows([window.offsets for window in own], [window.start for window in own])
    assert merged.tolist() == [list(span) for span in whole["offset_mapping"]]
    assert all(len(window.inputs["input_ids"]) <= 48 for window in windows)


def test_documents_come_in_their_order_whatever_their_length(checkpoint: str, tmp_path: Path) -> None:
    texts = [LINE * 3, "Тиша.", LINE, "🤝", "Києві", LINE * 2] * 10
    found = run("transformers", f"={checkpoint}", tmp_path, *map(article, texts))
    assert [doc.text for doc in found] == [article(text).text for text in texts]
    assert [len(doc.mentions) for doc in found] == [18, 0, 6, 0, 1, 12] * 10


def test_a_document_keeps_nothing_of_what_it_came_with(checkpoint: str, tmp_path: Path) -> None:
    (found,) = run("transformers", f"={checkpoint}", tmp_path, document())
    assert {m.label for m in found.mentions} == {"LOC"}
    assert (found.entities, found.relations, found.stances) == ((), (), ())


def test_a_text_without_a_token_has_no_mentions(checkpoint: str, tmp_path: Path) -> None:
    bare = replace(LONG, text=" \n", mentions=())
    assert spans(run("transformers", f"={checkpoint}", tmp_path, bare)[0]) == []


def test_labels_of_a_bioes_checkpoint_keep_their_names(tmp_path: Path) -> None:
    tokenizer = wordpiece()
    pieces = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    labels = ["O", "B-person", "E-person", "S-place"]
    stems = {"Ганна": "B-person", "Об": "E-person", "Ки": "S-place"}
    model = telling(len(pieces), lambda number: stems.get(pieces[number], "O"), labels)
    (found,) = run("transformers", f"={saved(tmp_path / 'bioes', model, tokenizer)}", tmp_path, article(LINE))
    assert ("person", "Ганна-Марія Обʼєднана") in spans(found)
    assert ("place", "Києва") in spans(found)


# --- transformers: training ---------------------------------------------------------------------------------------

TRAIN = [
    document(
        "{Об'єднання|ORG|o} у {Києві|LOC|k} чекає, каже {Ганна-Марія Обʼєднана|PERS|h}. 🇺🇦\nПотягів п'ять."
        "\n%% entities\no = Об'єднання\nk = Київ\nh = Ганна-Марія Обʼєднана\n%% relations\n%% stances\n"
    ),
    document(
        "Каже {Ганна-Марія|PERS|h}: потяг з {Києва|LOC|k}."
        "\n%% entities\nh = Ганна-Марія\nk = Київ\n%% relations\n%% stances\n",
        "2025-05-02-b",
    ),
]


@pytest.fixture
def blank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A random BERT without a head, and a pace at which it learns in a second."""
    from vistka.bench.systems import transformers_system

    monkeypatch.setattr(transformers_system, "LEARNING_RATE", 5e-3)
    monkeypatch.setattr(transformers_system, "ROUNDS", 60)
    tokenizer = wordpiece()
    return saved(tmp_path / "blank", bert(len(tokenizer)).bert, tokenizer)


def trained(blank: str, folder: Path, seed: int) -> Any:
    system = make("transformers", setup(blank, folder, seed))
    system.train(TRAIN)
    return system


def test_it_finds_what_it_was_trained_on(blank: str, tmp_path: Path) -> None:
    for doc, found in zip(TRAIN, trained(blank, tmp_path, 1).predict(TRAIN)):
        assert spans(found) == spans(doc)
        assert sound(found)


def test_one_seed_gives_one_model_and_another_seed_another(
    blank: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr("vistka.bench.systems.transformers_system.ROUNDS", 3)
    systems = []
    for seed in (1, 1, 2):
        torch.seed()  # whatever the process drew before
        state = torch.random.get_rng_state()
        systems.append(trained(blank, tmp_path, seed))
        assert torch.equal(state, torch.random.get_rng_state())
    one, two, other = (system._model.classifier.weight for system in systems)
    assert torch.equal(one, two) and not torch.equal(one, other)
    assert list(systems[0].predict([LONG])) == list(systems[1].predict([LONG]))


def test_training_labels_each_word_once_at_its_first_subtoken(blank: str, tmp_path: Path) -> None:
    system: Any = make("transformers", setup(blank, tmp_path))
    doc = TRAIN[1]
    (example,) = system._examples([doc])
    told = [system._labels[number] for number in example["labels"] if number != -100]
    assert told == iob2(doc.mentions, tokens(doc.text))


def test_words_in_one_subtoken_are_trained_and_found_as_one_mention(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({"[UNK]": 0, "5%": 1, "[PAD]": 2}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=48, pad_token="[PAD]")
    doc = document("Ціна зросла на {5%|PCT} за {5%|PCT} акцій." + EMPTY)
    model = telling(3, lambda number: "B-PCT" if number == 1 else "O", ["O", "B-PCT"])
    path = saved(tmp_path / "shared", model, tokenizer)
    assert spans(run("transformers", f"={path}", tmp_path, doc)[0]) == [("PCT", "5%")] * 2
    system: Any = make("transformers", setup(path, tmp_path))
    (example,) = system._examples([doc])
    assert [system._labels[number] for number in example["labels"]] == ["O", "O", "O", "B-PCT", "O", "B-PCT", "O"]


def test_the_head_of_a_trained_checkpoint_is_not_touched(checkpoint: str, tmp_path: Path) -> None:
    system: Any = make("transformers", setup(f"={checkpoint}", tmp_path))
    before = system._model.classifier.weight.clone()
    system.train(TRAIN)
    assert (before == system._model.classifier.weight).all()


def test_a_head_of_other_labels_gives_way_to_ours(checkpoint: str, tmp_path: Path) -> None:
    system: Any = make("transformers", setup(checkpoint, tmp_path))
    assert len(system._labels) == 1 + 2 * len(load_labels().mention_labels)


def test_a_label_outside_the_inventory_stops_training(blank: str, tmp_path: Path) -> None:
    doc = replace(TRAIN[1], mentions=(replace(TRAIN[1].mentions[0], label="HERO"),))
    with pytest.raises(InputError, match="2025-05-02-b: the label HERO is not in the inventory"):
        make("transformers", setup(blank, tmp_path)).train([doc])


# --- transformers: faults -----------------------------------------------------------------------------------------


def refused(argument: str, folder: Path, *documents: Document) -> str:
    with pytest.raises(InputError) as caught:
        run("transformers", argument, folder, *documents)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_model_that_answers_nan_is_refused(tmp_path: Path) -> None:
    tokenizer = wordpiece()
    model = bert(len(tokenizer))
    model.classifier.weight.data.fill_(float("nan"))
    path = saved(tmp_path / "nan", model, tokenizer)
    assert "the model returned NaN" in refused(f"={path}", tmp_path, LONG)
    model.bert.embeddings.word_embeddings.weight.data.fill_(float("nan"))
    system = make("transformers", setup(saved(tmp_path / "nan", model, tokenizer), tmp_path))
    with pytest.raises(InputError, match="the loss is not a number"):
        system.train(TRAIN)


def test_a_checkpoint_whose_labels_name_nothing_is_refused(tmp_path: Path) -> None:
    tokenizer = wordpiece()
    for labels in (["LABEL_0", "LABEL_1"], ["O", "LABEL_1"], ["negative", "positive"]):
        path = saved(tmp_path / "labels", bert(len(tokenizer), labels), tokenizer)
        assert f"its labels do not name mentions ({', '.join(labels)})" in refused(f"={path}", tmp_path)


def test_a_checkpoint_without_a_head_predicts_nothing(blank: str, tmp_path: Path) -> None:
    assert f"no weights for classifier.bias: fine-tune it: transformers:{blank}" in refused(f"={blank}", tmp_path)


def test_a_checkpoint_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "no checkpoint can be loaded there" in refused(f"{tmp_path}/none", tmp_path)
    (tmp_path / "empty").mkdir()
    assert "no checkpoint can be loaded there" in refused(f"={tmp_path}/empty", tmp_path)


def test_a_tokenizer_without_offsets_is_refused(tmp_path: Path) -> None:
    from transformers import ByT5Tokenizer

    tokenizer = ByT5Tokenizer()
    assert "its tokenizer tells no offsets" in refused(f"={saved(tmp_path, bert(400), tokenizer)}", tmp_path)


@pytest.mark.parametrize("where", ["graphics card", "main memory"])
def test_too_little_memory_is_told_with_its_cure(checkpoint: str, tmp_path: Path, where: str) -> None:
    import torch

    def full(**inputs: Any) -> None:
        if where == "graphics card":
            raise torch.OutOfMemoryError("CUDA out of memory")
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    system: Any = make("transformers", setup(f"={checkpoint}", tmp_path))
    system._model.forward = full
    with pytest.raises(InputError, match="out of memory with 4 windows of 48 subtokens: take a smaller batch"):
        list(system.predict([LONG]))


def test_another_fault_of_the_model_is_not_called_memory(checkpoint: str, tmp_path: Path) -> None:
    def broken(**inputs: Any) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    system: Any = make("transformers", setup(f"={checkpoint}", tmp_path))
    system._model.forward = broken
    with pytest.raises(RuntimeError, match="mat1"):
        list(system.predict([LONG]))


# --- GLiNER, flair and Stanza as fakes ----------------------------------------------------------------------------


def fake(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    module = ModuleType(name)
    module.__dict__.update(members)
    monkeypatch.setitem(sys.modules, name, module)


def hits(text: str) -> list[tuple[int, int]]:
    """Київ in its forms, and the whitespace around it."""
    return [match.span() for match in re.finditer(r"\s?Киє\w+\s?", text)]


class FakeSubtokens:
    """Three subtokens to a word, as Ukrainian has them in a multilingual vocabulary; none to a joiner."""

    def __init__(self, limit: int) -> None:
        self.model_max_length = limit

    def __call__(self, words: list[str], is_split_into_words: bool, add_special_tokens: bool) -> dict[str, list[int]]:
        assert is_split_into_words and not add_special_tokens
        return {"input_ids": [0] * sum(3 * len(word.split()) for word in words if word != "\u200d")}


class FakeGliner:
    """It cuts off what is beyond its limits in words and in subtokens, and answers with spaces at the edges."""

    def __init__(self, words: int, subtokens: int) -> None:
        self.config = SimpleNamespace(max_len=words)
        self.data_processor = SimpleNamespace(transformer_tokenizer=FakeSubtokens(subtokens))
        self.asked: list[str] = []

    def inference(
        self, texts: list[str], labels: list[str], flat_ner: bool, threshold: float, batch_size: int
    ) -> list[list[dict[str, Any]]]:
        assert flat_ner
        self.asked = labels
        prompt = sum(3 * len(label.split()) + 1 for label in labels) + 3
        return [self._one(text, labels[2], prompt) for text in texts]

    def _one(self, text: str, label: str, prompt: int) -> list[dict[str, Any]]:
        assert "\u200d" not in text, "the library would number the words after it wrongly"
        words = [m.end() for m in re.finditer(r"\w+(?:[-_]\w+)*|\S", text)]
        kept = min(self.config.max_len, (self.data_processor.transformer_tokenizer.model_max_length - prompt) // 3)
        end = ([0, *words])[min(kept, len(words))]
        return [{"start": a, "end": b, "label": label, "score": 0.9} for a, b in hits(text) if b <= end + 1]


@pytest.mark.parametrize(("words", "subtokens"), [(30, 10**30), (384, 700), (7, 10**30)])
def test_gliner_reads_to_the_end_whatever_its_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: int, subtokens: int
) -> None:
    model = FakeGliner(words, subtokens)
    fake(monkeypatch, "gliner", GLiNER=SimpleNamespace(from_pretrained=lambda source: model))
    (found,) = run("gliner", "small", tmp_path, LONG)
    assert spans(found) == [("LOC", "Києві"), ("LOC", "Києва")] * 40
    assert sound(found)
    assert model.asked == [m.en for m in load_labels().mentions]


def test_definitions_that_leave_no_room_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake(monkeypatch, "gliner", GLiNER=SimpleNamespace(from_pretrained=lambda source: FakeGliner(384, 128)))
    with pytest.raises(InputError, match="the definitions of the labels alone fill its window"):
        make("gliner", setup("small", tmp_path))


class FakeSentence:
    def __init__(self, words: list[str]) -> None:
        assert isinstance(words, list) and all(words)
        self.words = words
        self.found: list[int] = []

    def __len__(self) -> int:
        return len(self.words)

    def get_spans(self, layer: str) -> list[Any]:
        def label(asked: str) -> Any:
            return SimpleNamespace(value={"ner": "LOC"}[asked])

        return [SimpleNamespace(tokens=[SimpleNamespace(idx=at + 1)], get_label=label) for at in self.found]


class FakeTagger:
    label_type = "ner"

    def predict(self, sentences: list[FakeSentence], mini_batch_size: int) -> None:
        for sentence in sentences:
            sentence.found = [at for at, word in enumerate(sentence.words) if word.startswith("Киє")]


def flair(monkeypatch: pytest.MonkeyPatch, sentence: type = FakeSentence) -> None:
    fake(monkeypatch, "flair")
    fake(monkeypatch, "flair.data", Sentence=sentence)
    fake(monkeypatch, "flair.models", SequenceTagger=SimpleNamespace(load=lambda source: FakeTagger()))


def test_flair_is_told_our_tokens_and_its_answer_is_in_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    flair(monkeypatch)
    (found,) = run("flair", "small.pt", tmp_path, LONG)
    assert spans(found) == [("LOC", "Києві"), ("LOC", "Києва")] * 40
    assert sound(found) and whole_tokens(found)
    assert len(LONG.text) - found.mentions[-1].end == 1


def test_a_token_that_flair_drops_is_no_silent_shift(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Dropping(FakeSentence):
        def __len__(self) -> int:
            return len(self.words) - 1

    flair(monkeypatch, Dropping)
    with pytest.raises(InputError, match="flair dropped a token"):
        run("flair", "small.pt", tmp_path, LONG)


class FakePipeline:
    made: tuple[Any, ...] = ()

    def __init__(self, lang: str, **options: Any) -> None:
        FakePipeline.made = (lang, options)

    def bulk_process(self, texts: list[str]) -> list[Any]:
        return [
            SimpleNamespace(ents=[SimpleNamespace(start_char=a, end_char=b, type="LOC") for a, b in hits(text)])
            for text in texts
        ]


def test_stanza_reads_to_the_end_and_its_spans_lose_their_spaces(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake(monkeypatch, "stanza", Pipeline=FakePipeline)
    (found,) = run("stanza", "uk", tmp_path, LONG)
    assert spans(found) == [("LOC", "Києві"), ("LOC", "Києва")] * 40
    assert sound(found)
    assert len(LONG.text) - found.mentions[-1].end == 1


def test_stanza_fetches_nothing_for_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake(monkeypatch, "stanza", Pipeline=FakePipeline)
    make("stanza", setup(str(tmp_path), tmp_path))
    lang, options = FakePipeline.made
    assert (lang, options["model_dir"], options["download_method"]) == ("uk", str(tmp_path), None)


def broken(*arguments: Any, **options: Any) -> None:
    raise OSError("nothing there\nand much more")


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("gliner", {"gliner": {"GLiNER": SimpleNamespace(from_pretrained=broken)}}),
        (
            "flair",
            {
                "flair": {},
                "flair.data": {"Sentence": None},
                "flair.models": {"SequenceTagger": SimpleNamespace(load=broken)},
            },
        ),
        ("stanza", {"stanza": {"Pipeline": broken}}),
    ],
)
def test_a_model_that_cannot_be_loaded_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, modules: dict[str, dict[str, Any]]
) -> None:
    for module, members in modules.items():
        fake(monkeypatch, module, **members)
    with pytest.raises(InputError, match=f"^--system {name}:none: no .* can be loaded.*: nothing there$"):
        make(name, setup("none", tmp_path))


@pytest.mark.parametrize("name", ["transformers", "gliner", "flair", "stanza"])
def test_a_library_that_is_missing_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    for module in ("torch", "gliner", "flair", "flair.data", "stanza"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'vistka\[{SYSTEMS[name].extra}\]'"):
        make(name, setup("x", tmp_path))


@pytest.mark.parametrize("name", ["transformers", "gliner", "flair", "stanza"])
def test_a_call_without_a_model_says_what_to_write(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"write {name}:"):
        make(name, setup("", tmp_path))
