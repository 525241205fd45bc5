"""vistka adjudicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from vistka.cli.options import labels_option, out_option
from vistka.findings import InputError, UsageError
from vistka.resources import Labels

if TYPE_CHECKING:
    from vistka.adjudication import Decision, Item
    from vistka.corpus import Corpus
    from vistka.model import Annotation


@click.command("adjudicate")
@click.argument("first", required=False)
@click.argument("second", required=False)
@click.option("--corpus", type=click.Path(path_type=Path), default="corpus", show_default=True)
@out_option("Write the open questions to this file.")
@click.option("--apply", "answers", type=click.Path(path_type=Path), help="Make gold and log of this file's answers.")
@click.option("--take", metavar="NAME", help="Make gold of this third pass, decided elsewhere, and log it.")
@click.option("--log", is_flag=True, help="Log how gold as it stands came out of the passes; reasons are kept.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where passes and log do not make gold.")
@labels_option
def command(
    first: str | None,
    second: str | None,
    corpus: Path,
    out: Path | None,
    answers: Path | None,
    take: str | None,
    log: bool,
    check: bool,
    labels: Labels,
) -> int:
    """Settle two passes: questions to a file, its answers to gold, every decision to the log.

    FIRST and SECOND are folders of annotations/; later calls take them from the log. Documents whose gold the log
    makes are settled and not asked again.
    """
    from vistka.corpus import Corpus
    from vistka.validate.runner import shared_documents

    if sum(map(bool, (out, answers, take, log, check))) != 1:
        raise UsageError("name one of --out FILE, --apply FILE, --take NAME, --log, --check")
    source = Corpus(corpus)
    first, second = _pair(source, first, second)
    both = shared_documents(source, labels, first, second)
    if out:
        return _ask(source, both, first, second, out)
    if answers:
        return _apply(source, both, first, second, answers, labels)
    if take:
        return _take(source, both, first, second, take, labels)
    if check:
        return _check(source, both, first, second)
    return _log(source, both, first, second, labels)


def _pair(source: Corpus, first: str | None, second: str | None) -> tuple[str, str]:
    from vistka.corpus import GOLD
    from vistka.log import read_head

    if first and second:
        if first == second or GOLD in (first, second):
            raise UsageError("two different passes are settled, and gold is what comes of it; name two annotators")
        return first, second
    if first or second:
        raise UsageError("name both passes, or neither to take those of the log")
    return read_head(source.log_path)


def _ask(source: Corpus, doc_ids: Sequence[str], first: str, second: str, out: Path) -> int:
    from vistka.adjudication import of_gold
    from vistka.io import write_file
    from vistka.questions import questions, render

    if out.exists():
        raise UsageError(f"{out}: is there already and may hold answers; name another file or move it")
    before = _settled(source, doc_ids, first, second)
    open_ = [doc_id for doc_id in doc_ids if doc_id not in before]
    texts = {doc_id: source.text(doc_id) for doc_id in open_}
    golds = {}
    asked = []
    for doc_id in open_:
        passes = source.annotation(doc_id, first), source.annotation(doc_id, second)
        asked += questions(texts[doc_id], *passes)
        if doc_id in source.gold:
            golds[doc_id] = of_gold(*passes, source.annotation(doc_id))
    write_file(out, render(asked, texts, golds, first, second).encode())
    settled = f", {len(before)} settled before" if before else ""
    click.echo(f"{out}: {len(asked)} questions on {len(open_)} documents{settled}")
    return 0


def _settled(source: Corpus, doc_ids: Sequence[str], first: str, second: str) -> set[str]:
    """The documents whose gold the log makes; these are not asked again."""
    found = set()
    for doc_id, own in _logged(source, doc_ids, first, second).items():
        with suppress(InputError):
            if _makes_gold(source, doc_id, first, second, own):
                found.add(doc_id)
    return found


def _logged(source: Corpus, doc_ids: Sequence[str], first: str, second: str) -> dict[str, list[Decision]]:
    """The decisions of the log by document; none where it settles other passes."""
    from vistka.log import read_decisions, read_head

    if not source.log_path.exists() or read_head(source.log_path) != (first, second):
        return {}
    return read_decisions(source.log_path, doc_ids)


def _reasons(own: Sequence[Decision]) -> dict[Item, str]:
    from vistka.adjudication import as_item

    return {(d.layer, *as_item(d.item)): d.why for d in own}


def _apply(source: Corpus, doc_ids: Sequence[str], first: str, second: str, answers: Path, labels: Labels) -> int:
    from vistka.adjudication import decisions
    from vistka.questions import Question, answered, documents_of, parse, questions

    try:
        sheet = answers.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{answers}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    named = documents_of(sheet)
    known = _logged(source, doc_ids, first, second)
    open_ = [doc_id for doc_id in doc_ids if doc_id in named or _agree(source, doc_id, first, second)]
    texts = {doc_id: source.text(doc_id) for doc_id in open_}
    passes = {doc_id: (source.annotation(doc_id, first), source.annotation(doc_id, second)) for doc_id in open_}
    asked: dict[str, list[Question]] = {doc_id: questions(texts[doc_id], *passes[doc_id]) for doc_id in open_}
    try:
        given = iter(parse(sheet, [q for own in asked.values() for q in own], first, second))
    except InputError as error:
        raise InputError(f"{answers}: {error}") from error
    golds: dict[str, Annotation] = {}
    made = dict(known)
    for doc_id in open_:
        own = [next(given) for _ in asked[doc_id]]
        gold = source.annotation(doc_id) if doc_id in source.gold else None
        golds[doc_id], why = answered(texts[doc_id], *passes[doc_id], asked[doc_id], own, gold)
        made[doc_id] = decisions(*passes[doc_id], golds[doc_id], {**_reasons(known.get(doc_id, ())), **why})
    _write(source, golds, first, second, [d for doc_id in doc_ids for d in made.get(doc_id, ())], labels)
    count = sum(len(made[doc_id]) for doc_id in open_)
    click.echo(f"{source.log_path}: {count} decisions on {len(open_)} documents, gold written")
    return 0


def _take(source: Corpus, doc_ids: Sequence[str], first: str, second: str, third: str, labels: Labels) -> int:
    """Gold of a pass that somebody decided with both readings before them; other documents stay as they are."""
    from vistka.adjudication import decisions, reconcile
    from vistka.corpus import GOLD
    from vistka.validate.runner import shared_documents

    if third in (first, second, GOLD):
        raise UsageError(f"--take {third}: name the pass in which the two were decided")
    golds = {}
    made = dict(_logged(source, doc_ids, first, second))
    for doc_id in shared_documents(source, labels, first, second, third):
        passes = source.annotation(doc_id, first), source.annotation(doc_id, second)
        own = decisions(*passes, source.annotation(doc_id, third), _reasons(made.get(doc_id, ())))
        made[doc_id] = [msgspec.structs.replace(d, why=d.why or third) for d in own]
        golds[doc_id] = reconcile(source.text(doc_id), *passes, own)
    _write(source, golds, first, second, [d for doc_id in doc_ids for d in made.get(doc_id, ())], labels)
    click.echo(
        f"{source.log_path}: {sum(len(made[d]) for d in golds)} decisions on {len(golds)} documents, gold written"
    )
    return 0


def _agree(source: Corpus, doc_id: str, first: str, second: str) -> bool:
    """Whether the passes leave nothing to ask."""
    from vistka.questions import questions

    return not questions(source.text(doc_id), source.annotation(doc_id, first), source.annotation(doc_id, second))


def _log(source: Corpus, doc_ids: Sequence[str], first: str, second: str, labels: Labels) -> int:
    from vistka.adjudication import decisions, reconcile

    known = _logged(source, doc_ids, first, second)
    golds = {}
    found = []
    for doc_id in doc_ids:
        passes = source.annotation(doc_id, first), source.annotation(doc_id, second)
        own = decisions(*passes, source.annotation(doc_id), _reasons(known.get(doc_id, ())))
        golds[doc_id] = reconcile(source.text(doc_id), *passes, own)
        found += own
    _write(source, golds, first, second, found, labels)
    click.echo(f"{source.log_path}: {len(found)} decisions on {len(doc_ids)} documents")
    return 0


def _check(source: Corpus, doc_ids: Sequence[str], first: str, second: str) -> int:
    known = _logged(source, doc_ids, first, second)
    drift = [doc_id for doc_id in doc_ids if not _makes_gold(source, doc_id, first, second, known.get(doc_id, ()))]
    for doc_id in drift:
        click.echo(f"{doc_id}: gold is not what passes and log make; `vistka adjudicate --log`", err=True)
    if not drift:
        click.echo(f"{source.log_path}: makes the gold of {len(doc_ids)} documents")
    return 1 if drift else 0


def _makes_gold(source: Corpus, doc_id: str, first: str, second: str, own: Sequence[Decision]) -> bool:
    """Whether the passes and these decisions make the gold that lies there, to the byte."""
    from vistka.adjudication import reconcile
    from vistka.io import canonical

    if doc_id not in source.gold:
        return False
    passes = source.annotation(doc_id, first), source.annotation(doc_id, second)
    return source.gold[doc_id].read_bytes() == canonical(reconcile(source.text(doc_id), *passes, own))


def _write(
    source: Corpus,
    golds: Mapping[str, Annotation],
    first: str,
    second: str,
    decisions: Sequence[Decision],
    labels: Labels,
) -> None:
    """Gold and log, where the gold has no error; nothing otherwise."""
    from vistka.io import canonical, write_file
    from vistka.log import render_log
    from vistka.validate.runner import annotation_findings

    errors = [f for gold in golds.values() for f in annotation_findings(source, gold, labels)]
    if errors:
        raise InputError("nothing written, the gold that comes of it has errors", tuple(errors))
    log = render_log(first, second, decisions)
    source.gold_folder.mkdir(exist_ok=True)
    for doc_id, gold in golds.items():
        write_file(source.gold_folder / f"{doc_id}.json", canonical(gold))
    write_file(source.log_path, log)
