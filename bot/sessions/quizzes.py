"""What can be done with sessions. Commands call this; it raises UserError for a person's slip and returns values, not
sentences.

Every change goes through `happen`: the machine decides, the store compares and sets, and whoever loses the race looks
again at what is there now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.clock import Clock
from bot.errors import (
    NoQuiz,
    NotReady,
    NotSteering,
    QuizRunning,
    UnknownCode,
)
from bot.model.ids import RoomId, UserId
from bot.model.request import Request, Role
from bot.ports import Fence, Linked, NewSession, Sender, Store
from bot.quiz.bank import ItemBank
from bot.quiz.machine import step
from bot.quiz.session import (
    Event,
    Finish,
    Phase,
    Redraw,
    Say,
    Session,
    Started,
    Stopped,
)
from bot.sessions.holder import Holder
from bot.sessions.live import FRESH, Live, Lives
from bot.sessions.opening import Wish, open_session
from bot.sessions.playing import Playing
from bot.sessions.senders import Senders
from bot.sessions.writer import AnswerWriter

TRIES = 8
"""Races for one phase row that are lost before it is given up; each loss means that somebody else moved it on."""
ROOMS_HELD = 10_000


class Quizzes:
    """The sessions of this process."""

    def __init__(self, store: Store, clock: Clock, bank: ItemBank) -> None:
        self.store = store
        self.clock = clock
        self.senders = Senders()
        self.lives = Lives(store)
        self.holder = Holder(store, clock)
        self.writer = AnswerWriter(store)
        self.stirred: set[str] = set()
        """Sessions whose counter on the board is behind."""
        self.playing = Playing(store, clock, self.lives, self.writer, bank.pseudonyms, self.stirred, self.happen)
        self._in_rooms: dict[RoomId, tuple[str | None, datetime]] = {}

    # finding

    async def live(self, session: str) -> Live:
        """A session by id. Raises NoQuiz."""
        return await self.lives.get(session, self.clock.now())

    async def running_in(self, room: RoomId) -> Live | None:
        """The session that runs in the room. Asked for every message, so the answer is held where nobody else writes,
        else for a moment."""
        now = self.clock.now()
        held = self._in_rooms.get(room)
        if held is None or not (self.store.alone or abs(now - held[1]) < FRESH):
            if len(self._in_rooms) >= ROOMS_HELD:
                self._in_rooms = {}
            rooms = self._in_rooms  # replaced by another when something changes while the store is asked
            held = rooms[room] = (await self.store.session_in(room), now)
        return await self.live(held[0]) if held[0] else None

    async def meant(self, request: Request) -> Live:
        """The running session that somebody means who names none: the one of the room, the one they play in, the one
        they started, one of a room that they share with the bot. Raises NoQuiz."""
        found = await self.running_in(request.room)
        if found is not None:
            return found
        if request.private:
            for session in (*await self.store.playing(request.user), *await self.store.steering(request.user)):
                live = await self.live(session)
                if live.session.phase is not Phase.CLOSED:
                    return live
            for room in request.shared_rooms:
                found = await self.running_in(room)
                if found is not None:
                    return found
        raise NoQuiz

    async def steered(self, request: Request, role: Role, session: str = "") -> Live:
        """The running session that this person may steer. Raises NoQuiz or NotSteering."""
        live = await self.live(session) if session else await self.meant(request)
        here = live.link_of(request.room) is not None
        if not live.is_steered_by(request.user) and not (here and role >= Role.TEACHER) and not live.solo:
            raise NotSteering
        return live

    async def is_in(self, request: Request) -> bool:
        """Whether the person has to do with a running session."""
        try:
            return bool(await self.meant(request))
        except NoQuiz:
            return False

    async def open_question(self, request: Request) -> Live | None:
        """The session whose open question a bare answer from here would belong to."""
        try:
            live = await self.meant(request)
        except NoQuiz:
            return None
        return live if live.session.phase is Phase.ASKING else None

    # steering

    async def create(self, wish: Wish, home: Linked, starter: UserId) -> Live:
        """A new session in the lobby; one in a direct chat is started at once. Raises QuizRunning or NotReady."""
        now = self.clock.now()
        fence = await self.fence(home.account)
        for _ in range(TRIES):
            if await self.store.session_in(home.room):
                raise QuizRunning
            session, pinned = open_session(wish, home, now)
            new = NewSession(session, home, starter, pinned, now, wish.options)
            if await self.store.create_session(new, () if home.private else ("lobby",), fence):
                self._in_rooms = {}
                break
        else:  # the room is free all the time: the lease is gone
            self.holder.lost(home.account)
            raise NotReady
        if home.private:
            await self.happen(session.id, Started(now), home.account)
        self.holder.wake()
        return await self.live(session.id)

    async def happen(self, session: str, event: Event, account: str) -> Session:
        """Let the event take effect; the session after it, unchanged when the event means nothing any more. Raises
        NoQuiz or NotReady."""
        fence = await self.fence(account)
        live = await self.live(session)
        for _ in range(TRIES):
            before = live.session
            after, effects = step(before, event)
            if after is before:
                return before
            if before.phase is Phase.ASKING:
                await self.writer.flush()  # what came in time is on the disk before its question is closed
            if await self.store.advance(before, after, _says(effects), fence, self.clock.now()):
                if live.session.version < after.version:  # else it was read again meanwhile
                    if live.session.question != after.question:
                        live.answered, live.newcomers = set(), set()
                    live.session = after
                if any(isinstance(effect, Finish) for effect in effects):
                    self.stirred.discard(session)
                    self._in_rooms = {}
                self.holder.wake()
                return after
            live = await self.lives.read(session, self.clock.now())
            if live.session.version == before.version:  # nobody was quicker: the lease is gone
                self.holder.lost(account)
                raise NotReady
        raise NotReady

    async def link(self, code: str, linked: Linked) -> Live:
        """Another room takes part. Raises UnknownCode, QuizRunning or NotReady."""
        session = await self.store.session_by_code(code)
        if session is None:
            raise UnknownCode
        if await self.store.session_in(linked.room):
            raise QuizRunning
        if not await self.store.link(session, linked, await self.fence(linked.account), self.clock.now()):
            raise QuizRunning
        self._in_rooms = {}
        self.holder.wake()
        return await self.lives.read(session, self.clock.now())

    async def hand_over(self, live: Live, user: UserId) -> None:
        """Somebody else steers from now on."""
        await self.store.set_starter(live.session.id, user)
        live.starter = user

    def forgotten(self) -> None:
        """A person was forgotten: nothing held in memory may know them."""
        self.lives.drop_all()
        self._in_rooms = {}

    async def room_gone(self, room: RoomId) -> None:
        """The bot lost the room: the others go on; without any the session ends."""
        session = await self.store.session_in(room)
        self._in_rooms = {}
        if session is None:
            return
        live = await self.lives.read(session, self.clock.now())
        here = live.link_of(room)
        if here is None or len(live.rooms) > 1:
            await self.store.unlink(session, room)
            self.lives.drop(session)
        else:
            await self.happen(session, Stopped(self.clock.now(), "gone"), here.account)

    async def room_moved(self, old: RoomId, new: RoomId) -> None:
        """A room was replaced by another: its session goes along."""
        session = await self.store.session_in(old)
        await self.store.move_session_room(old, new)
        self._in_rooms = {}
        if session:
            self.lives.drop(session)
            self.holder.wake()

    async def fence(self, account: str) -> Fence:
        """The lease of the account by which something came. Raises NotReady when another process holds it."""
        fence = await self.holder.fence(account)
        if fence is None:
            raise NotReady
        return fence

    def sender(self, account: str) -> Sender | None:
        """The account's sender, if it is connected."""
        return self.senders.get(account)


def _says(effects: Sequence[object]) -> list[tuple[str, int]]:
    """Effects as rows of the outbox: what is said, and what is drawn again (`redraw question`)."""
    rows = []
    for effect in effects:
        if isinstance(effect, Say):
            rows.append((effect.kind, effect.question))
        elif isinstance(effect, Redraw):
            rows.append((f"redraw {effect.kind}", effect.question))
    return rows
