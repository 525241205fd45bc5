"""vistka bench: systems run, scored, compared and reported."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from vistka.bench.systems import TASKS, Task
from vistka.cli.options import format_option, labels_option, out_option
from vistka.findings import InputError, UsageError
from vistka.resources import Labels

if TYPE_CHECKING:
    from vistka.bench.counts import Figure
    from vistka.bench.run import Record, Scored
    from vistka.bench.score import Scores


@click.group("bench")
def command() -> None:
    """Models on the corpus: run them, score their predictions, compare them, report."""


task_option = click.option(
    "--task", type=click.Choice(TASKS), default="ner", show_default=True, help="What is to be found."
)
data_option = click.option(
    "--data",
    default="build/dataset",
    show_default=True,
    metavar="PATH|REPO",
    help="A built dataset, a repository, a corpus folder or shards.",
)
eval_option = click.option("--eval", "evaluate", default="test", show_default=True, help="The split to be scored.")
train_option = click.option(
    "--train", default="train", show_default=True, help="The split to learn from, and to tell what was seen."
)
map_option = click.option(
    "--map",
    "label_map",
    default="",
    metavar="FILE|NAME",
    help="A model's labels to ours: JSON of {theirs: ours or null}, or a shipped map.",
)
project_option = click.option("--project", default="", metavar="NAME", help="Score both sides in a coarser label set.")
resamples_option = click.option(
    "--resamples", type=click.IntRange(0), default=1000, show_default=True, help="Of the bootstrap over documents."
)


def _sizes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[float, ...]:
    try:
        shares = tuple(float(part.strip().removesuffix("%")) / 100 for part in value.split(",") if part.strip())
    except ValueError:
        shares = (0.0,)
    if any(not 0 < share <= 1 for share in shares):
        raise click.BadParameter("write shares of the training documents as 10%,25%,100%")
    return shares


@command.command()
@task_option
@click.option("--system", "name", required=True, metavar="NAME[:ARG]", help="`vistka bench systems` lists them.")
@data_option
@train_option
@eval_option
@click.option("--seed", type=int, default=0, show_default=True, help="Of a training that is random.")
@click.option("--mentions", default="", metavar="FILE", help="For relations: predicted mentions in place of gold's.")
@map_option
@project_option
@click.option("--train-size", "sizes", default="", callback=_sizes, metavar="10%,25%,…", help="A learning curve too.")
@resamples_option
@out_option("The run's folder.  [default: build/runs/TASK-SYSTEM-sSEED]")
@labels_option
def run(
    task: str,
    name: str,
    data: str,
    train: str,
    evaluate: str,
    seed: int,
    mentions: str,
    label_map: str,
    project: str,
    sizes: tuple[float, ...],
    resamples: int,
    out: Path | None,
    labels: Labels,
) -> int:
    """Train a system on one split, let it predict another, score it, and write a run's folder."""
    from vistka.bench.data import load
    from vistka.bench.run import Plan
    from vistka.bench.run import run as start
    from vistka.bench.systems import entry
    from vistka.cli.show import tracked

    system, _, argument = name.partition(":")
    asked = cast(Task, task)
    entry(asked, system)
    plan = Plan(asked, system, argument, train, evaluate, seed, mentions, label_map, project, sizes, resamples)
    folder = out or Path("build/runs") / _slug(f"{task}-{name}-s{seed}")
    record, scores = start(plan, load(data), labels, folder, progress=tracked)
    _show(scores)
    _say_maps(record)
    for point in record.curve:
        click.echo(f"{point.documents:>5} training documents: F1 {_number(point.f1)}")
    click.echo(
        f"{folder}: trained in {record.train_seconds:.1f} s, {record.documents_per_second:.1f} documents a second, "
        f"{record.peak_memory_mb:.0f} MB"
    )
    return 0


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name)


