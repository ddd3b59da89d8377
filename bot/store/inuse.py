"""Who uses DATA_DIR: any number of running bots, or one restore. (Not on Windows, which has no such lock.)"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from bot.errors import BadSetting

if os.name == "posix":
    import fcntl

LOCK = "lock"
PAUSE_SECONDS = 0.1


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[None]:
    """A bot runs on the folder as long as this lasts. Raises BadSetting while a restore is under way."""
    with _locked(data_dir, alone=False, tries=10) as free:  # `kompas doctor` holds it for a moment
        if not free:
            raise BadSetting("KOMPAS_DATA_DIR", f"a restore is under way in {data_dir}")
        yield


@contextlib.contextmanager
def nobody_running(data_dir: Path) -> Iterator[bool]:
    """Whether no bot of this machine runs on the folder; none can start while this lasts."""
    with _locked(data_dir, alone=True) as free:
        yield free


@contextlib.contextmanager
def _locked(data_dir: Path, *, alone: bool, tries: int = 1) -> Iterator[bool]:
    if os.name != "posix":
        yield True
        return
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # a folder that cannot be written to: whoever needs it says so
        yield True
        return
    try:
        yield _take(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, tries)
    finally:
        os.close(file)


def _take(file: int, how: int, tries: int) -> bool:
    for left in reversed(range(tries)):
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except OSError:
            if left:
                time.sleep(PAUSE_SECONDS)
        else:
            return True
    return False
