"""Sending: in order within a room, rooms side by side, all of them through one gate that knows the account's
limit.

A message carries a transaction id made from the event that caused it, so sending it again after a crash or a
lost answer shows nothing twice. Outages are waited out for as long as they last; what the homeserver refuses
for good is given up, with a line in the log.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import io
import itertools
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from adapters.matrix.bucket import Bucket
from adapters.matrix.lanes import Lanes
from adapters.matrix.patience import Backoff
from adapters.matrix.render import File, Json, Words, message, relation
from adapters.matrix.wire import Client, Limited, Outage, Refusal

log = structlog.get_logger(__name__)

SEND_SECONDS = 60.0
"""For one attempt, which in an encrypted room may include sharing keys."""
REPLY = 30
"""Priority of a reply; what a whole class waits for has a smaller number."""
OWN_KEPT = 5_000
"""Own event ids remembered, to know a reply to the bot."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages for a room that belong together."""

    room: str
    cause: str
    """What they follow from, for ever the same: an event id."""
    parts: tuple[Words | File, ...]
    then: Callable[[], None]
    """Called when they are sent or given up."""
    reply_to: str | None = None
    thread: str | None = None
    priority: int = REPLY


class Gate:
    """Lets sends through as fast as the account may, the most urgent first."""

    def __init__(self) -> None:
        self.bucket = Bucket()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def wait_turn(self, priority: int) -> None:
        """Until a message of this priority may be sent; the smaller number goes first."""
        now = time.monotonic()
        if not self._waiting and not self.bucket.wait(now):
            self.bucket.take(now)
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), turn))
        self._let_through()
        await turn

    def _let_through(self) -> None:
        while self._waiting:
            now = time.monotonic()
            if wait := self.bucket.wait(now):
                if self._timer is None:
                    self._timer = asyncio.get_running_loop().call_later(wait + 0.005, self._on_timer)
                return
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self.bucket.take(now)
                turn.set_result(None)

    def _on_timer(self) -> None:
        self._timer = None
        self._let_through()


class Sender:
    """The account's outgoing messages. `on_dead_account` is told when the homeserver refuses the account
    itself."""

    def __init__(self, client: Client, group: asyncio.TaskGroup, on_dead_account: Callable[[Refusal], None]) -> None:
        self._client = client
        self._on_dead_account = on_dead_account
        self._gate = Gate()
        self._own: OrderedDict[str, None] = OrderedDict()
        self.lanes: Lanes[Delivery] = Lanes(group, self._deliver, "send")

    def put(self, delivery: Delivery) -> None:
        """Send it when its turn comes."""
        self.lanes.put(delivery.room, delivery)

    def is_own(self, event_id: str) -> bool:
        """Whether the bot sent this event a short while ago."""
        return event_id in self._own

    async def _deliver(self, delivery: Delivery) -> None:
        steps = itertools.count()
        try:
            for index, part in enumerate(delivery.parts):
                answered = delivery.reply_to if index == 0 else None
                await self._send_part(delivery, part, steps, answered)
        except Refusal as refusal:
            if refusal.dead_account:
                self._on_dead_account(refusal)
                return
            log.warning("message given up", cause=refusal.errcode, status=refusal.status)
        except Exception as error:  # not foreseen, so not worth trying for ever
            log.exception("message given up", error=type(error).__name__)
        delivery.then()

    async def _send_part(
        self, delivery: Delivery, part: Words | File, steps: itertools.count[int], answered: str | None
    ) -> None:
        if isinstance(part, Words):
            await self._send(delivery, message(part, reply_to=answered, thread=delivery.thread), next(steps))
            return
        step = next(steps)
        try:
            content = await self._upload(delivery.room, part)
        except Refusal as refusal:
            if refusal.dead_account:
                raise
            log.warning("file shown as text", cause=refusal.errcode)
            for words in part.words:
                await self._send(delivery, message(words, thread=delivery.thread), next(steps))
            return
        await self._send(delivery, content | relation(answered, delivery.thread), step)

    async def _send(self, delivery: Delivery, content: Json, step: int) -> None:
        """One event, whatever it takes. Raises Refusal."""
        transaction = transaction_id(delivery.cause, step)
        bucket, pauses = self._gate.bucket, Backoff("sending", quiet=True)
        while True:
            await self._gate.wait_turn(delivery.priority)
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    event_id = await self._client.put_event(delivery.room, content, transaction)
            except Limited as limited:
                if not bucket.interval:
                    log.warning("the homeserver limits this account's messages", seconds=limited.retry_after)
                bucket.refused(time.monotonic(), limited.retry_after)
            except (Outage, TimeoutError) as error:
                await pauses.wait(error if isinstance(error, Outage) else Outage("timeout"))
            else:
                bucket.accepted(time.monotonic())
                pauses.reset()
                self._remember(event_id)
                return

    async def _upload(self, room_id: str, file: File) -> Json:
        """Content of an m.file message with the uploaded file. Raises Refusal."""
        data = file.text.encode()
        encrypt = self._client.rooms[room_id].encrypted
        kind = (
            "text/csv"
            if file.name.endswith(".csv")
            else "application/json"
            if file.name.endswith(".json")
            else "text/plain"
        )
        pauses = Backoff("uploading", quiet=True)
        while True:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    url, keys = await self._client.put_file(
                        io.BytesIO(data), kind, file.name, len(data), encrypt=encrypt
                    )
            except (Outage, TimeoutError) as error:
                await pauses.wait(error if isinstance(error, Outage) else Outage("timeout"))
                continue
            where: Json = {"file": {"url": url, **keys}} if keys else {"url": url}
            return {
                "msgtype": "m.file",
                "body": file.name,
                "filename": file.name,
                "m.mentions": {},
                "info": {"mimetype": kind, "size": len(data)},
                **where,
            }

    def _remember(self, event_id: str) -> None:
        self._own[event_id] = None
        while len(self._own) > OWN_KEPT:
            self._own.popitem(last=False)


def transaction_id(cause: str, step: int) -> str:
    """The same for the same message, also in the next run."""
    return hashlib.sha256(f"{cause}\0{step}".encode()).hexdigest()[:40]
