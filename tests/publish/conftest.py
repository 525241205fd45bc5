"""A dataset built once, for the tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from small import small_corpus
from vistka.publish.build import build
from vistka.resources import load_labels


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of the small corpus; not to be written to."""
    root = tmp_path_factory.mktemp("published")
    return build(small_corpus(root / "corpus"), root / "dataset", load_labels()).path


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No progress bars of `datasets` among the tests' output."""
    import datasets

    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()
