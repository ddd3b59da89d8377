"""Two processes on one PostgreSQL: one lease, one deadline, one reveal; a process that slept through losing its lease
writes nothing."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from datetime import timedelta

import pytest

from bot.app import App
from bot.model.ids import RoomId, UserId
from bot.ports import Linked
from bot.quiz.session import DeadlinePassed, NextAsked, Phase, Rules, Started
from bot.sessions.opening import Wish
from bot.store.cached import CachedStore
from bot.store.sql import SqlStore

from .classroom_process import ROOM, FileSender, posted
from .test_kill import Classroom

pytestmark = pytest.mark.postgres

SECONDS = 20


async def a_process(knowledge, clock, url, folder, account):
    store = CachedStore(await SqlStore.open(url))
    app = App(knowledge, store, clock)
    app.quizzes.holder.name = f"{account} process"
    app.senders.connect(FileSender(folder / f"{account}.jsonl", account))
    await app.clockwork.beat()
    return app


async def test_two_processes_that_fight_for_one_deadline_reveal_once_in_every_room(
    knowledge, clock, postgres_url, tmp_path
):
    one = await a_process(knowledge, clock, postgres_url, tmp_path, "one")
    two = await a_process(knowledge, clock, postgres_url, tmp_path, "two")
    items = tuple(item for item in knowledge.items.items.values() if item.type == "single")[:3]
    live = await one.quizzes.create(
        Wish(items, Rules(auto=False), SECONDS, {}), Linked(RoomId("one", "a"), "one", ("en",)), UserId("one", "t")
    )
    session = live.session.id
    await two.quizzes.link(live.session.code, Linked(RoomId("two", "b"), "two", ("mk",)))
    await one.quizzes.happen(session, Started(clock.now()), "one")
    clock.move(seconds=SECONDS + 1)
    version = (await one.store.session(session)).version
    at = clock.now()
    await asyncio.gather(
        *(
            app.quizzes.happen(session, DeadlinePassed(at, version), account)
            for app, account in ((one, "one"), (two, "two"))
            for _ in range(10)
        )
    )
    after = await one.store.session(session)
    assert (after.phase, after.version) == (Phase.REVEALED, version + 1)
    await asyncio.gather(
        *(app.quizzes.happen(session, NextAsked(at, 0), name) for app, name in ((one, "one"), (two, "two")) * 10)
    )
    assert (await two.store.session(session)).question == 1
    for app in (one, two):
        await app.clockwork.drain()
    for account, words in (("one", "the answer"), ("two", "одговор")):
        texts = [row["text"] for row in posted(tmp_path / f"{account}.jsonl")]
        assert sum(words in text.split("\n")[0] for text in texts) == 1, texts
    await one.store.close()
    await two.store.close()


async def test_a_process_whose_lease_was_taken_meanwhile_writes_and_sends_nothing(
    knowledge, clock, postgres_url, tmp_path
):
    asleep = await a_process(knowledge, clock, postgres_url, tmp_path, "file")
    items = tuple(item for item in knowledge.items.items.values() if item.type == "single")[:2]
    live = await asleep.quizzes.create(
        Wish(items, Rules(auto=False), SECONDS, {}), Linked(RoomId("file", "a"), "file", ("en",)), UserId("file", "t")
    )
    session = live.session.id
    await asleep.quizzes.happen(session, Started(clock.now()), "file")
    clock.time += timedelta(seconds=11)
    awake = await a_process(knowledge, clock, postgres_url, tmp_path, "file")
    awake.quizzes.holder.name = "another"
    await awake.clockwork.beat()
    await awake.clockwork.drain()
    before = posted(tmp_path / "file.jsonl")
    clock.move(seconds=60)
    await asleep.clockwork.tick()
    await asleep.clockwork.drain()
    assert posted(tmp_path / "file.jsonl") == before
    assert (await awake.store.session(session)).phase is Phase.ASKING
    await awake.clockwork.tick()
    assert (await awake.store.session(session)).phase is Phase.REVEALED
    await asleep.store.close()
    await awake.store.close()


async def test_a_stopped_process_is_replaced_and_does_nothing_when_it_wakes_up(tmp_path, postgres_url):
    first, second = Classroom(postgres_url, tmp_path), Classroom(postgres_url, tmp_path)
    await first.start()
    try:
        await first.ask("teacher", "quiz-start", topic="attribution", pace="manual", seconds="20")
        await first.ask("teacher", "quiz-next")
        await first.wait_posted("Question 1 of")
        first.process.send_signal(signal.SIGSTOP)
        await second.start()
        store = await SqlStore.open(postgres_url)
        session = await store.session_in(ROOM)
        for _ in range(400):
            if (await store.session(session)).phase is Phase.REVEALED:
                break
            await asyncio.sleep(0.1)
        first.process.send_signal(signal.SIGCONT)
        await second.wait_posted("Question 1: the answer")
        await asyncio.sleep(1.0)
        shown = Counter(row["text"].split("\n")[0] for row in posted(tmp_path / "room.jsonl"))
        assert shown["Question 1 of 3"] == shown["Question 1: the answer"] == 1
        assert "starting" in await first.ask("teacher", "quiz-next", session=session, question="0")
        await second.ask("teacher", "quiz-stop", session=session)
        await second.wait_posted("The quiz is over")
        await store.close()
    finally:
        await first.kill()
        await second.end()
