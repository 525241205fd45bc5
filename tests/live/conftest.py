"""A real Label Studio, started by `scripts/label-studio` on loopback, and a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT
from live.page import Page
from vistka.studio.server import Server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LabelStudio:
    """A server with a data folder of its own; it can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()

    def _script(self, *arguments: str) -> None:
        subprocess.run(
            [ROOT / "scripts" / "label-studio", *arguments],
            check=True,
            env={**os.environ, "VISTKA_STUDIO_HOME": str(self.home)},
            timeout=600,
        )

    def start(self) -> None:
        self._script("start", str(self.port))

    def stop(self) -> None:
        self._script("stop")

    def kill(self) -> None:
        os.kill(int((self.home / "pid").read_text()), 9)
        (self.home / "pid").unlink()

    @property
    def secrets(self) -> list[str]:
        return (self.home / "secrets").read_text().split()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {"LABEL_STUDIO_URL": self.url, "LABEL_STUDIO_API_KEY": self.secrets[0]}

    def connect(self) -> Server:
        return Server.connect(self.url, self.secrets[0])


def project(server: Server, name: str) -> int:
    number = server.project(name)
    assert number is not None
    return number


def submitted(server: Server, number: int) -> int:
    """Submit every task's pre-annotation as it stands, as a script of the lead would; how many there were."""
    count = 0
    for task in json.loads(server.export(number)):
        for prediction in server._client.predictions.list(task=task["id"]):
            server._client.annotations.create(id=task["id"], result=prediction.result)
            count += 1
    return count


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """A server on a fresh database."""
    server = LabelStudio(tmp_path_factory.mktemp("studio"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def copied(studio: LabelStudio, tmp_path: Path) -> Iterator[LabelStudio]:
    """A server on a copy of the migrated database, to be killed."""
    server = LabelStudio(tmp_path / "copy")
    (server.home / "data").mkdir(parents=True)
    shutil.copy(studio.home / "secrets", server.home)
    name = "label_studio.sqlite3"
    with sqlite3.connect(studio.home / "data" / name) as old, sqlite3.connect(server.home / "data" / name) as new:
        old.backup(new)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def page(studio: LabelStudio) -> Iterator[Page]:
    """Chromium, logged in."""
    with Page(studio.url, "lead@example.org", studio.secrets[1]) as opened:
        yield opened
