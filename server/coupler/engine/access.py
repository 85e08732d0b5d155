"""Letting people and programs in: API tokens, browser sessions, pane bearers and access tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from coupler.domain.access import Actor, Role, require_role
from coupler.domain.errors import Forbidden, InvalidInput, NotSignedIn
from coupler.engine.ports import (
    ApiToken,
    Clock,
    ConnectionStore,
    Identity,
    IdentityProvider,
    Ids,
    Session,
    SessionStore,
    SignInAttempt,
    TokenStore,
)

API_TOKEN_PREFIX = "cplr_"  # noqa: S105 - a prefix that names the kind of a token
PANE_BEARER_PREFIX = "cplp_"
_ATTEMPT_LIFE = timedelta(minutes=10)
_SESSION_LIFE = timedelta(hours=10)
_PANE_LIFE = timedelta(minutes=15)
_LONGEST_TOKEN = 16 * 1024


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The end of a sign-in: who, the session for the browser's cookie, and what it was begun for."""

    actor: Actor
    session: str
    return_to: str
    ticket: bytes | None


@dataclass(frozen=True, slots=True)
class PaneKeys:
    """What a framed pane gets: a bearer for its memory with the seconds it lives, and the value of a cookie that
    gets it the next one."""

    bearer: str
    seconds: int
    refresh: str


