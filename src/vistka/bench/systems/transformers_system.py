"""transformers: a checkpoint fine-tuned to tag tokens, or one that already does.

Our tokens are tagged, each by its first subtoken, so that a mention is whole tokens and a slice of the text. A document
longer than the model's window is read in overlapping windows, each subtoken as the window says that sees most around
it. Fine-tuning is for a fixed number of rounds; no choice is made on held-out data. Same seed, machine and number of
threads: same model. A checkpoint's own labels keep their names, whether they are bare, IOB or BIOES.
Lost: nested mentions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from random import Random
from typing import Any

import numpy as np
from msgspec import Struct

from vistka.bench.systems import Setup
from vistka.bench.systems.schemes import NOTHING, as_iob2, parts
from vistka.bench.systems.tokenised import tagged, token_spans
from vistka.bench.systems.windows import Array, first_subtokens, merge_windows
from vistka.findings import InputError, MissingExtra, UsageError, reason
from vistka.model import Document
from vistka.tagging import OUTSIDE, iob2

READY = "="
"""The mark of a checkpoint that predicts as it is."""

WINDOW = 256
OVERLAP = 1 / 4
BATCH = 8
READING = {"cpu": 4, "cuda": 32}  # windows at once in prediction; more do not fit the caches of a processor
ROUNDS = 10
LEARNING_RATE = 5e-5
WARMUP = 0.1
WEIGHT_DECAY = 0.01
CLIP = 1.0
DOCUMENTS = 32
IGNORED = -100  # the label that the library's loss leaves out


def system(setup: Setup) -> Transformers:
    """The tagger; raises `UsageError` without a checkpoint, `InputError` for one that cannot tag."""
    name = f"--system transformers:{setup.argument}"
    checkpoint = setup.argument.removeprefix(READY)
    if not checkpoint:
        raise UsageError(
            f"{name}: write transformers:CHECKPOINT to fine-tune it, transformers:{READY}CHECKPOINT to take it as it is"
        )
    torch, library = _libraries()
    if setup.argument.startswith(READY):
        model, tokenizer = load(library, name, checkpoint)
        return Transformers(name, torch, model, tokenizer, None)
    labels = (OUTSIDE, *(f"{part}-{label}" for label in setup.labels.mention_labels for part in "BI"))
    with torch.random.fork_rng():
        torch.manual_seed(setup.seed)
        model, tokenizer = load(library, name, checkpoint, labels)
    return Transformers(name, torch, model, tokenizer, setup.seed)


class Window(Struct, frozen=True):
    """What the model sees at once: `inside` are the places of its subtokens among its inputs, `start` that of the first
    of them among the document's, `offsets` their spans in the text."""

    document: int
    start: int
    inside: Array
    offsets: Array
    inputs: dict[str, list[int]]


