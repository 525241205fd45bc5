"""CO: files, metadata and splits of the whole corpus (level corpus)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from vistka.corpus import Corpus
from vistka.model import SPLITS
from vistka.resources import load_schema
from vistka.validate.base import Fault, View, quoted, rules_of
from vistka.validate.census import Census


@cache
def _doc_id() -> re.Pattern[str]:
    return re.compile(load_schema("document")["$defs"]["docId"]["pattern"])


# --- of one document ------------------------------------------------------------------------------------------


def co001(view: View) -> Iterator[Fault]:
    """A metadata value is not in its vocabulary.

    The vocabularies (topic, genre, licence, language) stand in `labels.json`.

    Passes: "topic": "energy"
    Fails: "topic": "weather"
    """
    for field, values in view.labels.vocabularies.items():
        value = getattr(view.doc.metadata, field)
        if value not in values:
            yield Fault(f"the {field} {quoted(value)} is none of {', '.join(values)}", f"/metadata/{field}")


def co002(view: View) -> Iterator[Fault]:
    """A document's metadata contradict themselves.

    The date of the doc_id is `published`, a day of the calendar; a written article rests on at least two sources,
    none later than itself.

    Passes: 2025-05-01-pidpys with "published": "2025-05-01"
    Fails: the same with "published": "2025-05-02"
    """
    metadata = view.doc.metadata
    if not is_date(metadata.published):
        yield Fault(f"published {metadata.published} is no day of the calendar", "/metadata/published")
    if view.doc.doc_id[:10] != metadata.published:
        yield Fault(
            f"published {metadata.published}, yet the doc_id says {view.doc.doc_id[:10]}", "/metadata/published"
        )
    if metadata.origin == "written":
        if len({source.url for source in metadata.sources}) < 2:
            yield Fault("a written article rests on two sources at least; name them", "/metadata/sources")
        for i, source in enumerate(metadata.sources):
            if source.published is not None and source.published > metadata.published:
                yield Fault(
                    f"the source of {source.published} is later than the article; drop it or date the article later",
                    f"/metadata/sources/{i}/published",
                )


def is_date(text: str) -> bool:
    """Whether an ISO date is a day of the calendar."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


# --- of the folder --------------------------------------------------------------------------------------------


def co003(corpus: Corpus) -> Iterator[Fault]:
    """A file's name is no doc_id.

    A doc_id is YYYY-MM-DD-slug in a-z, 0-9 and hyphens, and says the article's date.

    Passes: 2025-10-27-putin-choe.txt
    Fails: Putin_27.10.txt
    """
    paths = [*corpus.articles.items(), *corpus.metadata.items()]
    paths += [item for files in corpus.annotators.values() for item in files.items()]
    for doc_id, path in paths:
        if not _doc_id().match(doc_id):
            yield Fault(f"{quoted(doc_id)} is no doc_id; name the file YYYY-MM-DD-slug in a-z, 0-9 and -", path=path)


def co004(corpus: Corpus) -> Iterator[Fault]:
    """An article lacks its metadata or its gold.

    Passes: x.txt, x.meta.json and gold/x.json
    Fails: x.txt alone
    """
    for doc_id, path in corpus.articles.items():
        if doc_id not in corpus.metadata:
            yield Fault(f"has no metadata; write articles/{doc_id}.meta.json", path=path, doc_id=doc_id)
        if doc_id not in corpus.gold:
            yield Fault("has no gold; annotate it or move it out of articles/ until it is", path=path, doc_id=doc_id)


def co005(corpus: Corpus) -> Iterator[Fault]:
    """Metadata or an annotation have no article.

    Passes: gold/x.json beside articles/x.txt
    Fails: gold/x.json alone
    """
    for doc_id, path in corpus.metadata.items():
        if doc_id not in corpus.articles:
            yield Fault(f"has no article; bring articles/{doc_id}.txt back or delete this", path=path, doc_id=doc_id)
    for files in corpus.annotators.values():
        for doc_id, path in files.items():
            if doc_id not in corpus.articles:
                yield Fault(
                    f"has no article; bring articles/{doc_id}.txt back or delete this", path=path, doc_id=doc_id
                )


