"""Started sign-ins and sessions, by SHA-256 digest of what the browser holds.

What is out of date is swept whenever something new is kept, so no job is needed for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, bindparam, delete, select

from coupler.domain.access import Role
from coupler.engine.ports import Session, SignInAttempt
from coupler.storage.engine import writing
from coupler.storage.prepared import PreparedRead
from coupler.storage.tables import sessions, sign_in_attempts
from coupler.storage.upsert import upsert

ATTEMPT_LIFE = timedelta(minutes=10)
EXPIRED_SESSION_LIFE = timedelta(days=1)
_a = sign_in_attempts.c
_s = sessions.c
_ATTEMPT_COLUMNS = (_a.state, _a.nonce, _a.verifier, _a.return_to, _a.started_at, _a.ticket)
_SESSION_COLUMNS = (_s.subject, _s.name, _s.role, _s.started_at, _s.expires_at)
_SESSION = select(*_SESSION_COLUMNS).where(_s.digest == bindparam("digest"), _s.kind == bindparam("kind"))


class SessionStore:
    """Implements engine.ports.SessionStore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._get = PreparedRead(engine, _SESSION)

    def begin(self, digest: bytes, attempt: SignInAttempt) -> None:
        """Keep an attempt in place of an earlier one of the same browser; forget those that ran out."""
        row = {
            "digest": digest,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "verifier": attempt.verifier,
            "return_to": attempt.return_to,
            "started_at": attempt.started_at,
            "ticket": attempt.ticket,
        }
        outdated = _a.started_at < attempt.started_at - ATTEMPT_LIFE
        with writing(self._engine) as connection:
            connection.execute(delete(sign_in_attempts).where(outdated))
            upsert(connection, sign_in_attempts, row, ("digest",))

    def take_attempt(self, digest: bytes) -> SignInAttempt | None:
        """Return and burn it in one statement; its age is for the caller to judge."""
        statement = delete(sign_in_attempts).where(_a.digest == digest).returning(*_ATTEMPT_COLUMNS)
        with writing(self._engine) as connection:
            row = connection.execute(statement).first()
        return None if row is None else SignInAttempt(*row)

    def start(self, digest: bytes, session: Session, kind: str) -> None:
        """Keep a session; forget those that expired a day ago."""
        row = {
            "digest": digest,
            "kind": kind,
            "subject": session.subject,
            "name": session.name,
            "role": None if session.role is None else session.role.name.lower(),
            "started_at": session.started_at,
            "expires_at": session.expires_at,
        }
        outdated = _s.expires_at < session.started_at - EXPIRED_SESSION_LIFE
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(outdated))
            upsert(connection, sessions, row, ("digest",))

    def get(self, digest: bytes, kind: str) -> Session | None:
        """The session if it exists, whatever its expiry."""
        rows = self._get.rows(digest=digest, kind=kind)
        return _session(rows[0]) if rows else None

    def end(self, digest: bytes) -> None:
        """Forget it."""
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(_s.digest == digest))


def _session(values: Sequence[Any]) -> Session:
    subject, name, role, started_at, expires_at = values
    return Session(subject, name, None if role is None else Role[role.upper()], started_at, expires_at)
