"""Predictions in every form: what fits arrives, what does not is a finding of its code, nothing is shifted."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from spacy.tokens import DocBin

from builders import DOC_ID, MARKUP, document, write_corpus
from conftest import Run
from vistka.convert import brat, conll, docbin
from vistka.findings import Finding, InputError, UsageError, VistkaError
from vistka.io import encode_line
from vistka.model import Annotation, Document, Holder, Mention, Relation, Span, Stance, Target
from vistka.predictions import CODES, Read, read_predictions
from vistka.resources import load_labels
from vistka.text import sha256

LABELS = load_labels()
PIDPYS, NAPYS = "2025-05-01-pidpys", "2025-05-02-napys"
GOLD = [
    document(MARKUP, PIDPYS, "test"),
    document(
        "Голова  {Чернівецької|LOC|r} ОДА обʼєднав {п’ять років|PERIOD}.\n👩\u200d👧 {Київ|LOC|k}!\n"
        "%% entities\nr = Чернівецька область\nk = Київ\n",
        NAPYS,
        "test",
    ),
]
ASKED = [replace(doc, entities=(), mentions=(), relations=(), stances=()) for doc in GOLD]


def annotation(doc: Document) -> Annotation:
    return Annotation(
        "vistka/annotation/1",
        doc.doc_id,
        sha256(doc.text),
        doc.entities,
        doc.mentions,
        doc.relations,
        doc.stances,
    )


def jsonl(folder: Path, *records: Annotation) -> Path:
    path = folder / "p.jsonl"
    path.write_bytes(b"".join(encode_line(record) + b"\n" for record in records))
    return path


def columns(folder: Path, text: str, name: str = "p.conll") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def standoff(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.ann").write_text(text, encoding="utf-8")
    return folder


def spans(doc: Document) -> list[tuple[int, int, str]]:
    return [(m.start, m.end, m.label) for m in doc.mentions]


def only(read: Read) -> Finding:
    (finding,) = read.findings
    assert finding.code in CODES
    return finding


# --- the forms ------------------------------------------------------------------------------------------------


def as_jsonl(folder: Path) -> Path:
    return jsonl(folder, *map(annotation, GOLD))


def as_gzip(folder: Path) -> Path:
    path = folder / "p.jsonl.gz"
    path.write_bytes(gzip.compress(as_jsonl(folder).read_bytes()))
    return path


def as_zstandard(folder: Path) -> Path:
    path = folder / "p.jsonl.zst"
    path.write_bytes(zstandard.compress(as_jsonl(folder).read_bytes()))
    return path


def as_run(folder: Path) -> Path:
    as_jsonl(folder).rename(folder / "predictions.jsonl")
    return folder


def as_columns(folder: Path) -> Path:
    return columns(folder, "".join(map(conll.render, GOLD)), "p.iob2")


def as_columns_without_ids(folder: Path) -> Path:
    rows = [conll.render(doc).split("\n", 1)[1] for doc in reversed(GOLD)]
    return columns(folder, "".join(f"-DOCSTART- O\n\n{part}" for part in rows), "p.tsv")


def as_standoff(folder: Path) -> Path:
    return standoff(folder, **{doc.doc_id: brat.render(doc) for doc in GOLD})


def as_docbin(folder: Path) -> Path:
    path = folder / "p.spacy"
    path.write_bytes(docbin.render(GOLD))
    return path


def as_docbin_without_ids(folder: Path) -> Path:
    docs = list(DocBin().from_bytes(docbin.render(GOLD)).get_docs(spacy.blank("uk").vocab))
    path = folder / "p.spacy"
    path.write_bytes(DocBin(docs=reversed(docs)).to_bytes())
    return path


FORMS = [
    *(as_jsonl, as_gzip, as_zstandard, as_run, as_columns, as_columns_without_ids, as_standoff, as_docbin),
    as_docbin_without_ids,
]


@pytest.mark.parametrize("write", FORMS)
def test_every_form_gives_the_documents_with_the_predicted_mentions(
    tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    read = read_predictions(write(tmp_path), ASKED, LABELS)
    assert (read.findings, read.dropped) == ((), {})
    for gold in GOLD:
        found = read.documents[gold.doc_id]
        assert spans(found) == spans(gold)
        assert [m.text for m in found.mentions] == [m.text for m in gold.mentions]
        assert (found.text, found.metadata, found.split) == (gold.text, gold.metadata, gold.split)


@pytest.mark.parametrize("write", [as_jsonl, as_run])
def test_records_bring_every_layer(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    assert read_predictions(write(tmp_path), ASKED, LABELS).documents == {doc.doc_id: doc for doc in GOLD}


def test_standoff_brings_relations(tmp_path: Path) -> None:
    found = read_predictions(as_standoff(tmp_path), ASKED, LABELS).documents[PIDPYS]
    text = {m.id: m.text for m in found.mentions}
    assert sorted((r.label, text[r.head], text[r.tail]) for r in found.relations) == [
        ("HOLDS_POSITION", "Юлія Свириденко", "Прем'єрка"),
        ("POSITION_IN", "Прем'єрка", "України"),
    ]


def test_mentions_need_no_entities(tmp_path: Path) -> None:
    bare = [replace(doc, entities=(), mentions=tuple(replace(m, entity=None) for m in doc.mentions)) for doc in GOLD]
    read = read_predictions(jsonl(tmp_path, *map(annotation, bare)), ASKED, LABELS)
    assert read.findings == ()


def test_the_layers_of_the_documents_asked_do_not_show(tmp_path: Path) -> None:
    nothing = jsonl(tmp_path, *map(annotation, ASKED))
    assert list(read_predictions(nothing, GOLD, LABELS).documents.values()) == ASKED


def test_two_articles_of_one_text_are_both_found_by_it(tmp_path: Path) -> None:
    twins = [replace(ASKED[1], doc_id=doc_id) for doc_id in (PIDPYS, NAPYS)]
    rows = conll.render(GOLD[1]).split("\n", 1)[1]
    path = columns(tmp_path, f"-DOCSTART-\n{rows}-DOCSTART-\n{rows}")
    read = read_predictions(path, twins, LABELS)
    assert (read.findings, sorted(read.documents)) == ((), [PIDPYS, NAPYS])


# --- findings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", FORMS)
def test_a_document_that_was_not_asked_is_named(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    finding = only(read_predictions(write(tmp_path), ASKED[:1], LABELS))
    assert finding.code == "BE001"
    assert (NAPYS if "without" not in write.__name__ else "ОДА") in finding.message


@pytest.mark.parametrize("write", FORMS)
def test_a_document_without_predictions_is_named(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    more = replace(document("Ще одна стаття.\n%% entities\n", "2025-05-03-shche"))
    path = write(tmp_path)
    finding = only(read_predictions(path, [*ASKED, more], LABELS))
    assert (finding.code, finding.doc_id) == ("BE002", "2025-05-03-shche")
    partly = read_predictions(path, [*ASKED, more], LABELS, partial=True)
    assert (partly.findings, sorted(partly.documents)) == ((), [PIDPYS, NAPYS])


@pytest.mark.parametrize("write", [as_jsonl, as_columns])
def test_a_document_predicted_twice_is_named_and_the_first_stays(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    path = write(tmp_path)
    once = path.read_bytes()
    path.write_bytes(once + b"\n" + once)
    read = read_predictions(path, ASKED, LABELS)
    assert [(f.code, f.doc_id) for f in read.findings] == [("BE003", PIDPYS), ("BE003", NAPYS)]
    assert read.findings[0].record == once.count(b"\n") + 2
    assert spans(read.documents[NAPYS]) == spans(GOLD[1])


def spoiled(folder: Path, **change: object) -> Path:
    """The second document's first mention changed, in JSONL behind the first document."""
    mentions = (replace(GOLD[1].mentions[0], **change), *GOLD[1].mentions[1:])
    return jsonl(folder, annotation(GOLD[0]), annotation(replace(GOLD[1], mentions=mentions)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start": 7}, "« Чернівецької»"),
        ({"end": 999}, "does not lie in the text"),
        ({"start": 20, "end": 20}, "does not lie in the text"),
        ({"text": "Чернівецька"}, "«Чернівецька»"),
    ],
)
def test_a_span_that_does_not_fit_is_named_with_its_place(tmp_path: Path, change: dict[str, object], says: str) -> None:
    path = spoiled(tmp_path, **change)
    finding = only(read_predictions(path, ASKED, LABELS))
    assert (finding.code, finding.doc_id, finding.path, finding.record) == ("BE004", NAPYS, str(path), 2)
    assert finding.pointer == "/mentions/0" and says in finding.message


