"""Tables come and go by migrations: from every version with its rows, back again, and through an interruption."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, create_engine, event, insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import BadSetting
from bot.store import migrate, tables
from bot.store.sql import SqlStore

from .conftest import POSTGRES
from .making import ROOM, begun, session

BOTH = pytest.mark.parametrize("kind", ["sqlite", POSTGRES])
REVISIONS = migrate.known()
pytestmark = pytest.mark.soak

ROUNDS = int(os.environ.get("KOMPAS_TEST_ROUNDS", "3"))
PARTIAL = {
    ("sessions_code", ("code",), True, "closed_at is null"),
    ("sessions_due", ("account", "due_at"), False, "closed_at is null"),
    ("session_rooms_open", ("platform", "room_id"), True, "open"),
    ("outbox_unsent", ("id",), False, "sent_at is null"),
}
"""Written here as they are not in the tables of the code."""

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
async def engine(url: str):
    made = create_async_engine(url)
    yield made
    await made.dispose()


def reflected(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection)
    return found


def schema(connection: Connection) -> dict[str, Any]:
    """All that can be told about the tables, to be compared."""
    seen = inspect(connection)
    return {
        name: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], str(column["default"] or ""))
                for column in seen.get_columns(name)
            },
            "key": seen.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(tuple(one["column_names"]) for one in seen.get_unique_constraints(name)),
            "indexes": indexes(connection, name),
        }
        for name in seen.get_table_names()
        if name != "alembic_version"
    }


def indexes(connection: Connection, table: str) -> set[tuple[str, tuple[str, ...], bool, str]]:
    """Name, columns in their order, uniqueness, and the rows that it is limited to."""
    return {
        (
            str(index["name"]),
            tuple(map(str, index["column_names"])),
            bool(index["unique"]),
            str(index.get("dialect_options", {}).get(f"{connection.dialect.name}_where", "")).lower().strip("()"),
        )
        for index in inspect(connection).get_indexes(table)
        if "duplicates_constraint" not in index
    }


def fill(connection: Connection) -> None:
    """A row in every table, with a value in every column."""
    for table in reflected(connection).sorted_tables:
        if table.name != "alembic_version":
            connection.execute(insert(table), [{column.name: value(column) for column in table.columns}])


def value(column: Any) -> Any:
    kind = column.type.python_type
    if kind is datetime:
        moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
        return moment if column.type.timezone else moment.replace(tzinfo=None)
    if kind is bool:
        return True
    return f"{column.name}"[:8] if kind is str else 7


def rows(connection: Connection) -> Rows:
    """Everything that is kept."""
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in reflected(connection).sorted_tables
        if table.name != "alembic_version"
    }


def still_there(before: Rows, after: Rows) -> None:
    """Every row, in every column that there was and is."""
    for name, kept in before.items():
        for old, new in zip(kept, after.get(name, kept), strict=True):
            assert {key: new[key] for key in old if key in new} == {key: old[key] for key in old if key in new}, name


async def run(engine: AsyncEngine, do: Any, *given: Any) -> Any:
    async with engine.begin() as connection:
        return await connection.run_sync(do, *given)


def test_the_newest_revision_is_the_one_the_start_looks_for() -> None:
    from alembic.script import ScriptDirectory

    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(migrate.config(connection))
        assert script.get_current_head() == migrate.HEAD
        assert sorted(one.revision for one in script.walk_revisions()) == REVISIONS
    engine.dispose()


@BOTH
async def test_migrations_make_exactly_the_tables_of_the_code_and_can_be_undone(kind: str, engine: AsyncEngine) -> None:
    await run(engine, migrate.upgrade)
    made = await run(engine, schema)
    assert {name: sorted(table["columns"]) for name, table in made.items()} == {
        table.name: sorted(table.c.keys()) for table in tables.metadata.sorted_tables
    }
    for table in tables.metadata.sorted_tables:
        columns = made[table.name]["columns"]
        assert {column.name: column.nullable for column in table.c} == {
            name: nullable for name, (_, nullable, _) in columns.items()
        }, table.name
        assert made[table.name]["key"] == [column.name for column in table.primary_key.columns], table.name
    await run(engine, migrate.downgrade, "base")
    assert await run(engine, schema) == {}


@BOTH
async def test_the_indexes_are_those_of_the_code_by_columns_uniqueness_and_condition(
    kind: str, engine: AsyncEngine
) -> None:
    """Two of them keep a room and a code from having two sessions."""
    await run(engine, migrate.upgrade)
    made = await run(engine, schema)
    coded = {
        (str(index.name), tuple(column.name for column in index.columns), bool(index.unique), "")
        for table in tables.metadata.sorted_tables
        for index in table.indexes
    }
    assert set().union(*(table["indexes"] for table in made.values())) == coded | PARTIAL
    assert made["outbox"]["unique"] == [("session", "room_number", "sequence")]


@BOTH
@pytest.mark.parametrize("revision", REVISIONS)
async def test_from_every_version_all_rows_come_along_and_go_back(
    kind: str, engine: AsyncEngine, url: str, revision: str
) -> None:
    await run(engine, migrate.upgrade, revision)
    await run(engine, fill)
    before, old = await run(engine, rows), await run(engine, schema)
    assert all(before.values())
    for _ in range(2):
        store = await SqlStore.open(url)
        assert await run(engine, migrate.made_by) == migrate.HEAD
        still_there(before, await run(engine, rows))
        await begun(store, session(), room=ROOM)  # it is not only there, it can be used
        await store.close()
        await run(engine, _forget_the_lesson)
        await run(engine, migrate.downgrade, revision)
        assert await run(engine, schema) == old
        assert await run(engine, migrate.made_by) == revision
        still_there(before, await run(engine, rows))


def _forget_the_lesson(connection: Connection) -> None:
    for table in reflected(connection).sorted_tables:
        if table.name in ("sessions", "session_rooms", "outbox", "pinned_items", "leases"):
            column = {"sessions": "id", "pinned_items": "hash", "leases": "account"}.get(table.name, "session")
            connection.execute(table.delete().where(table.c[column] != f"{column}"[:8]))


class PowerCut(Exception):
    """What ends a migration in these tests."""


def cut_before(engine: AsyncEngine, number: int) -> Any:
    """From now on the statement of that number (from 0) is never reached; the listener, to take it off."""
    seen = iter(range(10_000))

    def statement(*_: Any) -> None:
        if next(seen) >= number:
            raise PowerCut

    event.listen(engine.sync_engine, "before_cursor_execute", statement)
    return statement


@BOTH
@pytest.mark.parametrize("revision", [None, *REVISIONS[:-1]])
async def test_an_exception_in_the_middle_leaves_the_old_tables_and_the_next_start_completes(
    kind: str, engine: AsyncEngine, url: str, revision: str | None
) -> None:
    if revision:
        await run(engine, migrate.upgrade, revision)
        await run(engine, fill)
    old, before = await run(engine, schema), await run(engine, rows)
    step = 1 if ROUNDS > 3 else 3 if kind == "sqlite" else 7
    for number in range(1, 10_000, step):
        listener = cut_before(engine, number)
        try:
            await run(engine, migrate.upgrade)
        except PowerCut:
            event.remove(engine.sync_engine, "before_cursor_execute", listener)
        else:
            event.remove(engine.sync_engine, "before_cursor_execute", listener)
            break
        assert await run(engine, schema) == old, number
        assert await run(engine, rows) == before, number
    assert number > step
    store = await SqlStore.open(url)
    await begun(store, session(), room=ROOM)
    await store.close()
    assert await run(engine, migrate.made_by) == migrate.HEAD
    still_there(before, {name: kept[:1] for name, kept in (await run(engine, rows)).items()})


MIGRATING = """
import asyncio, sys, time
from sqlalchemy import event
from sqlalchemy.engine import Engine
from bot.store import migrate
from bot.store.sql import SqlStore
made = 0
def statement(connection, cursor, text, *rest):
    global made
    made += text.lstrip().upper().startswith(("CREATE", "ALTER"))
    if made == 3:
        print("in the middle", flush=True)
        time.sleep(60)
