"""A person whose client has nothing to do with devices that their owner has not cross-signed."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from tests.servers.synapse import Account, Synapse

from .environment import HERE, modules, node

Json = dict[str, Any]
CALL_SECONDS = 60.0


class StrictPerson:
    """Drives client.mjs. Raises ServerUnavailable when Node or its packages cannot be had."""

    def __init__(self, server: Synapse, account: Account) -> None:
        self.user_id = account.user_id
        self.seen: dict[str, Json] = {}
        """Messages by event id, as they were last seen: text, failure, shield (0 none, 1 grey, 2 red)."""
        self._server = server
        self._account = account
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        interpreter, packages = await asyncio.to_thread(node), await asyncio.to_thread(modules)
        self._process = await asyncio.create_subprocess_exec(
            interpreter,
            HERE / "client.mjs",
            packages,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=1 << 20,
        )
        self._reader = asyncio.create_task(self._read())
        try:
            await self.do("login", homeserver=self._server.url, user=self.user_id, password=self._account.password)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reader

    async def do(self, verb: str, **given: Any) -> Any:
        """One verb of client.mjs; its result. Raises AssertionError with the client's own words."""
        number = next(self._ids)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"id": number, "do": verb, **given}).encode() + b"\n")
        async with asyncio.timeout(CALL_SECONDS):
            return await answer

    async def open_direct(self, user: str) -> str:
        """An encrypted direct chat that the user has joined; its id."""
        return str(await self.do("open_direct", user=user))

    async def say(self, room: str, text: str) -> str:
        """Send a text; the event's id."""
        return str(await self.do("say", room=room, text=text))

    async def devices(self, user: str) -> dict[str, bool]:
        """The user's devices and whether each is signed by its owner."""
        return dict(await self.do("devices", user=user))

    def heard(self, room: str, sender: str) -> list[Json]:
        """What the sender said in the room, in the order it came."""
        return [one for one in self.seen.values() if (one["room"], one["sender"]) == (room, sender)]

    async def wait_for(self, look: Callable[[], Any], what: str, timeout: float = 40) -> Any:
        """Until `look` finds something in what was seen."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := look()):
                    self._news.clear()
                    await self._news.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"waited {timeout} s for {what}; seen: {list(self.seen.values())[-5:]}") from None

    async def _read(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            told = json.loads(line)
            if "seen" in told:
                self.seen[told["seen"]["event_id"]] = told["seen"]
                self._news.set()
                continue
            answer = self._waiting.pop(told["id"])
            if answer.done():
                continue
            if "error" in told:
                answer.set_exception(AssertionError(told["error"]))
            else:
                answer.set_result(told["result"])
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(AssertionError("the client ended"))
