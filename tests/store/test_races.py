"""Two processes on one database, and one that dies: every promise holds for whoever comes second."""

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace

import pytest

from bot.model.ids import RoomId, UserId
from bot.ports import Linked
from bot.store.ages import LEASE_LIVE
from bot.store.database import check
from bot.store.sql import SqlStore
from bot.store.sql_play import _asking
from bot.store.sql_sessions import _lock

from .conftest import POSTGRES
from .making import (
    BOT,
    NOW,
    OTHER,
    PLAYER,
    ROOM,
    answer,
    asking,
    begun,
    lease,
    new,
    revealed,
    session,
)


async def test_of_twenty_steps_from_one_version_exactly_one_is_written(store, second):
    first, fence = await begun(store)
    steps = [
        one.advance(first, replace(revealed(first), ended=f"{number}"), [("reveal", 0)], fence, NOW)
        for number, one in enumerate([store, second] * 10)
    ]
    won = await asyncio.gather(*steps)
    assert won.count(True) == 1
    assert (await store.session(first.id)).ended == str(won.index(True))
    assert [row.kind for row in await store.unsent(BOT)] == ["question"]
    await store.sent((await store.unsent(BOT))[0], "m", NOW)
    assert [row.sequence for row in await store.unsent(BOT)] == [2]
    await store.sent((await store.unsent(BOT))[0], "m", NOW)
    assert await store.unsent(BOT) == ()


async def test_of_sessions_that_begin_at_once_in_a_room_one_is_made(store, second):
    fence = await lease(store)
    made = [session(f"room{number}", f"{number}") for number in range(10)]
    won = await asyncio.gather(
        *(one.create_session(new(each), ("lobby",), fence) for each, one in zip(made, [store, second] * 5, strict=True))
    )
    assert won.count(True) == 1
    assert await store.session_in(ROOM) == made[won.index(True)].id
    assert len(await store.running(BOT)) == len(await store.unsent(BOT)) == 1


async def test_of_sessions_with_one_code_one_is_made(store, second):
    fence = await lease(store)
    won = await asyncio.gather(
        *(
            one.create_session(new(session(f"code{number}"), RoomId("matrix", f"!{number}")), (), fence)
            for number, one in enumerate([store, second] * 5)
        )
    )
    assert won.count(True) == 1


async def test_a_room_that_is_linked_and_played_in_at_once_has_one_session(store, second):
    first, fence = await begun(store)
    made = session("bbbb2222", "222222")
    linked = Linked(OTHER, BOT, ("mk",))
    won = await asyncio.gather(
        store.link(first.id, linked, fence, NOW), second.create_session(new(made, OTHER), (), fence)
    )
    assert won.count(True) == 1
    assert await store.session_in(OTHER) == (first.id if won[0] else made.id)


async def test_of_processes_that_want_one_account_one_gets_it(store, second):
    taken = await asyncio.gather(
        *(one.take_lease(BOT, f"process {number}", NOW) for number, one in enumerate([store, second] * 5))
    )
    assert len([fence for fence in taken if fence]) == 1
    later = NOW + LEASE_LIVE
    taken = await asyncio.gather(
        *(one.take_lease(BOT, f"heir {number}", later) for number, one in enumerate([store, second] * 5))
    )
    assert [fence[0].epoch for fence in taken if fence] == [2]


async def test_players_who_join_at_once_have_numbers_and_names_of_their_own_and_nobody_is_two(store, second):
    first, _ = await begun(store)
    users = [UserId("matrix", f"@{number}") for number in range(10)] * 2
    await asyncio.gather(
        *(
            one.add_player(first.id, user, ROOM, PLAYER, NOW)
            for user, one in zip(users, [store] * 10 + [second] * 10, strict=True)
        )
    )
    players = await store.players(first.id)
    assert [player.number for player, _ in players] == list(range(1, 11))
    assert {player.name for player, _ in players} == {"Fox"} | {f"Fox {number}" for number in range(2, 11)}
    assert {user for _, user in players} == set(users)


async def test_no_answer_is_taken_after_a_question_is_closed_and_none_before_is_lost(store, second):
    now, fence = await begun(store)
    for _ in range(5):
        taken, over = set(), asyncio.Event()

        async def student(player, now=now, taken=taken, over=over):
            while not over.is_set():
                given = answer(player, number=now.question)
                counts = await (store, second)[player % 2].write_answers([(now.id, given)])
                if counts != [True]:
                    return
                taken.add(player)
                player += 10
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as tasks:
            for player in range(10):
                tasks.create_task(student(player))
            await asyncio.sleep(0.02)
            shown = revealed(now)
            assert await second.advance(now, shown, [("reveal", now.question)], fence, NOW)
            seen = {one.player for one in await second.answers(now.id, now.question)}
            over.set()
        assert taken <= seen  # what was confirmed is counted
        assert {one.player for one in await store.answers(now.id, now.question)} == seen  # nothing came afterwards
        assert seen
        now = asking(shown, now.question + 1)
        assert await second.advance(shown, now, (), fence, NOW)


