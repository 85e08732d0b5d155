"""Live couplings. That each record has one partner at most is decided by the insert itself (domain R-01, N-06)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from coupler.domain.access import unknown_connection
from coupler.domain.coupling import Coupling, unknown_coupling
from coupler.domain.errors import Stale
from coupler.domain.history import HistoryEntry
from coupler.engine.ports import CouplingFilter
from coupler.storage.coupling_rows import COUPLING_COLUMNS, contains_text, coupling_from, coupling_row, is_in_state
from coupler.storage.cursors import decode_cursor, encode_cursor
from coupler.storage.engine import reading, writing
from coupler.storage.failures import unique_violation
from coupler.storage.history_rows import write_entry
from coupler.storage.tables import connections, couplings

_c = couplings.c
_KEYS_AT_ONCE = 10_000


class CouplingStore:
    """Implements engine.ports.CouplingStore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, coupling: str) -> Coupling:
        """Raises NotFound."""
        found = self._one(_c.id == coupling)
        if found is None:
            raise unknown_coupling()
        return found

    def by_nav(self, connection: str, mapping: str, nav_key: str) -> Coupling | None:
        """The coupling of a NAV record in that connection."""
        return self._one(_c.connection == connection, _c.mapping == mapping, _c.nav_key == nav_key)

    def by_crm(self, connection: str, mapping: str, crm_id: str) -> Coupling | None:
        """The coupling of a CRM record in that connection."""
        return self._one(_c.connection == connection, _c.mapping == mapping, _c.crm_id == crm_id)

    def by_nav_keys(self, connection: str, mapping: str, keys: Sequence[str]) -> Mapping[str, Coupling]:
        """Couplings of a page of NAV records, by key, in one query (one more for each 10,000 keys)."""
        return {found.nav_key: found for found in self._among(connection, mapping, _c.nav_key, keys)}

    def by_crm_ids(self, connection: str, mapping: str, ids: Sequence[str]) -> Mapping[str, Coupling]:
        """Couplings of a page of CRM records, by id, in one query (one more for each 10,000 ids)."""
        return {found.crm_id: found for found in self._among(connection, mapping, _c.crm_id, ids)}

    def find(self, which: CouplingFilter, limit: int, cursor: str | None) -> tuple[Sequence[Coupling], str | None]:
        """A page by id and the cursor of the next. Raises InvalidInput for a cursor that is none."""
        statement = select(*COUPLING_COLUMNS).where(*_conditions(which)).order_by(_c.id).limit(limit + 1)
        if cursor is not None:
            (after,) = decode_cursor("couplings", cursor, 1)
            statement = statement.where(_c.id > after)
        with reading(self._engine) as connection:
            found = [coupling_from(row) for row in connection.execute(statement)]
        page = found[:limit]
        return page, encode_cursor("couplings", page[-1].id) if page and len(found) > limit else None

    def insert(self, coupling: Coupling, ends: Sequence[Coupling], entries: Sequence[HistoryEntry]) -> bool:
        """End some, insert one and write history, all or nothing; False when a race was lost.

        Raises ConnectionUnknown when the connection went away. Never looks before it inserts.
        """
        try:
            with writing(self._engine) as connection:
                _take_turn(connection, coupling.connection)
                for end in ends:
                    _end(connection, end)
                _insert(connection, coupling)
                for entry in entries:
                    write_entry(connection, entry)
        except _LostRace:
            return False
        return True

    def remove(self, coupling: Coupling, entry: HistoryEntry) -> bool:
        """End one in that version and write history; False when it changed or went meanwhile."""
        try:
            with writing(self._engine) as connection:
                _end(connection, coupling)
                write_entry(connection, entry)
        except _LostRace:
            return False
        return True

    def save(self, coupling: Coupling, entry: HistoryEntry | None) -> Coupling:
        """Store the coupling in its next version with its history entry in one transaction; raises Stale.

        An entry whose intent was written before is closed, another is appended.
        """
        saved = replace(coupling, version=coupling.version + 1)
        statement = update(couplings).where(*_in_version(coupling)).values(coupling_row(saved))
        with writing(self._engine) as connection:
            if connection.execute(statement).rowcount != 1:
                raise Stale("The coupling was changed or ended meanwhile.", coupling=coupling.id)
            if entry is not None:
                write_entry(connection, entry)
        return saved

    def _one(self, *conditions: ColumnElement[bool]) -> Coupling | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(*COUPLING_COLUMNS).where(*conditions)).first()
        return None if row is None else coupling_from(row)

    def _among(
        self, connection: str, mapping: str, column: ColumnElement[str], keys: Sequence[str]
    ) -> Iterator[Coupling]:
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            statement = select(*COUPLING_COLUMNS).where(
                _c.connection == connection, _c.mapping == mapping, column.in_(keys[start : start + _KEYS_AT_ONCE])
            )
            with reading(self._engine) as database:
                rows = database.execute(statement).all()
            yield from map(coupling_from, rows)


class _LostRace(Exception):
    """Somebody else was first: roll everything back."""


def _in_version(coupling: Coupling) -> tuple[ColumnElement[bool], ...]:
    return (_c.id == coupling.id, _c.version == coupling.version)


def _take_turn(connection: Connection, name: str) -> None:
    """Couple one at a time per connection on PostgreSQL, and never without it.

    Not for uniqueness, which the insert decides: movers that end what stands in each other's way would wait for
    each other in a circle. SQLite has one writer anyway and ignores the lock.
    """
    lock = select(connections.c.name).where(connections.c.name == name).with_for_update(key_share=True)
    if connection.execute(lock).first() is None:
        raise unknown_connection(name)


def _end(connection: Connection, coupling: Coupling) -> None:
    if connection.execute(delete(couplings).where(*_in_version(coupling))).rowcount != 1:
        raise _LostRace


def _insert(connection: Connection, coupling: Coupling) -> None:
    try:
        connection.execute(insert(couplings).values(coupling_row(coupling)))
    except IntegrityError as error:
        raise (_LostRace() if unique_violation(error) else error) from error


def _conditions(which: CouplingFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.connections is not None:
        conditions.append(_c.connection.in_(sorted(which.connections)))
    exact = ((_c.mapping, which.mapping), (_c.nav_key, which.nav_key), (_c.crm_id, which.crm_id))
    conditions.extend(column == value for column, value in exact if value is not None)
    if which.state is not None:
        conditions.append(is_in_state(which.state))
    if which.text is not None:
        conditions.append(contains_text(which.text))
    return conditions
