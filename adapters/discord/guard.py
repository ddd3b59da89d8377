"""Refusals counted: Discord bans the address of a bot that is refused 10,000 times in ten minutes, and whoever shares
it.

A bot in order is refused a handful of times a day, so a few hundred mean that something is broken; then it stops for
good.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from time import monotonic
from types import SimpleNamespace

import aiohttp
import structlog

log = structlog.get_logger(__name__)

REFUSALS = frozenset({401, 403, 429})
ALLOWED = 300
WINDOW_SECONDS = 600.0


class Guard:
    """Watches the status of every answer that Discord gives."""

    def __init__(
        self, too_many: Callable[[], None], allowed: int = ALLOWED, *, limited: Callable[[], None] = lambda: None
    ) -> None:
        """`too_many` is called when more than `allowed` refusals came within ten minutes, `limited` at each 429."""
        self._limited = limited
        self.lost: Counter[int] = Counter()
        """Interactions that could no longer be answered, by Discord's error code."""
        self._too_many = too_many
        self._refused: deque[float] = deque(maxlen=allowed + 1)

    def note(self, status: int, now: float) -> None:
        """An answer came at `now` (seconds, monotonic)."""
        if status == 429:
            self._limited()
        if status in REFUSALS:
            self._refused.append(now)
            if len(self._refused) == self._refused.maxlen and now - self._refused[0] < WINDOW_SECONDS:
                self._too_many()

    def note_lost(self, code: int) -> None:
        """An interaction is gone. Logged the first time for each code, counted always."""
        self.lost[code] += 1
        if self.lost[code] == 1:
            log.warning("an interaction could no longer be answered", code=code)

    def trace(self) -> aiohttp.TraceConfig:
        """Makes an aiohttp session tell this guard about its answers: discord.py repeats a 429 without a word."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._on_request_end)
        return config

    async def _on_request_end(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        self.note(params.response.status, monotonic())
