"""Live couplings in a dictionary, and the links made from them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tests.fakes.memory_connections import MemoryConnections
from tests.fakes.memory_history import MemoryHistory
from tests.fakes.storable import cursor_after, folded, last_seen, require_storable

from coupler.domain.coupling import Coupling
from coupler.domain.errors import NotFound, Stale
from coupler.domain.history import HistoryEntry
from coupler.engine.ports import CouplingFilter, LinkTarget


class MemoryCouplings:
    """Implements engine.ports.CouplingStore."""

    def __init__(self, lock: threading.RLock, connections: MemoryConnections, history: MemoryHistory) -> None:
        self._lock = lock
        self._connections = connections
        self._history = history
        self._couplings: dict[str, Coupling] = {}

    def get(self, coupling: str) -> Coupling:
        try:
            return self._couplings[coupling]
        except KeyError:
            raise NotFound("There is no coupling of that id.") from None

    def by_nav(self, connection: str, mapping: str, nav_key: str) -> Coupling | None:
        return self.by_nav_keys(connection, mapping, (nav_key,)).get(nav_key)

    def by_crm(self, connection: str, mapping: str, crm_id: str) -> Coupling | None:
        return self.by_crm_ids(connection, mapping, (crm_id,)).get(crm_id)

    def by_nav_keys(self, connection: str, mapping: str, keys: Sequence[str]) -> Mapping[str, Coupling]:
        require_storable(keys)
        among = self.matching(CouplingFilter(connections=frozenset({connection}), mapping=mapping))
        return {found.nav_key: found for found in among if found.nav_key in keys}

    def by_crm_ids(self, connection: str, mapping: str, ids: Sequence[str]) -> Mapping[str, Coupling]:
        require_storable(ids)
        among = self.matching(CouplingFilter(connections=frozenset({connection}), mapping=mapping))
        return {found.crm_id: found for found in among if found.crm_id in ids}

    def find(self, which: CouplingFilter, limit: int, cursor: str | None) -> tuple[Sequence[Coupling], str | None]:
        last = "" if cursor is None else last_seen("couplings", cursor)
        found = [coupling for coupling in self.matching(which) if coupling.id > last]
        page = found[:limit]
        return page, cursor_after("couplings", page[-1].id) if page and len(found) > limit else None

    def matching(self, which: CouplingFilter) -> list[Coupling]:
        """All that the filter asks for, by id."""
        require_storable(which)
        with self._lock:
            return sorted(
                (coupling for coupling in self._couplings.values() if _is_asked(which, coupling)),
                key=lambda coupling: coupling.id,
            )

    def insert(self, coupling: Coupling, ends: Sequence[Coupling], entries: Sequence[HistoryEntry]) -> bool:
        require_storable(coupling)
        with self._lock:
            self._connections.get(coupling.connection)
            staying = {id_: kept for id_, kept in self._couplings.items() if id_ not in {end.id for end in ends}}
            if not all(map(self._is_stored, ends)) or any(_collide(coupling, kept) for kept in staying.values()):
                return False
            self._couplings = {**staying, coupling.id: coupling}
            for entry in entries:
                self._history.write(entry)
            return True

    def remove(self, coupling: Coupling, entry: HistoryEntry) -> bool:
        with self._lock:
            if not self._is_stored(coupling):
                return False
            del self._couplings[coupling.id]
            self._history.write(entry)
            return True

    def save(self, coupling: Coupling, entry: HistoryEntry | None) -> Coupling:
        require_storable(coupling)
        with self._lock:
            if not self._is_stored(coupling):
                raise Stale("The coupling was changed or ended meanwhile.")
            saved = replace(coupling, version=coupling.version + 1)
            self._couplings[saved.id] = saved
            if entry is not None:
                self._history.write(entry)
            return saved

    def end_all(self, connection: str, ended: Callable[[Coupling], HistoryEntry]) -> None:
        """End what belongs to a connection that is removed."""
        for coupling in self.matching(CouplingFilter(connections=frozenset({connection}))):
            self._history.write(ended(coupling))
            del self._couplings[coupling.id]

    def _is_stored(self, coupling: Coupling) -> bool:
        stored = self._couplings.get(coupling.id)
        return stored is not None and stored.version == coupling.version


class MemoryLinks:
    """Implements engine.ports.LinkStore."""

    def __init__(self, couplings: MemoryCouplings, connections: MemoryConnections) -> None:
        self._couplings = couplings
        self._connections = connections

    def by_nav(self, mapping: str, nav_key: str) -> Sequence[LinkTarget]:
        return self._targets(CouplingFilter(mapping=mapping, nav_key=nav_key))

    def by_crm(self, mapping: str, crm_id: str) -> Sequence[LinkTarget]:
        return self._targets(CouplingFilter(mapping=mapping, crm_id=crm_id))

    def _targets(self, which: CouplingFilter) -> Sequence[LinkTarget]:
        found = [
            LinkTarget(c.id, c.nav_key, c.nav_name, c.crm_id, c.crm_name, self._connections.get(c.connection))
            for c in self._couplings.matching(which)
        ]
        enabled = [target for target in found if target.connection.enabled]
        return sorted(enabled, key=lambda target: target.connection.name)


def _collide(one: Coupling, other: Coupling) -> bool:
    """The unique constraints: id, and either record within a connection and mapping (domain R-01)."""
    same_place = (one.connection, one.mapping) == (other.connection, other.mapping)
    return one.id == other.id or (same_place and (one.nav_key == other.nav_key or one.crm_id == other.crm_id))


def _is_asked(which: CouplingFilter, coupling: Coupling) -> bool:
    names = (coupling.nav_key, coupling.nav_name, coupling.crm_name)
    return (
        (which.connections is None or coupling.connection in which.connections)
        and which.mapping in (None, coupling.mapping)
        and which.nav_key in (None, coupling.nav_key)
        and which.crm_id in (None, coupling.crm_id)
        and which.state in (None, coupling.state)
        and (which.text is None or any(folded(which.text) in folded(name) for name in names))
    )
