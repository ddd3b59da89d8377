"""A short memory in front of a store, so that a busy room does not ask the database the same thing for every message.

Two processes never serve one account, so nobody else changes what is remembered; half a minute bounds the rest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
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
        self._now = now

    def get(self, key: Hashable) -> Value | None:
        """The value, or None when it is unknown or too old."""
        kept = self._values.get(key)
        return kept[1] if kept and self._now() - kept[0] < LIVE_SECONDS else None

    def put(self, key: Hashable, value: Value) -> None:
        """Remember; the oldest gives way."""
        self._values[key] = (self._now(), value)
        self._values.move_to_end(key)
        while len(self._values) > KEPT:
            self._values.popitem(last=False)

    def clear(self) -> None:
        """Forget everything: any change is rare enough for that."""
        self._values.clear()


class CachedStore(SqlStore):
    """Takes over an opened SqlStore and remembers what people and places have set; all else is as it was."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store.engine, store.keep)
        self._people: Recent[Person] = Recent()
        self._places: Recent[Place] = Recent()

    async def person(self, user: UserId) -> Person:
        known = self._people.get(user)
        if known is None:
            known = await super().person(user)
            self._people.put(user, known)
        return known

    async def place(self, room: RoomId, server: ServerId | None, user: UserId) -> Place:
        known = self._places.get((room, server, user))
        if known is None:
            known = await super().place(room, server, user)
            self._places.put((room, server, user), known)
        return known

    async def set_language(self, user: UserId, tag: str, at: datetime) -> None:
        await super().set_language(user, tag, at)
        self._people.clear()

    async def set_room(
        self,
        room: RoomId,
        *,
        languages: tuple[str, ...] | None = None,
        timezone: str | None = None,
        names: str | None = None,
    ) -> None:
        await super().set_room(room, languages=languages, timezone=timezone, names=names)
        self._places.clear()

    async def set_server_language(self, server: ServerId, tag: str | None) -> None:
        await super().set_server_language(server, tag)
        self._places.clear()

    async def set_teacher(self, place: RoomId | ServerId, user: UserId, *, teacher: bool) -> None:
        await super().set_teacher(place, user, teacher=teacher)
        self._places.clear()

    async def erase_place(self, place: RoomId | ServerId) -> int:
        gone = await super().erase_place(place)
        self._places.clear()
        return gone

    async def move_room(self, old: RoomId, new: RoomId) -> None:
        await super().move_room(old, new)
        self._places.clear()

    async def clean(self, now: datetime) -> int:
        gone = await super().clean(now)
        self._people.clear()
        self._places.clear()
        return gone

    async def forget(self, user: UserId) -> int:
        gone = await super().forget(user)
        self._people.clear()
        self._places.clear()
        return gone
