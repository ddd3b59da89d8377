"""`kompas run`: every platform that is set up, until SIGTERM; the terminal chat when there is none."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import gc
import signal
import sys
from collections.abc import AsyncIterator, Iterator

from bot.app import App
from bot.artifacts import load_knowledge
from bot.cli.chat import converse
from bot.cli.notify import notify, watchdog
from bot.cli.options import default_language, kept
from bot.clock import SystemClock
from bot.errors import PlatformRefused
from bot.limits import Places
from bot.log import get_logger, set_up_logging
from bot.model.request import Role
from bot.platforms import Platform, configured
from bot.sessions.holder import Holder
from bot.settings import Settings, load_settings
from bot.store.inuse import running

log = get_logger(__name__)

STANDBY_SECONDS = 1.0
"""Between two tries to take over an account that another process serves."""
WATCH_SECONDS = 0.5
"""Between two looks whether the lease is still ours."""

NOTHING_SET = (
    "Discord: set KOMPAS_DISCORD_TOKEN (or discord_token in kompas.toml) and start again.",
    "Matrix:  set KOMPAS_MATRIX_HOMESERVER, KOMPAS_MATRIX_USER and KOMPAS_MATRIX_PASSWORD and start again.",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: settings come from kompas.toml and the environment."""


def execute(given: argparse.Namespace) -> int:
    """Run until stopped. Exit code 2 when a setting is wrong or no platform is left."""
    settings = load_settings()
    if settings.discord_token is None and not settings.accounts:
        return asyncio.run(converse(settings, None, Role.ADMIN, NOTHING_SET))
    set_up_logging(settings.log_level, settings.log_format)
    with running(settings.data_dir):
        return asyncio.run(serve(settings))


async def serve(settings: Settings) -> int:
    """All platforms side by side. One that is refused is given up; the others go on."""
    from adapters.web.health import serving
    from bot.store.cached import CachedStore
    from bot.store.sql import SqlStore

    knowledge = load_knowledge()
    default = default_language(settings.default_language, knowledge.languages)
    for problem in knowledge.broken:
        log.error("content file left out", problem=problem)
    store = CachedStore(await SqlStore.open(settings.store_url, migrate_apart=True, keep=kept(settings)))
    alive = asyncio.create_task(watchdog(lambda: store.get("health", "probe")), name="watchdog")
    try:
        app = App(
            knowledge,
            store,
            SystemClock(),
            default_language=default,
            operator=settings.operator,
            places=Places(frozenset(settings.allow_servers), frozenset(settings.allow_rooms)),
        )
        platforms = configured(settings, app)
        async with contextlib.AsyncExitStack() as stack:
            if settings.web_port:
                served = [platform.account for platform in platforms]
                await stack.enter_async_context(serving(app, settings.web_host, settings.web_port, served))
            notify("READY=1")
            return await _run_platforms(app, platforms)
    finally:
        alive.cancel()
        await store.close()


def give_back_memory() -> None:
    """Return what the start used and no longer needs: a tenth of the process. glibc keeps it otherwise."""
    gc.collect()
    gc.freeze()
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _pauses() -> Iterator[float]:
    """Seconds before a platform that failed is started again: ever longer, at most five minutes."""
    pause = 1.0
    while True:
        yield pause
        pause = min(pause * 2, 300.0)


@contextlib.asynccontextmanager
async def _held(app: App, account: str, stop: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """Inside the block this process alone speaks for the account: it waits until nobody else does. The event is set
    when it has to end: at `stop`, or when another process took over because this one stood still."""
    holder, ended = app.quizzes.holder, asyncio.Event()

    async def watch() -> None:
        while account in holder.held() and not await _set_within(stop, WATCH_SECONDS):
            pass
        ended.set()

    while not await _take(holder, account) and not await _set_within(stop, STANDBY_SECONDS):
        if account not in holder.standing_by:
            log.info("standing by: another process serves this account", account=account)
            holder.standing_by.add(account)
    holder.standing_by.discard(account)
    watching = asyncio.create_task(watch(), name=f"lease of {account}")
    try:
        if stop.is_set():
            ended.set()
        yield ended
    finally:
        watching.cancel()


async def _take(holder: Holder, account: str) -> bool:
    try:
        return await holder.fence(account) is not None
    except Exception as error:  # a database that is away for a moment
        log.warning("the lease of an account cannot be read", account=account, error=type(error).__name__)
        return False


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


def _stop(stop: asyncio.Event) -> None:
    notify("STOPPING=1")
    stop.set()


async def _run_platforms(app: App, platforms: list[Platform]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, _stop, stop)
    refused = 0
    give_back_memory()

    async def keep(platform: Platform) -> None:
        nonlocal refused
        for pause in _pauses():
            try:
                async with _held(app, platform.account, stop) as ended:
                    await platform.run(ended)
            except PlatformRefused as error:
                await app.quizzes.holder.release(platform.account)
                refused += 1
                log.error("platform refused", platform=error.platform, cause=error.cause)
                print(f"kompas: {error}", file=sys.stderr)
                if refused == len(platforms):
                    stop.set()
                return
            except Exception:  # a mistake of ours on one platform must not silence the others
                log.exception("platform failed, starting it again", platform=platform.name, seconds=pause)
            if await _set_within(stop, pause):
                return

    quiet = asyncio.Event()  # the platforms have ended: nothing is sent any more

    async def keep_all() -> None:
        async with asyncio.TaskGroup() as group:
            for platform in platforms:
                group.create_task(keep(platform), name=platform.name)
        quiet.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(app.run(quiet), name="quiz")
        group.create_task(keep_all(), name="platforms")
    log.info("stopped")
    return 2 if refused == len(platforms) else 0
