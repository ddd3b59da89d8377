"""Migrations run by themselves at start, inside the transaction of the connection they are given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from bot.errors import BadSetting

if TYPE_CHECKING:  # alembic costs 15 MB of memory; it is imported only when there is something to migrate
    from alembic.config import Config

HEAD = "0004"
"""The newest revision; a test compares it with the files."""


def config(connection: Connection) -> Config:
    """Alembic's settings for our migrations on an open connection."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to `revision`. One process at a time: the others wait and find nothing left to do. All of it
    happens in one transaction: a migration that is interrupted has changed nothing.

    Raises BadSetting when a newer Kompas has made the tables.
    """
    postgresql = connection.dialect.name == "postgresql"
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6053170)" if postgresql else "BEGIN IMMEDIATE")
    made = made_by(connection)
    if revision == "head" and made == HEAD:
        return
    if made is not None and made not in known():
        raise BadSetting("KOMPAS_DATABASE_URL", f"a newer Kompas has made the tables (revision {made}, here {HEAD})")
    from alembic import command

    command.upgrade(config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the tables back to `revision`, for a rollback; what only later versions keep is lost."""
    from alembic import command

    command.downgrade(config(connection), revision)


def is_current(connection: Connection) -> bool:
    """Whether the tables are those of this version."""
    return made_by(connection) == HEAD


def made_by(connection: Connection) -> str | None:
    """The revision of the tables; None when there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return str(found) if found else None


def known() -> list[str]:
    """The revisions of this version, oldest first."""
    return sorted(file.name[:4] for file in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))


def upgrade_apart(url: str) -> None:
    """Upgrade in a process of its own. What goes wrong there goes wrong again in this one, which then says so."""
    command_line = [sys.executable, "-m", "bot.store"]
    subprocess.run(command_line, input=url, text=True, capture_output=True, check=False)
