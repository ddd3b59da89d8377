"""Sets of questions that an operator imported for some rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model.ids import RoomId


@dataclass(frozen=True, slots=True)
class ImportedSet:
    """A set as it is listed."""

    room: RoomId
    name: str
    """What people type and what item ids begin with: lower-case words with hyphens."""
    title: str
    """As it was named."""
    questions: int
    at: datetime


class ImportedSets(Protocol):
    """Imported sets, each seen in its room only. Every write is safe to repeat."""

    async def put_set(self, listed: ImportedSet, items: tuple[str, ...]) -> None:
        """Keep the set with its items (each as `Item.to_json` makes it), instead of one of that name in the room."""

    async def sets_of(self, room: RoomId) -> tuple[ImportedSet, ...]:
        """The room's sets by title."""

    async def all_sets(self) -> tuple[ImportedSet, ...]:
        """Those of all rooms, by room and title."""

    async def set_items(self, room: RoomId, name: str) -> tuple[str, ...]:
        """The items of a set in their order; none when the room has no such set."""

    async def remove_set(self, room: RoomId, name: str) -> bool:
        """Forget it; False when there is none."""