def co006(corpus: Corpus) -> Iterator[Fault]:
    """A file has no place in the layout.

    Passes: articles/x.txt
    Fails: articles/x.docx
    """
    for path in corpus.strays:
        yield Fault("has no place in a corpus folder; move or delete it", path=path)


def co007(corpus: Corpus) -> Iterator[Fault]:
    """splits.csv is malformed, or does not assign every document exactly once.

    Passes: a line for each document with gold
    Fails: a line for a document that is gone
    """
    table, faults = corpus.split_table
    path = corpus.splits_path
    for fault in faults:
        yield Fault(fault.message, path=path, line=fault.line, column=1)
    if not path.exists():
        if corpus.gold:
            yield Fault("is missing; `vistka split` writes it", path=path)
        return
    for doc_id in corpus.gold:
        if doc_id not in table:
            yield Fault(f"does not assign {doc_id}; run `vistka split`", path=path, doc_id=doc_id)
    for doc_id in table:
        if doc_id not in corpus.gold:
            yield Fault(f"assigns {doc_id}, which has no gold; run `vistka split`", path=path, doc_id=doc_id)


# --- of all documents -----------------------------------------------------------------------------------------


def co008(census: Census) -> Iterator[Fault]:
    """There is no document.

    Passes: a corpus with one article
    Fails: empty folders
    """
    if len(census) == 0:
        yield Fault("no documents here; add articles, metadata and gold")


def co009(census: Census) -> Iterator[Fault]:
    """Two documents have one doc_id.

    Passes: 2025-05-01-a and 2025-05-01-b
    Fails: 2025-05-01-a in two shards
    """
    for first, second in census.repeated_ids():
        yield Fault(
            f"the doc_id stands in {census.place(first)} already; rename or delete one",
            doc_id=census.doc_id(second),
            path=census.path(second),
        )


def co010(census: Census) -> Iterator[Fault]:
    """A story is parted by the splits.

    Documents about one event give each other away, so a story stays in one split.

    Passes: both articles of a story in train
    Fails: one in train, one in test
    """
    for first, second in census.parted_stories():
        yield Fault(
            f"is in {census.split(second)}, while {census.doc_id(first)} of the same story is in "
            f"{census.split(first)}; put both in one split (`vistka split`)",
            doc_id=census.doc_id(second),
            path=census.path(second),
        )


def co011(census: Census) -> Iterator[Fault]:
    """Near-duplicates are parted by the splits.

    Texts with a Jaccard index of three-word shingles of 0.6 or more, found by MinHash.

    Passes: a reprint with 5 % of its words changed in the split of its original
    Fails: the same in another split
    """
    for pair in census.parted_duplicates():
        yield Fault(
            f"is in {census.split(pair.second)}, while its near-duplicate {census.doc_id(pair.first)} (Jaccard "
            f"{pair.jaccard:.2f}) is in {census.split(pair.first)}; put both in one split (`vistka split`)",
            doc_id=census.doc_id(pair.second),
            path=census.path(pair.second),
        )


def co012(census: Census) -> Iterator[Fault]:
    """A split is empty.

    Passes: train, validation and test with documents
    Fails: no document in test
    """
    filled = census.filled_splits()
    if filled and not census.broken:  # a broken document may be the one that fills it
        for split in SPLITS:
            if split not in filled:
                yield Fault(f"the split {split} has no document; run `vistka split` or add articles")


VIEW = rules_of("corpus", co001, co002)
FOLDER = rules_of("corpus", co003, co004, co005, co006, co007)
CENSUS = rules_of("corpus", co008, co009, co010, co011, co012)
