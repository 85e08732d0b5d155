"""Insert, or replace what is there, in one statement that two writers cannot fall between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(
    connection: Connection,
    table: Table,
    row: Mapping[str, Any],
    keys: Sequence[str],
    *,
    only_if: ColumnElement[bool] | None = None,
) -> bool:
    """Write the row, replacing the one with the same keys; with `only_if`, only where that one meets it.

    False when it stayed as it was.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values(row)
    replaced = {name: statement.excluded[name] for name in row if name not in keys}
    written = statement.on_conflict_do_update(index_elements=keys, set_=replaced, where=only_if).returning(
        table.c[keys[0]]
    )
    return connection.execute(written).first() is not None
