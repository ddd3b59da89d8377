"""How long things are kept, and how long a sign of life counts."""

from __future__ import annotations

from datetime import datetime, timedelta

CHOICES_LIVE = timedelta(minutes=10)
"""A typed number refers to choices shown at most this long ago; older ones are deleted."""

HANDLED_LIVE = timedelta(days=2)
"""Ids of handled events; a homeserver repeats none that is older than our sync position."""

LEASE_LIVE = timedelta(seconds=10)
"""The holder of an account that has not been alive for so long can be replaced."""

ANSWERS_LIVE = timedelta(days=30)
"""Single answers, counted from the start of their session; what is left then says who played, not what they knew."""

SESSIONS_LIVE = timedelta(days=90)
"""Whole sessions: rooms, players, messages, the items they pinned."""

FLAGS_LIVE = timedelta(days=365)
"""What people found wrong with an item; nothing says who."""


def is_alive(alive_at: datetime | None, now: datetime) -> bool:
    """Whether the holder of a lease counts as alive. A sign of life far in the future comes from a clock that was set
    back since, and would otherwise block the account until then."""
    return alive_at is not None and -LEASE_LIVE <= now - alive_at < LEASE_LIVE