event.listen(Engine, "after_cursor_execute", statement)
asyncio.run(SqlStore.open(sys.argv[1]))
"""


@BOTH
async def test_a_process_killed_in_the_middle_leaves_the_old_tables_and_the_next_start_completes(
    kind: str, engine: AsyncEngine, url: str
) -> None:
    await run(engine, migrate.upgrade, "0001")
    await run(engine, fill)
    old, before = await run(engine, schema), await run(engine, rows)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        MIGRATING,
        url,
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"in the middle\n"
    process.kill()
    await process.wait()
    assert await run(engine, schema) == old
    assert await run(engine, rows) == before
    store = await asyncio.wait_for(SqlStore.open(url), 20)
    await begun(store, session(), room=ROOM)
    await store.close()
    assert await run(engine, migrate.made_by) == migrate.HEAD
    still_there(before, await run(engine, rows))


@BOTH
async def test_two_processes_that_start_together_migrate_once(kind: str, engine: AsyncEngine, url: str) -> None:
    await run(engine, migrate.upgrade, "0001")
    stores = await asyncio.gather(*(SqlStore.open(url) for _ in range(4)))
    for store in stores:
        await store.close()
    assert await run(engine, migrate.made_by) == migrate.HEAD


@BOTH
async def test_tables_of_a_newer_version_are_refused_and_left_alone(kind: str, engine: AsyncEngine, url: str) -> None:
    await run(engine, migrate.upgrade)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    before = await run(engine, schema)
    with pytest.raises(BadSetting, match="a newer Kompas has made the tables"):
        await SqlStore.open(url)
    assert await run(engine, schema) == before
