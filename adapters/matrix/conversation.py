"""Answering: what the sync brought for a room goes through the core, in order, and its answers to the sender.

A batch counts as done when everything in it was answered and sent; only then may the sync position move past
it. Each answered event is also remembered in the store, so that after a crash the repetition of a half-done
batch answers only the other half.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import nio
import structlog

from adapters.matrix.inbound import (
    Heard,
    Json,
    Me,
    Setting,
    account_name,
    direct_link,
    hear,
    request,
    since_invited,
)
from adapters.matrix.journal import Journal
from adapters.matrix.lanes import Lanes
from adapters.matrix.patience import patiently
from adapters.matrix.places import Places
from adapters.matrix.render import draw
from adapters.matrix.send import Deliveries, Delivery
from adapters.matrix.unread import Late, Unread
from adapters.matrix.wire import Client, Refusal
from bot.app import App
from bot.commands.apology import unreadable
from bot.model.reply import Paragraph, Reply

log = structlog.get_logger(__name__)

PAGES = 50
"""Pages of 100 events that are fetched for one gap at most."""
SEEN_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Gap:
    """Events of a room that the sync left out: those between two positions."""

    newest: str
    oldest: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one sync brought for one room."""

    room: str
    events: tuple[Any, ...]
    """nio's events, oldest first."""
    received_at: datetime
    position: str | None = None
    """End of the sync that brought it; None when it came another way."""
    gap: Gap | None = None
    """What is missing before `events`."""
    invite_counts: bool = True
    """What was said between the invitation and the bot's coming is meant for it."""
    maybe_repeated: bool = False
    """An earlier run may have answered some of it."""


