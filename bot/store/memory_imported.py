"""Imported sets that are forgotten when the process ends."""

from __future__ import annotations

from dataclasses import replace

from bot.model.ids import RoomId
from bot.ports import ImportedSet


class MemoryImported:
    """Fulfils bot.ports.ImportedSets."""

    def __init__(self) -> None:
        super().__init__()
        self._imported: dict[tuple[RoomId, str], tuple[ImportedSet, tuple[str, ...]]] = {}

    async def put_set(self, listed: ImportedSet, items: tuple[str, ...]) -> None:
        self._imported[listed.room, listed.name] = (listed, items)

    async def sets_of(self, room: RoomId) -> tuple[ImportedSet, ...]:
        return tuple(listed for listed in await self.all_sets() if listed.room == room)

    async def all_sets(self) -> tuple[ImportedSet, ...]:
        every = (listed for listed, _ in self._imported.values())
        return tuple(sorted(every, key=lambda listed: (listed.room, listed.title, listed.name)))

    async def set_items(self, room: RoomId, name: str) -> tuple[str, ...]:
        kept = self._imported.get((room, name))
        return kept[1] if kept else ()

    async def remove_set(self, room: RoomId, name: str) -> bool:
        return self._imported.pop((room, name), None) is not None

    def _move_imported(self, old: RoomId, new: RoomId) -> None:
        for room, name in [key for key in self._imported if key[0] == old]:
            listed, items = self._imported.pop((room, name))
            self._imported.setdefault((new, name), (replace(listed, room=new), items))
