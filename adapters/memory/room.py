"""Rooms in memory. People say things and press choices; what they were shown is recorded, and asking for something
that was never shown lists what was. `MemorySender` is the account that posts there without being asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.app import App
from bot.model.action import Action
from bot.model.ids import RoomId, ServerId, UserId
from bot.model.plain import plain
from bot.model.reply import Pick, Reply
from bot.model.request import Command, Request, Role, Text
from bot.ports import CannotSend, RoomFacts

PLATFORM = "memory"


@dataclass
class Seen:
    """One thing that was shown, and to whom alone if not to everybody."""

    reply: Reply
    only: UserId | None
    message: str = ""
    """Id of what was posted without being asked; "" for an answer."""


class MemorySender:
    """Fulfils bot.ports.Sender for the rooms that were made with it."""

    numbered = True
    keeps_keys = True
    direct_link = ""

    def __init__(self, account: str = PLATFORM) -> None:
        self.account = account
        self.rooms: dict[RoomId, Room] = {}
        self.gone: set[RoomId] = set()
        """Rooms that are no longer there."""
        self.forbidden: set[RoomId] = set()
        """Rooms where the bot may not write."""
        self.event_seconds = 0.0
        """The limit that `look` tells."""
        self.edits = 0
        self._sent: dict[str, str] = {}

    async def post(self, room: RoomId, reply: Reply, key: str, priority: int) -> str:
        """Show it in the room, once for a key."""
        self._check(room)
        return self._show(self.rooms[room], reply, key)

    async def edit(self, room: RoomId, message: str, reply: Reply, priority: int) -> None:
        """Change what is shown there."""
        self._check(room)
        self.edits += 1
        for seen in self.rooms[room].seen:
            if seen.message == message:
                seen.reply = reply

    async def whisper(self, user: UserId, reply: Reply, key: str) -> bool:
        """Show it in the direct chat that somebody made for the user."""
        room = self.direct_chat(user)
        if room is None or room.id in self.gone | self.forbidden:
            return False
        self._show(room, reply, key)
        return True

    async def look(self, room: RoomId) -> RoomFacts:
        """As the switches are set."""
        people = self.rooms[room].people if room in self.rooms else {}
        return RoomFacts(
            may_write=room in self.rooms and room not in self.gone | self.forbidden,
            members=len(people),
            unconnected=tuple(user.id for user in people if not self.direct_chat(user)),
            event_seconds=self.event_seconds,
        )

    def direct_chat(self, user: UserId) -> Room | None:
        """The private room of that user."""
        return next((room for room in self.rooms.values() if room.private and user in room.people), None)

    def _check(self, room: RoomId) -> None:
        if room in self.gone or room not in self.rooms:
            raise CannotSend(gone=True)
        if room in self.forbidden:
            raise CannotSend(gone=False)

    def _show(self, room: Room, reply: Reply, key: str) -> str:
        if key not in self._sent:
            self._sent[key] = f"m{len(self._sent) + 1}"
            room.seen.append(Seen(reply, None, self._sent[key]))
        return self._sent[key]


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
    sender: MemorySender | None = None
    """The account that serves the room."""
    people: dict[UserId, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.sender is not None:
            self.sender.rooms[self.id] = self

    @property
    def posted(self) -> dict[str, str]:
        """What was posted here, as plain text by message id, in order, as it looks now."""
        return {seen.message: plain(seen.reply) for seen in self.seen if seen.message}

    def person(self, name: str, role: Role = Role.MEMBER, locale: str | None = None) -> Member:
        """Somebody in this room."""
        member = Member(self, UserId(PLATFORM, name), role, locale)
        self.people[member.user] = member
        return member

    def shared_with(self, user: UserId) -> tuple[RoomId, ...]:
        """In a direct chat: the rooms where this person is too."""
        if not self.private or self.sender is None:
            return ()
        return tuple(room.id for room in self.sender.rooms.values() if not room.private and user in room.people)


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
        """Press the choice with that label in the latest reply that has one and that this person could see."""
        shown: list[str] = []
        for reply in self._visible():
            for choice in reply.choices():
                if choice.label == label:
                    return await self._do(choice.action)
                shown.append(choice.label)
        raise AssertionError(f"no choice {label!r}; shown were {shown}" if shown else "nothing was shown yet")

    async def picks(self, *labels: str) -> str:
        """Pick these in the latest menu that this person could see."""
        for reply in self._visible():
            for block in reply.blocks:
                if isinstance(block, Pick):
                    values = dict(block.items)
                    picked = " ".join(values[label] for label in labels)
                    return await self._do(Action(block.action.command, (*block.action.values, picked)))
        raise AssertionError("there is no menu")

    def _visible(self) -> list[Reply]:
        """What this person could see, the latest first."""
        return [seen.reply for seen in reversed(self.room.seen) if seen.only in (None, self.user)]

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
            account=room.sender.account if room.sender else "",
            name=self.user.id,
            shared_rooms=room.shared_with(self.user),
        )
        reply = await room.app.handle(request)
        if reply is None or not reply.blocks:
            return ""
        room.seen.append(Seen(reply, self.user if reply.private else None))
        return plain(reply)
