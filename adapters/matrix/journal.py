"""What was dealt with, on disk: the sync position and, behind it, single events that were answered already.

Nothing here is in the way of an answer: it is noted when the answer is sent and written a moment later, many notes in
one go. What a crash takes with it is answered again under the same transaction id, which shows nothing twice.
"""

from __future__ import annotations

import asyncio

import structlog

from adapters.matrix.progress import Progress
from bot.clock import Clock
from bot.ports import Store

log = structlog.get_logger(__name__)

POSITION = "sync"
PAUSE_SECONDS = 0.25


class Journal:
    """The notes of one account."""

    def __init__(self, store: Store, clock: Clock, account: str) -> None:
        self._store = store
        self._clock = clock
        self._account = account
        self._progress = Progress()
        self._due = ""
        self._kept = ""
        self._answered: list[tuple[str | None, str]] = []
        self._news = asyncio.Event()

    async def position(self) -> str | None:
        """Where the last run ended; None for the first run of the account."""
        return await self._store.get(self._account, POSITION)

    async def answered(self, events: list[str]) -> frozenset[str]:
        """Those of the events that an earlier run has answered."""
        return await self._store.handled(self._account, events)

    def begin(self, position: str, pieces: int) -> None:
        """A sync up to `position` brought so many pieces of work."""
        self._settle(self._progress.begin(position, pieces))

    def note(self, position: str | None, event: str) -> None:
        """An event of that sync was answered."""
        self._answered.append((position, event))
        self._news.set()

    def done(self, position: str) -> None:
        """One piece of that sync's work is done."""
        self._settle(self._progress.done(position))

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._news.wait()
            await self.write()
            await asyncio.sleep(PAUSE_SECONDS)

    async def write(self) -> None:
        """Write what was noted. Events before the position need no note of their own."""
        self._news.clear()
        noted, self._answered = self._answered, []
        events = [event for position, event in noted if position is None or self._progress.is_open(position)]
        due = self._due
        try:
            if events:
                await self._store.mark_handled(self._account, events, self._clock.now())
            if due != self._kept:
                await self._store.put(self._account, POSITION, due)
                self._kept = due
        except Exception as error:  # the transaction ids still stand between a crash and a repetition
            log.exception("notes not written", error=type(error).__name__)

    def _settle(self, position: str | None) -> None:
        if position:
            self._due = position
            self._news.set()