def test_spans_of_stances_are_checked_too(tmp_path: Path) -> None:
    (stance,) = GOLD[0].stances
    bad = replace(stance, expression=replace(stance.expression, start=stance.expression.start + 1))
    read = read_predictions(jsonl(tmp_path, annotation(replace(GOLD[0], stances=(bad,)))), ASKED[:1], LABELS)
    assert (only(read).code, only(read).pointer) == ("BE004", "/stances/0/expression")


def test_standoff_in_utf_16_units_is_not_shifted(tmp_path: Path) -> None:
    at = GOLD[1].text.index("Київ") + 1  # the emoji before it are two units each, their joiner one
    path = standoff(tmp_path, **{NAPYS: f"T1\tLOC {at} {at + 4}\tКиїв\n"})
    finding = only(read_predictions(path, ASKED[1:], LABELS))
    assert (finding.code, finding.path) == ("BE004", str(tmp_path / f"{NAPYS}.ann"))
    assert f"begins at {at - 1}" in finding.message and (finding.line, finding.column) == (2, 6)


@pytest.mark.parametrize("write", FORMS)
def test_an_unknown_label_is_named_once_with_its_number(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    known = replace(LABELS, mentions=tuple(m for m in LABELS.mentions if m.label != "LOC"))
    finding = only(read_predictions(write(tmp_path), ASKED, known))
    assert (finding.code, finding.severity) == ("BE005", "error")
    assert "«LOC»" in finding.message and "(5 mentions)" in finding.message


def test_a_label_map_renames_labels_and_counts_what_it_drops(tmp_path: Path) -> None:
    read = read_predictions(as_columns(tmp_path), ASKED, LABELS, label_map={"LOC": "ORG", "JOB": None})
    assert (read.findings, read.dropped) == ((), {"JOB": 1})
    assert [m.label for m in read.documents[PIDPYS].mentions] == ["ORG", "PERS", "ORG", "ORG", "PERS"]


def test_a_label_map_takes_along_what_hangs_on_a_dropped_mention(tmp_path: Path) -> None:
    read = read_predictions(as_jsonl(tmp_path), ASKED, LABELS, label_map={"PERS": None})
    assert (read.findings, read.dropped) == ((), {"PERS": 2, "HOLDS_POSITION": 1, "support": 1})
    found = read.documents[PIDPYS]
    assert [r.label for r in found.relations] == ["POSITION_IN"]
    assert [e.id for e in found.entities] == ["ukraine", "kyiv"]


def test_a_label_mapped_to_an_unknown_one_is_named_with_both(tmp_path: Path) -> None:
    finding = only(read_predictions(as_jsonl(tmp_path), ASKED, LABELS, label_map={"JOB": "TITLE"}))
    assert finding.code == "BE005" and "«JOB»" in finding.message and "«TITLE»" in finding.message


def test_predictions_over_another_text_are_named_alone(tmp_path: Path) -> None:
    other = replace(annotation(GOLD[1]), text_sha256=sha256("Інший текст."))
    read = read_predictions(jsonl(tmp_path, annotation(GOLD[0]), other), ASKED, LABELS)
    assert (only(read).code, only(read).record, only(read).pointer) == ("BE006", 2, "/text_sha256")
    assert list(read.documents) == [PIDPYS]


def test_a_docbin_of_the_same_id_and_another_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p.spacy"
    path.write_bytes(docbin.render([replace(ASKED[1], text=ASKED[1].text.replace("  ", " "))]))
    assert only(read_predictions(path, ASKED[1:], LABELS)).code == "BE006"


def test_a_text_beside_standoff_that_is_not_the_articles_is_named(tmp_path: Path) -> None:
    path = as_standoff(tmp_path)
    (path / f"{NAPYS}.txt").write_bytes(GOLD[1].text.encode())
    (path / f"{PIDPYS}.txt").write_bytes(GOLD[0].text.replace("'", "’").encode())
    finding = only(read_predictions(path, ASKED, LABELS))
    assert (finding.code, finding.doc_id) == ("BE006", PIDPYS)


ROWS = conll.render(GOLD[1])


@pytest.mark.parametrize(
    ("old", "new", "code", "record", "says"),
    [
        ("ОДА\tO\n", "ОДА\n", "BE007", 4, "«ОДА» has nothing"),
        ("ОДА\tO\n", "ОДА\tS-ORG\n", "BE007", 4, "«ОДА» has «S-ORG»"),
        ("ОДА\tO\n", "ОДА\tB-\n", "BE007", 4, "«B-»"),
        ("Київ\tB-LOC\n!\tO\n", "", "BE007", 10, "the text goes on «Київ!»"),
        ("!\tO\n", "!\tO\n!\tO\n", "BE007", 13, "1 tokens are left"),
        ("обʼєднав", "об'єднав", "BE010", 5, "«об'єднав» is not what stands at character 25: «обʼєднав п’ять років»"),
        ("ОДА\tO\n", "", "BE010", 4, "«обʼєднав» is not what stands at character 21: «ОДА"),
        ("Голова\tO\n", "Голова\tI-ORG\n", "BE008", 2, "I-ORG at «Голова»"),
        ("років\tI-PERIOD\n", "років\tI-DATE\n", "BE008", 7, "I-DATE at «років»"),
    ],
)
def test_columns_that_do_not_fit_are_named_by_line(
    tmp_path: Path, old: str, new: str, code: str, record: int, says: str
) -> None:
    assert old in ROWS
    finding = only(read_predictions(columns(tmp_path, ROWS.replace(old, new)), ASKED[1:], LABELS))
    assert (finding.code, finding.severity, finding.record) == (code, "error", record)
    assert says in finding.message


def test_columns_without_an_id_that_lie_in_no_article_are_named_by_their_place(tmp_path: Path) -> None:
    path = columns(tmp_path, ROWS.split("\n", 1)[1].replace("обʼєднав", "об'єднав"))
    finding = only(read_predictions(path, ASKED[1:], LABELS))
    assert (finding.code, finding.record, finding.span) == ("BE010", 4, (25, 45))


def test_an_i_that_continues_nothing_begins_a_mention_where_that_is_asked(tmp_path: Path) -> None:
    path = columns(tmp_path, ROWS.replace("B-LOC", "I-LOC"))
    read = read_predictions(path, ASKED[1:], LABELS, repair=True)
    assert (only(read).code, only(read).severity, read.errors) == ("BE008", "warning", ())
    assert spans(read.documents[NAPYS]) == spans(GOLD[1])


def test_a_span_given_twice_is_named(tmp_path: Path) -> None:
    first = GOLD[1].mentions[0]
    twice = replace(GOLD[1], mentions=(*GOLD[1].mentions, Mention("m9", "ORG", first.start, first.end, first.text)))
    finding = only(read_predictions(jsonl(tmp_path, annotation(twice)), ASKED[1:], LABELS))
    assert (finding.code, finding.span) == ("BE009", (first.start, first.end))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"relations": (Relation("r1", "POSITION_IN", "m1", "m99"),)}, "/relations/0"),
        ({"relations": (Relation("r1", "ЛЮБИТЬ", "m1", "m2"),)}, "/relations/0"),
        ({"holder": Holder(0, 9, "Прем'єрка", "m99")}, "/stances/0"),
        ({"target": Target(0, 9, "Прем'єрка", "m99")}, "/stances/0"),
        ({"polarity": "maybe"}, "/stances/0"),
        ({"attribution": "rumour"}, "/stances/0"),
    ],
)
def test_what_hangs_on_nothing_or_has_an_unknown_label_is_named(
    tmp_path: Path, change: dict[str, object], pointer: str
) -> None:
    doc = GOLD[0]
    if "relations" in change:
        doc = replace(doc, **change)
    else:
        doc = replace(doc, stances=(replace(doc.stances[0], **change),))
    finding = only(read_predictions(jsonl(tmp_path, annotation(doc)), ASKED[:1], LABELS))
    assert (finding.code, finding.pointer) == ("BE011", pointer)


