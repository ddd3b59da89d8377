"""Every kind of store, opened; and for those with a database, a second one on the same."""

import pytest

from bot.store.cached import CachedStore
from bot.store.memory import MemoryStore
from bot.store.sql import SqlStore

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(params=["memory", "sqlite", "cached sqlite", POSTGRES])
def kind(request):
    return request.param


@pytest.fixture
def url(kind, request, tmp_path):
    if kind == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite+aiosqlite:///{tmp_path}/kompas.sqlite3"


@pytest.fixture
async def store(kind, url):
    opened = MemoryStore() if kind == "memory" else await SqlStore.open(url)
    if kind.startswith("cached"):
        opened = CachedStore(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def second(kind, url, store):
    """Another process's store on the same database; the same one where there is no database."""
    if kind == "memory":
        yield store
        return
    opened = await SqlStore.open(url)
    yield opened
    await opened.close()
