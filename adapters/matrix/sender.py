"""Speaking without being asked: what the core posts into rooms, changes there, and says to one person.

Everything goes through the account's one gate, the most urgent first. A message is posted under a transaction made
from its key, so that the same key shows nothing twice. Edits are a luxury: they are put together, and left out while
the homeserver limits the account.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from adapters.matrix.inbound import Json, account_name, direct_link
from adapters.matrix.patience import patiently
from adapters.matrix.places import Places
from adapters.matrix.render import Words, draw, message
from adapters.matrix.send import Deliveries, Delivery
from adapters.matrix.wire import Client, Outage, Refusal
from bot.model.ids import RoomId, UserId
from bot.model.reply import Reply
from bot.ports import CannotSend, RoomFacts
from bot.ports.sending import COPY, NOTHING, REPLY

log = structlog.get_logger(__name__)

T = TypeVar("T")

MOVE_SECONDS = 60.0
"""How long a message waits until the bot is in the room that replaced its own (it may have to be invited)."""
LOOK_SECONDS = 0.2
EDIT_SECONDS = 2.0
"""Between two edits of a message."""
EDIT = 50
"""Priority of an edit: after everything else."""


class RoomSender:
    """Fulfils bot.ports.Sender for one account, whose rooms must be known (after its first sync)."""

    numbered = True
    keeps_keys = True

    def __init__(self, client: Client, places: Places, deliveries: Deliveries) -> None:
        self.account = account_name(client.user_id)
        self.direct_link = direct_link(client.user_id)
        self._client = client
        self._places = places
        self._deliveries = deliveries
        self._work: set[asyncio.Task[Any]] = set()
        self._edits: dict[str, tuple[str, Reply]] = {}
        self._edited: dict[str, asyncio.Task[None]] = {}
        self._closed = asyncio.Event()

    async def post(self, room: RoomId, reply: Reply, key: str, priority: int) -> str:
        """See bot.ports.Sender. A room that was replaced meanwhile gets it in its new place."""
        return await self._until_closed(self._post(room.id, Delivery(room.id, key, draw(reply), priority=priority)))

    async def edit(self, room: RoomId, message: str, reply: Reply, priority: int) -> None:
        """See bot.ports.Sender. Returns at once; the edit comes within two seconds, if the account has no limit."""
        if self._closed.is_set() or not message.startswith("$"):
            return
        self._edits[message] = (room.id, reply)
        if message not in self._edited:
            self._edited[message] = asyncio.create_task(self._edit(message), name="edit")

    async def whisper(self, user: UserId, reply: Reply, key: str) -> bool:
        """See bot.ports.Sender. A key with the part `copy` (`session.1.7.copy`) is of something that can be seen
        elsewhere: it is left out while the account is limited."""
        room = self._places.direct_chats().get(user.id)
        copy = "copy" in key.split(".")
        if room is None or (copy and self._deliveries.bucket.interval):
            return False
        whispered = Delivery(room, key, draw(reply), priority=COPY if copy else REPLY)
        try:
            await self._until_closed(self._deliveries.send(whispered))
        except Refusal as refusal:
            log.info("not whispered", cause=refusal.errcode)
            return False
        return True

    async def look(self, room: RoomId) -> RoomFacts:
        """See bot.ports.Sender."""
        places, room_id = self._places, self._places.current(room.id) or room.id
        known = self._client.rooms.get(room_id)
        people, direct = places.people(room_id), places.direct_chats()
        unconnected = (places.name(room_id, user) for user in people if user not in direct)
        return RoomFacts(
            may_write=places.may_write(room_id),
            encrypted=bool(known and known.encrypted),
            members=len(people) if known else None,
            unconnected=tuple(sorted(unconnected, key=str.casefold)),
            event_seconds=self._deliveries.bucket.learnt,
        )

    async def wait_idle(self) -> None:
        """Until nothing that was posted waits to be sent."""
        if self._work:
            await asyncio.wait(self._work)

    def close(self) -> None:
        """The account ends: who waits for a message to be sent gets an Outage."""
        self._closed.set()
        for task in (*self._work, *self._edited.values()):
            task.cancel()

    # inside

    async def _post(self, room: str, delivery: Delivery) -> str:
        if not delivery.parts:
            return NOTHING
        moves = 0
        while True:
            target = await self._target(room)
            try:
                return await self._deliveries.send(_to(target, delivery))
            except Refusal as refusal:
                if refusal.dead_account:
                    raise Outage(refusal.errcode) from refusal
                if refusal.status not in (403, 404):  # something about this message, so not worth trying for ever
                    log.error("message given up", cause=refusal.errcode, status=refusal.status)
                    return NOTHING
                moves += 1
                if moves > 3 or not await self._is_replaced(target):
                    there = await patiently("looking for a room", lambda: self._client.is_member(target))  # noqa: B023
                    raise CannotSend(gone=not there) from refusal
                room = target
                await self._wait_replaced(target)

    async def _target(self, room: str) -> str:
        """The room to write to. Raises CannotSend when the bot does not get into a room's replacement, or does not
        know the room."""
        end = asyncio.get_running_loop().time() + MOVE_SECONDS
        while (target := self._places.current(room)) is None:
            if asyncio.get_running_loop().time() > end:
                raise CannotSend(gone=True)
            await asyncio.sleep(LOOK_SECONDS)
        if target not in self._client.rooms:
            raise CannotSend(gone=True)
        return target

    async def _is_replaced(self, room: str) -> bool:
        return self._places.current(room) != room or await patiently(
            "looking at a room", lambda: self._client.is_replaced(room)
        )

    async def _wait_replaced(self, room: str) -> None:
        """Until the sync has brought the tombstone."""
        for _ in range(round(MOVE_SECONDS / LOOK_SECONDS)):
            if self._places.current(room) != room:
                return
            await asyncio.sleep(LOOK_SECONDS)
        raise CannotSend(gone=True)

    async def _edit(self, message_id: str) -> None:
        while message_id in self._edits:
            await asyncio.sleep(EDIT_SECONDS)
            room, reply = self._edits.pop(message_id)
            words = [part for part in draw(reply) if isinstance(part, Words)]
            if self._deliveries.bucket.interval or not words or self._places.current(room) != room:
                continue
            try:
                await self._deliveries.send_once(room, _edit(words[-1], message_id), secrets.token_hex(16), EDIT)
            except (Outage, Refusal) as error:
                log.info("edit left out", cause=str(error))
            except Exception as error:
                log.exception("edit left out", error=type(error).__name__)
        del self._edited[message_id]  # at once: an edit that comes now starts a task of its own

    async def _until_closed(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of the work. Raises Outage when the account ends before."""
        if self._closed.is_set():
            work.close()
            raise Outage("closed")
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        try:
            return await task
        except asyncio.CancelledError as error:
            caller = asyncio.current_task()
            if not self._closed.is_set() or (caller is not None and caller.cancelling()):
                raise
            raise Outage("closed") from error


def _to(room: str, delivery: Delivery) -> Delivery:
    return Delivery(room, delivery.cause, delivery.parts, priority=delivery.priority)


def _edit(words: Words, message_id: str) -> Json:
    """Content of the event that changes a message."""
    new = message(words)
    shown = message(Words(f"* {words.body}", f"* {words.html}"))
    return {**shown, "m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": message_id}}
