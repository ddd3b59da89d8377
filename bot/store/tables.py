"""The tables. A table that holds anything about a person says so in `info["person"]`: the two columns of the user id,
or an empty tuple when there is nothing personal in it. `privacy` walks this list and a test proves that no table is
forgotten.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, MetaData, String, Table, Text

metadata = MetaData()

USER = ("platform", "user_id")

people = Table(
    "people",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("language", String(16)),
    Column("updated_at", DateTime(timezone=True), nullable=False),
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
