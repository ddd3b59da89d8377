"""The rooms the bot is in: getting in, what they are, moving with them, getting out.

Invitations are accepted. A room that was replaced is followed, with what was set for it. A room without anybody
else is left. The bot also keeps `m.direct`, so that its clients and its next run know which rooms are direct
chats.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol
from urllib.parse import quote

import nio
import structlog

from adapters.matrix.inbound import PLATFORM, Json
from adapters.matrix.patience import Backoff, patiently
from adapters.matrix.rooms import Room
from adapters.matrix.send import Gate
from adapters.matrix.wire import Client, Limited, Outage, Refusal
from bot.model.ids import RoomId
from bot.model.request import Role
from bot.ports import Store

log = structlog.get_logger(__name__)

JOIN_TRIES = 60
"""An invitation may point to a room that cannot be entered yet; after some minutes it never will. Being told to wait
(Synapse lets an account join 10 rooms, then one in 10 seconds) is no try."""


class News(Protocol):
    """Who is told what becomes of rooms."""

    async def room_gone(self, room: RoomId) -> None:
        """The bot is no longer in the room."""

    async def room_moved(self, old: RoomId, new: RoomId) -> None:
        """The room was replaced by another, in which the bot is now."""


class Places:
    """The rooms of one account. Its tasks belong to `group`. `inviters` are user ids and homeservers whose invitations
    are accepted; empty = everybody's."""

    def __init__(
        self,
        client: Client,
        store: Store,
        news: News,
        group: asyncio.TaskGroup,
        inviters: frozenset[str] = frozenset(),
    ) -> None:
        self._inviters = inviters
        self._client = client
        self._store = store
        self._news = news
        self._group = group
        self._joins = Gate()
        self._order = itertools.count()
        self._rooms: dict[str, Room] = {}
        self._moved: dict[str, str] = {}
        self._direct: dict[str, list[str]] = {}
        self._flagged: set[str] = set()
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.invited_before: set[str] = set()
        """Rooms whose invitation is older than the account's first sync."""

    # what the sync brings

    def take(self, response: Any, *, first: bool, answered: Callable[[], None]) -> int:
        """Take over what a sync says about rooms; how many invitations it brought. `first`: it is the account's first
        sync ever. `answered` is called for each invitation that was dealt with."""
        for event in response.account_data_events:
            if isinstance(event, nio.UnknownAccountDataEvent) and event.type == "m.direct":
                self._take_direct(event.content)
        for room_id, part in response.rooms.join.items():
            self._client.left_rooms.discard(room_id)
            room = self._rooms.setdefault(room_id, Room())
            for event in (*part.state, *part.timeline.events):
                if not getattr(event, "decrypted", False) and isinstance(event.source, dict):
                    room.apply(event.source)
            self._keep_house(room_id, room)
        for room_id in response.rooms.leave:
            self._lose(room_id)
        invitations = 0
        for room_id, invited in response.rooms.invite.items():
            if first:
                self.invited_before.add(room_id)
            invitations += self._accept(room_id, invited.invite_state, answered)
        return invitations

    def cancel(self) -> None:
        """Stop what is under way: an invitation that was not accepted yet comes again in the next run."""
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

    def direct_chats(self) -> dict[str, str]:
        """The private room of each person who is in one: the one opened last as a direct chat, else any."""
        found = {user: room_id for room_id in self._client.rooms if (user := self._partner(room_id))}
        for user, rooms in self._direct.items():
            found.update((user, room_id) for room_id in rooms if self._partner(room_id) == user)
        return found

    def shared_with(self, user: str) -> tuple[str, ...]:
        """Rooms where the user is too, and others besides."""
        return tuple(
            room_id
            for room_id in self._client.rooms
            if user in self.people(room_id) and not self.is_private(room_id) and self.current(room_id) == room_id
        )

    def people(self, room_id: str) -> set[str]:
        """Those who are in the room, without the bot."""
        known = self._client.rooms.get(room_id)
        return set(known.users) - set(known.invited_users) - {self._client.user_id} if known else set()

    def name(self, room_id: str, user: str) -> str:
        """What the user is called in the room."""
        known = self._client.rooms.get(room_id)
        member = known.users.get(user) if known else None
        name = member.display_name if member else None
        return name if isinstance(name, str) and name.strip() else user[1:].partition(":")[0]

    def may_write(self, room_id: str) -> bool:
        """Whether the bot may send messages there."""
        room, known = self._rooms.get(room_id), self._client.rooms.get(room_id)
        kind = "m.room.encrypted" if known and known.encrypted else "m.room.message"
        return room is not None and known is not None and room.may_write(self._client.user_id, kind)

    def current(self, room_id: str) -> str | None:
        """The room that stands in this one's place now, which is itself if nobody has replaced it; None while the bot
        is on its way to it."""
        for _ in range(20):  # no longer: somebody may have tied a ring
            room = self._rooms.get(room_id)
            new = self._moved.get(room_id) or (room.replacement if room else None)
            if new is None:
                break
            if new not in self._client.rooms and new not in self._client.left_rooms:
                return None
            room_id = new
        return room_id

    # inside

    def _partner(self, room_id: str) -> str | None:
        """Who is alone with the bot there."""
        people = self.people(room_id) if self.is_private(room_id) and self.current(room_id) == room_id else set()
        return next(iter(people), None)

    def _lose(self, room_id: str) -> None:
        """The bot is no longer in the room."""
        room = self._rooms.pop(room_id, None)
        self._client.rooms.pop(room_id, None)
        self._client.invited_rooms.pop(room_id, None)
        self._client.left_rooms.add(room_id)
        if room is None or not room.replacement:
            self._start(f"lose {room_id}", self._news.room_gone(RoomId(PLATFORM, room_id)))

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

    def _accept(self, room_id: str, state: Iterable[Any], answered: Callable[[], None]) -> int:
        me = self._client.user_id
        for event in state:
            if isinstance(event, nio.InviteMemberEvent) and event.state_key == me and event.membership == "invite":
                direct = event.content.get("is_direct") is True
                inviter = str(event.sender)
                if self._inviters and not self._inviters & {inviter, inviter.partition(":")[2]}:
                    return int(self._start(f"decline {room_id}", self._decline(room_id), answered))
                joining = self._join_invited(room_id, inviter, is_direct=direct)
                return int(self._start(f"join {room_id}", joining, answered))
        return 0

    def _keep_house(self, room_id: str, room: Room) -> None:
        if room.replacement:
            self._start(f"follow {room_id}", self._follow(room_id, room.replacement, room.replaced_by or ""))
        elif room.predecessor and (old := self._rooms.get(room.predecessor)) and old.replacement == room_id:
            self._start(f"follow {room.predecessor}", self._follow(room.predecessor, room_id, ""))
        if self._members(room_id) <= {self._client.user_id}:
            self._start(f"leave {room_id}", self._leave_if_alone(room_id))

    def _start(self, name: str, work: Coroutine[Any, Any, None], then: Callable[[], None] = lambda: None) -> bool:
        """Do it beside the sync, and call `then` when it has ended by itself; False when it is being done already."""
        if name in self._busy:
            work.close()
            return False
        self._busy.add(name)
        task = self._group.create_task(self._guarded(name, work), name=name)
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._busy.discard(name)
            if not task.cancelled():
                then()

        task.add_done_callback(done)
        return True

    async def _guarded(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Refusal as refusal:
            log.warning("not possible", what=name.partition(" ")[0], cause=refusal.errcode)
        except Exception as error:
            log.exception("housekeeping failed", what=name.partition(" ")[0], error=type(error).__name__)

    async def _decline(self, room_id: str) -> None:
        await patiently("declining", lambda: self._client.call("POST", f"/rooms/{quote(room_id)}/leave", {}))
        self._client.invited_rooms.pop(room_id, None)
        log.info("declined an invitation that is not allowed (KOMPAS_ALLOW_INVITES)")

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
        """Enter the room, after those that came before; False when it cannot be entered. `via` is somebody whose
        server knows it."""
        pauses, turn, tries = Backoff("joining"), next(self._order), 0
        server = via.partition(":")[2]
        query = {"server_name": server} if server else None
        while tries < JOIN_TRIES:
            await self._joins.wait_turn(turn)
            try:
                await self._client.call("POST", f"/join/{quote(room_id)}", {}, query=query)
            except Limited as limited:
                self._joins.bucket.refused(time.monotonic(), limited.retry_after)
            except Outage as error:
                tries += 1
                await pauses.wait(error)
            except Refusal as refusal:
                log.info("room not entered", cause=refusal.errcode)
                return False
            else:
                self._joins.bucket.accepted(time.monotonic())
                self._client.left_rooms.discard(room_id)
                return True
        log.warning("room not entered", cause="no answer")
        return False

    async def _follow(self, old: str, new: str, who: str) -> None:
        """Go from a replaced room to its replacement, with what belongs to it."""
        if new not in self._client.rooms and not await self._join(new, who):
            return  # invited later, we come again: the new room names its predecessor
        self._moved[old] = new
        before, after = RoomId(PLATFORM, old), RoomId(PLATFORM, new)
        await self._store.move_room(before, after)
        await self._news.room_moved(before, after)

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
            self._lose(room_id)
            log.info("left an empty room")
