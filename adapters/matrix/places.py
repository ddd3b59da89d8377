"""The rooms the bot is in: getting in, what they are, moving with them, getting out.

Invitations are accepted. A room that was replaced is followed, with what was set for it. A room without anybody
else is left. The bot also keeps `m.direct`, so that its clients and its next run know which rooms are direct
chats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import nio
import structlog

from adapters.matrix.inbound import PLATFORM, Json
from adapters.matrix.patience import Backoff, patiently
from adapters.matrix.rooms import Room
from adapters.matrix.wire import Client, Outage, Refusal
from bot.model.ids import RoomId
from bot.model.request import Role
from bot.ports import Store

log = structlog.get_logger(__name__)

JOIN_TRIES = 12
"""An invitation may point to a room that cannot be entered yet; after some minutes it never will."""


class Places:
    """The rooms of one account. Its tasks belong to `group`."""

    def __init__(self, client: Client, store: Store, group: asyncio.TaskGroup) -> None:
        self._client = client
        self._store = store
        self._group = group
        self._rooms: dict[str, Room] = {}
        self._direct: dict[str, list[str]] = {}
        self._flagged: set[str] = set()
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.invited_before: set[str] = set()
        """Rooms whose invitation is older than the account's first sync."""

    # what the sync brings

    def take(self, response: Any, *, first: bool) -> None:
        """Take over what a sync says about rooms. `first`: it is the account's first sync ever."""
        for event in response.account_data_events:
            if isinstance(event, nio.UnknownAccountDataEvent) and event.type == "m.direct":
                self._take_direct(event.content)
        for room_id, part in response.rooms.join.items():
            room = self._rooms.setdefault(room_id, Room())
            for event in (*part.state, *part.timeline.events):
                if not getattr(event, "decrypted", False) and isinstance(event.source, dict):
                    room.apply(event.source)
            self._keep_house(room_id, room)
        for room_id in response.rooms.leave:
            self._rooms.pop(room_id, None)
            self._client.rooms.pop(room_id, None)
            self._client.invited_rooms.pop(room_id, None)
        for room_id, invited in response.rooms.invite.items():
            if first:
                self.invited_before.add(room_id)
            self._accept(room_id, invited.invite_state)

    def cancel(self) -> None:
        """Stop what is under way: an invitation is still there in the next run."""
        for task in self._tasks:
            task.cancel()

    # what is asked

    def role(self, room_id: str, user: str) -> Role:
        """What the user may do in the room."""
        return self._rooms.get(room_id, Room()).role(user)

    def is_private(self, room_id: str) -> bool:
        """Whether the bot is alone with one person in a room that nobody can enter uninvited: only then nothing
        is overheard."""
        room = self._client.rooms.get(room_id)
        return self._is_of_two(room_id) and room is not None and room.join_rule != "public"

    def is_direct(self, room_id: str) -> bool:
        """Whether everything said here is meant for the bot: a room of two, or one that was opened as a direct
        chat."""
        return self._is_of_two(room_id) or room_id in self._flagged

    # inside

    def _is_of_two(self, room_id: str) -> bool:
        return len(self._members(room_id)) <= 2

    def _members(self, room_id: str) -> set[str]:
        """Those who are in the room or invited."""
        known = self._client.rooms.get(room_id)
        return set(known.users) if known else set()

    def _take_direct(self, content: Json) -> None:
        self._direct = {
            user: [room for room in rooms if isinstance(room, str)]
            for user, rooms in content.items()
            if isinstance(rooms, list)
        }
        self._flagged |= {room for rooms in self._direct.values() for room in rooms}

    def _accept(self, room_id: str, state: Iterable[Any]) -> None:
        me = self._client.user_id
        for event in state:
            if isinstance(event, nio.InviteMemberEvent) and event.state_key == me and event.membership == "invite":
                direct = event.content.get("is_direct") is True
                joining = self._join_invited(room_id, str(event.sender), is_direct=direct)
                self._start(f"join {room_id}", room_id, joining)

    def _keep_house(self, room_id: str, room: Room) -> None:
        if room.replacement:
            self._start(f"follow {room_id}", room_id, self._follow(room_id, room.replacement, room.replaced_by or ""))
        elif room.predecessor and (old := self._rooms.get(room.predecessor)) and old.replacement == room_id:
            self._start(f"follow {room.predecessor}", room.predecessor, self._follow(room.predecessor, room_id, ""))
        if self._members(room_id) <= {self._client.user_id}:
            self._start(f"leave {room_id}", room_id, self._leave_if_alone(room_id))

    def _start(self, name: str, key: str, work: Any) -> None:
        """Do it beside the sync, once at a time for each room."""
        if key in self._busy:
            work.close()
            return
        self._busy.add(key)
        task = self._group.create_task(self._guarded(name, work), name=name)
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._busy.discard(key)

        task.add_done_callback(done)

    async def _guarded(self, name: str, work: Any) -> None:
        try:
            await work
        except Refusal as refusal:
            log.warning("not possible", what=name.partition(" ")[0], cause=refusal.errcode)
        except Exception as error:
            log.exception("housekeeping failed", what=name.partition(" ")[0], error=type(error).__name__)

    async def _join_invited(self, room_id: str, inviter: str, *, is_direct: bool) -> None:
        if is_direct:
            self._flagged.add(room_id)
        if not await self._join(room_id, inviter):
            return
        if is_direct and room_id not in self._direct.get(inviter, []):
            self._direct.setdefault(inviter, []).append(room_id)
            path = f"/user/{quote(self._client.user_id)}/account_data/m.direct"
            await patiently("noting a direct chat", lambda: self._client.call("PUT", path, self._direct))

    async def _join(self, room_id: str, via: str) -> bool:
        """Enter the room; False when it cannot be entered. `via` is somebody whose server knows it."""
        pauses = Backoff("joining")
        for _ in range(JOIN_TRIES):
            try:
                server = via.partition(":")[2]
                query = {"server_name": server} if server else None
                await self._client.call("POST", f"/join/{quote(room_id)}", {}, query=query)
            except Outage as error:
                await pauses.wait(error)
            except Refusal as refusal:
                if refusal.status < 500:
                    log.info("room not entered", cause=refusal.errcode)
                    return False
            else:
                return True
        return False

    async def _follow(self, old: str, new: str, who: str) -> None:
        """Go from a replaced room to its replacement, with its settings."""
        if new not in self._client.rooms and not await self._join(new, who):
            return  # invited later, we come again: the new room names its predecessor
        await self._store.move_room(RoomId(PLATFORM, old), RoomId(PLATFORM, new))

    async def _leave_if_alone(self, room_id: str) -> None:
        answer = await patiently(
            "counting members", lambda: self._client.call("GET", f"/rooms/{quote(room_id)}/members")
        )
        present = {
            event.get("state_key")
            for event in answer.get("chunk", ())
            if event.get("content", {}).get("membership") in ("join", "invite")
        }
        if present <= {self._client.user_id}:
            await patiently("leaving", lambda: self._client.call("POST", f"/rooms/{quote(room_id)}/leave", {}))
            await patiently("leaving", lambda: self._client.call("POST", f"/rooms/{quote(room_id)}/forget", {}))
            log.info("left an empty room")
