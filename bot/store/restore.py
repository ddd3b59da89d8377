"""A backup comes back. It is checked whole before anything is touched; what was there is moved aside, never deleted.

Nothing is taken from the tar but regular files under the plain names that its list gives with size and hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from bot.store import migrate
from bot.store.ages import LEASE_LIVE, is_alive
from bot.store.backup import ACCOUNTS, DATABASE, DUMP, FORMAT, MANIFEST, BackupError, load_dump, schema_of
from bot.store.inuse import nobody_running
from bot.store.look import look_blocking

NAME = re.compile(rf"{re.escape(DATABASE)}|{re.escape(DUMP)}|{ACCOUNTS}(/[\w@%+=:.~-]+){{2,}}")
LONGEST_MANIFEST = 16 << 20
"""Bytes."""
CHUNK = 1 << 20
REWOUND = "rewound.json"
"""As adapters.matrix.rewound.FILE."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    made_at: str
    """When the backup was made, ISO 8601."""
    schema: str | None
    """Revision of its tables; older ones are brought up to date at the next start."""
    accounts: int
    """Matrix accounts."""
    without_database: str
    """Why the backup has no database; empty when it has."""
    aside: Path | None
    """Where that is now which was there before."""


def restore(file: Path, data_dir: Path, url: str, *, force: bool) -> Restored:
    """Put the backup in its place; `force` allows to move aside what is there. Raises BackupError."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with (
            nobody_running(data_dir) as free,
            tempfile.TemporaryDirectory(prefix=".restore.", dir=data_dir) as folder,
        ):
            if not free:
                raise BackupError(f"Kompas is running on {data_dir}; stop it first")
            stage = Path(folder)
            manifest = _unpack(file, stage)
            _check(manifest, stage, url)
            _check_nobody_writes(url)
            _note_rewound(stage / ACCOUNTS)
            return _put(manifest, stage, data_dir, url, force=force)
    except (OSError, sqlite3.Error, tarfile.TarError, EOFError) as error:
        raise BackupError(f"{file} was not restored: {getattr(error, 'strerror', None) or error}") from error


# reading


def _unpack(file: Path, stage: Path) -> dict[str, Any]:
    """The manifest; the files are in `stage`, each as the manifest says."""
    with tarfile.open(file, "r:") as tar:
        first = tar.next()
        if first is None or first.name != MANIFEST or not first.isreg() or first.size > LONGEST_MANIFEST:
            raise BackupError(f"{file} is no backup of Kompas")
        manifest = _manifest(_content(tar, first).read(), file)
        wanted = {entry["name"]: entry for entry in manifest["files"]}
        if len(wanted) != len(manifest["files"]):
            raise BackupError("the backup lists a file twice")
        while (member := tar.next()) is not None:
            entry = wanted.pop(member.name, None)
            if entry is None or not member.isreg() or not _plain(member.name):
                raise BackupError(f"the backup holds {member.name!r}, which does not belong there")
            if member.size != entry["size"] or _write(tar, member, stage) != entry["sha256"]:
                raise BackupError(f"{member.name} in the backup is damaged")
        if wanted:
            raise BackupError(f"the backup lacks {next(iter(wanted))!r}")
    return manifest


def _manifest(text: bytes, file: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(text)
        if manifest["format"] > FORMAT:
            raise BackupError(f"{file} comes from a newer Kompas ({manifest['kompas']})")
        for entry in manifest["files"]:
            if not (isinstance(entry["name"], str) and isinstance(entry["size"], int) and len(entry["sha256"]) == 64):
                raise ValueError
        return {"schema": None, "database": "", "made_at": "", "without_database": "", **manifest}
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{file} is no backup of Kompas") from error


def _plain(name: str) -> bool:
    """A name that a backup gives: no folder above, no absolute path, nothing but what belongs to us."""
    return bool(NAME.fullmatch(name)) and not {".", ".."} & set(name.split("/"))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    content = tar.extractfile(member)
    assert content is not None  # only for what is no regular file
    return content


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, stage: Path) -> str:
    """Write the member; its hash."""
    path = stage / member.name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        for chunk in _chunks(_content(tar, member)):
            digest.update(chunk)
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest()


def _chunks(stream: Any) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


# checking


def _check(manifest: dict[str, Any], stage: Path, url: str) -> None:
    kind = make_url(url).get_backend_name()
    if manifest["database"] != kind:
        raise BackupError(f"the backup is of a {manifest['database']} database, KOMPAS_DATABASE_URL names {kind}")
    schema = manifest["schema"]
    database = stage / DATABASE
    if database.exists():
        schema = schema_of(database)
        with closing(sqlite3.connect(database)) as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise BackupError("the database in the backup is damaged")
    if schema is not None and schema not in migrate.known():
        raise BackupError(
            f"the backup comes from a newer Kompas ({manifest.get('kompas')}, tables {schema}); install that version"
        )


def _check_nobody_writes(url: str) -> None:
    """Another machine may use the database, or somebody may have opened the file."""
    seen = look_blocking(url)
    if seen.problem and make_url(url).get_backend_name() == "postgresql":
        raise BackupError(f"the database does not answer: {seen.problem}")
    if is_alive(seen.alive_at, datetime.now(UTC)):
        seconds = LEASE_LIVE.total_seconds()
        raise BackupError(f"Kompas is running on this database: stop it, or wait {seconds:.0f} s if it was killed")
    file = Path(str(make_url(url).database))
    if make_url(url).get_backend_name() == "sqlite" and file.exists() and not seen.problem:
        try:
            with closing(sqlite3.connect(file, timeout=1)) as connection:
                connection.execute("PRAGMA journal_mode=DELETE")  # refused while anybody else has it open
        except sqlite3.OperationalError as error:
            raise BackupError(f"{file} is in use ({error}); stop whatever has it open") from error


# putting


def _note_rewound(accounts: Path) -> None:
    """Beside each key store the ids of its channels to other devices: the Matrix adapter sends nothing over them, as
    the device has gone on using them since the backup.
    """
    for store in accounts.rglob("*.db") if accounts.is_dir() else ():
        with closing(sqlite3.connect(store)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'olmsessions'").fetchone():
                ids = [row[0] for row in connection.execute("SELECT session_id FROM olmsessions")]
                before = store.with_name(REWOUND)
                known = json.loads(before.read_text("utf-8")) if before.exists() else []
                before.touch(mode=0o600)
                before.write_text(json.dumps(sorted({*known, *ids})), "utf-8")


def _put(manifest: dict[str, Any], stage: Path, data_dir: Path, url: str, *, force: bool) -> Restored:
    parsed = make_url(url)
    moves: list[tuple[Path, Path]] = []
    if (stage / DATABASE).exists():
        moves.append((stage / DATABASE, Path(str(parsed.database))))
    if (stage / ACCOUNTS).exists():
        moves.append((stage / ACCOUNTS, data_dir / ACCOUNTS))
    old = [path for _, target in moves for path in _there(target)]
    if old and not force:
        raise BackupError(f"{old[0]} exists; with --force it is moved aside")
    if (stage / DUMP).exists() and look_blocking(url).revision is not None:
        raise BackupError("the PostgreSQL database has tables already; make an empty one and name it in the settings")
    aside = data_dir / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}" if old else None
    done: list[tuple[Path, Path]] = []
    try:
        if aside is not None:
            aside.mkdir(mode=0o700)
            for path in old:
                _move(path, aside / path.name, done)
        for source, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(source, target, done)
        if (stage / DUMP).exists():
            load_dump(url, stage / DUMP)
    except BaseException:
        for source, target in reversed(done):
            shutil.move(target, source)
        raise
    accounts = data_dir / ACCOUNTS
    count = sum(path.is_dir() for path in accounts.iterdir()) if accounts.is_dir() else 0
    return Restored(manifest["made_at"], manifest["schema"], count, manifest["without_database"], aside)


def _there(target: Path) -> list[Path]:
    """What would be overwritten: a folder that is not empty, a file with what SQLite keeps beside it."""
    if target.is_dir():
        return [target] if any(target.iterdir()) else []
    beside = [target, *(target.with_name(target.name + ending) for ending in ("-wal", "-shm", "-journal"))]
    return [path for path in beside if path.exists()]


def _move(source: Path, target: Path, done: list[tuple[Path, Path]]) -> None:
    if target.is_dir():
        target.rmdir()  # an empty one; _there has seen to it
    shutil.move(source, target)
    done.append((source, target))
