"""What people and places set, the choices shown last, what is known about a person, and what adapters remember."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class Keep:
    """How long things are kept, as the operator wants it."""

    answers: timedelta = timedelta(days=30)
    """Single answers, counted from the start of their session; what is left then says who played, not what they
    knew."""
    sessions: timedelta = timedelta(days=90)
    """Whole sessions: rooms, players, messages, the items they pinned."""
    preferences: timedelta = timedelta(days=365)
    """A person's language and places as a teacher, counted from the last use."""
    questions: timedelta = timedelta(0)
    """Texts of questions that got no answer; 0 = none is ever kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted of a question. Nothing says who asked."""

    day: date
    language: str
    """Of the answer."""
    zone: str
    """answer, suggest, refuse, or safety for somebody in trouble."""
    topic: str = ""
    """The topic that was found, or the nearest one."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer, kept only where the operator has switched that on."""

    text: str
    """At most 300 characters, without addresses and numbers that could be somebody's."""
    language: str
    zone: str
    at: datetime


class Preferences(Protocol):
    """What people and places have chosen. Every write is safe to repeat."""

    async def person(self, user: UserId) -> Person:
        """What the person has set."""

    async def set_language(self, user: UserId, tag: str, at: datetime) -> None:
        """Keep the person's language."""

    async def touch(self, users: Collection[UserId], at: datetime) -> None:
        """These people use the bot: what they have set is kept from now on. Written once a week at most; nothing is
        made for somebody who has set nothing."""

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

    async def erase_place(self, place: RoomId | ServerId) -> int:
        """The bot is there no longer: erase what was set for the room or server, its teachers, the choices shown there,
        its imported sets, and the closed sessions that no other room takes part in. Returns how many rows went."""


class Choosing(Protocol):
    """The numbered choices shown last, so that a typed number means something after a restart too."""

    async def remember(self, room: RoomId, user: UserId, actions: Sequence[str], at: datetime) -> None:
        """These actions (encoded) were just shown to this person here, numbered from 1."""

    async def shown(self, room: RoomId, user: UserId, now: datetime) -> tuple[str, ...]:
        """The actions shown last, if that was less than ten minutes ago."""


class Privacy(Protocol):
    """Everything that is stored about a person, and what is counted without any."""

    @property
    def keep(self) -> Keep:
        """How long things are kept."""

    async def export(self, user: UserId) -> dict[str, list[dict[str, Any]]]:
        """All rows about the person, by table, as plain data."""

    async def forget(self, user: UserId) -> int:
        """Erase all of it; returns how many rows went."""

    async def count_asked(self, counts: Mapping[Asked, int], texts: Sequence[Unanswered] = ()) -> None:
        """Add to the counts of questions, and keep the texts if texts are kept."""

    async def asked(self) -> Mapping[Asked, int]:
        """The counts of questions, by day, language, zone and topic."""

    async def unanswered(self) -> tuple[Unanswered, ...]:
        """The texts that are kept, the latest first."""


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
