"""Sessions that are forgotten when the process ends: for tests, and for playing alone in a terminal. Nothing here
waits, so every method is one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.model.ids import RoomId, UserId
from bot.ports import Fence, Linked, NewSession, Row
from bot.quiz.session import Answer, Phase, Player, Session
from bot.store.ages import ANSWERS_LIVE, FLAGS_LIVE, SESSIONS_LIVE, is_alive
from bot.store.rows import anonymous_name, free_name


@dataclass(slots=True)
class _Lease:
    fence: Fence
    alive_at: datetime
    held: bool = True


@dataclass(slots=True)
class _Room:
    number: int
    linked: Linked
    open: bool = True
    here: bool = True
    """Took part to the end, or still does."""
    said: int = 0


@dataclass(slots=True)
class _Player:
    player: Player
    user: UserId | None
    joined_at: datetime


@dataclass(slots=True)
class _Kept:
    """A session with all that belongs to it."""

    now: Session
    starter: UserId | None
    options: Mapping[str, str]
    created_at: datetime
    pinned: tuple[str, ...]
    rooms: list[_Room]
    closed_at: datetime | None = None
    players: list[_Player] = field(default_factory=list)
    answers: dict[tuple[int, int], Answer] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        return self.closed_at is None

    @property
    def asking(self) -> int | None:
        open_now = self.now.phase is Phase.ASKING and self.now.paused_at is None
        return self.now.question if open_now else None

    def of(self, user: UserId) -> _Player | None:
        return next((kept for kept in self.players if kept.user == user), None)

    def is_solo_of(self, user: UserId) -> bool:
        return self.starter == user and self.rooms[0].linked.private


@dataclass(slots=True)
class _Message:
    row: Row
    sent: bool = False


class MemorySessions:
    """Fulfils bot.ports.Sessions."""

    def __init__(self) -> None:
        self._leases: dict[str, _Lease] = {}
        self._sessions: dict[str, _Kept] = {}
        """In the order in which they were made."""
        self._pinned: dict[str, str] = {}
        self._outbox: list[_Message] = []
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
        self._leases[account] = _Lease(fence, now)
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
        home = _Room(1, new.home)
        kept = _Kept(session, new.starter, dict(new.again), new.created_at, tuple(new.pinned), [home])
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

    async def set_due(self, session: Session, fence: Fence) -> bool:
        kept = self._same(session)
        if kept is None or not self._holds(fence):
            return False
        kept.now = replace(kept.now, due_at=session.due_at)
        return True

    # rooms

    async def link(self, session: str, linked: Linked, fence: Fence, at: datetime) -> bool:
        kept = self._sessions.get(session)
        if kept is None or not kept.running or not self._holds(fence) or await self.session_in(linked.room):
            return False
        room = _Room(len(kept.rooms) + 1, linked)
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

    # players

    async def add_player(self, session: str, user: UserId, room: RoomId, player: Player, at: datetime) -> Player:
        kept = self._sessions[session]
        known = kept.of(user)
        if known:
            known.player, known.joined_at = replace(known.player, left=False), at
            return known.player
        name = free_name(player.name, {other.player.name for other in kept.players})
        new = replace(player, number=len(kept.players) + 1, name=name)
        kept.players.append(_Player(new, user, at))
        return new

    async def change_player(self, session: str, player: Player) -> None:
        for known in self._sessions[session].players if session in self._sessions else ():
            if known.player.number == player.number and known.user is not None:
                known.player = player

    async def players(self, session: str) -> tuple[tuple[Player, UserId | None], ...]:
        kept = self._sessions.get(session)
        return tuple((known.player, known.user) for known in kept.players) if kept else ()

    async def playing(self, user: UserId) -> tuple[str, ...]:
        mine = [(kept, kept.of(user)) for kept in self._latest() if kept.running]
        active = [(known.joined_at, kept.now.id) for kept, known in mine if known and known.player.active]
        return tuple(name for _, name in sorted(active, key=lambda pair: pair[0], reverse=True))

    async def played(self, user: UserId) -> tuple[str, ...]:
        return tuple(kept.now.id for kept in self._latest() if kept.of(user))

    # answers

    async def write_answers(self, answers: Sequence[tuple[str, Answer]]) -> list[bool]:
        return [self._write_answer(session, answer) for session, answer in answers]

    async def answers(self, session: str, question: int | None = None) -> tuple[Answer, ...]:
        kept = self._sessions.get(session)
        found = sorted(kept.answers.items()) if kept else []
        return tuple(answer for (asked, _), answer in found if question is None or asked == question)

    # outbox

    async def unsent(self, account: str, limit: int = 200) -> tuple[Row, ...]:
        first: dict[RoomId, Row] = {}
        for message in self._outbox:
            if not message.sent and message.row.account == account:
                first.setdefault(message.row.room, message.row)
        return tuple(first.values())[:limit]

    async def attempt(self, row: Row, at: datetime, fence: Fence) -> bool:
        message = self._message(row)
        if message is None or message.sent or not self._holds(fence):
            return False
        message.row = replace(message.row, attempted_at=at)
        return True

    async def sent(self, row: Row, message: str, at: datetime) -> None:
        kept = self._message(row)
        if kept:
            kept.row, kept.sent = replace(kept.row, message=message), True

    async def drop(self, row: Row) -> None:
        self._outbox = [kept for kept in self._outbox if kept.sent or kept.row.key != row.key]

    async def messages(self, session: str, kind: str, question: int) -> tuple[Row, ...]:
        here = {room.number for room in self._sessions[session].rooms if room.here} if session in self._sessions else ()
        wanted = (session, kind, question)
        sent = [m.row for m in self._outbox if m.sent and (m.row.session, m.row.kind, m.row.question) == wanted]
        latest = {row.room_number: row for row in sent if row.room_number in here}
        return tuple(latest[number] for number in sorted(latest))

    # flags

    async def flag(self, item: str, language: str, reason: str, at: datetime) -> None:
        self._flags.append((item, language, reason, at))

    async def flags(self) -> tuple[tuple[str, str, str, datetime], ...]:
        return tuple(sorted(self._flags, key=lambda flag: flag[3])[::-1])

    # retention and privacy

    async def clean(self, now: datetime) -> int:
        before = self._size()
        for kept in tuple(self._sessions.values()):
            if kept.created_at < now - SESSIONS_LIVE:
                self._erase(kept)
            elif kept.created_at < now - ANSWERS_LIVE:
                kept.answers.clear()
        used = {name for kept in self._sessions.values() for name in kept.pinned}
        self._pinned = {name: body for name, body in self._pinned.items() if name in used}
        self._flags = [flag for flag in self._flags if flag[3] >= now - FLAGS_LIVE]
        return before - self._size()

    def _export_play(self, user: UserId) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {"players": [], "answers": [], "sessions": []}
        for kept in self._sessions.values():
            name, known = kept.now.id, kept.of(user)
            if kept.starter == user:
                found["sessions"].append({"id": name, "code": kept.now.code})
            if known:
                player = known.player
                found["players"].append({"session": name, "name": player.name, "own_name": player.own_name})
                found["answers"] += [
                    {"session": name, "question": answer.question, "value": answer.value}
                    for answer in kept.answers.values()
                    if answer.player == player.number
                    and not (kept.now.phase is Phase.ASKING and answer.question == kept.now.question)
                ]
        return found

    def _forget_play(self, user: UserId) -> None:
        for kept in tuple(self._sessions.values()):
            if kept.is_solo_of(user):
                self._erase(kept)
                continue
            if kept.starter == user:
                kept.starter = None
            known = kept.of(user)
            if known:
                name = anonymous_name(known.player, kept.now.rules)
                known.player = replace(known.player, name=name, own_name="", left=True)
                known.user = None

    # helpers

    def _holds(self, fence: Fence) -> bool:
        lease = self._leases.get(fence.account)
        return lease is not None and lease.held and lease.fence == fence

    def _same(self, session: Session) -> _Kept | None:
        """The session if it is still at this version and not closed."""
        kept = self._sessions.get(session.id)
        return kept if kept and kept.running and kept.now.version == session.version else None

    def _running(self, account: str) -> list[_Kept]:
        return [kept for kept in self._sessions.values() if kept.running and kept.now.account == account]

    def _latest(self) -> list[_Kept]:
        return sorted(self._sessions.values(), key=lambda kept: kept.created_at)[::-1]

    def _in(self, room: RoomId) -> list[tuple[_Kept, _Room]]:
        """Sessions that the room has, or had, a part in."""
        return [(kept, here) for kept in self._sessions.values() for here in kept.rooms if here.linked.room == room]

    def _say(self, kept: _Kept, room: _Room, says: Sequence[tuple[str, int]], at: datetime) -> None:
        for kind, question in says:
            room.said += 1
            linked = room.linked
            row = Row(kept.now.id, room.said, linked.room, linked.account, kind, question, at, room_number=room.number)
            self._outbox.append(_Message(row))

    def _message(self, row: Row) -> _Message | None:
        return next((kept for kept in self._outbox if kept.row.key == row.key), None)

    def _write_answer(self, session: str, answer: Answer) -> bool:
        kept = self._sessions.get(session)
        if kept is None or kept.asking != answer.question:
            return False
        key = (answer.question, answer.player)
        if key not in kept.answers or kept.answers[key].at <= answer.at:
            kept.answers[key] = answer
        return True

    def _erase(self, kept: _Kept) -> None:
        self._outbox = [message for message in self._outbox if message.row.session != kept.now.id]
        del self._sessions[kept.now.id]

    def _size(self) -> int:
        """Rows that a database would have."""
        parts = sum(1 + len(k.rooms) + len(k.players) + len(k.answers) for k in self._sessions.values())
        return parts + len(self._outbox) + len(self._pinned) + len(self._flags)
