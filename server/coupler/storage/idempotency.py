"""Answers to repeatable requests, kept for 24 hours per actor and key (contract 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, or_, select, update

from coupler.engine.ports import IdempotentAnswer
from coupler.storage.engine import writing
from coupler.storage.tables import idempotency_keys
from coupler.storage.upsert import upsert

ANSWER_LIFE = timedelta(hours=24)
CLAIM_LIFE = timedelta(minutes=10)
_c = idempotency_keys.c
_ANSWER = select(_c.request_hash, _c.status, _c.body, _c.headers)


class IdempotencyStore:
    """Implements engine.ports.IdempotencyStore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, actor: str, key: str, request_hash: bytes, at: datetime) -> IdempotentAnswer | None:
        """Claim the key: None when it is ours now, else what is stored (status None: still in progress).

        A claim without an answer after ten minutes is of a process that died; it can be taken over.
        """
        row = {"actor": actor, "key": key, "claimed_at": at, **_values(IdempotentAnswer(request_hash, None))}
        outdated = or_(
            _c.claimed_at < at - ANSWER_LIFE,
            and_(_c.status.is_(None), _c.claimed_at < at - CLAIM_LIFE),
        )
        while True:
            with writing(self._engine) as connection:
                connection.execute(delete(idempotency_keys).where(_c.claimed_at < at - ANSWER_LIFE))
                if upsert(connection, idempotency_keys, row, ("actor", "key"), only_if=outdated):
                    return None
                stored = _stored(connection, actor, key)
            if stored is not None:  # None: given back between the two statements, so try again
                return stored

    def finish(self, actor: str, key: str, answer: IdempotentAnswer) -> None:
        """Store the answer."""
        with writing(self._engine) as connection:
            connection.execute(update(idempotency_keys).where(*_is(actor, key)).values(_values(answer)))

    def abandon(self, actor: str, key: str) -> None:
        """Give the key back after a failure that should be repeatable; an answer that was stored stays."""
        with writing(self._engine) as connection:
            connection.execute(delete(idempotency_keys).where(*_is(actor, key), _c.status.is_(None)))


def _is(actor: str, key: str) -> tuple[Any, ...]:
    return (_c.actor == actor, _c.key == key)


def _values(answer: IdempotentAnswer) -> dict[str, Any]:
    return {
        "request_hash": answer.request_hash,
        "status": answer.status,
        "body": answer.body,
        "headers": answer.headers,
    }


def _stored(connection: Connection, actor: str, key: str) -> IdempotentAnswer | None:
    row = connection.execute(_ANSWER.where(*_is(actor, key))).first()
    return None if row is None else IdempotentAnswer(row.request_hash, row.status, row.body, row.headers)
