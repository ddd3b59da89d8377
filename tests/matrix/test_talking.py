"""People talk to the bot in rooms and direct chats of a real homeserver."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import aiohttp
import nio
import pytest
from nio.crypto.attachments import decrypt_attachment

from adapters.matrix import unread
from bot.model.ids import RoomId, UserId
from tests.servers.fixtures import People
from tests.servers.people import EncryptedPerson, MatrixError, Person
from tests.servers.synapse import Synapse

from .conftest import Bot, Bots, room_with, wait_for

pytestmark = pytest.mark.synapse


async def class_room(bot: Bot, head: Person, *others: Person, **options) -> str:
    """A room with the bot and several people."""
    room = await room_with(head, bot, **options)
    for person in others:
        await head.invite(room, person.user_id)
        await person.join(room)
    for person in others:
        await person.wait_for_member(room, bot.user_id)
    return room


async def test_a_command_in_a_room_is_answered_with_a_reply(synapse: Synapse, people: People, bots: Bots) -> None:
    bot, ana, ben = await bots.on(synapse), await people.on(synapse, "ana"), await people.on(synapse, "ben")
    room = await class_room(bot, ana, ben)
    asked = await ben.say(room, "!explain attribution")
    answer = await ana.wait_for_reply(room, sender=bot.user_id)
    assert (answer.reply_to, answer.msgtype, answer.thread) == (asked, "m.notice", None)
    assert answer.html.startswith("<h3>Attribution</h3>")
    assert answer.body.startswith("Attribution\n\n")


async def test_a_mention_and_a_reply_are_answered_and_the_rest_of_the_talk_is_not(
    synapse: Synapse, people: People, bots: Bots
) -> None:
    bot, ana, ben = await bots.on(synapse), await people.on(synapse, "ana"), await people.on(synapse, "ben")
    room = await class_room(bot, ana, ben)
    first = await ana.say(room, "What is attribution?")
    await ben.reply(room, first, "I do not know")
    await ben.notice(room, "!topics")
    mentioned = await ben.mention(room, bot.user_id, "What is attribution?")
    answer = await ana.wait_for_reply(room, sender=bot.user_id)
    assert (answer.reply_to, "Attribution" in answer.body) == (mentioned, True)
    replied = await ana.reply(room, answer.event_id, "topics")
    second = await ana.wait_for_reply(room, sender=bot.user_id)
    assert second.reply_to == replied
    await ben.edit(room, mentioned, "!topics")
    await ana.wait_quiet(room, seconds=0.7)
    assert [m.reply_to for m in ana.messages(room) if m.sender == bot.user_id] == [mentioned, replied]


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_in_a_direct_chat_a_question_needs_no_prefix(
    synapse: Synapse, people: People, bots: Bots, encrypted: bool
) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana", encrypted=encrypted)
    room = await room_with(ana, bot, direct=True, encrypted=encrypted)
    for _ in range(3):
        await ana.say(room, "What is attribution?")
    for _ in range(3):
        answer = await ana.wait_for_reply(room, sender=bot.user_id)
        assert (answer.encrypted, answer.reply_to) == (encrypted, None)
        assert "Attribution" in answer.body
    direct = await synapse.request(
        "GET", f"/_matrix/client/v3/user/{bot.user_id}/account_data/m.direct", token=bot.account.access_token
    )
    assert direct == {ana.user_id: [room]}


async def test_what_was_said_before_the_bot_came_in_is_answered_from_the_invitation_on(
    synapse: Synapse, people: People, bots: Bots
) -> None:
    bot, ana, ben = await bots.on(synapse), await people.on(synapse, "ana"), await people.on(synapse, "ben")
    room = await ana.create_room(public=True)
    await ben.join(room)
    await ana.say(room, "!topics")
    await ana.invite(room, bot.user_id)
    asked = await ana.say(room, "!explain attribution")
    assert (await ana.wait_for_reply(room, sender=bot.user_id)).reply_to == asked
    await ana.wait_quiet(room, seconds=0.7)
    assert len([m for m in ana.messages(room) if m.sender == bot.user_id]) == 1


async def test_a_choice_is_made_by_its_number(synapse: Synapse, people: People, bots: Bots) -> None:
    bot, ana, ben = await bots.on(synapse), await people.on(synapse, "ana"), await people.on(synapse, "ben")
    room = await class_room(bot, ana, ben)
    await ana.say(room, "!explain attribution")
    shown = await ana.wait_for_reply(room, sender=bot.user_id)
    number = next(line.partition(".")[0] for line in shown.body.splitlines() if line.endswith(". Sources"))
    await ben.say(room, number)  # nothing was shown to Ben
    pressed = await ana.say(room, number)
    sources = await ana.wait_for_reply(room, sender=bot.user_id)
    assert sources.reply_to == pressed
    assert "https://" in sources.body
    await ana.wait_quiet(room, seconds=0.7)
    assert len([m for m in ana.messages(room) if m.sender == bot.user_id]) == 2


async def test_the_answer_stays_in_the_thread(synapse: Synapse, people: People, bots: Bots) -> None:
    bot, ana, ben = await bots.on(synapse), await people.on(synapse, "ana"), await people.on(synapse, "ben")
    room = await class_room(bot, ana, ben)
    root = await ana.say(room, "let us talk about it here")
    asked = await ben.reply_in_thread(room, root, "!topics")
    answer = await ana.wait_for_reply(room, sender=bot.user_id)
    assert (answer.thread, answer.reply_to) == (root, asked)
    direct = await room_with(ana, bot, direct=True)
    root = await ana.say(direct, "topics")
    await ana.wait_for_reply(direct, sender=bot.user_id)
    await ana.reply_in_thread(direct, root, "help")
    assert (await ana.wait_for_reply(direct, sender=bot.user_id)).thread == root


async def test_an_answer_for_one_person_is_given_in_the_direct_chat_only(
    synapse: Synapse, people: People, bots: Bots
) -> None:
    bot, ana, ben = await bots.on(synapse), await people.on(synapse, "ana"), await people.on(synapse, "ben")
    room = await class_room(bot, ana, ben)
    await ana.say(room, "!privacy show")
    assert f"https://matrix.to/#/{bot.user_id}" in (await ana.wait_for_reply(room, sender=bot.user_id)).body


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_a_document_comes_as_a_file(synapse: Synapse, people: People, bots: Bots, encrypted: bool) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana", encrypted=encrypted)
    room = await room_with(ana, bot, direct=True, encrypted=encrypted)
    await ana.say(room, "language en")
    await ana.wait_for_reply(room, sender=bot.user_id)
    await ana.say(room, "privacy export")

    async def look():
        return next((m for m in ana.messages(room) if m.msgtype == "m.file"), None)

    file = await wait_for(look, "the file")
    assert ("file" in file.content, "url" in file.content) == (encrypted, not encrypted)
    where = file.content["file"]["url"] if encrypted else file.content["url"]
    address = f"{synapse.url}/_matrix/client/v1/media/download/{where.removeprefix('mxc://')}"
    headers = {"Authorization": f"Bearer {ana.account.access_token}"}
    async with aiohttp.ClientSession() as http, http.get(address, headers=headers) as response:
        data = await response.read()
    if encrypted:
        assert b"people" not in data
        keys = file.content["file"]
        data = decrypt_attachment(data, keys["key"]["k"], keys["hashes"]["sha256"], keys["iv"])
    assert json.loads(data)["people"][0]["language"] == "en"


@pytest.mark.parametrize("version", ["10", "12"])
async def test_rights_follow_power_and_creation(synapse: Synapse, people: People, bots: Bots, version: str) -> None:
    bot, ana, ben = await bots.on(synapse), await people.on(synapse, "ana"), await people.on(synapse, "ben")
    room = await class_room(bot, ana, ben, room_version=version)
    await ben.say(room, "!class language sq")
    assert "teachers" in (await ana.wait_for_reply(room, sender=bot.user_id)).body
    await ana.say(room, "!class language sq mk")
    assert "shqip" in (await ana.wait_for_reply(room, sender=bot.user_id)).body
    path = f"/rooms/{room}/state/m.room.power_levels"
    levels = await ana.request("GET", path)
    await ana.request("PUT", path, levels | {"users": levels.get("users", {}) | {ben.user_id: 50}})
    await ben.say(room, "!class language en")
    assert "English" in (await ana.wait_for_reply(room, sender=bot.user_id)).body


async def test_the_bot_moves_with_a_room_and_takes_its_settings_along(
    synapse: Synapse, people: People, bots: Bots
) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana")
    old = await room_with(ana, bot, public=True, room_version="11")
    await bot.store.set_room(RoomId("matrix", old), languages=("sq",))
    new = await ana.upgrade_room(old, "12")
    await ana.wait_for_member(new, bot.user_id)
    who = UserId("matrix", ana.user_id)

    async def moved() -> bool:
        return (await bot.store.place(RoomId("matrix", new), None, who)).languages == ("sq",)

    await wait_for(moved, "the settings in the new room")
    await ana.say(new, "!topics")
    await ana.wait_for_reply(new, sender=bot.user_id)


async def test_the_bot_follows_into_a_room_that_only_invites(synapse: Synapse, people: People, bots: Bots) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana")
    old = await room_with(ana, bot, room_version="11")
    await bot.store.set_room(RoomId("matrix", old), languages=("mk",))
    new = await ana.upgrade_room(old, "12")
    await ana.invite(new, bot.user_id)
    who = UserId("matrix", ana.user_id)

    async def moved() -> bool:
        return (await bot.store.place(RoomId("matrix", new), None, who)).languages == ("mk",)

    await wait_for(moved, "the settings in the new room")


async def test_the_bot_leaves_a_room_without_people(synapse: Synapse, people: People, bots: Bots) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana")
    room = await room_with(ana, bot)
    await ana.leave(room)

    async def left() -> bool:
        rooms = await synapse.request("GET", "/_matrix/client/v3/joined_rooms", token=bot.account.access_token)
        return room not in rooms["joined_rooms"]

    await wait_for(left, "the bot to leave")


async def test_strange_events_stop_nothing(synapse: Synapse, people: People, bots: Bots) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana", encrypted=True)
    for encrypted in (False, True):
        room = await room_with(ana, bot, direct=True, encrypted=encrypted)
        for content in (
            {},
            {"msgtype": "m.text"},
            {"msgtype": "m.text", "body": 7},
            {"msgtype": ["x"], "body": "x"},
            {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": 3, "m.in_reply_to": {"event_id": 4}}},
            {"msgtype": "m.image", "body": "x"},
        ):
            with suppress(MatrixError):  # the homeserver refuses some of them where it can read them
                await ana.send(room, "m.room.message", content)
        await ana.send(room, "org.example.strange", {"a": [1, None]})
        if encrypted:  # what is in an encrypted event is no state
            await ana.send(room, "m.room.member", {"membership": "leave"})
            await ana.send(room, "m.room.power_levels", {"users": []})
        await ana.say(room, "What is attribution?")
        answer = await ana.wait_for_reply(room, sender=bot.user_id, contains="Attribution")
        assert answer.encrypted == encrypted


class HeldKeys:
    """Keys that a person's client believes to have sent."""

    def __init__(self, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._held: list[tuple[Any, ...]] = []
        self._send = person._nio._send
        monkeypatch.setattr(person._nio, "_send", self._hold)

    async def _hold(self, kind: Any, method: str, path: str, *rest: Any, **named: Any) -> Any:
        if "sendToDevice" not in path:
            return await self._send(kind, method, path, *rest, **named)
        self._held.append((kind, method, path, *rest))
        return nio.ShareGroupSessionResponse(*named["response_data"])

    async def let_go(self, room: str) -> None:
        """Send them after all."""
        assert self._held
        for kind, method, path, *rest in self._held:
            await self._send(kind, method, path, *rest, response_data=(room, set()))


async def test_what_was_encrypted_is_answered_when_its_key_comes_later(
    synapse: Synapse, people: People, bots: Bots, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana", encrypted=True)
    room = await room_with(ana, bot, direct=True, encrypted=True)
    keys = HeldKeys(ana, monkeypatch)
    await ana.wait_for_member(room, bot.user_id)
    await ana.say(room, "What is attribution?")
    await ana.wait_quiet(room, seconds=0.7)
    assert not [m for m in ana.messages(room) if m.sender == bot.user_id]
    await keys.let_go(room)
    assert "Attribution" in (await ana.wait_for_reply(room, sender=bot.user_id)).body


async def test_a_key_that_does_not_come_is_said_once_and_its_message_answered_also_in_the_next_run(
    synapse: Synapse, people: People, bots: Bots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread, "PATIENCE_SECONDS", 1.0)
    account = await synapse.register_fresh("kompas")
    ana = await people.on(synapse, "ana", encrypted=True)
    async with bots.at(synapse, account) as bot:
        await bot.wait_ready()
        room = await room_with(ana, bot, direct=True, encrypted=True)
        keys = HeldKeys(ana, monkeypatch)
        await ana.wait_for_member(room, bot.user_id)
        asked = await ana.say(room, "What is attribution?")
        await ana.say(room, "What is due diligence?")
        told = await ana.wait_for_reply(room, sender=bot.user_id)
        assert (told.reply_to, "send it again" in told.body) == (asked, True)
        await ana.wait_quiet(room, seconds=2.0)
    assert len([m for m in ana.messages(room) if m.sender == account.user_id]) == 1
    await keys.let_go(room)  # while nobody is there
    async with bots.at(synapse, account) as bot:
        for topic in ("Attribution", "Due diligence"):
            await ana.wait_for_reply(room, sender=account.user_id, contains=topic)
        await ana.wait_quiet(room, seconds=2.0)
    assert len([m for m in ana.messages(room) if m.sender == account.user_id]) == 3


async def test_in_an_encrypted_class_everybody_can_read_also_with_a_new_device(
    synapse: Synapse, people: People, bots: Bots
) -> None:
    bot = await bots.on(synapse)
    ana = await people.on(synapse, "ana", encrypted=True)
    ben = await people.on(synapse, "ben", encrypted=True)
    room = await class_room(bot, ana, ben, encrypted=True)
    await ana.wait_for_member(room, ben.user_id)
    await ana.say(room, "!explain attribution")
    for person in (ana, ben):
        assert (await person.wait_for_reply(room, sender=bot.user_id)).encrypted
    name = ben.user_id[1:].partition(":")[0]
    async with await EncryptedPerson.login(synapse, name, ben.account.password) as again:
        await again.wait_for_member(room, bot.user_id)
        await ana.wait_quiet(room, seconds=0.5)
        asked = await ana.say(room, "!topics")
        assert (await again.wait_for_reply(room, sender=bot.user_id, reply_to=asked)).encrypted


async def test_in_a_public_room_nobody_is_ever_alone(synapse: Synapse, people: People, bots: Bots) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana")
    room = await room_with(ana, bot, public=True)
    await ana.say(room, "privacy show")
    assert "https://matrix.to/" in (await ana.wait_for_reply(room, sender=bot.user_id)).body
