"""vistka studio."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vistka.cli.options import format_option, labels_option, out_option, path_argument
from vistka.findings import UsageError
from vistka.resources import Labels

if TYPE_CHECKING:
    from vistka.corpus import Corpus
    from vistka.studio.passes import Outcome
    from vistka.studio.tasks import Returned

corpus_option = click.option("--corpus", type=click.Path(path_type=Path), default="corpus", show_default=True)
from_option = click.option(
    "--from", "sources", multiple=True, metavar="NAME", help="Pre-annotate from this pass, or `gold`; may repeat."
)
only_option = click.option("--only", "doc_ids", multiple=True, metavar="DOC_ID", help="These documents; may repeat.")
names_option = click.option(
    "--annotator", "names", multiple=True, metavar="WHO=NAME", help="Whose annotations go into which folder."
)
force_option = click.option("--force", is_flag=True, help="Overwrite a pass that differs.")


@click.group("studio")
def command() -> None:
    """Label Studio: the configuration, tasks there, passes back."""


@command.command()
@out_option("The file to write; by default standard output.")
@labels_option
def config(out: Path | None, labels: Labels) -> int:
    """The labelling configuration, made of the label inventory."""
    from vistka.io import write_file
    from vistka.studio.config import config as made

    if out is None:
        click.echo(made(labels), nl=False)
    else:
        write_file(out, made(labels).encode())
    return 0


@command.command()
@path_argument(default="corpus")
@out_option("The file to write.", required=True)
@from_option
@only_option
def export(path: Path, out: Path, sources: tuple[str, ...], doc_ids: tuple[str, ...]) -> int:
    """Documents to a JSON of tasks, to be imported on the page of a project."""
    import json

    from vistka.corpus import Corpus
    from vistka.io import write_file
    from vistka.studio.tasks import tasks

    source = Corpus(path)
    found = list(tasks(source, chosen(source, doc_ids), known(source, sources)))
    write_file(out, json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n")
    click.echo(f"{out}: {len(found)} tasks, {sum(len(task['predictions']) for task in found)} pre-annotations")
    return 0


@command.command("import")
@path_argument()
@out_option("The folder to write <annotator>/<doc_id>.json to.", required=True)
@corpus_option
@names_option
@click.option("--predictions", is_flag=True, help="Read the pre-annotations, not what people made of them.")
@force_option
@labels_option
def import_(
    path: Path, out: Path, corpus: Path, names: tuple[str, ...], predictions: bool, force: bool, labels: Labels
) -> int:
    """A JSON export of a project to passes, one folder an annotator.

    What is not whole is reported by code and not written; a pass that differs from the one that lies there is shown
    as inline markup and stays as it is.
    """
    from vistka.corpus import Corpus
    from vistka.studio.passes import Folders, store
    from vistka.studio.tasks import decoded, returned

    source = Corpus(corpus)
    folders = Folders(names)
    found = returned(
        decoded(path.read_bytes(), str(path)),
        source,
        labels,
        folders,
        lambda task: f"{path}#task {task.get('id', '?')}",
        predictions=predictions,
    )
    folders.check()
    return show(found, store(found.passes, out, source, force=force), out)


@command.command()
@click.argument("project")
@corpus_option
@from_option
@only_option
@click.option("--replace", is_flag=True, help="Delete the tasks of changed articles, with all work on them.")
@labels_option
def push(
    project: str, corpus: Path, sources: tuple[str, ...], doc_ids: tuple[str, ...], replace: bool, labels: Labels
) -> int:
    """Documents into PROJECT, by its title or number; made where there is none.

    The address and the token are those of LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY. What is there already is not sent
    again, so a push that broke off is simply repeated.
    """
    from vistka.cli.show import tracked
    from vistka.corpus import Corpus
    from vistka.studio.push import push as send
    from vistka.studio.server import Server

    source = Corpus(corpus)
    documents, names = chosen(source, doc_ids), known(source, sources)
    server = Server.connect()
    sent = send(server, project, source, documents, names, labels, replace=replace, progress=tracked)
    click.echo(
        f"{server.url}/projects/{sent.project}: {sent.made} tasks made, {sent.there} there before, "
        f"{sent.replaced} replaced; {sent.added} pre-annotations added to tasks that were there"
    )
    return 0


@command.command()
@click.argument("project")
@corpus_option
@names_option
@force_option
@labels_option
def pull(project: str, corpus: Path, names: tuple[str, ...], force: bool, labels: Labels) -> int:
    """Every annotator's annotations of PROJECT into the corpus, annotations/<annotator>/.

    What is not whole is reported by code with a link to its task and not written; a pass that differs from the one
    that lies there is shown as inline markup and stays as it is.
    """
    from vistka.corpus import Corpus
    from vistka.studio.config import require
    from vistka.studio.passes import Folders, store
    from vistka.studio.server import Server
    from vistka.studio.tasks import decoded, returned

    source = Corpus(corpus)
    server = Server.connect()
    number = server.existing(project)
    require(server.config(number), labels)
    folders = Folders(names, server.people())
    found = returned(
        decoded(server.export(number), server.url),
        source,
        labels,
        folders,
        lambda task: server.link(number, task.get("id")),
    )
    folders.check()
    return show(found, store(found.passes, source.passes_folder, source, force=force), source.passes_folder)


@command.command()
@click.argument("project")
@corpus_option
@format_option("human", "json")
@labels_option
def diff(project: str, corpus: Path, form: str, labels: Labels) -> int:
    """What people changed in what they were sent, per document and per label.

    PROJECT is a project's title or number, or the file of its JSON export.
    """
    import msgspec

    from vistka.cli.show import as_json
    from vistka.corpus import Corpus
    from vistka.studio.changes import KINDS, changes, totals
    from vistka.studio.config import require
    from vistka.studio.passes import Folders
    from vistka.studio.server import Server
    from vistka.studio.tasks import decoded, returned

    source = Corpus(corpus)
    if Path(project).is_file():
        raw, name, folders = Path(project).read_bytes(), project, Folders(())
    else:
        server = Server.connect()
        number = server.existing(project)
        require(server.config(number), labels)
        raw, name, folders = server.export(number), server.url, Folders((), server.people())
    found = returned(decoded(raw, name), source, labels, folders, lambda task: f"task {task.get('id')}", compare=True)
    began = [(one, changes(one.sent, one.annotation)) for one in found.passes if one.sent is not None]
    if form == "json":
        listed = [
            {"doc_id": one.annotation.doc_id, "annotator": one.annotator, "changes": msgspec.to_builtins(own)}
            for one, own in began
        ]
        click.echo(as_json(listed))
        return 0
    for one, own in began:
        click.echo(f"{one.annotation.doc_id}, {one.annotator}: {len(own)} changes")
        for change in own:
            arrow = " ⇒ " if change.before and change.after else ""
            click.echo(f"  {change.kind:<10}  {change.label:<16}  {change.before}{arrow}{change.after}")
    click.echo(f"\n{'':<16}  " + "  ".join(f"{kind:>10}" for kind in KINDS))
    for label, count in totals(change for _, own in began for change in own).items():
        click.echo(f"{label:<16}  " + "  ".join(f"{count[kind] or '':>10}" for kind in KINDS))
    blank = len(found.passes) - len(began)
    click.echo(f"{len(began)} passes compared with what was sent; {blank} were made from a blank task")
    return 0


def chosen(source: Corpus, doc_ids: Sequence[str]) -> list[str]:
    """The documents named, or all; raises `UsageError` for one that is not there."""
    for doc_id in doc_ids:
        if doc_id not in source.articles:
            raise UsageError(f"{source.root}: no article {doc_id}")
    return sorted(doc_ids) or list(source.articles)


def known(source: Corpus, sources: Sequence[str]) -> Sequence[str]:
    """The passes named; raises `UsageError` for one that is not there."""
    for name in sources:
        source.shared(name)
    return sources


def show(found: Returned, outcomes: Sequence[Outcome], out: Path) -> int:
    """What came back and what became of it; 1 where something was not written."""
    from vistka.cli.show import show_findings

    findings = [*found.findings, *(f for one in found.passes for f in one.findings)]
    show_findings(findings)
    for outcome in outcomes:
        if outcome.state == "differs":
            click.echo(f"{out / outcome.annotator / outcome.doc_id}.json differs; --force takes the new one")
        click.echo(outcome.difference, nl=False)
    count = {state: sum(o.state == state for o in outcomes) for state in ("written", "same", "differs", "broken")}
    click.echo(
        f"{found.tasks} tasks: {count['written']} passes written, {count['same']} unchanged, "
        f"{count['differs']} left as they lie, {count['broken']} with errors; "
        f"{found.skipped} skipped, {found.drafts} drafts, {found.untouched} tasks without annotation"
    )
    return 1 if findings or count["differs"] else 0
