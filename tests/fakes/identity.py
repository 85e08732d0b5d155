"""An identity provider in memory: authorization codes bound to what began them, and access tokens it issued."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from coupler.domain.errors import NotSignedIn, Unavailable
from coupler.engine.ports import Identity

ADDRESS = "https://login.example"


@dataclass
class FakeIdentityProvider:
    """Signs in the person given to `approve`, on the address a browser was sent to."""

    is_down: bool = False
    _codes: dict[str, tuple[Identity, dict[str, str]]] = field(default_factory=dict)
    _tokens: dict[str, Identity] = field(default_factory=dict)

    def authorization_url(self, *, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """The verifier stands here for its challenge."""
        query = {"state": state, "nonce": nonce, "challenge": verifier, "redirect_uri": redirect_uri}
        return f"{ADDRESS}/authorize?{urlencode(query)}"

    def approve(self, location: str, identity: Identity) -> str:
        """What the provider sends the browser back to: our callback with a code."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = secrets.token_urlsafe(8)
        self._codes[code] = (identity, asked)
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode({'code': code, 'state': asked['state']})}"

    def redeem(self, *, code: str, nonce: str, verifier: str, redirect_uri: str) -> Identity:
        """Once, with everything it was asked for with."""
        if self.is_down:
            raise Unavailable("The identity provider does not answer.", system="identity")
        identity, asked = self._codes.pop(code, (None, {}))
        given = {"nonce": nonce, "challenge": verifier, "redirect_uri": redirect_uri}
        if identity is None or any(asked[name] != value for name, value in given.items()):
            raise NotSignedIn("The identity provider refused the code.")
        return identity

    def issue(self, identity: Identity) -> str:
        """An access token for our audience."""
        token = f"eyJ.{secrets.token_urlsafe(16)}"
        self._tokens[token] = identity
        return token

    def verify(self, access_token: str) -> Identity:
        """Only those it issued."""
        if access_token not in self._tokens:
            raise NotSignedIn("The access token is not for Coupler, or is no longer valid.")
        return self._tokens[access_token]

    def end_session_url(self, return_to: str) -> str | None:
        """Where it signs people out."""
        return f"{ADDRESS}/logout?post_logout_redirect_uri={quote(return_to, safe='')}"
