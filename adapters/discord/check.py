"""What `kompas doctor` asks Discord: plain requests, no gateway, so that a running bot is not disturbed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
from discord.http import Route

from bot.doctor import Finding, clock, error, now, ok, warning

NEEDED = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
)
PRIVILEGED = {
    "presence": ("gateway_presence", "gateway_presence_limited"),
    "server members": ("gateway_guild_members", "gateway_guild_members_limited"),
    "message content": ("gateway_message_content", "gateway_message_content_limited"),
}
PORTAL = "https://discord.com/developers/applications"
SECONDS = 20.0
FEW_STARTS = 20
"""Of the gateway connections that Discord allows a day."""
LINE = "Kompas doctor: a test, deleted at once."

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of Discord; status 0 = none came."""

    status: int
    body: Any
    date: str | None = None

    @property
    def cause(self) -> str:
        """Why not."""
        message = self.body.get("message") if isinstance(self.body, dict) else None
        return f"{self.status} {message or ''}".strip() if self.status else str(self.body)


class Asking:
    """Requests with the bot's token."""

    def __init__(self, session: aiohttp.ClientSession, token: str) -> None:
        self._session = session
        self._headers = {"Authorization": f"Bot {token}"}

    async def __call__(self, method: str, path: str, body: Json | None = None, file: bytes | None = None) -> Answer:
        data: Any = None
        if file is not None:
            data = aiohttp.FormData()
            data.add_field("payload_json", json.dumps(body))
            data.add_field("files[0]", file, filename="kompas-doctor.txt", content_type="text/plain")
        try:
            async with self._session.request(
                method, Route.BASE + path, json=None if data else body, data=data, headers=self._headers
            ) as response:
                text = await response.text()
                return Answer(response.status, json.loads(text) if text else None, response.headers.get("Date"))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
            return Answer(0, f"{type(problem).__name__}")


@asynccontextmanager
async def asking(token: str) -> AsyncIterator[Asking]:
    """Requests until the end of the block."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS), trust_env=True) as session:
        yield Asking(session, token)


def invite(application: str | int) -> str:
    """The address that adds the bot to a server with what it needs and nothing else."""
    return discord.utils.oauth_url(int(application), permissions=NEEDED, scopes=("bot", "applications.commands"))


async def check(token: str, shards: int, room: str | None) -> list[Finding]:
    """Token, application, invite, gateway; and a dry run in the channel `room`."""
    async with asking(token) as ask:
        asked_at = now()
        me = await ask("GET", "/users/@me")
        if me.status != 200:
            return [_refused(me)]
        found = [
            ok("discord token", f"accepted, the bot is {me.body.get('username')} ({me.body.get('id')})"),
            clock("discord", me.date, asked_at, now()),
        ]
        about = await ask("GET", "/applications/@me")
        if about.status == 200:
            found += _application(about.body)
        else:
            found.append(error("discord application", about.cause, "Try again; see https://discordstatus.com"))
        found.append(_gateway(await ask("GET", "/gateway/bot"), shards))
        if room is not None:
            found += await _dry_run(ask, room, str(about.body.get("id")) if about.status == 200 else me.body["id"])
        return found


def _refused(answer: Answer) -> Finding:
    what = "discord token"
    if answer.status == 401:
        return error(what, "refused", f"Reset the token at {PORTAL} (Bot) and set KOMPAS_DISCORD_TOKEN")
    if answer.status == 0:
        return error(what, f"Discord cannot be reached ({answer.cause})", "Check this machine's way to discord.com:443")
    return error(what, answer.cause, "Try again; see https://discordstatus.com")


def _application(about: Json) -> Iterable[Finding]:
    flags = discord.ApplicationFlags._from_value(int(about.get("flags") or 0))
    on = [name for name, both in PRIVILEGED.items() if any(getattr(flags, flag) for flag in both)]
    if on:
        todo = f"Switch them off at {PORTAL} (Bot, Privileged Gateway Intents)"
        yield warning("discord intents", f"switched on but not needed: {', '.join(on)}", todo)
    else:
        yield ok("discord intents", "no privileged intent is needed, none is on")
    if about.get("bot_require_code_grant"):
        todo = f"Switch off `Requires OAuth2 Code Grant` at {PORTAL} (Bot)"
        yield error("discord application", "the invite address will not work", todo)
    if not about.get("bot_public", True):
        yield warning("discord application", "only its owner can invite it", "Switch on `Public Bot` if others shall")
    yield ok(
        "discord invite",
        f"{invite(about['id'])} (View Channels, Send Messages, Embed Links, Attach Files, Read Message History)",
    )
    servers = about.get("approximate_guild_count")
    if servers is not None:
        yield ok("discord servers", f"about {servers}")


def _gateway(answer: Answer, shards: int) -> Finding:
    what = "discord gateway"
    if answer.status != 200:
        return error(what, answer.cause, "Try again; see https://discordstatus.com")
    starts = answer.body.get("session_start_limit", {})
    left, wanted = starts.get("remaining", 0), answer.body.get("shards", 1)
    text = f"{left} starts left today, {wanted} shards recommended, {shards or 1} set"
    if left < FEW_STARTS:
        return warning(what, text, "Do not start the bot again and again: at none left Discord resets the token")
    if wanted > (shards or 1):
        return warning(what, text, f"Set KOMPAS_DISCORD_SHARDS={wanted}")
    return ok(what, text)


async def _dry_run(ask: Asking, room: str, application: str) -> list[Finding]:
    """Post one line with an embed and a file, and delete it."""
    what = f"room discord:{room}"
    place = await ask("GET", f"/channels/{room}") if room.isdecimal() else Answer(404, {"message": "no channel id"})
    if place.status != 200:
        todo = f"Invite the bot ({invite(application)}) and let it see the channel"
        return [error(what, f"the bot cannot see it ({place.cause})", todo)]
    kinds = [("with embed and file", True, True), ("with embed", True, False), ("as plain text", False, False)]
    for kind in kinds:
        how, embed, file = kind
        body: Json = {"content": LINE, "allowed_mentions": {"parse": []}}
        if embed:
            body["embeds"] = [{"description": LINE}]
        if file:
            body["attachments"] = [{"id": 0, "filename": "kompas-doctor.txt"}]
        posted = await ask("POST", f"/channels/{room}/messages", body, b"test\n" if file else None)
        if posted.status == 200:
            break
    else:
        todo = "Give the bot `Send Messages` (in a thread `Send Messages in Threads`) there"
        return [error(what, f"the bot may not write ({posted.cause})", todo)]
    shown = bool(posted.body.get("embeds"))
    found = []
    if not (embed and shown):
        found.append(error(what, f"it may write {how}, but embeds are not shown", "Give the bot `Embed Links` there"))
    elif not file:
        found.append(
            warning(what, "it may not attach files, so reports cannot be sent", "Give it `Attach Files` there")
        )
    else:
        found.append(ok(what, f"the bot may write {how}"))
    gone = await ask("DELETE", f"/channels/{room}/messages/{posted.body['id']}")
    if gone.status not in (200, 204):
        found.append(warning(what, f"the test line was not deleted ({gone.cause})", "Delete it by hand"))
    found.append(ok(what, "everybody there can answer secretly: buttons and commands are seen by their user alone"))
    return found
