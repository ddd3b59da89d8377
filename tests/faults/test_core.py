"""What can befall the machine under a running quiz: a full disk, a locked or restarted database, a clock that jumps."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from sqlalchemy import event

from bot.app import App
from bot.clock import SystemClock
from bot.limits import Limiter
from bot.quiz.session import Phase
from bot.store.cached import CachedStore
from bot.store.sql import SqlStore
from tests.sessions.lesson import Lesson

LOCKED_SECONDS = 5.0
PLAYERS = 6


async def a_lesson(knowledge, url):
    """A class with an open question, on a real store and with the real clock."""
    store = CachedStore(await SqlStore.open(url))
    lesson = Lesson(App(knowledge, store, SystemClock(), limiter=Limiter()), SystemClock())
    await lesson.start(set="starter", seconds="120", pace="manual")
    people = [await lesson.student(f"s{number}") for number in range(PLAYERS)]
    for one in people:
        await one.says("quiz join")
    await lesson.begin()
    return lesson, people


async def stored(lesson):
    """Who has an answer in the store."""
    session = await lesson.session()
    return {answer.player for answer in await lesson.app.store.answers(session.id)}


async def test_answers_given_while_the_database_is_locked_for_five_seconds_are_kept(knowledge, tmp_path):
    file = tmp_path / "kompas.sqlite3"
    lesson, people = await a_lesson(knowledge, f"sqlite+aiosqlite:///{file}")
    right = await lesson.right()
    await people[0].says(right)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    answering = [asyncio.create_task(one.says(right)) for one in people[1:]]
    await asyncio.sleep(LOCKED_SECONDS)
    assert not any(task.done() for task in answering)  # nothing is confirmed that is not on the disk
    other.execute("COMMIT")
    other.close()
    await asyncio.wait_for(asyncio.gather(*answering), 10)
    assert len(await stored(lesson)) == PLAYERS
    await lesson.app.store.close()


async def test_on_a_full_disk_nothing_kept_is_lost_and_it_goes_on_when_there_is_room(knowledge, tmp_path):
    lesson, people = await a_lesson(knowledge, f"sqlite+aiosqlite:///{tmp_path / 'kompas.sqlite3'}")
    store, right = lesson.app.store, await lesson.right()
    for one in people[:2]:
        await one.says(right)
    full = True

    def limit(connection, *_):
        cursor = connection.cursor()
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count={pages if full else 1_000_000}")
        cursor.close()

    event.listen(store.engine.sync_engine, "checkout", limit)

    async def fill():
        for number in range(1000):  # until the free room in the last pages is used up
            await store.put("filler", str(number), "x" * 4000)

    with pytest.raises(Exception, match="full"):
        await fill()
    told = await people[2].says("quiz name " + "n" * 30)
    assert told  # one sentence with a code, or done where the row had room; never silence or a crash
    full = False
    for one in people[2:]:
        await one.says(right)
    assert len(await stored(lesson)) == PLAYERS
    await lesson.teacher.uses("quiz close")
    await lesson.settle()
    assert (await lesson.session()).phase is Phase.REVEALED
    await store.close()


@pytest.mark.postgres
async def test_a_restarted_postgresql_loses_no_answer_and_the_class_goes_on(knowledge, postgres, postgres_url):
    lesson, people = await a_lesson(knowledge, postgres_url)
    right = await lesson.right()
    for one in people[:3]:
        await one.says(right)
    await postgres.kill()
    told = await people[3].says(right)
    assert told  # a sentence with a code: not confirmed, so to be sent again
    await postgres.start()
    for one in people[3:]:
        await one.says(right)
    assert len(await stored(lesson)) == PLAYERS
    await lesson.app.clockwork.beat()
    await lesson.teacher.uses("quiz close")
    await lesson.settle()
    assert (await lesson.session()).phase is Phase.REVEALED
    await lesson.app.store.close()


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_jumps_an_hour_neither_closes_a_question_nor_keeps_it_open(app, clock, hours):
    lesson = Lesson(app, clock)
    await lesson.start(set="starter", seconds="60", pace="manual")
    one = await lesson.student("ana")
    other = await lesson.student("bo")
    for person in (one, other):
        await person.says("quiz join")
    await lesson.begin()
    await app.clockwork.beat()
    await one.says(await lesson.right())
    clock.move(hours=hours)
    await app.clockwork.beat()  # as every second
    await lesson.settle()
    assert (await lesson.session()).phase is Phase.ASKING
    await lesson.wait(5)
    await other.says(await lesson.right())
    await lesson.wait(130)
    session = await lesson.session()
    assert session.phase is Phase.REVEALED
    assert len(await app.store.answers(session.id)) == 2
    await app.store.clean(clock.now())
    assert len(await app.store.answers(session.id)) == 2  # an hour is no reason to erase them
