"""Encrypted chats with a client that sends nothing to, and reads nothing from, a device that is not cross-signed."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from adapters.matrix.files import folder_of
from adapters.matrix.session import SESSION
from tests.matrix.conftest import BotProcess, Bots, wait_for
from tests.servers.synapse import Account, Synapse

from .person import StrictPerson

pytestmark = pytest.mark.synapse

QUESTIONS = 30


async def ask(strict: StrictPerson, room: str, bot: str, count: int) -> None:
    """Each question has its answer, which can be read and bears no shield."""
    before = len(strict.heard(room, bot))
    for number in range(count):
        await strict.say(room, f"What is attribution?{' ' * number}")
    await strict.wait_for(lambda: len(strict.heard(room, bot)) >= before + count, f"{count} answers")
    answers = strict.heard(room, bot)[before:]
    assert [one["failure"] for one in answers] == [""] * count
    assert [one["shield"] for one in answers] == [0] * count
    assert all(one["encrypted"] and "Attribution" in one["body"] for one in answers)


def device(bot: BotProcess) -> str:
    """The device that the bot goes on with at its next start."""
    folder = folder_of(bot.folder / "data", bot.user_id)
    return str(json.loads((folder / SESSION).read_text())["device_id"])


async def account_devices(server: Synapse, account: Account) -> set[str]:
    answer = await server.request("GET", "/_matrix/client/v3/devices", token=account.access_token)
    return {one["device_id"] for one in answer["devices"]} - {account.device_id}


async def open_chat(strict: StrictPerson, bot: BotProcess) -> str:
    """An encrypted direct chat with the bot, whose device is signed by then."""

    async def signed() -> bool:
        return "device signed" in bot.log.read_text()

    await wait_for(signed, "the device to be signed")
    return await strict.open_direct(bot.user_id)


async def test_thirty_of_thirty_are_answered_also_after_a_kill(
    synapse: Synapse, bots: Bots, strict: StrictPerson
) -> None:
    account = await synapse.register_fresh("kompas")
    bot = await bots.process(synapse, account)
    room = await open_chat(strict, bot)
    await ask(strict, room, bot.user_id, QUESTIONS)
    used = device(bot)
    await bot.end(signal.SIGKILL)
    await strict.say(room, "What is attribution?")  # while nobody is there
    await bot.start()
    await strict.wait_for(lambda: len(strict.heard(room, bot.user_id)) == QUESTIONS + 1, "the answer after the kill")
    await ask(strict, room, bot.user_id, QUESTIONS)
    assert device(bot) == used
    assert (await strict.devices(bot.user_id))[used]


async def test_a_lost_key_store_makes_a_new_signed_device_and_the_old_one_goes(
    synapse: Synapse, bots: Bots, strict: StrictPerson
) -> None:
    account = await synapse.register_fresh("kompas")
    bot = await bots.process(synapse, account)
    room = await open_chat(strict, bot)
    await ask(strict, room, bot.user_id, 3)
    old = device(bot)
    await bot.end(signal.SIGKILL)
    for file in (Path(bot.folder) / "data").rglob(f"*{old}.db*"):
        file.unlink()
    bot.log.write_text("")
    await bot.start()

    async def signed() -> bool:
        return "device signed" in bot.log.read_text()

    await wait_for(signed, "the new device to be signed")
    new = device(bot)
    assert new != old
    assert await account_devices(synapse, account) == {new}
    await ask(strict, room, bot.user_id, QUESTIONS)
    assert (await strict.devices(bot.user_id))[new]


async def test_a_quiz_is_played_in_an_encrypted_direct_chat(synapse: Synapse, bots: Bots, strict: StrictPerson) -> None:
    bot = await bots.process(synapse, await synapse.register_fresh("kompas"))
    room = await open_chat(strict, bot)
    await strict.say(room, "language en")
    await strict.wait_for(lambda: strict.heard(room, bot.user_id), "the language")
    await strict.say(room, "quiz start questions:2 seconds:60 pace:manual difficulty:1")

    def said(words: str):
        return lambda: [one for one in strict.heard(room, bot.user_id) if words in one["body"]]

    for number in (1, 2):
        await strict.wait_for(said(f"Question {number} of"), f"question {number}")
        await strict.say(room, "1")
        await strict.wait_for(said(f"Question {number}: the answer"), f"the answer of question {number}")
        await strict.say(room, "quiz next")
    await strict.say(room, "privacy export")
    (file,) = await strict.wait_for(
        lambda: [one for one in strict.heard(room, bot.user_id) if one["content"]["msgtype"] == "m.file"], "the file"
    )
    assert ("file" in file["content"], "url" in file["content"]) == (True, False)
    answers = strict.heard(room, bot.user_id)
    assert all(one["encrypted"] and not one["failure"] and one["shield"] == 0 for one in answers)
