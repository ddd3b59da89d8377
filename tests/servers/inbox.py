"""What one Matrix client has seen: events by room, each once and in order, and waiting for the next one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """One `m.room.message` as a client sees it."""

    room: str
    event_id: str
    sender: str
    msgtype: str
    body: str
    """The plain text; of an edit, the new text."""
    html: str | None
    thread: str | None
    """Event id of the thread's root."""
    reply_to: str | None
    replaces: str | None
    """Event id of the message that this one edits."""
    sent_at: float
    """The homeserver's time, in seconds since the epoch."""
    encrypted: bool
    content: Json = field(compare=False, repr=False)

    @classmethod
    def parse(cls, room: str, event: Json, *, encrypted: bool = False) -> Message | None:
        """The message in a raw event; None when the event is something else (or was redacted)."""
        content = event.get("content", {})
        if event.get("type") != "m.room.message" or "body" not in content:
            return None
        relation = content.get("m.relates_to", {})
        kind, target = relation.get("rel_type"), relation.get("event_id")
        text = content.get("m.new_content", content) if kind == "m.replace" else content
        return cls(
            room=room,
            event_id=event["event_id"],
            sender=event["sender"],
            msgtype=text.get("msgtype", ""),
            body=text["body"],
            html=text.get("formatted_body"),
            thread=target if kind == "m.thread" else None,
            reply_to=relation.get("m.in_reply_to", {}).get("event_id"),
            replaces=target if kind == "m.replace" else None,
            sent_at=event.get("origin_server_ts", 0) / 1000,
            encrypted=encrypted,
            content=content,
        )


class Inbox:
    """Collects events; wakes whoever waits. Belongs to one event loop."""

    def __init__(self) -> None:
        self._events: dict[str, dict[str, Json]] = {}
        self._messages: dict[str, dict[str, Message]] = {}
        self._arrived: dict[str, float] = {}
        self._news = asyncio.Event()
        self.undecryptable: dict[str, set[str]] = {}
        """Event ids by room for which no key has come (encrypted people only)."""

    def add(self, room: str, events: Iterable[tuple[Json, bool]]) -> None:
        """Takes (raw event, was it encrypted) pairs, oldest first; ones seen before are dropped."""
        known = self._events.setdefault(room, {})
        for event, encrypted in events:
            event_id = event["event_id"]
            if event_id in known:
                continue
            known[event_id] = event
            self._arrived[room] = time.monotonic()
            if message := Message.parse(room, event, encrypted=encrypted):
                self._messages.setdefault(room, {})[event_id] = message

    def wake(self) -> None:
        """Lets every waiting look again."""
        # Swapped, not cleared: everybody who waits on the old one must see it set.
        news, self._news = self._news, asyncio.Event()
        news.set()

    def events(self, room: str) -> list[Json]:
        """All raw events of a room (decrypted where possible)."""
        return list(self._events.get(room, {}).values())

    def messages(self, room: str) -> list[Message]:
        """All messages of a room in order, edits as entries of their own."""
        return list(self._messages.get(room, {}).values())

    def shown(self, room: str) -> list[Message]:
        """What a person would see now: edits put into the messages they change, redacted ones gone."""
        redacted = set()
        for event in self.events(room):
            if event.get("type") == "m.room.redaction":
                redacted.add(event.get("redacts") or event["content"].get("redacts"))
        shown: dict[str, Message] = {}
        for message in self.messages(room):
            if message.event_id in redacted:
                continue
            if message.replaces is None:
                shown[message.event_id] = message
            elif (old := shown.get(message.replaces)) and old.sender == message.sender:
                shown[old.event_id] = replace(old, body=message.body, html=message.html)
        return list(shown.values())

    def quiet_for(self, room: str, since: float) -> float:
        """Seconds since the room's last event, counted from `since` (monotonic) at the earliest."""
        return time.monotonic() - max(since, self._arrived.get(room, since))

    async def wait_until(self, look: Callable[[], T | None], *, timeout: float, what: Callable[[], str]) -> T:
        """Waits until `look()` finds something. AssertionError with `what()` after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            if (found := look()) is not None:
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{what()} (waited {timeout:g} s)")
            try:
                # Woken by news; the second is for looks that depend on the clock.
                await asyncio.wait_for(self._news.wait(), min(left, 1.0))
            except TimeoutError:
                continue
