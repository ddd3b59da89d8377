"""A store that forgets when the process ends: for tests and for the terminal without a database. Held to the same
tests as SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.model.ids import RoomId, ServerId, UserId
from bot.ports import Asked, Keep, Person, Place, Unanswered
from bot.store.ages import CHOICES_LIVE, COUNTS_LIVE, TEXT_CHARACTERS, TOUCH
from bot.store.memory_imported import MemoryImported
from bot.store.memory_play import MemoryPlay


class MemoryStore(MemoryImported, MemoryPlay):
    """Fulfils bot.ports.Store."""

    def __init__(self, keep: Keep = Keep()) -> None:  # noqa: B008 - frozen
        super().__init__()
        self.keep = keep
        self._used: dict[UserId, datetime] = {}
        self._teaching: dict[tuple[str, UserId], datetime | None] = {}
        self._asked: dict[Asked, int] = {}
        self._unanswered: list[Unanswered] = []
        self._people: dict[UserId, str] = {}
        self._rooms: dict[RoomId, Place] = {}
        self._servers: dict[ServerId, str] = {}
        self._choices: dict[tuple[RoomId, UserId], tuple[tuple[str, ...], datetime]] = {}
        self._state: dict[tuple[str, str], str] = {}
        self._handled: set[tuple[str, str]] = set()

    async def person(self, user: UserId) -> Person:
        return Person(self._people.get(user))

    async def set_language(self, user: UserId, tag: str, at: datetime) -> None:
        self._people[user], self._used[user] = tag, at

    async def touch(self, users: Collection[UserId], at: datetime) -> None:
        for user in users:
            if user in self._used and self._used[user] < at - TOUCH:
                self._used[user] = at
            for key, used in self._teaching.items():
                if key[1] == user and (used is None or used < at - TOUCH):
                    self._teaching[key] = at

    async def place(self, room: RoomId, server: ServerId | None, user: UserId) -> Place:
        kept = self._rooms.get(room, Place())
        teacher = any((str(where), user) in self._teaching for where in (room, server) if where)
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
            self._teaching.setdefault((str(place), user), None)
        else:
            self._teaching.pop((str(place), user), None)

    async def erase_place(self, place: RoomId | ServerId) -> int:
        teaching = [key for key in self._teaching if key == (str(place), key[1]) and key[1].platform == place.platform]
        gone = len(teaching)
        for key in teaching:
            del self._teaching[key]
        if isinstance(place, ServerId):
            return gone + (self._servers.pop(place, None) is not None)
        before = self._size()
        for kept, _ in self._in(place):
            if not kept.running and not any(r.here and r.linked.room != place for r in kept.rooms):
                self._erase(kept)
        choices = [at for at in self._choices if at[0] == place]
        sets = [at for at in self._imported if at[0] == place]
        for shown in choices:
            del self._choices[shown]
        for one in sets:
            del self._imported[one]
        gone += len(choices) + len(sets) + before - self._size()
        return gone + (self._rooms.pop(place, None) is not None)

    async def move_room(self, old: RoomId, new: RoomId) -> None:
        if old in self._rooms:
            self._rooms.setdefault(new, self._rooms.pop(old))
        self._move_imported(old, new)
        self._teaching = {
            (str(new) if place == str(old) else place, who): used for (place, who), used in self._teaching.items()
        }

    async def remember(self, room: RoomId, user: UserId, actions: Sequence[str], at: datetime) -> None:
        self._choices[room, user] = (tuple(actions), at)

    async def shown(self, room: RoomId, user: UserId, now: datetime) -> tuple[str, ...]:
        actions, at = self._choices.get((room, user), ((), now))
        return actions if now - at < CHOICES_LIVE else ()

    async def export(self, user: UserId) -> dict[str, list[dict[str, Any]]]:
        found = {name: rows for name, rows in self._export_play(user).items() if rows}
        if user in self._people:
            found["people"] = [{"language": self._people[user]}]
        teacher = [{"place": place} for place, who in sorted(self._teaching) if who == user]
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
        self._used.pop(user, None)
        self._teaching = {key: used for key, used in self._teaching.items() if key[1] != user}
        self._choices = {key: value for key, value in self._choices.items() if key[1] != user}
        return rows

    async def count_asked(self, counts: Mapping[Asked, int], texts: Sequence[Unanswered] = ()) -> None:
        for one, count in counts.items():
            self._asked[one] = self._asked.get(one, 0) + count
        if self.keep.questions:
            self._unanswered += [replace(one, text=one.text[:TEXT_CHARACTERS]) for one in texts]

    async def asked(self) -> Mapping[Asked, int]:
        return dict(
            sorted(self._asked.items(), key=lambda pair: (pair[0].day, pair[0].language, pair[0].zone, pair[0].topic))
        )

    async def unanswered(self) -> tuple[Unanswered, ...]:
        return tuple(sorted(self._unanswered, key=lambda one: one.at)[::-1])

    async def clean(self, now: datetime) -> int:
        gone = await super().clean(now)
        before = len(self._people) + len(self._teaching) + len(self._choices) + len(self._asked) + len(self._unanswered)
        oldest = now - self.keep.preferences
        self._used = {user: at for user, at in self._used.items() if at >= oldest}
        self._people = {user: tag for user, tag in self._people.items() if user in self._used}
        used = {key: now if at is None else at for key, at in self._teaching.items()}
        self._teaching = {key: at for key, at in used.items() if at >= oldest}
        self._choices = {key: shown for key, shown in self._choices.items() if shown[1] >= now - CHOICES_LIVE}
        self._asked = {one: n for one, n in self._asked.items() if one.day >= (now - COUNTS_LIVE).date()}
        self._unanswered = [one for one in self._unanswered if one.at >= now - self.keep.questions]
        left = len(self._people) + len(self._teaching) + len(self._choices) + len(self._asked) + len(self._unanswered)
        return gone + before - left

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
