"""API tokens, sign-ins, sessions and idempotent answers in dictionaries."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.fakes.storable import require_storable

from coupler.domain.errors import NotFound
from coupler.engine.ports import ApiToken, IdempotentAnswer, Session, SignInAttempt


class MemoryTokens:
    """Implements engine.ports.TokenStore."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._tokens: dict[bytes, ApiToken] = {}

    def add(self, token: ApiToken, digest: bytes) -> None:
        require_storable(token)
        with self._lock:
            assert digest not in self._tokens, "a digest belongs to one token"
            self._tokens[digest] = token

    def by_digest(self, digest: bytes) -> ApiToken | None:
        return self._tokens.get(digest)

    def all(self) -> Sequence[ApiToken]:
        with self._lock:
            return sorted(self._tokens.values(), key=lambda token: (token.created_at, token.id), reverse=True)

    def revoke(self, token: str, at: datetime) -> ApiToken:
        with self._lock:
            for digest, found in self._tokens.items():
                if found.id == token:
                    self._tokens[digest] = replace(found, revoked_at=found.revoked_at or at)
                    return self._tokens[digest]
        raise NotFound("There is no API token of that id.")


class MemorySessions:
    """Implements engine.ports.SessionStore."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._attempts: dict[bytes, SignInAttempt] = {}
        self._sessions: dict[bytes, tuple[str, Session]] = {}

    def begin(self, digest: bytes, attempt: SignInAttempt) -> None:
        require_storable(attempt)
        oldest = attempt.started_at - timedelta(minutes=10)
        with self._lock:
            kept = {key: old for key, old in self._attempts.items() if old.started_at >= oldest}
            self._attempts = {**kept, digest: attempt}

    def take_attempt(self, digest: bytes) -> SignInAttempt | None:
        with self._lock:
            return self._attempts.pop(digest, None)

    def start(self, digest: bytes, session: Session, kind: str) -> None:
        require_storable(session)
        oldest = session.started_at - timedelta(days=1)
        with self._lock:
            kept = {key: old for key, old in self._sessions.items() if old[1].expires_at >= oldest}
            self._sessions = {**kept, digest: (kind, session)}

    def get(self, digest: bytes, kind: str) -> Session | None:
        found, session = self._sessions.get(digest, ("", None))
        return session if found == kind else None

    def end(self, digest: bytes) -> None:
        with self._lock:
            self._sessions.pop(digest, None)


class MemoryIdempotency:
    """Implements engine.ports.IdempotencyStore."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._answers: dict[tuple[str, str], tuple[datetime, IdempotentAnswer]] = {}

    def begin(self, actor: str, key: str, request_hash: bytes, at: datetime) -> IdempotentAnswer | None:
        with self._lock:
            claimed_at, answer = self._answers.get((actor, key), (None, None))
            if answer is not None and claimed_at is not None:
                life = timedelta(minutes=10) if answer.status is None else timedelta(hours=24)
                if at - claimed_at <= life:
                    return answer
            self._answers[actor, key] = (at, IdempotentAnswer(request_hash, None))
            return None

    def finish(self, actor: str, key: str, answer: IdempotentAnswer) -> None:
        with self._lock:
            if (actor, key) in self._answers:
                self._answers[actor, key] = (self._answers[actor, key][0], answer)

    def abandon(self, actor: str, key: str) -> None:
        with self._lock:
            if (actor, key) in self._answers and self._answers[actor, key][1].status is None:
                del self._answers[actor, key]
