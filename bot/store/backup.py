"""Everything that Kompas cannot make again, in one tar: the database and the folders of the Matrix accounts, each with
session, key store, pickle key and seeds as one unit.

The database is copied first. Its sync position is then never ahead of the keys that came with it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from bot.errors import OperatorError
from bot.store.inuse import LOCK

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.sqlite3"
DUMP = "database.dump"
ACCOUNTS = "matrix"
PASSING = ("-wal", "-shm", "-journal", ".new")
"""Endings of files that belong to a moment, not to what is kept."""
BUSY_SECONDS = 30.0
TRIES = 5


class BackupError(OperatorError):
    """A backup or a restore that was not made; nothing has been changed."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds."""

    files: int
    size: int
    """Bytes."""
    accounts: int
    """Matrix accounts."""
    without_database: str
    """Why the database is not in it; empty when it is."""


def back_up(data_dir: Path, url: str, target: Path) -> Made:
    """Write the backup to `target`, whole or not at all, readable for its owner alone; a bot may run meanwhile.

    Raises BackupError.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
            stage = Path(folder)
            schema, kind, without = _database(url, stage)
            accounts = _accounts(data_dir / ACCOUNTS, stage / ACCOUNTS)
            files = sorted(path for path in stage.rglob("*") if path.is_file())
            if not files and not without:
                raise BackupError(f"there is nothing to back up in {data_dir}")
            manifest = {
                "format": FORMAT,
                "kompas": version("kompas"),
                "schema": schema,
                "database": kind,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "without_database": without,
                "files": [
                    {"name": path.relative_to(stage).as_posix(), "size": path.stat().st_size, "sha256": _hash(path)}
                    for path in files
                ],
            }
            whole = stage / "whole.tar"
            _write_tar(whole, manifest, stage, files)
            made = Made(len(files), whole.stat().st_size, accounts, without)
            whole.replace(target)
            return made
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupError(f"{target} was not written: {getattr(error, 'strerror', None) or error}") from error


def _write_tar(file: Path, manifest: dict[str, Any], stage: Path, files: list[Path]) -> None:
    text = json.dumps(manifest, indent=1).encode()
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, size, content in _members(text, stage, files):
                about = tarfile.TarInfo(name)
                about.size, about.mode, about.mtime = size, 0o600, int(datetime.now(UTC).timestamp())
                with content:
                    tar.addfile(about, content)
        stream.flush()
        os.fsync(stream.fileno())


def _members(manifest: bytes, stage: Path, files: list[Path]) -> Iterator[tuple[str, int, Any]]:
    yield MANIFEST, len(manifest), io.BytesIO(manifest)
    for path in files:
        yield path.relative_to(stage).as_posix(), path.stat().st_size, path.open("rb")


# the database


def _database(url: str, stage: Path) -> tuple[str | None, str, str]:
    """Copy it; its schema revision, its kind, and why it is not there."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _dump(url, stage / DUMP)
    source = Path(str(parsed.database))
    if not source.exists():
        return None, "sqlite", f"there is none yet at {source}"
    copy_sqlite(source, stage / DATABASE)
    return schema_of(stage / DATABASE), "sqlite", ""


def copy_sqlite(source: Path, target: Path) -> None:
    """A copy of a moment of a database that others write to. Raises sqlite3.Error."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the original was


def schema_of(database: Path) -> str | None:
    """The revision of the tables in a database file. Raises sqlite3.Error."""
    with closing(sqlite3.connect(database)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(found[0]) if found else None


def _dump(url: str, target: Path) -> tuple[str | None, str, str]:
    if shutil.which("pg_dump") is None:
        return None, "postgresql", "pg_dump was not found: dump the PostgreSQL database with it yourself"
    schema = _psql_schema(url)
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
    done = subprocess.run(command, env=_connection(url), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"pg_dump failed: {_first_line(done.stderr)}")
    target.chmod(0o600)
    return schema, "postgresql", ""


def load_dump(url: str, dump: Path) -> None:
    """Fill an empty PostgreSQL database, all or nothing. Raises BackupError."""
    if shutil.which("pg_restore") is None:
        raise BackupError("pg_restore was not found; install PostgreSQL's client programs")
    database = str(make_url(url).database)
    command = ["pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    command += [f"--dbname={database}", str(dump)]
    done = subprocess.run(command, env=_connection(url), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"pg_restore failed: {_first_line(done.stderr)}")


def _psql_schema(url: str) -> str | None:
    from bot.store.look import look_blocking

    seen = look_blocking(url)
    if seen.problem:
        raise BackupError(f"the database does not answer: {seen.problem}")
    return seen.revision


def _connection(url: str) -> dict[str, str]:
    """The environment of PostgreSQL's programs: the password is never an argument."""
    parsed = make_url(url)
    given = {
        "PGHOST": parsed.host,
        "PGPORT": parsed.port,
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": parsed.query.get("ssl") or parsed.query.get("sslmode"),
    }
    return {**os.environ, **{name: str(value) for name, value in given.items() if value}}


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["without a word"])[0]


# the Matrix accounts


def _accounts(source: Path, target: Path) -> int:
    folders = sorted(path for path in source.iterdir() if path.is_dir()) if source.is_dir() else []
    for folder in folders:
        for _ in range(TRIES):
            before = _small_files(folder)
            shutil.rmtree(target / folder.name, ignore_errors=True)
            _copy_account(folder, target / folder.name)
            if _small_files(folder) == before:  # else it has logged in anew meanwhile: another device, another store
                break
        else:
            raise BackupError(f"{folder} changes all the time; try again")
    return len(folders)


def _kept(folder: Path) -> list[Path]:
    """The files of an account that belong into a backup."""
    there = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return [path for path in there if path.name != LOCK and not path.name.endswith(PASSING)]


def _small_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in _kept(folder) if not is_sqlite(path)}


def _copy_account(folder: Path, target: Path) -> None:
    for path in _kept(folder):
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if is_sqlite(path):
            copy_sqlite(path, copy)
        else:
            with _private(copy) as stream:
                stream.write(path.read_bytes())


@contextmanager
def _private(path: Path) -> Iterator[Any]:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        yield stream


def is_sqlite(path: Path) -> bool:
    """Whether the file is an SQLite database."""
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\0"


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
