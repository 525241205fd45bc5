"""vistka validate."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from vistka.cli.options import format_option, labels_option, path_argument, workers_option
from vistka.findings import Finding, UsageError
from vistka.resources import Labels


@click.command("validate")
@path_argument()
@format_option("human", "json", "sarif")
@click.option("--select", metavar="CODES", help="Only these rules or families, e.g. SP,LK006.")
@click.option("--ignore", metavar="CODES", help="All but these rules or families.")
@workers_option
@labels_option
def command(path: Path, form: str, select: str | None, ignore: str | None, workers: int, labels: Labels) -> int:
    """Check a corpus folder, one file of record, a shard or a folder of shards.

    Exit code 1 where a rule of severity error finds something; warnings alone leave it 0.
    """
    from vistka.cli.show import show_findings, tracked
    from vistka.validate.report import to_json, to_sarif
    from vistka.validate.rules import RULES
    from vistka.validate.runner import validate

    chosen, dropped = _codes(select, RULES) or set(RULES), _codes(ignore, RULES)
    errors = warnings = 0

    def counted(findings: Iterable[Finding]) -> Iterator[Finding]:
        nonlocal errors, warnings
        for finding in findings:
            if finding.code in chosen and finding.code not in dropped:
                errors += finding.severity == "error"
                warnings += finding.severity == "warning"
                yield finding

    findings = counted(validate(path, labels, workers, tracked))
    if form == "human":
        show_findings(findings)
        click.echo(f"{path}: {_count(errors, 'error')}, {_count(warnings, 'warning')}", err=bool(errors))
    else:
        click.echo(to_json(findings) if form == "json" else to_sarif(findings, RULES.values()))
    sys.stdout.flush()
    return 1 if errors else 0


def _codes(given: str | None, known: Iterable[str]) -> set[str]:
    """The rule codes that a comma-separated list of codes and families names."""
    codes: set[str] = set()
    for word in (given or "").replace(" ", "").upper().split(","):
        if word:
            found = {code for code in known if code == word or (word.isalpha() and code.startswith(word))}
            if not found:
                raise UsageError(f"no rule or family {word}; `vistka rules` lists them")
            codes |= found
    return codes


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
