"""People talk to the bot in rooms and direct chats of a real homeserver."""

from __future__ import annotations

import pytest

from ..servers.fixtures import People
from ..servers.synapse import Synapse
from .conftest import Bots, room_with

pytestmark = pytest.mark.synapse


async def test_a_command_in_a_room_is_answered_with_a_reply(synapse: Synapse, people: People, bots: Bots) -> None:
    bot, ana, ben = await bots.on(synapse), await people.on(synapse, "ana"), await people.on(synapse, "ben")
    room = await room_with(ana, bot)
    await ana.invite(room, ben.user_id)
    await ben.join(room)
    asked = await ana.say(room, "!explain attribution")
    answer = await ana.wait_for_reply(room, sender=bot.user_id)
    assert (answer.reply_to, answer.msgtype, answer.thread) == (asked, "m.notice", None)
    assert "<h4>" in answer.html


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_in_a_direct_chat_a_question_needs_no_prefix(synapse: Synapse, people: People, bots: Bots, encrypted: bool) -> None:
    bot, ana = await bots.on(synapse), await people.on(synapse, "ana", encrypted=encrypted)
    room = await room_with(ana, bot, direct=True, encrypted=encrypted)
    await ana.say(room, "What is attribution?")
    answer = await ana.wait_for_reply(room, sender=bot.user_id)
    assert (answer.encrypted, answer.reply_to) == (encrypted, None)
    assert "ttribution" in answer.body
