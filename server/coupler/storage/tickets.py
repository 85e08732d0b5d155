"""Tickets of framed panes, by SHA-256 digest; each step is one guarded statement, so that it happens once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, select, update

from coupler.domain.access import Role
from coupler.engine.tickets import Person, Ticket
from coupler.storage.engine import reading, writing
from coupler.storage.tables import sign_in_tickets
from coupler.storage.upsert import upsert

EXPIRED_LIFE = timedelta(minutes=10)
_c = sign_in_tickets.c
_PERSON_COLUMNS = (_c.subject, _c.name, _c.role)
_COLUMNS = (_c.challenge, _c.host, _c.issued_at, _c.expires_at, _c.begun_at, *_PERSON_COLUMNS)


class TicketStore:
    """Implements engine.tickets.TicketStore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def issue(self, digest: bytes, ticket: Ticket) -> None:
        """Keep it; forget those that ran out a while ago."""
        row = {
            "digest": digest,
            "challenge": ticket.challenge,
            "host": ticket.host,
            "issued_at": ticket.issued_at,
            "expires_at": ticket.expires_at,
            "begun_at": ticket.begun_at,
            **_person_row(ticket.person),
        }
        with writing(self._engine) as connection:
            connection.execute(delete(sign_in_tickets).where(_c.expires_at < ticket.issued_at - EXPIRED_LIFE))
            upsert(connection, sign_in_tickets, row, ("digest",))

    def get(self, digest: bytes) -> Ticket | None:
        """The ticket if it exists, whatever its expiry."""
        with reading(self._engine) as connection:
            row = connection.execute(select(*_COLUMNS).where(_c.digest == digest)).first()
        return None if row is None else _ticket(row)

    def begin(self, digest: bytes, at: datetime) -> bool:
        """Note that a window began to sign in for it; False when one did before, it ran out or is unknown."""
        waiting = (_c.digest == digest, _c.begun_at.is_(None), _c.expires_at > at)
        with writing(self._engine) as connection:
            return connection.execute(update(sign_in_tickets).where(*waiting).values(begun_at=at)).rowcount == 1

    def approve(self, digest: bytes, person: Person, at: datetime) -> Ticket | None:
        """Note who signed in, on a ticket that was begun; None when it is gone, ran out or was approved before."""
        begun = (_c.digest == digest, _c.begun_at.is_not(None), _c.subject.is_(None), _c.expires_at > at)
        statement = update(sign_in_tickets).where(*begun).values(_person_row(person)).returning(*_COLUMNS)
        with writing(self._engine) as connection:
            row = connection.execute(statement).first()
        return None if row is None else _ticket(row)

    def redeem(self, digest: bytes, challenge: bytes, at: datetime) -> Person | None:
        """Return who signed in and burn it, in one statement; None unless approved, in time and of that challenge."""
        approved = (_c.digest == digest, _c.challenge == challenge, _c.subject.is_not(None), _c.expires_at > at)
        statement = delete(sign_in_tickets).where(*approved).returning(*_PERSON_COLUMNS)
        with writing(self._engine) as connection:
            row = connection.execute(statement).first()
        return None if row is None else _person(row)


def _person_row(person: Person | None) -> dict[str, str | None]:
    if person is None:
        return {"subject": None, "name": None, "role": None}
    role = None if person.role is None else person.role.name.lower()
    return {"subject": person.subject, "name": person.name, "role": role}


def _ticket(row: Any) -> Ticket:
    return Ticket(row.challenge, row.host, row.issued_at, row.expires_at, row.begun_at, _person(row))


def _person(row: Any) -> Person | None:
    if row.subject is None:
        return None
    return Person(row.subject, row.name, None if row.role is None else Role[row.role.upper()])
