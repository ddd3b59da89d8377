"""What goes on by itself: being alive, deadlines, sending.

    every second      each held account's lease is written (alive_at)
    at a deadline     the machine is told; at the latest 250 ms after another process has moved it
    always            rows of the outbox are sent, for each room in order, rooms side by side

Tests call `beat`, `tick` and `drain` one by one with a clock of their own; `run` does it in loops.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.errors import KompasError
from bot.ports import CannotSend, Fence, Row, Sender
from bot.ports.sending import COPY, NOTHING, NOTICE, QUESTION, RANK, REVEAL
from bot.quiz.session import DeadlinePassed, Phase, Recovered, Session
from bot.sessions.present import Presenter
from bot.sessions.quizzes import Quizzes

T = TypeVar("T")

BEAT_SECONDS = 1.0
POLL_SECONDS = 0.25
OVERDUE_SECONDS = 0.02
"""Before a deadline is looked at again that came and was not dealt with."""
IDLE_POLL_SECONDS = 2.0
"""Between two looks at the outbox while no session runs: another process may have one for our account."""
CLEAN_SECONDS = 3600.0
"""Between two removals of what is older than it is kept."""
COUNTER_SECONDS = 1.5
"""Between two drawings of the number of answers."""
COUNTERS = 50
"""Sessions drawn again at a time: with more of them running each waits its turn."""
JUMP = timedelta(seconds=5)
"""Two beats further apart than this: the process stood still, or the clock was set."""
NONCE_LIVE = timedelta(minutes=2)
"""A message that may have been sent longer ago than this cannot be repeated unseen everywhere."""
RETRY_SECONDS = 1.0
"""Before a message that failed is tried again."""
FAILURES = 20
"""A message that fails this often in a row (a mistake of ours, once a second) is given up: others wait behind it."""
PRIORITIES = {"question": QUESTION, "reveal": REVEAL, "rank": RANK, "lobby": NOTICE}


class Clockwork:
    """The loops over the sessions of this process."""

    def __init__(self, quizzes: Quizzes, presenter: Presenter) -> None:
        self._quizzes = quizzes
        self._presenter = presenter
        self._store = quizzes.store
        self._holder = quizzes.holder
        self._sending: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._last_beat: datetime | None = None
        self._failures: dict[str, int] = {}
        """By key of a row: how often it failed in a row."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then what is being sent is finished and the leases are given up."""
        loops = (
            self._every(BEAT_SECONDS, self.beat),
            self._deadlines(),
            self._outbox(),
            self._every(COUNTER_SECONDS, self.count),
            self._every(CLEAN_SECONDS, lambda: self._store.clean(self._quizzes.clock.now())),
        )
        tasks = [asyncio.create_task(loop) for loop in loops]
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, stopped):
                task.cancel()
        failed = [one for one in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(one, Exception)]
        await self._quizzes.writer.flush()
        if self._sending:
            await asyncio.wait(self._sending.values(), timeout=5.0)
        for task in self._sending.values():
            task.cancel()
        with contextlib.suppress(Exception):  # the store may be what failed
            await self._holder.release()
        if failed:
            raise failed[0]

    # the steps

    async def beat(self) -> None:
        """Keep the leases, take those of accounts that have come, and make good for time in which nobody watched."""
        now, before = self._quizzes.clock.now(), self._last_beat
        for sender in self._quizzes.senders:
            await self._holder.fence(sender.account)
        if before is not None and abs(now - before) > JUMP:
            for account in self._holder.held():
                self._holder.taken.setdefault(account, before)
        await self._holder.beat()
        self._last_beat = now  # not before: time in which the store was away was watched by nobody either
        for account, alive_at in tuple(self._holder.taken.items()):
            if self._quizzes.senders.get(account) is None:
                continue  # the clock goes on when the account can speak again
            for session in await self._store.running(account):
                self._quizzes.lives.drop(session)
                await self._guarded(lambda: self._happen(session, Recovered(now, alive_at), account))  # noqa: B023 - awaited
            self._holder.taken.pop(account, None)

    async def tick(self) -> None:
        """Tell the machine about deadlines that have come."""
        now = self._quizzes.clock.now()
        for account in self._holder.held():
            if account in self._holder.taken:
                continue  # first it is made good for the time away
            for session, version in await self._store.due(account, now):
                await self._guarded(lambda: self._pass_deadline(session, version, account))  # noqa: B023 - awaited

    async def catch_up(self) -> None:
        """Tell the machine about deadlines that came while this process stood still on purpose: they count, and nobody
        is told that it was away."""
        self._last_beat = self._quizzes.clock.now()
        await self.tick()
        await self.drain()

    async def drain(self) -> None:
        """Send what there is to send, until nothing is left that can be sent now."""
        while await self._send_waiting():
            await asyncio.wait(self._sending.values(), return_when=asyncio.FIRST_COMPLETED)

    async def count(self) -> None:
        """Draw the number of answers where it has changed."""
        for session in tuple(self._quizzes.stirred)[:COUNTERS]:
            self._quizzes.stirred.discard(session)
            with contextlib.suppress(KompasError):
                await self._draw_again(session)

    # deadlines

    async def _deadlines(self) -> None:
        while True:
            if not self._stood_still():
                await self._guarded(self.tick)
            now, due = self._quizzes.clock.now(), None
            for account in self._holder.held():
                next_due = await self._guarded(lambda account=account: self._store.next_due(account))  # type: ignore[misc]
                if next_due is not None and (due is None or next_due < due):
                    due = next_due
            left = POLL_SECONDS if due is None else (due - now).total_seconds()
            await asyncio.sleep(min(POLL_SECONDS, left) if left > 0 else OVERDUE_SECONDS)

    def _stood_still(self) -> bool:
        """Whether the next beat has to make good for lost time before any deadline counts."""
        return self._last_beat is not None and abs(self._quizzes.clock.now() - self._last_beat) > JUMP

    async def _pass_deadline(self, session: str, version: int, account: str) -> None:
        live = await self._quizzes.live(session)
        if live.session.version != version:
            live = await self._quizzes.lives.read(session, self._quizzes.clock.now())
        await self._quizzes.writer.flush()
        slowest = max((player.factor for player in live.waiting_for), default=1.0)
        await self._happen(session, DeadlinePassed(self._quizzes.clock.now(), version, slowest), account)

    async def _happen(self, session: str, event: DeadlinePassed | Recovered, account: str) -> Session | None:
        try:
            return await self._quizzes.happen(session, event, account)
        except KompasError as error:
            _log().info("not ours any more", session=session, error=type(error).__name__)
            return None

    # sending

    async def _outbox(self) -> None:
        while True:
            await self._guarded(self._send_waiting)
            busy = bool(self._sending)
            for account in self._holder.held():
                busy = busy or bool(await self._guarded(lambda account=account: self._store.running(account)))  # type: ignore[misc]
            waiting = [asyncio.create_task(self._holder.awake.wait()), *self._sending.values()]
            await asyncio.wait(
                waiting,
                timeout=POLL_SECONDS if busy else IDLE_POLL_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            waiting[0].cancel()
            self._holder.awake.clear()

    async def _send_waiting(self) -> int:
        """Begin to send the first row of every room that has one; how many are under way."""
        for account in self._holder.held():
            sender = self._quizzes.sender(account)
            if sender is None:
                continue
            fence = await self._holder.fence(account)
            for row in await self._store.unsent(account):
                room = (account, row.room.id)
                if fence is not None and room not in self._sending:
                    task = asyncio.create_task(self._send(row, sender, fence), name=f"send {row.kind}")
                    self._sending[room] = task
                    task.add_done_callback(lambda _, room=room: self._sending.pop(room, None))  # type: ignore[misc]
        return len(self._sending)

    async def _send(self, row: Row, sender: Sender, fence: Fence) -> None:
        """One row. What it shows is made now, from what is stored."""
        try:
            now = self._quizzes.clock.now()
            if not await self._store.attempt(row, now, fence):
                return
            await self._show(row, sender, now)
            self._failures.pop(row.key, None)
            self._holder.wake()
        except CannotSend as error:
            _log().warning("a room of a quiz is lost", platform=row.room.platform, gone=error.gone)
            await self._guarded(lambda: self._store.drop(row))
            await self._guarded(lambda: self._lose(row))
        except Exception as error:
            _log().exception("a message of a quiz was not sent", kind=row.kind, error=type(error).__name__)
            self._failures[row.key] = self._failures.get(row.key, 0) + 1
            if self._failures[row.key] >= FAILURES:
                await self._guarded(lambda: self._store.drop(row))
                self._failures.pop(row.key, None)
            await asyncio.sleep(RETRY_SECONDS)

    async def _show(self, row: Row, sender: Sender, now: datetime) -> None:
        live = await self._quizzes.live(row.session)
        if not self._store.alone or live.link_of(row.room) is None:  # what is held may be older than the row
            live = await self._quizzes.lives.read(row.session, now)
        kind, _, what = row.kind.partition(" ")
        linked = live.link_of(row.room)
        if linked is None:  # the room was taken out, and its rows with it, or replaced: then they are there now
            return
        if kind == "redraw":
            for shown in await self._store.messages(row.session, what, row.question):
                if shown.room == row.room and shown.message != NOTHING:
                    reply = await self._presenter.redrawn(live, linked, what, row.question, sender)
                    await sender.edit(row.room, shown.message, reply, NOTICE)
            await self._store.sent(row, NOTHING, now)
            return
        reply = await self._presenter.post(live, linked, row.kind, row.question, sender)
        key = row.key
        late = row.attempted_at is not None and now - row.attempted_at > NONCE_LIVE
        if late and not sender.keeps_keys:
            key, reply = f"{key}.2", self._presenter.going_on(reply, linked)
        message = await sender.post(row.room, reply, key, PRIORITIES.get(row.kind, NOTICE))
        await self._store.sent(row, message, self._quizzes.clock.now())
        if sender.numbered and linked.private and reply.choices():
            actions = [choice.action.encode() for choice in reply.choices()]
            for user in live.users or ([live.starter] if live.starter else []):
                await self._quizzes.store.remember(row.room, user, actions, now)

    async def _draw_again(self, session: str) -> None:
        """The counter on the board (or in the lobby) of every room."""
        live = await self._quizzes.live(session)
        kind = {Phase.LOBBY: "lobby", Phase.ASKING: "question"}.get(live.session.phase)
        if kind is None or live.solo:
            return
        shown = live.session.phase, live.session.question
        for row in await self._store.messages(session, kind, live.session.question):
            sender, linked = self._quizzes.sender(row.account), live.link_of(row.room)
            held = row.account in self._holder.held() and row.message != NOTHING
            if sender is not None and linked is not None and held:
                reply = await self._presenter.post(live, linked, kind, row.question, sender)
                if (live.session.phase, live.session.question) != shown:
                    return  # closed meanwhile: its buttons must not come back
                await sender.edit(row.room, row.message, reply, COPY)

    async def _lose(self, row: Row) -> None:
        """A room cannot be written to: tell whoever steers, on whatever platform, and let the room go."""
        live = await self._quizzes.lives.read(row.session, self._quizzes.clock.now())
        if live.starter is not None:
            lost = self._presenter.lost(live, row.room)
            for sender in self._quizzes.senders:
                if await sender.whisper(live.starter, lost, f"{row.key}.lost"):
                    break
        await self._quizzes.room_gone(row.room)

    # loops

    async def _every(self, seconds: float, step: Callable[[], Awaitable[object]]) -> None:
        while True:
            await self._guarded(step)
            await asyncio.sleep(seconds)

    async def _guarded(self, step: Callable[[], Awaitable[T]]) -> T | None:
        """One step. A database that is away for a moment must not end the loops."""
        try:
            return await step()
        except KompasError:
            return None
        except Exception as error:
            _log().exception("a step of the quiz failed", error=type(error).__name__)
            return None


def _log() -> Any:
    import structlog  # here: a third of the start of `kompas ask` would go into it

    return structlog.get_logger(__name__)
