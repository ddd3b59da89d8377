"""What a test does with the double: point bots at it, bring people, order faults, wait for what the bot does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, Self
from unittest import mock

import yarl

from .people import Person
from .world import Channel, Json, Message, User, World


class Violation(NamedTuple):
    """Something that Discord refuses: the request, the place in its body, and the reason."""

    route: str
    path: str
    sentence: str


class Ping(NamedTuple):
    """Somebody that a body of the bot would notify; `kind` is everyone, roles or users."""

    kind: str
    target: str
    route: str


class Town:
    """What a test does with the double: bring people, order faults, wait for what the bot does."""

    world: World
    bot: User
    channel: Channel
    commands: list[Json]
    gateway: Any
    url: str
    gateway_url: str
    faults: list[SimpleNamespace]
    _tick: asyncio.Future[None] | None

    @contextlib.contextmanager
    def patched(self) -> Iterator[Self]:
        """Point the discord.py of this process at the double."""
        from discord import asset, gateway, http

        with (
            mock.patch.object(http.Route, "BASE", f"{self.url}/api/v10"),
            mock.patch.object(http, "_set_api_version"),
            mock.patch.object(gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(self.gateway_url)),
            mock.patch.object(asset.Asset, "BASE", self.url),
        ):
            yield self

    def subprocess_env(self) -> dict[str, str]:
        """Environment additions that point the discord.py of a child process at the double."""
        path = [str(Path(__file__).with_name("hook")), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {
            "PYTHONPATH": os.pathsep.join(path),
            "DISCORD_DOUBLE_HTTP": self.url,
            "DISCORD_DOUBLE_GATEWAY": self.gateway_url,
        }

    def user(self, name: str, *, locale: str = "en-US", permissions: Any = 0) -> Person:
        """A new person, in every guild; `permissions` (int or discord.Permissions) come on top of a member's."""
        person = Person(self.world.new_id(), name, locale=locale)
        person.everywhere |= getattr(permissions, "value", permissions)
        person.double = self
        self.world.users[person.id] = person
        return person

    def channel_messages(self, channel: Channel | None = None) -> list[Message]:
        """What everybody sees in a channel."""
        return [m for m in (channel or self.channel).messages if not m.only_for]

    # Faults: `route` is a regular expression searched in "METHOD /path".

    def fail(self, route: str, status: int, times: int = 1, *, code: int = 0) -> None:
        self.faults.append(SimpleNamespace(route=route, times=times, status=status, code=code, delay=0.0))

    def rate_limit(self, route: str, retry_after: float, times: int = 1, *, global_: bool = False) -> None:
        self.fail(route, 429, times)
        self.faults[-1].wait, self.faults[-1].scope = retry_after, "global" if global_ else "user"

    def slow(self, route: str, seconds: float, times: int = 1) -> None:
        """Do what was asked, but answer later."""
        self.fail(route, 0, times)
        self.faults[-1].delay = seconds

    # Waiting: AssertionError after `timeout`.

    def changed(self) -> None:
        if self._tick and not self._tick.done():
            self._tick.set_result(None)

    async def wait_until(self, condition: Callable[[], Any], timeout: float = 5.0, what: str | None = "that") -> Any:
        """Wait until the condition holds and return its value (None after `timeout` if `what` is None)."""
        end = time.monotonic() + timeout
        while not (value := condition()):
            if (left := end - time.monotonic()) <= 0:
                assert what is None, f"waited {timeout} s for {what}"
                return None
            if self._tick is None or self._tick.done():
                self._tick = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._tick], timeout=min(left, 0.05))  # the condition may be about the bot
        return value

    async def wait_ready(self, shards: int = 1, timeout: float = 10.0) -> None:
        """Wait until so many sessions are connected."""
        sessions = self.gateway.sessions
        await self.wait_until(lambda: sum(bool(s.wire) for s in sessions.values()) >= shards, timeout, "the bot")

    async def wait_commands(self, timeout: float = 10.0) -> list[Json]:
        return await self.wait_until(lambda: self.commands, timeout, "the commands")

    async def wait_message(
        self,
        channel: Channel | None = None,
        match: Callable[[Message], Any] = bool,
        *,
        after: Message | None = None,
        timeout: float = 5.0,
    ) -> Message:
        """The first message of the bot in the channel that matches and is newer than `after`."""

        def find() -> Message | None:
            return next(
                (
                    m
                    for m in self.channel_messages(channel)
                    if m.author is self.bot and match(m) and (after is None or m.id > after.id)
                ),
                None,
            )

        return await self.wait_until(find, timeout, "a message of the bot")

    async def wait_edit(
        self, message: Message, match: Callable[[Message], Any] = bool, timeout: float = 5.0
    ) -> Message:
        """Wait until the message was edited and matches."""
        await self.wait_until(lambda: message.history and match(message), timeout, f"an edit of {message}")
        return message
