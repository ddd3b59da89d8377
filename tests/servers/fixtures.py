"""Pytest fixtures around the real servers; the project's `tests/conftest.py` imports them by name.

The processes are session-wide and started by blocking code, so they belong to no event loop; everything else is made
per test, inside the test's own loop. A server that cannot be had here skips its tests with a reason that begins with
"NOT RUN: ".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .environments import ServerUnavailable
from .synapse import Limits, Synapse


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


def start_or_skip(start: Callable[[], None]) -> None:
    """Calls `start`; skips the test when the server is not available on this machine."""
    try:
        start()
    except ServerUnavailable as error:
        pytest.skip(f"NOT RUN: {error.reason}")
