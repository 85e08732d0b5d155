"""What was done, append-only: the intent before a remote write, its end after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, or_, select

from coupler.domain.errors import InvalidInput, Stale
from coupler.domain.history import HistoryEntry, Stage, unknown_entry
from coupler.engine.ports import HistoryFilter
from coupler.storage.cursors import decode_cursor, encode_cursor
from coupler.storage.engine import reading, writing
from coupler.storage.history_rows import append_entries, close_intent, entry_from
from coupler.storage.tables import history

_c = history.c
_NEWEST_FIRST = (_c.at.desc(), _c.id.desc())


class HistoryStore:
    """Implements engine.ports.HistoryStore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, entry: HistoryEntry) -> None:
        """Write an entry in its own transaction, durable on return."""
        with writing(self._engine) as connection:
            append_entries(connection, (entry,))

    def close(self, entry: HistoryEntry) -> None:
        """Move an intent to the stage and detail of `entry`; doing so twice is once.

        Raises NotFound for an entry that was never written and Stale for one that ended otherwise. Only from not
        applied, which a reader concluded, is there a way to confirmed, which its writer knows.
        """
        with writing(self._engine) as connection:
            if close_intent(connection, entry):
                return
        stage = self.get(entry.id).stage
        if stage is not entry.stage:
            raise Stale(f"This history entry was already closed as {stage.value}.", entry=entry.id)

    def get(self, entry: str) -> HistoryEntry:
        """Raises NotFound."""
        found = self._all(select(history).where(_c.id == entry))
        if not found:
            raise unknown_entry()
        return found[0]

    def open_intents(self, coupling: str) -> Sequence[HistoryEntry]:
        """Intents of a coupling that nobody closed, oldest first."""
        condition = (_c.coupling == coupling, _c.stage == Stage.INTENT.value)
        return self._all(select(history).where(*condition).order_by(_c.at, _c.id))

    def undone_by(self, entry: str) -> HistoryEntry | None:
        """The confirmed entry that took this one back; the latest where it happened more than once."""
        condition = (_c.undoes == entry, _c.stage == Stage.CONFIRMED.value)
        found = self._all(select(history).where(*condition).order_by(*_NEWEST_FIRST).limit(1))
        return found[0] if found else None

    def find(self, which: HistoryFilter, limit: int, cursor: str | None) -> tuple[Sequence[HistoryEntry], str | None]:
        """A page, newest first, and the cursor of the next. Raises InvalidInput for a cursor that is none."""
        statement = select(history).where(*_conditions(which)).order_by(*_NEWEST_FIRST).limit(limit + 1)
        if cursor is not None:
            statement = statement.where(_beyond(cursor))
        found = self._all(statement)
        page = found[:limit]
        return page, _cursor(page[-1]) if page and len(found) > limit else None

    def _all(self, statement: Select[Any]) -> list[HistoryEntry]:
        with reading(self._engine) as connection:
            return [entry_from(row) for row in connection.execute(statement)]


def _conditions(which: HistoryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.connections is not None:
        conditions.append(_c.connection.in_(sorted(which.connections)))
    if which.coupling is not None:
        conditions.append(_c.coupling == which.coupling)
    if which.by is not None:
        conditions.append(_c.actor == which.by)
    if which.since is not None:
        conditions.append(_c.at >= which.since)
    return conditions


def _cursor(entry: HistoryEntry) -> str:
    return encode_cursor("history", entry.at.isoformat(), entry.id)


def _beyond(cursor: str) -> ColumnElement[bool]:
    text, entry = decode_cursor("history", cursor, 2)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("This cursor was not given out for this list. Begin again without one.") from error
    return or_(_c.at < at, and_(_c.at == at, _c.id < entry))
