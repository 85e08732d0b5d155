"""Connections, their encrypted secrets and what was set for their mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from coupler.domain.access import unknown_connection
from coupler.domain.connection import Connection, Secrets
from coupler.domain.coupling import Coupling
from coupler.domain.errors import CouplerError, InvalidInput, Stale
from coupler.domain.history import HistoryEntry
from coupler.domain.mapping import MappingOverride
from coupler.domain.records import System
from coupler.engine.ports import Clock
from coupler.storage.connection_rows import (
    CONNECTION_COLUMNS,
    connection_from,
    opened_secrets,
    override_from,
    override_settings,
    sealed_secrets,
    settings_of,
    used_secrets,
)
from coupler.storage.coupling_rows import COUPLING_COLUMNS, coupling_from
from coupler.storage.engine import reading, writing
from coupler.storage.failures import reference_violation, unique_violation
from coupler.storage.history_rows import append_entries
from coupler.storage.secrets_box import SecretsBox
from coupler.storage.tables import connections, couplings, mapping_overrides

_c = connections.c
_o = mapping_overrides.c
_PAGE = 1_000


class ConnectionStore:
    """Implements engine.ports.ConnectionStore."""

    def __init__(self, engine: Engine, box: SecretsBox, clock: Clock) -> None:
        self._engine = engine
        self._box = box
        self._clock = clock

    def get(self, name: str) -> Connection:
        """Raises ConnectionUnknown."""
        with reading(self._engine) as database:
            row = database.execute(select(*CONNECTION_COLUMNS).where(_c.name == name)).first()
        if row is None:
            raise unknown_connection(name)
        return connection_from(row)

    def all(self) -> Sequence[Connection]:
        """All, by name; sorted here because collations differ between databases."""
        with reading(self._engine) as database:
            found = [connection_from(row) for row in database.execute(select(*CONNECTION_COLUMNS))]
        return sorted(found, key=lambda connection: connection.name)

    def add(self, connection: Connection, secrets: Secrets) -> Connection:
        """Keep it as version 1. Raises InvalidInput when the name is taken."""
        added = replace(connection, version=1, created_at=connection.created_at or self._clock.now())
        sealed = sealed_secrets(self._box, added.name, secrets)
        row = {"name": added.name, "created_at": added.created_at, "secrets": sealed, **_values(added)}
        try:
            with writing(self._engine) as database:
                _insert_connection(database, row)
        except _NameTaken as error:
            raise InvalidInput(
                f'There already is a connection "{added.name}". Choose another name.', errors={"name": ["Taken."]}
            ) from error
        return added

    def save(self, connection: Connection, secrets: Secrets | None) -> Connection:
        """Replace settings; secrets, when given, replace those of the same name, and unused ones go.

        Raises Stale unless the version is the stored one. Decrypts nothing.
        """
        saved = replace(connection, version=connection.version + 1)
        values = _values(saved)
        with writing(self._engine) as database:
            if secrets is not None:
                kept = _sealed(database, saved.name)
                values["secrets"] = used_secrets(saved, kept, sealed_secrets(self._box, saved.name, secrets))
            changed = update(connections).where(_c.name == connection.name, _c.version == connection.version)
            row = database.execute(changed.values(values).returning(_c.created_at)).first()
            if row is None:
                raise _stale_or_unknown(database, connection.name)
        return replace(saved, created_at=row.created_at)

    def remove(self, name: str, version: int, ended: Callable[[Coupling], HistoryEntry]) -> None:
        """Remove it and end its couplings, each with the entry that tells so, in one transaction.

        Couplings, lengths and overrides go by foreign key; the history stays. Raises Stale, ConnectionUnknown.
        """
        # Locked, so that nobody couples between the last entry and the end.
        present = select(_c.name).where(_c.name == name, _c.version == version).with_for_update()
        with writing(self._engine) as database:
            if database.execute(present).first() is None:
                raise _stale_or_unknown(database, name)
            for page in _coupling_pages(database, name):
                append_entries(database, map(ended, page))
            database.execute(delete(connections).where(_c.name == name))

    def secrets(self, name: str) -> Secrets:
        """Decrypted; raises StorageError when no key fits, ConnectionUnknown."""
        with reading(self._engine) as database:
            return opened_secrets(self._box, name, _sealed(database, name))

    def secret_names(self, name: str) -> Mapping[System, tuple[str, ...]]:
        """Which secrets are kept, by side; decrypts nothing. Raises ConnectionUnknown."""
        with reading(self._engine) as database:
            sealed = _sealed(database, name)
        return {side: tuple(sorted(sealed[side.value])) for side in System}

    def mapping_override(self, name: str, mapping: str) -> MappingOverride:
        """What was set for the mapping; an empty override when nothing was."""
        statement = select(_o.settings, _o.version).where(_o.connection == name, _o.mapping == mapping)
        with reading(self._engine) as database:
            row = database.execute(statement).first()
        return MappingOverride() if row is None else override_from(row.settings, row.version)

    def save_mapping_override(self, name: str, mapping: str, override: MappingOverride) -> MappingOverride:
        """Store it; raises Stale unless the version is the stored one (0 for none). Returns the next version."""
        saved = replace(override, version=override.version + 1)
        values = {"version": saved.version, "settings": override_settings(saved)}
        with writing(self._engine) as database:
            if override.version == 0:
                _insert_override(database, {"connection": name, "mapping": mapping, **values})
            else:
                found = (_o.connection == name, _o.mapping == mapping, _o.version == override.version)
                if database.execute(update(mapping_overrides).where(*found).values(values)).rowcount != 1:
                    raise _stale_override(name, mapping)
        return saved


class _NameTaken(Exception):
    """The unique name said no."""


def _values(connection: Connection) -> dict[str, Any]:
    return {
        "title": connection.title,
        "enabled": connection.enabled,
        "version": connection.version,
        "settings": settings_of(connection),
    }


def _sealed(database: DatabaseConnection, name: str) -> Mapping[str, Mapping[str, str]]:
    sealed: Mapping[str, Mapping[str, str]] | None = database.scalar(select(_c.secrets).where(_c.name == name))
    if sealed is None:
        raise unknown_connection(name)
    return sealed


def _coupling_pages(database: DatabaseConnection, name: str) -> Iterator[Sequence[Coupling]]:
    ids = database.scalars(select(couplings.c.id).where(couplings.c.connection == name)).all()
    for start in range(0, len(ids), _PAGE):
        page = select(*COUPLING_COLUMNS).where(couplings.c.id.in_(ids[start : start + _PAGE]))
        yield [coupling_from(row) for row in database.execute(page)]


def _insert_connection(database: DatabaseConnection, row: dict[str, Any]) -> None:
    try:
        database.execute(insert(connections).values(row))
    except IntegrityError as error:
        raise (_NameTaken() if unique_violation(error) else error) from error


def _insert_override(database: DatabaseConnection, row: dict[str, Any]) -> None:
    try:
        database.execute(insert(mapping_overrides).values(row))
    except IntegrityError as error:
        if reference_violation(error):
            raise unknown_connection(row["connection"]) from error
        if unique_violation(error):
            raise _stale_override(row["connection"], row["mapping"]) from error
        raise


def _stale_or_unknown(database: DatabaseConnection, name: str) -> CouplerError:
    if database.scalar(select(_c.name).where(_c.name == name)) is None:
        return unknown_connection(name)
    return Stale(f"The connection {name} was changed meanwhile.", connection=name)


def _stale_override(name: str, mapping: str) -> Stale:
    return Stale(f"The settings of {mapping} in {name} were changed meanwhile.", connection=name, mapping=mapping)
