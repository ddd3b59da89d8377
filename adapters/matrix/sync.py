"""The sync loop: asks for news, gives them to the rooms, and keeps the position once they are dealt with.

It waits for nothing but the homeserver: no handler, no database, no send is awaited here, so a slow room slows
down nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import nio
import structlog

from adapters.matrix.conversation import Batch, Conversation, Gap
from adapters.matrix.journal import Journal
from adapters.matrix.patience import Backoff
from adapters.matrix.places import Places
from adapters.matrix.wire import Client, Outage, Refusal
from bot.clock import Clock

log = structlog.get_logger(__name__)

POLL_SECONDS = 30.0


class Listener:
    """The loop of one account."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        places: Places,
        conversation: Conversation,
        journal: Journal,
        heard: Callable[[], None] = lambda: None,
    ) -> None:
        """`heard` is called after each answer of the homeserver."""
        self._client = client
        self._clock = clock
        self._places = places
        self._conversation = conversation
        self._journal = journal
        self._heard = heard
        self._key_trouble = ""
        self.synced = asyncio.Event()
        """Set after the first sync: the rooms are known."""
        self.ready = asyncio.Event()
        """Set after the first sync, when the device's keys are known to the homeserver."""

    async def run(self) -> None:
        """Listen until cancelled. Raises Refusal when the homeserver refuses the account."""
        position = await self._journal.position()
        pauses = Backoff("sync")
        first = True
        while True:
            wait_seconds = 0 if first else POLL_SECONDS
            try:
                response = await self._client.read_sync(position, full_state=first, wait_seconds=wait_seconds)
            except Outage as error:
                await pauses.wait(error)
                continue
            except Refusal as refusal:
                if refusal.status != 400 or position is None:
                    raise
                log.error("the homeserver does not know our sync position: starting from now", cause=refusal.errcode)
                position, first = None, True
                continue
            pauses.reset()
            self._heard()
            self._take(response, since=position, restarted=first)
            self.synced.set()
            position, first = response.next_batch, False
            await self._keep_keys()

    async def _keep_keys(self) -> None:
        """Tell the homeserver what the cryptography needs; what does not work now is tried after the next
        sync."""
        try:
            await self._client.keep_keys()
        except Outage:
            return
        except Refusal as refusal:
            if refusal.dead_account:
                raise
            if refusal.errcode != self._key_trouble:
                self._key_trouble = refusal.errcode
                log.error("the homeserver refuses our keys", cause=refusal.errcode, status=refusal.status)
            return
        self.ready.set()

    def _take(self, response: Any, *, since: str | None, restarted: bool) -> None:
        position = response.next_batch
        # An invitation is a piece of work too: one that waits for its turn comes again after a crash.
        invitations = self._places.take(response, first=since is None, answered=lambda: self._journal.done(position))
        keys = {event.session_id for event in response.to_device_events if isinstance(event, nio.RoomKeyEvent)}
        if keys:
            self._conversation.keys_came(keys)
        batches = []
        for room, part in response.rooms.join.items():
            line = part.timeline
            if since is None or not (line.events or line.limited):
                continue  # nothing from before the first sync is answered
            gap = Gap(line.prev_batch, since) if line.limited and line.prev_batch else None
            batches.append(
                Batch(
                    room,
                    tuple(line.events),
                    self._clock.now(),
                    position,
                    gap,
                    invite_counts=room not in self._places.invited_before,
                    maybe_repeated=restarted,
                )
            )
        self._journal.begin(position, len(batches) + invitations)
        for batch in batches:
            self._conversation.put(batch)
