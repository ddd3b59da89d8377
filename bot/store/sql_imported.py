"""Imported sets in the database."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import and_, delete, select

from bot.model.ids import RoomId
from bot.ports import ImportedSet
from bot.store import tables
from bot.store.database import Database, is_room

T = tables.imported_sets


class SqlImported(Database):
    """Fulfils bot.ports.ImportedSets."""

    async def put_set(self, listed: ImportedSet, items: tuple[str, ...]) -> None:
        key = {"platform": listed.room.platform, "room_id": listed.room.id, "name": listed.name}
        values = {"title": listed.title, "questions": listed.questions, "at": listed.at, "items": json.dumps(items)}
        await self._put(T, key, values)

    async def sets_of(self, room: RoomId) -> tuple[ImportedSet, ...]:
        return _sorted(await self._all(_LISTED.where(is_room(T, room))))

    async def all_sets(self) -> tuple[ImportedSet, ...]:
        return _sorted(await self._all(_LISTED))

    async def set_items(self, room: RoomId, name: str) -> tuple[str, ...]:
        row = await self._one(select(T.c["items"]).where(is_room(T, room), T.c.name == name))
        return tuple(json.loads(row[0])) if row else ()

    async def remove_set(self, room: RoomId, name: str) -> bool:
        async with self._write() as connection:
            gone = await connection.execute(delete(T).where(and_(is_room(T, room), T.c.name == name)))
            return bool(gone.rowcount)


_LISTED = select(T.c.platform, T.c.room_id, T.c.name, T.c.title, T.c.questions, T.c.at)


def _sorted(rows: Any) -> tuple[ImportedSet, ...]:
    """In an order that no database's collation changes."""
    listed = (ImportedSet(RoomId(r.platform, r.room_id), r.name, r.title, r.questions, r.at) for r in rows)
    return tuple(sorted(listed, key=lambda one: (one.room, one.title, one.name)))
