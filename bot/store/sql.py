"""The store on SQLite (WAL) or PostgreSQL, through SQLAlchemy."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Table, and_, delete, event, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.errors import BadSetting
from bot.model.ids import RoomId, ServerId, UserId
from bot.ports import Keep, Person, Place
from bot.store import migrate, tables
from bot.store.ages import CHOICES_LIVE, HANDLED_LIVE
from bot.store.database import is_room, is_user
from bot.store.sql_asked import SqlAsked
from bot.store.sql_imported import SqlImported
from bot.store.sql_play import SqlPlay
from bot.store.sql_sessions import SqlSessions
from bot.store.sql_use import SqlUse


class SqlStore(SqlSessions, SqlUse, SqlPlay, SqlImported, SqlAsked):
    """Fulfils bot.ports.Store. Open it with `SqlStore.open`."""

    @classmethod
    async def open(cls, url: str, *, migrate_apart: bool = False, keep: Keep = Keep()) -> Self:  # noqa: B008 - frozen
        """The store at a SQLAlchemy address, its tables brought up to date; with `migrate_apart` by a process of its
        own, so that a server does not keep the 12 MB that alembic takes.

        Raises BadSetting when the address is wrong or the database does not answer.
        """
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() not in ("sqlite", "postgresql"):
                raise ValueError(f"Kompas keeps its data in SQLite or PostgreSQL, not in {parsed.get_backend_name()}")
            if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
                _try_file(Path(str(parsed.database)))
            engine = create_async_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
        except Exception as error:
            raise BadSetting("KOMPAS_DATABASE_URL", f"is no usable database address: {error}") from error
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", _sqlite_pragmas)
        try:
            async with engine.connect() as connection:
                current = await connection.run_sync(migrate.is_current)
            if migrate_apart and not current:
                await asyncio.to_thread(migrate.upgrade_apart, url)
            async with engine.begin() as connection:
                await connection.run_sync(migrate.upgrade)
        except BadSetting:
            await engine.dispose()
            raise
        except (DBAPIError, OSError) as error:
            await engine.dispose()
            cause = str(getattr(error, "orig", error)).splitlines()[0]
            raise BadSetting("KOMPAS_DATABASE_URL", f"the database cannot be used: {cause}") from error
        return cls(engine, keep)

    async def close(self) -> None:
        await self.engine.dispose()

    # Preferences

    async def person(self, user: UserId) -> Person:
        t = tables.people
        row = await self._one(select(t.c.language).where(is_user(t, user)))
        return Person(row[0]) if row else Person()

    async def set_language(self, user: UserId, tag: str, at: datetime) -> None:
        await self._put(
            tables.people, {"platform": user.platform, "user_id": user.id}, {"language": tag, "updated_at": at}
        )

    async def place(self, room: RoomId, server: ServerId | None, user: UserId) -> Place:
        r, s, t = tables.rooms, tables.servers, tables.teachers
        places = [str(where) for where in (room, server) if where]
        async with self.engine.connect() as connection:
            kept = (
                await connection.execute(select(r.c.languages, r.c.timezone, r.c.names).where(is_room(r, room)))
            ).first()
            language = None
            if server:
                language = (
                    await connection.execute(
                        select(s.c.language).where(and_(s.c.platform == server.platform, s.c.server_id == server.id))
                    )
                ).scalar()
            teacher = (
                await connection.execute(
                    select(t.c.user_id)
                    .where(and_(t.c.platform == user.platform, t.c.user_id == user.id, t.c.place.in_(places)))
                    .limit(1)
                )
            ).first()
        languages = tuple(kept.languages.split()) if kept else ()
        return Place(
            languages, language, kept.timezone if kept else None, kept.names if kept else None, teacher is not None
        )

    async def set_room(
        self,
        room: RoomId,
        *,
        languages: tuple[str, ...] | None = None,
        timezone: str | None = None,
        names: str | None = None,
    ) -> None:
        given = {"languages": None if languages is None else " ".join(languages), "timezone": timezone, "names": names}
        changed = {name: value for name, value in given.items() if value is not None}
        await self._put(tables.rooms, {"platform": room.platform, "room_id": room.id}, changed)

    async def set_server_language(self, server: ServerId, tag: str | None) -> None:
        await self._put(tables.servers, {"platform": server.platform, "server_id": server.id}, {"language": tag})

    async def set_teacher(self, place: RoomId | ServerId, user: UserId, *, teacher: bool) -> None:
        key = {"platform": user.platform, "place": str(place), "user_id": user.id}
        if teacher:
            await self._put(tables.teachers, key, {})
            return
        t = tables.teachers
        async with self._write() as connection:
            await connection.execute(delete(t).where(*(t.c[name] == value for name, value in key.items())))

    async def move_room(self, old: RoomId, new: RoomId) -> None:
        r, t, i = tables.rooms, tables.teachers, tables.imported_sets
        named = t.c.place == str(old)
        there = {"platform": new.platform, "room_id": new.id}
        moves = ((r, is_room(r, old), there), (i, is_room(i, old), there), (t, named, {"place": str(new)}))
        async with self._write() as connection:
            for table, where, changed in moves:
                for row in (await connection.execute(select(table).where(where))).mappings().all():
                    moved = self._upsert(table).values({**row, **changed}).on_conflict_do_nothing()
                    await connection.execute(moved)
                await connection.execute(delete(table).where(where))

    # Choosing

    async def remember(self, room: RoomId, user: UserId, actions: Sequence[str], at: datetime) -> None:
        t = tables.choices
        await self._put(
            t,
            {"platform": user.platform, "room_id": room.id, "user_id": user.id},
            {"actions": "\n".join(actions), "shown_at": at},
            older=delete(t).where(t.c.shown_at < at - CHOICES_LIVE),
        )

    async def shown(self, room: RoomId, user: UserId, now: datetime) -> tuple[str, ...]:
        t = tables.choices
        row = await self._one(
            select(t.c.actions).where(is_user(t, user), t.c.room_id == room.id, t.c.shown_at > now - CHOICES_LIVE)
        )
        return tuple(row[0].split("\n")) if row and row[0] else ()

    # Privacy

    async def export(self, user: UserId) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, Any] = {}
        async with self.engine.connect() as connection:
            for table in personal_tables():
                shown = [table.c[name] for name in table.info.get("shown", table.c.keys()) if name not in tables.USER]
                rows = await connection.execute(select(*shown).where(is_user(table, user)))
                found[table.name] = rows.mappings().all()
            found["answers"] = await self._export_play(connection, user)
        plain = {
            name: [{column: _plain(value) for column, value in row.items()} for row in rows]
            for name, rows in found.items()
        }
        return {name: rows for name, rows in plain.items() if rows}

    async def forget(self, user: UserId) -> int:
        async with self._write() as connection:
            gone = await self._forget_play(connection, user)
            for table in personal_tables():
                anonymous = table.info.get("anonymous")
                change = update(table).values(anonymous) if anonymous else delete(table)
                gone += (await connection.execute(change.where(is_user(table, user)))).rowcount
        return gone

    # AccountState

    async def get(self, account: str, name: str) -> str | None:
        t = tables.account_state
        row = await self._one(select(t.c.value).where(t.c.account == account, t.c.name == name))
        return row[0] if row else None

    async def put(self, account: str, name: str, value: str) -> None:
        await self._put(tables.account_state, {"account": account, "name": name}, {"value": value})

    async def mark_handled(self, account: str, events: Sequence[str], at: datetime) -> None:
        t = tables.handled_events
        rows = [{"account": account, "event": event, "at": at} for event in dict.fromkeys(events)]
        async with self._write() as connection:
            if rows:
                await connection.execute(self._upsert(t).on_conflict_do_nothing(), rows)
            await connection.execute(delete(t).where(t.c.at < at - HANDLED_LIVE))

    async def handled(self, account: str, events: Sequence[str]) -> frozenset[str]:
        t = tables.handled_events
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                select(t.c.event).where(t.c.account == account, t.c.event.in_(list(events)))
            )
            return frozenset(row[0] for row in rows)


def personal_tables() -> list[Table]:
    """Every table that holds something about a person."""
    return [table for table in tables.metadata.sorted_tables if table.info["person"]]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value


def _try_file(file: Path) -> None:
    """Make the folder and open the file once: aiosqlite leaves a thread behind when it cannot. Raises OSError or
    sqlite3.Error."""
    file.parent.mkdir(parents=True, exist_ok=True)
    sqlite3.connect(file).close()


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
