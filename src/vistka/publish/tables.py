"""Documents -> the Arrow tables of the four configs, a batch at a time, column by column.

Offsets of `documents` and `ner` count in the document's text; those of `relations` and `stance` in the row's own
`text`, which begins at `context_start` of the document. Rows are in the order of the documents and of their text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from vistka.publish.batch import Batch, among
from vistka.publish.features import METADATA_COLUMNS
from vistka.publish.tokens import KEY, Ints

if TYPE_CHECKING:
    import pyarrow as pa


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
    """Strings that a column repeats: `at` gives the column by the strings' places."""

    def __init__(self, values: pa.Array) -> None:
        # Encoded, so that no string stands twice: pyarrow writes such a dictionary as a page with bytes behind its
        # end, and no two builds are alike. Missing strings are missing places, as Parquet wants it.
        encoded = values.dictionary_encode()
        self._places, self._strings = encoded.indices, encoded.dictionary

    def at(self, places: Ints) -> pa.DictionaryArray:
        import pyarrow as pa

        return pa.DictionaryArray.from_arrays(self._places.take(pa.array(places)), self._strings)


class Optional:
    """A struct column that may be null: `present` tells where it is not."""

    def __init__(self, present: Sequence[bool], items: dict[str, Any]) -> None:
        self.present = present
        self.items = items


def _column(values: Any, kind: Any) -> Any:
    import pyarrow as pa

    if isinstance(values, pa.Array):
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
    for name in METADATA_COLUMNS:
        columns[name] = [getattr(m, name) for m in metadata]
    columns["sources"] = _lists([m.sources for m in metadata], "url", "publisher", "published")
    columns["entities"] = _lists([doc.entities for doc in docs], "id", "name", "wikidata")
    mention = {
        "id": batch.ids,
        "label": batch.labels,
        "start": batch.starts % KEY,
        "end": batch.ends % KEY,
        "text": batch.surfaces,
        "entity": batch.entities,
    }
    relations = _lists([doc.relations for doc in docs], "id", "label", "head", "tail")
    relations.items["label"] = [index.relation[label] for label in relations.items["label"]]
    stances = _lists([doc.stances for doc in docs], "id", "polarity", "attribution", "holder", "target", "expression")
    parts = stances.items
    parts["polarity"] = [index.polarity[value] for value in parts["polarity"]]
    parts["attribution"] = [index.attribution[value] for value in parts["attribution"]]
    parts["holder"] = Optional([h is not None for h in parts["holder"]], _struct(parts["holder"], *_ANCHORED))
    parts["target"] = _struct(parts["target"], *_ANCHORED)
    parts["expression"] = _struct(parts["expression"], *_SPAN)
    mentions = Lists(batch.mention_counts, mention)
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
    import pyarrow as pa

    found = batch.tokens
    tags = np.zeros(len(found.starts), dtype=np.int64)
    if batch.mentions:
        reach = np.maximum.accumulate(batch.ends)
        outermost = np.concatenate(([True], batch.starts[1:] >= reach[:-1]))
        first, last = batch.first_tokens[outermost], batch.last_tokens[outermost]
        label = batch.labels[outermost]
        lengths = last - first + 1
        inside = np.repeat(first - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(lengths.sum())
        tags[inside] = np.repeat(2 * label + 2, lengths)
        tags[first] = 2 * label + 1
    bounds = np.append(np.searchsorted(found.starts, batch.sentence_starts), len(found.starts))
    lengths_of_rows = np.diff(bounds).tolist()
    words = pa.DictionaryArray.from_arrays(pa.array(found.codes, pa.int32()), pa.array(found.words, pa.string()))
    return {
        "doc_id": [doc.doc_id for doc, spans in zip(batch.docs, batch.sentence_spans) for _ in spans],
        "sentence": [i for spans in batch.sentence_spans for i in range(len(spans))],
        "text": [doc.text[a:b] for doc, spans in zip(batch.docs, batch.sentence_spans) for a, b in spans],
        "tokens": Lists(lengths_of_rows, words),
        "ner_tags": Lists(lengths_of_rows, tags),
        "starts": Lists(lengths_of_rows, found.starts % KEY),
        "ends": Lists(lengths_of_rows, found.ends % KEY),
    }


def _relations(batch: Batch) -> dict[str, Any]:
    import pyarrow as pa

    free = batch.candidates[~among(batch.gold_keys, batch.candidates)]
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
        contexts.append(batch.docs[start // KEY].text[start % KEY : end % KEY])
    which = (np.cumsum(used) - 1)[context]
    surface, identifier, entity = Repeated(batch.surfaces), Repeated(batch.ids), Repeated(batch.entities)

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
        "doc_id": Repeated(pa.array([doc.doc_id for doc in batch.docs], pa.string())).at(batch.mention_doc[head]),
        "context_start": context_start % KEY,
        "text": Repeated(pa.array(contexts, pa.string())).at(which),
        "head": side(head),
        "tail": side(tail),
        "label": label,
    }


def _stance(batch: Batch) -> dict[str, Any]:
    rows = [
        (number, doc, stance)
        for number, doc in enumerate(batch.docs)
        for stance in sorted(doc.stances, key=lambda s: (s.expression.start, s.expression.end, s.id))
    ]
    parts = [[part for part in (s.holder, s.target, s.expression) if part is not None] for _, _, s in rows]
    documents = np.array([number for number, _, _ in rows], dtype=np.int64) * KEY
    low = documents + np.array([min([p.start for p in found]) for found in parts], dtype=np.int64)
    high = documents + np.array([max([p.end for p in found]) for found in parts], dtype=np.int64)
    first = np.searchsorted(batch.sentence_starts, low, side="right") - 1
    last = np.searchsorted(batch.sentence_ends, high, side="left")
    starts = (batch.sentence_starts[first] % KEY).tolist()
    ends = (batch.sentence_ends[last] % KEY).tolist()

    def shifted(spans: list[Any]) -> dict[str, Any]:
        return {
            "start": [p and p.start - start for p, start in zip(spans, starts)],
            "end": [p and p.end - start for p, start in zip(spans, starts)],
            "text": [p and p.text for p in spans],
        }

    holders = [s.holder for _, _, s in rows]
    return {
        "doc_id": [doc.doc_id for _, doc, _ in rows],
        "context_start": starts,
        "text": [doc.text[start:end] for (_, doc, _), start, end in zip(rows, starts, ends)],
        "holder": Optional([p is not None for p in holders], shifted(holders)),
        "target": shifted([s.target for _, _, s in rows]),
        "expression": shifted([s.expression for _, _, s in rows]),
        "attribution": [batch.index.attribution[s.attribution] for _, _, s in rows],
        "polarity": [batch.index.polarity[s.polarity] for _, _, s in rows],
    }
