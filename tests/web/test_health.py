"""The health pages over real HTTP."""

import socket

import aiohttp
import pytest

from adapters.memory.room import MemorySender
from adapters.web.health import serving


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


async def page(port, name):
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/{name}") as response:
        return response.status, (await response.text()).splitlines()


async def test_ready_means_that_every_account_is_connected_and_the_database_answers(app, port, monkeypatch):
    async with serving(app, "127.0.0.1", port, ["memory", "discord"]):
        assert await page(port, "healthz") == (200, ["ok"])
        assert await page(port, "readyz") == (503, ["not connected: memory", "not connected: discord"])
        app.senders.connect(MemorySender())
        app.senders.connect(MemorySender("discord"))
        assert await page(port, "readyz") == (200, ["ready"])
        app.senders.disconnect("discord")
        assert await page(port, "readyz") == (503, ["not connected: discord"])
        app.senders.connect(MemorySender("discord"))

        async def away(*_):
            raise OSError

        monkeypatch.setattr(app.store, "get", away)
        assert await page(port, "readyz") == (503, ["the database does not answer"])
        assert (await page(port, "healthz"))[0] == 200


async def test_a_taken_address_costs_only_the_pages(app, port):
    async with serving(app, "127.0.0.1", port, []), serving(app, "127.0.0.1", port, []):
        assert await page(port, "healthz") == (200, ["ok"])
