"""Documents -> the Arrow tables of the four configs, a batch at a time, column by column.

Offsets of `documents` and `ner` count in the document's text; those of `relations` and `stance` in the row's own
`text`, which begins at `context_start` of the document. Rows are in the order of the documents and of their text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vistka.documents import whole_sentences
from vistka.model import Document, Mention
from vistka.resources import Labels
from vistka.text import Interval, tokens

if TYPE_CHECKING:
    import pyarrow as pa

Ints = npt.NDArray[np.int64]

WINDOW_TOKENS = 30
"""A candidate pair has at most so many tokens between its mentions, and at most one sentence boundary."""

_DOC = 1 << 32  # keys are document × _DOC + offset, so that one sorted array serves the whole batch


class LabelIndex:
    """Labels as the integers that ClassLabels store."""

    def __init__(self, labels: Labels) -> None:
        self.mention = {label: i for i, label in enumerate(labels.mention_labels)}
        self.relation = {label: i for i, label in enumerate(labels.relation_labels)}
        self.polarity = {value: i for i, value in enumerate(labels.polarities)}
        self.attribution = {value: i for i, value in enumerate(labels.attributions)}
        count = len(self.mention)
        self.may_relate = np.zeros((count, count), dtype=bool)
        for _, head, tail in labels.signatures:
            self.may_relate[self.mention[head], self.mention[tail]] = True


class Batch:
    """Some documents of one split and what several configs need of them."""

    def __init__(self, docs: Sequence[Document], index: LabelIndex) -> None:
        self.docs = docs
        self.index = index
        self.mentions: list[Mention] = []
        self.mention_doc: list[int] = []
        for i, doc in enumerate(docs):
            ordered = sorted(doc.mentions, key=_text_order)
            self.mentions += ordered
            self.mention_doc += [i] * len(ordered)

    # --- mentions, in text order --------------------------------------------------------------------------

    @cached_property
    def labels(self) -> Ints:
        index = self.index.mention
        return np.array([index[m.label] for m in self.mentions], dtype=np.int64)

    @cached_property
    def starts(self) -> Ints:
        """Keys of the mentions' first characters."""
        return self._keys(map(attrgetter("start"), self.mentions))

    @cached_property
    def ends(self) -> Ints:
        return self._keys(map(attrgetter("end"), self.mentions))

    def _keys(self, offsets: Iterable[int]) -> Ints:
        count = len(self.mentions)
        return np.array(self.mention_doc, dtype=np.int64) * _DOC + np.fromiter(offsets, np.int64, count)

    @cached_property
    def mention_place(self) -> list[dict[str, int]]:
        """Per document: mention id -> place in `mentions`."""
        places: list[dict[str, int]] = [{} for _ in self.docs]
        for place, (doc, mention) in enumerate(zip(self.mention_doc, self.mentions)):
            places[doc][mention.id] = place
        return places

    # --- tokens and sentences -----------------------------------------------------------------------------

    @cached_property
    def _tokens(self) -> tuple[Ints, Ints, list[str], list[int]]:
        """Keys of first and last characters, surfaces, and how many each document has."""
        return _token_columns([doc.text for doc in self.docs])

    @property
    def token_starts(self) -> Ints:
        return self._tokens[0]

    @property
    def token_ends(self) -> Ints:
        return self._tokens[1]

    @property
    def token_texts(self) -> list[str]:
        return self._tokens[2]

    @property
    def token_counts(self) -> list[int]:
        return self._tokens[3]

    @cached_property
    def first_tokens(self) -> Ints:
        """Per mention, the token that holds its first character."""
        return np.searchsorted(self.token_ends, self.starts, side="right")

    @cached_property
    def last_tokens(self) -> Ints:
        return np.searchsorted(self.token_starts, self.ends, side="left") - 1

    @cached_property
    def sentence_spans(self) -> list[list[Interval]]:
        """Per document; a boundary inside a mention is none."""
        return [whole_sentences(doc) for doc in self.docs]

    @cached_property
    def sentence_starts(self) -> Ints:
        return _keys_of(self.sentence_spans, 0)

    @cached_property
    def sentence_ends(self) -> Ints:
        return _keys_of(self.sentence_spans, 1)

    @cached_property
    def mention_sentences(self) -> Ints:
        """Per mention, its sentence's place in the batch."""
        return np.searchsorted(self.sentence_starts, self.starts, side="right") - 1

    # --- candidate pairs ----------------------------------------------------------------------------------

    @cached_property
    def candidates(self) -> Ints:
        """Sorted keys of the ordered pairs of mentions that some signature allows, near enough, of different things."""
        count = len(self.mentions)
        doc = np.array(self.mention_doc, dtype=np.int64)
        thing = self._things()
        found = [np.zeros(0, np.int64)]
        for step in range(1, count):
            left, right = np.arange(count - step), np.arange(step, count)
            near = (doc[left] == doc[right]) & (self.first_tokens[right] - self.last_tokens[left] <= WINDOW_TOKENS + 1)
            if not near.any():
                break
            near &= self.mention_sentences[right] - self.mention_sentences[left] <= 1
            near &= thing[left] != thing[right]
            for head, tail in ((left, right), (right, left)):
                fits = near & self.index.may_relate[self.labels[head], self.labels[tail]]
                found.append(self._pair_keys(head[fits], tail[fits]))
        return np.sort(np.concatenate(found))

    def _things(self) -> Ints:
        """Per mention, a number that mentions of one entity share."""
        seen: dict[tuple[int, str], int] = {}
        return np.array(
            [
                seen.setdefault((doc, m.entity), len(seen)) if m.entity is not None else -1 - place
                for place, (doc, m) in enumerate(zip(self.mention_doc, self.mentions))
            ],
            dtype=np.int64,
        )

    @cached_property
    def gold(self) -> Ints:
        """A row (head, tail, label) for every relation, mentions by their places."""
        index = self.index.relation
        rows = [
            (places[r.head], places[r.tail], index[r.label])
            for doc, places in zip(self.docs, self.mention_place)
            for r in doc.relations
        ]
        return np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)

    @cached_property
    def gold_in_window(self) -> npt.NDArray[np.bool_]:
        """Per row of `gold`, whether its pair is a candidate."""
        return _among(self.candidates, self.gold_keys)

    @property
    def gold_keys(self) -> Ints:
        """Per row of `gold`, the key of its pair; sorted."""
        return self._pair_keys(self.gold[:, 0], self.gold[:, 1])

    def _pair_keys(self, heads: Ints, tails: Ints) -> Ints:
        return heads * max(1, len(self.mentions)) + tails


