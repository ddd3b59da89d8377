"""What can be looked at without any platform: settings, database, disk, files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.doctor import Finding, error, ok, warning
from bot.errors import BadSetting
from bot.settings import MatrixAccount, Settings
from bot.store import migrate
from bot.store.ages import is_alive
from bot.store.inuse import nobody_running
from bot.store.look import Seen, look

MB = 1 << 20
LOW, FULL = 500 * MB, 50 * MB
"""Free bytes in DATA_DIR."""


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Each setting, secrets masked."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if name == "matrix":
            for account in value:
                yield ok("setting", f"matrix account {account.user} on {account.homeserver}, {_secrets(account)}")
        elif name == "database_url":
            yield ok("setting", f"database_url = {_address(settings)}")
        elif not name.startswith("matrix_"):
            yield ok("setting", f"{name} = {_shown(value)}")
    if settings.discord_token is None and not settings.accounts:
        todo = "Set KOMPAS_DISCORD_TOKEN, or KOMPAS_MATRIX_HOMESERVER, KOMPAS_MATRIX_USER and KOMPAS_MATRIX_PASSWORD"
        yield warning("platforms", "none is set up, `kompas run` opens the terminal chat", todo)


def _secrets(account: MatrixAccount) -> str:
    given = [name for name in ("password", "access_token", "pickle_key") if getattr(account, name) is not None]
    return ", ".join(f"{name} = ***" for name in given)


def _address(settings: Settings) -> str:
    if settings.database_url is None:
        return f"(not set: SQLite in {settings.data_dir})"
    parts = urlsplit(settings.database_url.get_secret_value())
    if parts.password is None:
        return f"{parts.scheme}://{parts.netloc}{parts.path}"
    user = parts.username or ""
    return f"{parts.scheme}://{user}:***@{parts.netloc.rpartition('@')[2]}{parts.path}"


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "***"
    if value in (None, "", (), []):
        return "(not set)"
    return " ".join(map(str, value)) if isinstance(value, tuple | list | frozenset) else str(value)


async def check_local(settings: Settings) -> list[Finding]:
    """Folder, disk, file modes, database, running or not."""
    try:
        url = settings.store_url
    except BadSetting as refused:
        return [
            error("data folder", str(refused), "Give the folder to the account that runs Kompas, or free some space")
        ]
    seen = await look(url)
    return [
        check_disk(settings.data_dir),
        *check_modes(settings.data_dir),
        check_database(seen),
        _running(settings, seen),
    ]


def check_disk(folder: Path) -> Finding:
    """Space in the data folder."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    text, todo = f"{free // MB} MB free in {folder}", "Free some space: a full disk stops every write"
    if free < FULL:
        return error("disk", text, todo)
    return warning("disk", text, todo) if free < LOW else ok("disk", text)


def check_modes(folder: Path) -> Iterator[Finding]:
    """Keys and tokens are for the bot's account alone."""
    accounts = folder / "matrix"
    found = sorted(path for path in accounts.rglob("*")) if accounts.is_dir() else []
    private = [path for path in found if path.is_dir() or path.suffix in (".json", ".key")]
    for path in private:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            right = "700" if path.is_dir() else "600"
            yield error("files", f"{path} can be read by others (mode {mode:o})", f"Run: chmod {right} '{path}'")
    if private and all(path.stat().st_mode & 0o077 == 0 for path in private):
        yield ok("files", f"{len(private)} folders and files with keys are readable for their owner alone")


def check_database(seen: Seen) -> Finding:
    """Reachable, and of which version its tables are."""
    what = "database"
    if seen.problem:
        return error(what, f"{seen.address} cannot be used: {seen.problem}", "Check KOMPAS_DATABASE_URL and the server")
    if seen.revision is None:
        return ok(what, f"{seen.address} has no tables yet; the first start makes them")
    if seen.revision not in migrate.known():
        todo = "Install that version, or restore a backup made with this one"
        return error(what, f"a newer Kompas made the tables (revision {seen.revision}, here {migrate.HEAD})", todo)
    if seen.revision != migrate.HEAD:
        todo = "Run `kompas backup FILE` first"
        return warning(what, f"tables of revision {seen.revision}; the next start makes them {migrate.HEAD}", todo)
    return ok(what, f"{seen.address} answers, migrations up to date (revision {seen.revision})")


def _running(settings: Settings, seen: Seen) -> Finding:
    with nobody_running(settings.data_dir) as free:
        running = not free or is_alive(seen.alive_at, datetime.now(UTC))
    return ok("running", "a bot runs on this folder or database" if running else "no bot runs on this folder")