@pytest.mark.parametrize("kind", ["sqlite", POSTGRES])
async def test_a_question_is_not_closed_while_answers_to_it_are_being_written(store, second):
    first, fence = await begun(store)
    async with store._write() as connection:
        assert await _asking(connection, {first.id}) == {first.id: 0}
        closing = asyncio.create_task(second.advance(first, revealed(first), (), fence, NOW))
        await asyncio.sleep(0.2)
        assert not closing.done()
    assert await closing


@pytest.mark.parametrize("kind", ["sqlite", POSTGRES])
async def test_nobody_takes_an_account_or_a_step_while_its_holder_is_writing(store, second):
    first, fence = await begun(store)
    async with store._write() as connection:
        await check(connection, fence)
        await _lock(connection, first.id)
        others = [
            asyncio.create_task(second.take_lease(BOT, "heir", NOW, instead_of=fence.holder)),
            asyncio.create_task(second.link(first.id, Linked(OTHER, BOT, ("mk",)), fence, NOW)),
        ]
        await asyncio.sleep(0.2)
        assert not any(task.done() for task in others)
    assert all(await asyncio.gather(others[0]))
    await others[1]  # before or after the heir


async def test_steps_answers_and_messages_of_many_sessions_do_not_block_each_other(store, second):
    """Locks are taken in one order: nothing here may end in a deadlock."""
    fence = await lease(store)
    sessions = []
    for number in range(6):
        made = session(f"many{number}", f"{number}")
        assert await store.create_session(new(made, RoomId("discord", f"{number}")), ("lobby",), fence)
        after = asking(made)
        assert await store.advance(made, after, [("question", 0)], fence, NOW)
        sessions.append(after)

    async def write(one, order):
        for at in range(10):
            every = [(made.id, answer(player)) for player in range(5) for made in order]
            assert all(await one.write_answers(every))
            await one.add_player(order[0].id, UserId("discord", f"{at}"), ROOM, PLAYER, NOW)

    async def turn(one, made):
        for _ in range(10):
            after = replace(made, version=made.version + 1)
            assert await one.advance(made, after, [("extended", 0)], fence, NOW)
            made = after

    async def send(one):
        for _ in range(10):
            assert await one.beat(fence, NOW)
            for row in await one.unsent(BOT):
                if await one.attempt(row, NOW, fence):
                    await one.sent(row, "m", NOW)

    async def forget(one):
        for at in range(10):
            await one.forget(UserId("discord", f"{at}"))
            await one.clean(NOW)

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(write(store, sessions))
        tasks.create_task(write(second, sessions[::-1]))
        for number, made in enumerate(sessions):
            tasks.create_task(turn((store, second)[number % 2], made))
        tasks.create_task(send(store))
        tasks.create_task(send(second))
        tasks.create_task(forget(second))


PROCESS = """
import asyncio, sys
from bot.store.sql import SqlStore
from tests.store.making import answer, begun

async def main():
    store = await SqlStore.open(sys.stdin.readline().strip())
    first, _ = await begun(store)
    player = 0
    while True:
        batch = [(first.id, answer(player := player + 1)) for _ in range(20)]
        if all(await store.write_answers(batch)):
            print(player, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["sqlite", POSTGRES])
async def test_answers_that_were_confirmed_survive_a_process_that_is_killed(kind, url):
    store = await SqlStore.open(url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    process.stdin.write(f"{url}\n".encode())
    confirmed = 0
    while confirmed < 400:
        confirmed = int(await asyncio.wait_for(process.stdout.readline(), 60))
    os.kill(process.pid, signal.SIGKILL)
    rest = (await process.stdout.read()).split()
    await process.wait()
    confirmed = int(rest[-1]) if rest else confirmed
    players = {one.player for one in await store.answers("aaaa1111")}
    await store.close()
    assert set(range(1, confirmed + 1)) <= players


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_school_that_answers_at_once_is_written_within_a_second(store):
    first, _ = await begun(store)
    start = time.perf_counter()
    for batch in range(10):
        assert all(await store.write_answers([(first.id, answer(batch * 200 + number)) for number in range(200)]))
    assert time.perf_counter() - start < 1.0
    assert len(await store.answers(first.id)) == 2000
