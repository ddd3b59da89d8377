"""How long things are kept that no operator sets (the rest is in `bot.ports.Keep`), and how long life counts."""

from __future__ import annotations

from datetime import datetime, timedelta

CHOICES_LIVE = timedelta(minutes=10)
"""A typed number refers to choices shown at most this long ago; older ones are deleted."""

HANDLED_LIVE = timedelta(days=2)
"""Ids of handled events; a homeserver repeats none that is older than our sync position."""

LEASE_LIVE = timedelta(seconds=10)
"""The holder of an account that has not been alive for so long can be replaced."""

TOUCH = timedelta(days=7)
"""The last use of what a person has set is written again when it is older than this."""

COUNTS_LIVE = timedelta(days=365)
"""Counts of questions by topic; nothing says who."""

TEXT_CHARACTERS = 300
"""Of a question that is kept because it got no answer."""

FLAGS_LIVE = timedelta(days=365)
"""What people found wrong with an item; nothing says who."""


def is_alive(alive_at: datetime | None, now: datetime) -> bool:
    """Whether the holder of a lease counts as alive. A sign of life far in the future comes from a clock that was set
    back since, and would otherwise block the account until then."""
    return alive_at is not None and -LEASE_LIVE <= now - alive_at < LEASE_LIVE
