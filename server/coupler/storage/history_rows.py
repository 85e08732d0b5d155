"""History entries as rows and back, and the ways they are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from coupler.domain.history import Deed, HistoryEntry, Stage
from coupler.storage.tables import history

_c = history.c


def write_entry(connection: Connection, entry: HistoryEntry) -> None:
    """Append an intent; of any other entry close the intent of that id where there is one, else append it.

    An intent that somebody closed the same way meanwhile stays as it is.
    """
    if entry.stage is Stage.INTENT or not (close_intent(connection, entry) or _is_closed(connection, entry)):
        append_entries(connection, (entry,))


def append_entries(connection: Connection, entries: Iterable[HistoryEntry]) -> None:
    """Append at least one entry; their ids must be new."""
    connection.execute(insert(history), [_entry_row(entry) for entry in entries])


def close_intent(connection: Connection, entry: HistoryEntry) -> bool:
    """Move an open intent to the entry's stage and detail, and nothing else; False when there is none open.

    An intent held for not applied is still open to its confirmation: its writer knows, a reader only concluded.
    """
    open_stages = [Stage.INTENT.value, *([Stage.NOT_APPLIED.value] if entry.stage is Stage.CONFIRMED else [])]
    statement = (
        update(history)
        .where(_c.id == entry.id, _c.stage.in_(open_stages))
        .values(stage=entry.stage.value, detail=entry.detail)
    )
    return connection.execute(statement).rowcount == 1


def _is_closed(connection: Connection, entry: HistoryEntry) -> bool:
    closed = select(_c.id).where(_c.id == entry.id, _c.stage == entry.stage.value)
    return connection.execute(closed).first() is not None


def entry_from(row: Row[Any]) -> HistoryEntry:
    """The entry of a whole row."""
    return HistoryEntry(
        id=row.id,
        at=row.at,
        by=row.actor,
        deed=Deed(row.deed),
        stage=Stage(row.stage),
        connection=row.connection,
        mapping=row.mapping,
        coupling=row.coupling,
        nav_key=row.nav_key,
        crm_id=row.crm_id,
        nav_name=row.nav_name,
        crm_name=row.crm_name,
        before=row.before,
        after=row.after,
        detail=row.detail,
        undoes=row.undoes,
    )


def _entry_row(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": entry.by,
        "deed": entry.deed.value,
        "stage": entry.stage.value,
        "connection": entry.connection,
        "mapping": entry.mapping,
        "coupling": entry.coupling,
        "nav_key": entry.nav_key,
        "crm_id": entry.crm_id,
        "nav_name": entry.nav_name,
        "crm_name": entry.crm_name,
        "before": entry.before,
        "after": entry.after,
        "detail": entry.detail,
        "undoes": entry.undoes,
    }
