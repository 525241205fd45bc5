"""The command `vistka`: one file a verb, each imported only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from vistka import __version__

VERBS = {
    "validate": "Check a corpus folder, a file or shards; exit 1 on errors.",
    "rules": "The validator's rules, or the manual entry of one.",
    "split": "Assign documents to train, validation and test without leaks.",
    "build": "Build the dataset that load_dataset reads.",
    "stats": "Figures of a corpus; or the tables made from them in a file.",
    "agree": "Agreement of two annotators, with intervals.",
    "adjudicate": "Settle two passes: questions, answers, gold and its log.",
    "studio": "Label Studio: the configuration, tasks there, passes back.",
    "bench": "Models on the corpus: run, score, compare, report.",
    "preannotate": "A model's predictions into a Label Studio project.",
    "inline": "Annotations to and from inline markup.",
    "export": "A corpus folder to JSONL document records.",
    "format": "Rewrite files of record in canonical form.",
    "schema": "Make the schema's enums from labels.json.",
    "picture": "Draw an annotated document as SVG.",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command = import_module(f"vistka.cli.{name}_verb").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vistka")
def vistka() -> None:
    """Vistka keeps an annotated corpus honest.

    Exit codes: 0 clean, 1 findings or drift, 2 usage.
    """


def main() -> None:
    """Run the command; errors of input and system come out as one line."""
    try:
        code = vistka(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Abort:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"vistka: {place}{error.strerror or error}; nothing was changed", err=True)
        sys.exit(2)
    except Exception as error:
        sys.exit(_exit_code(error))
    sys.exit(code if isinstance(code, int) else 0)


def _exit_code(error: Exception) -> int:
    """Say what a `VistkaError` says; any other error is a fault of this package and goes on."""
    from vistka.findings import InputError, VistkaError  # here, since `--help` needs no records

    if not isinstance(error, VistkaError):
        raise error
    if isinstance(error, InputError) and error.findings:
        from vistka.cli.show import show_findings

        show_findings(error.findings, sys.stderr)
    click.echo(f"vistka: {error}", err=True)
    return 1 if isinstance(error, InputError) else 2