def tables(batch: Batch, schemas: Mapping[str, pa.Schema]) -> dict[str, pa.Table]:
    """One table a config. Columns that repeat few values are dictionaries, which Parquet stores as such."""
    import pyarrow as pa

    columns = {
        "documents": _documents(batch),
        "ner": _ner(batch),
        "relations": _relations(batch),
        "stance": _stance(batch),
    }
    return {
        config: pa.Table.from_arrays(
            [_column(found[field.name], field.type) for field in schemas[config]], names=schemas[config].names
        )
        for config, found in columns.items()
    }


# --- columns: a list of values, a list of lists (`Lists`), or a dict of columns (a struct) --------------------


class Lists:
    """A list column: how many items each row has, and the items of all rows as one column."""

    def __init__(self, lengths: Iterable[int], items: Any) -> None:
        self.offsets = np.array([0, *accumulate(lengths)], dtype=np.int32)
        self.items = items


class Repeated:
    """Few strings that a column repeats: `at` gives the column by the strings' places."""

    def __init__(self, values: Sequence[str | None]) -> None:
        import pyarrow as pa

        self._missing = np.array([value is None for value in values], dtype=bool)
        # Parquet takes no null as a dictionary's value, only as a place; and pyarrow writes a dictionary with a
        # value twice as a page with bytes behind its end, so that no two builds are alike.
        seen: dict[str, int] = {}
        self._place = np.array([seen.setdefault(value or "", len(seen)) for value in values], dtype=np.int64)
        self._dictionary = pa.array(list(seen), pa.string())

    def at(self, places: Ints) -> Any:
        import pyarrow as pa

        mask = self._missing[places] if self._missing.any() else None
        return pa.DictionaryArray.from_arrays(pa.array(self._place[places], pa.int32(), mask=mask), self._dictionary)


class Optional:
    """A struct column that may be null: `present` tells where it is not."""

    def __init__(self, present: Sequence[bool], items: dict[str, Any]) -> None:
        self.present = present
        self.items = items


def _column(values: Any, kind: Any) -> Any:
    import pyarrow as pa

    if isinstance(values, pa.DictionaryArray):
        return values
    if isinstance(values, Lists):
        return pa.ListArray.from_arrays(pa.array(values.offsets), _column(values.items, kind.value_type))
    mask = None
    if isinstance(values, Optional):
        mask = pa.array([not present for present in values.present], pa.bool_())
        values = values.items
    if isinstance(values, dict):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        arrays = [_column(values[field.name], field.type) for field in fields]
        return pa.StructArray.from_arrays(arrays, names=[field.name for field in fields], mask=mask)
    return pa.array(values, kind)


