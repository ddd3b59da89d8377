"""The double itself: one loopback server for REST, gateway and files, and what tests look at."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yarl
from aiohttp import web

from . import openapi, rest
from .gateway import DIRECT_MESSAGES, GUILD_MESSAGES, Gateway
from .limits import RATES, Bucket
from .people import Interaction, Modal, Person
from .rest import ApiError, Call
from .world import EPHEMERAL, LOADING, Channel, Guild, Json, Message, User, World, now_iso

HOOK = Path(__file__).with_name("hook")


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that Discord refuses: the request, the place in its body, and the reason."""

    route: str
    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Somebody that a body of the bot would notify; `kind` is everyone, roles or users."""

    kind: str
    target: str
    route: str


@dataclass
class Fault:
    pattern: str
    times: int
    status: int = 0
    code: int = 0
    retry_after: float = 0.0
    everywhere: bool = False
    delay: float = 0.0


class DiscordDouble:
    """See the package. Times are seconds; `rates=None` switches rate limits off."""

    def __init__(self, token: str = "double-token", *, answer_within: float = 3.0, token_life: float = 900.0,
                 nonce_life: float = 180.0, heartbeat: float = 41.25, shards: int = 1, max_concurrency: int = 1,
                 identify_interval: float = 5.0, privileged_intents: int = 0, global_rate: int = 50,
                 rates: Mapping[tuple[str, str], tuple[str, int, float]] | None = RATES) -> None:  # fmt: skip
        self.token, self.answer_within, self.token_life, self.nonce_life = token, answer_within, token_life, nonce_life
        self.heartbeat, self.shards, self.max_concurrency = heartbeat, shards, max_concurrency
        self.identify_interval, self.privileged_intents = identify_interval, privileged_intents
        self.rates = rates or {}
        self.world, self.gateway = World(), Gateway(self)
        self.violations: list[Violation] = []
        self.pings: list[Ping] = []
        self.missing: list[str] = []
        self.requests: list[Call] = []
        self.commands: dict[int | None, list[Json]] = {}
        self.command_creates = 0
        self.interactions: dict[str, Interaction] = {}
        self.nonces: dict[Any, tuple[float, Message]] = {}
        self.faults: list[Fault] = []
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._all = Bucket("global", global_rate, 1.0) if rates is not None else None
        self._tick: asyncio.Future[None] | None = None
        name = os.environ.get("KOMPAS_TEST_DISCORD_OPENAPI")
        self.openapi = openapi.load(name) if name else None
        self.bot = User(self.world.new_id(), "Kompas", bot=True)
        self.world.users[self.bot.id] = self.bot
        self.owner = self.user("Owner", permissions=8)
        self.guild = self.add_guild("School", "general")
        self.channel = self.guild.channels["general"]

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url, self.gateway_url = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.gateway.close(1001)
        await self._runner.cleanup()

    # Pointing discord.py at it.

    @contextlib.contextmanager
    def patched(self) -> Iterator[Self]:
        """Point the discord.py of this process at the double."""
        from discord import asset, gateway, http

        before = http.Route.BASE, http._set_api_version, gateway.DiscordWebSocket.DEFAULT_GATEWAY, asset.Asset.BASE
        http.Route.BASE, asset.Asset.BASE = f"{self.url}/api/v10", self.url
        http._set_api_version = lambda value: None
        gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self.gateway_url)
        try:
            yield self
        finally:
            http.Route.BASE, http._set_api_version, gateway.DiscordWebSocket.DEFAULT_GATEWAY, asset.Asset.BASE = before

    def subprocess_env(self) -> dict[str, str]:
        """Environment additions that point the discord.py of a child process at the double."""
        path = os.pathsep.join(filter(None, [str(HOOK), os.environ.get("PYTHONPATH")]))
        return {"PYTHONPATH": path, "DISCORD_DOUBLE_HTTP": self.url, "DISCORD_DOUBLE_GATEWAY": self.gateway_url}

    # The world.

    def user(self, name: str, *, locale: str = "en-US", permissions: Any = None) -> Person:
        """A new person in every guild; `permissions` an int or discord.Permissions (added to an ordinary member's)."""
        person = Person(self.world.new_id(), name, locale=locale)
        person.everywhere |= int(getattr(permissions, "value", permissions) or 0)
        person.double = self
        self.world.users[person.id] = person
        return person

    def add_guild(self, name: str, *channels: str, locale: str = "en-US") -> Guild:
        guild = Guild(self.world.new_id(), name, self.owner, locale)
        self.world.guilds[guild.id] = guild
        for channel in channels:
            self.add_channel(guild, channel)
        self.gateway.dispatch("GUILD_CREATE", self.guild_create(guild), guild_id=guild.id, intent=1)
        return guild

    def add_channel(self, guild: Guild, name: str) -> Channel:
        channel = guild.channels[name] = Channel(self.world.new_id(), name, guild)
        self.world.channels[channel.id] = channel
        return channel

    def guild_create(self, guild: Guild) -> Json:
        lists = dict.fromkeys(("threads", "presences", "voice_states", "stage_instances", "guild_scheduled_events",
                               "soundboard_sounds"), [])  # fmt: skip
        me = self.bot.member(user=self.bot.json())
        return guild.json() | lists | {"joined_at": now_iso(), "large": False, "unavailable": False, "members": [me],
                                       "member_count": len(self.world.users),
                                       "channels": [c.json() for c in guild.channels.values()]}  # fmt: skip

    def dm(self, user: User) -> Channel:
        for channel in self.world.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.world.new_id(), user.name, None, user)
        self.world.channels[channel.id] = channel
        return channel

    def modal(self, interaction: Interaction, data: Json) -> Modal:
        return Modal(interaction, data)

    def channel_messages(self, channel: Channel | None = None) -> list[Message]:
        """What everybody sees in a channel."""
        return [m for m in (channel or self.channel).messages if not m.only_for]

    def announce(self, event: str, message: Message) -> None:
        guild, extra = message.channel.guild, {}
        if guild:
            extra = {"guild_id": str(guild.id), "member": message.author.member()}
        if not message.only_for:
            self.gateway.dispatch(event, extra, guild_id=guild.id if guild else None, message=message,
                                  intent=GUILD_MESSAGES if guild else DIRECT_MESSAGES)  # fmt: skip
        self.changed()

    def delete(self, message: Message) -> None:
        message.deleted = True
        message.channel.messages.remove(message)
        guild = message.channel.guild
        if not message.only_for:
            data = {"id": str(message.id), "channel_id": str(message.channel.id)} | (
                {"guild_id": str(guild.id)} if guild else {})  # fmt: skip
            self.gateway.dispatch("MESSAGE_DELETE", data, guild_id=guild.id if guild else None,
                                  intent=GUILD_MESSAGES if guild else DIRECT_MESSAGES)  # fmt: skip
        self.changed()

    def note_pings(self, call: Call, text: str, body: Json) -> None:
        """Record whom a body would notify; without allowed_mentions Discord notifies everybody named."""
        allowed = body.get("allowed_mentions")
        parse = ["everyone", "roles", "users"] if allowed is None else allowed.get("parse") or []
        named = {"everyone": re.findall("@everyone|@here", text), "roles": re.findall(r"<@&(\d+)>", text),
                 "users": re.findall(r"<@!?(\d+)>", text)}  # fmt: skip
        for kind, targets in named.items():
            listed = {str(target) for target in (allowed or {}).get(kind) or []} if kind != "everyone" else set()
            self.pings += [Ping(kind, t, f"{call.method} {call.path}") for t in targets if kind in parse or t in listed]
        reference = (body.get("message_reference") or {}).get("message_id")
        if reference and (True if allowed is None else allowed.get("replied_user")):
            self.pings.append(Ping("users", f"author of {reference}", f"{call.method} {call.path}"))

    # Faults, by a regular expression over "METHOD /path".

    def fail(self, route: str, status: int, times: int = 1, *, code: int = 0) -> None:
        self.faults.append(Fault(route, times, status=status, code=code))

    def rate_limit(self, route: str, retry_after: float, times: int = 1, *, global_: bool = False) -> None:
        self.faults.append(Fault(route, times, status=429, retry_after=retry_after, everywhere=global_))

    def slow(self, route: str, seconds: float, times: int = 1) -> None:
        """Do what was asked, but answer later."""
        self.faults.append(Fault(route, times, delay=seconds))

    # Waiting.

    def changed(self) -> None:
        if self._tick and not self._tick.done():
            self._tick.set_result(None)

    async def wait_until(self, condition: Callable[[], Any], timeout: float = 5.0, what: str | None = "that") -> Any:
        """Wait until the condition holds and return its value; AssertionError after `timeout` (None: just return)."""
        end = time.monotonic() + timeout
        while not (value := condition()):
            if self._tick is None or self._tick.done():
                self._tick = asyncio.get_running_loop().create_future()
            left = end - time.monotonic()
            if left <= 0:
                assert what is None, f"waited {timeout} s for {what}"
                return None
            await asyncio.wait([self._tick], timeout=left)
        return value

    async def wait_ready(self, sessions: int = 1, timeout: float = 10.0) -> None:
        """Wait until the bot has identified (as many shards)."""
        await self.wait_until(lambda: sum(s.wire is not None for s in self.gateway.sessions.values()) >= sessions, timeout,
                              "the bot to connect")  # fmt: skip

    async def wait_commands(self, timeout: float = 10.0) -> list[Json]:
        return await self.wait_until(lambda: self.commands.get(None), timeout, "commands")

    async def wait_message(self, channel: Channel | None = None, match: Callable[[Message], Any] = bool, *,
                           after: Message | None = None, timeout: float = 5.0) -> Message:  # fmt: skip
        """The first message of the bot in the channel, newer than `after`, that matches."""
        def find() -> Message | None:
            return next((m for m in self.channel_messages(channel) if m.author is self.bot and match(m)
                         and m.id > (after.id if after else 0)), None)  # fmt: skip

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
            _, _, channel, made, name = request.path.split("/")
            found = [m.files[name] for m in self.world.channels[int(channel)].messages if name in m.files
                     and made in str(m.data["attachments"])]  # fmt: skip
            return web.Response(body=found[0]) if found else web.Response(status=404)
        call = Call(request.method, request.path.removeprefix("/api/v10"), dict(request.query))
        self.requests.append(call)
        fault = next((f for f in self.faults if f.times and re.search(f.pattern, f"{call.method} {call.path}")), None)
        headers: dict[str, str] = {}
        try:
            answer = await self._answer(request, call, fault, headers)
            call.status = 204 if answer is None else 200
        except ApiError as error:
            call.status, answer = error.status, error.json()
            if error.blame:
                for path, sentence in error.problems or [("", f"{error.code} {error.message}")]:
                    self.violations.append(Violation(f"{call.method} {call.path}", path, sentence))
            if error.status == 429:
                wait = float(headers["Retry-After"])
                answer |= {"retry_after": wait, "global": "X-RateLimit-Global" in headers}
        if fault and fault.delay:
            fault.times -= 1
            await asyncio.sleep(fault.delay)
        if answer is None:
            return web.Response(status=204, headers=headers)
        headers["Content-Type"] = "application/json"  # exactly: discord.py reads text otherwise
        return web.Response(body=json.dumps(answer).encode(), status=call.status, headers=headers)

    async def _answer(self, request: web.BaseRequest, call: Call, fault: Fault | None, headers: dict[str, str]) -> Any:
        template, function, ids = self._operation(call)
        by_token = call.path.startswith(("/interactions/", "/webhooks/"))
        if not by_token and request.headers.get("Authorization") != f"Bot {self.token}":
            raise ApiError(401, 0, "401: Unauthorized")
        if fault and fault.status:
            fault.times -= 1
            if fault.status == 429:
                self._limited(headers, fault.retry_after, "global" if fault.everywhere else "user")
            raise ApiError(fault.status, fault.code, f"{fault.status}: injected", blame=False)
        if self._all and not by_token and (wait := self._all.take()):
            self._limited(headers, wait, "global")
        if rate := self.rates.get((call.method, template.replace("@original", "{message_id}"))):
            bucket = self._buckets.setdefault((rate[0], ids[0] if not by_token else ids[1]), Bucket(*rate))
            wait = bucket.take()
            headers |= bucket.headers()
            if wait:
                self._limited(headers, wait, "user")
        await self._read(request, call)
        if self.openapi and (found := self.openapi.problems(call.method, template, call.body)) and call.body is not None:
            raise ApiError(400, 50035, "Invalid Form Body", found)
        answer = function(self, call, *(int(part) if part.isdigit() else part for part in ids))
        if self.openapi and answer is not None:
            wrong = self.openapi.problems(call.method, template, answer, 200)
            self.violations += [Violation(f"the double's answer to {call.method} {template}", *problem) for problem in wrong]
        return answer

    def _limited(self, headers: dict[str, str], wait: float, scope: str) -> None:
        # discord.py takes a 429 without Via for a ban by Cloudflare
        headers |= {"Via": "1.1 double", "Retry-After": f"{wait:.3f}", "X-RateLimit-Scope": scope}
        if scope == "global":
            headers["X-RateLimit-Global"] = "true"
        raise ApiError(429, 0, "You are being rate limited.", blame=False)

    def _operation(self, call: Call) -> tuple[str, Callable[..., Any], tuple[str, ...]]:
        for method, template, pattern, function in rest.OPERATIONS:
            if method == call.method and (match := pattern.fullmatch(call.path)):
                return template, function, match.groups()
        if self.openapi and not self.openapi.knows(call.method, call.path):
            raise ApiError(404, 0, "404: Not Found")
        self.missing.append(f"{call.method} {call.path}")
        raise ApiError(501, 0, "The double does not know this operation yet", blame=False)

    async def _read(self, request: web.BaseRequest, call: Call) -> None:
        if request.content_type == "multipart/form-data":
            form = await request.post()
            call.files = {k: (v.filename, v.file.read()) for k, v in form.items() if isinstance(v, web.FileField)}
            call.body = json.loads(str(form["payload_json"])) if "payload_json" in form else {}
        elif request.can_read_body:
            call.body = json.loads(await request.read())


__all__ = ["EPHEMERAL", "LOADING", "DiscordDouble"]
