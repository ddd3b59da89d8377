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
from dataclasses import dataclass, field

import structlog

from adapters.matrix.bucket import Bucket
from adapters.matrix.lanes import Lanes
from adapters.matrix.patience import Backoff
from adapters.matrix.render import File, Json, Words, message, relation
from adapters.matrix.wire import Client, Limited, Outage, Refusal
from bot.ports.sending import REPLY

log = structlog.get_logger(__name__)

SEND_SECONDS = 60.0
"""For one attempt, which in an encrypted room may include sharing keys."""
OWN_KEPT = 5_000
"""Own event ids remembered, to know a reply to the bot."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages for a room that belong together."""

    room: str
    cause: str
    """What they follow from, for ever the same: an event id, the key of a row of the core's outbox."""
    parts: tuple[Words | File, ...]
    then: Callable[[], None] = field(default=lambda: None)
    """Called when they are sent or given up."""
    reply_to: str | None = None
    thread: str | None = None
    priority: int = REPLY
    """What a whole class waits for has a smaller number."""


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
                if self._timer is not None:  # a refusal may have made the wait shorter than it was thought to be
                    self._timer.cancel()
                self._timer = asyncio.get_running_loop().call_later(wait + 0.005, self._on_timer)
                return
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self.bucket.take(now)
                turn.set_result(None)

    def _on_timer(self) -> None:
        self._timer = None
        self._let_through()


class Deliveries:
    """The account's outgoing messages. `on_dead_account` is told when the homeserver refuses the account
    itself."""

    def __init__(self, client: Client, group: asyncio.TaskGroup, on_dead_account: Callable[[Refusal], None]) -> None:
        self._client = client
        self._on_dead_account = on_dead_account
        self._gate = Gate()
        self._own: OrderedDict[str, None] = OrderedDict()
        self.lanes: Lanes[Delivery] = Lanes(group, self._work, "send")

    @property
    def bucket(self) -> Bucket:
        """What is known of the account's limit."""
        return self._gate.bucket

    def put(self, delivery: Delivery) -> None:
        """Send it when its turn comes, after what was put before in its room."""
        self.lanes.put(delivery.room, delivery)

    async def send(self, delivery: Delivery) -> str:
        """Send it as soon as its priority allows, past what waits in its room; the id of its last event. Raises
        Refusal."""
        steps = itertools.count()
        event_id = ""
        for index, part in enumerate(delivery.parts):
            answered = delivery.reply_to if index == 0 else None
            event_id = await self._send_part(delivery, part, steps, answered)
        return event_id

    async def send_once(self, room: str, content: Json, transaction: str, priority: int) -> None:
        """Try to send one event that may as well be lost. Raises Outage, Limited or Refusal."""
        await self._gate.wait_turn(priority)
        await self._attempt(room, content, transaction)

    def is_own(self, event_id: str) -> bool:
        """Whether the bot sent this event a short while ago."""
        return event_id in self._own

    async def _work(self, delivery: Delivery) -> None:
        try:
            await self.send(delivery)
        except Refusal as refusal:
            if refusal.dead_account:
                return
            log.warning("message given up", cause=refusal.errcode, status=refusal.status)
        except Exception as error:  # not foreseen, so not worth trying for ever
            log.exception("message given up", error=type(error).__name__)
        delivery.then()

    async def _send_part(
        self, delivery: Delivery, part: Words | File, steps: itertools.count[int], answered: str | None
    ) -> str:
        if isinstance(part, Words):
            return await self._send(delivery, message(part, reply_to=answered, thread=delivery.thread), next(steps))
        step = next(steps)
        try:
            content = await self._upload(delivery.room, part)
        except Refusal as refusal:
            if refusal.dead_account:
                self._on_dead_account(refusal)
                raise
            log.warning("file shown as text", cause=refusal.errcode)
            event_id = ""
            for words in part.words:
                event_id = await self._send(delivery, message(words, thread=delivery.thread), next(steps))
            return event_id
        return await self._send(delivery, content | relation(answered, delivery.thread), step)

    async def _send(self, delivery: Delivery, content: Json, step: int) -> str:
        """One event, whatever it takes; its id. Raises Refusal."""
        transaction = transaction_id(delivery.cause, step)
        pauses = Backoff("sending", quiet=True)
        while True:
            await self._gate.wait_turn(delivery.priority)
            try:
                event_id = await self._attempt(delivery.room, content, transaction)
            except Limited:
                continue  # the gate knows how long
            except Outage as error:
                await pauses.wait(error)
            else:
                pauses.reset()
                return event_id

    async def _attempt(self, room: str, content: Json, transaction: str) -> str:
        """One event, once; its id. The turn for it was waited for. Raises Outage, Limited or Refusal."""
        bucket = self._gate.bucket
        try:
            async with asyncio.timeout(SEND_SECONDS):
                event_id = await self._client.put_event(room, content, transaction)
        except Limited as limited:
            if not bucket.interval:
                log.warning("the homeserver limits this account's messages", seconds=limited.retry_after)
            bucket.refused(time.monotonic(), limited.retry_after)
            raise
        except TimeoutError as error:
            raise Outage("timeout") from error
        except Refusal as refusal:
            if refusal.dead_account:
                self._on_dead_account(refusal)
            raise
        bucket.accepted(time.monotonic())
        self._remember(event_id)
        return event_id

    async def _upload(self, room_id: str, file: File) -> Json:
        """Content of an m.file message with the uploaded file. Raises Refusal."""
        data = file.text.encode()
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
                encrypt = self._client.room(room_id).encrypted
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
