"""Waiting for a homeserver that is away: longer each time, never the same for two bots, and with one line in
the log."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from adapters.matrix.wire import Limited, Outage

log = structlog.get_logger(__name__)

T = TypeVar("T")

FIRST = 0.5
LONGEST = 5.0
"""Seconds. A homeserver restarts in less than a minute; waiting longer would only make the class wait."""
FACTOR = 1.7


class Backoff:
    """Pauses between attempts, in seconds."""

    def __init__(self, what: str, rng: random.Random | None = None, *, quiet: bool = False) -> None:
        """`what` was tried, for the log. `quiet`: somebody else says that the homeserver is away."""
        self._what = what
        self._rng = rng or random.Random()
        self._pause = FIRST
        self._told = quiet
        self._quiet = quiet

    def next(self) -> float:
        """How long to wait now: between half and all of a length that grows."""
        pause, self._pause = self._pause, min(LONGEST, self._pause * FACTOR)
        return pause * self._rng.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It worked: begin again with a short pause."""
        self._pause = FIRST
        if self._told and not self._quiet:
            self._told = False
            log.info("homeserver is back", during=self._what)

    async def wait(self, error: Outage) -> None:
        """Sleep until the next attempt."""
        pause = self.next()
        if isinstance(error, Limited):
            pause = error.retry_after + pause / 10
            if pause > LONGEST:
                log.warning("limited by the homeserver", during=self._what, seconds=round(pause))
        elif not self._told and self._pause > FIRST * FACTOR:  # not for a hiccup
            self._told = True
            log.warning("homeserver does not answer, trying again", during=self._what, cause=str(error))
        await asyncio.sleep(pause)


async def patiently(what: str, work: Callable[[], Awaitable[T]]) -> T:
    """The result of `work`, tried until the homeserver answers. Raises Refusal."""
    pauses = Backoff(what)
    while True:
        try:
            result = await work()
        except Outage as error:
            await pauses.wait(error)
        else:
            pauses.reset()
            return result