def test_an_attribution_that_was_not_predicted_may_stay_blank(tmp_path: Path) -> None:
    stance = Stance("s1", "oppose", "", None, Target(0, 9, "Прем'єрка", None), Span(0, 9, "Прем'єрка"))
    doc = replace(ASKED[0], stances=(stance,))
    assert read_predictions(jsonl(tmp_path, annotation(doc)), ASKED[:1], LABELS).findings == ()


def test_two_mentions_of_one_id_are_named(tmp_path: Path) -> None:
    mentions = tuple(replace(m, id="m1") for m in GOLD[1].mentions)
    finding = only(
        read_predictions(jsonl(tmp_path, annotation(replace(GOLD[1], mentions=mentions))), ASKED[1:], LABELS)
    )
    assert finding.code == "BE011" and "3 mentions have the id «m1»" in finding.message


def test_what_standoff_cannot_bring_is_a_finding_of_its_file(tmp_path: Path) -> None:
    path = standoff(tmp_path, **{NAPYS: "T1\tLOC 8 12;13 20\tЧерн вецької\nA1\tДавно T1\n"})
    read = read_predictions(path, ASKED[1:], LABELS)
    assert [(f.code, f.severity, f.record, f.path) for f in read.findings] == [
        ("BR002", "error", 1, str(tmp_path / f"{NAPYS}.ann")),
        ("BR004", "warning", 2, str(tmp_path / f"{NAPYS}.ann")),
    ]
    assert [f.code for f in read.errors] == ["BR002"]


