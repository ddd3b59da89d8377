"""What the bot remembers about a room from its state events: who created it, who has which power, what replaced
it.

matrix-nio has its own model of a room, but does not know room version 12, in which creators stand above all
power levels, so rights are counted here from the raw events. Only real state events count: one that came out of
an encrypted message is somebody's forgery.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.model.request import Role

Json = dict[str, Any]

ADMIN_POWER = 100
TEACHER_POWER = 50


@dataclass
class Room:
    """The state of one room, as far as the bot needs it. Changes with each state event."""

    creation: Json = field(default_factory=dict)
    """The m.room.create event."""
    levels: Json | None = None
    """Content of m.room.power_levels; None when the room has none."""
    replacement: str | None = None
    """Id of the room that took this one's place."""
    replaced_by: str | None = None
    """Who said so."""
    predecessor: str | None = None
    """Id of the room whose place this one took."""

    def apply(self, source: Json) -> None:
        """Take over a state event; anything else, and anything of a strange shape, changes nothing."""
        content = source.get("content")
        if source.get("state_key") != "" or not isinstance(content, dict):
            return
        match source.get("type"):
            case "m.room.create":
                self.creation = source
                predecessor = content.get("predecessor")
                old = predecessor.get("room_id") if isinstance(predecessor, dict) else None
                self.predecessor = old if isinstance(old, str) else None
            case "m.room.power_levels":
                self.levels = content
            case "m.room.tombstone":
                new = content.get("replacement_room")
                self.replacement = new if isinstance(new, str) and new else None
                self.replaced_by = str(source.get("sender", ""))

    def role(self, user: str) -> Role:
        """What the user may do here."""
        power = self.power(user)
        return Role.ADMIN if power >= ADMIN_POWER else Role.TEACHER if power >= TEACHER_POWER else Role.MEMBER

    def may_write(self, user: str, kind: str) -> bool:
        """Whether the user may send events of that type here."""
        levels = self.levels or {}
        events = levels.get("events")
        needed = events.get(kind) if isinstance(events, dict) else None
        return self.power(user) >= _number(needed if needed is not None else levels.get("events_default"))

    def power(self, user: str) -> float:
        """The user's power level; infinite for the creators of a room of version 12 or later."""
        content = self.creation.get("content")
        content = content if isinstance(content, dict) else {}
        creator = self.creation.get("sender")
        if _creators_stand_above(content.get("room_version")):
            others = content.get("additional_creators")
            if user == creator or (isinstance(others, list) and user in others):
                return float("inf")
        elif self.levels is None:
            return ADMIN_POWER if user == creator else 0
        levels = self.levels or {}
        users = levels.get("users")
        own = users.get(user) if isinstance(users, dict) else None
        return _number(own if own is not None else levels.get("users_default"))


def _creators_stand_above(version: Any) -> bool:
    """True from room version 12 on."""
    text = str(version or "1")
    return int(text) >= 12 if text.isdecimal() else text.startswith("org.matrix.hydra")


def _number(value: Any) -> float:
    """Old rooms may hold levels as text."""
    try:
        return int(value) if value is not None else 0
    except (TypeError, ValueError):
        return 0
