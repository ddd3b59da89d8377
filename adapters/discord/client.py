"""The connection to Discord: log in, tell Discord the commands, hand events over, reconnect, close.

RESUME, op 7 and op 9 are discord.py's work; what it gives up on is either refused for good (then the platform is
given up) or a Discord that cannot be reached (then it is tried again, ever more slowly).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from time import monotonic
from typing import Any

import aiohttp
import discord
import structlog
from discord.gateway import KeepAliveHandler

from adapters.discord import inbound
from adapters.discord.forms import Forms
from adapters.discord.guard import Guard
from adapters.discord.inbound import PLATFORM
from adapters.discord.sender import DiscordSender
from adapters.discord.serve import Interaction, Service
from adapters.discord.tree import command_tree, load_names, tree_hash
from bot.app import App
from bot.errors import PlatformRefused
from bot.settings import Settings

log = structlog.get_logger(__name__)

FINISH_SECONDS = 2.5
"""What is being answered when the bot is stopped gets this long."""
CLOSE_SECONDS = 1.5
SYNC_SECONDS = 30.0
IDENTIFY_SECONDS = 5.0
"""Between two IDENTIFYs that share a place in Discord's queue (shard id modulo max_concurrency)."""
RETRY_SECONDS = (1.0, 60.0)
"""First and longest wait before the next try to reach Discord at all."""
REFUSED = {
    4004: "the token was refused",
    4010: "the shard number is invalid",
    4011: "the bot is in so many servers that it needs more shards (KOMPAS_DISCORD_SHARDS)",
    4012: "this version of Discord's gateway is gone; a newer Kompas is needed",
    4013: "the intents are invalid",
    4014: "an intent is not allowed for this bot",
}
"""Close codes of the gateway after which trying again does not help."""


class Client(discord.Client):
    """Discord's events, handed to the service."""

    service: Service
    connection: Connection

    async def setup_hook(self) -> None:
        self.connection.logged_in()
        await self.connection.sync_commands()

    async def on_interaction(self, interaction: Interaction) -> None:
        await self.service.interacted(interaction)

    async def on_message(self, message: discord.Message) -> None:
        if self.user is not None:
            await self.service.said(message, self.user)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self.service.gone([channel.id])

    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        await self.service.gone([thread.thread_id])

    async def on_guild_join(self, guild: discord.Guild) -> None:
        if self.connection.servers and str(guild.id) not in self.connection.servers:
            log.info("left a server that is not allowed (KOMPAS_ALLOW_SERVERS)")
            await guild.leave()

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self.service.gone([place.id for place in (*guild.channels, *guild.threads)], guild.id)

    async def on_ready(self) -> None:
        log.info("connected", platform=PLATFORM, servers=len(self.guilds))
        for guild in self.guilds:
            await self.on_guild_join(guild)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        log.exception("event failed", discord_event=event_method)


class ShardedClient(Client, discord.AutoShardedClient):
    """The same over several gateway connections. Discord lets `max_concurrency` of them identify every five seconds;
    discord.py waits after each, which at 16 shards is over a minute in which most servers are not served."""

    async def setup_hook(self) -> None:
        self._identified: dict[int, float] = {}
        self._at_a_time = max(1, (await self.fetch_session_start_limits()).max_concurrency)
        await super().setup_hook()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        turn, now = (shard_id or 0) % self._at_a_time, monotonic()
        wait = self._identified.get(turn, now - IDENTIFY_SECONDS) + IDENTIFY_SECONDS - now
        self._identified[turn] = now + max(0.0, wait)
        await asyncio.sleep(max(0.0, wait))