class Conversation:
    """All rooms of one account."""

    def __init__(
        self,
        app: App,
        client: Client,
        places: Places,
        deliveries: Deliveries,
        journal: Journal,
        group: asyncio.TaskGroup,
    ) -> None:
        self._app = app
        self._client = client
        self._places = places
        self._deliveries = deliveries
        self._journal = journal
        self._seen: OrderedDict[str, None] = OrderedDict()
        self.unread = Unread(
            client, app.store, app.clock, account_name(client.user_id), self._read_again, self._say_unreadable
        )
        self.lanes: Lanes[Batch] = Lanes(group, self._work, "room")
        self.receipts: Lanes[tuple[str, str]] = Lanes(group, self._send_receipt, "receipt")

    def put(self, batch: Batch) -> None:
        """Answer it after what came before in this room."""
        self.lanes.put(batch.room, batch)

    def keys_came(self, sessions: set[str]) -> None:
        """Read again what was encrypted with these sessions."""
        self.unread.keys_came(sessions)

    def _read_again(self, late: Late, event: Any) -> None:
        self.put(Batch(late.room, (event,), late.at, maybe_repeated=True))

    async def _work(self, batch: Batch) -> None:
        open_ends = 1

        def one_less() -> None:
            nonlocal open_ends
            open_ends -= 1
            if not open_ends and batch.position:
                self._journal.done(batch.position)

        try:
            heard = self._heard(batch, await self._events(batch))
            for one in await self._new(heard, batch):
                open_ends += 1
                try:
                    await self._answer(one, batch, one_less)
                except Exception as error:
                    log.exception("event not answered", error=type(error).__name__)
                    one_less()
            await self.unread.write()  # before the position moves past what could not be read
        finally:
            one_less()

    async def _events(self, batch: Batch) -> list[Any]:
        """The batch's events with those of its gap before them."""
        missing: list[Any] = []
        start = batch.gap.newest if batch.gap else ""
        for _ in range(PAGES):
            if not start or not batch.gap:
                break
            try:
                answer = await patiently(
                    "filling a gap", partial(self._client.read_page, batch.room, start, batch.gap.oldest)
                )
            except Refusal as refusal:
                log.warning("gap not filled", cause=refusal.errcode)
                break
            missing += answer.events
            start = answer.end if answer.events else ""
        return [*reversed(missing), *batch.events]

    def _heard(self, batch: Batch, events: list[Any]) -> list[Heard]:
        """What was said to the bot in these events, each once."""
        sources: list[Json] = []
        locked: dict[str, Any] = {}
        for event in events:
            if isinstance(event, nio.MegolmEvent):
                clear = self._client.clear(event, batch.room)
                if clear is None:
                    locked[event.event_id] = event
                else:
                    event = clear
            if isinstance(event.source, dict):
                sources.append(event.source)
        sources = list(since_invited(sources, self._client.user_id, invite_counts=batch.invite_counts))
        for source in sources:
            event = locked.get(str(source.get("event_id")))
            if event is not None and event.sender != self._client.user_id:
                self.unread.keep(batch.room, event, batch.received_at)
        me, direct = self.me(batch.room), self._places.is_direct(batch.room)
        heard: list[Heard] = []
        for source in sources:
            try:
                one = hear(source, me, direct=direct)
            except Exception as error:
                log.warning("an event could not be read", error=type(error).__name__)
                continue
            if one and one.event_id not in self._seen:
                self._seen[one.event_id] = None
                heard.append(one)
        while len(self._seen) > SEEN_KEPT:
            self._seen.popitem(last=False)
        return heard

    async def _new(self, heard: list[Heard], batch: Batch) -> list[Heard]:
        """Those that no earlier run has answered."""
        if not heard or not (batch.maybe_repeated or batch.gap):
            return heard
        try:
            done = await self._journal.answered([one.event_id for one in heard])
        except Exception as error:  # better asked twice: what was sent before has a transaction and is not shown again
            log.exception("the store does not say what was answered", error=type(error).__name__)
            return heard
        return [one for one in heard if one.event_id not in done]

    async def _answer(self, heard: Heard, batch: Batch, then: Callable[[], None]) -> None:
        if heard.if_mine and not await self._is_mine(batch.room, heard.if_mine):
            then()
            return
        setting = self._setting(batch.room, heard.sender)
        reply = await self._app.handle(request(heard, setting, batch.received_at, self.me(batch.room)))

        def finish() -> None:
            self._journal.note(batch.position, heard.event_id)
            then()

        if reply is None or not reply.blocks:
            finish()
            if reply is not None and setting.private:  # taken, and nothing to say about it
                self.receipts.put(batch.room, (batch.room, heard.event_id))
            return
        self._deliveries.put(
            Delivery(
                batch.room,
                heard.event_id,
                draw(reply),
                finish,
                reply_to=None if setting.private else heard.event_id,
                thread=heard.thread,
            )
        )

    def _setting(self, room: str, who: str) -> Setting:
        private = self._places.is_private(room)
        return Setting(
            room,
            self._places.role(room, who),
            private,
            self._places.name(room, who),
            self._places.shared_with(who) if private else (),
        )

    async def _send_receipt(self, what: tuple[str, str]) -> None:
        """Mark an event as read; the homeserver does not count that as a message."""
        room, event_id = what
        try:
            await patiently("a receipt", partial(self._client.mark_read, room, event_id))
        except Refusal as refusal:  # the room is gone, and with it whoever would look
            log.info("no receipt", cause=refusal.errcode)

    async def _is_mine(self, room: str, event_id: str) -> bool:
        """Whether the bot sent the event."""
        if self._deliveries.is_own(event_id):
            return True
        try:
            sender = await patiently("reading an event", partial(self._client.sender_of, room, event_id))
        except Refusal:
            return False
        return sender == str(self._client.user_id)

    def me(self, room: str) -> Me:
        """The bot as it is named in this room."""
        known = self._client.rooms.get(room)
        own = known.users.get(self._client.user_id) if known else None
        name = own.display_name if own else None
        return Me(self._client.user_id, name if isinstance(name, str) else "")

    async def _say_unreadable(self, late: Late, sender: str) -> None:
        """Tell the room what to do about a message whose key has not come, in the room's language."""
        if late.room not in self._client.rooms:
            return
        me, setting = self.me(late.room), self._setting(late.room, sender)
        asked = request(Heard(late.event, sender, "", bare=False), setting, late.at, me)
        voice = await self._app.voice_for(asked)
        if not setting.private:
            place = await self._app.store.place(asked.room, None, asked.user)
            voices = self._app.knowledge.voices
            voice = next((voices[tag] for tag in place.languages if tag in voices), voice)
        reply = Reply((Paragraph(unreadable(voice, direct_link(me.id)), voice.lang),))
        cause = f"unreadable {late.room} {late.session}"
        self._deliveries.put(Delivery(late.room, cause, draw(reply), reply_to=late.event))
