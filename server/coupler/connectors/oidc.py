"""People sign in by any OpenID Connect provider: discovery, code flow with PKCE, tokens verified (trust 3.2, 3.3)."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

import httpx
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from joserfc import jws, jwt
from joserfc.errors import JoseError

from coupler.connectors import oidc_claims
from coupler.connectors.answers import Answer, Call, Party, failure
from coupler.connectors.http import Http
from coupler.connectors.oauth import FORM, token_failure
from coupler.connectors.odata import read_json
from coupler.connectors.oidc_keys import SigningKeys
from coupler.connectors.origins import Root
from coupler.connectors.redaction import Redactor
from coupler.connectors.transport import Limits
from coupler.domain.errors import ConnectorError, NotSignedIn, RateLimited, Unavailable, UnexpectedAnswer
from coupler.engine.ports import Clock, Identity

T = TypeVar("T")

_SCOPE = "openid profile email"
# Signatures only by a provider's private key: never HS*, where our client secret would do, never none.
_ALGORITHMS = ("RS256", "PS256", "ES256")
_LONGEST_TOKEN = 16 * 1024
_KEPT = 24 * 3600.0
_LIMITS = Limits(read=15.0, whole=20.0, patience=5.0, attempts=3, bytes=1024 * 1024)


class OpenIdProvider:
    """Implements the engine's IdentityProvider. Asks the network for metadata and keys once a day, and to redeem.

    `audience` is what access tokens for Coupler's API carry; the client id is accepted as well. Neither e-mail nor
    user name identify anybody.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        audience: str,
        roles_claim: str,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._secret = client_secret
        self._audiences = [text for text in dict.fromkeys((audience, client_id)) if text]
        self._roles_claim = roles_claim
        self._clock = clock
        self._monotonic = monotonic
        self._transport = transport
        self._party = Party("identity", "The identity provider", Redactor.of([client_secret]))
        self._lock = threading.Lock()
        self._http: dict[str, Http] = {}
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys = SigningKeys(self._fetch_keys, monotonic)

    def authorization_url(self, *, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """Where to send the browser: code flow with PKCE S256; the verifier itself stays here (protocols T11)."""
        return cast(
            str,
            prepare_grant_uri(
                self._endpoint("authorization_endpoint"),
                client_id=self._client_id,
                response_type="code",
                redirect_uri=redirect_uri,
                scope=_SCOPE,
                state=state,
                nonce=nonce,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            ),
        )

    def redeem(self, *, code: str, nonce: str, verifier: str, redirect_uri: str) -> Identity:
        """Exchange the code and verify the ID token; raises NotSignedIn or Unavailable. A code is sent once."""
        url = self._endpoint("token_endpoint")
        body = prepare_token_request(
            "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=verifier, scope=_SCOPE
        )
        headers, body = self._authenticated(url, body)
        try:
            token = self._at(url).call(Call("POST", url, headers, body.encode()), _id_token)
        except (Unavailable, RateLimited) as error:
            raise Unavailable(error.message, system="identity", status=error.status) from error
        except ConnectorError as error:
            raise NotSignedIn(f"The sign-in did not succeed: {error.message}") from error
        claims = self._verified(token).claims
        now = int(self._clock.now().timestamp())
        oidc_claims.check_id_token(claims, issuer=self._issuer, client_id=self._client_id, nonce=nonce, now=now)
        return oidc_claims.identity_of(claims, self._roles_claim)

    def _authenticated(self, url: str, body: str) -> tuple[Mapping[str, str], str]:
        """The secret in the form; in a header only where the provider wants it so, encoded as RFC 6749 says."""
        known = self._discovered().get("token_endpoint_auth_methods_supported")
        methods = known if isinstance(known, list) else ["client_secret_post"]
        if not self._secret or "client_secret_post" in methods or "client_secret_basic" not in methods:
            auth = ClientAuth(self._client_id, self._secret, "client_secret_post" if self._secret else "none")
            return FORM, cast(str, auth.prepare("POST", url, {}, body)[2])
        pair = f"{quote(self._client_id, safe='')}:{quote(self._secret, safe='')}"
        return {**FORM, "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, body

    def verify(self, access_token: str) -> Identity:
        """Verify an access token for our audience; raises NotSignedIn, or Unavailable while no key could be had."""
        token = self._verified(access_token)
        oidc_claims.check_access_token(
            token.claims,
            token.header.get("typ"),
            issuers=self._issuers(),
            audiences=self._audiences,
            now=int(self._clock.now().timestamp()),
        )
        return oidc_claims.identity_of(token.claims, self._roles_claim)

    def _issuers(self) -> list[str]:
        """AD FS signs access tokens under a second name, which its metadata tells."""
        other = self._discovered().get("access_token_issuer")
        return [self._issuer, other] if isinstance(other, str) and other else [self._issuer]

    def end_session_url(self, return_to: str) -> str | None:
        """Where the provider signs the person out; None when it does not tell or cannot be asked."""
        try:
            url = self._discovered().get("end_session_endpoint")
        except ConnectorError:
            return None
        if not isinstance(url, str) or not _is_plain(url, self._issuer):
            return None
        asked = urlencode({"post_logout_redirect_uri": return_to, "client_id": self._client_id})
        return f"{url}{'&' if '?' in url else '?'}{asked}"

    def close(self) -> None:
        """End the connections to the provider."""
        with self._lock:
            known, self._http = list(self._http.values()), {}
        for http in known:
            http.retire()

    def _verified(self, text: str) -> jwt.Token:
        """Signature, algorithm and key; headers that bring their own key are never honoured."""
        if len(text) > _LONGEST_TOKEN or not text.isascii():
            raise NotSignedIn("This is not a token Coupler can read.")
        registry = jws.JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
        try:
            header = jws.extract_compact(text.encode()).headers()
            registry.check_header(header)
            kid = header.get("kid")
            key = self._keys.find(kid if isinstance(kid, str) else None)
            return jwt.decode(text, key, algorithms=list(_ALGORITHMS), registry=registry)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotSignedIn("The token's signature does not hold.") from error

    def _discovered(self) -> Mapping[str, Any]:
        """The provider's metadata, at most a day old; an older one serves while the provider is away."""
        known = self._metadata
        if known is not None and self._monotonic() - known[0] < _KEPT:
            return known[1]
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            found = self._get(url)
        except ConnectorError:
            if known is None:
                raise
            return known[1]
        if found.get("issuer") != self._issuer:
            raise UnexpectedAnswer(
                f"The identity provider calls itself {str(found.get('issuer'))[:100]}, not {self._issuer}. "
                "Set COUPLER_OIDC_ISSUER to exactly that text, if it is the right one.",
                system="identity",
            )
        self._metadata = self._monotonic(), found
        return found

    def _endpoint(self, name: str) -> str:
        url = self._discovered().get(name)
        if not isinstance(url, str) or not _is_plain(url, self._issuer):
            raise UnexpectedAnswer(f"The identity provider's metadata has no usable {name}.", system="identity")
        return url

    def _fetch_keys(self) -> Sequence[Mapping[str, Any]]:
        keys = self._get(self._endpoint("jwks_uri")).get("keys")
        if not isinstance(keys, list):
            raise UnexpectedAnswer("The identity provider's key set has no keys.", system="identity", field="keys")
        return [key for key in keys if isinstance(key, dict)]

    def _get(self, url: str) -> Mapping[str, Any]:
        return self._at(url).call(Call("GET", url), _object)

    def _at(self, url: str) -> Http:
        """One client per origin: metadata may name several."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if origin not in self._http:
                self._http[origin] = Http(
                    self._party,
                    Root(origin),
                    translate=_translate,
                    limits=_LIMITS,
                    transport=self._transport,
                )
            return self._http[origin]


def _translate(party: Party, call: Call, answer: Answer) -> ConnectorError:
    """Only the token endpoint speaks of refusals in OAuth's words."""
    return token_failure("")(party, call, answer) if call.method == "POST" else failure(party, call, answer)


def _is_plain(url: str, issuer: str) -> bool:
    """An http(s) address, never weaker than the issuer's own."""
    scheme = urlsplit(url).scheme
    return scheme == "https" or (scheme == "http" and urlsplit(issuer).scheme == "http")


def _object(answer: Answer) -> Mapping[str, Any]:
    parsed = read_json(answer.body)
    if not isinstance(parsed, dict):
        raise UnexpectedAnswer("The identity provider answered something else than an object.")
    return parsed


def _id_token(answer: Answer) -> str:
    token = _object(answer).get("id_token")
    if not isinstance(token, str) or not token:
        raise UnexpectedAnswer("The identity provider's answer has no ID token.", field="id_token")
    return token
