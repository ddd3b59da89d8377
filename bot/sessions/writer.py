"""Answers are written in groups: whatever comes while one commit is under way goes into the next.

A class answers all at once, and each answer is confirmed only when it is on the disk. One commit for each would allow
some hundreds a second; one for all that wait allows thousands, and costs a single answer nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.ports import Sessions
from bot.quiz.session import Answer

LARGEST = 500
"""Answers in one commit: more would make the first of them wait too long."""


class AnswerWriter:
    """Writes answers; `write` returns when the answer is durable."""

    def __init__(self, store: Sessions) -> None:
        self._store = store
        self.kept: Callable[[int], None] = lambda answers: None
        """Called with the number of answers that one commit made durable."""
        self._waiting: list[tuple[str, Answer, asyncio.Future[bool]]] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, session: str, answer: Answer) -> bool:
        """Whether it counts: not when its question is closed by now."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((session, answer, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="answers")
        return await asyncio.shield(done)

    async def flush(self) -> None:
        """Until everything that was there at the call is written."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
            try:
                counted = await self._store.write_answers([(session, answer) for session, answer, _ in group])
            except Exception as error:
                for *_, done in group:
                    if not done.done():
                        done.set_exception(error)
                continue
            self.kept(sum(counted))
            for (*_, done), counts in zip(group, counted, strict=True):
                if not done.done():
                    done.set_result(counts)
