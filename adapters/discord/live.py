"""What this adapter asks of the core beside `App.handle`, for quizzes: the core speaks on its own then."""

from __future__ import annotations

from typing import Protocol

from bot.model.ids import RoomId
from bot.model.reply import Entry
from bot.model.request import Request
from bot.ports import Sender


class Connecting(Protocol):
    """Where accounts are connected that can send."""

    def connect(self, sender: Sender) -> None:
        """The account can send from now on."""

    def disconnect(self, account: str) -> None:
        """It cannot any more. Safe to repeat."""


class Live(Protocol):
    """The part of the core that knows quizzes."""

    @property
    def senders(self) -> Connecting:
        """The accounts that can send."""

    async def room_gone(self, room: RoomId) -> None:
        """The room is no longer there for the bot; rooms that no quiz knows may be named too."""

    async def form_for(self, request: Request) -> Entry | None:
        """The form behind the pressed action, in this person's language; None when there is nothing to type into."""
