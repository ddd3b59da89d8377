"""Pytest fixtures around the real servers; the project's `tests/conftest.py` imports them by name.

The processes are session-wide and started by blocking code, so they belong to no event loop; everything
else is made per test, inside the test's own loop. A server that cannot be had here skips its tests with
a reason that begins with "NOT RUN: ".
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from .environments import ServerUnavailable
from .people import EncryptedPerson, Person
from .postgres import Postgres
from .synapse import Limits, Synapse

__all__ = ["people", "postgres", "postgres_url", "synapse", "synapse_default"]


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver with raised limits, one for the whole run. A test that stops it must start it again."""
    yield from _synapse(tmp_path_factory.mktemp("synapse"), "raised")


@pytest.fixture(scope="session")
def synapse_default(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver with Synapse's own limits; started when the first test asks for it."""
    yield from _synapse(tmp_path_factory.mktemp("synapse-default"), "default")


def _synapse(folder: Path, limits: Limits) -> Iterator[Synapse]:
    server = Synapse(folder, limits=limits)
    start_or_skip(server.start_blocking)
    try:
        yield server
    finally:
        server.stop_blocking()


class People:
    """Makes people with fresh names who listen until the end of the test."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def on(self, server: Synapse, name: str = "person", *, encrypted: bool = False, **options: Any) -> Person:
        """A new user of `server` whose client runs; `options` are those of `Person`."""
        kind = EncryptedPerson if encrypted else Person
        return await self._stack.enter_async_context(kind(server, await server.register_fresh(name), **options))


@pytest_asyncio.fixture
async def people() -> AsyncIterator[People]:
    """`await people.on(synapse, "ana", encrypted=True)`: see `People`."""
    async with AsyncExitStack() as stack:
        yield People(stack)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL for the whole run. A test that stops it must start it again."""
    server = Postgres()
    start_or_skip(server.start_blocking)
    try:
        yield server
    finally:
        server.close_blocking()


@pytest_asyncio.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of an empty database that goes after the test."""
    url = await postgres.fresh_database()
    yield url
    await postgres.drop_database(url)


def start_or_skip(start: Callable[[], None]) -> None:
    """Calls `start`; skips the test when the server is not available on this machine."""
    try:
        start()
    except ServerUnavailable as error:
        pytest.skip(f"NOT RUN: {error.reason}")
