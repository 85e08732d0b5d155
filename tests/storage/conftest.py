"""Storage tests run on both databases."""

from tests.databases import clock, database_url, engine, migrated_url, postgresql, store  # noqa: F401
