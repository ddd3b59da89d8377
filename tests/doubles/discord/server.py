"""The double itself: one loopback server for REST, gateway and files, and what tests look at."""
# fmt: off
from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, Self

import yarl
from aiohttp import web

from . import openapi
from .gateway import DIRECT_MESSAGES, GUILD_MESSAGES, GUILDS, Gateway
from .limits import RATES, Bucket
from .people import Interaction, Person
from .rest import ApiError, Call, Rest
from .world import MEMBER_JSON, Channel, Guild, Json, Message, User, World


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


class DiscordDouble:
    """See the package. Times are seconds; `rates={}` and `global_rate=0` switch rate limits off."""

    def __init__(self, token: str = "double-token", *, answer_within: float = 3.0, token_life: float = 900.0,
                 nonce_life: float = 180.0, heartbeat: float = 41.25, shards: int = 1, max_concurrency: int = 1,
                 identify_interval: float = 5.0, privileged_intents: int = 0, global_rate: int = 50,
                 invalid_limit: int = 10_000, rates: dict[str, tuple[str, int, float]] = RATES) -> None:
        self.token, self.answer_within, self.token_life, self.nonce_life = token, answer_within, token_life, nonce_life
        self.heartbeat, self.shards, self.max_concurrency = heartbeat, shards, max_concurrency
        self.identify_interval, self.privileged_intents = identify_interval, privileged_intents
        self.invalid_limit, self.invalid, self.rates = invalid_limit, 0, rates
        self.world = World()
        self.gateway, self.rest = Gateway(self), Rest(self)
        self.violations, self.pings, self.missing = list[Violation](), list[Ping](), list[str]()
        self.requests, self.interactions = list[Call](), dict[str, Interaction]()
        self.commands: dict[int | None, list[Json]] = {}
        self._faults: list[SimpleNamespace] = []
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self._global = Bucket("global", global_rate, 1.0)
        self._tick: asyncio.Future[None] | None = None
        file = os.environ.get("KOMPAS_TEST_DISCORD_OPENAPI")
        self.openapi = openapi.load(file) if file else None
        self.bot = User(self.world.new_id(), "Kompas", bot=True)
        self.world.users[self.bot.id] = self.bot
        self.owner = self.user("Owner", permissions=8)
        self.guild = self.add_guild("School", "general")
        self.channel = self.guild.channels["general"]

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        address = "%s:%s" % self._runner.addresses[0][:2]  # noqa: UP031
        self.url, self.gateway_url = f"http://{address}", f"ws://{address}/gateway"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.gateway.close(1001)
        await self._runner.cleanup()

    @contextlib.contextmanager
    def patched(self) -> Iterator[Self]:
        """Point the discord.py of this process at the double."""
        from discord import asset, gateway, http

        places = ((http.Route, "BASE", self.url + "/api/v10"), (http, "_set_api_version", lambda version: None),
                  (gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(self.gateway_url)), (asset.Asset, "BASE", self.url))
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
        try:
            for owner, name, value in places:
                setattr(owner, name, value)
            yield self
        finally:
            for owner, name, value in before:
                setattr(owner, name, value)

    def subprocess_env(self) -> dict[str, str]:
        """Environment additions that point the discord.py of a child process at the double."""
        path = [str(Path(__file__).with_name("hook")), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"PYTHONPATH": os.pathsep.join(path), "DISCORD_DOUBLE_HTTP": self.url,
                "DISCORD_DOUBLE_GATEWAY": self.gateway_url}

    def user(self, name: str, *, locale: str = "en-US", permissions: Any = 0) -> Person:
        """A new person, in every guild; `permissions` (int or discord.Permissions) come on top of an ordinary member's."""
        person = Person(self.world.new_id(), name, locale=locale)
        person.everywhere |= getattr(permissions, "value", permissions)
        person.double = self
        self.world.users[person.id] = person
        return person

    def add_guild(self, name: str, *channels: str, locale: str = "en-US") -> Guild:
        guild = self.world.guilds[new] = Guild(new := self.world.new_id(), name, self.owner, locale)
        for channel in channels:
            self.add_channel(guild, channel)
        self.gateway.dispatch("GUILD_CREATE", self.guild_create(guild), guild.id, GUILDS)
        return guild

    def add_channel(self, guild: Guild, name: str) -> Channel:
        channel = guild.channels[name] = Channel(self.world.new_id(), name, guild)
        self.world.channels[channel.id] = channel
        return channel

    def guild_create(self, guild: Guild) -> Json:
        empty = ("threads", "presences", "voice_states", "stage_instances", "guild_scheduled_events", "soundboard_sounds")
        return guild.json() | dict.fromkeys(empty, []) | {
            "joined_at": datetime.now(UTC).isoformat(), "large": False, "unavailable": False,
            "member_count": len(self.world.users), "members": [MEMBER_JSON | {"user": self.bot.json()}],
            "channels": [c.json() for c in guild.channels.values()]}

    def dm(self, user: User) -> Channel:
        """The direct channel with a person."""
        found = next((c for c in self.world.channels.values() if c.recipient is user), None)
        channel = found or Channel(self.world.new_id(), user.name, recipient=user)
        return self.world.channels.setdefault(channel.id, channel)

    def channel_messages(self, channel: Channel | None = None) -> list[Message]:
        """What everybody sees in a channel."""
        return [m for m in (channel or self.channel).messages if not m.only_for]

    def announce(self, event: str, message: Message) -> None:
        guild, data = message.channel.guild, {"id": str(message.id), "channel_id": str(message.channel.id)}
        if guild:
            data |= {"guild_id": str(guild.id)} | ({} if message.deleted else {"member": MEMBER_JSON})
        if not message.only_for:
            self.gateway.dispatch(event, data, guild.id if guild else 0, GUILD_MESSAGES if guild else DIRECT_MESSAGES,
                                  None if message.deleted else message)
        self.changed()

    def delete(self, message: Message) -> None:
        message.deleted = True
        message.channel.messages.remove(message)
        self.announce("MESSAGE_DELETE", message)

    def note_pings(self, call: Call, text: str, body: Json) -> None:
        """Record whom a body would notify; without allowed_mentions Discord notifies everybody named."""
        allowed = body.get("allowed_mentions")
        parse = ["everyone", "roles", "users"] if allowed is None else allowed.get("parse") or []
        route = f"{call.method} {call.path}"
        for kind, pattern in (("everyone", "@everyone|@here"), ("roles", r"<@&(\d+)>"), ("users", r"<@!?(\d+)>")):
            listed = [str(target) for target in (allowed or {}).get(kind) or []]
            self.pings += [Ping(kind, t, route) for t in re.findall(pattern, text) if kind in parse or t in listed]
        if body.get("message_reference") and (allowed is None or allowed.get("replied_user")):
            self.pings.append(Ping("users", "the author replied to", route))

    # Faults: `route` is a regular expression searched in "METHOD /path".

    def fail(self, route: str, status: int, times: int = 1, *, code: int = 0) -> None:
        self._faults.append(SimpleNamespace(route=route, times=times, status=status, code=code, delay=0.0))

    def rate_limit(self, route: str, retry_after: float, times: int = 1, *, global_: bool = False) -> None:
        self.fail(route, 429, times)
        self._faults[-1].wait, self._faults[-1].scope = retry_after, "global" if global_ else "user"

    def slow(self, route: str, seconds: float, times: int = 1) -> None:
        """Do what was asked, but answer later."""
        self.fail(route, 0, times)
        self._faults[-1].delay = seconds

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
        await self.wait_until(lambda: sum(bool(s.wire) for s in self.gateway.sessions.values()) >= shards, timeout, "the bot")

    async def wait_commands(self, timeout: float = 10.0) -> list[Json]:
        return await self.wait_until(lambda: self.commands.get(None), timeout, "the commands")

    async def wait_message(self, channel: Channel | None = None, match: Callable[[Message], Any] = bool, *,
                           after: Message | None = None, timeout: float = 5.0) -> Message:
        """The first message of the bot in the channel that matches and is newer than `after`."""
        def find() -> Message | None:
            return next((m for m in self.channel_messages(channel) if m.author is self.bot and match(m)
                         and (after is None or m.id > after.id)), None)
        return await self.wait_until(find, timeout, "a message of the bot")

    async def wait_edit(self, message: Message, match: Callable[[Message], Any] = bool, timeout: float = 5.0) -> Message:
        """Wait until the message was edited and matches."""
        await self.wait_until(lambda: message.history and match(message), timeout, f"an edit of {message}")
        return message

    # HTTP.

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/gateway":
            return await self.gateway.serve(request)
        if request.path.startswith("/attachments/"):
            _, _, message, made, _ = request.path.split("/")
            return web.Response(body=self.world.messages[int(message)].files[made])
        call = Call(request.method, request.path.removeprefix("/api/v10"), dict(request.query))
        self.requests.append(call)
        line = f"{call.method} {call.path}"
        fault = next((f for f in self._faults if f.times and re.search(f.route, line)), SimpleNamespace(status=0, delay=0.0))
        fault.times = getattr(fault, "times", 0) - 1
        headers: dict[str, str] = {}
        try:
            answer = await self._answer(request, call, fault, headers)
            call.status = 204 if answer is None else 200
        except ApiError as error:
            call.status, answer = error.status, error.json
            if error.blame:
                self.violations += [Violation(line, *problem) for problem in error.problems]
            if error.status == 429:
                answer |= {"retry_after": float(headers["Retry-After"]), "global": "X-RateLimit-Global" in headers}
        self.invalid += call.status in (401, 403, 429)
        await asyncio.sleep(fault.delay)
        if self.invalid > self.invalid_limit:  # banned by Cloudflare
            return web.Response(status=429, text="error code: 1015")
        if answer is None:
            return web.Response(status=204, headers=headers)
        headers["Content-Type"] = "application/json"  # exactly: discord.py reads text otherwise
        return web.Response(body=json.dumps(answer).encode(), status=call.status, headers=headers)

    async def _answer(self, request: web.BaseRequest, call: Call, fault: Any, headers: dict[str, str]) -> Any:
        template, function, ids = self._operation(call)
        by_token, d = call.path.startswith(("/interactions/", "/webhooks/")), self
        if not by_token and request.headers.get("Authorization") != f"Bot {self.token}":
            raise ApiError(401, 0, "401: Unauthorized")
        if fault.status == 429:
            self._limited(headers, fault.wait, fault.scope)
        if fault.status:
            raise ApiError(fault.status, fault.code, "A fault made for the test", blame=False)
        if self._global.limit and not by_token and (wait := self._global.take()):
            self._limited(headers, wait, "global")
        if rate := self.rates.get(f"{call.method} {template}"):
            bucket = self._buckets.setdefault((rate[0], *ids[:1 + by_token]), Bucket(*rate))
            wait = bucket.take()
            headers |= bucket.headers()
            if wait:
                self._limited(headers, wait, "user")
        if request.content_type == "multipart/form-data":
            form = await request.post()
            call.files = {k: (v.filename, v.file.read()) for k, v in form.items() if isinstance(v, web.FileField)}
            call.body = json.loads(str(form.get("payload_json", "{}")))
        elif request.can_read_body:
            call.body = json.loads(await request.read())
        if self.openapi and call.body is not None and (wrong := self.openapi.problems(call.method, template, call.body)):
            raise ApiError(400, 50035, "Invalid Form Body", wrong)
        answer = function(call, *(int(part) if part.isdigit() else part for part in ids))
        if self.openapi and answer is not None:
            wrong = self.openapi.problems(call.method, template, answer, answer=True)
            d.violations += [Violation(f"the double, answering {call.method} {template}", *problem) for problem in wrong]
        return answer

    def _limited(self, headers: dict[str, str], wait: float, scope: str) -> None:
        # without Via discord.py takes a 429 for a ban by Cloudflare
        headers |= {"Via": "1.1 double", "Retry-After": f"{wait:.3f}", "X-RateLimit-Scope": scope}
        headers |= {"X-RateLimit-Global": "true"} if scope == "global" else {}
        raise ApiError(429, 0, "You are being rate limited.", blame=False)

    def _operation(self, call: Call) -> tuple[str, Callable[..., Any], tuple[str, ...]]:
        for method, template, pattern, function in self.rest.operations:
            if method == call.method and (match := pattern.fullmatch(call.path)):
                return template, function, match.groups()
        if self.openapi and not self.openapi.knows(call.method, call.path):
            raise ApiError(404, 0, "404: Not Found")
        self.missing.append(f"{call.method} {call.path}")
        raise ApiError(501, 0, "The double does not know this operation", blame=False)
