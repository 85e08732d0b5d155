"""Rejected suggestions in a dictionary."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from tests.fakes.memory_connections import MemoryConnections
from tests.fakes.storable import require_storable

from coupler.domain.matching import Rejection


class MemoryRejections:
    """Implements engine.rejections.RejectionStore."""

    def __init__(self, lock: threading.RLock, connections: MemoryConnections) -> None:
        self._lock = lock
        self._connections = connections
        self._kept: dict[tuple[str, str, str, str], Rejection] = {}

    def add(self, rejections: Sequence[Rejection]) -> None:
        require_storable(rejections)
        with self._lock:
            for each in rejections:
                self._connections.get(each.connection)
            for each in rejections:
                self._kept.setdefault((each.connection, each.mapping, each.nav_key, each.crm_id), each)

    def of_nav(self, connection: str, mapping: str, nav_key: str) -> Sequence[Rejection]:
        return self._matching(connection, mapping, nav_key, None)

    def of_crm(self, connection: str, mapping: str, crm_id: str) -> Sequence[Rejection]:
        return self._matching(connection, mapping, None, crm_id)

    def _matching(self, connection: str, mapping: str, nav_key: str | None, crm_id: str | None) -> list[Rejection]:
        require_storable((nav_key or "", crm_id or ""))
        with self._lock:
            return [
                each
                for key, each in sorted(self._kept.items())
                if key[:2] == (connection, mapping) and nav_key in (None, key[2]) and crm_id in (None, key[3])
            ]

    def forget(self, connection: str, mapping: str, nav_key: str | None, crm_id: str | None) -> int:
        if nav_key is None and crm_id is None:
            return 0
        with self._lock:
            going = self._matching(connection, mapping, nav_key, crm_id)
            for each in going:
                del self._kept[each.connection, each.mapping, each.nav_key, each.crm_id]
            return len(going)

    def forget_connection(self, connection: str) -> None:
        """Forget what belongs to a connection that was removed."""
        self._kept = {key: kept for key, kept in self._kept.items() if key[0] != connection}
