"""Labels brought together: a model's to ours, then both sides' to a coarser set. Nothing vanishes uncounted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from vistka.bench.systems import Task
from vistka.findings import InputError, UsageError
from vistka.model import Document
from vistka.resources import Labels, label_map_names, load_label_map


class Maps(Struct, frozen=True):
    """`given` renames a model's labels to ours, `project` ours to a coarser set; null leaves a mention out."""

    given: dict[str, str | None]
    project: dict[str, str | None]
    labels: Labels

    @classmethod
    def named(cls, label_map: str, project: str, labels: Labels, task: Task = "ner") -> Maps:
        """From a JSON file of `{their label: ours or null}` or a shipped projection read backwards, and from a shipped
        projection; empty names are none."""
        if project and task != "ner":
            raise UsageError(f"--project {project}: coarser sets are for --task ner; no other corpus has our {task}")
        given = backwards(label_map) if label_map in label_map_names() else _from_file(label_map) if label_map else {}
        unknown = sorted({str(value) for value in given.values() if value is not None} - set(labels.mention_labels))
        if unknown:
            raise InputError(f"--map {label_map}: maps to {', '.join(unknown)}, no labels of the inventory")
        return cls(given, load_label_map(project).mentions if project else {}, labels)

    @property
    def coarse(self) -> tuple[str, ...]:
        """The labels of the coarser set, in order; none without projection."""
        return tuple(dict.fromkeys(label for label in self.project.values() if label))

    @property
    def scored(self) -> Labels:
        """The inventory that scores are of."""
        if not self.project:
            return self.labels
        first = self.labels.mentions[0]
        return replace(self.labels, mentions=tuple(replace(first, label=label) for label in self.coarse))

    @property
    def read(self) -> Labels:
        """The inventory that predictions may use: the coarser labels beside ours."""
        first, known = self.labels.mentions[0], self.labels.mention_labels
        more = tuple(replace(first, label=label) for label in self.coarse if label not in known)
        return replace(self.labels, mentions=(*self.labels.mentions, *more))

    def projected(self, doc: Document, side: str, dropped: Counter[str]) -> Document:
        """The document in the coarser set; what has no counterpart is counted and left out."""
        if not self.project:
            return doc
        kept = []
        for mention in doc.mentions:
            label = mention.label if mention.label in self.coarse else self.project.get(mention.label)
            if label is None:
                dropped[f"{side} {mention.label}"] += 1
            else:
                kept.append(replace(mention, label=label))
        return replace(doc, mentions=tuple(kept))

    def unreached(self, gold: Iterable[Document]) -> dict[str, int]:
        """Gold mentions of labels that `given` leads to from nowhere, by label."""
        if not self.given:
            return {}
        reached = set(self.given.values())
        return dict(Counter(m.label for doc in gold for m in doc.mentions if m.label not in reached))


def backwards(name: str) -> dict[str, str | None]:
    """A shipped projection from the other corpus's labels to ours.

    Where one stands for several of ours it is the one of its own name, and null where there is none.
    """
    ours = defaultdict(list)
    for label, theirs in load_label_map(name).mentions.items():
        if theirs is not None:
            ours[theirs].append(label)
    return {theirs: own[0] if len(own) == 1 else theirs if theirs in own else None for theirs, own in ours.items()}


def _from_file(name: str) -> dict[str, str | None]:
    try:
        return msgspec.json.decode(Path(name).read_bytes(), type=dict[str, str | None])
    except OSError as error:
        shipped = ", ".join(label_map_names())
        raise UsageError(
            f"--map {name}: cannot be read ({error.strerror}); name a file, or one of {shipped}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f'--map {name}: no map ({error}); write {{"PER": "PERS", "NORP": null}}') from error
