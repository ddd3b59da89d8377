"""The Matrix platform: one account from logging in to the clean end. The other files of this folder are tied
together here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog

from adapters.matrix.conversation import Conversation
from adapters.matrix.cross_signing import sign_device
from adapters.matrix.files import account_folder, only_process
from adapters.matrix.inbound import account_name
from adapters.matrix.journal import Journal
from adapters.matrix.patience import patiently
from adapters.matrix.places import Places
from adapters.matrix.send import Deliveries
from adapters.matrix.sender import RoomSender
from adapters.matrix.session import connect
from adapters.matrix.sync import Listener
from adapters.matrix.wire import Client, Refusal
from bot.app import App
from bot.errors import PlatformRefused
from bot.sessions.senders import Senders
from bot.settings import MatrixAccount, Settings

log = structlog.get_logger(__name__)

T = TypeVar("T")

END_SECONDS = 10.0
"""How long running answers may take to end when Kompas stops."""


class MatrixPlatform:
    """Fulfils bot.platforms.Platform for one Matrix account."""

    def __init__(self, app: App, settings: Settings, account: MatrixAccount) -> None:
        self.name = f"matrix {account.user}"
        self.account = account_name(account.user)
        self._app = app
        self._account = account
        self._data_dir = settings.data_dir
        self._invites = frozenset(settings.allow_invites)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set. Raises PlatformRefused."""
        folder = account_folder(self._data_dir, self._account.user)
        with contextlib.ExitStack() as stack:
            if not stack.enter_context(only_process(folder)):
                raise PlatformRefused(self.name, f"another process uses {folder}")
            client = await _unless(stop, connect(self._account, folder, self.name))
            if client is None:
                return
            try:
                await self._serve(client, folder, stop)
            finally:
                await client.close()

    async def _serve(self, client: Client, folder: Path, stop: asyncio.Event) -> None:
        refused: BaseException | None = None
        account = self.account
        dead: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_dead_account(refusal: Refusal) -> None:
            if not dead.done():
                dead.set_exception(refusal)

        try:
            async with asyncio.TaskGroup() as group:
                journal = Journal(self._app.store, self._app.clock, account)
                places = Places(client, self._app.store, self._app, group, self._invites)
                deliveries = Deliveries(client, group, on_dead_account)
                conversation = Conversation(self._app, client, places, deliveries, journal, group)
                await conversation.unread.load()
                client.on_limited = lambda: self._app.metrics.limited("matrix")
                heard = partial(self._app.metrics.synced, account)
                listener = Listener(client, self._app.clock, places, conversation, journal, heard)
                with contextlib.closing(RoomSender(client, places, deliveries)) as sender:
                    tasks = [
                        group.create_task(listener.run(), name="sync"),
                        group.create_task(self._sign(client, folder, listener.ready), name="signing"),
                        group.create_task(journal.run(), name="journal"),
                        group.create_task(conversation.unread.run(listener.synced), name="unread"),
                        group.create_task(_raise_from(dead), name="account"),
                        group.create_task(_connect(sender, self._app.senders, listener.synced), name="sender"),
                    ]
                    try:
                        await stop.wait()
                    finally:
                        self._app.senders.disconnect(account)
                    for task in tasks:
                        task.cancel()
                    places.cancel()
                    with contextlib.suppress(TimeoutError):  # what is not done by then is done after the next start
                        async with asyncio.timeout(END_SECONDS):
                            await conversation.lanes.wait_idle()
                            await deliveries.lanes.wait_idle()
                            await conversation.receipts.wait_idle()
                            await sender.wait_idle()
                for lanes in (conversation.lanes, conversation.receipts, deliveries.lanes):
                    lanes.cancel()
                await conversation.unread.write()
                await journal.write()
        except* Refusal as group_of:
            refused = group_of.exceptions[0]
        if refused is not None:
            code = getattr(refused, "errcode", "")
            raise PlatformRefused(
                self.name, f"the homeserver no longer accepts this account or its access token ({code})"
            ) from refused

    async def _sign(self, client: Client, folder: Path, ready: asyncio.Event) -> None:
        """Have the account vouch for this device."""
        await ready.wait()
        password = self._account.password.get_secret_value() if self._account.password else None
        try:
            await patiently("signing the device", lambda: sign_device(client, folder, password))
        except Refusal as refusal:
            if refusal.dead_account:
                raise
            log.warning("device not signed", cause=refusal.errcode)


async def _connect(sender: RoomSender, senders: Senders, synced: asyncio.Event) -> None:
    """Let the core speak by the account as soon as its rooms are known."""
    await synced.wait()
    senders.connect(sender)


async def _raise_from(future: asyncio.Future[None]) -> None:
    await future


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of `work`; None when `stop` is set before."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (task, stopped):
            one.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
