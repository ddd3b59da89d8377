"""Three processes set up alike share one PostgreSQL: two Matrix accounts and a Discord bot with 16 shards. Whoever
dies, the others go on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.doubles.discord import DiscordDouble
from tests.servers.fixtures import People
from tests.servers.synapse import Account, Synapse

pytestmark = [pytest.mark.synapse, pytest.mark.postgres]

KOMPAS = Path(sys.executable).with_name("kompas")
SHARDS, QUESTIONS = 16, 4
TAKEOVER_SECONDS = 15
OPTIONS = f"module:threats questions:{QUESTIONS} seconds:120 pace:manual languages:en"


@contextlib.asynccontextmanager
async def processes(
    synapse: Synapse, accounts: list[Account], double: DiscordDouble, url: str, folder: Path
) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """Three of them, each ready or standing by."""
    tables = "".join(
        f'[[matrix]]\nhomeserver = "{synapse.url}"\nuser = "{account.user_id}"\npassword = "{account.password}"\n'
        for account in accounts
    )
    (folder / "kompas.toml").write_text(tables, "utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KOMPAS_")}
    environment |= {
        **double.subprocess_env(),
        "KOMPAS_DISCORD_TOKEN": double.token,
        "KOMPAS_DISCORD_SHARDS": str(SHARDS),
        "KOMPAS_DATABASE_URL": url,
        "KOMPAS_DATA_DIR": str(folder / "data"),
        "KOMPAS_WEB_PORT": "0",
    }
    running = []
    try:
        for number in range(3):
            log = (folder / f"log-{number}").open("wb")
            running.append(
                await asyncio.create_subprocess_exec(KOMPAS, "run", env=environment, cwd=folder, stderr=log, stdout=log)
            )
            log.close()
        yield running
    finally:
        for process in running:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def holders(engine: AsyncEngine) -> dict[str, int]:
    """Process id of the holder of each account."""
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT account, holder FROM leases WHERE held"))
        return {account: int(holder.split("/")[1]) for account, holder in rows}


async def until(check: Any, seconds: float) -> Any:
    """What `check` returns, once that is something."""
    end = time.monotonic() + seconds
    while True:
        found = await check()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds} s"
        await asyncio.sleep(0.1)


async def test_processes_die_one_after_the_other_and_every_quiz_reaches_its_end(
    synapse: Synapse, people: People, postgres_url: str, tmp_path: Path
) -> None:
    accounts = [await synapse.register_fresh("kompas") for _ in range(2)]
    teachers = [await people.on(synapse, "teacher") for _ in accounts]
    engine = create_async_engine(postgres_url)
    names = {"discord", *(f"matrix:{account.user_id}" for account in accounts)}
    async with (
        DiscordDouble(shards=SHARDS, max_concurrency=SHARDS) as double,
        processes(synapse, accounts, double, postgres_url, tmp_path) as running,
    ):
        here = double.user("Teacher", permissions=discord.Permissions(manage_messages=True))
        await double.wait_ready(SHARDS, timeout=60)
        rooms = []
        for teacher, account in zip(teachers, accounts, strict=True):
            room = await teacher.create_room(public=True, invite=[account.user_id])
            await teacher.wait_for_member(room, account.user_id)
            rooms.append(room)

        options = {"module": "threats", "questions": QUESTIONS, "seconds": 120, "pace": "manual", "languages": "en"}
        await (await here.slash("quiz start", options)).answer()
        last = await double.wait_message()
        for teacher, room, account in zip(teachers, rooms, accounts, strict=True):
            await teacher.say(room, f"!quiz start {OPTIONS}")
            await teacher.wait_for_reply(room, sender=account.user_id, contains="quiz join", timeout=20)

        took: list[float] = []
        for number in range(1, QUESTIONS + 1):
            await (await here.slash("quiz next")).answer()
            last = await double.wait_message(after=last, timeout=20)
            for teacher, room, account in zip(teachers, rooms, accounts, strict=True):
                await teacher.say(room, "!quiz next")
                await teacher.wait_for_reply(
                    room, sender=account.user_id, contains=f"Question {number} of {QUESTIONS}", timeout=20
                )
            if number < 3:  # in the middle of an open question whoever serves the Discord account dies
                dying = (await holders(engine))["discord"]
                victim = next(process for process in running if process.pid == dying)
                began = time.monotonic()
                victim.send_signal(signal.SIGKILL)
                await victim.wait()

                async def taken(dead: int = dying) -> bool:
                    now = await holders(engine)
                    return set(now) == names and dead not in now.values()

                await until(taken, TAKEOVER_SECONDS)
                await double.wait_ready(SHARDS, timeout=30)
                took.append(time.monotonic() - began)
            await (await here.slash("quiz close")).answer()
            for teacher, room, account in zip(teachers, rooms, accounts, strict=True):
                await teacher.say(room, "!quiz close")
                await teacher.wait_for_reply(room, sender=account.user_id, contains=f"Question {number}: ", timeout=20)
            last = double.channel_messages()[-1]
        print(f"seconds until a dead process was replaced: {[round(seconds, 1) for seconds in took]}")
        await (await here.slash("quiz next")).answer()
        async with engine.connect() as connection:
            phases = (await connection.execute(text("SELECT count(*) FROM sessions"))).scalar_one()
            twice = (
                await connection.execute(
                    text(
                        "SELECT count(*) FROM (SELECT message FROM outbox WHERE message NOT IN ('', '-') "
                        "GROUP BY message HAVING count(*) > 1) AS x"
                    )
                )
            ).scalar_one()
        assert (phases, twice) == (3, 0)
        assert len({process.pid for process in running if process.returncode is None}) == 1
    await engine.dispose()
