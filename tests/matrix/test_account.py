"""The bot's own account: logging in, staying the same device, being vouched for, being turned away."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import time
from pathlib import Path

import pytest

from adapters.matrix.cross_signing import FILE as SEEDS
from adapters.matrix.files import account_folder
from adapters.matrix.session import PICKLE_KEY, SESSION
from bot.errors import PlatformRefused
from tests.servers.fixtures import People
from tests.servers.process import free_port
from tests.servers.synapse import Account, Synapse

from .conftest import Bot, Bots, room_with, wait_for

pytestmark = pytest.mark.synapse


async def devices(server: Synapse, account: Account) -> set[str]:
    answer = await server.request("GET", "/_matrix/client/v3/devices", token=account.access_token)
    return {device["device_id"] for device in answer["devices"]} - {account.device_id}


async def wait_signed(server: Synapse, account: Account, device: str) -> None:
    """Until others see that the account's self-signing key has signed the device."""

    async def look() -> bool:
        answer = await server.request(
            "POST", "/_matrix/client/v3/keys/query", {"device_keys": {account.user_id: []}}, token=account.access_token
        )
        keys = answer.get("self_signing_keys", {}).get(account.user_id, {}).get("keys", {})
        signed = (
            answer["device_keys"]
            .get(account.user_id, {})
            .get(device, {})
            .get("signatures", {})
            .get(account.user_id, {})
        )
        return bool(keys) and set(keys) <= set(signed)

    await wait_for(look, "the device to be signed")


def session(folder: Path, account: Account) -> dict[str, str]:
    return json.loads((account_folder(folder, account.user_id) / SESSION).read_text())


async def test_the_device_stays_the_same_and_is_signed(synapse: Synapse, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    for _ in range(2):
        async with bots.at(synapse, account) as bot:
            await bot.wait_ready()
            (device,) = await devices(synapse, account)
            await wait_signed(synapse, account, device)
    assert session(bot.folder, account)["device_id"] == device
    folder = account_folder(bot.folder, account.user_id)
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in (SESSION, SEEDS, PICKLE_KEY):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


async def test_when_the_key_store_is_lost_a_new_device_is_made_and_signed_with_the_same_keys(
    synapse: Synapse, people: People, bots: Bots
) -> None:
    account = await synapse.register_fresh("kompas")
    ana = await people.on(synapse, "ana", encrypted=True)
    async with bots.at(synapse, account) as bot:
        await bot.wait_ready()
        room = await room_with(ana, bot, direct=True, encrypted=True)
        await wait_signed(synapse, account, session(bot.folder, account)["device_id"])
    folder = account_folder(bot.folder, account.user_id)
    seeds = (folder / SEEDS).read_text()
    old = session(bot.folder, account)["device_id"]
    (folder / f"{account.user_id}_{old}.db").unlink()
    async with bots.at(synapse, account) as bot:

        async def changed() -> str:
            return session(bot.folder, account)["device_id"].replace(old, "")

        new = await wait_for(changed, "a new device")
        await wait_signed(synapse, account, new)
        assert (folder / SEEDS).read_text() == seeds
        assert await devices(synapse, account) == {new}
        await asyncio.sleep(0.3)
        await ana.say(room, "What is attribution?")
        assert (await ana.wait_for_reply(room, sender=account.user_id)).encrypted


async def test_lost_seeds_are_replaced_with_the_password(synapse: Synapse, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    async with bots.at(synapse, account) as bot:
        await wait_for(lambda: devices(synapse, account), "the device")
        (device,) = await devices(synapse, account)
        await wait_signed(synapse, account, device)
    folder = account_folder(bot.folder, account.user_id)
    old = (folder / SEEDS).read_text()
    shutil.rmtree(folder)
    async with bots.at(synapse, account) as bot:

        async def another() -> set[str]:
            return await devices(synapse, account) - {device}

        (new,) = await wait_for(another, "another device")
        await wait_signed(synapse, account, new)
    assert (folder / SEEDS).read_text() != old


async def test_a_given_token_is_used_with_its_device(synapse: Synapse, people: People, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    ana = await people.on(synapse, "ana")
    async with bots.at(synapse, account, access_token=account.access_token, device_id=account.device_id) as bot:
        await bot.wait_ready()
        room = await room_with(ana, bot)
        await ana.say(room, "!topics")
        await ana.wait_for_reply(room, sender=account.user_id)
        await wait_signed(synapse, account, account.device_id)
    assert not (account_folder(bot.folder, account.user_id) / SESSION).exists()


async def refusal(bot: Bot) -> PlatformRefused:
    bot.may_fail = True
    async with asyncio.timeout(15):
        with pytest.raises(PlatformRefused) as caught:
            await bot.task
    return caught.value


async def test_a_token_revoked_while_running_ends_the_platform(synapse: Synapse, bots: Bots) -> None:
    bot = await bots.on(synapse)
    await synapse.request("POST", "/_matrix/client/v3/logout/all", {}, token=bot.account.access_token)
    error = await refusal(bot)
    assert error.platform == bot.platform.name == f"matrix {bot.user_id}"
    assert "M_UNKNOWN_TOKEN" in error.cause


async def test_a_revoked_token_is_said_once_and_the_homeserver_is_left_alone(synapse: Synapse, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    process = await bots.process(synapse, account)

    async def signed() -> bool:
        return "device signed" in process.log.read_text()

    await wait_for(signed, "the device to be signed")
    before = synapse.log.read_text().count(" 401 ")
    await synapse.request("POST", "/_matrix/client/v3/logout/all", {}, token=account.access_token)
    async with asyncio.timeout(20):
        assert await process.process.wait() == 2
    log = process.log.read_text()
    lines = [line for line in log.splitlines() if "no longer accepts" in line]
    assert [line for line in lines if line.startswith("kompas: ")] == lines[1:]  # the log, and the last word
    assert len(lines) == 2
    assert "Traceback" not in log
    assert synapse.log.read_text().count(" 401 ") - before < 5


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"access_token": "syt_wrong", "device_id": "X"}, "M_UNKNOWN_TOKEN"),
        ({"password": "wrong"}, "wrong user name or password (M_FORBIDDEN)"),
    ],
)
async def test_wrong_secrets_are_refused(synapse: Synapse, bots: Bots, given: dict[str, str], cause: str) -> None:
    async with bots.at(synapse, await synapse.register_fresh("kompas"), **given) as bot:
        assert cause in (await refusal(bot)).cause


