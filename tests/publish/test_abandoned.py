"""What a killed build leaves behind goes with the next one; what a running one is making stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from small import small_corpus
from vistka.publish.build import build
from vistka.resources import load_labels


def test_the_folder_of_a_dead_build_is_cleared_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    for process in (dead.pid, os.getppid()):
        (tmp_path / f".dataset-{process}-x").mkdir()
    build(small_corpus(tmp_path / "corpus"), tmp_path / "dataset", load_labels())
    left = sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("."))
    assert left == [f".dataset-{os.getppid()}-x"]
