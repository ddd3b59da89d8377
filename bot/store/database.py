"""What the parts of the SQL store share: transactions that exclude each other, and the fence.

A write on SQLite begins with BEGIN IMMEDIATE, so that what it reads first is still true when it writes, and writers of
this process wait for each other in a queue instead of polling the file. On PostgreSQL the rows that a decision rests on
are locked, always in the same order: lease, session, the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from importlib import import_module
from typing import Any

from sqlalchemy import Table, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.model.ids import RoomId, UserId
from bot.ports import Fence, Keep
from bot.store import tables


class Refused(Exception):
    """A write that may not happen; leaving the transaction with it undoes what was written."""


class Database:
    """An engine and how it is used."""

    def __init__(self, engine: AsyncEngine, keep: Keep = Keep()) -> None:  # noqa: B008 - frozen
        self.engine = engine
        self.keep = keep
        self._sqlite = engine.dialect.name == "sqlite"
        self._turn = asyncio.Lock() if self._sqlite else nullcontext()
        # only the dialect in use: the other one would cost 3 MB
        self._upsert: Any = import_module(f"sqlalchemy.dialects.{engine.dialect.name}").insert

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes; undone when it is left by an exception."""
        async with self._turn, self.engine.begin() as connection:
            if self._sqlite:
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    async def _all(self, query: Any) -> Any:
        async with self.engine.connect() as connection:
            return (await connection.execute(query)).all()

    async def _one(self, query: Any) -> Any:
        async with self.engine.connect() as connection:
            return (await connection.execute(query)).first()

    async def _put(self, table: Table, key: dict[str, Any], values: dict[str, Any], *, older: Any = None) -> None:
        """Insert the row or change it, in one statement."""
        statement = self._upsert(table).values(**key, **values)
        statement = (
            statement.on_conflict_do_update(index_elements=list(key), set_=values)
            if values
            else statement.on_conflict_do_nothing(index_elements=list(key))
        )
        async with self._write() as connection:
            await connection.execute(statement)
            if older is not None:
                await connection.execute(older)


async def check(connection: AsyncConnection, fence: Fence) -> None:
    """Hold the lease until the transaction ends. Raises Refused when somebody else has it."""
    query = select(tables.leases.c.epoch).where(is_fence(fence)).with_for_update(read=True)
    if (await connection.execute(query)).first() is None:
        raise Refused


def is_fence(fence: Fence) -> Any:
    """Whether a row of the leases is this one, still in force."""
    t = tables.leases
    return and_(t.c.account == fence.account, t.c.holder == fence.holder, t.c.epoch == fence.epoch, t.c.held)


def is_user(table: Table, user: UserId) -> Any:
    """Whether a row is about the user."""
    platform, name = table.info["person"]
    return and_(table.c[platform] == user.platform, table.c[name] == user.id)


def is_room(table: Table, room: RoomId) -> Any:
    """Whether a row is about the room."""
    return and_(table.c.platform == room.platform, table.c.room_id == room.id)
