"""A class on a homeserver that nobody tuned: Synapse's own limits on messages and on entering rooms."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from adapters.matrix.sender import RoomSender
from bot.ports.sending import COPY, NOTICE, QUESTION
from tests.servers.fixtures import People, start_or_skip
from tests.servers.students import Student, a_class
from tests.servers.synapse import Synapse

from .conftest import Bots, room_with, wait_for
from .test_sender import class_room, heard, room_id, say, sender_of, user_id

pytestmark = [pytest.mark.synapse, pytest.mark.soak]

LONG = "KOMPAS_TEST_ROUNDS" in os.environ
"""`make soak` waits as long as Synapse's own limit on joins makes it (30 invitations take 200 s)."""
JOINS = {} if LONG else {"rc_joins": {"local": {"per_second": 1, "burst_count": 10}}}

FREE_MESSAGES = {"rc_message": {"per_second": 1000, "burst_count": 1000}}
"""A limit lifted for the account alone would lift that of joins too."""


async def post_until_limited(sender: RoomSender, room: str) -> list[str]:
    """Posts `0`, `1`, … until the account is held back; the message ids. (Entering a room counts as a message.)"""
    messages: list[str] = []
    while not (await sender.look(room_id(room))).event_seconds:
        number = len(messages)
        messages.append(await sender.post(room_id(room), say(f"{number}"), f"s.1.{number}", QUESTION))
    return messages


async def test_a_question_overtakes_the_replies_that_wait(synapse_default: Synapse, people: People, bots: Bots) -> None:
    bot = await bots.on(synapse_default)
    room, ana, ben = await class_room(people, synapse_default, bot)
    sender = await sender_of(bot)
    for person in (ana, ben):
        await synapse_default.override_ratelimit(person.user_id)
    await asyncio.gather(*(person.say(room, "!topics") for person in (ana, ben) for _ in range(6)))
    await ana.wait_for_count(room, 10, sender=bot.user_id, timeout=30)
    assert 3.5 <= (await sender.look(room_id(room))).event_seconds <= 7
    started = time.monotonic()
    await sender.post(room_id(room), say("question 1"), "s.1.1", QUESTION)
    waited = time.monotonic() - started
    await ana.wait_for_reply(room, contains="question 1")
    assert len(heard(ana, room, bot)) <= 12
    assert waited < 8
    await ana.wait_for_count(room, 13, sender=bot.user_id, timeout=60)


async def test_a_limited_account_leaves_out_edits_and_copies(
    synapse_default: Synapse, people: People, bots: Bots
) -> None:
    bot = await bots.on(synapse_default)
    room, ana, ben = await class_room(people, synapse_default, bot)
    direct = await room_with(ben, bot, direct=True)
    sender = await sender_of(bot)
    messages = await post_until_limited(sender, room)
    assert not await sender.whisper(user_id(ben), say("a copy"), "s.1.1.copy")
    for message in messages:
        await sender.edit(room_id(room), message, say("edited"), COPY)
    await asyncio.sleep(3.0)
    assert await sender.whisper(user_id(ben), say("important"), "s.1.1.lost")
    await ben.wait_for_reply(direct, contains="important")
    assert heard(ana, room, bot) == [f"{n}" for n in range(len(messages))]
    assert heard(ben, direct, bot) == ["important"]


async def test_receipts_do_not_wait_for_the_limit_of_messages(
    synapse_default: Synapse, people: People, bots: Bots, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await bots.on(synapse_default)
    room, *_ = await class_room(people, synapse_default, bot)
    sender = await sender_of(bot)
    handle = bot.app.handle

    async def take(request: Any) -> Any:
        return type(say(""))((), private=True) if request.private else await handle(request)

    monkeypatch.setattr(bot.app, "handle", take)
    async with a_class(synapse_default, 8) as students:
        chats = await asyncio.gather(*(one.open_direct(bot.user_id) for one in students))
        await asyncio.gather(
            *(one.wait_for_member(chat, bot.user_id) for one, chat in zip(students, chats, strict=True))
        )
        await post_until_limited(sender, room)
        posting = [asyncio.create_task(sender.post(room_id(room), say("more"), f"s.1.{n}", NOTICE)) for n in (21, 22)]
        started = time.monotonic()
        answers = await asyncio.gather(*(one.say(chat, "2") for one, chat in zip(students, chats, strict=True)))

        async def all_seen() -> bool:
            seen = [await one.seen_by(chat, bot.user_id) for one, chat in zip(students, chats, strict=True)]
            return seen == list(answers)

        await wait_for(all_seen, "the receipts")
        assert time.monotonic() - started < 4
        assert not all(task.done() for task in posting)
        for task in posting:
            task.cancel()


async def test_thirty_direct_chats_opened_at_once_are_all_entered_over_a_kill_too(
    tmp_path: Path, people: People, bots: Bots
) -> None:
    server = Synapse(tmp_path / "synapse", limits="default", **FREE_MESSAGES, **JOINS)
    start_or_skip(server.start_blocking)
    try:
        account = await server.register_fresh("kompas")
        async with bots.at(server, account) as bot:
            await bot.wait_ready()
        async with a_class(server, 27) as students:
            secretive = [await people.on(server, "ana", encrypted=True) for _ in range(3)]
            process = await bots.process(server, account)

            async def opened(student: Student) -> str:
                return await student.open_direct(account.user_id)

            chats = await asyncio.gather(*(opened(student) for student in students))
            hidden = [await one.create_room(invite=[account.user_id], direct=True, encrypted=True) for one in secretive]
            everywhere = {*chats, *hidden}

            async def entered() -> set[str]:
                rooms = await server.request("GET", "/_matrix/client/v3/joined_rooms", token=account.access_token)
                return everywhere & set(rooms["joined_rooms"])

            async def some() -> bool:
                return len(await entered()) >= 10

            await wait_for(some, "the first rooms", timeout=30)
            await process.end(9)
            assert len(await entered()) < 30
            asked = [await student.say(chat, "topics") for student, chat in zip(students, chats, strict=True)]
            await process.start()

            async def all_entered() -> bool:
                return await entered() == everywhere

            await wait_for(all_entered, "all rooms", timeout=300 if LONG else 60)
            for one, chat in zip(secretive, hidden, strict=True):
                await one.wait_for_member(chat, account.user_id)
                await one.say(chat, "topics")
                await one.wait_for_reply(chat, sender=account.user_id, contains="topics")
            for student, chat in zip(students, chats, strict=True):
                await student.wait_for(chat, sender=account.user_id, contains="topics", timeout=30)
            assert len(asked) == 27
    finally:
        server.stop_blocking()
