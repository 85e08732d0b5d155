"""Field lengths read from a system's metadata, kept for a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError

from coupler.domain.access import unknown_connection
from coupler.engine.ports import Clock
from coupler.storage.engine import reading, writing
from coupler.storage.failures import reference_violation
from coupler.storage.tables import field_lengths
from coupler.storage.upsert import upsert

LENGTHS_LIFE = timedelta(days=1)
_c = field_lengths.c


class LengthCache:
    """Implements engine.ports.LengthCache."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def get(self, connection: str, table: str) -> Mapping[str, int | None] | None:
        """None when never read or older than a day."""
        found = (_c.connection == connection, _c.record_table == table, _c.read_at > self._clock.now() - LENGTHS_LIFE)
        with reading(self._engine) as database:
            lengths: Mapping[str, int | None] | None = database.scalar(select(_c.lengths).where(*found))
        return lengths

    def forget(self, connection: str) -> None:
        """Drop what was read for a connection that changed."""
        with writing(self._engine) as database:
            database.execute(delete(field_lengths).where(_c.connection == connection))

    def put(self, connection: str, table: str, lengths: Mapping[str, int | None]) -> None:
        """Keep them in place of the earlier ones. Raises ConnectionUnknown."""
        row = {"connection": connection, "record_table": table, "lengths": lengths, "read_at": self._clock.now()}
        with writing(self._engine) as database:
            try:
                upsert(database, field_lengths, row, ("connection", "record_table"))
            except IntegrityError as error:
                raise (unknown_connection(connection) if reference_violation(error) else error) from error
