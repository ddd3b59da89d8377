"""How long things are kept."""

from __future__ import annotations

from datetime import timedelta

CHOICES_LIVE = timedelta(minutes=10)
"""A typed number refers to choices shown at most this long ago; older ones are deleted."""

HANDLED_LIVE = timedelta(days=2)
"""Ids of handled events; a homeserver repeats none that is older than our sync position."""
