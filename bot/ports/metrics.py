"""What is counted for the operator. Labels are platforms and zones: nothing here can say who, where or what."""

from __future__ import annotations


class Metrics:
    """Counts nothing; the one behind `/metrics` (adapters.web) does."""

    def asked(self, zone: str, platform: str) -> None:
        """A question was understood as `answer`, `suggest` or `refuse`; `safety` = somebody in trouble."""

    def replied(self, seconds: float, platform: str) -> None:
        """A reply was made, in so many seconds."""

    def failed(self, platform: str) -> None:
        """Something unexpected went wrong; the log has it under its incident code."""

    def deferred(self, platform: str) -> None:
        """A reply was not ready within the platform's budget, so that it was announced first."""

    def lost(self, platform: str) -> None:
        """A person can no longer be answered: the acknowledgement came too late."""

    def limited(self, by: str) -> None:
        """The platform told us to slow down; by `kompas`: we told a person."""

    def kept(self, answers: int) -> None:
        """So many quiz answers became durable."""

    def synced(self, account: str) -> None:
        """The account heard from its platform just now."""
