"""`/healthz`: the process answers. `/readyz`: every platform that is set up is connected and the database answers; else
503 with a line for each thing that is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from bot.app import App

log = structlog.get_logger(__name__)

DATABASE_SECONDS = 2.0
"""A database that takes longer does not answer."""


@asynccontextmanager
async def serving(app: App, host: str, port: int, accounts: Sequence[str]) -> AsyncIterator[None]:
    """Serve the pages inside the block. `accounts` are those that must be connected. An address that is taken is
    logged: students are worth more than a page about them."""
    pages = _Pages(app, accounts)
    site_app = web.Application()
    site_app.add_routes([web.get("/healthz", pages.healthz), web.get("/readyz", pages.readyz)])
    runner = web.AppRunner(site_app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            log.warning("no health pages (KOMPAS_WEB_HOST, KOMPAS_WEB_PORT)", port=port, error=error.strerror)
        yield
    finally:
        await runner.cleanup()


class _Pages:
    def __init__(self, app: App, accounts: Sequence[str]) -> None:
        self._app = app
        self._accounts = accounts

    async def healthz(self, request: web.Request) -> web.Response:
        """The process is alive."""
        return web.Response(text="ok\n")

    async def readyz(self, request: web.Request) -> web.Response:
        """Everything that is set up works."""
        missing = [account for account in self._accounts if self._app.senders.get(account) is None]
        lines = [f"not connected: {account}" for account in missing]
        if not await self._database_answers():
            lines.append("the database does not answer")
        return web.Response(text="\n".join(lines or ["ready"]) + "\n", status=503 if lines else 200)

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                await self._app.store.get("health", "probe")
        except Exception as error:
            log.warning("the database does not answer", error=type(error).__name__)
            return False
        return True
