"""API tokens by the hash of their text; the text itself is never seen here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, insert, select, update

from coupler.domain.access import Role
from coupler.domain.errors import NotFound
from coupler.engine.ports import ApiToken
from coupler.storage.engine import reading, writing
from coupler.storage.prepared import PreparedRead
from coupler.storage.tables import api_tokens

_c = api_tokens.c
_COLUMNS = (_c.id, _c.name, _c.role, _c.created_at, _c.created_by, _c.expires_at, _c.connections, _c.revoked_at)
_BY_DIGEST = select(*_COLUMNS).where(_c.digest == bindparam("digest"))


class TokenStore:
    """Implements engine.ports.TokenStore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._by_digest = PreparedRead(engine, _BY_DIGEST)

    def add(self, token: ApiToken, digest: bytes) -> None:
        """Keep it."""
        row = {
            "id": token.id,
            "digest": digest,
            "name": token.name,
            "role": token.role.name.lower(),
            "connections": None if token.connections is None else sorted(token.connections),
            "created_at": token.created_at,
            "created_by": token.created_by,
            "expires_at": token.expires_at,
            "revoked_at": token.revoked_at,
        }
        with writing(self._engine) as connection:
            connection.execute(insert(api_tokens).values(row))

    def by_digest(self, digest: bytes) -> ApiToken | None:
        """One indexed read; expired and revoked tokens are found as well."""
        rows = self._by_digest.rows(digest=digest)
        return _token(rows[0]) if rows else None

    def all(self) -> Sequence[ApiToken]:
        """All, newest first, revoked ones included."""
        statement = select(*_COLUMNS).order_by(_c.created_at.desc(), _c.id.desc())
        with reading(self._engine) as connection:
            return [_token(row) for row in connection.execute(statement)]

    def revoke(self, token: str, at: datetime) -> ApiToken:
        """Revoke it; one that was revoked before keeps its time. Raises NotFound."""
        with writing(self._engine) as connection:
            connection.execute(update(api_tokens).where(_c.id == token, _c.revoked_at.is_(None)).values(revoked_at=at))
            row = connection.execute(select(*_COLUMNS).where(_c.id == token)).first()
        if row is None:
            raise NotFound("There is no API token of that id.")
        return _token(row)


def _token(values: Sequence[Any]) -> ApiToken:
    id_, name, role, created_at, created_by, expires_at, connections, revoked_at = values
    return ApiToken(
        id=id_,
        name=name,
        role=Role[role.upper()],
        created_at=created_at,
        created_by=created_by,
        expires_at=expires_at,
        connections=None if connections is None else frozenset(connections),
        revoked_at=revoked_at,
    )
