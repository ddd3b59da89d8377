"""A short memory in front of a store, so that a busy room does not ask the database the same thing for every message.

Two processes never serve one account, so nobody else changes what is remembered; half a minute bounds the rest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Generic, TypeVar

from bot.model.ids import RoomId, ServerId, UserId
from bot.ports import Person, Place
from bot.store.sql import SqlStore

LIVE_SECONDS = 30.0
KEPT = 10_000

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The values used last, each for LIVE_SECONDS."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._values: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()
        self._changes = 0
        self._now = now

    async def get(self, key: Hashable, read: Callable[[], Awaitable[Value]]) -> Value:
        """The value, from `read` when it is unknown or too old; the oldest gives way to it."""
        kept = self._values.get(key)
        if kept and self._now() - kept[0] < LIVE_SECONDS:
            return kept[1]
        changes = self._changes
        value = await read()
        if changes == self._changes:  # else it may have been read before the change
            self._values[key] = (self._now(), value)
            self._values.move_to_end(key)
            while len(self._values) > KEPT:
                self._values.popitem(last=False)
        return value

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Forgets everything at the end of a change: any change is rare enough for that."""
        try:
            yield
        finally:
            self._changes += 1
            self._values.clear()


class CachedStore(SqlStore):
    """Takes over an opened SqlStore and remembers what people and places have set; all else is as it was."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store.engine, store.keep)
        self._people: Recent[Person] = Recent()
        self._places: Recent[Place] = Recent()

    async def person(self, user: UserId) -> Person:
        return await self._people.get(user, lambda: SqlStore.person(self, user))

    async def place(self, room: RoomId, server: ServerId | None, user: UserId) -> Place:
        return await self._places.get((room, server, user), lambda: SqlStore.place(self, room, server, user))

    async def set_language(self, user: UserId, tag: str, at: datetime) -> None:
        with self._people.changing():
            await super().set_language(user, tag, at)

    async def set_room(
        self,
        room: RoomId,
        *,
        languages: tuple[str, ...] | None = None,
        timezone: str | None = None,
        names: str | None = None,
    ) -> None:
        with self._places.changing():
            await super().set_room(room, languages=languages, timezone=timezone, names=names)

    async def set_server_language(self, server: ServerId, tag: str | None) -> None:
        with self._places.changing():
            await super().set_server_language(server, tag)

    async def set_teacher(self, place: RoomId | ServerId, user: UserId, *, teacher: bool) -> None:
        with self._places.changing():
            await super().set_teacher(place, user, teacher=teacher)

    async def erase_place(self, place: RoomId | ServerId) -> int:
        with self._places.changing():
            return await super().erase_place(place)

    async def move_room(self, old: RoomId, new: RoomId) -> None:
        with self._places.changing():
            await super().move_room(old, new)

    async def clean(self, now: datetime) -> int:
        with self._people.changing(), self._places.changing():
            return await super().clean(now)

    async def forget(self, user: UserId) -> int:
        with self._people.changing(), self._places.changing():
            return await super().forget(user)
