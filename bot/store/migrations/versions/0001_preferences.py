"""What people and places choose, the choices shown last, and what adapters remember."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("user_id", sa.String(255), primary_key=True),
        sa.Column("language", sa.String(16)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False))
    op.create_table(
        "rooms",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("room_id", sa.String(255), primary_key=True),
        sa.Column("languages", sa.String(64), nullable=False, server_default=""),
        sa.Column("timezone", sa.String(64)),
        sa.Column("names", sa.String(16)))
    op.create_table(
        "servers",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("server_id", sa.String(255), primary_key=True),
        sa.Column("language", sa.String(16)))
    op.create_table(
        "teachers",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("place", sa.String(270), primary_key=True),
        sa.Column("user_id", sa.String(255), primary_key=True))
    op.create_table(
        "choices",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("room_id", sa.String(255), primary_key=True),
        sa.Column("user_id", sa.String(255), primary_key=True),
        sa.Column("actions", sa.Text, nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False))
    op.create_index("choices_by_age", "choices", ["shown_at"])
    op.create_table(
        "account_state",
        sa.Column("account", sa.String(255), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False))
    op.create_table(
        "handled_events",
        sa.Column("account", sa.String(255), primary_key=True),
        sa.Column("event", sa.String(255), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False))
    op.create_index("handled_events_by_age", "handled_events", ["at"])


def downgrade() -> None:
    for table in ("handled_events", "account_state", "choices", "teachers", "servers", "rooms", "people"):
        op.drop_table(table)
