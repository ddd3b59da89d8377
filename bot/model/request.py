"""What a person did, in the same form on every platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from bot.model.action import Action
from bot.model.ids import RoomId, ServerId, UserId


class Role(IntEnum):
    """What the platform lets this person do here. `class teacher add` can lift a member to teacher."""

    MEMBER = 0
    TEACHER = 1
    ADMIN = 2


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its options as text; `CommandSpec` knows their types."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody wrote to the bot, without the mention: a command in words, a number, or a question."""

    text: str
    bare: bool
    """Whether a command word needs no prefix here (a direct chat, or after a mention)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that one person did."""

    user: UserId
    room: RoomId
    said: Command | Text | Action
    received_at: datetime
    """When the adapter received it, in UTC: answers are judged by this."""
    private: bool = False
    """The room is a direct chat with the bot."""
    server: ServerId | None = None
    parent: RoomId | None = None
    """The room that this one is a thread of."""
    role: Role = Role.MEMBER
    locale: str | None = None
    """The platform's own word for the person's language (`hr`, `sq_AL.UTF-8`), if it has one."""
    whispers: bool = True
    """Whether the platform can show an answer to this person alone here."""
    numbered: bool = False
    """Choices are drawn as numbered lines here and chosen by typing the number."""
    prefix: str = ""
    """What stands before a command word on this platform, for texts that mention one."""
    direct_link: str | None = None
    """Address that opens a direct chat with the bot, where the platform has one."""
    account: str = ""
    """The bot account by which it came, as `Sender.account` says it."""
    name: str = ""
    """How the platform shows this person to others."""
    shared_rooms: tuple[RoomId, ...] = ()
    """In a direct chat on a platform where rooms cannot whisper: the rooms that the person shares with the bot, for an
    answer to the question that is open there."""
