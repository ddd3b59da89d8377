"""Encrypted messages whose key has not come: kept, read again when it comes, and after ten seconds the room is told
what to do, once for each key.

What is kept on disk are ids alone, so that the next run can ask the homeserver for the events and try again.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import nio
import structlog

from adapters.matrix.wire import Client, Outage, Refusal
from bot.clock import Clock
from bot.ports.preferences import AccountState

log = structlog.get_logger(__name__)

NAME = "unread"
PATIENCE_SECONDS = 10.0
"""How long a key may take before the room is told."""
QUIET = timedelta(minutes=10)
"""A room is told once in that time at most: a class that changes its keys is no reason for thirty lines."""
KEPT = 200
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Late:
    """A message that waits for its key."""

    event: str
    room: str
    session: str
    """Id of the key."""
    at: datetime
    """When it was received."""


class Unread:
    """The unread messages of one account. `retry` is given an event to read again; `tell` says in the room that a
    message cannot be read."""

    def __init__(
        self,
        client: Client,
        store: AccountState,
        clock: Clock,
        account: str,
        retry: Callable[[Late, Any], None],
        tell: Callable[[Late, str], Awaitable[None]],
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._account = account
        self._retry = retry
        self._tell = tell
        self._late: OrderedDict[str, Late] = OrderedDict()
        self._events: dict[str, Any] = {}
        self._told: OrderedDict[str, None] = OrderedDict()
        self._told_room: dict[str, datetime] = {}
        self._changed = False
        self._news = asyncio.Event()

    def keep(self, room: str, event: Any, received_at: datetime) -> None:
        """Wait for the key of nio's event."""
        if event.event_id not in self._late:
            self._late[event.event_id] = Late(event.event_id, room, str(event.session_id), received_at)
            self._changed = True
        self._events[event.event_id] = event
        while len(self._late) > KEPT:
            oldest, _ = self._late.popitem(last=False)
            self._events.pop(oldest, None)
        self._news.set()

    def keys_came(self, sessions: set[str]) -> None:
        """Read again what was encrypted with these keys."""
        for late in [late for late in self._late.values() if late.session in sessions and late.event in self._events]:
            self._read_again(late)

    async def load(self) -> None:
        """What the last run could not read. To be called before anything is kept."""
        text = await self._store.get(self._account, NAME)
        try:
            kept = json.loads(text) if text else {"late": [], "told": []}
            for event, room, session, at in kept["late"]:
                late = Late(event, room, session, datetime.fromisoformat(at))
                if self._clock.now() - late.at < KEPT_FOR:
                    self._late[event] = late
            self._told.update(dict.fromkeys(kept["told"]))
        except (ValueError, KeyError, TypeError):
            log.warning("the list of unread messages cannot be read: begun anew")

    async def write(self) -> None:
        """Put the ids on disk if they changed."""
        if not self._changed:
            return
        self._changed = False
        late = [[one.event, one.room, one.session, one.at.isoformat()] for one in self._late.values()]
        try:
            await self._store.put(self._account, NAME, json.dumps({"late": late, "told": list(self._told)}))
        except Exception as error:  # they are still in memory
            self._changed = True
            log.exception("unread messages not noted", error=type(error).__name__)

    async def run(self, synced: asyncio.Event) -> None:
        """Try again what the last run could not read, then tell the rooms, until cancelled."""
        await synced.wait()
        for late in [late for late in self._late.values() if late.event not in self._events]:
            await self._fetch(late)
        while True:
            self._news.clear()
            waits = [wait for late in list(self._late.values()) if (wait := await self._tell_in(late)) is not None]
            await self.write()
            try:
                async with asyncio.timeout(min(waits, default=None)):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _fetch(self, late: Late) -> None:
        """Ask the homeserver for an event of which only the id is left."""
        try:
            event = await self._client.event(late.room, late.event)
        except Outage:
            return  # still in the list for the next run
        except Refusal:
            event = None
        if event is None:
            self._forget(late)
        elif late.event in self._late:
            self._events[late.event] = event
            if not isinstance(event, nio.MegolmEvent) or self._client.clear(event, late.room) is not None:
                self._read_again(late)

    def _read_again(self, late: Late) -> None:
        event = self._events[late.event]
        self._forget(late)
        self._retry(late, event)

    def _forget(self, late: Late) -> None:
        self._late.pop(late.event, None)
        self._events.pop(late.event, None)
        self._changed = True

    async def _tell_in(self, late: Late) -> float | None:
        """Tell the room if it is time; the seconds until then, None when there is nothing to tell any more."""
        now = self._clock.now()
        if late.session in self._told or late.event not in self._late or late.event not in self._events:
            return None
        wait = PATIENCE_SECONDS - (now - late.at).total_seconds()
        if wait > 0:
            return min(wait, PATIENCE_SECONDS)  # whatever becomes of the clock
        self._told[late.session] = None
        while len(self._told) > KEPT:
            self._told.popitem(last=False)
        self._changed = True
        if now - self._told_room.get(late.room, now - QUIET) < QUIET:
            return None
        self._told_room[late.room] = now
        log.warning("a message cannot be read: its key has not come")
        try:
            await self._tell(late, str(self._events[late.event].sender))
        except Exception as error:
            log.exception("not told", error=type(error).__name__)
        return None
