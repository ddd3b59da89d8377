"""A bot in this process on the double, with the real core behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.discord.client import DiscordPlatform
from adapters.discord.forms import Forms
from bot.app import App
from bot.artifacts import Knowledge
from bot.clock import SystemClock
from bot.limits import Limiter
from bot.settings import Settings
from bot.store.cached import CachedStore
from bot.store.sql import SqlStore
from tests.doubles.discord import DiscordDouble


@dataclass
class Bots:
    """Starts and stops bots that share one database, as one bot does that is started again."""

    knowledge: Knowledge
    double: DiscordDouble
    folder: Path
    running: list[tuple[asyncio.Event, asyncio.Task[None], CachedStore]] = field(default_factory=list)
    apps: list[App] = field(default_factory=list)
    quizzes: list[tuple[asyncio.Event, asyncio.Task[None]]] = field(default_factory=list)
    """What goes on by itself, of the bots that run it."""

    async def start(
        self,
        *,
        token: str | None = None,
        shards: int = 0,
        ready: bool = True,
        quizzes: bool = False,
        forms: Forms | None = None,
    ) -> App:
        """Start a bot and wait until it is connected; with `quizzes` it speaks without being asked, too."""
        store = CachedStore(await SqlStore.open(f"sqlite+aiosqlite:///{self.folder / 'kompas.sqlite3'}"))
        app = App(self.knowledge, store, SystemClock(), limiter=Limiter())
        settings = Settings(discord_token=SecretStr(token or self.double.token), discord_shards=shards)
        stop = asyncio.Event()
        task = asyncio.create_task(DiscordPlatform(app, settings, forms).run(stop))
        if quizzes:
            quiet = asyncio.Event()
            self.quizzes.append((quiet, asyncio.create_task(app.run(quiet))))
        self.running.append((stop, task, store))
        self.apps.append(app)
        if ready:
            await self.double.wait_ready()
            await self.double.wait_commands()
        return app

    async def stop(self) -> None:
        """Stop all of them cleanly; raises what ended them."""
        running, self.running = self.running, []
        quizzes, self.quizzes = self.quizzes, []
        try:
            for stop, task, _ in running:
                stop.set()
                await asyncio.wait_for(task, 10)
            for quiet, task in quizzes:
                quiet.set()
                await asyncio.wait_for(task, 10)
        finally:
            for _, _, store in running:
                await store.close()

    @property
    def task(self) -> asyncio.Task[None]:
        """The last bot's task."""
        return self.running[-1][1]


@pytest.fixture
async def double() -> AsyncIterator[DiscordDouble]:
    """A Discord on which nothing may go wrong."""
    async with DiscordDouble(identify_interval=0.0) as double:
        yield double
        assert double.violations == []
        assert double.missing == []
        assert double.pings == []


@pytest.fixture
async def bots(knowledge: Knowledge, double: DiscordDouble, tmp_path: Path) -> AsyncIterator[Bots]:
    """Bots that can be started on the double."""
    with double.patched():
        bots = Bots(knowledge, double, tmp_path)
        yield bots
        with contextlib.suppress(Exception):
            await bots.stop()


@pytest.fixture
async def app(bots: Bots) -> App:
    """The core of a bot that is connected."""
    return await bots.start()
