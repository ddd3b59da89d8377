"""The double itself: one loopback server for REST, gateway and files."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Self

from aiohttp import web

from .gateway import DIRECT_MESSAGES, GUILD_MESSAGES, GUILDS, Gateway
from .people import Interaction
from .rest import ApiError, Call, Rest, refuse
from .rules import openapi
from .rules.limits import RATES, Bucket
from .town import Ping, Town, Violation
from .world import Channel, Guild, Json, May, Message, User, World, blank


class DiscordDouble(Town):
    """See the package. Times are seconds; `rates={}` and `global_rate=0` switch rate limits off."""

    def __init__(
        self,
        token: str = "double-token",
        *,
        answer_within: float = 3.0,
        token_life: float = 900.0,
        nonce_life: float = 180.0,
        heartbeat: float = 41.25,
        shards: int = 1,
        max_concurrency: int = 1,
        identify_interval: float = 5.0,
        privileged_intents: int = 0,
        global_rate: int = 50,
        invalid_limit: int = 10_000,
        rates: dict[str, tuple[str, int, float]] = RATES,
    ) -> None:
        self.token, self.answer_within, self.token_life, self.nonce_life = token, answer_within, token_life, nonce_life
        self.heartbeat, self.shards, self.max_concurrency = heartbeat, shards, max_concurrency
        self.identify_interval, self.privileged_intents = identify_interval, privileged_intents
        self.invalid_limit, self.invalid, self.rates = invalid_limit, 0, rates
        self.world = World()
        self.gateway, self.rest = Gateway(self), Rest(self)
        self.violations, self.pings, self.missing = list[Violation](), list[Ping](), list[str]()
        self.requests, self.interactions, self.commands = list[Call](), dict[str, Interaction](), list[Json]()
        self.faults, self._tick = list[SimpleNamespace](), None
        self._buckets, self._global = dict[tuple[str, ...], Bucket](), Bucket("global", global_rate, 1.0)
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

    def add_thread(self, parent: Channel, name: str) -> Channel:
        assert parent.guild
        thread = parent.guild.channels[name] = Channel(self.world.new_id(), name, parent.guild, parent=parent)
        self.world.channels[thread.id] = thread
        self._tell(thread, "THREAD_CREATE")
        return thread

    def deny(self, channel: Channel, permissions: Any) -> None:
        """From now on the bot may not do that (int or discord.Permissions) in the channel."""
        channel.denied = getattr(permissions, "value", permissions)
        self._tell(channel, "CHANNEL_UPDATE")

    def remove_channel(self, channel: Channel) -> None:
        """Somebody deleted the channel or thread; the threads of a channel go with it."""
        guild = channel.guild
        assert guild
        for name, place in list(guild.channels.items()):
            if channel in (place, place.parent):
                del guild.channels[name], self.world.channels[place.id]
        self._tell(channel, "THREAD_DELETE" if channel.parent else "CHANNEL_DELETE")

    def kick(self, guild: Guild) -> None:
        """The bot is no longer in the guild."""
        for channel in guild.channels.values():
            channel.denied = May.VIEW
        del self.world.guilds[guild.id]
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild.id, GUILDS)

    def _tell(self, channel: Channel, event: str) -> None:
        self.gateway.dispatch(event, channel.json(), channel.guild.id if channel.guild else 0, GUILDS)

    def guild_create(self, guild: Guild) -> Json:
        places = guild.channels.values()
        return guild.json() | blank(
            "guild_create",
            channels=[c.json() for c in places if not c.parent],
            threads=[c.json() for c in places if c.parent],
            members=[blank("member", user=self.bot.json())],
            member_count=len(self.world.users),
        )

    def dm(self, user: User) -> Channel:
        """The direct channel with a person."""
        found = next((c for c in self.world.channels.values() if c.recipient is user), None)
        channel = found or Channel(self.world.new_id(), user.name, recipient=user)
        return self.world.channels.setdefault(channel.id, channel)

    def announce(self, event: str, message: Message) -> None:
        guild, data = message.channel.guild, {"id": str(message.id), "channel_id": str(message.channel.id)}
        if guild:
            data |= {"guild_id": str(guild.id)} | ({} if message.deleted else {"member": blank("member")})
        if not message.only_for:
            self.gateway.dispatch(
                event,
                data,
                guild.id if guild else 0,
                GUILD_MESSAGES if guild else DIRECT_MESSAGES,
                None if message.deleted else message,
            )
        self.changed()

    def delete(self, message: Message) -> None:
        message.deleted = True
        message.channel.messages.remove(message)
        self.announce("MESSAGE_DELETE", message)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/gateway":
            return await self.gateway.serve(request)
        if request.path.startswith("/attachments/"):
            _, _, message, made, _ = request.path.split("/")
            return web.Response(body=self.world.messages[int(message)].files[made])
        call = Call(request.method, request.path.removeprefix("/api/v10"), dict(request.query))
        self.requests.append(call)
        line = f"{call.method} {call.path}"
        none = SimpleNamespace(status=0, delay=0.0, times=1)
        fault = next((f for f in self.faults if f.times > 0 and re.search(f.route, line)), none)
        fault.times -= 1
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
        by_token = call.path.startswith(("/interactions/", "/webhooks/"))
        if not by_token and request.headers.get("Authorization") != f"Bot {self.token}":
            raise ApiError(401, 0, "401: Unauthorized")
        if fault.status == 429:
            self._limited(headers, fault.wait, fault.scope)
        if fault.status:
            raise ApiError(fault.status, fault.code, "A fault made for the test", blame=False)
        if self._global.limit and not by_token and (wait := self._global.take()):
            self._limited(headers, wait, "global")
        if rate := self.rates.get(f"{call.method} {template}"):
            bucket = self._buckets.setdefault((rate[0], *ids[: 1 + by_token]), Bucket(*rate))
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
        if self.openapi and call.body is not None:
            refuse(self.openapi.problems(call.method, template, call.body))
        answer = function(call, *(int(part) if part.isdigit() else part for part in ids))
        if self.openapi and answer is not None:
            wrong = self.openapi.problems(call.method, template, answer, answer=True)
            self.violations += [Violation(f"the double's own {call.method} {template}", *problem) for problem in wrong]
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
