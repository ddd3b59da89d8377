"""Tables come and go by migrations, and what was kept before stays."""

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from bot.ports import Person
from bot.store import migrate, tables
from bot.store.sql import SqlStore

from .conftest import POSTGRES
from .making import ANA, ROOM, begun, session


def test_the_newest_revision_is_the_one_the_start_looks_for():
    from alembic.script import ScriptDirectory

    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        assert ScriptDirectory.from_config(migrate.config(connection)).get_current_head() == migrate.HEAD
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", POSTGRES])
async def test_migrations_make_exactly_the_tables_of_the_code_and_can_be_undone(kind, url):
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(migrate.upgrade)

    def columns(connection):
        seen = inspect(connection)
        return {
            name: sorted(column["name"] for column in seen.get_columns(name))
            for name in seen.get_table_names()
            if name != "alembic_version"
        }

    async with engine.begin() as connection:
        made = await connection.run_sync(columns)
        await connection.run_sync(migrate.downgrade, "base")
    async with engine.begin() as connection:
        left = await connection.run_sync(columns)
    await engine.dispose()
    assert made == {table.name: sorted(table.c.keys()) for table in tables.metadata.sorted_tables}
    assert left == {}


@pytest.mark.parametrize("kind", ["sqlite", POSTGRES])
async def test_what_was_kept_before_there_were_sessions_is_there_afterwards_and_after_going_back(kind, url):
    engine = create_async_engine(url)
    old = (
        "INSERT INTO people (platform, user_id, language, updated_at) "
        f"VALUES ('{ANA.platform}', '{ANA.id}', 'sq', '2026-11-23 09:00:00.000000')"
    )
    async with engine.begin() as connection:
        await connection.run_sync(migrate.upgrade, "0001")
        await connection.exec_driver_sql(old)
    for _ in range(2):
        store = await SqlStore.open(url)
        assert await store.person(ANA) == Person("sq")
        assert await store.session_in(ROOM) is None
        await begun(store, session())
        assert await store.session_in(ROOM)
        await store.close()
        async with engine.begin() as connection:
            await connection.run_sync(migrate.downgrade, "0001")
            left = await connection.run_sync(lambda connection: inspect(connection).get_table_names())
        assert not {"sessions", "leases"} & set(left)
    await engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", POSTGRES])
async def test_the_indexes_of_the_code_are_those_of_the_migrations(kind, url):
    """Two of them keep a room and a code from having two sessions."""
    store = await SqlStore.open(url)

    def indexes(connection):
        seen = inspect(connection)
        return {
            (index["name"], tuple(index["column_names"]), bool(index["unique"]))
            for name in seen.get_table_names()
            for index in seen.get_indexes(name)
        }

    async with store.engine.begin() as connection:
        made = await connection.run_sync(indexes)
    await store.close()
    coded = {
        (index.name, tuple(column.name for column in index.columns), bool(index.unique))
        for table in tables.metadata.sorted_tables
        for index in table.indexes
    }
    partial = {"sessions_code", "sessions_due", "session_rooms_open", "outbox_unsent"}
    assert partial <= {index[0] for index in made}
    assert {index for index in made if index[0] not in {*partial, "outbox_key"}} == coded
