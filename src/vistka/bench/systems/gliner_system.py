"""GLiNER: mentions by the English definitions of our labels, without training.

The model reads so many words and cuts off the rest, so it is given groups of sentences that fit. The library numbers
words wrongly from a sign on of which the tokenizer makes nothing (the joiner of an emoji), so it is shown a space
there. Its own words, which end at an apostrophe, decide where a mention may begin; whitespace at the edges of its spans
is left out, and a span of nothing else. Lost: nested mentions, and those longer than the model's `max_width` words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vistka.bench.systems import Setup
from vistka.bench.systems.tokenised import token_spans, with_mentions
from vistka.bench.systems.windows import groups, trimmed
from vistka.findings import InputError, MissingExtra, UsageError, reason
from vistka.model import Document
from vistka.text import Interval

THRESHOLD = 0.5
BATCH = 8
WORD = re.compile(r"\w+|\S")
"""No splitter of the library makes more words of a text than these."""

MARKS = 2
"""Signs of the prompt at each label; as many again enclose the whole."""


def system(setup: Setup) -> Gliner:
    """The model; raises `InputError` where none can be loaded or the definitions leave no room for text."""
    name = f"--system gliner:{setup.argument}"
    if not setup.argument:
        raise UsageError(f"{name}: write gliner:MODEL, a folder or the id of a model on the hub")
    try:
        from gliner import GLiNER
    except ImportError as error:
        raise MissingExtra("gliner", "gliner") from error
    try:
        model = GLiNER.from_pretrained(setup.argument)
    except Exception as error:  # the library raises what its many readers raise
        raise InputError(f"{name}: no model can be loaded there: {reason(error)}") from error
    return Gliner(name, model, {label.en: label.label for label in setup.labels.mentions})


class Gliner:
    """`definitions` are the labels by what the model is asked for."""

    def __init__(self, name: str, model: Any, definitions: dict[str, str]) -> None:
        self._model = model
        self._definitions = definitions
        self._tokenizer = model.data_processor.transformer_tokenizer
        self._words: int = model.config.max_len
        prompt = self._subtokens(list(definitions)) + MARKS * (len(definitions) + 1)
        self._room: int = self._tokenizer.model_max_length - prompt
        if self._room < 1:
            raise InputError(f"{name}: the definitions of the labels alone fill its window; take another model")

    def train(self, documents: Sequence[Document]) -> None:
        """Nothing to learn."""

    def predict(self, documents: Iterable[Document]) -> Iterator[Document]:
        for doc in documents:
            pieces = self._pieces(doc)
            shown = self._shown(doc.text)
            texts = [shown[start:end] for start, end in pieces]
            found = self._model.inference(
                texts, list(self._definitions), flat_ner=True, threshold=THRESHOLD, batch_size=BATCH
            )
            spans = (
                (*trimmed(doc.text, start + told["start"], start + told["end"]), self._definitions[told["label"]])
                for (start, _), entities in zip(pieces, found)
                for told in sorted(entities, key=lambda told: (told["start"], -told["end"]))
            )
            yield with_mentions(doc, (span for span in spans if span[0] < span[1]))

    def _pieces(self, doc: Document) -> list[Interval]:
        """Groups of sentences that the model reads whole, by its limits on words and on subtokens."""

        def cost(token: Interval) -> float:
            words = WORD.findall(doc.text[slice(*token)])
            return max(len(words) / self._words, self._subtokens(words) / self._room)

        return list(groups(token_spans(doc), cost, 1))

    def _shown(self, text: str) -> str:
        """The text, of the same length, with a space for every sign that has no subtoken."""
        signs = {sign for sign in set(text) if not sign.isalnum() and not sign.isspace()}
        return text.translate({ord(sign): " " for sign in signs if not self._subtokens([sign])})

    def _subtokens(self, words: list[str]) -> int:
        return len(self._tokenizer(words, is_split_into_words=True, add_special_tokens=False)["input_ids"])
