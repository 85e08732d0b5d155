"""Connections that reads hold on to: taking one out of the pool and putting it back costs more than the read."""

from __future__ import annotations

import time
from collections import deque

from sqlalchemy import Engine, event
from sqlalchemy.pool import PoolProxiedConnection

from coupler.storage.engine import IDLE_SECONDS

_MOST = 8
_HELD = "coupler_held"


class HeldConnections:
    """A few connections of an engine's pool, kept out of it; the pool stays the one that makes and counts them.

    For reads outside transactions only: nothing is rolled back in between.
    """

    def __init__(self, engine: Engine, idle_seconds: float = IDLE_SECONDS) -> None:
        self._engine = engine
        self._idle_seconds = idle_seconds
        self._free: deque[tuple[PoolProxiedConnection, float]] = deque()
        event.listen(engine, "engine_disposed", self._let_go)

    def take(self) -> PoolProxiedConnection:
        """One that was used lately, else one from the pool. One that was idle for long may be dead: it is closed."""
        try:
            connection, used = self._free.pop()
        except IndexError:
            return self._engine.raw_connection()
        if time.monotonic() - used < self._idle_seconds:
            return connection
        connection.invalidate()
        return self.take()

    def give(self, connection: PoolProxiedConnection) -> None:
        """Keep it for the next read, or put it back where enough are kept: the pool is for writers too."""
        if len(self._free) < _MOST:
            self._free.append((connection, time.monotonic()))
        else:
            connection.close()

    def _let_go(self, _engine: Engine) -> None:
        while self._free:
            self._free.pop()[0].invalidate()


def held_connections(engine: Engine) -> HeldConnections:
    """Those of the engine, the same for all its readers."""
    held: HeldConnections | None = engine.get_execution_options().get(_HELD)
    if held is None:
        held = HeldConnections(engine)
        engine.update_execution_options(**{_HELD: held})
    return held
