"""Rooms in memory. People say things and press choices; what they were shown is recorded, and asking for something
that was never shown lists what was.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.app import App
from bot.model.action import Action
from bot.model.ids import RoomId, ServerId, UserId
from bot.model.plain import plain
from bot.model.reply import Reply
from bot.model.request import Command, Request, Role, Text

PLATFORM = "memory"


@dataclass
class Seen:
    """One thing that was shown, and to whom alone if not to everybody."""

    reply: Reply
    only: UserId | None


@dataclass
class Room:
    """A place where people talk to the bot."""

    app: App
    id: RoomId = field(default_factory=lambda: RoomId(PLATFORM, "room"))
    server: ServerId | None = None
    private: bool = False
    numbered: bool = True
    whispers: bool = True
    seen: list[Seen] = field(default_factory=list)

    def person(self, name: str, role: Role = Role.MEMBER, locale: str | None = None) -> Member:
        """Somebody in this room."""
        return Member(self, UserId(PLATFORM, name), role, locale)


@dataclass(frozen=True)
class Member:
    """Somebody in a room."""

    room: Room
    user: UserId
    role: Role
    locale: str | None

    async def says(self, text: str) -> str:
        """Write to the bot; returns what it answered as plain text, "" for nothing."""
        return await self._do(Text(text, bare=self.room.private))

    async def uses(self, command: str, /, **options: str) -> str:
        """Use a command with its options."""
        return await self._do(Command(command, options))

    async def presses(self, label: str) -> str:
        """Press the choice with that label in the last reply that this person could see."""
        for seen in reversed(self.room.seen):
            if seen.only in (None, self.user):
                for choice in seen.reply.choices():
                    if choice.label == label:
                        return await self._do(choice.action)
                shown = [choice.label for choice in seen.reply.choices()]
                raise AssertionError(f"no choice {label!r}; shown were {shown}")
        raise AssertionError("nothing was shown yet")

    async def _do(self, said: Text | Command | Action) -> str:
        room = self.room
        request = Request(
            user=self.user,
            room=room.id,
            said=said,
            received_at=room.app.clock.now(),
            private=room.private,
            server=room.server,
            role=self.role,
            locale=self.locale,
            whispers=room.whispers,
            numbered=room.numbered,
            prefix="/",
        )
        reply = await room.app.handle(request)
        if reply is None:
            return ""
        room.seen.append(Seen(reply, self.user if reply.private else None))
        return plain(reply)
