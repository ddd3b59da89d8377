"""`kompas doctor`: what is wrong is found, with what to do; what is well is not complained about."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest
from pydantic import SecretStr

from adapters.matrix.cross_signing import FILE as SEEDS
from adapters.matrix.files import account_folder, folder_of
from bot import doctor
from bot.cli.doctor import examine
from bot.doctor import Level, local
from bot.settings import MatrixAccount, Settings
from bot.store.look import look
from bot.store.sql import SqlStore
from tests.discord.conftest import double  # noqa: F401
from tests.doubles.discord import DiscordDouble
from tests.matrix.conftest import Bots, bots, room_with, wait_for  # noqa: F401
from tests.servers.fixtures import People
from tests.servers.process import free_port
from tests.servers.synapse import Account, Synapse

from .test_backup import kompas


@pytest.fixture
def examined(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs the doctor; all lines, and those that are not ok."""

    async def run(platform: str = "", room: str = "", **settings) -> tuple[list[str], list[str]]:
        capsys.readouterr()
        levels = await examine(Settings(**{"data_dir": tmp_path / "data", **settings}), platform, room)
        lines = capsys.readouterr().out.splitlines()
        lines = [line for line in lines if not line.startswith("20")]  # what a bot in this process logs
        assert [line.split()[0] for line in lines] == levels
        return lines, [line for line in lines if not line.startswith("ok ")]

    return run


def one(lines: list[str], *words: str) -> str:
    """The only line that holds all these words."""
    (found,) = [line for line in lines if all(word in line for word in words)]
    return found


# this machine


async def test_secrets_are_masked_and_nothing_set_is_a_warning(examined, tmp_path: Path) -> None:
    address = f"postgresql://kompas:hunter2@127.0.0.1:{free_port()}/db"
    lines, bad = await examined(database_url=SecretStr(address), data_dir=tmp_path)
    assert "hunter2" not in "\n".join(lines)
    assert one(lines, "database_url").endswith("postgresql://kompas:***@" + address.partition("@")[2])
    assert "KOMPAS_DISCORD_TOKEN" in one(bad, "warning", "platforms")
    assert one(bad, "error", "database").endswith("Check KOMPAS_DATABASE_URL and the server")
    assert len(bad) == 2


async def test_the_database_is_told_as_it_is_and_stays_so(examined, tmp_path: Path) -> None:
    file = tmp_path / "data" / "kompas.sqlite3"
    lines, _ = await examined()
    assert "no tables yet" in one(lines, "database:")
    assert not file.exists()
    await (await SqlStore.open(f"sqlite+aiosqlite:///{file}")).close()
    assert "up to date" in one((await examined())[0], "database:")
    for revision, told in (("0001", "warning"), ("9999", "error")):
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
        assert revision in one((await examined())[1], told, "database:")
    seen = await look(f"sqlite+aiosqlite:///{file}")
    assert seen.revision == "9999"
    file.write_bytes(b"SQLite format 3\0" + b"broken" * 2000)
    assert "cannot be used" in one((await examined())[1], "error", "database:")


async def test_keys_that_others_can_read_and_a_full_disk_are_errors(examined, tmp_path: Path, monkeypatch) -> None:
    folder = account_folder(tmp_path / "data", "@kompas:school.example")
    seeds = folder / SEEDS
    seeds.touch(mode=0o600)
    folder.parent.chmod(0o700)
    lines, _ = await examined()
    assert "readable for their owner alone" in one(lines, "files:")
    seeds.chmod(0o644)
    assert f"chmod 600 '{seeds}'" in one((await examined())[1], "error", "files:")
    usage = type("Usage", (), {"free": 100 << 20})
    monkeypatch.setattr(local.shutil, "disk_usage", lambda _: usage)
    assert "100 MB free" in one((await examined())[1], "warning", "disk")
    usage.free = 49 << 20
    assert "49 MB free" in one((await examined())[1], "error", "disk")