def test_findings_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = spoiled(tmp_path, start=7)
    path.write_bytes(b"\n".join(reversed(path.read_bytes().splitlines())) + b"\n")
    more = document("Ще одна.\n%% entities\n", "2025-05-03-shche")
    read = read_predictions(path, [*ASKED, more], LABELS, label_map={"JOB": "TITLE"})
    assert [(f.code, f.record) for f in read.findings] == [("BE002", None), ("BE004", 1), ("BE005", 2)]


# --- what cannot be read at all -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["p.jsonl", "p.conll", "p.bio"])
@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_file_without_predictions_is_refused(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(InputError, match="holds no predictions") as caught:
        read_predictions(columns(tmp_path, content, name), ASKED, LABELS)
    assert "\n" not in str(caught.value)


def test_a_folder_or_docbin_without_predictions_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.spacy").write_bytes(docbin.render([]))
    for path in (tmp_path, tmp_path / "p.spacy"):
        with pytest.raises(InputError, match="holds no predictions"):
            read_predictions(path, ASKED, LABELS)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("p.jsonl", encode_line(annotation(GOLD[0])) + b"\n{}\n", "line 2"),
        ("p.jsonl", b"[" * 100_000, "line 1"),
        ("p.jsonl.gz", b"no gzip", "after line 0"),
        ("p.jsonl.zst", b"no zstandard", "after line 0"),
        ("p.conll", "Київ\tO\n".encode() + b"\xff\tO\n", "line 2"),
        (f"{NAPYS}.ann", b"T1\tLOC 0 1\t\xff\n", "line 1"),
        ("p.spacy", b"no DocBin", "no DocBin"),
    ],
)
def test_what_cannot_be_decoded_is_named_by_file_and_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        read_predictions(tmp_path if name.endswith(".ann") else path, ASKED, LABELS)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["немає.jsonl", "p.txt"])
def test_a_missing_file_or_an_unknown_form_is_a_wrong_call(tmp_path: Path, name: str) -> None:
    (tmp_path / "p.txt").write_text("Київ")
    with pytest.raises(UsageError, match=name):
        read_predictions(tmp_path / name, ASKED, LABELS)