async def test_a_token_of_another_account_or_device_is_refused(synapse: Synapse, bots: Bots) -> None:
    account, other = await synapse.register_fresh("kompas"), await synapse.register_fresh("other")
    async with bots.at(synapse, account, access_token=other.access_token, device_id=other.device_id) as bot:
        assert other.user_id in (await refusal(bot)).cause
    async with bots.at(synapse, account, access_token=account.access_token, device_id="OTHER") as bot:
        assert account.device_id in (await refusal(bot)).cause


async def test_a_revoked_session_is_replaced_at_the_next_start(synapse: Synapse, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    async with bots.at(synapse, account) as bot:
        await bot.wait_ready()
        kept = session(bot.folder, account)
    await synapse.request("POST", "/_matrix/client/v3/logout", {}, token=kept["access_token"])
    async with bots.at(synapse, account) as bot:

        async def renewed() -> bool:
            return session(bot.folder, account)["device_id"] != kept["device_id"]

        await wait_for(renewed, "a new session", bot.task)


async def test_a_wrong_pickle_key_is_said(synapse: Synapse, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    async with bots.at(synapse, account) as bot:
        await bot.wait_ready()
    async with bots.at(synapse, account, password=account.password, pickle_key="another") as bot:
        assert "MATRIX_PICKLE_KEY" in (await refusal(bot)).cause


async def test_two_processes_cannot_share_an_account(synapse: Synapse, bots: Bots) -> None:
    bot = await bots.on(synapse)
    async with bots.at(synapse, bot.account) as second:
        assert "another process" in (await refusal(second)).cause


async def test_a_wrong_password_is_one_line_and_exit_code_2(synapse: Synapse, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    process = await bots.process(synapse, account, KOMPAS_MATRIX_PASSWORD="wrong")
    async with asyncio.timeout(20):
        assert await process.process.wait() == 2
    lines = process.log.read_text().splitlines()
    assert [line for line in lines if line.startswith("kompas: ")] == [
        f"kompas: matrix {account.user_id}: wrong user name or password (M_FORBIDDEN)"
    ]
    assert "Traceback" not in process.log.read_text()


async def test_an_unreachable_homeserver_is_waited_for_and_the_stop_is_heard(synapse: Synapse, bots: Bots) -> None:
    account = await synapse.register_fresh("kompas")
    process = await bots.process(synapse, account, KOMPAS_MATRIX_HOMESERVER=f"http://127.0.0.1:{free_port()}")

    async def told() -> bool:
        return "does not answer" in process.log.read_text()

    await wait_for(told, "the line in the log")
    await asyncio.sleep(3)
    assert process.process.returncode is None
    assert process.log.read_text().count("does not answer") == 1
    started = time.monotonic()
    assert await process.end(signal.SIGTERM) == 0
    assert time.monotonic() - started < 5
