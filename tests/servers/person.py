"""A person with a plain Matrix client: what the tests use to talk to the bot.

async with Person(synapse, await synapse.register_fresh("ana")) as ana:
    room = await ana.create_room(invite=[bot_id])
    await ana.say(room, "!topics")
    reply = await ana.wait_for_reply(room, contains="cyberspace")
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from .client import Client
from .inbox import Json, Message

TIMEOUT = 20.0
"""Seconds a wait lasts if nothing else is said."""


class Person(Client):
    """A client in plain rooms, with a person's verbs."""

    # -- rooms --------------------------------------------------------

    async def create_room(
        self,
        *,
        invite: Iterable[str] = (),
        direct: bool = False,
        encrypted: bool = False,
        public: bool = False,
        room_version: str | None = None,
        name: str | None = None,
        **extra: Any,
    ) -> str:
        """Makes a room and returns its id. `extra` goes into the createRoom request as it is."""
        preset = "public_chat" if public else "trusted_private_chat" if direct else "private_chat"
        body: Json = {"preset": preset, "is_direct": direct, "invite": list(invite), **extra}
        if name:
            body["name"] = name
        if room_version:
            body["room_version"] = room_version
        if encrypted:
            state = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
            body["initial_state"] = [*extra.get("initial_state", []), state]
        return str((await self.request("POST", "/createRoom", body))["room_id"])

    async def invite(self, room: str, user_id: str) -> None:
        """Invites somebody."""
        await self.request("POST", f"/rooms/{quote(room)}/invite", {"user_id": user_id})

    async def leave(self, room: str) -> None:
        """Leaves a room."""
        await self.request("POST", f"/rooms/{quote(room)}/leave", {})

    async def upgrade_room(self, room: str, version: str) -> str:
        """Replaces a room (tombstone and all) and returns the new room's id."""
        answer = await self.request("POST", f"/rooms/{quote(room)}/upgrade", {"new_version": version})
        return str(answer["replacement_room"])

    async def members(self, room: str) -> set[str]:
        """User ids of those who are in the room now."""
        return set((await self.request("GET", f"/rooms/{quote(room)}/joined_members"))["joined"])

    async def wait_for_member(self, room: str, user_id: str, *, timeout: float = TIMEOUT) -> None:
        """Waits until somebody (the bot) has joined."""
        deadline = time.monotonic() + timeout
        while user_id not in await self.members(room):
            assert time.monotonic() < deadline, f"{user_id} did not join {room} (waited {timeout:g} s)"
            await asyncio.sleep(0.1)

    async def wait_for_invite(self, sender: str | None = None, *, timeout: float = TIMEOUT) -> str:
        """Waits for an invitation (by `sender`) and returns the room's id; joining it is the caller's."""

        def look() -> str | None:
            return next((room for room, by in self.invites.items() if sender in (None, by)), None)

        return await self._wait(look, timeout=timeout, what=lambda: f"no invitation for {self.user_id}")

    # -- talking: each returns the event id ---------------------------

    async def say(self, room: str, text: str, *, tx_id: str | None = None, **content: Any) -> str:
        """Sends a text. `content` adds to or replaces the event's keys (msgtype, m.relates_to, ...)."""
        return await self._say(room, text, content, tx_id=tx_id)

    async def notice(self, room: str, text: str, **content: Any) -> str:
        """Sends what a bot would send: a text nobody answers."""
        return await self._say(room, text, {"msgtype": "m.notice", **content})

    async def mention(self, room: str, user_id: str, text: str, **content: Any) -> str:
        """Sends a text with an intentional mention of somebody, as Element writes it."""
        name = user_id[1:].partition(":")[0]
        html = f'<a href="https://matrix.to/#/{user_id}">{name}</a>: {text}'
        pill: Json = {"format": "org.matrix.custom.html", "formatted_body": html}
        pill["m.mentions"] = {"user_ids": [user_id]}
        return await self._say(room, f"{name}: {text}", pill | content)

    async def reply(self, room: str, event_id: str, text: str, **content: Any) -> str:
        """Sends a reply to an event, outside threads."""
        return await self._say(room, text, {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}} | content)

    async def reply_in_thread(self, room: str, root: str, text: str, **content: Any) -> str:
        """Sends a text in the thread that starts at `root`."""
        relation: Json = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
        relation["m.in_reply_to"] = {"event_id": root}
        return await self._say(room, text, {"m.relates_to": relation} | content)

    async def edit(self, room: str, event_id: str, text: str) -> str:
        """Changes an own message."""
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        return await self._say(room, f"* {text}", {"m.new_content": new, "m.relates_to": relation})

    async def _say(self, room: str, text: str, content: Json, *, tx_id: str | None = None) -> str:
        content = {"msgtype": "m.text", "body": text, **content}
        return await self.send(room, "m.room.message", content, tx_id=tx_id)

    async def react(self, room: str, event_id: str, key: str) -> str:
        """Puts a reaction under an event."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self._put(room, "m.reaction", {"m.relates_to": relation})

    async def redact(self, room: str, event_id: str) -> str:
        """Takes an event back (also a reaction)."""
        path = f"/rooms/{quote(room)}/redact/{quote(event_id)}/{uuid.uuid4().hex}"
        return str((await self.request("PUT", path, {}))["event_id"])

    async def set_state(self, room: str, kind: str, content: Json, *, key: str = "") -> str:
        """Writes a state event (power levels, a room's name)."""
        path = f"/rooms/{quote(room)}/state/{quote(kind)}/{quote(key)}"
        return str((await self.request("PUT", path, content))["event_id"])

    async def send(self, room: str, kind: str, content: Json, *, tx_id: str | None = None) -> str:
        """Sends any event."""
        return await self._put(room, kind, content, tx_id=tx_id)

    # -- listening ----------------------------------------------------

    def messages(self, room: str) -> list[Message]:
        """Everything said in the room so far, own words and edits too; `inbox.shown` has edits applied."""
        return self.inbox.messages(room)

    async def wait_for_reply(
        self,
        room: str,
        *,
        contains: str = "",
        sender: str | None = None,
        reply_to: str | None = None,
        timeout: float = TIMEOUT,
    ) -> Message:
        """The oldest message of somebody else that fits and that no earlier call has returned; waits for it.

        `timeout` in seconds. Raises AssertionError, which lists what did come.
        """

        def fits(message: Message) -> bool:
            return (
                message.event_id not in self._taken
                and message.sender == (sender or message.sender) != self.user_id
                and contains.casefold() in message.body.casefold()
                and reply_to in (None, message.reply_to)
            )

        def what() -> str:
            came = "".join(f"\n  {m.sender}: {m.body[:200]!r}" for m in self.messages(room)[-20:]) or " nothing"
            return f"{self.user_id} got no reply with {contains!r}; the room's last messages:{came}"

        found = await self._wait(lambda: next(filter(fits, self.messages(room)), None), timeout=timeout, what=what)
        self._taken.add(found.event_id)
        return found

    async def wait_for_count(self, room: str, count: int, *, sender: str, timeout: float = TIMEOUT) -> list[Message]:
        """Waits for at least `count` messages of `sender` (edits not counted) and returns all of them."""

        def by_sender() -> list[Message]:
            return [m for m in self.messages(room) if m.sender == sender and m.replaces is None]

        return await self._wait(
            lambda: by_sender() if len(by_sender()) >= count else None,
            timeout=timeout,
            what=lambda: f"{len(by_sender())} of {count} messages by {sender}",
        )

    async def wait_quiet(self, room: str, *, seconds: float = 1.0, timeout: float = TIMEOUT) -> None:
        """Waits until nothing has happened in the room for `seconds`."""
        started = time.monotonic()
        while (quiet := self.inbox.quiet_for(room, started)) < seconds:
            assert time.monotonic() < started + timeout, f"{room} was never quiet for {seconds:g} s in {timeout:g} s"
            await asyncio.sleep(seconds - quiet)
        self._check_sync()
