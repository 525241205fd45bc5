"""The wheel, installed as a stranger would: without the checkout, without extras."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from small import small_corpus

ROOT = Path(__file__).resolve().parents[1]


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(list(map(str, command)), cwd=cwd, env=clean, capture_output=True, text=True, timeout=300)


def test_the_wheel_works_alone_and_says_what_it_lacks(tmp_path: Path) -> None:
    made = run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT, cwd=tmp_path
    )
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("vistka-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"vistka/_schema/labels.json", "vistka/_schema/defs.schema.json", "vistka/publish/card.md"} <= set(names)
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {"vistka"}

    environment = tmp_path / "venv"
    assert run(sys.executable, "-m", "venv", environment, cwd=tmp_path).returncode == 0
    python = environment / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    installed = run(python, "-m", "pip", "install", "--quiet", "--constraint", constraints, wheel, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr

    elsewhere = tmp_path / "elsewhere"
    corpus = small_corpus(elsewhere / "corpus")
    command = environment / "bin" / "vistka"
    place = run(python, "-c", "import vistka; print(vistka.__file__)", cwd=elsewhere)
    assert place.stdout.startswith(str(environment))
    checked = run(command, "validate", corpus, cwd=elsewhere)
    assert (checked.returncode, checked.stdout) == (0, f"{corpus}: 0 errors, 0 warnings\n"), checked.stderr

    built = run(command, "build", "corpus", cwd=elsewhere)
    assert built.returncode == 2
    assert built.stderr == "vistka: datasets is not installed: pip install 'vistka[build]'\n"
    assert sorted(p.name for p in elsewhere.iterdir()) in (["corpus"], ["build", "corpus"])
    assert not list(elsewhere.glob("build/*"))
