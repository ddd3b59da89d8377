"""SIGKILL in the middle of a quiz, at random moments of every phase, on SQLite and PostgreSQL: no answer is lost, none
counts twice, every question is shown and revealed, nothing is posted twice."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from bot.quiz.session import Phase
from bot.store.sql import SqlStore

from .classroom_process import ROOM, posted

pytestmark = pytest.mark.soak

ROUNDS = int(os.environ.get("KOMPAS_TEST_ROUNDS", "3"))
PLAYERS = 12
QUESTIONS = 3
PATIENCE = 20.0


@dataclass
class Classroom:
    """The process, and a class that says again what was not confirmed."""

    url: str
    folder: Path
    process: asyncio.subprocess.Process | None = None
    numbers: count = field(default_factory=count)
    confirmed: dict[tuple[int, str], str] = field(default_factory=dict)
    """What was confirmed last, by question and student."""
    _waiting: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    _reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.sessions.classroom_process",
            self.url,
            str(self.folder),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        assert self.process.stdout
        assert (await self.process.stdout.readline()).strip() == b"ready"
        self._reading = asyncio.create_task(self._read())

    async def kill(self) -> None:
        assert self.process
        self.process.kill()
        await self.process.wait()
        assert self._reading
        await self._reading
        for future in self._waiting.values():
            future.cancel()
        self._waiting.clear()

    async def end(self) -> None:
        assert self.process
        assert self.process.stdin
        self.process.stdin.close()
        await asyncio.wait_for(self.process.wait(), PATIENCE)
        assert self._reading
        await self._reading

    async def _read(self) -> None:
        assert self.process
        assert self.process.stdout
        while line := (await self.process.stdout.readline()).decode():
            number, _, text = line.partition(" done ")
            if number in self._waiting:
                self._waiting.pop(number).set_result(text.strip())

    async def ask(self, user: str, command: str, **options: str) -> str:
        """The answer of the process; CancelledError when it was killed meanwhile."""
        number = str(next(self.numbers))
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        words = [number, user, command, *(f"{name}={value}" for name, value in options.items())]
        assert self.process
        assert self.process.stdin
        with suppress(ConnectionError):
            self.process.stdin.write((" ".join(words) + "\n").encode())
        return await asyncio.wait_for(future, PATIENCE)

    async def answer(self, student: str, question: int, number: str, session: str) -> None:
        """Give an answer; note it when it was confirmed."""
        with suppress(asyncio.CancelledError):
            text = await self.ask(student, "quiz-pick", session=session, question=str(question), numbers=number)
            if "Your answer" in text:
                self.confirmed[question, student] = number

    async def wait_posted(self, words: str) -> None:
        end = asyncio.get_running_loop().time() + PATIENCE
        while not any(words in row["text"] for row in posted(self.folder / "room.jsonl")):
            assert asyncio.get_running_loop().time() < end, f"{words!r} was never posted"
            await asyncio.sleep(0.02)


async def a_killed_quiz(url: str, folder: Path, stage: str) -> None:
    """One quiz, in which each question is hit once in that stage."""
    room = Classroom(url, folder)
    await room.start()
    try:
        told = await room.ask("teacher", "quiz-start", topic="attribution", pace="manual", seconds="120")
        assert "Your quiz is ready" in told, told
        store = await SqlStore.open(url)
        session = await store.session_in(ROOM)
        assert session
        await room.ask("teacher", "quiz-next")
        for question in range(QUESTIONS):
            await room.wait_posted(f"Question {question + 1} of")
            kept = await store.session(session)
            assert kept
            options = kept.questions[question].order
            wanted = (
                len(kept.questions[question].key) if kept.questions[question].type in ("ordering", "matching") else 1
            )
            said = {
                f"s{n}": "+".join(map(str, random.sample(range(1, len(options) + 1), wanted))) for n in range(PLAYERS)
            }
            answering = [
                asyncio.create_task(room.answer(student, question, number.replace("+", ","), session))
                for student, number in said.items()
            ]
            if stage == "asking":
                await asyncio.sleep(random.uniform(0, 0.1))
                await room.kill()
                await room.start()
            await asyncio.gather(*answering)
            for student, number in said.items():  # a person presses again when nothing was confirmed
                if (question, student) not in room.confirmed:
                    await room.answer(student, question, number.replace("+", ","), session)
            closing = asyncio.create_task(room.ask("teacher", "quiz-close", session=session, question=str(question)))
            if stage == "closing":
                await asyncio.sleep(random.uniform(0, 0.05))
            elif stage == "revealing":
                with suppress(asyncio.CancelledError):
                    await closing
                await asyncio.sleep(random.uniform(0, 0.08))
            if stage != "asking":
                await room.kill()
                await room.start()
            with suppress(asyncio.CancelledError):
                await closing
            await room.ask("teacher", "quiz-close", session=session, question=str(question))
            await room.wait_posted(f"Question {question + 1}: the answer")
            await room.ask("teacher", "quiz-next", session=session, question=str(question))
        await room.wait_posted("The quiz is over")
        kept = await store.session(session)
        assert kept
        assert (kept.phase, kept.ended) == (Phase.CLOSED, "finished")
        players = {user.id: player.number for player, user in await store.players(session) if user}
        answers = {(answer.question, answer.player): answer for answer in await store.answers(session)}
        assert len(answers) == len(await store.answers(session))
        for (question, student), number in room.confirmed.items():
            order = kept.questions[question].order
            ids = [order[int(n) - 1] for n in number.split(",")]
            assert sorted(answers[question, players[student]].value.split()) == sorted(ids)
        assert len(room.confirmed) == PLAYERS * QUESTIONS
        shown = Counter(row["text"].split("\n")[0] for row in posted(folder / "room.jsonl"))
        for question in range(1, QUESTIONS + 1):
            assert shown[f"Question {question} of {QUESTIONS}"] == 1
            assert shown[f"Question {question}: the answer"] == 1
        assert shown["The quiz is over"] == 1
        assert len({row["key"] for row in posted(folder / "room.jsonl")}) == len(posted(folder / "room.jsonl"))
        await store.close()
    finally:
        if room.process and room.process.returncode is None:
            await room.end()


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("stage", ["asking", "closing", "revealing"])
async def test_a_kill_loses_nothing_on_sqlite(tmp_path, stage, round_):
    await a_killed_quiz(f"sqlite+aiosqlite:///{tmp_path}/kompas.db", tmp_path, stage)


@pytest.mark.postgres
@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("stage", ["asking", "closing", "revealing"])
async def test_a_kill_loses_nothing_on_postgresql(tmp_path, postgres_url, stage, round_):
    await a_killed_quiz(postgres_url, tmp_path, stage)
