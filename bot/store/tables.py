"""The tables. A table that holds anything about a person says so in `info["person"]`: the two columns of the user id,
or an empty tuple when there is nothing personal in it. `privacy` walks this list and a test proves that no table is
forgotten. A row that others still need (a class's scores) is not deleted with its person but changed as
`info["anonymous"]` says; `info["shown"]` names the columns that its person may see, if not all.

Tables of sessions refer to each other without foreign keys: they are deleted together, and an answer costs less.
Columns that end in _us are microseconds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData()

USER = ("platform", "user_id")
NOBODY: dict[str, Any] = {"platform": None, "user_id": None}


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


people = Table(
    "people",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("language", String(16)),
    Column("updated_at", DateTime(timezone=True), nullable=False),  # used last, to the week
    info={"person": USER},
)

rooms = Table(
    "rooms",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("room_id", String(255), primary_key=True),
    Column("languages", String(64), nullable=False, server_default=""),
    Column("timezone", String(64)),
    Column("names", String(16)),
    info={"person": ()},
)

servers = Table(
    "servers",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("server_id", String(255), primary_key=True),
    Column("language", String(16)),
    info={"person": ()},
)

teachers = Table(
    "teachers",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("place", String(270), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("used_at", Moment),  # none: not used since it was given
    info={"person": USER},
)

choices = Table(
    "choices",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("room_id", String(255), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("actions", Text, nullable=False),
    Column("shown_at", DateTime(timezone=True), nullable=False),
    Index("choices_by_age", "shown_at"),
    info={"person": USER},
)

account_state = Table(
    "account_state",
    metadata,
    Column("account", String(255), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    info={"person": ()},
)

handled_events = Table(
    "handled_events",
    metadata,
    Column("account", String(255), primary_key=True),
    Column("event", String(255), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("handled_events_by_age", "at"),
    info={"person": ()},
)

leases = Table(
    "leases",
    metadata,
    Column("account", String(255), primary_key=True),
    Column("holder", String(255), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("alive_at", Moment),
    Column("held", Boolean, nullable=False),
    info={"person": ()},
)

# Partial indexes (sessions_code, sessions_due, session_rooms_open, outbox_unsent) stand in the migrations only: naming
# a dialect here would load both, which costs a server 3 MB.

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("code", String(16), nullable=False),
    Column("account", String(255), nullable=False),
    Column("rules", Text, nullable=False),
    Column("questions", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("platform", String(16)),
    Column("user_id", String(255)),
    Column("phase", String(16), nullable=False),
    Column("question", Integer, nullable=False),
    Column("asked_at", Moment),
    Column("due_at", Moment),
    Column("deadline", Boolean, nullable=False),
    Column("paused_at", Moment),
    Column("held_us", BigInteger, nullable=False),
    Column("paused_us", BigInteger, nullable=False),
    Column("extended_us", BigInteger, nullable=False),
    Column("hurried", Boolean, nullable=False),
    Column("voided", Text, nullable=False),
    Column("ended", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Index("sessions_by_age", "created_at"),
    Index("sessions_starter", "platform", "user_id"),
    info={
        "person": USER,
        "anonymous": NOBODY,
        "shown": ("id", "code", "rules", "options", "phase", "created_at", "closed_at"),
    },
)

session_rooms = Table(
    "session_rooms",
    metadata,
    Column("session", String(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("platform", String(16), nullable=False),
    Column("room_id", String(255), nullable=False),
    Column("account", String(255), nullable=False),
    Column("languages", String(64), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),  # the session runs here
    Column("linked", Boolean, nullable=False),  # took part to the end, or still does
    Column("said", Integer, nullable=False),  # sequence number given last in the outbox
    Index("session_rooms_by_room", "platform", "room_id"),
    info={"person": ()},
)

pinned_items = Table(
    "pinned_items",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("body", Text, nullable=False),
    Column("used_at", Moment, nullable=False),  # start of the last session with it
    info={"person": ()},
)

players = Table(
    "players",
    metadata,
    Column("session", String(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("factor", Float, nullable=False),
    Column("joined", Integer, nullable=False),
    Column("own_name", Text, nullable=False),
    Column("rerolls", Integer, nullable=False),
    Column("kicked", Boolean, nullable=False),
    Column("left", Boolean, nullable=False),
    Column("joined_at", Moment, nullable=False),
    Column("room", Integer),  # number of the session's room they came by; none = somewhere else
    Column("platform", String(16)),
    Column("user_id", String(255)),
    Index("players_user", "platform", "user_id", "session", unique=True),
    info={"person": USER, "anonymous": {**NOBODY, "own_name": "", "left": True}},
)

answers = Table(
    "answers",
    metadata,
    Column("session", String(16), primary_key=True),
    Column("question", Integer, primary_key=True, autoincrement=False),
    Column("player", Integer, primary_key=True, autoincrement=False),
    Column("value", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("early", Float, nullable=False),
    info={"person": ()},
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),  # the order of all rows
    Column("session", String(16), nullable=False),
    Column("room_number", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("question", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("attempted_at", Moment),
    Column("sent_at", Moment),
    Column("message", String(255), nullable=False),
    UniqueConstraint("session", "room_number", "sequence", name="outbox_key"),
    info={"person": ()},
)

flags = Table(
    "flags",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("item", String(255), nullable=False),
    Column("language", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    info={"person": ()},
)

imported_sets = Table(
    "imported_sets",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("room_id", String(255), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("title", Text, nullable=False),
    Column("questions", Integer, nullable=False),
    Column("items", Text, nullable=False),
    Column("at", Moment, nullable=False),
    info={"person": ()},
)

asked = Table(
    "asked",
    metadata,
    Column("day", String(10), primary_key=True),  # 2026-11-23
    Column("language", String(16), primary_key=True),
    Column("zone", String(16), primary_key=True),
    Column("topic", String(64), primary_key=True),
    Column("count", BigInteger, nullable=False),
    info={"person": ()},
)

unanswered = Table(
    "unanswered",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("zone", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    info={"person": ()},
)
