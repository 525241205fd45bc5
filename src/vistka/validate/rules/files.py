"""FL and SC: bytes, JSON and shape (level schema)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from vistka.io import canonical
from vistka.model import Annotation
from vistka.resources import Labels, load_schema
from vistka.validate.base import Fault, Named, Parsed, Raw, quoted, rules_of

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(-?Infinity|NaN)', re.S)
_MAX_DEPTH = 32
_SHOWN = 20


def fl001(raw: Raw) -> Iterator[Fault]:
    """A file cannot be read.

    The operating system refused it: a permission, a broken link, a folder in a file's place.

    Passes: a file that you may read.
    Fails: a link to a file that is gone.
    """
    if raw.error is not None:
        yield Fault(f"cannot be read: {raw.error.strerror or raw.error}; mend the file or its permissions")


def fl002(raw: Raw) -> Iterator[Fault]:
    """A file is not UTF-8.

    Articles and records are UTF-8 throughout; Windows-1251 and UTF-16 are not guessed.

    Passes: the bytes D0 9A of «К».
    Fails: the byte CA, which is «К» in Windows-1251.
    """
    try:
        raw.data.decode()
    except UnicodeDecodeError as error:
        before = raw.data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
        byte = f"byte {error.start} is 0x{raw.data[error.start]:02X}"
        yield Fault(f"not UTF-8: {byte}; save the file as UTF-8", line=line, column=column)


def fl003(raw: Raw) -> Iterator[Fault]:
    """A file begins with a byte-order mark.

    The mark would shift every offset by one.

    Passes: a file that begins with its first letter.
    Fails: a file saved as «UTF-8 with BOM».
    """
    if raw.data.startswith(b"\xef\xbb\xbf"):
        yield Fault("begins with a byte-order mark; save it as UTF-8 without BOM", line=1, column=1)


def sc001(raw: Raw) -> Iterator[Fault]:
    """A record is not JSON.

    Truncated files, trailing commas, NaN, numbers of thousands of digits and nesting beyond reason end here.

    Passes: {"id": "m1"}
    Fails: {"id": "m1"
    """
    try:
        parse_json(raw)
    except json.JSONDecodeError as error:
        yield Fault(f"not JSON: {error.msg}; mend it here", line=error.lineno, column=error.colno)
    except RecursionError:
        yield Fault("JSON nested too deep; a record has at most five levels", line=1, column=1)
    except ValueError as error:
        yield Fault(f"not JSON: {error}; offsets are whole numbers below 2147483648", line=1, column=1)


def sc002(parsed: Parsed) -> Iterator[Fault]:
    """An object holds a key twice.

    Readers disagree on which of the two counts, so neither does.

    Passes: {"start": 0, "end": 4}
    Fails: {"start": 0, "start": 4}
    """
    for key in parsed.duplicates:
        yield Fault(f"the key {quoted(key)} stands twice in one object; keep one")


def sc003(parsed: Parsed) -> Iterator[Fault]:
    """A number has a fraction or an exponent.

    Every number of a record is an offset, and offsets are whole.

    Passes: {"start": 12}
    Fails: {"start": 12.0}
    """
    for number in parsed.fractions:
        yield Fault(f"the number {number[:40]} is not written as a whole number; write an offset like 12")


def sc004(parsed: Parsed) -> Iterator[Fault]:
    r"""A string holds half a surrogate pair.

    Such an escape is no character and cannot be stored.

    Passes: "\ud83d\ude00"
    Fails: "\ud83d"
    """
    for pointer, text in _strings(parsed.value, ""):
        if _SURROGATE.search(text):
            yield Fault(f"{quoted(text)} holds half a surrogate pair; write the whole character", pointer or "/")


def sc005(parsed: Parsed) -> Iterator[Fault]:
    """A record does not have the shape of its JSON Schema.

    Missing or unknown keys, values of the wrong type, labels that the inventory does not have, malformed ids.

    Passes: {"id": "m1", "label": "LOC", "start": 0, "end": 4, "text": "Київ", "entity": "e1"}
    Fails: {"id": "m1", "label": "CITY", "start": "0", "end": 4, "text": "Київ"}
    """
    errors = sorted(
        _checker(parsed.kind, parsed.labels).iter_errors(parsed.value), key=lambda e: list(map(str, e.path))
    )
    for error in errors[:_SHOWN]:
        while error.context:  # an anyOf: the branch that came nearest explains best
            error = max(error.context, key=lambda e: len(e.absolute_path))
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.absolute_path)
        wanted = "" if error.validator in ("required", "additionalProperties") else f"; {_wanted(error)}"
        yield Fault(_short(error.message) + wanted, pointer or "/")
    if len(errors) > _SHOWN:
        yield Fault(f"{len(errors) - _SHOWN} more faults of shape; mend these first", "/")


def _wanted(error: Any) -> str:
    return f"the schema asks for {error.validator} {_short(json.dumps(error.validator_value, ensure_ascii=False))}"


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:150] + " … " + text[-40:]


def parse_json(raw: Raw) -> Parsed:
    """Parse with the standard library, noting repeated keys and fractions; raises as `json.loads` does."""
    duplicates: list[str] = []
    fractions: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in items}) < len(items):
            seen: set[str] = set()
            duplicates.extend(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return dict(items)

    def fraction(text: str) -> int:
        fractions.append(text)
        return 0

    text = raw.data.decode()

    def constant(name: str) -> int:
        at = next(match.start() for match in _CONSTANT.finditer(text) if match.group(1) == name)
        raise json.JSONDecodeError(f"{name} is no JSON", text, at)

    value = json.loads(text, object_pairs_hook=pairs, parse_float=fraction, parse_constant=constant)
    if _deeper_than(value, _MAX_DEPTH):
        raise RecursionError
    return Parsed(raw.kind, raw.data, value, raw.labels, tuple(duplicates), tuple(fractions))


def _deeper_than(value: Any, depth: int) -> bool:
    level = [value]
    while level and depth >= 0:
        nested = [item for item in level if isinstance(item, dict | list)]
        level = [inner for item in nested for inner in (item.values() if isinstance(item, dict) else item)]
        depth -= 1
    return bool(level)


@lru_cache(maxsize=16)
def _checker(kind: str, labels: Labels) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(load_schema(kind, labels))


def _strings(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield pointer, key
            yield from _strings(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _strings(item, f"{pointer}/{i}")


def sc006(named: Named) -> Iterator[Fault]:
    """A file of record is not in canonical form.

    Then a diff would show more than the change of annotation. `vistka format` writes the form.

    Passes: a file that `vistka format` wrote
    Fails: the same with its mentions in another order
    """
    if canonical(named.record) != named.data:
        yield Fault("not in canonical form; run `vistka format` on it")


def sc007(named: Named) -> Iterator[Fault]:
    """An annotation is filed under another doc_id.

    Passes: "doc_id": "2025-05-01-pidpys" in 2025-05-01-pidpys.json
    Fails: the same in 2025-05-02-pidpys.json
    """
    if isinstance(named.record, Annotation) and named.record.doc_id != named.doc_id:
        yield Fault(
            f"the doc_id is {quoted(named.record.doc_id)}, the file's name says {quoted(named.doc_id)}; correct one",
            "/doc_id",
        )


RAW = rules_of("schema", fl001, fl002, fl003, sc001)
PARSED = rules_of("schema", sc002, sc003, sc004, sc005)
NAMED = rules_of("schema", sc006, sc007, warnings="SC006")
