"""Who uses DATA_DIR: any number of running bots, or one restore. (Not on Windows, which has no such lock.)"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from bot.errors import BadSetting

if os.name == "posix":
    import fcntl

LOCK = "lock"


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[None]:
    """A bot runs on the folder as long as this lasts. Raises BadSetting while a restore is under way."""
    with _locked(data_dir, alone=False) as free:
        if not free:
            raise BadSetting("KOMPAS_DATA_DIR", f"a restore is under way in {data_dir}")
        yield


@contextlib.contextmanager
def nobody_running(data_dir: Path) -> Iterator[bool]:
    """Whether no bot of this machine runs on the folder; none can start while this lasts."""
    with _locked(data_dir, alone=True) as free:
        yield free


@contextlib.contextmanager
def _locked(data_dir: Path, *, alone: bool) -> Iterator[bool]:
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
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        yield False
    else:
        yield True
    finally:
        os.close(file)