class DiscordPlatform:
    """The bot's Discord account."""

    name = account = PLATFORM

    def __init__(self, app: App, settings: Settings, forms: Forms | None = None) -> None:
        self._app = app
        self._forms = forms
        self._token = settings.discord_token.get_secret_value() if settings.discord_token else ""
        self._shards = settings.discord_shards
        self._servers = frozenset(settings.allow_servers)
        self._tree = command_tree(app.specs, app.knowledge.voices, load_names())

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set. Raises PlatformRefused; a Discord that cannot be reached is tried again."""
        wait, longest = RETRY_SECONDS
        sender = DiscordSender()
        try:
            while not stop.is_set():
                failure = await Connection(self._app, self._forms, self._tree, self._shards, sender, self._servers).run(
                    self._token, stop
                )
                if failure is None or stop.is_set():
                    return
                log.warning("Discord cannot be reached", error=type(failure).__name__, seconds=round(wait))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), wait * random.uniform(0.8, 1.2))
                wait = min(longest, wait * 2)
        finally:
            self._app.senders.disconnect(sender.account)
            await sender.finish(0)


class Connection:
    """One login, from start to close."""

    def __init__(
        self,
        app: App,
        forms: Forms | None,
        tree: list[dict[str, Any]],
        shards: int,
        sender: DiscordSender,
        servers: frozenset[str],
    ) -> None:
        self.servers = servers
        """Ids of the servers to stay in; empty = all."""
        self._app = app
        self._forms = forms
        self._tree = tree
        self._sender = sender
        self._too_many = asyncio.Event()
        self._guard = Guard(self._too_many.set, limited=lambda: app.metrics.limited(PLATFORM))
        self._client = make_client(shards, self._guard)
        self._client.connection = self

    async def run(self, token: str, stop: asyncio.Event) -> Exception | None:
        """Serve until `stop` is set, or return why Discord could not be reached. Raises PlatformRefused."""
        async with asyncio.TaskGroup() as group:
            service = self._client.service = Service(self._app, self._forms, group, self._guard, self._sender)
            serving = group.create_task(self._serve(token), name="discord gateway")
            watching = [group.create_task(event.wait()) for event in (stop, self._too_many)]
            await asyncio.wait([serving, *watching], return_when=asyncio.FIRST_COMPLETED)
            await service.finish(FINISH_SECONDS)
            if stop.is_set():
                await self._sender.finish(FINISH_SECONDS)
            self._sender.disconnected()
            for task in (serving, *watching):
                task.cancel()
            await asyncio.wait([serving])  # while somebody reads from the gateway, it is closed with the wrong code
            await self._close()
            service.give_up()
        failure = None if serving.cancelled() else serving.result()
        if self._too_many.is_set():
            raise PlatformRefused(PLATFORM, "Discord refused too many requests; stopped before it bans this address")
        if isinstance(failure, PlatformRefused):
            raise failure
        return failure

    def logged_in(self) -> None:
        """Discord took the token: from now on the bot can send."""
        self._sender.connected(self._client)
        self._app.senders.connect(self._sender)

    async def sync_commands(self) -> None:
        """Tell Discord the commands, if they are not what it was told last. Old commands are better than no bot, so a
        failure is logged."""
        account = f"{PLATFORM}:{self._client.application_id}"
        wanted = tree_hash(self._tree)
        if await self._app.store.get(account, "commands") == wanted:
            return
        try:
            async with asyncio.timeout(SYNC_SECONDS):
                payload: Any = self._tree
                await self._client.http.bulk_upsert_global_commands(self._client.application_id or 0, payload)
        except (discord.HTTPException, TimeoutError, OSError, aiohttp.ClientError) as error:
            log.error("commands not synced", error=type(error).__name__, code=getattr(error, "code", None))
            return
        await self._app.store.put(account, "commands", wanted)
        log.info("commands synced", commands=len(self._tree))

    async def _serve(self, token: str) -> Exception | None:
        """Log in and stay; why it ended."""
        try:
            await self._client.start(token)
        except discord.LoginFailure:
            return PlatformRefused(PLATFORM, "the token was refused (KOMPAS_DISCORD_TOKEN)")
        except discord.PrivilegedIntentsRequired:
            return PlatformRefused(PLATFORM, REFUSED[4014])
        except discord.ConnectionClosed as error:
            if error.code in REFUSED:
                return PlatformRefused(PLATFORM, f"{REFUSED[error.code]} (close code {error.code})")
            return error
        except discord.Forbidden as error:
            return PlatformRefused(PLATFORM, f"the account may not log in (status {error.status}, code {error.code})")
        except (OSError, TimeoutError, aiohttp.ClientError, discord.DiscordException) as error:
            return error
        return ConnectionError("the gateway closed")

    async def _close(self) -> None:
        settling = self._client._connection._ready_task  # discord.py forgets it, and it fails on a closed client
        if settling is not None:
            settling.cancel()
        try:
            await asyncio.wait_for(self._client.close(), CLOSE_SECONDS)
        except (TimeoutError, OSError, aiohttp.ClientError, discord.DiscordException) as error:
            log.warning("Discord was not closed cleanly", error=type(error).__name__)
        finally:
            await end_gateways(self._client)


async def end_gateways(client: discord.Client) -> None:
    """End the gateway connections that discord.py leaves behind, thread and socket, when one is lost or given up
    between its greeting and its first command: nobody holds it then, and its heartbeat beats into a closed loop."""
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler) and thread.ws._connection is client._connection:
            thread.stop()
            with contextlib.suppress(TimeoutError, OSError, aiohttp.ClientError):
                await asyncio.wait_for(thread.ws.socket.close(), CLOSE_SECONDS)


def make_client(shards: int, guard: Guard) -> Client:
    """A client that asks for no privileged intent, keeps no members and no messages, and mentions nobody."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # no voice here
    options: dict[str, Any] = {
        "intents": discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
        "allowed_mentions": discord.AllowedMentions.none(),
        "chunk_guilds_at_startup": False,
        "member_cache_flags": discord.MemberCacheFlags.none(),
        "max_messages": None,
        "http_trace": guard.trace(),
    }
    client = ShardedClient(shard_count=shards, **options) if shards else Client(**options)
    _hear_less(client)
    return client


def _hear_less(client: Client) -> None:
    """Drop messages that are not for the bot before discord.py builds objects of them: in a busy server nearly all,
    and every answer of the bot comes back as one. discord.py offers no public place for that."""
    parsers = client._connection.parsers
    parse = parsers["MESSAGE_CREATE"]

    def parse_ours(data: Any) -> None:
        if client.user is not None and inbound.is_for_us(data, client.user.id):
            parse(data)

    parsers["MESSAGE_CREATE"] = parse_ours
    for event in ("MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"):
        parsers.pop(event, None)
