"""The connection to the homeserver: matrix-nio's client, with a way of failing that cannot be overlooked.

nio returns errors instead of raising them, retries for ever by itself, and lets one event that it cannot read
end a whole sync. Here a call gives its answer or raises one of

    Outage      the homeserver is away or overloaded: try again later
    Limited     an Outage that says when
    Refusal     it will never work: the account, the room or the content is at fault

nio keeps what it is good at: the model of rooms, keys and sessions, and the cryptography.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import nio
import nio.store
import structlog
from nio.exceptions import EncryptionError, LocalProtocolError

from adapters.matrix.reading import parse_sync
from adapters.matrix.rewound import stale_devices

log = structlog.get_logger(__name__)

Json = dict[str, Any]

API = "/_matrix/client/v3"
CALL_SECONDS = 30.0
DEAD_ACCOUNT = frozenset(
    {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED", "M_USER_SUSPENDED"}
)
FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": ["m.direct"]},
        # 100 is the most that Synapse gives, whatever is asked for. Members are not loaded lazily: who is in a
        # room decides what may be said.
        "room": {
            "timeline": {"limit": 100, "lazy_load_members": False},
            "state": {"lazy_load_members": False},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    },
    separators=(",", ":"),
)


class Outage(Exception):
    """The homeserver did not answer, or not now."""


class Limited(Outage):
    """Too many requests; `retry_after` in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"limited for {retry_after} s")
        self.retry_after = retry_after


class Refusal(Exception):
    """The homeserver will never accept this."""

    def __init__(self, status: int, body: Json) -> None:
        self.status = status
        self.errcode = str(body.get("errcode", "M_UNKNOWN"))
        self.body = body
        super().__init__(f"{status} {self.errcode}")

    @property
    def dead_account(self) -> bool:
        """The account or its token is refused, not this one request."""
        return self.errcode in DEAD_ACCOUNT


@dataclass(frozen=True, slots=True)
class Page:
    """Events from a room's past, newest first."""

    events: list[Any]
    end: str
    """Where the page before it starts; "" = there is none."""


class KeyStore(nio.store.DefaultStore):  # type: ignore[misc]  # nio has no types
    """nio's key store, without a write to the disk for every sync that brought nothing to write."""

    def save_encrypted_rooms(self, rooms: set[str]) -> None:
        """Remember which rooms are encrypted."""
        if rooms:
            super().save_encrypted_rooms(rooms)


