"""Arguments and options that several verbs share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from vistka.resources import Labels, load_labels

F = TypeVar("F", bound=Callable[..., Any])


def path_argument(name: str = "path", **more: Any) -> Callable[[F], F]:
    return click.argument(name, type=click.Path(path_type=Path), **more)


def out_option(help: str, **more: Any) -> Callable[[F], F]:
    return click.option("--out", type=click.Path(path_type=Path), help=help, **more)


def format_option(*formats: str) -> Callable[[F], F]:
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="Form of the output.",
    )


def _load(ctx: click.Context, param: click.Parameter, value: Path | None) -> Labels:
    return load_labels(value)


labels_option = click.option(
    "--labels",
    type=click.Path(path_type=Path),
    callback=_load,
    metavar="FILE",
    help="A label inventory in place of the scheme's own.",
)


workers_option = click.option(
    "--workers",
    type=click.IntRange(1),
    default=lambda: os.cpu_count() or 1,
    help="Processes for shards.  [default: one a core]",
)
