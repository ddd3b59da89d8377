"""How soon `explain` and an answer in a quiz are acknowledged on Discord, against the smallest bot that discord.py can
be, in the same run.

    python -m tests.bench.discord [--rounds N]

Both bots are processes of their own, each on its own local double; they take turns, so that a noisy machine disturbs
both alike. Prints a table, and the same as one line of JSON.
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
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from tests.doubles.discord import Channel, DiscordDouble, Message

ROOT = Path(__file__).parents[2]
ONE_BY_ONE, AT_ONCE = 200, 30
CLICK_TURNS = 30
"""Questions that each class answers."""
TEACHER = 1 << 13
"""Manage Messages."""
MINIMAL = """
import os
import discord
from discord import app_commands

client = discord.Client(intents=discord.Intents(guilds=True))
tree = app_commands.CommandTree(client)


class Button(discord.ui.View):
    def __init__(self):
        super().__init__(timeout=None)

    @discord.ui.button(label="1 ■", custom_id="one")
    async def one(self, interaction, button):
        await interaction.response.send_message("1", ephemeral=True)


@tree.command()
async def question(interaction: discord.Interaction):
    "Something to press"
    await interaction.response.send_message("?", view=Button())


@tree.command()
async def ping(interaction: discord.Interaction):
    "Answer at once"
    await interaction.response.send_message("pong")


@client.event
async def setup_hook():
    await tree.sync()


client.run(os.environ["KOMPAS_DISCORD_TOKEN"], log_handler=None)
"""


@dataclass(frozen=True)
class Measured:
    """Milliseconds until Discord has the first answer."""

    bot: str
    load: str
    p50: float
    p95: float
    most: float


@dataclass
class Bot:
    """A bot process on a double of its own."""

    name: str
    double: DiscordDouble
    process: subprocess.Popen[bytes]
    command: str
    options: dict[str, str]
    idle_mb: float = 0.0
    question: Message = field(init=False)

    def __post_init__(self) -> None:
        self.people = [self.double.user(f"Pupil {n}") for n in range(AT_ONCE)]
        self.rooms = 0

    async def one_by_one(self, rounds: int) -> list[float]:
        """Latencies of one person who waits for each answer; somebody else, somewhere else each time."""
        channel, person, taken = self.new_channel(), self.people[self.rooms % AT_ONCE], []
        for _ in range(rounds):
            used = await person.slash(self.command, self.options, channel=channel)
            await used.answer()
            taken.append(used.latency_ms)
        return taken

    async def at_once(self) -> list[float]:
        """Latencies of a class that asks in the same moment; its language and room are known from its last question."""
        channel = self.double.channel
        used = await asyncio.gather(*(p.slash(self.command, self.options, channel=channel) for p in self.people))
        return [interaction.latency_ms for interaction in used]

    async def open_question(self) -> None:
        """A question that can be pressed; Kompas keeps each click of the class on the disk before it answers."""
        channel, teacher = self.new_channel(), self.double.user("Teacher", permissions=TEACHER)
        if self.name == "minimal":
            self.question = await (await teacher.slash("question", channel=channel)).answer()
            return
        options = {"set": "starter", "seconds": 600, "pace": "manual"}
        await (await teacher.slash("quiz start", options, channel=channel)).answer()
        lobby = await self.double.wait_message(channel)
        for person in self.people:  # all are in: the clock goes on when the first has answered
            await (await person.click(lobby, "Join")).answer()
        await (await teacher.slash("quiz next", channel=channel)).answer()
        self.question = await self.double.wait_message(channel, after=lobby)

    async def click_at_once(self) -> list[float]:
        """Latencies of a class that answers in the same moment."""
        used = await asyncio.gather(*(person.click(self.question, "1 ■") for person in self.people))
        return [interaction.latency_ms for interaction in used]

    def new_channel(self) -> Channel:
        """A room of its own for each turn: Kompas would hold the whole load on one for an attack."""
        self.rooms += 1
        return self.double.add_channel(self.double.guild, f"room-{self.rooms}")


@contextlib.asynccontextmanager
async def running(name: str, arguments: list[str], command: str, options: dict[str, str]) -> AsyncIterator[Bot]:
    """The bot, connected and warmed up, until the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordDouble(rates={}, global_rate=0, answer_within=10.0) as double:
            environment = {
                **os.environ,
                **double.subprocess_env(),
                "KOMPAS_DISCORD_TOKEN": double.token,
                "KOMPAS_DATA_DIR": folder,
                "KOMPAS_WEB_PORT": "0",
                "KOMPAS_LOG_LEVEL": "error",
            }
            process = subprocess.Popen(  # noqa: ASYNC220 - once, before anything is measured
                arguments, env=environment, cwd=folder, stdout=subprocess.DEVNULL
            )
            try:
                await double.wait_ready(timeout=60)
                await double.wait_commands(timeout=60)
                await asyncio.sleep(2.5)  # discord.py says "ready" two seconds after the last guild
                bot = Bot(name, double, process, command, options)
                bot.idle_mb = psutil.Process(process.pid).memory_info().rss / 2**20
                await bot.one_by_one(30)
                await bot.at_once()
                yield bot
            finally:
                process.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
                process.kill()


