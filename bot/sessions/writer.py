"""Answers are written in groups: whatever comes while one commit is under way goes into the next.

A class answers all at once, and each answer is confirmed only when it is on the disk. One commit for each would allow
some hundreds a second; one for all that wait allows thousands, and costs a single answer nothing. Between two commits
there is a gap: else each answer of a class that trickles in, one in a millisecond, would take a commit of its own, and
the loop would do nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.ports import Sessions
from bot.quiz.session import Answer

LARGEST = 500
"""Answers in one commit: more would make the first of them wait too long."""
GAP_SECONDS = 0.01
"""From one commit to the next."""


class AnswerWriter:
    """Writes answers; `write` returns when the answer is durable."""

    def __init__(self, store: Sessions) -> None:
        self._store = store
        self.kept: Callable[[int], None] = lambda answers: None
        """Called with the number of answers that one commit made durable."""
        self._waiting: list[tuple[str, Answer, asyncio.Future[bool]]] = []
        self._task: asyncio.Task[None] | None = None
        self._next = 0.0
        """The loop's time of the next commit."""

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
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(self._next - loop.time())
            self._next = loop.time() + GAP_SECONDS
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
