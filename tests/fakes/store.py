"""The store in dictionaries, for tests of use cases. It keeps the contract in tests/contracts, races included."""

from __future__ import annotations

import threading

from tests.fakes.memory_access import MemoryIdempotency, MemorySessions, MemoryTokens
from tests.fakes.memory_connections import MemoryConnections, MemoryLengths
from tests.fakes.memory_couplings import MemoryCouplings, MemoryLinks
from tests.fakes.memory_history import MemoryHistory
from tests.fakes.memory_rejections import MemoryRejections
from tests.fakes.memory_tickets import MemoryTickets

from coupler.engine.ports import Clock


class MemoryStore:
    """All stores, consistent among each other under one lock. Secrets are kept in clear."""

    def __init__(self, clock: Clock) -> None:
        lock = threading.RLock()
        self.history = MemoryHistory(lock)
        self.connections = MemoryConnections(lock, clock)
        self.couplings = MemoryCouplings(lock, self.connections, self.history)
        self.links = MemoryLinks(self.couplings, self.connections)
        self.rejections = MemoryRejections(lock, self.connections)
        self.lengths = MemoryLengths(lock, self.connections, clock)
        self.tokens = MemoryTokens(lock)
        self.sessions = MemorySessions(lock)
        self.tickets = MemoryTickets(lock)
        self.idempotency = MemoryIdempotency(lock)
        self.connections.dependents = (self.lengths.forget, self.rejections.forget_connection)
        self.connections.end_couplings = self.couplings.end_all
