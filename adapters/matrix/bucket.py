"""How fast the account may send, learnt from the homeserver's refusals. Pure: time is an argument, in seconds.

A homeserver tells nobody its limits; it answers 429 with the milliseconds until the next event is accepted
(Synapse: a burst of 10, then one in five seconds, counted over all rooms of the account). So: send freely until
the first refusal, then keep the distance that it asked for, and try a shorter one from time to time, because an
administrator may have lifted the limit.
"""

from __future__ import annotations

LONGEST = 60.0
"""Seconds between two events at most, whatever was learnt."""
BURST = 10.0
"""Events that may go at once after a long silence."""
CALM = 20
"""Accepted events in a row after which a shorter distance is tried."""
NO_LIMIT = 0.05
"""A distance of fewer seconds is none."""


class Bucket:
    """One account's tokens."""

    def __init__(self) -> None:
        self.interval = 0.0
        """Seconds between two events that are kept at the moment; 0 = no limit known."""
        self.learnt = 0.0
        """The distance that the homeserver asked for last, while shorter ones are tried; 0 = no limit known."""
        self._tokens = BURST
        self._at = 0.0
        self._calm = 0
        self._last: float | None = None

    def wait(self, now: float) -> float:
        """Seconds until an event may be sent; 0 = now."""
        if not self.interval:
            return 0.0
        self._fill(now)
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) * self.interval

    def take(self, now: float) -> None:
        """An event is being sent."""
        if self.interval:
            self._fill(now)
            self._tokens -= 1

    def accepted(self, now: float) -> None:
        """The homeserver took the event."""
        self._last = now
        self._calm += 1
        if self.interval and self._calm >= CALM:
            self._calm = 0
            self.interval = self.interval / 2 if self.interval / 2 > NO_LIMIT else 0.0
            if not self.interval:
                self.learnt = 0.0

    def refused(self, now: float, retry_after: float) -> None:
        """The homeserver did not: it will in `retry_after` seconds."""
        distance = retry_after
        if self._last is not None and self._calm < BURST:  # nothing was saved up since, so this is the true distance
            distance += now - self._last
        self.interval = min(LONGEST, max(self.interval, distance, NO_LIMIT))
        self.learnt = self.interval
        self._calm = 0
        self._tokens = 1 - min(retry_after, LONGEST) / self.interval
        self._at = now

    def _fill(self, now: float) -> None:
        if now > self._at:
            self._tokens = min(BURST, self._tokens + (now - self._at) / self.interval)
            self._at = now
