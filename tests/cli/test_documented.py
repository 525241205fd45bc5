"""What the pages say of the command is so: the verbs, and every command line in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from vistka.cli import VERBS
from vistka.cli import vistka as command

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "corpus/README.md", "schema/README.md", "docs/label-studio.md")
SCRIPTS = tuple(f"scripts/{name}" for name in ("build", "check", "regen"))

_FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.S | re.M)
_SPAN = re.compile(r"`(vistka [^`]+)`")


def command_lines(text: str) -> tuple[list[str], list[str]]:
    """Calls of `vistka`: whole ones, from code blocks, and those of code spans, which may leave values out."""
    blocks = _FENCED.findall(text) if "```" in text else []
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    spans = _SPAN.findall(_FENCED.sub("", text).replace("\n", " "))
    return [line for line in lines if line.startswith("vistka ")], spans


def check(line: str, *, whole: bool = True) -> None:
    """Fail where a command line names a verb or an option that does not exist, or lacks the value of an option."""
    words = shlex.split(line, comments=True)[1:]
    found: click.Command = command
    context = click.Context(command, info_name="vistka")
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        sub = found.get_command(context, name)
        assert sub is not None, f"no verb {name}: {line}"
        context = click.Context(sub, parent=context, info_name=name)
        found = sub
    known = {option: p for p in found.get_params(context) for option in (*p.opts, *p.secondary_opts)}
    places = sum(isinstance(p, click.Argument) for p in found.params)
    unlimited = any(isinstance(p, click.Argument) and p.nargs == -1 for p in found.params)
    given = 0
    while words:
        word = words.pop(0)
        if word.startswith("-") and word != "-":
            option, _, value = word.partition("=")
            assert option in known, f"no option {option}: {line}"
            param = known[option]
            assert isinstance(param, click.Option)
            if not param.is_flag and not value and not _is_help(param):
                assert words or not whole, f"{option} lacks its value: {line}"
                value = words.pop(0) if words else ""
            if value and isinstance(param.type, click.Choice):
                assert value in param.type.choices, f"{option} takes no {value}: {line}"
        elif word in ("|", ">", "&&", ";"):
            break
        else:
            given += 1
    assert unlimited or given <= places, f"too many arguments: {line}"


def _is_help(param: click.Option) -> bool:
    return param.is_eager and param.expose_value is False


@pytest.mark.parametrize("path", PAGES)
def test_every_command_line_of_a_page_names_a_verb_and_options_that_exist(path: str) -> None:
    blocks, spans = command_lines((ROOT / path).read_text("utf-8"))
    assert blocks
    for line in blocks:
        check(line)
    for line in spans:
        check(line, whole=False)


@pytest.mark.parametrize("path", SCRIPTS)
def test_every_command_line_of_a_script_names_a_verb_and_options_that_exist(path: str) -> None:
    lines = [line for line in (ROOT / path).read_text("utf-8").splitlines() if line.startswith("vistka ")]
    assert lines
    for line in lines:
        check(line)


def test_every_verb_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert [verb for verb in VERBS if not re.search(rf"`(?:vistka )?{verb}\b|vistka {verb}\b", text)] == []


def test_every_verb_of_the_file_of_verbs_is_a_command() -> None:
    context = click.Context(command)
    assert command.list_commands(context) == list(VERBS)
    for verb in VERBS:
        assert command.get_command(context, verb) is not None


@pytest.mark.parametrize(
    "line",
    [
        "vistka nosuch",
        "vistka validate corpus --nosuch",
        "vistka validate corpus --format xml",
        "vistka inline nosuch",
        "vistka stats corpus more",
        "vistka build corpus --out",
    ],
)
def test_this_check_finds_a_command_line_that_is_wrong(line: str) -> None:
    with pytest.raises(AssertionError):
        check(line)


def test_this_check_reads_blocks_spans_and_continued_lines() -> None:
    text = (
        "Слово `vistka rules` і\n\n```\n$ vistka stats corpus \\\n  --format json\nls\n```\n`vistka validate\ncorpus`\n"
    )
    blocks, spans = command_lines(text)
    assert [line.split() for line in blocks] == [["vistka", "stats", "corpus", "--format", "json"]]
    assert spans == ["vistka rules", "vistka validate corpus"]
