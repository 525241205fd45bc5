"""What the JSON Schema asks of a decoded record beyond its types: patterns, enums, lengths.

The patterns are read from the schema, so that there is one source; msgspec's own pattern check would halve
the speed of decoding.
"""

from __future__ import annotations

import re
from typing import Any

from vistka.model import Annotation, Document, Layers, Metadata, Stance
from vistka.resources import Labels, load_schema


class Shape:
    """The shape of one label inventory's records, ready to test many of them."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        defs: dict[str, Any] = load_schema("document")["$defs"]
        metadata = defs["metadata"]["properties"]
        self._doc_id = re.compile(defs["docId"]["pattern"]).match
        self._date = re.compile(defs["date"]["pattern"]).match
        self._sha256 = re.compile(defs["sha256"]["pattern"]).match
        self.wikidata = re.compile(defs["entity"]["properties"]["wikidata"]["pattern"]).match
        self._url = re.compile(defs["source"]["properties"]["url"]["pattern"]).match
        self._language = re.compile(metadata["language"]["pattern"]).match
        self._story = re.compile(metadata["story"]["pattern"]).match
        self._mention_labels = frozenset(labels.mention_labels)
        self._relation_labels = frozenset(labels.relation_labels)
        self._polarities = frozenset(labels.polarities)
        self._attributions = frozenset(labels.attributions)

    def holds(self, record: Layers | Metadata) -> bool:
        """Whether a decoded record has the shape that the JSON Schema asks for."""
        if isinstance(record, Metadata):
            return self._metadata(record)
        if isinstance(record, Annotation) and not self._sha256(record.text_sha256):
            return False
        if isinstance(record, Document) and not self._metadata(record.metadata):
            return False
        return self._doc_id(record.doc_id) is not None and self._layers(record)

    def head_holds(self, doc: Document) -> bool:
        """The part of `holds` that concerns no layer."""
        return self._doc_id(doc.doc_id) is not None and self._metadata(doc.metadata)

    def stance_values_hold(self, stance: Stance) -> bool:
        return stance.polarity in self._polarities and stance.attribution in self._attributions

    def _metadata(self, record: Metadata) -> bool:
        url = self._url
        return bool(
            record.title
            and record.publisher
            and record.topic
            and record.genre
            and record.licence
            and self._language(record.language)
            and self._date(record.published)
            and self._story(record.story)
            and (record.url is None or url(record.url))
            and all(
                s.publisher and url(s.url) and (s.published is None or self._date(s.published)) for s in record.sources
            )
        )

    def _layers(self, record: Layers) -> bool:
        ids: list[str] = []
        for entity in record.entities:
            if not entity.name or (entity.wikidata is not None and not self.wikidata(entity.wikidata)):
                return False
            ids.append(entity.id)
        for mention in record.mentions:
            if mention.label not in self._mention_labels:
                return False
            ids.append(mention.id)
            if mention.entity is not None:
                ids.append(mention.entity)
        for relation in record.relations:
            if relation.label not in self._relation_labels:
                return False
            ids += (relation.id, relation.head, relation.tail)
        for stance in record.stances:
            if not self.stance_values_hold(stance):
                return False
            ids.append(stance.id)
            if stance.holder is not None:
                ids.append(stance.holder.mention)
            if stance.target.mention is not None:
                ids.append(stance.target.mention)
        return ids_hold(ids)


def ids_hold(ids: list[str]) -> bool:
    """Whether all are identifiers; one test over all, since a hundred pattern matches cost more than decoding."""
    joined = "".join(ids).replace("-", "").replace("_", "")
    return all(ids) and joined.isascii() and (joined.isalnum() or not joined)
