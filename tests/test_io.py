"""Canonical form, shards, whole-file writing."""

from __future__ import annotations

import gzip
import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import document, metadata
from strategies import annotated
from vistka.convert.inline import parse
from vistka.findings import UsageError
from vistka.io import (
    canonical,
    decode,
    encode_line,
    in_order,
    read_shard,
    renumbered,
    shards_in,
    write_file,
    write_shard,
)
from vistka.model import Annotation, Document, Entity, Mention, Metadata, Relation

ENDINGS = [".jsonl", ".jsonl.gz", ".jsonl.zst"]

MARKUP = """{Прем'єрка|JOB} {України|LOC|ua} {Свириденко|PERS|sv}.
%% entities
ua = Україна | Q212
sv = Юлія Свириденко
%% relations
Свириденко | HOLDS_POSITION | Прем'єрка
%% stances
"""

CANONICAL = """{"schema": "vistka/annotation/1", "doc_id": "2025-05-01-a", "text_sha256": "@",
 "entities": [
  {"id": "ua", "name": "Україна", "wikidata": "Q212"},
  {"id": "sv", "name": "Юлія Свириденко"}
 ],
 "mentions": [
  {"id": "m1", "label": "JOB", "start": 0, "end": 9, "text": "Прем'єрка"},
  {"id": "m2", "label": "LOC", "start": 10, "end": 17, "text": "України", "entity": "ua"},
  {"id": "m3", "label": "PERS", "start": 18, "end": 28, "text": "Свириденко", "entity": "sv"}
 ],
 "relations": [
  {"id": "r1", "label": "HOLDS_POSITION", "head": "m3", "tail": "m1"}
 ],
 "stances": []}
"""


def example() -> Annotation:
    return parse(MARKUP, "2025-05-01-a")[1]


def shuffled(annotation: Annotation, draw: Any) -> Annotation:
    layers = {
        name: tuple(draw(st.permutations(getattr(annotation, name))))
        for name in ("entities", "mentions", "relations", "stances")
    }
    return msgspec.structs.replace(annotation, **layers)


# --- canonical form -------------------------------------------------------------------------------------------


def test_the_canonical_form_has_one_item_a_line_in_fixed_key_order() -> None:
    annotation = example()
    assert canonical(annotation).decode() == CANONICAL.replace("@", annotation.text_sha256)


def test_metadata_is_written_one_key_a_line() -> None:
    raw = canonical(metadata(title="Гроші для п'яти областей «Ґ» 🇺🇦"))
    assert raw.decode().splitlines()[:3] == [
        "{",
        '  "schema": "vistka/metadata/1",',
        '  "title": "Гроші для п\'яти областей «Ґ» 🇺🇦",',
    ]
    assert list(json.loads(raw)) == list(Metadata.__struct_fields__)
    assert decode(raw, Metadata) == metadata(title="Гроші для п'яти областей «Ґ» 🇺🇦")


@given(annotated)
@settings(deadline=None, max_examples=60)
def test_the_canonical_form_ends_its_lines_with_lf_alone_and_holds_plain_letters(pair: tuple[str, Annotation]) -> None:
    raw = canonical(pair[1])
    assert raw.endswith(b"}\n")
    assert not raw.endswith(b"\n\n")
    assert b"\r" not in raw
    assert b"\\u04" not in raw


@given(annotated)
@settings(deadline=None, max_examples=60)
def test_every_item_has_its_own_line(pair: tuple[str, Annotation]) -> None:
    annotation = pair[1]
    items = sum(map(len, (annotation.entities, annotation.mentions, annotation.relations, annotation.stances)))
    lines = canonical(annotation).decode().split("\n")
    assert sum(line.startswith("  {") for line in lines) == items
    for line in lines:
        if line.startswith("  {"):
            assert json.loads(line.rstrip(","))["id"]


@given(annotated)
@settings(deadline=None, max_examples=100)
def test_decoding_the_canonical_form_gives_the_record_in_order(pair: tuple[str, Annotation]) -> None:
    assert decode(canonical(pair[1]), Annotation) == in_order(pair[1])


@given(annotated)
@settings(deadline=None, max_examples=60)
def test_the_canonical_form_of_the_canonical_form_is_itself(pair: tuple[str, Annotation]) -> None:
    raw = canonical(pair[1])
    assert canonical(decode(raw, Annotation)) == raw


