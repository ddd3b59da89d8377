"""Nothing is lost and nothing is said twice: bursts, gaps, crashes, outages, limits."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from tests.servers.fixtures import People
from tests.servers.people import Person
from tests.servers.synapse import Synapse

from .conftest import Bots, room_with

pytestmark = [pytest.mark.synapse, pytest.mark.soak]


ROUNDS = int(os.environ.get("KOMPAS_TEST_ROUNDS", "3"))
"""How often a bot is killed; `make soak` asks for more."""


def answers(person: Person, room: str, bot: str) -> list[str | None]:
    """Which event each of the bot's messages in the room answers."""
    return [m.reply_to for m in person.messages(room) if m.sender == bot]


async def wait_all_answered(person: Person, room: str, bot: str, asked: list[str], *, timeout: float = 60) -> None:
    """Every event has one answer, and no more come."""
    await person.wait_for_count(room, len(asked), sender=bot, timeout=timeout)
    await person.wait_quiet(room, seconds=1.0)
    assert sorted(map(str, answers(person, room, bot))) == sorted(asked)


async def ask_all(who: list[Person], room: str, count: int) -> list[str]:
    """So many commands at once, by turns; their event ids."""
    return await asyncio.gather(*(who[n % len(who)].say(room, f"!explain attribution {n}"[:20]) for n in range(count)))


async def class_of(people: People, server: Synapse, bot_id: str, size: int) -> tuple[str, list[Person]]:
    """A public room with the bot and so many people."""
    head = await people.on(server, "head")
    room = await head.create_room(public=True, invite=[bot_id])
    rest = [await people.on(server, "pupil") for _ in range(size - 1)]
    for person in rest:
        await person.join(room)
    await head.wait_for_member(room, bot_id)
    return room, [head, *rest]


async def test_thirty_commands_at_once_are_all_answered_once(synapse: Synapse, people: People, bots: Bots) -> None:
    bot = await bots.on(synapse)
    room, who = await class_of(people, synapse, bot.user_id, 5)
    asked = await ask_all(who, room, 30)
    await wait_all_answered(who[0], room, bot.user_id, asked)


