"""How the core speaks without being asked: an adapter's account as something that can post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.model.ids import RoomId, UserId
from bot.model.reply import Reply

QUESTION, REVEAL, RANK, NOTICE, REPLY, COPY = 0, 10, 20, 25, 30, 40
"""Priorities of what is sent, most urgent first; COPY is what an account under a tight limit leaves out."""


NOTHING = "-"
"""Instead of a message's id: nothing was posted, or the platform refuses this one message and the room is well."""


class CannotSend(Exception):
    """It will never work. `gone`: the room itself is no longer there for us (deleted, left, banned); else the bot may
    not write there."""

    def __init__(self, *, gone: bool) -> None:
        super().__init__("room gone" if gone else "may not write")
        self.gone = gone


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What a teacher should know about a room before a quiz starts in it."""

    may_write: bool
    encrypted: bool = False
    members: int | None = None
    """People in it, bots left out as far as known; None = unknown."""
    unconnected: tuple[str, ...] = ()
    """Names (mentions) of people who cannot answer secretly yet: where answers need a direct chat, those who have
    none."""
    event_seconds: float = 0.0
    """Seconds between two messages that the server allows this account for long; 0 = no limit known."""


class Sender(Protocol):
    """One account of a platform, connected. Methods raise CannotSend when the room is lost, never for what passes."""

    account: str
    """`discord`, `matrix:@kompas:example.org`; the Request says the same of the account that it came by."""
    keeps_keys: bool
    """A key means the same for ever (Matrix transactions), not for some minutes only (Discord nonces)."""
    direct_link: str
    """Opens a direct chat with the bot, where rooms cannot whisper and answers must be given there; else ""."""
    numbered: bool
    """Choices are numbered lines here; options of a question are typed, not pressed."""

    async def post(self, room: RoomId, reply: Reply, key: str, priority: int) -> str:
        """Post for everybody there; the message id. The same `key` again shows nothing twice, as far as the platform
        can do that (Matrix: always; Discord: for some minutes). Waits as long as the platform is away."""

    async def edit(self, room: RoomId, message: str, reply: Reply, priority: int) -> None:
        """Change a message; the last call for a message wins, calls in between may be left out. Best effort: an account
        under a tight limit drops it; a message that is gone is no error."""

    async def whisper(self, user: UserId, reply: Reply, key: str) -> bool:
        """Say it to one person in the direct chat that exists with them. False when there is none, or when the
        account's limit leaves no room for it."""

    async def look(self, room: RoomId) -> RoomFacts:
        """What a quiz needs to know about the room, from what the adapter has at hand."""
