"""Who and where. A bare string would confuse Discord's 42 with Matrix's 42, so ids are pairs with a type."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class UserId:
    """A person's account on one platform."""

    platform: str
    id: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True, slots=True, order=True)
class RoomId:
    """A channel, room or direct chat on one platform."""

    platform: str
    id: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True, slots=True, order=True)
class ServerId:
    """What several rooms belong to: a Discord server. Matrix and the terminal have none."""

    platform: str
    id: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.id}"
