"""Quiz sessions: who holds an account, what runs where, who plays, what they answered, what is to be sent."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def only(where: str) -> Any:
    return {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("account", sa.String(255), primary_key=True),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("alive_at", MOMENT),
        sa.Column("held", sa.Boolean, nullable=False))
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("account", sa.String(255), nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("platform", sa.String(16)),
        sa.Column("user_id", sa.String(255)),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("question", sa.Integer, nullable=False),
        sa.Column("asked_at", MOMENT),
        sa.Column("due_at", MOMENT),
        sa.Column("deadline", sa.Boolean, nullable=False),
        sa.Column("paused_at", MOMENT),
        sa.Column("held_us", sa.BigInteger, nullable=False),
        sa.Column("paused_us", sa.BigInteger, nullable=False),
        sa.Column("extended_us", sa.BigInteger, nullable=False),
        sa.Column("hurried", sa.Boolean, nullable=False),
        sa.Column("voided", sa.Text, nullable=False),
        sa.Column("ended", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT))
    op.create_index("sessions_code", "sessions", ["code"], unique=True, **only("closed_at IS NULL"))
    op.create_index("sessions_due", "sessions", ["account", "due_at"], **only("closed_at IS NULL"))
    op.create_index("sessions_by_age", "sessions", ["created_at"])
    op.create_index("sessions_starter", "sessions", ["platform", "user_id"])
    op.create_table(
        "session_rooms",
        sa.Column("session", sa.String(16), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("platform", sa.String(16), nullable=False),
        sa.Column("room_id", sa.String(255), nullable=False),
        sa.Column("account", sa.String(255), nullable=False),
        sa.Column("languages", sa.String(64), nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("linked", sa.Boolean, nullable=False),
        sa.Column("said", sa.Integer, nullable=False))
    op.create_index("session_rooms_open", "session_rooms", ["platform", "room_id"], unique=True, **only("open"))
    op.create_index("session_rooms_by_room", "session_rooms", ["platform", "room_id"])
    op.create_table(
        "pinned_items",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False))
    op.create_table(
        "players",
        sa.Column("session", sa.String(16), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("factor", sa.Float, nullable=False),
        sa.Column("joined", sa.Integer, nullable=False),
        sa.Column("own_name", sa.Text, nullable=False),
        sa.Column("rerolls", sa.Integer, nullable=False),
        sa.Column("kicked", sa.Boolean, nullable=False),
        sa.Column("left", sa.Boolean, nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("room", sa.Integer),
        sa.Column("platform", sa.String(16)),
        sa.Column("user_id", sa.String(255)))
    op.create_index("players_user", "players", ["platform", "user_id", "session"], unique=True)
    op.create_table(
        "answers",
        sa.Column("session", sa.String(16), primary_key=True),
        sa.Column("question", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("player", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("early", sa.Float, nullable=False))
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("session", sa.String(16), nullable=False),
        sa.Column("room_number", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("question", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("attempted_at", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.Column("message", sa.String(255), nullable=False),
        sa.UniqueConstraint("session", "room_number", "sequence", name="outbox_key"))
    op.create_index("outbox_unsent", "outbox", ["id"], **only("sent_at IS NULL"))
    op.create_table(
        "flags",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("item", sa.String(255), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False))


def downgrade() -> None:
    for table in ("flags", "outbox", "answers", "players", "pinned_items", "session_rooms", "sessions", "leases"):
        op.drop_table(table)