NAMES = ["p.jsonl", "p.jsonl.gz", "p.jsonl.zst", "p.conll", "p.tsv", "p.spacy", f"{NAPYS}.ann", "predictions.jsonl"]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_garbage_is_refused_or_named_and_never_a_traceback(tmp_path: Path, name: str, data: st.DataObject) -> None:
    good = {
        ".jsonl": b"\n".join(encode_line(annotation(doc)) for doc in GOLD),
        ".ann": brat.render(GOLD[1]).encode(),
        ".conll": ROWS.encode(),
        ".tsv": ROWS.encode(),
    }.get(Path(name).suffix, b"")
    at = data.draw(st.integers(0, len(good)))
    junk = data.draw(st.binary(max_size=20) | st.text(max_size=10).map(str.encode))
    content = data.draw(st.sampled_from([junk, good[:at] + junk + good[at:], good[:at] + junk, good[at:]]))
    folder = name.endswith(".ann") or name.startswith("predictions")
    (tmp_path / name).write_bytes(content)
    try:
        read = read_predictions(tmp_path if folder else tmp_path / name, ASKED, LABELS)
    except VistkaError as error:
        assert "\n" not in str(error)
        return
    assert set(read.documents) <= {PIDPYS, NAPYS}
    assert {finding.code for finding in read.findings} <= set(CODES)
    for finding in read.findings:
        finding.message.encode()
    if not read.errors:
        assert all(doc.text[m.start : m.end] == m.text for doc in read.documents.values() for m in doc.mentions)


# --- the command ----------------------------------------------------------------------------------------------


def test_preannotate_sends_nothing_of_columns_that_do_not_fit(tmp_path: Path, vistka: Run) -> None:
    root = write_corpus(tmp_path / "corpus", (DOC_ID, MARKUP))
    path = columns(tmp_path, conll.render(document()).replace("Києва", "Київа"))
    done = vistka("preannotate", "Х", "--predictions", path, "--name", "crf", "--corpus", root)
    assert done.returncode == 1
    assert "BE010" in done.stderr and "«Київа»" in done.stderr and "nothing sent" in done.stderr


def test_rules_tell_what_every_code_of_predictions_means(vistka: Run) -> None:
    listed = vistka("rules").stdout
    for code, meaning in CODES.items():
        assert any(line.startswith(code) and line.endswith(meaning) for line in listed.splitlines())
