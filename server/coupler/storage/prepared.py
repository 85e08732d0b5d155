"""A SELECT that is compiled once and then run on the driver itself.

For the few reads that every request makes (the link, the token, the session): Core's own execution costs two to
three times as much there (performance 5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, Select

from coupler.storage.failures import translated
from coupler.storage.held import held_connections

_Process = Callable[[Any], Any]


class PreparedRead:
    """One statement without transaction; values are checked and converted by the column types as everywhere."""

    def __init__(self, engine: Engine, statement: Select[Any]) -> None:
        dialect = engine.dialect
        compiled = statement.compile(dialect=dialect)
        self._engine = engine
        self._held = held_connections(engine)
        self._sql = compiled.string
        self._order = compiled.positiontup if compiled.positional else None
        self._binds: Mapping[str, _Process | None] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self._results = tuple(
            (index, process)
            for index, column in enumerate(statement.selected_columns)
            if (process := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        )

    def rows(self, **values: Any) -> list[list[Any]]:
        """The rows in the order of the selected columns; `values` by the names of the bound parameters."""
        with translated(self._engine):
            return [self._converted(row) for row in self._fetch(self._parameters(values))]

    def _parameters(self, values: Mapping[str, Any]) -> Any:
        bound = {name: process(values[name]) if process else values[name] for name, process in self._binds.items()}
        return bound if self._order is None else tuple(bound[name] for name in self._order)

    def _fetch(self, parameters: Any) -> list[Any]:
        """Once more with a fresh connection when a held one turns out to be dead: a read may always be repeated."""
        try:
            return self._execute(parameters)
        except _Disconnected:
            self._engine.dispose()
        try:
            return self._execute(parameters)
        except _Disconnected as again:
            raise again.error from again

    def _execute(self, parameters: Any) -> list[Any]:
        connection = self._held.take()
        try:
            cursor = connection.cursor()
            try:
                cursor.execute(self._sql, parameters)
                rows = list(cursor.fetchall())
            finally:
                cursor.close()
        except self._engine.dialect.loaded_dbapi.Error as error:
            is_dead = self._engine.dialect.is_disconnect(error, connection, None)
            connection.invalidate()
            if is_dead:
                raise _Disconnected(error) from error
            raise
        self._held.give(connection)
        return rows

    def _converted(self, row: Any) -> list[Any]:
        values = list(row)
        for index, process in self._results:
            if values[index] is not None:
                values[index] = process(values[index])
        return values


class _Disconnected(Exception):
    """The connection was dead before it answered."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error
