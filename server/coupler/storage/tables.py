"""The tables. Every key is led by the connection, the unique constraints are the one-to-one rule (domain R-01)."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from coupler.storage.columns import BoundedText, Json, Number, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = BoundedText(64)
NAME = BoundedText(100)
KEY = BoundedText(100)
LINE = BoundedText(1000)
PROSE = BoundedText(4000)
FOLDED = BoundedText(40_000)


def _connection_column() -> Column[str]:
    return Column("connection", NAME, ForeignKey("connections.name", ondelete="CASCADE"), nullable=False)


connections = Table(
    "connections",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("title", LINE, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("version", Number, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settings", Json, nullable=False),
    Column("secrets", Json, nullable=False),
)

mapping_overrides = Table(
    "mapping_overrides",
    metadata,
    _connection_column(),
    Column("mapping", NAME, nullable=False),
    Column("version", Number, nullable=False),
    Column("settings", Json, nullable=False),
    PrimaryKeyConstraint("connection", "mapping"),
)

couplings = Table(
    "couplings",
    metadata,
    Column("id", ID, primary_key=True),
    _connection_column(),
    Column("mapping", NAME, nullable=False),
    Column("nav_key", KEY, nullable=False),
    Column("crm_id", ID, nullable=False),
    Column("nav_name", LINE, nullable=False),
    Column("crm_name", LINE, nullable=False),
    Column("origin", NAME, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", LINE, nullable=False),
    Column("nav_stable_id", ID),
    Column("nav_modified_on", UtcDateTime),
    Column("nav_result", NAME),
    Column("crm_modified_on", UtcDateTime),
    Column("crm_result", NAME),
    Column("base", Json),
    Column("last_synchronized_at", UtcDateTime),
    Column("last_synchronized_by", LINE),
    Column("last_error", Json),
    Column("differs", Boolean, nullable=False),
    Column("skipped", Boolean, nullable=False),
    Column("health", Json, nullable=False),
    Column("version", Number, nullable=False),
    Column("search_text", FOLDED, nullable=False),
    UniqueConstraint("connection", "mapping", "nav_key"),
    UniqueConstraint("connection", "mapping", "crm_id"),
    Index(None, "mapping", "nav_key"),
    Index(None, "mapping", "crm_id"),
)

suggestion_rejections = Table(
    "suggestion_rejections",
    metadata,
    _connection_column(),
    Column("mapping", NAME, nullable=False),
    Column("nav_key", KEY, nullable=False),
    Column("crm_id", ID, nullable=False),
    Column("rejected_at", UtcDateTime, nullable=False),
    Column("rejected_by", LINE, nullable=False),
    PrimaryKeyConstraint("connection", "mapping", "nav_key", "crm_id"),
    Index(None, "connection", "mapping", "crm_id"),
)

history = Table(
    "history",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", LINE, nullable=False),
    Column("deed", NAME, nullable=False),
    Column("stage", NAME, nullable=False),
    Column("connection", NAME, nullable=False),
    Column("mapping", NAME, nullable=False),
    Column("coupling", ID, nullable=False),
    Column("nav_key", KEY, nullable=False),
    Column("crm_id", ID, nullable=False),
    Column("nav_name", LINE, nullable=False),
    Column("crm_name", LINE, nullable=False),
    Column("before", Json, nullable=False),
    Column("after", Json, nullable=False),
    Column("detail", PROSE, nullable=False),
    Column("undoes", ID),
    Index(None, "at", "id"),
    Index(None, "connection", "at", "id"),
    Index(None, "coupling", "at", "id"),
)
Index(
    "ix_history_open_intents",
    history.c.coupling,
    sqlite_where=history.c.stage == "intent",
    postgresql_where=history.c.stage == "intent",
)
Index(
    "ix_history_undoes",
    history.c.undoes,
    sqlite_where=history.c.undoes.is_not(None),
    postgresql_where=history.c.undoes.is_not(None),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", ID, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("name", LINE, nullable=False),
    Column("role", NAME, nullable=False),
    Column("connections", Json),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", LINE, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("state", LINE, nullable=False),
    Column("nonce", LINE, nullable=False),
    Column("verifier", LINE, nullable=False),
    Column("return_to", PROSE, nullable=False),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("ticket", LargeBinary),
)

sign_in_tickets = Table(
    "sign_in_tickets",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("challenge", LargeBinary, nullable=False),
    Column("host", NAME, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("begun_at", UtcDateTime),
    Column("subject", LINE),
    Column("name", LINE),
    Column("role", NAME),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("kind", NAME, nullable=False),
    Column("subject", LINE, nullable=False),
    Column("name", LINE, nullable=False),
    Column("role", NAME),
    Column("started_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

field_lengths = Table(
    "field_lengths",
    metadata,
    _connection_column(),
    Column("record_table", NAME, nullable=False),
    Column("lengths", Json, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("connection", "record_table"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("actor", LINE, nullable=False),
    Column("key", LINE, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False, index=True),
    Column("status", Integer),
    Column("body", LargeBinary, nullable=False),
    Column("headers", Json, nullable=False),
    PrimaryKeyConstraint("actor", "key"),
)
