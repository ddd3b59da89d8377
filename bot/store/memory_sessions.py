"""Sessions that are forgotten when the process ends: for tests, and for playing alone in a terminal. Nothing here
waits, so every method is one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.model.ids import RoomId, UserId
from bot.ports import Fence, Keep, Linked, NewSession, Row
from bot.quiz.session import Answer, Phase, Player, Session
from bot.store.ages import is_alive


@dataclass(slots=True)
class Lease:
    """Who speaks for an account, or did last."""

    fence: Fence
    alive_at: datetime
    held: bool = True


@dataclass(slots=True)
class Room:
    """A room of a session."""

    number: int
    linked: Linked
    open: bool = True
    here: bool = True
    """Took part to the end, or still does."""
    said: int = 0


@dataclass(slots=True)
class Joined:
    """A player and who that is."""

    player: Player
    user: UserId | None
    joined_at: datetime


@dataclass(slots=True)
class Kept:
    """A session with all that belongs to it."""

    now: Session
    starter: UserId | None
    options: Mapping[str, str]
    created_at: datetime
    pinned: tuple[str, ...]
    rooms: list[Room]
    closed_at: datetime | None = None
    players: list[Joined] = field(default_factory=list)
    answers: dict[tuple[int, int], Answer] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Not closed."""
        return self.closed_at is None

    @property
    def asking(self) -> int | None:
        """The question that takes answers now."""
        open_now = self.now.phase is Phase.ASKING and self.now.paused_at is None
        return self.now.question if open_now else None

    def of(self, user: UserId) -> Joined | None:
        """The user's player."""
        return next((kept for kept in self.players if kept.user == user), None)

    def is_solo_of(self, user: UserId) -> bool:
        """Whether the user plays alone."""
        return self.starter == user and self.rooms[0].linked.private


@dataclass(slots=True)
class Message:
    """A row of the outbox."""

    row: Row
    sent: bool = False


