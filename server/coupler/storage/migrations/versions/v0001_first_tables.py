"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create everything."""
    _create_connections()
    _create_couplings()
    _create_history()
    _create_sign_in()
    _create_caches()


def downgrade() -> None:
    """Drop everything."""
    for table in (
        "idempotency_keys",
        "field_lengths",
        "sessions",
        "sign_in_attempts",
        "api_tokens",
        "history",
        "couplings",
        "mapping_overrides",
        "connections",
    ):
        op.drop_table(table)


def _connection_column(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("connection", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["connection"], ["connections.name"], f"fk_{table}_connection_connections", ondelete="CASCADE"
        ),
    )


def _create_connections() -> None:
    op.create_table(
        "connections",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("secrets", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_connections"),
    )
    op.create_table(
        "mapping_overrides",
        *_connection_column("mapping_overrides"),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("connection", "mapping", name="pk_mapping_overrides"),
    )


def _create_couplings() -> None:
    op.create_table(
        "couplings",
        sa.Column("id", sa.Text, nullable=False),
        *_connection_column("couplings"),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("nav_key", sa.Text, nullable=False),
        sa.Column("crm_id", sa.Text, nullable=False),
        sa.Column("nav_name", sa.Text, nullable=False),
        sa.Column("crm_name", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("nav_stable_id", sa.Text),
        sa.Column("nav_modified_on", TIME),
        sa.Column("nav_result", sa.Text),
        sa.Column("crm_modified_on", TIME),
        sa.Column("crm_result", sa.Text),
        sa.Column("base", sa.Text),
        sa.Column("last_synchronized_at", TIME),
        sa.Column("last_synchronized_by", sa.Text),
        sa.Column("last_error", sa.Text),
        sa.Column("differs", sa.Boolean, nullable=False),
        sa.Column("skipped", sa.Boolean, nullable=False),
        sa.Column("health", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_couplings"),
        sa.UniqueConstraint("connection", "mapping", "nav_key", name="uq_couplings_connection_mapping_nav_key"),
        sa.UniqueConstraint("connection", "mapping", "crm_id", name="uq_couplings_connection_mapping_crm_id"),
    )
    op.create_index("ix_couplings_mapping_nav_key", "couplings", ["mapping", "nav_key"])
    op.create_index("ix_couplings_mapping_crm_id", "couplings", ["mapping", "crm_id"])


def _create_history() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("coupling", sa.Text, nullable=False),
        sa.Column("nav_key", sa.Text, nullable=False),
        sa.Column("crm_id", sa.Text, nullable=False),
        sa.Column("nav_name", sa.Text, nullable=False),
        sa.Column("crm_name", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("undoes", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
    )
    op.create_index("ix_history_at_id", "history", ["at", "id"])
    op.create_index("ix_history_connection_at_id", "history", ["connection", "at", "id"])
    op.create_index("ix_history_coupling_at_id", "history", ["coupling", "at", "id"])
    _create_partial_index("ix_history_open_intents", "coupling", "stage = 'intent'")
    _create_partial_index("ix_history_undoes", "undoes", "undoes IS NOT NULL")


def _create_partial_index(name: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "history", [column], sqlite_where=condition, postgresql_where=condition)


def _create_sign_in() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("connections", sa.Text),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("revoked_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("verifier", sa.Text, nullable=False),
        sa.Column("return_to", sa.Text, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_started_at", "sign_in_attempts", ["started_at"])
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def _create_caches() -> None:
    op.create_table(
        "field_lengths",
        *_connection_column("field_lengths"),
        sa.Column("record_table", sa.Text, nullable=False),
        sa.Column("lengths", sa.Text, nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", "record_table", name="pk_field_lengths"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("claimed_at", TIME, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_claimed_at", "idempotency_keys", ["claimed_at"])
