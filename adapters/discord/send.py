"""One answer to one interaction, from the first acknowledgement to the last follow-up.

    NEW ── show ──> SHOWN          the answer itself is the acknowledgement
     └─── defer ─> WAITING ── show ──> SHOWN

Within three seconds Discord wants a first answer; it fixes whether only this person sees it. Raw payloads are sent:
building discord.py's views and embeds from ours only to take them apart again costs more than the whole answer.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from enum import Enum
from typing import Any

import discord
from discord.http import Route
from discord.utils import _to_json
from discord.webhook.async_ import AsyncWebhookAdapter

from adapters.discord.render import Drawn

ACKNOWLEDGE_SECONDS = 3.0
SEND_SECONDS = 30.0
"""A send may wait for a rate limit, but not for ever."""
_EPHEMERAL = 1 << 6
_MESSAGE, _DEFER, _DEFER_UPDATE, _UPDATE, _COMPLETIONS, _FORM = 4, 5, 6, 7, 8, 9
GONE = frozenset({10062, 40060, 50027, 10015, 10008})
"""Unknown interaction, answered already, token expired, unknown webhook, unknown message: nothing more can be done."""

Json = dict[str, Any]


class _State(Enum):
    NEW = "new"
    WAITING = "waiting"
    """Deferred: Discord shows that the bot is thinking."""
    UPDATING = "updating"
    """Deferred without a sign; the pressed message can be replaced."""
    SHOWN = "shown"


class Answer:
    """The answer to one interaction. Methods raise discord.HTTPException and TimeoutError."""

    def __init__(self, interaction: discord.Interaction, webhooks: AsyncWebhookAdapter) -> None:
        self._interaction = interaction
        self._webhooks = webhooks
        self._state = _State.NEW
        self._deferred_private = False
        message = interaction.message
        in_guild = interaction.guild_id is not None
        self._in_guild = in_guild
        self.own_message = message is not None and (not in_guild or message.flags.ephemeral)
        """Whether the message whose button was pressed is this person's alone."""

    async def show(self, messages: Sequence[Drawn], *, private: bool, replaces: bool) -> None:
        """Show the messages, to this person alone if `private`; in place of the pressed message if that may be
        `replaces`d."""
        private = private and self._in_guild
        first, *rest = messages
        match self._state:
            case _State.NEW if replaces and self.own_message:
                await self._respond(_UPDATE, first)
            case _State.NEW:
                await self._respond(_MESSAGE, first, private=private)
            case _State.UPDATING if replaces:
                await self._edit(first)
            case _State.WAITING if self._deferred_private or not private:
                private = self._deferred_private
                await self._edit(first)
            case _State.WAITING:  # a public defer, but the answer is for one person: take it back
                await self._request("DELETE", "/messages/@original")
                await self._follow(first, private=True)
            case _:
                await self._follow(first, private=private)
        self._state = _State.SHOWN
        for message in rest:
            await self._follow(message, private=private)

    async def defer(self, *, private: bool) -> None:
        """Gain time. A press on this person's own message gives no sign of thinking, so that it can be replaced."""
        private = private and self._in_guild
        if self.own_message:
            await self._callback({"type": _DEFER_UPDATE})
            self._state = _State.UPDATING
        else:
            await self._callback({"type": _DEFER, "data": {"flags": _EPHEMERAL if private else 0}})
            self._state, self._deferred_private = _State.WAITING, private

    async def say_nothing(self) -> None:
        """End without an answer. A command must be answered, so its answer is taken back at once."""
        if self._state is _State.NEW and self._interaction.message is not None:
            await self._callback({"type": _DEFER_UPDATE})
        elif self._state is _State.NEW:
            await self.defer(private=True)
        if self._state is _State.WAITING:
            await self._request("DELETE", "/messages/@original")
        self._state = _State.SHOWN

    async def ask(self, form: Json) -> None:
        """Open a form; what is typed there comes as an interaction of its own."""
        await self._callback({"type": _FORM, "data": form})
        self._state = _State.SHOWN

    async def offer(self, completions: list[tuple[str, str]]) -> None:
        """Complete an option that is being typed, with (label, value)."""
        offered = [{"name": label, "value": value} for label, value in completions]
        await self._callback({"type": _COMPLETIONS, "data": {"choices": offered}})

    async def _respond(self, kind: int, message: Drawn, *, private: bool = False) -> None:
        data = message.body | ({"flags": _EPHEMERAL} if private else {})
        await self._callback({"type": kind, "data": data}, message.files)

    async def _callback(self, payload: Json, files: Sequence[tuple[str, bytes]] = ()) -> None:
        route = Route(
            "POST",
            "/interactions/{webhook_id}/{webhook_token}/callback",
            webhook_id=self._interaction.id,
            webhook_token=self._interaction.token,
        )
        await self._send(route, payload, files, ACKNOWLEDGE_SECONDS)

    async def _edit(self, message: Drawn) -> None:
        await self._request("PATCH", "/messages/@original", message.body, message.files)

    async def _follow(self, message: Drawn, *, private: bool) -> None:
        body = message.body | ({"flags": _EPHEMERAL} if private else {})
        await self._request("POST", "", body, message.files)

    async def _request(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        route = Route(
            method,
            "/webhooks/{webhook_id}/{webhook_token}" + path,
            webhook_id=self._interaction.application_id,
            webhook_token=self._interaction.token,
        )
        await self._send(route, body, files, SEND_SECONDS)

    async def _send(
        self,
        route: Route,
        body: Json | None,
        files: Sequence[tuple[str, bytes]],
        seconds: float,
    ) -> None:
        session = self._interaction._session  # the client's own session; discord.py's webhooks use it in the same way
        async with asyncio.timeout(seconds):
            if files and body is not None:
                form, uploads = multipart(body, files)
                await self._webhooks.request(route, session, multipart=form, files=uploads)
            else:
                await self._webhooks.request(route, session, payload=body)


def multipart(body: Json, files: Sequence[tuple[str, bytes]]) -> tuple[list[Json], list[discord.File]]:
    """A body with files in the form that discord.py uploads."""
    uploads = [discord.File(io.BytesIO(content), name) for name, content in files]
    form: list[Json] = [{"name": "payload_json", "value": _to_json(body)}]
    form += [
        {
            "name": f"files[{n}]",
            "value": upload.fp,
            "filename": upload.filename,
            "content_type": "application/octet-stream",
        }
        for n, upload in enumerate(uploads)
    ]
    return form, uploads
