r"""Fields between bars: the escapes that inline markup and Label Studio's entity field have in common.

`\| \# \~ \- \\ \n` and backslash-space are literal; blanks around a field do not belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vistka.model import Entity

KEY = re.compile(r"[A-Za-z0-9_-]+")
_FIELD = re.compile(r"\s*((?:\\.|[^\\|]|\\\Z)*?)\s*(\||\Z)", re.S)


def fields(line: str) -> Iterator[tuple[int, str]]:
    """The fields between unescaped bars, stripped, each with its offset in the line."""
    at = 0
    while match := _FIELD.match(line, at):
        yield match.start(1), match.group(1)
        if not match.group(2):
            return
        at = match.end()


def unescape(field: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match.group(1) == "n" else match.group(1), field)


def escape(field: str) -> str:
    escaped = re.sub(r"([\\|#])", r"\\\1", field).replace("\n", r"\n")
    return re.sub(r"\A[~%\s-]|\s\Z", r"\\\g<0>", escaped)


def entity_line(entity: Entity) -> str:
    item = f" | {entity.wikidata}" if entity.wikidata else ""
    return f"{entity.id} = {escape(entity.name)}{item}"


def parse_entity(line: str) -> Entity | None:
    """The entity of a line `key = canonical name` or `key = canonical name | Q-id`; none where it reads otherwise."""
    key, equals, rest = line.partition("=")
    found = [unescape(field) for _, field in fields(rest)]
    if not equals or not KEY.fullmatch(key.strip()) or len(found) > 2 or not found[0]:
        return None
    return Entity(key.strip(), found[0], found[1] if len(found) == 2 else None)
