"""How much one person and one room may ask and where, and the guard against two bots that answer each other.

Token buckets in memory. The burst is sized for a class that speaks through one bridged account; what lasts longer
than a lesson's rush is a loop or an attack and gets one line, then silence.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from bot.model.ids import RoomId, UserId
from bot.model.request import Request


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` requests at once, then `per_second` on average."""

    burst: int
    per_second: float


PERSON = Rate(burst=160, per_second=1.0)
ROOM = Rate(burst=480, per_second=10.0)
SAY_AGAIN = timedelta(seconds=30)
"""The line "too many messages" is said at most this often to one person."""
REMEMBERED = 20_000
"""Buckets kept; the least recently used are dropped, which only ever gives somebody a fresh start."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the operator lets the bot answer; nothing set = everywhere. Direct chats are always allowed."""

    servers: frozenset[str] = frozenset()
    """Ids of Discord servers."""
    rooms: frozenset[str] = frozenset()
    """`discord:123`, `matrix:!room:example.org`; with a room its threads."""

    def allow(self, request: Request) -> bool:
        """Whether the request came from such a place."""
        if request.private:
            return True
        if self.servers and request.server is not None and request.server.id not in self.servers:
            return False
        return not self.rooms or bool({str(request.room), str(request.parent)} & self.rooms)


class Limiter:
    """Decides whether a request is served. `admit` changes the buckets; time is an argument."""

    def __init__(self, person: Rate = PERSON, room: Rate = ROOM) -> None:
        self._rates = {UserId: person, RoomId: room}
        self._buckets: OrderedDict[Hashable, tuple[float, datetime]] = OrderedDict()
        self._told: OrderedDict[UserId, datetime] = OrderedDict()

    def admit(self, user: UserId, room: RoomId, now: datetime) -> int:
        """0 when the request may be served, else whole seconds until one may be."""
        wait = self._take(user, self._rates[UserId], now)
        return ceil(wait or self._take(room, self._rates[RoomId], now))  # one person's flood costs the room nothing

    def may_tell(self, user: UserId, now: datetime) -> bool:
        """Whether it is time to tell this person to slow down; counts as told."""
        told = self._told.get(user)
        if told and now - told < SAY_AGAIN:
            return False
        self._told[user] = now
        self._told.move_to_end(user)
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return True

    def _take(self, key: UserId | RoomId, rate: Rate, now: datetime) -> float:
        """Take one token; seconds to wait when there is none."""
        tokens, at = self._buckets.get(key, (float(rate.burst), now))
        tokens = min(rate.burst, tokens + max(0.0, (now - at).total_seconds()) * rate.per_second)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / rate.per_second
        self._buckets[key] = (tokens - 1 if wait == 0 else tokens, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return wait
