"""The PostgreSQL of the tests is a real one: separate databases, data that outlives a restart and a crash."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from .postgres import Postgres

pytestmark = pytest.mark.postgres


async def run(url: str, *statements: str) -> list[object]:
    """Executes in one transaction; the first column of the last statement's rows."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                result = await connection.execute(text(statement))
            return [row[0] for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


async def test_a_fresh_database_is_empty_and_knows_all_scripts(postgres_url: str) -> None:
    assert await run(postgres_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [0]
    assert await run(postgres_url, "SELECT lower('ШТА ЈЕ ËSHTË ĐE')") == ["шта је është đe"]


async def test_two_databases_do_not_see_each_other(postgres: Postgres, postgres_url: str) -> None:
    await run(postgres_url, "CREATE TABLE players (name text)", "INSERT INTO players VALUES ('ana')")
    others = await asyncio.gather(*(postgres.fresh_database() for _ in range(3)))
    assert len({postgres_url, *others}) == 4
    for other in others:
        with pytest.raises(DBAPIError, match="players"):
            await run(other, "SELECT name FROM players")
        await postgres.drop_database(other)
    assert await run(postgres_url, "SELECT name FROM players") == ["ana"]


async def test_a_wrong_password_is_refused(postgres: Postgres, postgres_url: str) -> None:
    _, _, place = postgres_url.partition("@")
    with pytest.raises(Exception, match="password"):
        await run(f"postgresql+asyncpg://kompas:wrong@{place}", "SELECT 1")


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_committed_data_is_there_after(postgres: Postgres, postgres_url: str, end: str) -> None:
    await run(postgres_url, "CREATE TABLE answers (key int)", "INSERT INTO answers VALUES (4)")
    port = postgres.port
    await (postgres.stop() if end == "stop" else postgres.kill())
    assert not postgres.running
    with pytest.raises(OSError, match=str(port)):
        await run(postgres_url, "SELECT 1")
    await postgres.start()
    assert await run(postgres_url, "SELECT key FROM answers") == [4]
