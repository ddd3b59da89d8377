"""Everything that is kept, as one thing that is opened and closed."""

from __future__ import annotations

from typing import Protocol

from bot.ports.imported import ImportedSets
from bot.ports.preferences import AccountState, Choosing, Preferences, Privacy
from bot.ports.sessions import Sessions


class Store(Preferences, Choosing, Privacy, AccountState, Sessions, ImportedSets, Protocol):
    """All of it."""

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
