"""What is said in the terminal without being asked: the questions of a quiz."""

from __future__ import annotations

from adapters.terminal.session import PLATFORM, Terminal
from bot.model.ids import RoomId, UserId
from bot.model.reply import Reply
from bot.ports import RoomFacts


class TerminalSender:
    """Fulfils bot.ports.Sender for one terminal. What was written cannot be changed, so an edit does nothing."""

    account = PLATFORM
    numbered = True
    keeps_keys = True
    direct_link = ""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    async def post(self, room: RoomId, reply: Reply, key: str, priority: int) -> str:
        """Write it."""
        self._terminal.show(reply)
        return key

    async def edit(self, room: RoomId, message: str, reply: Reply, priority: int) -> None:
        """Nothing: it has been read."""

    async def whisper(self, user: UserId, reply: Reply, key: str) -> bool:
        """Write it: nobody else is here."""
        self._terminal.show(reply)
        return True

    async def look(self, room: RoomId) -> RoomFacts:
        """One person, who may always be written to."""
        return RoomFacts(may_write=True, members=1)
