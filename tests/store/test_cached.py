"""What is remembered of the database never outlives a change."""

import asyncio

import pytest_asyncio

from bot.ports import Person
from bot.store.cached import CachedStore
from bot.store.sql import SqlStore

from .making import ANA, NOW, ROOM


@pytest_asyncio.fixture
async def cached(tmp_path):
    store = CachedStore(await SqlStore.open(f"sqlite+aiosqlite:///{tmp_path / 'kompas.sqlite3'}"))
    yield store
    await store.close()


async def during_a_change(cached, monkeypatch, read, change):
    """A read whose answer leaves the database before the change and arrives after it, as under load."""
    left, changed = asyncio.Event(), asyncio.Event()
    really = getattr(SqlStore, read.__name__)

    async def slow(*args):
        value = await really(*args)
        left.set()
        await changed.wait()
        return value

    with monkeypatch.context() as patch:
        patch.setattr(SqlStore, read.__name__, slow)
        reading = asyncio.create_task(read())
        await left.wait()
        await change
        changed.set()
        await reading


async def test_a_room_read_during_a_change_is_not_remembered(cached, monkeypatch):
    async def place():
        return await cached.place(ROOM, None, ANA)

    await during_a_change(cached, monkeypatch, place, cached.set_room(ROOM, languages=("sq",)))
    assert (await place()).languages == ("sq",)


async def test_a_person_read_during_a_change_is_not_remembered(cached, monkeypatch):
    async def person():
        return await cached.person(ANA)

    await during_a_change(cached, monkeypatch, person, cached.set_language(ANA, "mk", NOW))
    assert await person() == Person("mk")


async def test_what_was_read_is_remembered(cached, monkeypatch):
    before = await cached.person(ANA)

    async def never(*_):
        raise AssertionError("asked the database again")

    monkeypatch.setattr(SqlStore, "person", never)
    assert await cached.person(ANA) == before
