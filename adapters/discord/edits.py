"""Changes of messages, thinned out: a counter that thirty people move is drawn a few times and not thirty.

The first change of a message is made at once, the next ones not before EVERY_SECONDS have passed; of those that come
meanwhile only the last is made. All changes in a channel share its limit (five in five seconds), so they are APART.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from adapters.discord.render import Drawn

EVERY_SECONDS = 1.5
"""Between two changes of one message."""
APART_SECONDS = 1.05
"""Between two changes in one channel."""

Change = Callable[[int, int, Drawn], Awaitable[None]]
"""(channel, message, what it shall be)"""


@dataclass(slots=True)
class _Lane:
    """The changes of one channel."""

    waiting: dict[int, Drawn] = field(default_factory=dict)
    """By message, the one that has waited longest first."""
    made: dict[int, float] = field(default_factory=dict)
    """When each message was last changed (seconds of the event loop)."""
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Edits:
    """Makes changes in the background. `change` makes one and handles its own errors."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._lanes: dict[int, _Lane] = {}
        self._hurry = False

    def put(self, channel: int, message: int, drawn: Drawn) -> None:
        """The message shall be this; forgets what it was to be before. Does nothing after `finish`."""
        if self._hurry:
            return
        lane = self._lanes.get(channel)
        if lane is None:
            lane = self._lanes[channel] = _Lane()
            lane.task = asyncio.create_task(self._work(channel, lane), name="discord edits")
        lane.waiting[message] = drawn
        lane.stirred.set()

    async def finish(self, seconds: float) -> None:
        """Make without delay what waits, then stop; what is not done in time is left out."""
        self._hurry = True
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        for lane in self._lanes.values():
            lane.stirred.set()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()

    async def _work(self, channel: int, lane: _Lane) -> None:
        """Until nothing was to be changed for a while."""
        try:
            while lane.waiting or await self._stirred(lane, EVERY_SECONDS):
                if not lane.waiting:
                    return
                message, wait = self._next(lane)
                if wait > 0 and not self._hurry:
                    await self._stirred(lane, wait)
                    continue
                drawn = lane.waiting.pop(message)
                lane.made[message] = asyncio.get_running_loop().time()
                await self._change(channel, message, drawn)
        finally:
            del self._lanes[channel]

    def _next(self, lane: _Lane) -> tuple[int, float]:
        """The message whose turn it is first, and in how many seconds."""
        now = asyncio.get_running_loop().time()
        lane.made = {message: at for message, at in lane.made.items() if now - at < EVERY_SECONDS}
        channel_free = max(lane.made.values(), default=now - APART_SECONDS) + APART_SECONDS
        free = {m: max(channel_free, lane.made.get(m, now - EVERY_SECONDS) + EVERY_SECONDS) for m in lane.waiting}
        message = min(free, key=free.__getitem__)
        return message, free[message] - now

    async def _stirred(self, lane: _Lane, seconds: float) -> bool:
        """Whether there is something new within that time."""
        if self._hurry:
            return False
        lane.stirred.clear()
        try:
            await asyncio.wait_for(lane.stirred.wait(), seconds)
        except TimeoutError:
            return False
        return True
