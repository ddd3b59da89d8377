"""`/healthz`: the process answers. `/readyz`: every platform that is set up is connected and the database answers; else
503 with a line for each thing that is missing. `/metrics`: what was counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from adapters.web.metrics import CONTENT_TYPE, PrometheusMetrics
from bot.app import App

log = structlog.get_logger(__name__)

DATABASE_SECONDS = 2.0
"""A database that takes longer does not answer."""


@asynccontextmanager
async def serving(app: App, host: str, port: int, accounts: Sequence[str]) -> AsyncIterator[None]:
    """Serve the pages inside the block. `accounts` are those that must be connected. An address that is taken is
    logged: students are worth more than a page about them."""
    app.metrics = metrics = PrometheusMetrics()
    pages = _Pages(app, accounts, metrics)
    site_app = web.Application()
    site_app.add_routes(
        [web.get("/healthz", pages.healthz), web.get("/readyz", pages.readyz), web.get("/metrics", pages.metrics)]
    )
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
    def __init__(self, app: App, accounts: Sequence[str], metrics: PrometheusMetrics) -> None:
        self._app = app
        self._accounts = accounts
        self._metrics = metrics

    async def healthz(self, request: web.Request) -> web.Response:
        """The process is alive."""
        return web.Response(text="ok\n")

    async def readyz(self, request: web.Request) -> web.Response:
        """Everything that is set up works."""
        silent = [account for account in self._accounts if self._app.senders.get(account) is None]
        waiting = self._app.quizzes.holder.standing_by
        missing = [account for account in silent if account not in waiting]
        lines = [f"not connected: {account}" for account in missing]
        if not await self._database_answers():
            lines.append("the database does not answer")
        notes = [f"standing by: {account}" for account in silent if account in waiting]
        return web.Response(text="\n".join([*lines, *notes] or ["ready"]) + "\n", status=503 if lines else 200)

    async def metrics(self, request: web.Request) -> web.Response:
        """What was counted, and how the accounts stand now. Without a database the counts alone."""
        connected = {account: self._app.senders.get(account) is not None for account in self._accounts}
        quizzes = {}
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                for account in self._accounts:
                    running = len(await self._app.store.running(account))
                    quizzes[account] = (running, len(await self._app.store.unsent(account)))
        except Exception as error:
            log.warning("the database does not answer", error=type(error).__name__)
        return web.Response(body=self._metrics.page(connected, quizzes), headers={"Content-Type": CONTENT_TYPE})

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                await self._app.store.get("health", "probe")
        except Exception as error:
            log.warning("the database does not answer", error=type(error).__name__)
            return False
        return True
