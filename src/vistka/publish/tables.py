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

from vistka.publish.batch import KEY, Batch, Ints, among

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
        "starts": Lists(lengths_of_rows, batch.token_starts % KEY),
        "ends": Lists(lengths_of_rows, batch.token_ends % KEY),
    }


def _relations(batch: Batch) -> dict[str, Any]:
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
        "context_start": context_start % KEY,
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
