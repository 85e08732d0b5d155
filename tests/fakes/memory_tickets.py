"""Tickets of framed panes in a dictionary."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

from tests.fakes.storable import require_storable

from coupler.engine.tickets import Person, Ticket


class MemoryTickets:
    """Implements engine.tickets.TicketStore."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._tickets: dict[bytes, Ticket] = {}

    def issue(self, digest: bytes, ticket: Ticket) -> None:
        require_storable(ticket)
        oldest = ticket.issued_at - timedelta(minutes=10)
        with self._lock:
            kept = {key: old for key, old in self._tickets.items() if old.expires_at >= oldest}
            self._tickets = {**kept, digest: ticket}

    def get(self, digest: bytes) -> Ticket | None:
        return self._tickets.get(digest)

    def begin(self, digest: bytes, at: datetime) -> bool:
        with self._lock:
            ticket = self._tickets.get(digest)
            if ticket is None or ticket.begun_at is not None or ticket.expires_at <= at:
                return False
            self._tickets[digest] = replace(ticket, begun_at=at)
            return True

    def approve(self, digest: bytes, person: Person, at: datetime) -> Ticket | None:
        require_storable(person)
        with self._lock:
            ticket = self._tickets.get(digest)
            if ticket is None or ticket.begun_at is None or ticket.person is not None or ticket.expires_at <= at:
                return None
            self._tickets[digest] = replace(ticket, person=person)
            return self._tickets[digest]

    def redeem(self, digest: bytes, challenge: bytes, at: datetime) -> Person | None:
        with self._lock:
            ticket = self._tickets.get(digest)
            if ticket is None or ticket.person is None or ticket.challenge != challenge or ticket.expires_at <= at:
                return None
            return self._tickets.pop(digest).person
