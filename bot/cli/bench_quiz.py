"""`kompas bench quiz`: a thousand classes of thirty in one process, on a SQLite file, through `App.handle`.

Everybody has joined when measuring begins. Answers are given with a fixed number under way at a time (a closed loop),
so that the confirmation time is that of the program and not of a queue that the benchmark made. Questions are opened
spread over their duration, as classes that do not know of each other would.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from bot.app import App
from bot.artifacts import load_knowledge
from bot.clock import SystemClock
from bot.limits import Limiter, Rate
from bot.log import set_up_logging
from bot.model.action import Action
from bot.model.ids import RoomId, UserId
from bot.model.reply import Reply
from bot.model.request import Request
from bot.ports import Linked, RoomFacts
from bot.quiz.session import Phase, Rules, Session, Started
from bot.sessions.opening import Wish
from bot.store.cached import CachedStore
from bot.store.sql import SqlStore

ACCOUNT = "bench"
PLAYERS = 30
UNDER_WAY = 250
"""Answers on their way at a time."""
SECONDS = 30
"""Time of a question."""
UNLIMITED = Rate(burst=1_000_000, per_second=1_000_000)


@dataclass
class _Nobody:
    """An account whose messages go nowhere."""

    account: str = ACCOUNT
    numbered: bool = False
    keeps_keys: bool = True
    direct_link: str = ""
    posted: int = field(default=0)

    async def post(self, room: RoomId, reply: Reply, key: str, priority: int) -> str:
        self.posted += 1
        return key

    async def edit(self, room: RoomId, message: str, reply: Reply, priority: int) -> None: ...

    async def whisper(self, user: UserId, reply: Reply, key: str) -> bool:
        return True

    async def look(self, room: RoomId) -> RoomFacts:
        return RoomFacts(may_write=True)


@dataclass(frozen=True, slots=True)
class QuizFigures:
    """What came out. Times in milliseconds, rates per second, memory in bytes."""

    sessions: int
    answers: int
    failed: int
    per_second: float
    median_ms: float
    p99_ms: float
    late_median_ms: float
    late_p99_ms: float
    bytes_per_session: float

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """As a table."""
        return (
            ("what", "figure"),
            ("sessions x players", f"{self.sessions} x {PLAYERS}"),
            ("durable answers", f"{self.answers}, {self.failed} failed"),
            ("answers a second", f"{self.per_second:.0f}"),
            ("confirmation, median / p99", f"{self.median_ms:.1f} / {self.p99_ms:.1f} ms"),
            ("deadline late, median / p99", f"{self.late_median_ms:.1f} / {self.late_p99_ms:.1f} ms"),
            ("memory of a running session", f"{self.bytes_per_session / 1000:.1f} kB"),
        )


async def measure(sessions: int = 1000) -> QuizFigures:
    """Play one question in that many sessions and watch all of them close."""
    set_up_logging("ERROR")
    with tempfile.TemporaryDirectory(prefix="kompas-bench-") as folder:
        store = CachedStore(await SqlStore.open(f"sqlite+aiosqlite:///{folder}/bench.db"))
        knowledge = load_knowledge()
        app = App(knowledge, store, SystemClock(), limiter=Limiter(UNLIMITED, UNLIMITED))
        app.senders.connect(_Nobody())
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(stop))
        try:
            await app.clockwork.beat()
            items = tuple(item for item in knowledge.items.items.values() if item.type == "single")[:10]
            await _make(app, 0, Wish(items, Rules(auto=False), SECONDS, {}))  # what the first one loads is not its own
            before = _resident()
            ids = [await _make(app, n, Wish(items, Rules(auto=False), SECONDS, {})) for n in range(1, sessions + 1)]
            grown = _resident() - before
            opening = asyncio.create_task(_open(app, ids))
            await asyncio.sleep(1.0)
            times, failed, took = await _answer_all(app, ids)
            await opening
            late = await _wait_closed(app, ids)
        finally:
            stop.set()
            await running
            await store.close()
    return QuizFigures(
        sessions,
        len(times),
        failed,
        len(times) / took,
        _percentile(times, 50),
        _percentile(times, 99),
        _percentile(late, 50),
        _percentile(late, 99),
        grown / sessions,
    )


async def _make(app: App, number: int, wish: Wish) -> str:
    """A session in its lobby with everybody in it."""
    room = RoomId(ACCOUNT, f"room{number}")
    live = await app.quizzes.create(wish, Linked(room, ACCOUNT, ("en",)), UserId(ACCOUNT, f"teacher{number}"))
    for player in range(PLAYERS):
        await app.quizzes.playing.join(live, _request(app, number, player, Action("quiz join")), "en")
    return live.session.id


async def _open(app: App, ids: Sequence[str]) -> None:
    """Open the question of one session after the other, spread over two thirds of its time."""
    pause = SECONDS * 0.66 / len(ids)
    begin = perf_counter()
    for n, session in enumerate(ids):
        await asyncio.sleep(max(0.0, begin + n * pause - perf_counter()))
        await app.quizzes.happen(session, Started(app.clock.now()), ACCOUNT)


async def _answer_all(app: App, ids: Sequence[str]) -> tuple[list[float], int, float]:
    """All but one player of each session answer when their question is open; the last is left out, so that the
    deadline counts. Returns the times of confirmation, how many failed, and the seconds spent answering."""
    times: list[float] = []
    failed = 0
    spent = 0.0
    gate = asyncio.Semaphore(UNDER_WAY)

    async def one(number: int, session: str, player: int) -> None:
        nonlocal failed
        async with gate:
            request = _request(app, number, player, Action("quiz pick", (session, "0", str(player % 3 + 1))))
            begin = perf_counter()
            reply = await app.handle(request)
            times.append((perf_counter() - begin) * 1000)
            text = str(reply.blocks[0]) if reply and reply.blocks else ""
            failed += "Your answer" not in text

    left = list(enumerate(ids, 1))
    while left:
        opened = [(n, s) for n, s in left if (await app.quizzes.live(s)).session.phase is Phase.ASKING]
        left = [pair for pair in left if pair not in set(opened)]
        if len(opened) * PLAYERS < UNDER_WAY * 4 and left:
            left = opened + left
            await asyncio.sleep(0.2)
            continue
        begin = perf_counter()
        await asyncio.gather(*(one(n, s, player) for n, s in opened for player in range(PLAYERS - 1)))
        spent += perf_counter() - begin
    return times, failed, spent


async def _wait_closed(app: App, ids: Sequence[str]) -> list[float]:
    """How many milliseconds after its deadline each question was closed."""
    late = []
    for session in ids:
        while (live := await app.quizzes.live(session)).session.phase is Phase.ASKING:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.1)
        late.append(_lateness(live.session))
    return late


def _lateness(session: Session) -> float:
    """From the deadline to the moment of closing, which the end of the idle time after it tells."""
    from bot.quiz.machine import IDLE_REVEALED

    assert session.due_at
    assert session.asked_at
    closed = session.due_at - IDLE_REVEALED
    return (closed - session.asked_at - timedelta(seconds=SECONDS)).total_seconds() * 1000


def _request(app: App, number: int, player: int, said: Action) -> Request:
    return Request(
        user=UserId(ACCOUNT, f"{number}-{player}"),
        room=RoomId(ACCOUNT, f"room{number}"),
        said=said,
        received_at=app.clock.now(),
        account=ACCOUNT,
    )


def _percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


def _resident() -> int:
    """Bytes of memory that the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
