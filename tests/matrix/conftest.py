"""Bots for the tests: the real App and store behind the real adapter, in this process or in one of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest_asyncio

from adapters.matrix.client import MatrixPlatform
from bot.app import App
from bot.artifacts import Knowledge
from bot.clock import SystemClock
from bot.limits import Limiter
from bot.settings import MatrixAccount, Settings
from bot.store.cached import CachedStore
from bot.store.sql import SqlStore
from tests.servers.people import Account, Person
from tests.servers.synapse import Synapse

ROOT = Path(__file__).parents[2]


class Bot:
    """A bot that runs in this process."""

    def __init__(self, server: Synapse, account: Account, knowledge: Knowledge, folder: Path, **how: str) -> None:
        self.server = server
        self.account = account
        self.user_id = account.user_id
        self.folder = folder
        self._knowledge = knowledge
        self._how = how or {"password": account.password}
        self.task: asyncio.Task[None]

    async def __aenter__(self) -> Bot:
        settings = Settings(data_dir=self.folder)
        account = MatrixAccount(homeserver=self.server.url, user=self.user_id, **self._how)
        self.store = CachedStore(await SqlStore.open(settings.store_url))
        self.app = App(self._knowledge, self.store, SystemClock(), limiter=Limiter())
        self.platform = MatrixPlatform(self.app, settings, account)
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(self.platform.run(self.stop))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        try:
            async with asyncio.timeout(20):
                await asyncio.gather(self.task, return_exceptions=True)
        finally:
            await self.store.close()
        if self.task.done() and (error := self.task.exception()) and not getattr(self, "may_fail", False):
            raise error

    async def wait_ready(self) -> None:
        """Until the first sync is behind it: what is said from now on is answered."""
        await wait_for(lambda: self.store.get(f"matrix:{self.user_id}", "sync"), "the bot's first sync", self.task)


class BotProcess:
    """`kompas run` as a process of its own."""

    def __init__(self, server: Synapse, account: Account, folder: Path, **environment: str) -> None:
        self.user_id = account.user_id
        self.folder = folder
        self.log = folder / "kompas.log"
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("KOMPAS_")},
            "KOMPAS_MATRIX_HOMESERVER": server.url,
            "KOMPAS_MATRIX_USER": account.user_id,
            "KOMPAS_MATRIX_PASSWORD": account.password,
            "KOMPAS_DATA_DIR": str(folder / "data"),
            "KOMPAS_WEB_PORT": "0",
            **environment,
        }

    async def __aenter__(self) -> BotProcess:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end(signal.SIGKILL)

    async def start(self) -> None:
        """Start it; what it writes goes to `log`."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                cwd=ROOT,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def end(self, how: signal.Signals) -> int:
        """Send the signal and wait; the exit code."""
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        async with asyncio.timeout(20):
            return await self.process.wait()


class Bots:
    """Makes bots that end with the test."""

    def __init__(self, stack: AsyncExitStack, knowledge: Knowledge, folder: Path) -> None:
        self._stack = stack
        self._knowledge = knowledge
        self._folder = folder

    def at(self, server: Synapse, account: Account, **how: str) -> Bot:
        """A bot for the account, not started."""
        return Bot(server, account, self._knowledge, self._folder / "data", **how)

    async def on(self, server: Synapse, **how: str) -> Bot:
        """A fresh account's bot, running and ready."""
        bot = await self._stack.enter_async_context(self.at(server, await server.register_fresh("kompas"), **how))
        await bot.wait_ready()
        return bot

    async def process(self, server: Synapse, account: Account, **environment: str) -> BotProcess:
        """A bot in a process of its own."""
        return await self._stack.enter_async_context(BotProcess(server, account, self._folder, **environment))


@pytest_asyncio.fixture
async def bots(knowledge: Knowledge, tmp_path: Path) -> AsyncIterator[Bots]:
    async with AsyncExitStack() as stack:
        yield Bots(stack, knowledge, tmp_path)


async def wait_for(look, what: str, task: asyncio.Task[None] | None = None, timeout: float = 20):
    """Until the awaitable `look()` finds something."""
    end = asyncio.get_running_loop().time() + timeout
    while not (found := await look()):
        if task and task.done():
            task.result()
        assert asyncio.get_running_loop().time() < end, f"waited {timeout} s for {what}"
        await asyncio.sleep(0.05)
    return found


async def room_with(person: Person, bot: Bot | BotProcess, **options) -> str:
    """A room of the person that the bot has entered."""
    room = await person.create_room(invite=[bot.user_id], **options)
    await person.wait_for_member(room, bot.user_id)
    return room