class Access:
    """Authentication. Opaque values are 256 random bits; only their SHA-256 is ever stored."""

    def __init__(
        self,
        tokens: TokenStore,
        sessions: SessionStore,
        connections: ConnectionStore,
        provider: IdentityProvider | None,
        redirect_uri: str,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._connections = connections
        self._provider = provider
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._ids = ids

    def is_configured(self) -> bool:
        """Whether people can sign in by an OpenID Connect provider."""
        return self._provider is not None

    def bearer(self, text: str) -> Actor:
        """Who a bearer token stands for; raises NotSignedIn for anything unknown, expired or revoked."""
        if text.startswith(API_TOKEN_PREFIX):
            return self._by_api_token(text)
        if text.startswith(PANE_BEARER_PREFIX):
            return self._by_session(text, "pane")
        if self._provider is None or len(text) > _LONGEST_TOKEN:
            raise NotSignedIn("This is not a token Coupler knows.")
        return _actor(self._provider.verify(text))

    def _by_api_token(self, text: str) -> Actor:
        token = self._tokens.by_digest(digest(text))
        if token is None or token.revoked_at is not None:
            raise NotSignedIn("This API token is unknown or was revoked.")
        if token.expires_at is not None and token.expires_at <= self._clock.now():
            raise NotSignedIn("This API token has expired.")
        return Actor(f"token:{token.id}", token.name, token.role, token.connections)

    def _by_session(self, text: str, kind: str) -> Actor:
        session = self._sessions.get(digest(text), kind)
        if session is None or session.expires_at <= self._clock.now():
            raise NotSignedIn("The sign-in has ended.")
        return Actor(session.subject, session.name, session.role)

    def session(self, cookie: str | None) -> Actor | None:
        """Who the browser's session cookie stands for, or None."""
        try:
            return self._by_session(cookie, "browser") if cookie else None
        except NotSignedIn:
            return None

    def begin_sign_in(self, return_to: str, browser: str | None = None, ticket: bytes | None = None) -> tuple[str, str]:
        """Start a sign-in: a value for the browser's cookie, and where to send it.

        A browser that has begun another one, in a second tab, keeps its value: both can end (protocols T11).
        `ticket` is the digest of the one it will approve, when a framed pane waits for it.
        """
        if self._provider is None:
            raise InvalidInput("Sign-in is not set up: COUPLER_OIDC_ISSUER and COUPLER_OIDC_CLIENT_ID are not set.")
        fresh, state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        browser = browser or fresh
        attempt = SignInAttempt(state, nonce, verifier, return_to, self._clock.now(), ticket)
        self._sessions.begin(digest(f"{browser} {state}"), attempt)
        url = self._provider.authorization_url(
            state=state, nonce=nonce, verifier=verifier, redirect_uri=self._redirect_uri
        )
        return browser, url

    def finish_sign_in(self, browser: str | None, state: str, code: str) -> SignedIn:
        """End a sign-in, and start the browser's session.

        An attempt is used once, by the browser that began it, within ten minutes (protocols T11).
        """
        attempt = self._sessions.take_attempt(digest(f"{browser} {state}")) if browser else None
        if attempt is None or not secrets.compare_digest(attempt.state.encode(), state.encode()):
            raise NotSignedIn("This sign-in was not begun in this browser, or was used already. Start again.")
        if attempt.started_at + _ATTEMPT_LIFE <= self._clock.now():
            raise NotSignedIn("This sign-in took longer than ten minutes. Start again.")
        if self._provider is None:
            raise NotSignedIn("Sign-in is not set up.")
        identity = self._provider.redeem(
            code=code, nonce=attempt.nonce, verifier=attempt.verifier, redirect_uri=self._redirect_uri
        )
        actor = _actor(identity)
        return SignedIn(actor, self._start(actor, "browser", _SESSION_LIFE), attempt.return_to, attempt.ticket)

    def _start(self, actor: Actor, kind: str, life: timedelta) -> str:
        now = self._clock.now()
        text = (PANE_BEARER_PREFIX if kind == "pane" else "") + secrets.token_urlsafe(32)
        self._sessions.start(digest(text), Session(actor.id, actor.name, actor.role, now, now + life), kind)
        return text

    def pane_bearer(self, cookie: str | None) -> tuple[str, int]:
        """A short bearer for the pane's memory, from a browser session; seconds it lives. Raises NotSignedIn."""
        actor = self.session(cookie)
        if actor is None:
            raise NotSignedIn("Nobody is signed in in this browser.")
        return self._start(actor, "pane", _PANE_LIFE), int(_PANE_LIFE.total_seconds())

    def pane_keys(self, actor: Actor) -> PaneKeys:
        """For a framed pane whose person signed in by a pop-up."""
        bearer = self._start(actor, "pane", _PANE_LIFE)
        return PaneKeys(bearer, int(_PANE_LIFE.total_seconds()), self._start(actor, "frame", _SESSION_LIFE))

    def refreshed_bearer(self, cookie: str | None) -> tuple[str, int]:
        """The next short bearer for a framed pane, by the value it got with the first. Raises NotSignedIn."""
        if not cookie:
            raise NotSignedIn("Nobody is signed in in this frame.")
        return self._start(self._by_session(cookie, "frame"), "pane", _PANE_LIFE), int(_PANE_LIFE.total_seconds())

    def sign_out(self, cookies: Sequence[str | None], return_to: str) -> str | None:
        """End the browser's sessions, of its tabs and of this frame; where the provider signs out, if it tells."""
        for cookie in filter(None, cookies):
            self._sessions.end(digest(cookie))
        return self._provider.end_session_url(return_to) if self._provider else None

    def create_token(
        self, name: str, role: Role, connections: frozenset[str] | None, life: timedelta | None, actor: Actor
    ) -> tuple[str, ApiToken]:
        """A new API token; its text is shown once and cannot be read again."""
        require_role(actor, Role.ADMIN)
        if actor.connections is not None and (connections is None or not connections <= actor.connections):
            raise Forbidden("A token cannot reach more connections than whoever makes it.")
        if not name.strip():
            raise InvalidInput("A token needs a name, to know later whose it is.", errors={"name": ["Empty."]})
        for connection in connections or ():
            self._connections.get(connection)
        now = self._clock.now()
        text = API_TOKEN_PREFIX + secrets.token_urlsafe(32)
        expires = now + life if life is not None else None
        token = ApiToken(self._ids.new(), name.strip(), role, now, actor.name, expires, connections)
        self._tokens.add(token, digest(text))
        return text, token

    def tokens(self, actor: Actor) -> Sequence[ApiToken]:
        """All API tokens, without their text."""
        require_role(actor, Role.ADMIN)
        return self._tokens.all()

    def revoke_token(self, token: str, actor: Actor) -> ApiToken:
        """Revoke at once."""
        require_role(actor, Role.ADMIN)
        return self._tokens.revoke(token, self._clock.now())


def digest(text: str) -> bytes:
    """What is stored instead of an opaque value."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _actor(identity: Identity) -> Actor:
    roles = [role for role in Role if role.claim in identity.roles]
    return Actor(identity.subject, identity.name, max(roles) if roles else None)