class MemorySessions:
    """The first half of bot.ports.Sessions; `memory_play` has the rest."""

    keep: Keep
    """How long things are kept."""

    def __init__(self) -> None:
        self._leases: dict[str, Lease] = {}
        self._sessions: dict[str, Kept] = {}
        """In the order in which they were made."""
        self._pinned: dict[str, str] = {}
        self._outbox: list[Message] = []
        self._flags: list[tuple[str, str, str, datetime]] = []

    @property
    def alone(self) -> bool:
        return True

    # leases

    async def holder_of(self, account: str) -> str | None:
        lease = self._leases.get(account)
        return lease.fence.holder if lease and lease.held else None

    async def take_lease(
        self, account: str, holder: str, now: datetime, *, instead_of: str | None = None
    ) -> tuple[Fence, datetime | None] | None:
        lease = self._leases.get(account)
        if lease and lease.held and lease.fence.holder not in (holder, instead_of) and is_alive(lease.alive_at, now):
            return None
        fence = Fence(account, holder, lease.fence.epoch + 1 if lease else 1)
        self._leases[account] = Lease(fence, now)
        return fence, lease.alive_at if lease else None

    async def beat(self, fence: Fence, now: datetime) -> bool:
        if not self._holds(fence):
            return False
        self._leases[fence.account].alive_at = now
        return True

    async def release(self, fence: Fence) -> None:
        if self._holds(fence):
            self._leases[fence.account].held = False

    # sessions

    async def create_session(self, new: NewSession, first: Sequence[str], fence: Fence) -> bool:
        session = new.session
        taken = any(kept.running and kept.now.code == session.code for kept in self._sessions.values())
        if taken or session.id in self._sessions or not self._holds(fence) or await self.session_in(new.home.room):
            return False
        home = Room(1, new.home)
        kept = Kept(session, new.starter, dict(new.again), new.created_at, tuple(new.pinned), [home])
        self._sessions[session.id] = kept
        self._pinned.update(new.pinned)
        self._say(kept, home, [(kind, -1) for kind in first], new.created_at)
        return True

    async def session(self, session: str) -> Session | None:
        kept = self._sessions.get(session)
        return kept.now if kept else None

    async def session_by_code(self, code: str) -> str | None:
        return next((name for name, kept in self._sessions.items() if kept.running and kept.now.code == code), None)

    async def session_in(self, room: RoomId) -> str | None:
        return next((kept.now.id for kept, here in self._in(room) if here.open), None)

    async def last_in(self, room: RoomId) -> str | None:
        played = [kept for kept, here in self._in(room) if here.here]
        last = max(reversed(played), key=lambda kept: (kept.running, kept.created_at), default=None)
        return last.now.id if last else None

    async def running(self, account: str) -> tuple[str, ...]:
        return tuple(kept.now.id for kept in self._running(account))

    async def advance(
        self, before: Session, after: Session, says: Sequence[tuple[str, int]], fence: Fence, at: datetime
    ) -> bool:
        kept = self._same(before)
        if kept is None or not self._holds(fence):
            return False
        kept.now = after
        for room in kept.rooms:
            if room.open:
                self._say(kept, room, says, at)
        if after.phase is Phase.CLOSED:
            kept.closed_at = at
            for room in kept.rooms:
                room.open = False
        return True

    async def due(self, account: str, now: datetime) -> tuple[tuple[str, int], ...]:
        late = [kept.now for kept in self._running(account) if kept.now.due_at and kept.now.due_at <= now]
        return tuple((session.id, session.version) for session in sorted(late, key=lambda late: str(late.due_at)))

    async def next_due(self, account: str) -> datetime | None:
        return min((kept.now.due_at for kept in self._running(account) if kept.now.due_at), default=None)

    async def starter(self, session: str) -> UserId | None:
        kept = self._sessions.get(session)
        return kept.starter if kept else None

    async def started_by(self, user: UserId) -> tuple[str, ...]:
        return tuple(kept.now.id for kept in self._latest() if kept.starter == user)

    async def steering(self, user: UserId) -> tuple[str, ...]:
        return tuple(kept.now.id for kept in self._latest() if kept.starter == user and kept.now.phase != Phase.CLOSED)

    async def set_starter(self, session: str, user: UserId) -> None:
        if session in self._sessions:
            self._sessions[session].starter = user

    async def start_options(self, session: str) -> Mapping[str, str]:
        kept = self._sessions.get(session)
        return dict(kept.options) if kept else {}

    async def pinned(self, name: str) -> str:
        return self._pinned[name]

    async def asked_in(self, room: RoomId) -> Mapping[str, datetime]:
        played = [kept for kept, _ in self._in(room)]
        return {
            question.item: kept.created_at
            for kept in played
            for question in kept.now.questions[: kept.now.question + 1]
        }

    # rooms

    async def link(self, session: str, linked: Linked, fence: Fence, at: datetime) -> bool:
        kept = self._sessions.get(session)
        if kept is None or not kept.running or not self._holds(fence) or await self.session_in(linked.room):
            return False
        room = Room(len(kept.rooms) + 1, linked)
        kept.rooms.append(room)
        if kept.now.phase is Phase.LOBBY:
            self._say(kept, room, [("lobby", -1)], at)
        elif kept.now.phase is Phase.ASKING:
            self._say(kept, room, [("question", kept.now.question)], at)
        return True

    async def unlink(self, session: str, room: RoomId) -> None:
        for kept, here in self._in(room):
            if kept.now.id == session:
                here.open = here.here = False
                mine = (session, here.number)
                self._outbox = [m for m in self._outbox if m.sent or (m.row.session, m.row.room_number) != mine]

    async def rooms_of(self, session: str) -> tuple[Linked, ...]:
        kept = self._sessions.get(session)
        return tuple(room.linked for room in kept.rooms if room.here) if kept else ()

    async def move_session_room(self, old: RoomId, new: RoomId) -> None:
        free = await self.session_in(new) is None
        for kept, here in self._in(old):
            if free or not here.open:
                here.linked = replace(here.linked, room=new)
                for message in self._outbox:
                    if (message.row.session, message.row.room_number) == (kept.now.id, here.number):
                        message.row = replace(message.row, room=new)

    # helpers

    def _holds(self, fence: Fence) -> bool:
        lease = self._leases.get(fence.account)
        return lease is not None and lease.held and lease.fence == fence

    def _same(self, session: Session) -> Kept | None:
        """The session if it is still at this version and not closed."""
        kept = self._sessions.get(session.id)
        return kept if kept and kept.running and kept.now.version == session.version else None

    def _running(self, account: str) -> list[Kept]:
        return [kept for kept in self._sessions.values() if kept.running and kept.now.account == account]

    def _latest(self) -> list[Kept]:
        return sorted(self._sessions.values(), key=lambda kept: kept.created_at)[::-1]

    def _in(self, room: RoomId) -> list[tuple[Kept, Room]]:
        """Sessions that the room has, or had, a part in."""
        return [(kept, here) for kept in self._sessions.values() for here in kept.rooms if here.linked.room == room]

    def _say(self, kept: Kept, room: Room, says: Sequence[tuple[str, int]], at: datetime) -> None:
        for kind, question in says:
            room.said += 1
            linked = room.linked
            row = Row(kept.now.id, room.said, linked.room, linked.account, kind, question, at, room_number=room.number)
            self._outbox.append(Message(row))

    def _erase(self, kept: Kept) -> None:
        self._outbox = [message for message in self._outbox if message.row.session != kept.now.id]
        del self._sessions[kept.now.id]
