"""A store that forgets when the process ends: for tests and for the terminal without a database. Held to the same
tests as SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.model.ids import RoomId, ServerId, UserId
from bot.ports import Person, Place
from bot.store.ages import CHOICES_LIVE
from bot.store.memory_imported import MemoryImported
from bot.store.memory_play import MemoryPlay


class MemoryStore(MemoryImported, MemoryPlay):
    """Fulfils bot.ports.Store."""

    def __init__(self) -> None:
        super().__init__()
        self._people: dict[UserId, str] = {}
        self._rooms: dict[RoomId, Place] = {}
        self._servers: dict[ServerId, str] = {}
        self._teachers: set[tuple[str, UserId]] = set()
        self._choices: dict[tuple[RoomId, UserId], tuple[tuple[str, ...], datetime]] = {}
        self._state: dict[tuple[str, str], str] = {}
        self._handled: set[tuple[str, str]] = set()

    async def person(self, user: UserId) -> Person:
        return Person(self._people.get(user))

    async def set_language(self, user: UserId, tag: str, at: datetime) -> None:
        self._people[user] = tag

    async def place(self, room: RoomId, server: ServerId | None, user: UserId) -> Place:
        kept = self._rooms.get(room, Place())
        teacher = any((str(where), user) in self._teachers for where in (room, server) if where)
        language = self._servers.get(server) if server else None
        return Place(kept.languages, language, kept.timezone, kept.names, teacher)

    async def set_room(
        self,
        room: RoomId,
        *,
        languages: tuple[str, ...] | None = None,
        timezone: str | None = None,
        names: str | None = None,
    ) -> None:
        old = self._rooms.get(room, Place())
        self._rooms[room] = Place(
            old.languages if languages is None else languages, None, timezone or old.timezone, names or old.names
        )

    async def set_server_language(self, server: ServerId, tag: str | None) -> None:
        if tag is None:
            self._servers.pop(server, None)
        else:
            self._servers[server] = tag

    async def set_teacher(self, place: RoomId | ServerId, user: UserId, *, teacher: bool) -> None:
        if teacher:
            self._teachers.add((str(place), user))
        else:
            self._teachers.discard((str(place), user))

    async def move_room(self, old: RoomId, new: RoomId) -> None:
        if old in self._rooms:
            self._rooms.setdefault(new, self._rooms.pop(old))
        self._move_imported(old, new)
        self._teachers = {(str(new) if place == str(old) else place, who) for place, who in self._teachers}

    async def remember(self, room: RoomId, user: UserId, actions: Sequence[str], at: datetime) -> None:
        self._choices[room, user] = (tuple(actions), at)

    async def shown(self, room: RoomId, user: UserId, now: datetime) -> tuple[str, ...]:
        actions, at = self._choices.get((room, user), ((), now))
        return actions if now - at < CHOICES_LIVE else ()

    async def export(self, user: UserId) -> dict[str, list[dict[str, Any]]]:
        found = {name: rows for name, rows in self._export_play(user).items() if rows}
        if user in self._people:
            found["people"] = [{"language": self._people[user]}]
        teacher = [{"place": place} for place, who in sorted(self._teachers) if who == user]
        if teacher:
            found["teachers"] = teacher
        choices = [
            {"room_id": room.id, "actions": "\n".join(actions)}
            for (room, who), (actions, _) in self._choices.items()
            if who == user
        ]
        if choices:
            found["choices"] = choices
        return found

    async def forget(self, user: UserId) -> int:
        rows = sum(len(rows) for name, rows in (await self.export(user)).items() if name != "answers")
        self._forget_play(user)
        self._people.pop(user, None)
        self._teachers = {(place, who) for place, who in self._teachers if who != user}
        self._choices = {key: value for key, value in self._choices.items() if key[1] != user}
        return rows

    async def get(self, account: str, name: str) -> str | None:
        return self._state.get((account, name))

    async def put(self, account: str, name: str, value: str) -> None:
        self._state[account, name] = value

    async def mark_handled(self, account: str, events: Sequence[str], at: datetime) -> None:
        self._handled.update((account, event) for event in events)

    async def handled(self, account: str, events: Sequence[str]) -> frozenset[str]:
        return frozenset(event for event in events if (account, event) in self._handled)

    async def close(self) -> None:
        """Nothing to let go of."""