async def test_150_messages_in_one_sync_are_all_answered_once(synapse: Synapse, people: People, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    async with bots.at(synapse, account) as bot:
        await bot.wait_ready()
        room, who = await class_of(people, synapse, account.user_id, 5)
        before = await who[0].say(room, "!topics")
        await who[0].wait_for_reply(room, sender=account.user_id)
    asked = await ask_all(who, room, 150)  # while the bot is not there
    async with bots.at(synapse, account):
        await wait_all_answered(who[0], room, account.user_id, [before, *asked], timeout=90)


async def test_an_encrypted_gap_is_answered_too(synapse: Synapse, people: People, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    ana = await people.on(synapse, "ana", encrypted=True)
    async with bots.at(synapse, account) as bot:
        await bot.wait_ready()
        room = await room_with(ana, bot, direct=True, encrypted=True)
        await ana.say(room, "topics")
        await ana.wait_for_reply(room, sender=account.user_id)
    for _ in range(110):
        await ana.say(room, "topics")
    async with bots.at(synapse, account):
        await ana.wait_for_count(room, 111, sender=account.user_id, timeout=60)
        await ana.wait_quiet(room, seconds=1.0)
    assert len(answers(ana, room, account.user_id)) == 111
    assert not ana.inbox.undecryptable.get(room)


async def test_after_a_kill_every_message_has_one_answer(synapse: Synapse, people: People, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    bot = await bots.process(synapse, account)
    room, who = await class_of(people, synapse, account.user_id, 4)
    asked = [await who[0].say(room, "!topics")]
    await who[0].wait_for_reply(room, sender=account.user_id)
    for round_ in range(ROUNDS):
        sending = asyncio.create_task(ask_all(who, room, 20))
        await who[0].wait_for_count(room, len(asked) + 5 + round_, sender=account.user_id)
        await bot.end(signal.SIGKILL)
        asked += await sending
        await bot.start()
        await who[0].wait_for_count(room, len(asked), sender=account.user_id, timeout=60)
    await wait_all_answered(who[0], room, account.user_id, asked)


async def test_a_clean_stop_answers_what_was_heard(synapse: Synapse, people: People, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    bot = await bots.process(synapse, account)
    room, who = await class_of(people, synapse, account.user_id, 3)
    asked = await ask_all(who, room, 20)
    await who[0].wait_for_count(room, 3, sender=account.user_id)
    assert await bot.end(signal.SIGTERM) == 0
    await bot.start()
    await wait_all_answered(who[0], room, account.user_id, asked)
    assert "Traceback" not in bot.log.read_text()


async def test_before_the_first_start_nothing_is_answered(synapse: Synapse, people: People, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    ana, ben = await people.on(synapse, "ana"), await people.on(synapse, "ben")
    old = await ana.create_room(public=True)
    await synapse.request("POST", f"/_matrix/client/v3/join/{old}", {}, token=account.access_token)
    await ana.say(old, "!topics")
    invited = await ben.create_room(invite=[account.user_id], direct=True)
    await ben.say(invited, "topics")
    async with bots.at(synapse, account) as bot:
        await bot.wait_ready()
        await ben.wait_for_member(invited, account.user_id)
        asked = await ana.say(old, "!explain attribution")
        await ana.wait_for_reply(old, sender=account.user_id)
        await ben.say(invited, "explain attribution")
        assert "Attribution" in (await ben.wait_for_reply(invited, sender=account.user_id)).body
        await ben.wait_quiet(invited, seconds=0.5)
    assert len(answers(ana, old, account.user_id)) == len(answers(ben, invited, account.user_id)) == 1
    assert answers(ana, old, account.user_id) in ([asked], [None])


AWAY_SECONDS = 60.0 if ROUNDS > 3 else 10.0
"""How long the homeserver is away; `make soak` has the time for a minute."""


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_a_homeserver_that_is_away_is_waited_for(
    synapse: Synapse, people: People, bots: Bots, encrypted: bool
) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana", encrypted=encrypted)
    room = await room_with(ana, bot, direct=True, encrypted=encrypted)
    for number in range(8):
        await ana.say(room, f"explain attribution{' ' * number}")
    await synapse.restart(pause=AWAY_SECONDS if not encrypted else 1.0)
    await ana.say(room, "topics")
    await ana.wait_for_count(room, 9, sender=bot.user_id, timeout=60)
    await ana.wait_quiet(room, seconds=1.0)
    assert len(answers(ana, room, bot.user_id)) == 9
    assert not ana.inbox.undecryptable.get(room)


async def test_a_frozen_homeserver_is_waited_for(synapse: Synapse, people: People, bots: Bots) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana")
    room = await room_with(ana, bot, direct=True)
    asked = [await ana.say(room, f"explain attribution{' ' * number}") for number in range(3)]
    synapse.freeze()
    await asyncio.sleep(AWAY_SECONDS / 3)
    synapse.thaw()
    asked.append(await ana.say(room, "topics"))
    await ana.wait_for_count(room, len(asked), sender=bot.user_id, timeout=60)
    await ana.wait_quiet(room, seconds=1.0)
    assert len(answers(ana, room, bot.user_id)) == len(asked)


async def test_default_limits_slow_the_bot_down_and_lose_nothing(
    synapse_default: Synapse, people: People, bots: Bots
) -> None:
    bot = await bots.on(synapse_default)
    ana = await people.on(synapse_default, "ana")
    await synapse_default.override_ratelimit(ana.user_id)
    room = await room_with(ana, bot, public=True)
    ben = await people.on(synapse_default, "ben")
    await ben.join(room)
    asked = [await ana.say(room, "!topics") for _ in range(13)]
    started = time.monotonic()
    await ana.wait_for_count(room, 12, sender=bot.user_id, timeout=30)
    await synapse_default.override_ratelimit(bot.user_id)
    await wait_all_answered(ana, room, bot.user_id, asked, timeout=30)
    assert time.monotonic() - started > 5