def _documents(batch: Batch) -> dict[str, Any]:
    docs, index = batch.docs, batch.index
    metadata = [doc.metadata for doc in docs]
    columns: dict[str, Any] = {"doc_id": [doc.doc_id for doc in docs], "text": [doc.text for doc in docs]}
    for name in ("title", "language", "published", "publisher", "url", "topic", "genre", "story", "origin", "licence"):
        columns[name] = [getattr(m, name) for m in metadata]
    columns["sources"] = _lists([m.sources for m in metadata], "url", "publisher", "published")
    columns["entities"] = _lists([doc.entities for doc in docs], "id", "name", "wikidata")
    mentions = _lists([doc.mentions for doc in docs], "id", "label", "start", "end", "text", "entity")
    mentions.items["label"] = [index.mention[label] for label in mentions.items["label"]]
    relations = _lists([doc.relations for doc in docs], "id", "label", "head", "tail")
    relations.items["label"] = [index.relation[label] for label in relations.items["label"]]
    stances = _lists([doc.stances for doc in docs], "id", "polarity", "attribution", "holder", "target", "expression")
    parts = stances.items
    parts["polarity"] = [index.polarity[value] for value in parts["polarity"]]
    parts["attribution"] = [index.attribution[value] for value in parts["attribution"]]
    parts["holder"] = Optional([h is not None for h in parts["holder"]], _struct(parts["holder"], *_ANCHORED))
    parts["target"] = _struct(parts["target"], *_ANCHORED)
    parts["expression"] = _struct(parts["expression"], *_SPAN)
    return {**columns, "mentions": mentions, "relations": relations, "stances": stances}


_SPAN = ("start", "end", "text")
_ANCHORED = (*_SPAN, "mention")


def _lists(rows: Sequence[Sequence[Any]], *names: str) -> Lists:
    return Lists(map(len, rows), _struct(list(chain.from_iterable(rows)), *names))


def _struct(items: Sequence[Any], *names: str) -> dict[str, Any]:
    """The named fields of all items as columns; an item that is None has none of them."""
    if None in items:
        return {name: [getattr(item, name, None) for item in items] for name in names}
    return {name: list(map(attrgetter(name), items)) for name in names}


