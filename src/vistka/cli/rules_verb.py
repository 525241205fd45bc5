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
    """The catalogue of rules, or the manual entry of CODE.

    LS are the faults of what comes from Label Studio, BE and BR those of predictions.
    """
    from vistka import predictions
    from vistka.studio import tasks
    from vistka.validate.rules import RULES

    entries = [{"code": r.code, "level": r.level, "severity": r.severity, "manual": r.manual} for r in RULES.values()]
    for level, codes in (("studio", tasks.CODES), ("predictions", predictions.CODES)):
        for c, manual in codes.items():
            severity = "warning" if c in predictions.WARNINGS else "error"
            entries.append({"code": c, "level": level, "severity": severity, "manual": manual})
    chosen = [entry for entry in entries if code is None or entry["code"] == code.upper()]
    if not chosen:
        raise UsageError(f"no rule {code}; `vistka rules` lists them")
    if form == "json":
        click.echo(json.dumps(chosen, ensure_ascii=False, indent=1))
        return 0
    for entry in chosen:
        if code:
            click.echo(f"{entry['code']} ({entry['severity']}, level {entry['level']})\n\n{entry['manual']}")
        else:
            title = entry["manual"].splitlines()[0]
            click.echo(f"{entry['code']}  {entry['severity']:<7}  {entry['level']:<6}  {title}")
    return 0
