"""What people and places set, the choices shown last, what is known about a person, and what adapters remember."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.model.ids import RoomId, ServerId, UserId


@dataclass(frozen=True, slots=True)
class Place:
    """What was set for a room, with its server's language and whether this person was made a teacher here."""

    languages: tuple[str, ...] = ()
    """One to three locale tags of the class; empty = none set."""
    server_language: str | None = None
    timezone: str | None = None
    names: str | None = None
    """How players are shown: pseudonym, display, own."""
    teacher: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What a person set."""

    language: str | None = None


class Preferences(Protocol):
    """What people and places have chosen. Every write is safe to repeat."""

    async def person(self, user: UserId) -> Person:
        """What the person has set."""

    async def set_language(self, user: UserId, tag: str, at: datetime) -> None:
        """Keep the person's language."""

    async def place(self, room: RoomId, server: ServerId | None, user: UserId) -> Place:
        """What was set for the room and server, as it concerns this person."""

    async def set_room(
        self,
        room: RoomId,
        *,
        languages: tuple[str, ...] | None = None,
        timezone: str | None = None,
        names: str | None = None,
    ) -> None:
        """Change what is given; an empty tuple of languages takes the setting back."""

    async def set_server_language(self, server: ServerId, tag: str | None) -> None:
        """Keep the server's language; None takes it back."""

    async def set_teacher(self, place: RoomId | ServerId, user: UserId, *, teacher: bool) -> None:
        """Make the person a teacher of the place, or no longer."""

    async def move_room(self, old: RoomId, new: RoomId) -> None:
        """A room was replaced by another: what was set for it goes along, unless the new one has settings already."""


class Choosing(Protocol):
    """The numbered choices shown last, so that a typed number means something after a restart too."""

    async def remember(self, room: RoomId, user: UserId, actions: Sequence[str], at: datetime) -> None:
        """These actions (encoded) were just shown to this person here, numbered from 1."""

    async def shown(self, room: RoomId, user: UserId, now: datetime) -> tuple[str, ...]:
        """The actions shown last, if that was less than ten minutes ago."""


class Privacy(Protocol):
    """Everything that is stored about a person."""

    async def export(self, user: UserId) -> dict[str, list[dict[str, Any]]]:
        """All rows about the person, by table, as plain data."""

    async def forget(self, user: UserId) -> int:
        """Erase all of it; returns how many rows went."""


class AccountState(Protocol):
    """Small facts that an adapter keeps about one of its accounts: a sync position, the hash of its command tree."""

    async def get(self, account: str, name: str) -> str | None:
        """The value, or None."""

    async def put(self, account: str, name: str, value: str) -> None:
        """Keep the value."""

    async def mark_handled(self, account: str, events: Sequence[str], at: datetime) -> None:
        """These events were handled; safe to repeat. Kept for two days."""

    async def handled(self, account: str, events: Sequence[str]) -> frozenset[str]:
        """Those of `events` that were handled."""
