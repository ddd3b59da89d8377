"""The strict client and the bot it talks to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.matrix.conftest import bots  # noqa: F401
from tests.servers.environments import ServerUnavailable
from tests.servers.synapse import Synapse

from .person import StrictPerson


@pytest_asyncio.fixture
async def strict(synapse: Synapse) -> AsyncIterator[StrictPerson]:
    """A person whose client is strict."""
    person = StrictPerson(synapse, await synapse.register_fresh("strict"))
    try:
        await person.__aenter__()
    except ServerUnavailable as error:
        pytest.skip(f"NOT RUN: {error.reason}")
    try:
        yield person
    finally:
        await person.__aexit__()
