"""Builds the published dataset: validated documents -> Parquet, card, Croissant, checksums, put into place whole.

Everything is written beside the target and exchanged with it in one step, so that a build killed at any moment
leaves the old dataset as it was. The data path carries a version made from the data itself: readers that cache by
path never serve old rows (`datasets` keys a local folder's cache by its card alone).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from vistka.corpus import Corpus
from vistka.findings import Finding, InputError, Progress, UsageError, unseen
from vistka.io import file_sha256, shards_in
from vistka.model import SPLITS, Document, Split
from vistka.publish.card import render_card
from vistka.publish.croissant import render_croissant
from vistka.publish.features import CONFIGS, arrow_schemas, features
from vistka.publish.parquet import Part, SplitWriter, steady_memory
from vistka.resources import Labels
from vistka.staging import new_folder
from vistka.stats import Stats
from vistka.validate.census import Census
from vistka.validate.records import LineReader, shard_documents, sound_documents
from vistka.validate.runner import census_findings, each_shard, validate_corpus

if TYPE_CHECKING:
    import pyarrow as pa

Rows: TypeAlias = dict[str, dict[str, int]]

_MAX_FINDINGS = 1000


class Unit(Struct, frozen=True):
    """What one shard gave: files, figures, errors (at most _MAX_FINDINGS), and what the census needs."""

    parts: tuple[Part, ...]
    stats: Stats
    findings: tuple[Finding, ...]
    columns: tuple[bytes, bytes, bytes, bytes]


class Built(Struct, frozen=True):
    """A finished dataset: `rows[config][split]`."""

    path: Path
    version: str
    rows: Rows


def build(source: Path, target: Path, labels: Labels, *, workers: int = 1, progress: Progress = unseen) -> Built:
    """Build the dataset of a corpus folder or of shards into `target`.

    Raises `InputError` with the findings where the source has errors, and leaves `target` as it was.
    """
    steady_memory()
    with new_folder(target) as staging:
        parts_folder = staging / "parts"
        parts_folder.mkdir()
        units = _units(source, parts_folder, labels, workers, progress)
        built = _assemble(staging, units, source, labels)
        parts_folder.rmdir()
        _check_ours(target)
    return Built(target, built.version, built.rows)


# --- documents to Parquet -------------------------------------------------------------------------------------


def _units(source: Path, folder: Path, labels: Labels, workers: int, progress: Progress) -> list[Unit]:
    schemas = arrow_schemas(labels)
    if (source / "articles").is_dir():
        corpus = Corpus(source)
        findings = [f for f in validate_corpus(corpus, labels, progress) if f.severity == "error"]
        if findings:
            raise InputError(f"{source}: not built, the corpus has errors", tuple(findings))
        return [
            _write_unit(((doc, ()) for doc in progress(corpus.documents(), "documents")), folder, 0, labels, schemas)
        ]
    shards = shards_in(source) if source.exists() else []
    if not shards:
        raise UsageError(f"{source}: neither a corpus folder (no articles/) nor shards (no .jsonl)")
    jobs = [(path, folder, number, labels, schemas) for number, path in enumerate(shards)]
    units = list(progress(each_shard(build_shard, jobs, workers), "shards"))
    findings = [finding for unit in units for finding in unit.findings]
    if not findings:
        findings = list(census_findings(_merged_census(units, shards, labels), source))
    if findings:
        raise InputError(f"{source}: not built, the documents have errors", tuple(findings[:_MAX_FINDINGS]))
    return units


def build_shard(path: Path, folder: Path, number: int, labels: Labels, schemas: Mapping[str, pa.Schema]) -> Unit:
    """Validate one shard and write its Parquet files: a plain function that any engine can call."""
    reader = LineReader(labels)
    documents = ((doc, found) for _, doc, found in shard_documents(path, reader))
    return _write_unit(documents, folder, number, labels, schemas)


def _write_unit(
    documents: Iterator[tuple[Document | None, Sequence[Finding]]],
    folder: Path,
    number: int,
    labels: Labels,
    schemas: Mapping[str, pa.Schema],
) -> Unit:
    findings: list[Finding] = []
    stats = Stats()
    census = Census(lambda: iter(()), near_duplicates=False)
    writers: dict[Split, SplitWriter] = {}
    with ExitStack() as stack:
        for doc, found in documents:
            errors = [finding for finding in found if finding.severity == "error"]
            if doc is not None and doc.split is None:
                errors.append(_unassigned(doc))
            findings += errors[: max(0, _MAX_FINDINGS - len(findings))]
            if doc is None or doc.split is None or findings:
                continue
            census.add(doc)
            if doc.split not in writers:
                writers[doc.split] = stack.enter_context(SplitWriter(folder, number, doc.split, labels, schemas))
            writers[doc.split].add(doc)
    for writer in writers.values():
        stats.merge(writer.stats)
    parts = tuple(part for writer in writers.values() for part in writer.parts)
    return Unit(parts, stats, tuple(findings), census.columns())


def _unassigned(doc: Document) -> Finding:
    message = f"{doc.doc_id} has no split; assign one in its record (`vistka split` writes splits.csv for a folder)"
    return Finding("CO007", "error", message, doc_id=doc.doc_id, pointer="/split")


def _merged_census(units: Sequence[Unit], shards: Sequence[Path], labels: Labels) -> Census:
    census = Census(lambda: sound_documents(shards, labels), near_duplicates=False)
    for unit in units:
        census.extend(*unit.columns)
    return census


# --- the folder -----------------------------------------------------------------------------------------------


def _assemble(staging: Path, units: Sequence[Unit], source: Path, labels: Labels) -> Built:
    ordered: dict[tuple[str, Split], list[Part]] = {}
    for config in CONFIGS:
        for split in SPLITS:
            found = [part for unit in units for part in unit.parts if (part.config, part.split) == (config, split)]
            ordered[config, split] = sorted(found, key=lambda part: part.path.name)
    names: dict[str, Path] = {}
    sums: dict[str, str] = {}
    for (config, split), parts in ordered.items():
        for number, part in enumerate(parts):
            name = f"{config}/{split}-{number:05d}-of-{len(parts):05d}.parquet"
            names[name], sums[name] = part.path, file_sha256(part.path)
    version = hashlib.sha256("".join(f"{name} {sums[name]}\n" for name in names).encode()).hexdigest()[:12]
    checksums = {f"data/{version}/{name}": sums[name] for name in names}
    for name, path in names.items():
        final = staging / "data" / version / name
        final.parent.mkdir(parents=True, exist_ok=True)
        path.rename(final)

    stats = Stats()
    for unit in units:
        stats.merge(unit.stats)
    rows: Rows = {c: {s: sum(p.rows for p in ordered[c, s]) for s in SPLITS} for c in CONFIGS}
    sizes: Rows = {c: {s: sum(p.bytes_in_memory for p in ordered[c, s]) for s in SPLITS} for c in CONFIGS}
    feats = features(labels)
    for name, candidates in (
        ("LICENSE", (source / "LICENSE",)),
        ("DATASHEET.md", (source / "DATASHEET.md", source.resolve().parent / "DATASHEET.md")),
    ):
        for candidate in candidates:
            if candidate.is_file():
                shutil.copyfile(candidate, staging / name)
                break
    card = render_card(staging, version, feats, rows, sizes, stats, labels)
    (staging / "README.md").write_text(card, encoding="utf-8", newline="\n")
    croissant = render_croissant(checksums, version, feats, labels)
    (staging / "croissant.json").write_text(croissant, encoding="utf-8", newline="\n")
    checksums |= {path.name: file_sha256(path) for path in staging.iterdir() if path.is_file()}
    lines = "".join(f"{checksums[name]}  {name}\n" for name in sorted(checksums))
    (staging / "SHA256SUMS").write_text(lines, encoding="utf-8", newline="\n")
    return Built(staging, version, rows)


def _check_ours(target: Path) -> None:
    if target.exists() and not (target / "SHA256SUMS").is_file():
        raise UsageError(f"{target}: exists and is no dataset of ours (no SHA256SUMS); name another folder or move it")
