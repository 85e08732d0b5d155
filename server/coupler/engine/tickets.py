"""What a framed pane waits for, and what keeps it: a port beside those of ports.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from coupler.domain.access import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in at the provider, and the role that was given there."""

    subject: str
    name: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A sign-in that a framed pane waits for; the person who signed in, once there is one (surfaces 6.3).

    `challenge` is the SHA-256 of what only that pane knows; `host` the product it stands in, as it says.
    """

    challenge: bytes
    host: str
    issued_at: datetime
    expires_at: datetime
    begun_at: datetime | None = None
    person: Person | None = None


class TicketStore(Protocol):
    """Tickets, by SHA-256 digest of what the pane holds. Each step happens at most once."""

    def issue(self, digest: bytes, ticket: Ticket) -> None:
        """Keep it."""
        ...

    def get(self, digest: bytes) -> Ticket | None:
        """The ticket if it exists, whatever its expiry."""
        ...

    def begin(self, digest: bytes, at: datetime) -> bool:
        """Note that a window began to sign in for it; False when one did before, it ran out or is unknown."""
        ...

    def approve(self, digest: bytes, person: Person, at: datetime) -> Ticket | None:
        """Note who signed in, on a ticket that was begun; None when it is gone, ran out or was approved before."""
        ...

    def redeem(self, digest: bytes, challenge: bytes, at: datetime) -> Person | None:
        """Return who signed in and burn it, in one statement; None unless approved, in time and of that challenge."""
        ...
