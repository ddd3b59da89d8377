"""The account's folder: session, key store, pickle key and seeds belong together and to one process at a
time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

if os.name == "posix":
    import fcntl


def account_folder(data_dir: Path, user: str) -> Path:
    """The folder of an account, made for its owner alone."""
    folder = folder_of(data_dir, user)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def folder_of(data_dir: Path, user: str) -> Path:
    """Where the account's folder is, if there is one."""
    return data_dir / "matrix" / quote(user.removeprefix("@"), safe="")


def read_secret(file: Path) -> str | None:
    """What the file holds; None when it is not there."""
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return None


def write_secret(file: Path, text: str) -> None:
    """Replace the file whole, readable for its owner alone from the first moment."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)


@contextlib.contextmanager
def only_process(folder: Path) -> Iterator[bool]:
    """Whether no other process uses the folder; none can while this lasts. (Not on Windows, which has no such
    lock.)"""
    if os.name != "posix":
        yield True
        return
    with open(os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "w", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
