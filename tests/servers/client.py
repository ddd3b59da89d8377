"""One Matrix device over raw client-server HTTP: requests, limits, and a sync loop that misses nothing.

The loop fills gaps (Synapse sends at most 100 events of a room in one sync) and survives a homeserver that is
away. What is said and done by it is in `person`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp

from .inbox import Inbox, Json
from .synapse import Account, MatrixError, Synapse

T = TypeVar("T")
_SYNC_SECONDS = 20
_AWAY_SECONDS = 0.2
FILTER: Json = {
    "presence": {"types": []},
    "room": {"timeline": {"limit": 1000}, "ephemeral": {"types": []}},
}


class Client:
    """A device of a user. Use as `async with`: the sync loop runs inside."""

    def __init__(
        self, server: Synapse, account: Account, *, patient: bool = True, accept_invites: bool = False
    ) -> None:
        """`patient`: wait and repeat after a 429, as clients do; otherwise `MatrixError` is raised."""
        self.server = server
        self.account = account
        self.user_id = account.user_id
        self.patient = patient
        self.accept_invites = accept_invites
        self.inbox = Inbox()
        self.invites: dict[str, str] = {}
        """Invitations not yet accepted: room id to the inviter's user id."""
        self.times_limited = 0
        """How often the server answered 429."""
        self._since: str | None = None
        self._taken: set[str] = set()
        self._http: aiohttp.ClientSession
        self._task: asyncio.Task[None]

    @classmethod
    async def login(cls, server: Synapse, name: str, password: str, **options: Any) -> Self:
        """A new device by password. (Default limits: five logins, then one in five minutes.)"""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": password,
        }
        answer = await server.request("POST", "/_matrix/client/v3/login", body)
        account = Account(answer["user_id"], password, answer["access_token"], answer["device_id"])
        return cls(server, account, **options)

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            self.server.url,
            headers={"Authorization": f"Bearer {self.account.access_token}"},
            timeout=aiohttp.ClientTimeout(total=60),
        )
        try:
            await self._sync_once()
        except BaseException:
            await self._close()
            raise
        self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._stop_listening()
        finally:
            await self._close()

    @contextlib.asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Inside, the client does not sync (it can still send); afterwards it catches up."""
        await self._stop_listening()
        try:
            yield
        finally:
            self._listen()

    def _listen(self) -> None:
        self._task = asyncio.create_task(self._sync_forever(), name=f"sync of {self.user_id}")

    async def _stop_listening(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def request(
        self, method: str, path: str, body: Json | None = None, *, query: dict[str, str] | None = None
    ) -> Json:
        """One client-server request (path after /_matrix/client/v3). Raises `MatrixError`; see `patient`."""
        while True:
            async with self._http.request(method, f"/_matrix/client/v3{path}", json=body, params=query) as response:
                answer: Json = await response.json()
                if response.status == 200:
                    return answer
                error = MatrixError(response.status, answer, f"{self.user_id} {method} {path}")
            if error.status != 429:
                raise error
            self.times_limited += 1
            if not self.patient:
                raise error
            await asyncio.sleep(error.retry_after + 0.01)

    async def _put(self, room: str, kind: str, content: Json, *, tx_id: str | None = None) -> str:
        path = f"/rooms/{quote(room)}/send/{quote(kind)}/{tx_id or uuid.uuid4().hex}"
        return str((await self.request("PUT", path, content))["event_id"])

    async def _wait(self, look: Callable[[], T | None], *, timeout: float, what: Callable[[], str]) -> T:
        def checked() -> T | None:
            self._check_sync()
            return look()

        return await self.inbox.wait_until(checked, timeout=timeout, what=what)

    def _check_sync(self) -> None:
        # A sync loop that broke says so in the test, instead of a time-out that hides it.
        if self._task.done():
            self._task.result()

    async def _sync_forever(self) -> None:
        try:
            while True:
                try:
                    await self._sync_once()
                except MatrixError as error:
                    if error.status < 500 and error.status != 429:
                        raise
                    await asyncio.sleep(max(_AWAY_SECONDS, error.retry_after))
                except (aiohttp.ClientError, OSError, TimeoutError):
                    await asyncio.sleep(_AWAY_SECONDS)
        finally:
            self.inbox.wake()

    async def _sync_once(self) -> None:
        query = {"filter": json.dumps(FILTER)}
        since = self._since
        if since:
            query |= {"since": since, "timeout": str(_SYNC_SECONDS * 1000)}
        answer = await self.request("GET", "/sync", query=query)
        rooms = answer.get("rooms", {})
        for room, part in rooms.get("join", {}).items():
            timeline = part["timeline"]
            gap = await self._fill(room, timeline["prev_batch"], since) if since and timeline["limited"] else []
            self.inbox.add(room, ((event, False) for event in itertools.chain(gap, timeline["events"])))
            self.invites.pop(room, None)
        for room, part in rooms.get("invite", {}).items():
            self.invites[room] = _inviter(part["invite_state"]["events"], self.user_id)
        await self._synced(answer["next_batch"])

    async def _synced(self, token: str) -> None:
        # Only now: a sync that broke in the middle is repeated, and what it had added is known already.
        self._since = token
        self.inbox.wake()
        if self.accept_invites:
            for room in list(self.invites):
                # Taken back in the meantime: no reason to stop listening.
                with contextlib.suppress(MatrixError):
                    await self.join(room)

    async def _fill(self, room: str, start: str, stop: str) -> list[Json]:
        found: list[Json] = []
        while start:
            query = {"from": start, "to": stop, "dir": "b", "limit": "1000"}
            page = await self.request("GET", f"/rooms/{quote(room)}/messages", query=query)
            found += page["chunk"]
            start = page.get("end", "") if page["chunk"] else ""
        return found[::-1]

    async def _close(self) -> None:
        await self._http.close()

    async def join(self, room: str) -> None:
        """Accepts an invitation or enters a public room."""
        await self.request("POST", f"/join/{quote(room)}", {})
        self.invites.pop(room, None)


def _inviter(state: Iterable[Json], me: str) -> str:
    for event in state:
        if event["type"] == "m.room.member" and event.get("state_key") == me:
            return str(event["sender"])
    return ""
