"""Storage tests run on both databases."""

from tests.databases import (  # noqa: F401
    clock,
    database_url,
    engine,
    fresh_database_url,
    migrated_url,
    postgresql,
    store,
)