def _ner(batch: Batch) -> dict[str, Any]:
    tags = np.zeros(len(batch.token_starts), dtype=np.int64)
    if batch.mentions:
        reach = np.maximum.accumulate(batch.ends)
        outermost = np.concatenate(([True], batch.starts[1:] >= reach[:-1]))
        first, last = batch.first_tokens[outermost], batch.last_tokens[outermost]
        label = batch.labels[outermost]
        lengths = last - first + 1
        inside = np.repeat(first - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(lengths.sum())
        tags[inside] = np.repeat(2 * label + 2, lengths)
        tags[first] = 2 * label + 1
    bounds = np.append(np.searchsorted(batch.token_starts, batch.sentence_starts), len(batch.token_starts))
    lengths_of_rows = np.diff(bounds).tolist()
    return {
        "doc_id": [doc.doc_id for doc, spans in zip(batch.docs, batch.sentence_spans) for _ in spans],
        "sentence": [i for spans in batch.sentence_spans for i in range(len(spans))],
        "text": [doc.text[a:b] for doc, spans in zip(batch.docs, batch.sentence_spans) for a, b in spans],
        "tokens": Lists(lengths_of_rows, batch.token_texts),
        "ner_tags": Lists(lengths_of_rows, tags),
        "starts": Lists(lengths_of_rows, batch.token_starts % _DOC),
        "ends": Lists(lengths_of_rows, batch.token_ends % _DOC),
    }


def _relations(batch: Batch) -> dict[str, Any]:
    free = batch.candidates[~_among(batch.gold_keys, batch.candidates)]
    inside = batch.gold_in_window
    label_count = len(batch.index.relation) + 1
    rows = np.concatenate((free * label_count, batch.gold_keys[inside] * label_count + batch.gold[inside, 2] + 1))
    rows.sort()
    pairs, label = np.divmod(rows, label_count)
    head, tail = np.divmod(pairs, max(1, len(batch.mentions)))

    sentence = batch.mention_sentences
    first = np.minimum(sentence[head], sentence[tail])
    last = np.maximum(sentence[head], sentence[tail])
    context_start = batch.sentence_starts[first]
    # A context is one sentence or two: its key is small, so that a table finds the different ones.
    context = 2 * first + (last - first)
    used = np.zeros(2 * len(batch.sentence_starts), dtype=bool)
    used[context] = True
    contexts = []
    for one, more in zip(*(part.tolist() for part in np.divmod(np.flatnonzero(used), 2))):
        start, end = int(batch.sentence_starts[one]), int(batch.sentence_ends[one + more])
        contexts.append(batch.docs[start // _DOC].text[start % _DOC : end % _DOC])
    which = (np.cumsum(used) - 1)[context]
    doc_of = np.array(batch.mention_doc, dtype=np.int64)[head]
    surface = Repeated([m.text for m in batch.mentions])
    identifier = Repeated([m.id for m in batch.mentions])
    entity = Repeated([m.entity for m in batch.mentions])

    def side(places: Ints) -> dict[str, Any]:
        return {
            "start": batch.starts[places] - context_start,
            "end": batch.ends[places] - context_start,
            "text": surface.at(places),
            "mention": identifier.at(places),
            "label": batch.labels[places],
            "entity": entity.at(places),
        }

    return {
        "doc_id": Repeated([doc.doc_id for doc in batch.docs]).at(doc_of),
        "context_start": context_start % _DOC,
        "text": Repeated(contexts).at(which),
        "head": side(head),
        "tail": side(tail),
        "label": label,
    }


def _stance(batch: Batch) -> dict[str, Any]:
    rows: dict[str, list[Any]] = {name: [] for name in ("doc_id", "context_start", "text", "attribution", "polarity")}
    spans: dict[str, list[Any]] = {"holder": [], "target": [], "expression": []}
    starts: list[int] = []
    for doc, found in zip(batch.docs, batch.sentence_spans):
        for stance in sorted(doc.stances, key=lambda s: (s.expression.start, s.expression.end, s.id)):
            parts = [part for part in (stance.holder, stance.target, stance.expression) if part is not None]
            low, high = min(p.start for p in parts), max(p.end for p in parts)
            start = max(s for s, _ in found if s <= low)
            end = min(e for _, e in found if e >= high)
            rows["doc_id"].append(doc.doc_id)
            rows["context_start"].append(start)
            rows["text"].append(doc.text[start:end])
            rows["attribution"].append(batch.index.attribution[stance.attribution])
            rows["polarity"].append(batch.index.polarity[stance.polarity])
            for name in spans:
                spans[name].append(getattr(stance, name))
            starts.append(start)

    def shifted(parts: list[Any]) -> dict[str, Any]:
        return {
            "start": [p and p.start - start for p, start in zip(parts, starts)],
            "end": [p and p.end - start for p, start in zip(parts, starts)],
            "text": [p and p.text for p in parts],
        }

    holder = Optional([p is not None for p in spans["holder"]], shifted(spans["holder"]))
    return {**rows, "holder": holder, "target": shifted(spans["target"]), "expression": shifted(spans["expression"])}


class _Pieces(dict[str, tuple[tuple[int, ...], tuple[str, ...], int, int]]):
    """Start offsets and surfaces of the tokens in a piece of text without whitespace, their number, its length."""

    def __missing__(self, piece: str) -> tuple[tuple[int, ...], tuple[str, ...], int, int]:
        spans = tokens(piece)
        starts = tuple([start for start, _ in spans])
        self[piece] = found = (starts, tuple([piece[a:b] for a, b in spans]), len(spans), len(piece))
        return found


_PIECES = _Pieces()
_MAX_PIECES = 200_000


def _token_columns(texts: Sequence[str]) -> tuple[Ints, Ints, list[str], list[int]]:
    """The tokens of many texts at once: start keys, end keys, surfaces, and how many each text has.

    No token holds whitespace, so a text is cut at whitespace first, and the tokens of a piece are looked up where it
    was met before: most of a corpus is words met before.
    """
    if len(_PIECES) > _MAX_PIECES:
        _PIECES.clear()
    starts: list[Ints] = []
    surfaces: list[str] = []
    counts: list[int] = []
    for number, text in enumerate(texts):
        found = list(map(_PIECES.__getitem__, text.split()))
        if not found:
            counts.append(0)
            continue
        inside, words, many, lengths = zip(*found)
        if sum(lengths) + len(found) - 1 == len(text):  # single spaces alone part the pieces
            places = np.cumsum((0, *[length + 1 for length in lengths[:-1]]))
        else:
            places = np.fromiter((m.start() for m in _PIECE.finditer(text)), np.int64, len(found))
        offsets = np.fromiter(chain.from_iterable(inside), np.int64, sum(many))
        starts.append(np.repeat(places, many) + offsets + number * _DOC)
        surfaces += chain.from_iterable(words)
        counts.append(len(offsets))
    keys = np.concatenate([np.zeros(0, np.int64), *starts])
    return keys, keys + np.fromiter(map(len, surfaces), np.int64, len(surfaces)), surfaces, counts


_PIECE = re.compile(r"\S+")


def _among(keys: Ints, wanted: Ints) -> npt.NDArray[np.bool_]:
    """Per wanted key, whether it is among the sorted keys."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool)
    found: npt.NDArray[np.bool_] = keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted
    return found


def _text_order(mention: Mention) -> tuple[int, int]:
    return (mention.start, -mention.end)


def _keys_of(spans: Sequence[Sequence[Interval]], side: int) -> Ints:
    lengths = [len(found) for found in spans]
    flat = np.fromiter((span[side] for found in spans for span in found), np.int64, sum(lengths))
    return flat + np.repeat(np.arange(len(spans), dtype=np.int64) * _DOC, lengths)
