"""Reading a sync although nio cannot: one event of a strange shape must not take the others with it.

nio raises, or refuses the whole answer, when a single event in it has an unexpected type somewhere. As the
homeserver would send the same again, the bot would be stuck for ever. So the parts are tried one by one and the
unreadable ones are left out.
"""

from __future__ import annotations

from typing import Any

import nio
import structlog

log = structlog.get_logger(__name__)

Json = dict[str, Any]


def parse_sync(answer: Json) -> Any:
    """The nio.SyncResponse in an answer, without the parts that nio cannot read; None when it is no sync at
    all."""
    try:
        response = nio.SyncResponse.from_dict(answer)
        if isinstance(response, nio.SyncResponse):
            return response
    except Exception as error:
        log.warning("a sync with events that cannot be read", error=type(error).__name__)
    response = nio.SyncResponse.from_dict(_readable_parts(answer))
    return response if isinstance(response, nio.SyncResponse) else None


def _readable_parts(answer: Json) -> Json:
    parts: Json = {}
    for name, value in answer.items():
        if name in ("to_device", "account_data", "presence"):
            parts[name] = {
                "events": [event for event in value.get("events", ()) if _can_read({name: {"events": [event]}})]
            }
        elif name == "rooms":
            parts[name] = {
                kind: {room: kept for room, part in rooms.items() if (kept := _readable_room(kind, room, part))}
                for kind, rooms in value.items()
            }
        elif name == "next_batch" or _can_read({name: value}):
            parts[name] = value
    return parts


def _readable_room(kind: str, room: str, part: Json) -> Json:
    kept: Json = {}
    for name, value in part.items():
        if isinstance(value, dict) and isinstance(value.get("events"), list):
            value = {
                **value,
                "events": [
                    event
                    for event in value["events"]
                    if _can_read({"rooms": {kind: {room: {name: {"events": [event]}}}}})
                ],
            }
        kept[name] = value
    return kept if _can_read({"rooms": {kind: {room: kept}}}) else {}


def _can_read(fragment: Json) -> bool:
    try:
        return isinstance(nio.SyncResponse.from_dict({"next_batch": "-", **fragment}), nio.SyncResponse)
    except Exception:
        return False
