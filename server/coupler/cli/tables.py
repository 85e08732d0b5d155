"""The database's tables: made and brought up to date where that is safe without asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coupler.domain.errors import StorageError
from coupler.settings import Settings, ensure_secret_keys

if TYPE_CHECKING:
    from coupler.storage.schema import SchemaState


def prepare_tables(settings: Settings, *, upgrade: bool = False) -> None:
    """Upgrade SQLite, or PostgreSQL when asked; otherwise raise StorageError unless its tables fit."""
    if upgrade or settings.is_sqlite:
        upgrade_tables(settings)
        return
    state = check_tables(settings)
    if not state.up_to_date:
        raise StorageError(" ".join(state.problems))


def upgrade_tables(settings: Settings) -> SchemaState:
    """Bring the tables up to date; the state they are in then. Makes the data folder and its keys where needed."""
    from coupler.storage import schema
    from coupler.storage.engine import open_engine

    engine = open_engine(ensure_secret_keys(settings).database_url)
    try:
        schema.upgrade(engine)
        return schema.check(engine)
    finally:
        engine.dispose()


def check_tables(settings: Settings) -> SchemaState:
    """The state of the tables. Makes nothing, not even an SQLite file that is missing."""
    from coupler.storage import schema
    from coupler.storage.engine import open_engine

    if settings.is_sqlite and not settings.sqlite_file.exists():
        raise StorageError(f"There is no database file {settings.sqlite_file}. Run `coupler db upgrade`.")
    engine = open_engine(settings.database_url)
    try:
        return schema.check(engine)
    finally:
        engine.dispose()
