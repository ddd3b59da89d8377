"""A person whose client encrypts: matrix-nio with its own store, otherwise as `Person`.

The client is not cross-signed and does not look whether others are; for a strict one another peer is
needed. Requests go the way of `Person`, so that limits behave alike; nio keeps the keys, reads /sync and
does the cryptography.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any, Self

import nio

from .client import FILTER
from .inbox import Json
from .person import TIMEOUT, Person
from .synapse import Account, Synapse

_SYNC_MILLISECONDS = 20_000


class EncryptedPerson(Person):
    """A client for encrypted and plain rooms. Its key store is temporary and goes with it."""

    def __init__(
        self, server: Synapse, account: Account, *, patient: bool = True, accept_invites: bool = False
    ) -> None:
        super().__init__(server, account, patient=patient, accept_invites=accept_invites)
        self._store: Path
        self._sending = asyncio.Lock()
        self._unread: dict[str, nio.MegolmEvent] = {}
        self._nio: nio.AsyncClient

    async def __aenter__(self) -> Self:
        # No retries inside nio: the sync loop of Person is the one that waits for a server that is away.
        config = nio.AsyncClientConfig(
            store_sync_tokens=False,
            encryption_enabled=True,
            pickle_key="test",
            max_timeouts=0,
            request_timeout=40,
        )
        account = self.account
        self._store = Path(tempfile.mkdtemp(prefix="kompas-person-"))
        self._nio = nio.AsyncClient(
            self.server.url, account.user_id, account.device_id, store_path=str(self._store), config=config
        )
        self._nio.restore_login(account.user_id, account.device_id, account.access_token)
        return await super().__aenter__()

    async def wait_for_member(self, room: str, user_id: str, *, timeout: float = TIMEOUT) -> None:
        """Waits until somebody has joined and this client knows it: only then do they get the room's key."""
        await super().wait_for_member(room, user_id, timeout=timeout)

        def look() -> bool | None:
            known = self._nio.rooms.get(room)
            return True if known and user_id in known.users else None

        await self._wait(look, timeout=timeout, what=lambda: f"{self.user_id} does not see {user_id} in {room}")

    async def send(self, room: str, kind: str, content: Json, *, tx_id: str | None = None) -> str:
        """Sends any event, encrypted when the room is."""
        known = await self._wait(
            lambda: self._nio.rooms.get(room),
            timeout=TIMEOUT,
            what=lambda: f"{self.user_id} does not see {room}",
        )
        if known.encrypted:
            # One at a time: two sends must not both make a new room key.
            async with self._sending:
                await self._share_key(room)
                kind, content = self._nio.encrypt(room, kind, content)
        return await self._put(room, kind, content, tx_id=tx_id)

    async def _share_key(self, room: str) -> None:
        if not self._nio.rooms[room].members_synced:
            await self._nio.joined_members(room)
        await self._ask_for_devices()
        assert self._nio.olm
        if self._nio.olm.should_share_group_session(room):
            await self._nio.share_group_session(room, ignore_unverified_devices=True)

    async def _ask_for_devices(self) -> None:
        while self._nio.should_query_keys:
            answer = await self._nio.keys_query()
            if isinstance(answer, nio.ErrorResponse):
                raise AssertionError(f"{self.user_id}: keys/query: {answer}")

    async def _sync_once(self) -> None:
        since = self._since
        answer = await self._nio.sync(
            _SYNC_MILLISECONDS if since else 0, sync_filter=FILTER, since=since, full_state=since is None
        )
        if isinstance(answer, nio.ErrorResponse):
            if answer.status_code == "M_UNKNOWN_TOKEN":
                raise AssertionError(f"{self.user_id} was logged out: {answer}")
            raise TimeoutError(str(answer))
        if self._nio.should_upload_keys:
            await self._nio.keys_upload()
        if self._nio.should_query_keys:
            async with self._sending:
                await self._ask_for_devices()
        await self._nio.send_to_device_messages()
        for room, part in answer.rooms.join.items():
            line = part.timeline
            gap = await self._fill_decrypted(room, line.prev_batch, since) if since and line.limited else []
            self._take(room, [*gap, *line.events])
            self.invites.pop(room, None)
        for room, invited in answer.rooms.invite.items():
            for event in invited.invite_state:
                if isinstance(event, nio.InviteMemberEvent) and event.state_key == self.user_id:
                    self.invites[room] = event.sender
        self._read_again()
        await self._synced(answer.next_batch)

    async def _fill_decrypted(self, room: str, start: str | None, stop: str) -> list[Any]:
        found: list[Any] = []
        while start:
            page = await self._nio.room_messages(room, start, stop, limit=1000)
            if isinstance(page, nio.RoomMessagesError):
                raise TimeoutError(str(page))
            found += page.chunk
            start = page.end if page.chunk else None
        return found[::-1]

    def _take(self, room: str, events: list[Any]) -> None:
        for event in events:
            if isinstance(event, nio.MegolmEvent):
                event.room_id = room
                self._unread[event.event_id] = event
                self.inbox.undecryptable.setdefault(room, set()).add(event.event_id)
            else:
                self.inbox.add(room, [(event.source, bool(getattr(event, "decrypted", False)))])

    def _read_again(self) -> None:
        # The key of an event may come later than the event.
        for event_id, event in list(self._unread.items()):
            with contextlib.suppress(nio.EncryptionError):
                clear = self._nio.decrypt_event(event)
                del self._unread[event_id]
                self.inbox.undecryptable[event.room_id].discard(event_id)
                self.inbox.add(event.room_id, [(clear.source, True)])

    async def _close(self) -> None:
        await self._nio.close()
        await super()._close()
        shutil.rmtree(self._store, ignore_errors=True)
