"""Which room may import which."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

SOURCE = ROOT / "src" / "vistka"
MODULES = sorted(path for path in SOURCE.rglob("*.py"))
INNER = {"vistka.model", "vistka.text", "vistka.fields", "vistka.findings", "vistka.tagging"}
HEAVY = {
    *("datasets", "httpx", "jsonschema", "label_studio_sdk", "mlcroissant", "pyarrow", "pycrfsuite", "rensa", "rich"),
    *("flair", "gliner", "jinja2", "pymorphy3", "scipy", "sklearn", "spacy", "stanza", "torch", "transformers", "yaml"),
}


def module(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, *, top_level: bool = False) -> set[str]:
    """Absolute names of the modules that a file imports, inside functions too unless `top_level`."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = tree.body if top_level else list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module
            found.add(node.module)
            candidates = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= candidates & {module(p) for p in MODULES}
    return found


def ours(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] == "vistka"}


def test_there_are_modules_to_judge() -> None:
    assert {module(path) for path in MODULES} >= {*INNER, "vistka.cli", "vistka.convert.inline", "vistka.io"}


@pytest.mark.parametrize("name", sorted(INNER))
def test_an_inner_room_imports_the_standard_library_msgspec_and_inner_rooms_only(name: str) -> None:
    names = imported(SOURCE / f"{name.removeprefix('vistka.')}.py")
    assert ours(names) <= INNER
    assert {n.split(".")[0] for n in names - ours(names)} <= sys.stdlib_module_names | {"msgspec"}


@pytest.mark.parametrize("path", sorted(SOURCE.glob("convert/*.py")), ids=lambda path: path.stem)
def test_a_converter_imports_inner_rooms_and_io_and_no_other_converter(path: Path) -> None:
    assert ours(imported(path)) <= {*INNER, "vistka.io", "vistka.convert"}


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_nobody_but_the_command_imports_the_command(path: Path) -> None:
    name = module(path)
    if name.startswith("vistka.cli") or name == "vistka.__main__":
        assert "vistka" in name
        return
    assert not {n for n in imported(path) if n == "vistka.cli" or n.startswith("vistka.cli.")}


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_heavy_libraries_are_imported_inside_the_function_that_needs_them(path: Path) -> None:
    assert not {n.split(".")[0] for n in imported(path, top_level=True)} & HEAVY


def test_only_the_corpus_module_knows_the_folders_of_the_corpus() -> None:
    def names_gold(path: Path) -> bool:
        strings = (n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant))
        return "annotations" in strings

    studio = "vistka.studio.tasks"  # Label Studio's tasks have a field of that name
    assert [module(path) for path in MODULES if names_gold(path)] == ["vistka.corpus", studio]


def loaded_after(code: str) -> set[str]:
    """The libraries in `sys.modules` after some code, in a process of its own."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(found.stderr.splitlines()[-1])}


def test_importing_the_command_loads_no_heavy_library() -> None:
    loaded = loaded_after("import vistka.cli")
    assert "click" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["validate", "--help"], ["split", "--help"], ["build", "--help"]]
)
def test_help_loads_no_heavy_library(arguments: list[str]) -> None:
    loaded = loaded_after(
        f"import sys\nsys.argv = ['vistka', *{arguments!r}]\nfrom vistka.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert stop.code == 0, stop.code"
    )
    assert not loaded & HEAVY


def test_importing_every_module_prints_nothing() -> None:
    names = [module(path) for path in MODULES if path.stem != "__main__"]
    code = "import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in names)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
