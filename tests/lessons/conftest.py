"""Fixtures of both platforms side by side."""

from tests.discord.conftest import double
from tests.matrix.conftest import bots

__all__ = ["bots", "double"]