async def measure(rounds: int) -> tuple[list[Measured], dict[str, float]]:
    """All figures, and the idle memory of both bots in MB."""
    kompas = [str(Path(sys.executable).with_name("kompas")), "run"]
    explain = {"topic": "attribution"}
    async with (
        running("minimal", [sys.executable, "-c", MINIMAL], "ping", {}) as minimal,
        running("kompas", kompas, "explain", explain) as ours,
    ):
        single: dict[str, list[float]] = {"minimal": [], "kompas": []}
        crowd: dict[str, list[float]] = {"minimal": [], "kompas": []}
        clicks: dict[str, list[float]] = {"minimal": [], "kompas": []}
        for _ in range(rounds):
            for bot in (minimal, ours):
                single[bot.name] += await bot.one_by_one(ONE_BY_ONE // 10)
        for _ in range(max(3, rounds // 2)):
            for bot in (minimal, ours):
                crowd[bot.name] += await bot.at_once()
        for turn in range(CLICK_TURNS + 1):
            for bot in (minimal, ours):
                await bot.open_question()
                taken = await bot.click_at_once()
                clicks[bot.name] += taken if turn else []  # the first one warms up
        found = [_figures(name, "one at a time", taken) for name, taken in single.items()]
        found += [_figures(name, f"{AT_ONCE} at once", taken) for name, taken in crowd.items()]
        found += [_figures(name, f"{AT_ONCE} clicks", taken) for name, taken in clicks.items()]
        return found, {bot.name: round(bot.idle_mb, 1) for bot in (minimal, ours)}


def _figures(bot: str, load: str, taken: list[float]) -> Measured:
    cuts = statistics.quantiles(taken, n=20)
    return Measured(bot, load, round(cuts[9], 2), round(cuts[18], 2), round(max(taken), 2))


def ratios(found: list[Measured], quantile: str = "p50") -> dict[str, float]:
    """Ours over the minimal bot's, by load."""
    taken = {(row.bot, row.load): getattr(row, quantile) for row in found}
    loads = dict.fromkeys(row.load for row in found)
    return {load: round(taken["kompas", load] / taken["minimal", load], 2) for load in loads}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="turns that each bot takes (default: 10)")
    found, memory = asyncio.run(measure(parser.parse_args().rounds))
    print(f"{'bot':<10}{'load':<16}{'p50 ms':>8}{'p95 ms':>8}{'max ms':>8}")
    for row in found:
        print(f"{row.bot:<10}{row.load:<16}{row.p50:>8.2f}{row.p95:>8.2f}{row.most:>8.2f}")
    print(f"idle memory in MB: {memory}")
    print(f"ratio of p50: {ratios(found)} (aim: one at a time at most 1.5)")
    clicks = ratios(found, "p95")[f"{AT_ONCE} clicks"]
    print(f"ratio of p95, {AT_ONCE} clicks on an open question at once: {clicks} (aim: at most 2)")
    rows = [asdict(row) for row in found]
    print(json.dumps({"discord": rows, "ratio": ratios(found), "clicks_p95": clicks, "idle_mb": memory}))


if __name__ == "__main__":
    main()
