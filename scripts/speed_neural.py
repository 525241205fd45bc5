"""Our windowed inference against the library's `token-classification` pipeline with `stride`.

The same random BERT, the same documents of about 3,700 characters and number of threads, by turns in one run. Both read
every character: the pipeline is given `stride`, without which it reads one window alone. It is asked twice: in the
windows that it makes of itself, as long as the model allows, and in ours.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parent))
from speed import generated, interleaved

SIZES = ((2, 128), (4, 256))
"""Layers and hidden units. The larger the model, the nearer to 1 the ratio: what the model itself computes is alike."""

CHARACTERS = 3_700
OURS = "vistka"
OUTSIDE_BIAS = 0.6
POSITIONS = 512


def documents(count: int) -> list[Any]:
    """Generated documents of about CHARACTERS code points, as bare text."""
    from vistka.model import Document

    made = []
    for number in range(count):
        text = ""
        while len(text) < CHARACTERS:
            text += generated(1000 * number + len(text))["text"] + "\n"
        text = text[: text.rindex(".", 0, CHARACTERS) + 1]
        layers: dict[str, Any] = {"text": text, "entities": [], "mentions": [], "relations": [], "stances": []}
        made.append(msgspec.convert({**generated(number), **layers}, Document))
    return made


def checkpoint(folder: Path, texts: list[str], layers: int, hidden: int) -> str:
    """A random BERT that calls most tokens O, and WordPiece with two pieces to a word, as multilingual ones have."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    pieces = BertWordPieceTokenizer(lowercase=False, strip_accents=False)
    pieces.train_from_iterator(texts, vocab_size=210, min_frequency=1, show_progress=False)
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces._tokenizer, model_max_length=POSITIONS, **special)
    torch.manual_seed(0)
    labels = ["O", *(f"{part}-{label}" for label in ("PERS", "ORG", "LOC", "JOB", "DATE", "MON") for part in "BI")]
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        intermediate_size=4 * hidden,
        max_position_embeddings=POSITIONS,
        id2label=dict(enumerate(labels)),
    )
    model = BertForTokenClassification(config)
    model.classifier.bias.data[0] = OUTSIDE_BIAS * (hidden / 128) ** 0.5
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def measure(count: int, rounds: int, threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    docs = documents(count)
    length = sum(len(doc.text) for doc in docs) / count
    print(f"{count} documents of {length:,.0f} characters; threads: {threads}; medians of {rounds} rounds")
    for layers, hidden in SIZES:
        tasks = contestants(docs, layers, hidden)
        for task in tasks.values():
            task()
        found = interleaved(tasks, rounds)
        print(f"\n{f'BERT of {layers} layers, hidden {hidden}':<42} {'ms a document':>14} {'× vistka':>9}")
        for name, seconds in found.items():
            print(f"{name:<42} {1000 * seconds / count:>14.1f} {seconds / found[OURS]:>9.2f}")


def contestants(docs: list[Any], layers: int, hidden: int) -> dict[str, Callable[[], object]]:
    """What is timed, as functions over all documents."""
    from transformers import pipeline

    from vistka.bench.systems import Setup, make
    from vistka.bench.systems.transformers_system import OVERLAP, READING, WINDOW
    from vistka.resources import load_labels

    texts = [doc.text for doc in docs]
    with tempfile.TemporaryDirectory(prefix="vistka-speed-") as folder:
        path = checkpoint(Path(folder), texts, layers, hidden)
        ours = make("transformers", Setup("ner", f"={path}", 0, load_labels(), Path(folder)))
        theirs, alike = (
            pipeline("token-classification", path, stride=int(w * OVERLAP), aggregation_strategy="first", device="cpu")
            for w in (POSITIONS, WINDOW)
        )
    alike.tokenizer.model_max_length = WINDOW
    return {
        OURS: lambda: list(ours.predict(docs)),
        "pipeline with stride": lambda: [theirs(text) for text in texts],
        "the same in windows like ours": lambda: [alike(text) for text in texts],
        f"the same in batches of {READING['cpu']}": lambda: alike(texts, batch_size=READING["cpu"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=multiprocessing.cpu_count(), help="by default one a core")
    options = parser.parse_args()
    measure(options.documents, options.rounds, options.threads)


if __name__ == "__main__":
    main()
