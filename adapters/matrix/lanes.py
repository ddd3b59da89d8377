"""Ordered work side by side: one queue and one task for each key (a room), only while there is something to
do."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

Item = TypeVar("Item")


class Lanes(Generic[Item]):
    """Calls `work` for the items of one key one after the other, for different keys at the same time. Tasks
    belong to `group`."""

    def __init__(self, group: asyncio.TaskGroup, work: Callable[[Item], Awaitable[None]], name: str) -> None:
        self._group = group
        self._work = work
        self._name = name
        self._queues: dict[str, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def put(self, key: str, item: Item) -> None:
        """Add work at the end of the key's lane."""
        queue = self._queues.get(key)
        if queue is not None:
            queue.append(item)
            return
        self._queues[key] = deque([item])
        self._idle.clear()
        task = self._group.create_task(self._run(key), name=f"{self._name} {key}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait_idle(self) -> None:
        """Until no lane has work."""
        await self._idle.wait()

    def cancel(self) -> None:
        """Give up what is still to be done."""
        for task in self._tasks:
            task.cancel()

    async def _run(self, key: str) -> None:
        queue = self._queues[key]
        try:
            while queue:
                try:
                    await self._work(queue.popleft())
                except Exception as error:  # one bad event must not stop its room
                    log.exception("work failed", lane=self._name, error=type(error).__name__)
        finally:
            del self._queues[key]
            if not self._queues:
                self._idle.set()
