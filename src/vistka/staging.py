"""Folders written beside their place and exchanged with it in one step.

Whoever is killed at any moment leaves the old folder whole; what was left beside it the next writer there removes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder that takes the place of `target` when the block ends well, and vanishes otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_abandoned(target)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-{os.getpid()}-", dir=target.parent))
    try:
        yield staging
        os.chmod(staging, 0o755)
        _into_place(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _clear_abandoned(target: Path) -> None:
    """Remove what writers of this target left beside it when they were killed."""
    for folder in target.parent.glob(f".{target.name}-*-*"):
        process = folder.name.removeprefix(f".{target.name}-").split("-")[0]
        if process.isdigit() and not _runs(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether the process is alive, as far as this system can say; True where it cannot."""
    if sys.platform == "win32":  # there signal 0 is a key press
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _into_place(staging: Path, target: Path) -> None:
    """Make `staging` the target; what was there goes where `staging` was."""
    if not target.exists():
        staging.rename(target)
    elif not _exchange(staging, target):
        # No atomic exchange on this system: the old folder is away for the time of two renames.
        aside = staging.with_name(staging.name + "-old")
        target.rename(aside)
        staging.rename(target)
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, two: Path) -> bool:
    """Swap two folders in one step where the system can (Linux); False where it cannot."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if renameat2 is None:
        return False
    at_cwd, exchange = -100, 2
    if renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(two), exchange) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL):
        return False
    raise OSError(code, os.strerror(code), str(two))