class Client(nio.AsyncClient):  # type: ignore[misc]  # nio has no types
    """One device of one account."""

    def __init__(self, homeserver: str, user: str, device: str, store_path: str, pickle_key: str) -> None:
        # nio's warnings quote what could not be read, which may be what somebody wrote
        logging.getLogger("nio").setLevel(logging.CRITICAL)
        config = nio.AsyncClientConfig(
            store=KeyStore,
            store_sync_tokens=False,
            encryption_enabled=True,
            pickle_key=pickle_key,
            max_limit_exceeded=0,
            max_timeouts=0,
            request_timeout=CALL_SECONDS,
        )
        super().__init__(homeserver, user, device, store_path=store_path, config=config)
        self.left_rooms: set[str] = set()
        """Rooms that the account is no longer in: nothing can be sent there."""
        self.rewound: frozenset[str] = frozenset()
        """Channels to other devices that nothing may be sent over (see adapters.matrix.rewound)."""
        self.on_limited: Callable[[], None] = lambda: None
        """Called each time the homeserver tells this account to slow down."""
        self._key_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: Json | None = None,
        seconds: float = CALL_SECONDS,
    ) -> Json:
        """One request (`path` after /_matrix/client/v3), its JSON answer. Raises Outage, Limited or Refusal."""
        url = f"{API}{path}?{urlencode(query)}" if query else API + path
        headers = {"Content-Type": "application/json"}
        if self.access_token:
            headers["Authorization"] = f"Bearer {self.access_token}"
        data = None if body is None else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        try:
            async with asyncio.timeout(seconds):
                response = await self.send(method, url, data, headers, timeout=seconds + 5)
                text = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Outage(type(error).__name__) from error
        try:
            answer = json.loads(text)
        except ValueError:  # a proxy's page of its own
            answer = None
        if not isinstance(answer, dict):
            raise Outage(f"status {response.status} without JSON")
        if response.status == 200:
            return answer
        failure = _failure(response.status, answer)
        if isinstance(failure, Limited):
            self.on_limited()
        raise failure

    async def read_sync(self, since: str | None, *, full_state: bool, wait_seconds: float) -> Any:
        """The next nio.SyncResponse after `since`, taken into nio's model. Raises Outage, Limited or
        Refusal."""
        query = {"filter": FILTER, "timeout": str(int(wait_seconds * 1000))}
        if since:
            query["since"] = since
        if full_state:
            query["full_state"] = "true"
        answer = await self.call("GET", "/sync", query=query, seconds=wait_seconds + (300 if full_state else 30))
        response = parse_sync(answer)
        if response is None:
            raise Outage("the answer is no sync")
        try:
            await self.receive_response(response)
        except Exception as error:  # nio's model is now behind, but what was said must still be answered
            log.exception("a sync was taken over in part", error=type(error).__name__)
        return response

    def _handle_timeline_event(self, event: Any, room_id: str, room: Any, encrypted_rooms: set[str]) -> Any:
        """nio's step for one event of a room, unable to end the sync. It would also take what comes out of an
        encrypted message for the room's state, which would let anybody change members."""
        try:
            if isinstance(event, nio.MegolmEvent):
                return self.clear(event, room_id)
            return super()._handle_timeline_event(event, room_id, room, encrypted_rooms)
        except Exception as error:
            log.warning("an event was left out", error=type(error).__name__)
            return None

    def clear(self, event: Any, room_id: str) -> Any:
        """The nio event inside a MegolmEvent; None when its key is not here."""
        event.room_id = room_id
        try:
            return self.decrypt_event(event)
        except EncryptionError:
            return None
        except Exception as error:  # the inside of an encrypted event is whatever its sender made
            log.warning("an encrypted event was left out", error=type(error).__name__)
            return None

    async def put_event(self, room_id: str, content: Json, transaction: str) -> str:
        """Send an m.room.message, encrypted where the room is; the event id. A transaction that was used before
        sends nothing again. Raises Outage, Limited or Refusal."""
        kind = "m.room.message"
        room = self.room(room_id)
        if room.encrypted:
            async with self._key_locks[room_id]:  # two that share keys at once would make two keys
                await self._share_keys(room_id, room)
                try:
                    kind, content = self.encrypt(room_id, kind, content)
                except (EncryptionError, LocalProtocolError) as error:  # the key was dropped in this moment
                    raise Outage(type(error).__name__) from error
        path = f"/rooms/{quote(room_id)}/send/{kind}/{quote(transaction)}"
        return str((await self.call("PUT", path, content))["event_id"])

    def room(self, room_id: str) -> Any:
        """nio's model of a room that the account is in. Raises Refusal when it is no longer there, Outage when it is
        not known yet."""
        if room_id in self.left_rooms:
            raise Refusal(403, {"errcode": "M_FORBIDDEN"})
        if room_id not in self.rooms:
            raise Outage("the room is not known yet")
        return self.rooms[room_id]

    async def read_page(self, room_id: str, start: str, stop: str) -> Page:
        """Up to 100 events of a room before `start`, newest first, at most back to `stop`. Raises Outage,
        Limited or Refusal."""
        query = {"from": start, "to": stop, "dir": "b", "limit": "100"}
        answer = await self.call("GET", f"/rooms/{quote(room_id)}/messages", query=query)
        events = []
        for source in answer.get("chunk", ()):
            with contextlib.suppress(Exception):  # one that nio cannot read is left out, as in a sync
                events.append(nio.Event.parse_event(source))
        return Page([event for event in events if event is not None], str(answer.get("end") or ""))

    async def event(self, room_id: str, event_id: str) -> Any:
        """One event of a room as nio reads it; None when nio cannot. Raises Outage, Limited or Refusal."""
        answer = await self.call("GET", f"/rooms/{quote(room_id)}/event/{quote(event_id)}")
        try:
            return nio.Event.parse_event(answer)
        except Exception:
            return None

    async def sender_of(self, room_id: str, event_id: str) -> str:
        """Who sent an event. Raises Outage, Limited or Refusal."""
        answer = await self.call("GET", f"/rooms/{quote(room_id)}/event/{quote(event_id)}")
        return str(answer.get("sender", ""))

    async def mark_read(self, room_id: str, event_id: str) -> None:
        """Send a read receipt that the others in the room see. Raises Outage, Limited or Refusal."""
        await self.call("POST", f"/rooms/{quote(room_id)}/receipt/m.read/{quote(event_id)}", {})

    async def is_member(self, room_id: str) -> bool:
        """Whether the homeserver counts the account among those who are in the room. Raises Outage, Limited or
        Refusal."""
        return room_id in (await self.call("GET", "/joined_rooms")).get("joined_rooms", ())

    async def is_replaced(self, room_id: str) -> bool:
        """Whether the room has a tombstone by now. Raises Outage or Limited."""
        try:
            await self.call("GET", f"/rooms/{quote(room_id)}/state/m.room.tombstone/")
        except Refusal:
            return False
        return True

    async def put_file(self, data: BytesIO, kind: str, name: str, size: int, *, encrypt: bool) -> tuple[str, Json]:
        """Upload a file; its address and, if encrypted, the keys for the message. Raises Outage, Limited or
        Refusal."""
        answer, keys = await self._nio(
            self.upload(data, content_type=kind, filename=name, encrypt=encrypt, filesize=size)
        )
        return str(_checked(answer).content_uri), keys or {}

    async def _share_keys(self, room_id: str, room: Any) -> None:
        """Everybody in the room gets the key of the messages to come. Raises Outage when that did not work: a
        message that nobody can read is lost."""
        self.sharing_session.pop(room_id, None)  # left behind when an earlier attempt was cut off
        if not room.members_synced:
            _checked(await self._nio(self.joined_members(room_id)))
        if self.should_query_keys:
            _checked(await self._nio(self.keys_query()))
        if not self.olm.should_share_group_session(room_id):
            return
        if missing := self.get_missing_sessions(room_id):
            _checked(await self._nio(self.keys_claim(missing)))
        if stale := stale_devices(self.olm, room.users, self.rewound):
            _checked(await self._nio(self.keys_claim(stale)))
        shared = await self._nio(self.share_group_session(room_id, ignore_unverified_devices=True))
        reachable = {
            (user, device.id)
            for user in room.users
            for device in self.device_store.active_user_devices(user)
            if device.id != self.device_id and self.olm.session_store.get(device.curve25519)
        }
        if (
            not reachable
            <= _checked(shared).users_shared_with | self.olm.outbound_group_sessions[room_id].users_shared_with
        ):
            self.invalidate_outbound_session(room_id)
            raise Outage("the room's key did not reach everybody")

    async def keep_keys(self) -> None:
        """What nio wants to tell the homeserver between two syncs. Raises Outage or Limited."""
        if self.should_upload_keys:
            _checked(await self._nio(self.keys_upload()))
        if self.should_query_keys:
            _checked(await self._nio(self.keys_query()))
        if self.should_claim_keys:
            _checked(await self._nio(self.keys_claim(self.get_users_for_key_claiming())))
        for answer in await self._nio(self.send_to_device_messages()):
            _checked(answer)

    async def _nio(self, awaited: Any) -> Any:
        """One of nio's own requests, with our way of failing."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await awaited
        except (aiohttp.ClientError, TimeoutError, OSError, LocalProtocolError) as error:
            raise Outage(type(error).__name__) from error


def _failure(status: int, body: Json) -> Exception:
    if status == 429 or body.get("errcode") == "M_LIMIT_EXCEEDED":
        retry = body.get("retry_after_ms")
        return Limited(retry / 1000 if isinstance(retry, int | float) and retry > 0 else 5.0)
    answered = "errcode" in body or "flows" in body  # flows: it asks for the password
    # An endpoint that is not there means that a proxy leads elsewhere, as it may while a homeserver starts.
    if status >= 500 or status == 408 or not answered or body.get("errcode") == "M_UNRECOGNIZED":
        return Outage(f"status {status}")
    return Refusal(status, body)


def _checked(answer: Any) -> Any:
    """nio's answer. Raises what `call` raises when it is an error."""
    if isinstance(answer, nio.ErrorResponse):
        transport = answer.transport_response
        body = {"errcode": answer.status_code, "retry_after_ms": answer.retry_after_ms} if answer.status_code else {}
        raise _failure(transport.status if transport is not None else 500, body)
    return answer
