"""vistka rules."""

from __future__ import annotations

import json

import click

from vistka.cli.options import format_option
from vistka.findings import UsageError


@click.command("rules")
@click.argument("code", required=False)
@format_option("human", "json")
def command(code: str | None, form: str) -> int:
    """The catalogue of rules, or the manual entry of CODE."""
    from vistka.validate.rules import RULES

    if code is not None and code.upper() not in RULES:
        raise UsageError(f"no rule {code}; `vistka rules` lists them")
    chosen = [RULES[code.upper()]] if code else list(RULES.values())
    if form == "json":
        entries = [{"code": r.code, "level": r.level, "severity": r.severity, "manual": r.manual} for r in chosen]
        click.echo(json.dumps(entries, ensure_ascii=False, indent=1))
    elif code:
        rule = chosen[0]
        click.echo(f"{rule.code} ({rule.severity}, level {rule.level})\n\n{rule.manual}")
    else:
        for rule in chosen:
            click.echo(f"{rule.code}  {rule.severity:<7}  {rule.level:<6}  {rule.title}")
    return 0
