"""What happens to one event: request, answer, and whatever can go wrong between them.

Every interaction runs against a budget: ready within BUDGET_SECONDS, the real answer is the acknowledgement; else it
is deferred with the privacy that the command fixes, and filled when it is ready. Whatever goes wrong ends in
`_mishap` and touches no other event.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
import discord
import structlog
from discord.http import MultipartParameters
from discord.webhook.async_ import AsyncWebhookAdapter

from adapters.discord import forms, inbound
from adapters.discord.forms import Form, Forms
from adapters.discord.guard import Guard
from adapters.discord.inbound import Origin
from adapters.discord.render import Drawn, render
from adapters.discord.send import GONE, SEND_SECONDS, Answer, multipart
from adapters.discord.sender import DiscordSender
from bot.app import App
from bot.commands.apology import apology, incident
from bot.commands.spec import Audience
from bot.errors import StaleAction
from bot.model.action import Action
from bot.model.ids import RoomId, ServerId
from bot.model.reply import Paragraph, Reply
from bot.model.request import Command, Request, Text

log = structlog.get_logger(__name__)

BUDGET_SECONDS = 0.4
FORM_SECONDS = 1.0
"""The words of a form may take so long; a form cannot be announced first."""
LONGEST_SECONDS = 60.0
"""A command that takes longer is given up."""
_SLASH, _PRESSED, _AUTOCOMPLETE, _FORM = (
    discord.InteractionType.application_command,
    discord.InteractionType.component,
    discord.InteractionType.autocomplete,
    discord.InteractionType.modal_submit,
)
_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)

Interaction = discord.Interaction[Any]


class Service:
    """Answers events. `group` owns the tasks; `guard` hears of what was refused or lost, `sender` of direct chats."""

    def __init__(
        self,
        app: App,
        forms: Forms | None,
        group: asyncio.TaskGroup,
        guard: Guard,
        sender: DiscordSender,
    ) -> None:
        self._app = app
        self._forms = forms
        self._sender = sender
        self._group = group
        self._guard = guard
        self._webhooks = AsyncWebhookAdapter()  # type: ignore[no-untyped-call]  # discord.py's own gap
        self._idle = asyncio.Event()
        self._idle.set()
        self._open = True
        self._working_on: set[asyncio.Task[Any]] = set()
        """discord.py's tasks of the events that are being answered; it owns them, this waits for them."""

    async def finish(self, seconds: float) -> None:
        """Begin nothing new, and wait that long for what is being answered."""
        self._open = False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    def give_up(self) -> None:
        """End what did not finish in time."""
        for task in tuple(self._working_on):
            task.cancel()

    async def interacted(self, interaction: Interaction) -> None:
        """A slash command was used, an option is being typed, something was pressed in a message of any age, or a form
        was sent."""
        data: Any = interaction.data
        with self._working() as may:
            if not may:
                return
            if interaction.type is _SLASH:
                await self._answer(interaction, inbound.slash(data), inbound.picked(data))
            elif interaction.type is _PRESSED:
                await self._press(interaction, data)
            elif interaction.type is _AUTOCOMPLETE:
                await self._complete(interaction, data)
            elif interaction.type is _FORM:
                await self._entered(interaction, data)

    async def said(self, message: discord.Message, bot: discord.ClientUser) -> None:
        """Somebody wrote a message: answered in a direct chat, and where the bot is mentioned."""
        if message.author.bot or message.webhook_id or message.type not in _WRITTEN:
            return
        if message.guild is not None and bot not in message.mentions:
            return
        with self._working() as may:
            if not may:
                return
            origin = inbound.origin_of_message(message, bot.id)
            said = inbound.text(message.content, bot.id)
            request = self._request(origin, said, whispers=message.guild is None)
            try:
                reply = await self._in_time(request, lambda: self._show_typing(message))
                if reply is not None and reply.blocks:
                    await self._send(message, render(reply))
            except Exception as error:
                self._mishap(error)

    async def gone(self, channels: Iterable[int], server: int | None = None) -> None:
        """The channels or threads are no longer there for the bot, nor is the whole server if one is given."""
        with self._working() as may:
            for channel in channels if may else ():
                try:
                    await self._app.room_gone(RoomId(inbound.PLATFORM, str(channel)))
                except Exception as error:
                    log.exception("the loss of a room was not dealt with", error=type(error).__name__)
            if may and server is not None:
                try:
                    await self._app.server_gone(ServerId(inbound.PLATFORM, str(server)))
                except Exception as error:
                    log.exception("the loss of a server was not dealt with", error=type(error).__name__)

    # interactions

    async def _answer(
        self,
        interaction: Interaction,
        said: Command | Action,
        mentions: tuple[str, ...] = (),
    ) -> None:
        request = self._request(inbound.origin_of_interaction(interaction), said)
        answer = Answer(interaction, self._webhooks)
        try:
            reply = await self._in_time(request, lambda: answer.defer(private=self._is_private(request)))
            if reply is None or not reply.blocks:
                await answer.say_nothing()
            else:
                await answer.show(render(reply, mentions), private=reply.private, replaces=reply.replaces)
        except Exception as error:
            self._mishap(error)

    async def _press(self, interaction: Interaction, data: dict[str, Any]) -> None:
        """A button or an option of a menu was chosen. discord.py's views would build all that stands under the message
        anew for each press."""
        try:
            action = forms.opens(data)
            if action is not None:
                await self._ask(interaction, action, inbound.label(interaction.message, data["custom_id"]))
            else:
                await self._answer(interaction, inbound.pressed(data))
        except StaleAction as error:
            await self._apologise(interaction, error)

    async def _ask(self, interaction: Interaction, action: Action, label: str) -> None:
        """Open the form of a button: the form itself is the answer to the press. Its words come from the core, in this
        person's language; when they do not come in time, the label of the button has to do."""
        form = Form(label, label)
        request = self._request(inbound.origin_of_interaction(interaction), action)
        try:
            if self._forms is not None:
                async with asyncio.timeout(FORM_SECONDS):
                    entry = await self._forms.form_for(request)
                    form = Form.of(entry) if entry else form
        except Exception as error:
            log.warning("a form has only its button's words", error=type(error).__name__)
        try:
            await Answer(interaction, self._webhooks).ask(forms.modal(action, form))
        except Exception as error:
            self._mishap(error)

    async def _entered(self, interaction: Interaction, data: dict[str, Any]) -> None:
        """Something was typed into a form."""
        try:
            said = forms.entered(data, self._app.specs)
        except StaleAction as error:
            await self._apologise(interaction, error)
        else:
            await self._answer(interaction, said)

    def _is_private(self, request: Request) -> bool:
        """Whether the answer will be for this person alone, as far as that is known beforehand."""
        spec = self._app.spec_of(request)
        return isinstance(request.said, Action) or (spec is not None and spec.audience is not Audience.ROOM)

    async def _apologise(self, interaction: Interaction, slip: StaleAction) -> None:
        """Say that a button cannot be read any more."""
        request = self._request(inbound.origin_of_interaction(interaction), Command(""))
        try:
            voice = await self._app.voice_for(request)
            reply = Reply((Paragraph(apology(slip, voice, request.prefix), voice.lang),))
            await Answer(interaction, self._webhooks).show(render(reply), private=True, replaces=False)
        except Exception as error:
            self._mishap(error)

    async def _complete(self, interaction: Interaction, data: dict[str, Any]) -> None:
        name, option, typed = inbound.typing(data)
        request = self._request(inbound.origin_of_interaction(interaction), Command(name))
        try:
            found = await self._app.complete(request, name, option, typed)
            await Answer(interaction, self._webhooks).offer([(done.label, done.value) for done in found])
        except Exception as error:
            self._mishap(error)

    # messages

    async def _send(self, message: discord.Message, drawn: Sequence[Drawn]) -> None:
        """Reply under the message. The nonce keeps a repeated request from becoming a second message."""
        http = message._state.http  # the raw payload is ready; discord.py's public way would take it apart again
        for n, part in enumerate(drawn):
            body = part.body | {"nonce": f"{message.id}.{n}", "enforce_nonce": True}
            if n == 0:
                body["message_reference"] = {"message_id": str(message.id), "fail_if_not_exists": False}
            form, uploads = multipart(body, part.files) if part.files else (None, None)
            params = MultipartParameters(payload=body, multipart=form, files=uploads)
            async with asyncio.timeout(SEND_SECONDS):
                await http.send_message(message.channel.id, params=params)

    async def _show_typing(self, message: discord.Message) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await message._state.http.send_typing(message.channel.id)

    # what all of them share

    def _request(self, origin: Origin, said: Command | Text | Action, *, whispers: bool = True) -> Request:
        """The request, now. An interaction can always be answered to one person alone."""
        request = inbound.request(origin, said, datetime.now(UTC), whispers=whispers)
        if request.private:
            self._sender.met(request.user, request.room)
        return request

    async def _in_time(self, request: Request, gain_time: Callable[[], Coroutine[Any, Any, None]]) -> Reply | None:
        """The reply; `gain_time` is begun when the budget is spent before it is there, and done when this returns.

        Most replies are ready without any waiting: for them this costs a timer that never fires, and no task.
        """
        gaining: list[asyncio.Task[None]] = []

        async def gain() -> None:
            self._app.metrics.deferred(inbound.PLATFORM)
            try:
                await gain_time()
            except Exception as error:
                self._mishap(error)

        loop = asyncio.get_running_loop()
        timer = loop.call_later(BUDGET_SECONDS, lambda: gaining.append(self._group.create_task(gain())))
        try:
            reply = await self._handle(request)
        finally:
            timer.cancel()
        if gaining:
            await gaining[0]
        return reply

    async def _handle(self, request: Request) -> Reply | None:
        """The core's reply; an apology with a code when even the core's own handling of errors fails."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await self._app.handle(request)
        except Exception as error:
            code = secrets.token_hex(3)
            log.exception("request failed", incident=code, platform=inbound.PLATFORM, error=type(error).__name__)
            voice = self._app.knowledge.voices[self._app.default_language]
            return Reply((Paragraph(incident(code, voice), voice.lang),), private=True)

    def _mishap(self, error: Exception) -> None:
        """The one place where a failed answer ends: Discord did not take it, so there is nobody to tell but the log."""
        if isinstance(error, discord.HTTPException) and error.code in GONE:
            self._guard.note_lost(error.code)
            self._app.metrics.lost(inbound.PLATFORM)
        elif isinstance(error, discord.HTTPException):
            log.warning("Discord did not take an answer", status=error.status, code=error.code)
        elif isinstance(error, TimeoutError | OSError | aiohttp.ClientError):
            log.warning("an answer could not be sent", error=type(error).__name__)
        else:
            log.error("an answer failed", error=type(error).__name__, exc_info=error)

    @contextlib.contextmanager
    def _working(self) -> Iterator[bool]:
        """Whether there may be new work; until the end of the block `finish` waits for it."""
        task = asyncio.current_task()
        assert task is not None
        self._working_on.add(task)
        self._idle.clear()
        try:
            yield self._open
        finally:
            self._working_on.discard(task)
            if not self._working_on:
                self._idle.set()
