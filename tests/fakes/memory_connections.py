"""Connections and the lengths of their fields in dictionaries."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.fakes.storable import require_storable

from coupler.domain.access import unknown_connection
from coupler.domain.connection import SECRET_NAMES, Connection, Secrets
from coupler.domain.coupling import Coupling
from coupler.domain.errors import InvalidInput, Stale
from coupler.domain.history import HistoryEntry
from coupler.domain.mapping import MappingOverride
from coupler.domain.records import System
from coupler.engine.ports import Clock

Forget = Callable[[str], None]


class MemoryConnections:
    """Implements engine.ports.ConnectionStore."""

    def __init__(self, lock: threading.RLock, clock: Clock) -> None:
        self._lock = lock
        self._clock = clock
        self._connections: dict[str, Connection] = {}
        self._secrets: dict[str, Secrets] = {}
        self._overrides: dict[tuple[str, str], MappingOverride] = {}
        self.dependents: tuple[Forget, ...] = ()
        self.end_couplings: Callable[[str, Callable[[Coupling], HistoryEntry]], None] = lambda _name, _ended: None

    def get(self, name: str) -> Connection:
        try:
            return self._connections[name]
        except KeyError:
            raise unknown_connection(name) from None

    def all(self) -> Sequence[Connection]:
        with self._lock:
            return [self._connections[name] for name in sorted(self._connections)]

    def add(self, connection: Connection, secrets: Secrets) -> Connection:
        require_storable(connection)
        with self._lock:
            if connection.name in self._connections:
                raise InvalidInput("There already is a connection of that name.", errors={"name": ["Taken."]})
            added = replace(connection, version=1, created_at=connection.created_at or self._clock.now())
            self._connections[added.name] = added
            self._secrets[added.name] = secrets
            return added

    def save(self, connection: Connection, secrets: Secrets | None) -> Connection:
        require_storable(connection)
        with self._lock:
            stored = self._in_version(connection.name, connection.version)
            saved = replace(connection, version=stored.version + 1, created_at=stored.created_at)
            self._connections[saved.name] = saved
            if secrets is not None:
                kept = self._secrets[saved.name]
                self._secrets[saved.name] = Secrets(
                    _used(saved, System.CRM, kept.crm, secrets.crm), _used(saved, System.NAV, kept.nav, secrets.nav)
                )
            return saved

    def remove(self, name: str, version: int, ended: Callable[[Coupling], HistoryEntry]) -> None:
        with self._lock:
            self._in_version(name, version)
            self.end_couplings(name, ended)
            del self._connections[name], self._secrets[name]
            self._overrides = {key: kept for key, kept in self._overrides.items() if key[0] != name}
            for forget in self.dependents:
                forget(name)

    def secrets(self, name: str) -> Secrets:
        self.get(name)
        return self._secrets[name]

    def secret_names(self, name: str) -> Mapping[System, tuple[str, ...]]:
        kept = self.secrets(name)
        return {side: tuple(sorted(kept.of(side))) for side in System}

    def mapping_override(self, name: str, mapping: str) -> MappingOverride:
        return self._overrides.get((name, mapping), MappingOverride())

    def save_mapping_override(self, name: str, mapping: str, override: MappingOverride) -> MappingOverride:
        with self._lock:
            self.get(name)
            if self.mapping_override(name, mapping).version != override.version:
                raise Stale("The settings of the mapping were changed meanwhile.")
            saved = replace(override, version=override.version + 1)
            self._overrides[name, mapping] = saved
            return saved

    def _in_version(self, name: str, version: int) -> Connection:
        require_storable(version)
        stored = self.get(name)
        if stored.version != version:
            raise Stale(f"The connection {name} was changed meanwhile.")
        return stored


def _used(connection: Connection, side: System, kept: Mapping[str, str], given: Mapping[str, str]) -> Mapping[str, str]:
    names = SECRET_NAMES[connection.sign_in(side).kind]
    return {name: value for name, value in {**kept, **given}.items() if name in names}


class MemoryLengths:
    """Implements engine.ports.LengthCache."""

    def __init__(self, lock: threading.RLock, connections: MemoryConnections, clock: Clock) -> None:
        self._lock = lock
        self._connections = connections
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[datetime, Mapping[str, int | None]]] = {}

    def get(self, connection: str, table: str) -> Mapping[str, int | None] | None:
        read_at, lengths = self._kept.get((connection, table), (None, None))
        return lengths if read_at is not None and self._clock.now() - read_at < timedelta(days=1) else None

    def put(self, connection: str, table: str, lengths: Mapping[str, int | None]) -> None:
        with self._lock:
            self._connections.get(connection)
            self._kept[connection, table] = (self._clock.now(), dict(lengths))

    def forget(self, connection: str) -> None:
        """Forget what belongs to a connection that was changed or removed."""
        self._kept = {key: kept for key, kept in self._kept.items() if key[0] != connection}
