"""Which sync position may be kept. Pure.

A position says "everything up to here was handled", so it is kept only when all work of its sync and of every
earlier one is done, in whatever order the work ends. After a crash the homeserver then sends again what was not
finished.
"""

from __future__ import annotations

from collections import OrderedDict


class Progress:
    """Positions in their order, each with the number of pieces of work still open."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, int] = OrderedDict()

    def begin(self, position: str, pieces: int) -> str | None:
        """A sync that ends at `position` brought this much work. Returns the position to keep now, if any."""
        self._open[position] = self._open.get(position, 0) + pieces
        return self._settled()

    def done(self, position: str) -> str | None:
        """One piece of that sync's work is done. Returns the position to keep now, if any."""
        self._open[position] -= 1
        return self._settled()

    def is_open(self, position: str) -> bool:
        """Whether that sync or an earlier one still has work to be done."""
        return position in self._open

    def _settled(self) -> str | None:
        newest = None
        while self._open and next(iter(self._open.values())) == 0:
            newest, _ = self._open.popitem(last=False)
        return newest
