"""What can be said about a database without changing it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.store import migrate, tables

SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A database as it is."""

    address: str
    """For people: without its password."""
    problem: str = ""
    """Why it cannot be used; empty when it can."""
    revision: str | None = None
    """Of its tables; None when there are none."""
    alive_at: datetime | None = None
    """When a process that still holds an account last gave a sign of life."""


async def look(url: str) -> Seen:
    """Look at the database. A file that is not there is not made."""
    parsed = make_url(url)
    address = parsed.render_as_string(hide_password=True)
    file = Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None
    if file is not None and not file.exists():
        return Seen(address)
    try:
        if file is not None:
            with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if verdict != "ok":
                    return Seen(address, f"the file is damaged: {verdict}")
        engine = create_async_engine(parsed, poolclass=NullPool)
        try:
            async with asyncio.timeout(SECONDS), engine.connect() as opened:
                return await opened.run_sync(lambda connection: _seen(connection, address))
        finally:
            await engine.dispose()
    except TimeoutError:
        return Seen(address, f"no answer within {SECONDS:.0f} s")
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        return Seen(address, (str(cause).splitlines() or [type(cause).__name__])[0])


def look_blocking(url: str) -> Seen:
    """`look`, where no event loop runs."""
    return asyncio.run(look(url))


def _seen(connection: Connection, address: str) -> Seen:
    revision = migrate.made_by(connection)
    alive = None
    if revision is not None and revision != "0001":
        t = tables.leases
        beats = [at for (at,) in connection.execute(select(t.c.alive_at).where(t.c.held)) if at is not None]
        alive = max(beats, default=None)
    return Seen(address, "", revision, alive)