@given(annotated, st.data())
@settings(deadline=None, max_examples=100)
def test_the_order_of_items_does_not_change_a_byte(pair: tuple[str, Annotation], data: st.DataObject) -> None:
    assert canonical(shuffled(pair[1], data.draw)) == canonical(pair[1])


def test_an_outer_mention_stands_before_the_inner_one() -> None:
    inner = Mention("m1", "LOC", 3, 8, "Києва", "e2")
    outer = Mention("m2", "ORG", 0, 8, "ОР Києва", "e1")
    record = msgspec.structs.replace(example(), entities=(), mentions=(inner, outer), relations=())
    assert in_order(record).mentions == (outer, inner)


def test_entities_stand_by_their_first_mention_and_those_without_one_last() -> None:
    annotation = example()
    record = msgspec.structs.replace(annotation, entities=(Entity("a", "Ніхто"), *reversed(annotation.entities)))
    assert [e.id for e in in_order(record).entities] == ["ua", "sv", "a"]


# --- renumbering ----------------------------------------------------------------------------------------------


@given(annotated)
@settings(deadline=None, max_examples=60)
def test_renumbering_counts_in_text_order_and_keeps_entity_ids(pair: tuple[str, Annotation]) -> None:
    record = renumbered(pair[1])
    assert [m.id for m in record.mentions] == [f"m{i + 1}" for i in range(len(pair[1].mentions))]
    assert [r.id for r in record.relations] == [f"r{i + 1}" for i in range(len(pair[1].relations))]
    assert [s.id for s in record.stances] == [f"s{i + 1}" for i in range(len(pair[1].stances))]
    assert {e.id for e in record.entities} == {e.id for e in pair[1].entities}


@given(annotated)
@settings(deadline=None, max_examples=60)
def test_renumbered_relations_join_the_same_spans(pair: tuple[str, Annotation]) -> None:
    def joined(record: Annotation) -> list[tuple[object, ...]]:
        at = {m.id: (m.start, m.end) for m in record.mentions}
        return sorted((r.label, at[r.head], at[r.tail]) for r in record.relations)

    new = renumbered(pair[1])
    assert isinstance(new, Annotation)
    assert joined(new) == joined(pair[1])
    spans = {m.id: (m.start, m.end, m.text) for m in new.mentions}
    for stance in new.stances:
        if stance.holder:
            assert spans[stance.holder.mention] == (stance.holder.start, stance.holder.end, stance.holder.text)
        if stance.target.mention:
            assert spans[stance.target.mention] == (stance.target.start, stance.target.end, stance.target.text)


@given(annotated)
@settings(deadline=None, max_examples=40)
def test_renumbering_twice_changes_nothing_more(pair: tuple[str, Annotation]) -> None:
    once = renumbered(pair[1])
    assert renumbered(once) == once


# --- decoding -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"start": 0', b'"start": -1'),
        (b'"start": 0', b'"start": 0.5'),
        (b'"start": 0', b'"start": "0"'),
        (b'"start": 0', b'"start": true'),
        (b'"end": 9', b'"end": 2147483648'),
        (b'"label": "JOB", ', b""),
        (b'"label": "JOB"', b'"type": "JOB"'),
        (b"vistka/annotation/1", b"vistka/annotation/2"),
        (b'"stances": []', b'"stances": {}'),
        (b'"stances": []', b'"stances": [],'),
        (b'"entity": "ua"', b'"entity": 5'),
        ("Україна".encode(), b"\xff"),
    ],
)
def test_what_is_not_exactly_a_record_raises(old: bytes, new: bytes) -> None:
    raw = canonical(example())
    assert old in raw
    with pytest.raises(ValueError):
        decode(raw.replace(old, new), Annotation)


def test_deeply_nested_input_raises_and_does_not_crash() -> None:
    with pytest.raises((ValueError, RecursionError)):
        decode(b'{"schema":' + b"[" * 100_000, Annotation)


# --- shards ---------------------------------------------------------------------------------------------------


