"""The accounts that can send at the moment."""

from __future__ import annotations

from collections.abc import Iterator

from bot.ports import Sender


class Senders:
    """Adapters connect their accounts here and take them away when they end."""

    def __init__(self) -> None:
        self._senders: dict[str, Sender] = {}

    def connect(self, sender: Sender) -> None:
        """The account can send from now on."""
        self._senders[sender.account] = sender

    def disconnect(self, account: str) -> None:
        """It cannot any more. Safe to repeat."""
        self._senders.pop(account, None)

    def get(self, account: str) -> Sender | None:
        """The account's sender, if it is connected."""
        return self._senders.get(account)

    def __iter__(self) -> Iterator[Sender]:
        return iter(tuple(self._senders.values()))
