"""Speaking without being asked, on a real homeserver: posts, edits, whispers, receipts, lost and moved rooms."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.matrix.sender import RoomSender
from bot.model.ids import RoomId, UserId
from bot.model.reply import Paragraph, Reply
from bot.model.request import Request, Text
from bot.ports import CannotSend
from bot.ports.sending import NOTICE, QUESTION
from tests.servers.fixtures import People
from tests.servers.people import Person
from tests.servers.students import a_class
from tests.servers.synapse import Synapse

from .conftest import Bot, Bots, room_with, wait_for

pytestmark = pytest.mark.synapse

BOTH = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])


def say(text: str) -> Reply:
    return Reply((Paragraph(text, "en"),))


def room_id(room: str) -> RoomId:
    return RoomId("matrix", room)


def user_id(person: Person) -> UserId:
    return UserId("matrix", person.user_id)


async def sender_of(bot: Bot) -> RoomSender:
    async def look() -> Any:
        return bot.app.senders.get(f"matrix:{bot.user_id}")

    return await wait_for(look, "the sender", bot.task)


async def class_room(people: People, server: Synapse, bot: Bot, **options: Any) -> tuple[str, Person, Person]:
    """A room with the bot, Ana (who made it) and Ben."""
    encrypted = options.get("encrypted", False)
    ana = await people.on(server, "ana", encrypted=encrypted)
    ben = await people.on(server, "ben", encrypted=encrypted)
    room = await room_with(ana, bot, **options)
    await ana.invite(room, ben.user_id)
    await ben.join(room)
    await ben.wait_for_member(room, bot.user_id)

    async def known() -> bool:
        return (await (await sender_of(bot)).look(room_id(room))).members == 2

    await wait_for(known, "the bot to know both")
    return room, ana, ben


def heard(person: Person, room: str, bot: Bot) -> list[str]:
    return [m.body for m in person.messages(room) if m.sender == bot.user_id]


def record(bot: Bot, monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[RoomId, ...]]:
    """What the core is told, which is told on."""
    told: list[tuple[RoomId, ...]] = []
    tell = getattr(bot.app, name)

    async def listen(*rooms: RoomId) -> None:
        told.append(rooms)
        await tell(*rooms)

    monkeypatch.setattr(bot.app, name, listen)
    return told


@BOTH
async def test_the_same_key_is_posted_once_also_by_the_next_run(
    synapse: Synapse, people: People, bots: Bots, encrypted: bool
) -> None:
    account = await synapse.register_fresh("kompas")
    async with bots.at(synapse, account) as bot:
        await bot.wait_ready()
        room, ana, ben = await class_room(people, synapse, bot, encrypted=encrypted)
        sender = await sender_of(bot)
        long = "x" * 6000
        two_parts = Reply((Paragraph(long, "en"), Paragraph("the end", "en"), Paragraph(long, "en")))
        first = await asyncio.gather(*(sender.post(room_id(room), two_parts, "s.1.1", QUESTION) for _ in range(2)))
        for person in (ana, ben):
            got = await person.wait_for_count(room, 2, sender=account.user_id)
            assert (got[-1].event_id, got[-1].encrypted) == (first[0], encrypted)
            assert not person.inbox.undecryptable.get(room)
    async with bots.at(synapse, account) as bot:
        again = await (await sender_of(bot)).post(room_id(room), two_parts, "s.1.1", QUESTION)
        other = await (await sender_of(bot)).post(room_id(room), say("next"), "s.1.2", QUESTION)
        await ana.wait_for_reply(room, contains="next")
        assert (first, len(heard(ana, room, bot))) == ([again, again], 3)
        assert other != again


@BOTH
async def test_of_many_edits_the_last_one_is_shown(
    synapse: Synapse, people: People, bots: Bots, encrypted: bool
) -> None:
    bot = await bots.on(synapse)
    room, ana, _ = await class_room(people, synapse, bot, encrypted=encrypted)
    sender = await sender_of(bot)
    message = await sender.post(room_id(room), say("0 answers"), "s.1.1", QUESTION)
    for count in range(1, 9):
        await sender.edit(room_id(room), message, say(f"{count} answers"), NOTICE)
    await ana.wait_for_reply(room, contains="8 answers")
    await ana.wait_quiet(room, seconds=0.5)
    assert heard(ana, room, bot) == ["0 answers", "8 answers"]
    (shown,) = (m for m in ana.inbox.shown(room) if m.sender == bot.user_id)
    assert (shown.event_id, shown.body, shown.html) == (message, "8 answers", "<p>8 answers</p>")


@BOTH
async def test_a_whisper_goes_to_the_direct_chat_that_there_is(
    synapse: Synapse, people: People, bots: Bots, encrypted: bool
) -> None:
    bot = await bots.on(synapse)
    room, ana, ben = await class_room(people, synapse, bot, encrypted=encrypted)
    direct = await room_with(ben, bot, direct=True, encrypted=encrypted)
    sender = await sender_of(bot)

    async def known() -> bool:
        return (await sender.look(room_id(room))).unconnected == (ana.user_id[1:].partition(":")[0],)

    await wait_for(known, "the bot to know the chat")
    assert await sender.whisper(user_id(ben), say("only you"), "s.1.1.lost")
    assert (await ben.wait_for_reply(direct, contains="only you")).encrypted == encrypted
    assert not await sender.whisper(user_id(ana), say("only you"), "s.1.1.lost")
    await ben.leave(direct)

    async def gone() -> bool:
        return not await sender.whisper(user_id(ben), say("gone"), "s.1.2.lost")

    await wait_for(gone, "the chat to be over")
    assert heard(ana, room, bot) == []


async def test_a_room_is_described(synapse: Synapse, people: People, bots: Bots) -> None:
    bot = await bots.on(synapse)
    room, ana, ben = await class_room(people, synapse, bot)
    sender = await sender_of(bot)
    names = tuple(sorted(person.user_id[1:].partition(":")[0] for person in (ana, ben)))
    facts = await sender.look(room_id(room))
    assert (facts.may_write, facts.encrypted, facts.members, facts.event_seconds) == (True, False, 2, 0.0)
    assert facts.unconnected == names
    elsewhere = await sender.look(room_id("!elsewhere"))
    assert (elsewhere.may_write, elsewhere.members) == (False, None)


async def test_where_the_bot_may_not_write_it_says_so_and_is_still_there(
    synapse: Synapse, people: People, bots: Bots
) -> None:
    bot = await bots.on(synapse)
    room, ana, _ = await class_room(people, synapse, bot)
    sender = await sender_of(bot)
    levels = await ana.request("GET", f"/rooms/{room}/state/m.room.power_levels")
    await ana.set_state(room, "m.room.power_levels", levels | {"events_default": 50})
    with pytest.raises(CannotSend) as caught:
        await sender.post(room_id(room), say("may I?"), "s.1.1", QUESTION)
    assert not caught.value.gone

    async def noticed() -> bool:
        return not (await sender.look(room_id(room))).may_write

    await wait_for(noticed, "the new power levels")


@pytest.mark.parametrize("how", ["kick", "ban"])
async def test_a_bot_that_was_sent_away_tells_the_core_and_can_be_invited_again(
    synapse: Synapse, people: People, bots: Bots, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    bot = await bots.on(synapse)
    gone = record(bot, monkeypatch, "room_gone")
    room, ana, _ = await class_room(people, synapse, bot)
    sender = await sender_of(bot)
    await sender.post(room_id(room), say("first"), "s.1.1", QUESTION)
    await ana.request("POST", f"/rooms/{room}/{how}", {"user_id": bot.user_id})
    for key in ("s.1.2", "s.1.3"):  # before and after the sync says so
        with pytest.raises(CannotSend) as caught:
            await sender.post(room_id(room), say("second"), key, QUESTION)
        assert caught.value.gone

        async def told() -> bool:
            return gone == [(room_id(room),)]

        await wait_for(told, "the core to be told")
    if how == "ban":
        await ana.request("POST", f"/rooms/{room}/unban", {"user_id": bot.user_id})
    await ana.invite(room, bot.user_id)
    await ana.wait_for_member(room, bot.user_id)
    await ana.say(room, "!topics")
    await ana.wait_for_reply(room, sender=bot.user_id, contains="topics")


async def test_a_room_that_was_lost_while_the_bot_was_away_is_told_at_the_next_start(
    synapse: Synapse, people: People, bots: Bots, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await synapse.register_fresh("kompas")
    async with bots.at(synapse, account) as bot:
        await bot.wait_ready()
        room, ana, _ = await class_room(people, synapse, bot)
    await ana.request("POST", f"/rooms/{room}/kick", {"user_id": account.user_id})
    async with bots.at(synapse, account) as bot:
        gone = record(bot, monkeypatch, "room_gone")

        async def told() -> bool:
            return gone == [(room_id(room),)]

        await wait_for(told, "the core to be told")


async def test_what_is_posted_to_a_replaced_room_comes_to_its_replacement(
    synapse: Synapse, people: People, bots: Bots, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await bots.on(synapse)
    moved = record(bot, monkeypatch, "room_moved")
    old, ana, _ = await class_room(people, synapse, bot, public=True, room_version="11")
    sender = await sender_of(bot)
    shown = await sender.post(room_id(old), say("question 1"), "s.1.1", QUESTION)
    new = await ana.upgrade_room(old, "12")
    await sender.post(room_id(old), say("question 2"), "s.1.2", QUESTION)
    await ana.wait_for_reply(new, contains="question 2")
    await sender.edit(room_id(old), shown, say("too late"), NOTICE)

    async def told() -> bool:
        return moved[:1] == [(room_id(old), room_id(new))]

    await wait_for(told, "the core to be told")
    assert (await sender.look(room_id(old))).may_write


async def test_a_post_waits_for_the_invitation_into_the_replacement(
    synapse: Synapse, people: People, bots: Bots
) -> None:
    bot = await bots.on(synapse)
    old, ana, _ = await class_room(people, synapse, bot, room_version="11")
    sender = await sender_of(bot)
    new = await ana.upgrade_room(old, "12")
    posting = asyncio.create_task(sender.post(room_id(old), say("question"), "s.1.1", QUESTION))
    await asyncio.sleep(1.0)
    assert not posting.done()
    await ana.invite(new, bot.user_id)
    await posting
    await ana.wait_for_reply(new, contains="question")


async def test_a_post_waits_for_the_homeserver(synapse: Synapse, people: People, bots: Bots) -> None:
    bot = await bots.on(synapse)
    room, ana, _ = await class_room(people, synapse, bot)
    sender = await sender_of(bot)
    await synapse.stop()
    posting = asyncio.create_task(sender.post(room_id(room), say("question"), "s.1.1", QUESTION))
    await asyncio.sleep(0.5)
    await synapse.start()
    message = await asyncio.wait_for(posting, 30)
    assert (await ana.wait_for_reply(room, contains="question")).event_id == message


async def test_an_account_that_ends_lets_go_of_who_waits(synapse: Synapse, bots: Bots, people: People) -> None:
    account = await synapse.register_fresh("kompas")
    async with bots.at(synapse, account) as bot:
        bot.may_fail = True
        await bot.wait_ready()
        room, *_ = await class_room(people, synapse, bot)
        sender = await sender_of(bot)
        await synapse.request("POST", "/_matrix/client/v3/logout/all", {}, token=account.access_token)
        with pytest.raises(Exception, match=r"closed|M_UNKNOWN_TOKEN"):
            await asyncio.wait_for(sender.post(room_id(room), say("question"), "s.1.1", QUESTION), 15)

        async def gone() -> bool:
            return bot.app.senders.get(sender.account) is None

        await wait_for(gone, "the account to be disconnected")


async def test_what_was_taken_without_a_word_gets_a_receipt_in_a_direct_chat_only(
    synapse: Synapse, people: People, bots: Bots, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await bots.on(synapse)
    requests: list[Request] = []
    handle = bot.app.handle

    async def take(request: Request) -> Reply | None:
        requests.append(request)
        if isinstance(request.said, Text) and request.said.text == "2":
            return Reply((), private=True)
        return await handle(request)

    monkeypatch.setattr(bot.app, "handle", take)
    async with a_class(synapse, 2) as (ana, ben):
        body = {"preset": "public_chat", "invite": [bot.user_id]}
        room = (await ana.request("POST", "/createRoom", body))["room_id"]
        await ben.join(room)
        await ana.wait_for_member(room, bot.user_id)
        direct = await ana.open_direct(bot.user_id)
        await ana.wait_for_member(direct, bot.user_id)
        await ben.say(room, "2")
        await ana.say(direct, "topics")
        await ana.wait_for(direct, sender=bot.user_id)
        assert not await ana.seen_by(direct, bot.user_id)
        answer = await ana.say(direct, "2")

        async def seen() -> bool:
            return await ana.seen_by(direct, bot.user_id) == answer

        await wait_for(seen, "the receipt")
        assert not await ana.seen_by(room, bot.user_id)
        await ana.read(direct)
        assert len(ana.heard(direct)) == 3
        mine = [request for request in requests if request.room == room_id(direct)]
        assert mine[-1].account == f"matrix:{bot.user_id}"
        assert mine[-1].name == ana.user_id[1:].partition(":")[0]
        assert mine[-1].shared_rooms == (room_id(room),)
        assert [request.shared_rooms for request in requests if request.room == room_id(room)] == [()]
