"""How the bot speaks on Discord without being asked: it posts into channels, changes what it posted, and knows whether
it may.

The sender outlives every connection: what is posted while Discord is away waits for it to come back. Rate limits are
discord.py's work; a message and its changes have different ones, so that changes never hold up a message.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
import structlog
from discord.http import HTTPClient, MultipartParameters

from adapters.discord.edits import Edits
from adapters.discord.inbound import PLATFORM
from adapters.discord.render import Drawn, render
from adapters.discord.send import SEND_SECONDS, multipart
from bot.model.ids import RoomId, UserId
from bot.model.reply import Reply
from bot.ports import CannotSend, RoomFacts
from bot.ports.sending import NOTHING

log = structlog.get_logger(__name__)

LONG_SECONDS = 60.0
"""A message that waits longer than this is logged."""
RETRY_SECONDS = (0.5, 30.0)
"""First and longest wait before a message is tried again that Discord did not take for a passing reason."""
DIRECT_CHATS = 10_000
"""Direct chats that are remembered; none is ever opened by the bot."""
ARCHIVED = 50083
"""Discord's code for a thread that is archived and locked."""
NONCE = 25
"""Characters of a nonce at most."""
PASSING = (TimeoutError, OSError, aiohttp.ClientError)


class DiscordSender:
    """The bot's account on Discord as bot.ports.Sender."""

    account = PLATFORM
    numbered = False
    keeps_keys = False
    direct_link = ""

    def __init__(self) -> None:
        self._client: discord.Client | None = None
        self._online = asyncio.Event()
        self._direct: OrderedDict[UserId, RoomId] = OrderedDict()
        self._edits = Edits(self._change)
        self._posting: set[asyncio.Future[None]] = set()

    # for the connection

    def connected(self, client: discord.Client) -> None:
        """The client is logged in."""
        self._client = client
        self._online.set()

    def disconnected(self) -> None:
        """It is not any more; what is to be posted waits for the next one."""
        self._client = None
        self._online.clear()

    def met(self, user: UserId, direct: RoomId) -> None:
        """The person has used their direct chat with the bot."""
        self._direct[user] = direct
        self._direct.move_to_end(user)
        if len(self._direct) > DIRECT_CHATS:
            self._direct.popitem(last=False)

    async def finish(self, seconds: float) -> None:
        """Wait for what is being posted, and make the changes that wait without delay; for so long at most."""
        posting = [asyncio.wait(list(self._posting), timeout=seconds)] if self._posting else []
        await asyncio.gather(self._edits.finish(seconds), *posting)

    # bot.ports.Sender

    async def post(self, room: RoomId, reply: Reply, key: str, priority: int) -> str:
        """The messages of the reply, one after the other; the id of the last one, which carries what can be pressed.
        Raises CannotSend."""
        del priority  # the limits are per channel, and the core has one message at a time under way for each
        message, done = "", asyncio.get_running_loop().create_future()
        self._posting.add(done)
        try:
            for number, drawn in enumerate(render(reply)):
                message = await self._create(room, drawn, nonce(key, number))
        finally:
            self._posting.discard(done)
            done.set_result(None)
        return message

    async def edit(self, room: RoomId, message: str, reply: Reply, priority: int) -> None:
        """Change it soon. Returns at once; what fails is logged."""
        del priority
        self._edits.put(int(room.id), int(message), render(reply)[-1])

    async def whisper(self, user: UserId, reply: Reply, key: str) -> bool:
        """Say it in the direct chat that the person has opened; False when none is known since the start."""
        room = self._direct.get(user)
        if room is None:
            return False
        try:
            await self.post(room, reply, key, 0)
        except CannotSend:
            self._direct.pop(user, None)
            return False
        return True

    async def look(self, room: RoomId) -> RoomFacts:
        """Whether the bot may write there, from what the gateway told about the channel; one that it did not tell of
        is asked for."""
        if room in self._direct.values():
            return RoomFacts(may_write=True)
        client = await self._logged_in()
        channel: Any = client.get_channel(int(room.id))
        if channel is None:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    channel = await client.fetch_channel(int(room.id))
            except (discord.NotFound, discord.Forbidden):
                return RoomFacts(may_write=False)
            except (discord.DiscordException, *PASSING) as error:
                log.warning("a channel could not be looked at", error=type(error).__name__)
                return RoomFacts(may_write=True)
        return RoomFacts(may_write=may_write(channel, client.user.id if client.user else 0))

    # requests

    async def _logged_in(self) -> discord.Client:
        while self._client is None:
            await self._online.wait()
        return self._client

    async def _create(self, room: RoomId, drawn: Drawn, key: str) -> str:
        """One message, tried until Discord takes or refuses it; its id. The nonce keeps a repeated request from
        becoming a second message."""
        body = drawn.body | {"nonce": key, "enforce_nonce": True}
        loop, wait = asyncio.get_running_loop(), RETRY_SECONDS[0]
        timer = loop.call_later(LONG_SECONDS, lambda: log.warning("a message has been waiting for a minute", key=key))
        try:
            while True:
                try:
                    made = await self._asked(lambda http: http.send_message(int(room.id), params=_params(body, drawn)))
                    return str(made["id"])
                except discord.HTTPException as error:
                    if error.status == 404 and error.code:
                        raise CannotSend(gone=True) from None
                    if error.code == ARCHIVED or (error.status == 403 and error.code):
                        raise CannotSend(gone=False) from None
                    if error.status == 400:  # something about this message, so not worth trying for ever
                        log.error("message given up", status=error.status, code=error.code, key=key)
                        return NOTHING
                    # without a code of Discord's it comes from something on the way
                    log.warning("Discord did not take a message yet", status=error.status, code=error.code, key=key)
                except PASSING as error:
                    log.warning("a message could not be sent yet", error=type(error).__name__, key=key)
                await asyncio.sleep(wait)
                wait = min(RETRY_SECONDS[1], wait * 2)
        finally:
            timer.cancel()

    async def _change(self, channel: int, message: int, drawn: Drawn) -> None:
        """One edit. A message or a channel that is gone is no error: whoever posts next finds out."""
        params = _params(drawn.body, drawn)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._asked(lambda http: http.edit_message(channel, message, params=params))
        except discord.HTTPException as error:
            log.info("a message was not changed", status=error.status, code=error.code)
        except PASSING as error:
            log.info("a message was not changed", error=type(error).__name__)

    async def _asked(self, request: Callable[[HTTPClient], Awaitable[Any]]) -> Any:
        """The answer to a request, which waits for a client that is logged in. Raises ConnectionError when the client
        was closed meanwhile, and what discord.py raises."""
        client = await self._logged_in()
        try:
            return await request(client.http)
        except RuntimeError as error:  # aiohttp's word for a session that is closed
            if client.is_closed():
                raise ConnectionError("closed") from error
            raise


def may_write(channel: Any, bot: int) -> bool:
    """Whether the bot with that id may post there: see the channel, write, and show embeds."""
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return True  # a direct chat
    me = channel.guild.get_member(bot)
    if me is None:
        return True  # Discord has not told yet; a message will show it
    in_thread = isinstance(channel, discord.Thread)
    if isinstance(channel, discord.Thread) and channel.locked:
        return False
    may = discord.Permissions.none()
    with contextlib.suppress(discord.ClientException):  # a thread in a channel that the bot does not see
        may = channel.permissions_for(me)
    return may.view_channel and may.embed_links and (may.send_messages_in_threads if in_thread else may.send_messages)


def nonce(key: str, number: int) -> str:
    """The nonce of the part with that number (from 0) of what was posted with this key."""
    text = f"{key}-{number}" if number else key
    return text if len(text) <= NONCE else hashlib.sha256(text.encode()).hexdigest()[:NONCE]


def _params(body: dict[str, Any], drawn: Drawn) -> MultipartParameters:
    """The raw payload is ready; discord.py's public ways would take it apart again."""
    form, uploads = multipart(body, drawn.files) if drawn.files else (None, None)
    return MultipartParameters(payload=body, multipart=form, files=uploads)