class Transformers:
    """`seed` is None for a checkpoint that is not trained."""

    def __init__(self, name: str, torch: Any, model: Any, tokenizer: Any, seed: int | None) -> None:
        self._name = name
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = model.to(self._device)
        self._tokenizer = tokenizer
        self._seed = seed
        self._labels = [str(model.config.id2label[number]) for number in range(model.config.num_labels)]
        self._parts = parts(name, self._labels)
        self._room = room(torch, model, tokenizer)

    def train(self, documents: Sequence[Document]) -> None:
        if self._seed is None:
            return
        torch = self._torch
        examples = self._examples(documents)
        order = Random(self._seed)
        optimiser = torch.optim.AdamW(self._model.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        steps = ROUNDS * -(-len(examples) // BATCH)
        warmup = max(1, round(WARMUP * steps))
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: min((step + 1) / warmup, (steps - step) / max(1, steps - warmup))
        )
        self._model.train()
        with torch.random.fork_rng(), self._memory(BATCH):
            torch.manual_seed(self._seed)
            for _ in range(ROUNDS):
                order.shuffle(examples)
                for batch in batches(examples, BATCH):
                    loss = self._model(**self._tensors(batch)).loss
                    if not torch.isfinite(loss):
                        raise InputError(f"{self._name}: the loss is not a number: take another checkpoint")
                    loss.backward()
                    torch.nn.utils.clip_grad_norm_(self._model.parameters(), CLIP)
                    optimiser.step()
                    schedule.step()
                    optimiser.zero_grad()

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        self._model.eval()
        stream = iter(documents)
        while chunk := list(islice(stream, DOCUMENTS)):
            windows = self._windows([doc.text for doc in chunk])
            rows = self._logits(windows)
            for doc, places in zip(chunk, by_document(windows)):
                yield self._tagged(doc, [windows[place] for place in places], [rows[place] for place in places])

    def _tagged(self, doc: Document, windows: Sequence[Window], rows: Sequence[Array]) -> Document:
        starts = [window.start for window in windows]
        best = merge_windows(rows, starts).argmax(1)
        offsets = merge_windows([window.offsets for window in windows], starts)
        sentences = list(token_spans(doc))
        places = iter(first_subtokens(doc.text, [span for spans in sentences for span in spans], offsets).tolist())
        told = []
        for spans in sentences:
            own = list(islice(places, len(spans)))
            told.append(as_iob2([self._parts[best[place]] if place >= 0 else NOTHING for place in own], own))
        return tagged(doc, zip(told, sentences))

    def _examples(self, documents: Sequence[Document]) -> list[dict[str, list[int]]]:
        """The inputs of every window with the label of each word at its first subtoken."""
        numbers = {label: number for number, label in enumerate(self._labels)}
        examples = []
        windows = self._windows([doc.text for doc in documents])
        for doc, places in zip(documents, by_document(windows)):
            own = [windows[place] for place in places]
            offsets = merge_windows([window.offsets for window in own], [window.start for window in own])
            spans = [span for sentence in token_spans(doc) for span in sentence]
            wanted = np.full(len(offsets), IGNORED)
            for place, tag in reversed(list(zip(first_subtokens(doc.text, spans, offsets), iob2(doc.mentions, spans)))):
                if tag not in numbers:
                    raise InputError(f"{self._name}: {doc.doc_id}: the label {tag[2:]} is not in the inventory")
                if place >= 0:  # the first of the words that share a subtoken decides: it is written last
                    wanted[place] = numbers[tag]
            for window in own:
                labels = np.full(len(window.inputs["input_ids"]), IGNORED)
                labels[window.inside] = wanted[window.start : window.start + len(window.inside)]
                if (labels != IGNORED).any():  # a batch without any label would have no loss
                    examples.append({**window.inputs, "labels": labels.tolist()})
        return examples

    def _windows(self, texts: list[str]) -> list[Window]:
        """Windows over the subtokens of every text, in order."""
        overlap = int(self._room * OVERLAP)
        made = self._tokenizer(
            texts,
            truncation=True,
            max_length=self._room,
            stride=overlap,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_attention_mask=True,
        )
        names = [name for name in self._tokenizer.model_input_names if name in made]
        windows: list[Window] = []
        start = 0
        for row, document in enumerate(made["overflow_to_sample_mapping"]):
            inside = np.flatnonzero(np.array(made["special_tokens_mask"][row]) == 0)
            if not windows or windows[-1].document != document:
                start = 0
            else:
                start += len(windows[-1].inside) - overlap
            offsets = np.array(made["offset_mapping"][row]).reshape(-1, 2)[inside]
            windows.append(Window(document, start, inside, offsets, {name: made[name][row] for name in names}))
        return windows

    def _logits(self, windows: Sequence[Window]) -> list[Array]:
        """The logits of every window's subtokens; windows of a length are read together."""
        found: list[Array] = [np.empty(0)] * len(windows)
        order = sorted(range(len(windows)), key=lambda place: len(windows[place].inputs["input_ids"]))
        size = READING[self._device]
        with self._torch.inference_mode(), self._memory(size):
            for batch in batches(order, size):
                logits = self._model(**self._tensors([windows[place].inputs for place in batch])).logits
                for place, rows in zip(batch, logits.float().cpu().numpy()):
                    found[place] = rows[windows[place].inside]
                    if np.isnan(found[place]).any():
                        raise InputError(f"{self._name}: the model returned NaN: its weights are broken")
        return found

    def _tensors(self, batch: Sequence[dict[str, list[int]]]) -> dict[str, Any]:
        """The inputs of several windows filled up to the longest on the right."""
        fill = {
            "input_ids": self._tokenizer.pad_token_id or 0,
            "token_type_ids": self._tokenizer.pad_token_type_id,
            "labels": IGNORED,
        }
        longest = max(len(inputs["input_ids"]) for inputs in batch)
        return {
            name: self._torch.tensor(
                [inputs[name] + [fill.get(name, 0)] * (longest - len(inputs[name])) for inputs in batch],
                device=self._device,
            )
            for name in batch[0]
        }

    @contextmanager
    def _memory(self, size: int) -> Iterator[None]:
        """An `InputError` where the model does not fit into memory."""
        try:
            yield
        except RuntimeError as error:
            if not isinstance(error, self._torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
                raise
            raise InputError(
                f"{self._name}: out of memory with {size} windows of {self._room} subtokens: "
                f"take a smaller batch (BATCH and READING in {__name__}) or a smaller checkpoint"
            ) from error


def by_document(windows: Sequence[Window]) -> Iterator[list[int]]:
    """The places of each document's windows."""
    return (list(places) for _, places in groupby(range(len(windows)), key=lambda place: windows[place].document))


def batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The items, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def room(torch: Any, model: Any, tokenizer: Any) -> int:
    """How many subtokens the model takes at once, special ones included."""
    limit = min(WINDOW, tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", WINDOW))
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            first = 0 if module.padding_idx is None else module.padding_idx + 1  # RoBERTa counts from there
            limit = min(limit, module.num_embeddings - first)
    return int(limit)


def load(library: Any, name: str, checkpoint: str, labels: Sequence[str] = ()) -> tuple[Any, Any]:
    """Model and tokenizer of a checkpoint, with a new head where `labels` are given, else with the head that it has.

    Raises `InputError` where it cannot be loaded, is not all there, or its tokenizer tells no offsets.
    """
    numbered = dict(enumerate(labels))
    head = {"id2label": numbered, "label2id": {label: number for number, label in numbered.items()}} if labels else {}
    try:
        tokenizer = library.AutoTokenizer.from_pretrained(checkpoint)
        model, told = library.AutoModelForTokenClassification.from_pretrained(
            checkpoint, output_loading_info=True, ignore_mismatched_sizes=True, **head
        )
    except Exception as error:  # the library raises what its many readers raise
        raise InputError(f"{name}: no checkpoint can be loaded there: {reason(error)}") from error
    if not tokenizer.is_fast:
        raise InputError(f"{name}: its tokenizer tells no offsets: take a checkpoint with a tokenizer.json")
    body = "" if not labels else f"{model.base_model_prefix}."
    missing = sorted(k for k in (*told["missing_keys"], *map(_key, told["mismatched_keys"])) if k.startswith(body))
    if missing:
        cure = "take one that is complete" if labels else f"fine-tune it: transformers:{checkpoint}"
        raise InputError(f"{name}: the checkpoint has no weights for {missing[0]}: {cure}")
    tokenizer.truncation_side = "right"
    return model.float(), tokenizer


def _key(mismatched: Any) -> str:
    """The key alone; some versions tell the two shapes with it."""
    return mismatched if isinstance(mismatched, str) else str(mismatched[0])


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtra("transformers", "torch or transformers") from error
    transformers.utils.logging.set_verbosity_error()  # what it warns of is an error here, or wanted
    transformers.utils.logging.disable_progress_bar()
    return torch, transformers
