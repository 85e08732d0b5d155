"""The database's tables: made and brought up to date where that is safe without asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coupler.domain.errors import StorageError
from coupler.settings import Settings, ensure_secret_keys

if TYPE_CHECKING:
    from coupler.storage import Store
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
    """Bring the tables up to date; the state they are in then."""
    from coupler.storage import schema

    store = _open(settings)
    try:
        schema.upgrade(store.engine)
        return schema.check(store.engine)
    finally:
        store.close()


def check_tables(settings: Settings) -> SchemaState:
    """The state of the tables. Makes nothing, not even an SQLite file that is missing."""
    from coupler.storage import schema

    if settings.is_sqlite and not settings.sqlite_file.exists():
        raise StorageError(f"There is no database file {settings.sqlite_file}. Run `coupler db upgrade`.")
    store = _open(settings)
    try:
        return schema.check(store.engine)
    finally:
        store.close()


def _open(settings: Settings) -> Store:
    from coupler.storage import Store
    from coupler.wiring import SystemClock

    ready = ensure_secret_keys(settings)
    return Store.open(ready.database_url, ready.secret_keys, SystemClock())