def documents() -> list[Document]:
    return [document(doc_id=f"2025-05-0{i}-a", title=f"Стаття {i}\u00a0🇺🇦 п'ята", split="train") for i in range(1, 6)]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_shard_gives_back_what_was_written(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"part{ending}"
    assert write_shard(path, iter(documents())) == 5
    lines = list(read_shard(path))
    assert [number for number, _ in lines] == [1, 2, 3, 4, 5]
    assert [decode(line, Document) for _, line in lines] == [in_order(doc) for doc in documents()]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_shard_has_the_same_bytes_at_any_time_and_under_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending}"
    write_shard(one, iter(documents()))
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    write_shard(two, iter(documents()))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_shard_is_read_as_no_documents(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"none{ending}"
    assert write_shard(path, iter(())) == 0
    assert list(read_shard(path)) == []


def test_compressed_shards_are_plain_gzip_and_zstandard(tmp_path: Path) -> None:
    for ending in ENDINGS:
        write_shard(tmp_path / f"a{ending}", iter(documents()))
    plain = (tmp_path / "a.jsonl").read_bytes()
    assert plain.count(b"\n") == 5
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == plain
    with zstandard.ZstdDecompressor().stream_reader((tmp_path / "a.jsonl.zst").read_bytes()) as reader:
        assert reader.read() == plain


def test_concatenated_compressed_files_are_read_to_their_end(tmp_path: Path) -> None:
    line = encode_line(documents()[0]) + b"\n"
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(line) * 2)
    (tmp_path / "a.jsonl.zst").write_bytes(zstandard.compress(line) * 2)
    assert [len(list(read_shard(path))) for path in shards_in(tmp_path)] == [2, 2]


def test_empty_lines_are_passed_over_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":1}\n\n  \n{"b":2}')
    assert list(read_shard(path)) == [(1, b'{"a":1}'), (4, b'{"b":2}')]


def test_a_shard_of_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.jsonl\.zst"):
        write_shard(tmp_path / "a.json", iter(documents()))
    assert list(tmp_path.iterdir()) == []


def test_the_shards_of_a_folder_come_in_name_order_without_hidden_and_other_files(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl.zst", "c.jsonl.gz", ".a.jsonl", "a.json", "README.md"):
        (tmp_path / name).touch()
    assert [path.name for path in shards_in(tmp_path)] == ["a.jsonl.zst", "b.jsonl", "c.jsonl.gz"]
    assert shards_in(tmp_path / "b.jsonl") == [tmp_path / "b.jsonl"]
    assert shards_in(tmp_path / "README.md") == []


def test_a_shard_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_shard(path, iter(documents()))
    old = path.read_bytes()

    def failing() -> Any:
        yield documents()[0]
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_shard(path, failing())
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["a.jsonl"]


# --- whole files ----------------------------------------------------------------------------------------------


def test_write_file_puts_the_bytes_there_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "gold.json"
    write_file(path, "п'ять\n".encode())
    write_file(path, "шість\n".encode())
    assert path.read_bytes() == "шість\n".encode()
    assert os.listdir(tmp_path) == ["gold.json"]


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_a_failing_write_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "gold.json"
    path.write_bytes(b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space"):
        write_file(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["gold.json"]


def test_an_interrupted_write_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "gold.json", b"new")
    assert os.listdir(tmp_path) == []


def test_a_written_file_can_be_read_by_all_and_changed_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "gold.json"
    write_file(path, b"")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_relations_stand_by_head_then_tail() -> None:
    annotation = example()
    relations = (Relation("a", "X", "m3", "m1"), Relation("b", "X", "m1", "m3"), Relation("c", "X", "m1", "m2"))
    record = msgspec.structs.replace(annotation, relations=relations)
    assert [r.id for r in in_order(record).relations] == ["c", "b", "a"]


def test_eleven_holders_of_one_expression_keep_their_order_through_renumbering() -> None:
    people = [f"Особа{chr(0x410 + i)}" for i in range(11)]
    text = ", ".join(f"{{{name}|PERS|p{i}}}" for i, name in enumerate(people)) + " проти перенесення."
    entities = "".join(f"p{i} = {name}\n" for i, name in enumerate(people))
    stances = "".join(f"oppose | reported | {name} | ~перенесення | проти\n" for name in reversed(people))
    record = parse(f"{text}\n%% entities\n{entities}%% relations\n%% stances\n{stances}", "2025-05-01-a")[1]
    assert [s.holder.text for s in record.stances if s.holder] == people
    assert renumbered(record) == record
