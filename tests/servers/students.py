"""A class of students for little money: accounts on a homeserver that share one HTTP session and have no sync loop.

async with a_class(synapse, 30) as students:
    direct = await asyncio.gather(*(student.open_direct(bot_id) for student in students))
    await students[0].say(direct[0], "2")

`Person` sees everything as it happens, with a connection of its own; a `Student` looks when asked to. Plain rooms only.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiohttp

from .inbox import Json, Message
from .synapse import Account, MatrixError, Synapse

TIMEOUT = 20.0
LOOK_SECONDS = 0.3
_FILTER = {
    "presence": {"types": []},
    "account_data": {"types": []},
    "room": {
        "state": {"types": []},
        "timeline": {"types": []},
        "account_data": {"types": []},
        "ephemeral": {"types": ["m.receipt"]},
    },
}


class Student:
    """One of the class."""

    def __init__(self, server: Synapse, account: Account, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.account = account
        self.user_id = account.user_id
        self.times_limited = 0
        """How often the server answered 429; each was waited for."""
        self._http = http
        self._read: dict[str, str] = {}
        self._heard: dict[str, list[Message]] = {}
        self._since = ""
        self._receipts: dict[str, Json] = {}

    async def request(
        self, method: str, path: str, body: Json | None = None, *, query: dict[str, str] | None = None
    ) -> Json:
        """One client-server request (path after /_matrix/client/v3), repeated after a 429. Raises MatrixError."""
        headers = {"Authorization": f"Bearer {self.account.access_token}"}
        url = f"{self.server.url}/_matrix/client/v3{path}"
        while True:
            async with self._http.request(method, url, json=body, params=query, headers=headers) as response:
                answer: Json = await response.json()
                if response.status == 200:
                    return answer
            error = MatrixError(response.status, answer, f"{self.user_id} {method} {path}")
            if error.status != 429:
                raise error
            self.times_limited += 1
            await asyncio.sleep(error.retry_after + 0.01)

    async def join(self, room: str) -> None:
        """Enter a public room, or one that the student is invited to."""
        await self.request("POST", f"/join/{quote(room)}", {})

    async def open_direct(self, user_id: str) -> str:
        """Open a direct chat with somebody (the bot), as clients do; the room. They may not be there yet."""
        body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [user_id]}
        return str((await self.request("POST", "/createRoom", body))["room_id"])

    async def say(self, room: str, text: str) -> str:
        """Send a text; its event id."""
        path = f"/rooms/{quote(room)}/send/m.room.message/{uuid.uuid4().hex}"
        return str((await self.request("PUT", path, {"msgtype": "m.text", "body": text}))["event_id"])

    async def read(self, room: str) -> list[Message]:
        """The messages that came since the last look, own ones and edits too."""
        query = {"dir": "f", "limit": "100"}
        found: list[Message] = []
        while True:
            if position := self._read.get(room):
                query["from"] = position
            page = await self.request("GET", f"/rooms/{quote(room)}/messages", query=query)
            found += (message for event in page["chunk"] if (message := Message.parse(room, event)))
            if page.get("end"):
                self._read[room] = page["end"]
            if not page.get("end") or not page["chunk"]:
                break
        self._heard.setdefault(room, []).extend(found)
        return found

    def heard(self, room: str) -> list[Message]:
        """Everything that was read there so far."""
        return list(self._heard.get(room, ()))

    async def wait_for(
        self, room: str, *, contains: str = "", sender: str = "", after: int = 0, timeout: float = TIMEOUT
    ) -> Message:
        """The first message of somebody else that fits, not counting the `after` first messages of the room."""
        end = time.monotonic() + timeout
        while True:
            await self.read(room)
            for message in self.heard(room)[after:]:
                if message.sender == (sender or message.sender) != self.user_id and contains in message.body:
                    return message
            assert time.monotonic() < end, f"{self.user_id} heard {self.heard(room)[-5:]}, not {contains!r}"
            await asyncio.sleep(LOOK_SECONDS)

    async def wait_for_member(self, room: str, user_id: str, *, timeout: float = TIMEOUT) -> None:
        """Until somebody (the bot) is there."""
        end = time.monotonic() + timeout
        path = f"/rooms/{quote(room)}/joined_members"
        while user_id not in (await self.request("GET", path))["joined"]:
            assert time.monotonic() < end, f"{user_id} did not join {room} in {timeout:g} s"
            await asyncio.sleep(LOOK_SECONDS)

    def for_account(self, account: Account) -> Student:
        """Another student on the same connection."""
        return Student(self.server, account, self._http)

    async def seen_by(self, room: str, user_id: str, *, afresh: bool = False) -> str:
        """The event up to which somebody's public read receipts say that they have read; "" = none. `afresh`: ask for
        all of it again, which takes nothing away from a client that syncs for the same device."""
        since = {"since": self._since} if self._since and not afresh else {}
        # another filter each time: Synapse keeps its answer to a first sync for two minutes
        wanted = _FILTER | ({"presence": {"types": [], "limit": time.monotonic_ns() % 10**9 + 1}} if afresh else {})
        query = {"filter": json.dumps(wanted), "timeout": "0"} | since
        answer = await self.request("GET", "/sync", query=query)
        self._since = answer["next_batch"]
        for name, part in answer.get("rooms", {}).get("join", {}).items():
            for event in part.get("ephemeral", {}).get("events", ()):
                for event_id, kinds in event["content"].items():
                    for who in kinds.get("m.read", {}):
                        self._receipts.setdefault(name, {})[who] = event_id
        return str(self._receipts.get(room, {}).get(user_id, ""))


@asynccontextmanager
async def a_class(server: Synapse, size: int, name: str = "student") -> AsyncIterator[list[Student]]:
    """So many new students of the homeserver, whatever its limits."""
    accounts = await asyncio.gather(*(server.register_fresh(name) for _ in range(size)))
    connector = aiohttp.TCPConnector(limit=20)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=120)) as http:
        yield [Student(server, account, http) for account in accounts]
