"""What the identity provider remembers while it runs: codes, refresh tokens, sessions, certificates, live tokens."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from joserfc.jwk import RSAKey

from coupler.sandbox.identity.keys import first_key, new_key
from coupler.sandbox.identity.registry import Application, ResourceName, SignInUser


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person or an application was granted: for which resource, which scopes, to whom."""

    app: Application
    resource: ResourceName
    scopes: tuple[str, ...]
    openid: frozenset[str] = frozenset()
    user: SignInUser | None = None
    nonce: str | None = None
    auth_time: int = 0


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A code on its way through the browser, tied to redirect address and PKCE challenge."""

    grant: Grant
    redirect_uri: str
    challenge: str | None
    expires: float


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A stored refresh token."""

    grant: Grant
    expires: float


@dataclass(slots=True)
class IdentityState:
    """Mutable memory of one identity provider; take `lock` for every compound change."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    signing_keys: list[RSAKey] = field(default_factory=lambda: [first_key()])
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    redeemed: set[str] = field(default_factory=set)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    sessions: dict[str, SignInUser] = field(default_factory=dict)
    certificates: dict[str, list[x509.Certificate]] = field(default_factory=dict)
    assertion_ids: dict[str, float] = field(default_factory=dict)
    live_tokens: set[str] = field(default_factory=set)
    verified: dict[str, dict[str, Any]] = field(default_factory=dict)

    def revoke_all(self) -> None:
        """Every access and refresh token issued so far stops working; sessions and certificates stay."""
        with self.lock:
            self.live_tokens.clear()
            self.refresh_tokens.clear()

    def rotate_signing_key(self, *, withdraw: bool = False) -> None:
        """Sign with a new key from now on; the old ones stay published unless withdrawn."""
        with self.lock:
            self.signing_keys = [*([] if withdraw else self.signing_keys), new_key()]
            self.verified.clear()

    def open_session(self, user: SignInUser) -> str:
        """Remember that a browser signed in; answers the cookie's value."""
        session = secrets.token_urlsafe(24)
        with self.lock:
            self.sessions[session] = user
        return session