@pytest.mark.parametrize(
    ("off", "level"), [(0, Level.OK), (4, Level.OK), (10, Level.WARNING), (-10, Level.WARNING), (3600, Level.ERROR)]
)
def test_a_clock_that_is_off_is_told(off: int, level: Level) -> None:
    here = datetime(2026, 11, 24, 9, 0, 0, 500_000, tzinfo=UTC)
    date = (here + timedelta(seconds=off)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert doctor.clock("x", date, here, here + timedelta(seconds=0.2)).level is level
    assert doctor.clock("x", None, here, here).level is Level.WARNING


def test_exit_codes(tmp_path: Path) -> None:
    assert kompas(tmp_path, "doctor").returncode == 0
    unreachable = {"KOMPAS_MATRIX_HOMESERVER": f"http://127.0.0.1:{free_port()}", "KOMPAS_MATRIX_USER": "@a:b"}
    told = kompas(tmp_path, "doctor", **unreachable, KOMPAS_MATRIX_PASSWORD="secret-word")
    assert told.returncode == 1
    assert "KOMPAS_MATRIX_HOMESERVER" in one(told.stdout.splitlines(), "error", "homeserver")
    assert "secret-word" not in told.stdout + told.stderr
    assert kompas(tmp_path, "doctor", KOMPAS_WEB_PORT="many").returncode == 2
    assert kompas(tmp_path, "doctor", "--room", "irc:x").returncode == 2
    assert kompas(tmp_path, "doctor", "--room", "discord:1").returncode == 2


# Discord


async def test_a_healthy_discord_bot_has_no_complaints_and_its_invite_address(examined, double: DiscordDouble) -> None:  # noqa: F811
    with double.patched():
        lines, bad = await examined("discord", str(double.channel.id), discord_token=SecretStr(double.token))
    assert bad == []
    assert double.token not in "\n".join(lines)
    address = (
        f"https://discord.com/oauth2/authorize?client_id={double.bot.id}"
        "&scope=bot+applications.commands&permissions=117760"
    )
    assert address in one(lines, "invite", "https")
    assert "no privileged intent" in one(lines, "intents")
    assert "the bot may write with embed and file" in one(lines, "room", "write")
    assert double.channel_messages() == []


async def test_a_refused_token_and_an_outage_of_discord_are_errors(examined, double: DiscordDouble) -> None:  # noqa: F811
    with double.patched():
        _, bad = await examined(discord_token=SecretStr("wrong"))
        assert "KOMPAS_DISCORD_TOKEN" in one(bad, "error", "token", "refused")
        double.violations.clear()
        double.fail("GET /applications/@me", 503)
        _, bad = await examined(discord_token=SecretStr(double.token))
        assert "503" in one(bad, "error", "application")
    with double.patched() as away:
        discord.http.Route.BASE = f"http://127.0.0.1:{free_port()}"
        _, bad = await examined(discord_token=SecretStr(away.token))
        assert "cannot be reached" in one(bad, "error", "token")


@pytest.mark.parametrize(
    ("denied", "told"),
    [
        ({"view_channel": True}, ("error", "cannot see it", "https://discord.com/oauth2/authorize")),
        ({"send_messages": True}, ("error", "may not write", "Send Messages")),
        ({"embed_links": True}, ("error", "Embed Links")),
        ({"attach_files": True}, ("warning", "Attach Files")),
    ],
)
async def test_a_missing_permission_in_the_channel_is_named(examined, double: DiscordDouble, denied, told) -> None:  # noqa: F811
    double.deny(double.channel, discord.Permissions(**denied))
    with double.patched():
        _, bad = await examined("discord", str(double.channel.id), discord_token=SecretStr(double.token))
    one(bad, *told)
    assert len(bad) == 1
    assert double.channel_messages() == []
    double.violations.clear()


# Matrix


def account_of(server: Synapse, account: Account, **how) -> dict[str, tuple[MatrixAccount, ...]]:
    how = how or {"password": SecretStr(account.password)}
    return {"matrix": (MatrixAccount(homeserver=server.url, user=account.user_id, **how),)}


async def device_names(server: Synapse, account: Account) -> list[str | None]:
    answer = await server.request("GET", "/_matrix/client/v3/devices", token=account.access_token)
    return [device.get("display_name") for device in answer["devices"]]


@pytest.mark.synapse
async def test_a_new_account_is_tried_and_left_without_a_trace(examined, synapse: Synapse, tmp_path: Path) -> None:
    account = await synapse.register_fresh("kompas")
    lines, bad = await examined(**account_of(synapse, account))
    assert "user name and password are accepted" in one(lines, "login")
    assert "no device yet" in one(lines, "signed")
    limit = one(bad, "warning", "rate limit")
    assert '{"messages_per_second":0,"burst_count":0}' in limit
    assert (
        f"{synapse.url}/_synapse/admin/v1/users/%40{account.user_id[1:].replace(':', '%3A')}/override_ratelimit"
        in limit
    )
    assert len(bad) == 1
    assert "Kompas doctor" not in await device_names(synapse, account)
    assert not folder_of(tmp_path / "data", account.user_id).exists()


@pytest.mark.synapse
async def test_wrong_secrets_are_named(examined, synapse: Synapse) -> None:
    account = await synapse.register_fresh("kompas")
    _, bad = await examined(**account_of(synapse, account, password=SecretStr("wrong")))
    assert "KOMPAS_MATRIX_PASSWORD" in one(bad, "error", "wrong user name or password")
    _, bad = await examined(**account_of(synapse, account, access_token=SecretStr("syt_x"), device_id="D"))
    assert "M_UNKNOWN_TOKEN" in one(bad, "error", "login")


@pytest.mark.synapse
async def test_an_unsigned_device_is_an_error_and_a_lifted_limit_is_seen(examined, synapse: Synapse) -> None:
    account = await synapse.register_fresh("kompas", admin=True)
    how = {"access_token": SecretStr(account.access_token), "device_id": account.device_id}
    lines, bad = await examined(**account_of(synapse, account, **how))
    assert "Start the bot with its password" in one(bad, "error", "device signed", account.device_id)
    assert "the server's own limit" in one(bad, "warning", "rate limit")
    await synapse.override_ratelimit(account.user_id)
    lines, bad = await examined(**account_of(synapse, account, **how))
    assert "lifted" in one(lines, "ok ", "rate limit")


@pytest.mark.synapse
async def test_a_running_bot_is_examined_with_its_own_token_and_a_room_is_tried(
    examined,
    synapse: Synapse,
    people: People,
    bots: Bots,  # noqa: F811
) -> None:
    bot = await bots.on(synapse)
    ana, ben = await people.on(synapse, "ana"), await people.on(synapse, "ben", accept_invites=True)
    room = await room_with(ana, bot)
    given = {"data_dir": bot.folder, **account_of(synapse, bot.account)}

    async def signed() -> bool:
        return bool([line for line in (await examined(**given))[0] if "device signed: yes" in line])

    await wait_for(signed, "a signed device")
    before = len(await device_names(synapse, bot.account))
    lines, bad = await examined("matrix", room, **given)
    assert one(lines, "ok ", "room matrix", "a test line was posted and taken back")
    assert "a room of two" in one(lines, "ok ", "room of two")
    await ana.invite(room, ben.user_id)
    await ana.wait_for_member(room, ben.user_id)
    lines, bad = await examined("matrix", room, **given)
    assert f"https://matrix.to/#/{bot.user_id}" in one(bad, "warning", "0 of 2 people")
    chat = await room_with(ben, bot, direct=True)
    assert chat
    _, bad = await examined("matrix", room, **given)
    assert "1 of 2 people" in one(bad, "warning", "people")
    assert len(await device_names(synapse, bot.account)) == before
    texts = json.dumps(
        await synapse.request(
            "GET", f"/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=50", token=ana.account.access_token
        )
    )
    assert "Kompas doctor" not in texts
    _, bad = await examined("matrix", "!unknown:kompas.test", **given)
    assert f"Invite {bot.user_id}" in one(bad, "error", "not in it")
    secret = await room_with(ana, bot, encrypted=True)
    lines, _ = await examined("matrix", secret, **given)
    assert "nothing was posted" in one(lines, "ok ", "encrypted")
