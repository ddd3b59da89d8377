"""How soon a command in a plain Matrix room is answered, against the smallest echo bot on matrix-nio, in the same run.

    python -m tests.bench.matrix [--rounds N]

Both bots are processes of their own on one real Synapse with raised limits; they take turns, so that a noisy machine
disturbs both alike. The time is a person's: from sending until the answer has come with their own sync. Prints a table,
and the same as one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tests.servers.people import Person
from tests.servers.synapse import Account, Synapse

ONE_BY_ONE, AT_ONCE, PEOPLE = 20, 30, 6
MINIMAL = """
import asyncio, os, nio

FILTER = {"room": {"timeline": {"limit": 100}}}


async def main():
    client = nio.AsyncClient(os.environ["KOMPAS_MATRIX_HOMESERVER"], os.environ["KOMPAS_MATRIX_USER"])
    await client.login(os.environ["KOMPAS_MATRIX_PASSWORD"])
    async def on_message(room, event):
        if event.sender != client.user_id:
            relation = {"m.in_reply_to": {"event_id": event.event_id}}
            content = {"msgtype": "m.notice", "body": event.body, "m.relates_to": relation}
            await client.room_send(room.room_id, "m.room.message", content)

    async def on_invite(room, event):
        await client.join(room.room_id)

    client.add_event_callback(on_message, nio.RoomMessageText)
    client.add_event_callback(on_invite, nio.InviteMemberEvent)
    await client.sync_forever(30000, sync_filter=FILTER, full_state=True)


asyncio.run(main())
"""


@dataclass(frozen=True)
class Measured:
    """Milliseconds until the person sees the answer."""

    bot: str
    load: str
    p50: float
    p95: float
    most: float
    lost: int


@dataclass
class Bot:
    """A bot process and the people who talk to it."""

    name: str
    server: Synapse
    account: Account
    process: asyncio.subprocess.Process
    people: list[Person]
    idle_mb: float = 0.0

    async def new_room(self) -> str:
        """A room of its own for each turn: Kompas would hold the whole load in one for an attack."""
        head, *others = self.people
        room = await head.create_room(invite=[self.account.user_id, *(person.user_id for person in others)])
        for person in others:
            await person.join(room)
        await head.wait_for_member(room, self.account.user_id)
        return room

    async def ask(self, room: str, person: Person) -> float:
        """One command and its answer, in milliseconds."""
        started = time.perf_counter()
        asked = await person.say(room, "!explain attribution")
        await person.wait_for_reply(room, sender=self.account.user_id, reply_to=asked, timeout=30)
        return (time.perf_counter() - started) * 1000

    async def one_by_one(self) -> list[float]:
        """People who wait for each answer."""
        room = await self.new_room()
        taken = []
        for number in range(ONE_BY_ONE):
            await asyncio.sleep(0.05)
            taken.append(await self.ask(room, self.people[number % PEOPLE]))
        return taken

    async def at_once(self) -> list[float]:
        """A class that asks in the same moment; infinite for an answer that never came."""
        room = await self.new_room()
        asked = await asyncio.gather(
            *(self.ask(room, self.people[number % PEOPLE]) for number in range(AT_ONCE)), return_exceptions=True
        )
        return [one if isinstance(one, float) else float("inf") for one in asked]


@contextlib.asynccontextmanager
async def running(server: Synapse, name: str, arguments: list[str]) -> AsyncIterator[Bot]:
    """The bot, connected and warmed up, until the end of the block."""
    account = await server.register_fresh(name)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("KOMPAS_")},
            "KOMPAS_MATRIX_HOMESERVER": server.url,
            "KOMPAS_MATRIX_USER": account.user_id,
            "KOMPAS_MATRIX_PASSWORD": account.password,
            "KOMPAS_DATA_DIR": folder,
            "KOMPAS_WEB_PORT": "0",
            "KOMPAS_LOG_LEVEL": "error",
        }
        process = await asyncio.create_subprocess_exec(
            *arguments, env=environment, cwd=folder, stdout=subprocess.DEVNULL
        )
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(_end, process)
            people = [
                await stack.enter_async_context(Person(server, await server.register_fresh("ana")))
                for _ in range(PEOPLE)
            ]
            bot = Bot(name, server, account, process, people)
            await bot.one_by_one()
            await asyncio.sleep(2)
            bot.idle_mb = psutil.Process(process.pid).memory_info().rss / 2**20
            yield bot


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(TimeoutError, ProcessLookupError):
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            await process.wait()
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def measure(rounds: int) -> tuple[list[Measured], dict[str, float]]:
    """All figures, and the idle memory of both bots in MB."""
    kompas = [str(Path(sys.executable).with_name("kompas")), "run"]
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Synapse(Path(folder)) as server,
            running(server, "minimal", [sys.executable, "-c", MINIMAL]) as minimal,
            running(server, "kompas", kompas) as ours,
        ):
            single: dict[str, list[float]] = {"minimal": [], "kompas": []}
            crowd: dict[str, list[float]] = {"minimal": [], "kompas": []}
            for number in range(rounds):
                for bot in (minimal, ours) if number % 2 else (ours, minimal):
                    single[bot.name] += await bot.one_by_one()
            for _ in range(max(2, rounds // 4)):
                for bot in (minimal, ours):
                    crowd[bot.name] += await bot.at_once()
            found = [_figures(name, "one at a time", taken) for name, taken in single.items()]
            found += [_figures(name, f"{AT_ONCE} at once", taken) for name, taken in crowd.items()]
            return found, {bot.name: round(bot.idle_mb, 1) for bot in (minimal, ours)}


def _figures(bot: str, load: str, taken: list[float]) -> Measured:
    came = [one for one in taken if one != float("inf")]
    cuts = statistics.quantiles(came, n=20)
    return Measured(bot, load, round(cuts[9], 1), round(cuts[18], 1), round(max(came), 1), len(taken) - len(came))


def ratios(found: list[Measured]) -> dict[str, float]:
    """Our p50 over the minimal bot's, by load."""
    p50 = {(row.bot, row.load): row.p50 for row in found}
    return {
        load: round(p50["kompas", load] / p50["minimal", load], 2) for load in dict.fromkeys(row.load for row in found)
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="turns that each bot takes (default: 10)")
    found, memory = asyncio.run(measure(parser.parse_args().rounds))
    print(f"{'bot':<10}{'load':<16}{'p50 ms':>8}{'p95 ms':>8}{'max ms':>8}{'lost':>6}")
    for row in found:
        print(f"{row.bot:<10}{row.load:<16}{row.p50:>8.1f}{row.p95:>8.1f}{row.most:>8.1f}{row.lost:>6}")
    print(f"idle memory in MB: {memory}")
    print(f"ratio of p50: {ratios(found)} (aim: one at a time at most 1.15)")
    print(json.dumps({"matrix": [asdict(row) for row in found], "ratio": ratios(found), "idle_mb": memory}))


if __name__ == "__main__":
    main()