@command.command()
@click.argument("path", type=click.Path(path_type=Path))
@task_option
@data_option
@train_option
@eval_option
@map_option
@project_option
@click.option("--repair", is_flag=True, help="Take an orphan I- tag for B-, which strict IOB2 forbids.")
@resamples_option
@format_option("human", "json")
@labels_option
def score(
    path: Path,
    task: str,
    data: str,
    train: str,
    evaluate: str,
    label_map: str,
    project: str,
    repair: bool,
    resamples: int,
    form: str,
    labels: Labels,
) -> int:
    """Score predictions from anywhere: JSONL records, CoNLL, brat, a spaCy DocBin, or a run's folder.

    What does not fit the articles is a finding, never a shift; nothing is scored then.
    """
    from vistka.bench.data import load
    from vistka.bench.maps import Maps
    from vistka.bench.run import PREDICTIONS, RECORD, read_run, scored
    from vistka.cli.show import as_json, show_findings

    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    source = load(data)
    gold = source.split(evaluate)
    made = read_run(path)[0].data_version if (path / RECORD).is_file() else source.version
    if made != source.version:
        raise InputError(
            f"{path} was run on data version {made}, {data} is {source.version}; run it again, "
            f"or score {path}/{PREDICTIONS}"
        )
    maps = Maps.named(label_map, project, labels, cast(Task, task))
    seen = source.splits.get(train, ())
    found = scored(cast(Task, task), path, gold, seen, maps, resamples, repair=repair)
    show_findings(found.warnings, sys.stderr)
    if form == "json":
        click.echo(as_json(found.scores))
        return 0
    _show(found.scores)
    _say_maps(found)
    return 0


@command.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--data", default="", metavar="PATH|REPO", help="By default what the first run was on.")
@click.option("--resamples", type=click.IntRange(100), default=10_000, show_default=True, help="Of the paired test.")
@format_option("human", "json")
@labels_option
def compare(first: Path, second: Path, data: str, resamples: int, form: str, labels: Labels) -> int:
    """Two runs over the same documents, with paired permutation tests."""
    from vistka.bench.compare import compare as between
    from vistka.bench.data import load
    from vistka.bench.run import read_run
    from vistka.cli.show import as_json

    found = between(first, second, load(data or read_run(first)[0].data), labels, resamples=resamples)
    if form == "json":
        click.echo(as_json(found))
        return 0
    click.echo(f"{found.names[0]} and {found.names[1]}, {found.documents} documents; F1, difference, p")
    for view, lines in found.views.items():
        click.echo(f"\n{view}")
        for line in lines:
            p = "" if line.p is None else f"p = {line.p:.4f}"
            cells = (_number(line.first), _number(line.second), _signed(line.difference), p)
            click.echo(f"  {line.label:<18} {cells[0]:>6} {cells[1]:>6} {cells[2]:>7}  {cells[3]}".rstrip())
    return 0


@command.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@out_option("The page to write.", required=True)
def report(runs: tuple[Path, ...], out: Path) -> int:
    """Runs of one task as a page: scores, labels, slices, curves, confusion, and the errors in their sentences."""
    from vistka.bench.report import report as page
    from vistka.io import write_file

    write_file(out, page(runs).encode())
    click.echo(f"{out}: {len(runs)} runs")
    return 0


@command.command()
def systems() -> int:
    """The systems that can be run, and on what tasks."""
    from vistka.bench.systems import SYSTEMS

    click.echo(f"{'system':<14} {'tasks':<24} {'extra':<14} what it does")
    for name, entry in SYSTEMS.items():
        click.echo(f"{name:<14} {', '.join(entry.tasks):<24} {entry.extra or '–':<14} {entry.manual}")
    return 0


def _say_maps(found: Record | Scored) -> None:
    for label, count in found.dropped.items():
        click.echo(f"left out for want of a counterpart: {count} {label}")
    for label, count in found.unreached.items():
        click.echo(f"missed, since the map leads to it from no label: {count} gold {label}")


def _show(found: Scores) -> None:
    for view, lines in found.views.items():
        click.echo(f"\n{view:<26} precision  recall      F1  95 % interval    gold  predicted")
        for line in _worth(view, lines):
            cells = [f"{_number(value):>9}" for value in (line.precision, line.recall, line.f1)]
            interval = "" if line.low is None or line.high is None else f"{line.low:.3f}–{line.high:.3f}"
            click.echo(
                f"  {line.label:<24} {cells[0]} {cells[1]:>7} {cells[2]:>7}  {interval:>13}  {line.gold:>6,}  "
                f"{line.predicted:>9,}"
            )
    if found.candidates:
        inside, all_ = found.candidates
        click.echo(f"\ncandidate pairs hold {inside} of {all_} gold relations: no system over them finds more")


def _worth(view: str, lines: Sequence[Figure]) -> Sequence[Any]:
    """Every line of the strict views, of others the averages."""
    return lines if "strict" in view or view == "tuple" else lines[:1]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"
