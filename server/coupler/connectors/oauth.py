"""Access tokens for a connection: client credentials by secret or certificate (protocols 2.2-2.7, 6.1)."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import httpx
import orjson
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import prepare_token_request  # type: ignore[import-untyped]
from authlib.oauth2.rfc7523.assertion import sign_jwt_bearer_assertion  # type: ignore[import-untyped]
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from joserfc.jwk import RSAKey

from coupler.connectors.answers import Answer, Call, Party, failure
from coupler.connectors.http import Http
from coupler.domain.connection import SignIn, SignInKind
from coupler.domain.errors import ConnectorError, CredentialsRefused, UnexpectedAnswer

_LEEWAY = 300.0
_UNTOLD_LIFE = 300.0
# For clocks that differ: valid some minutes back, at most ten minutes ahead (protocols T3).
_BACK_DATED = 240
_ASSERTION_LIFE = 300
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}

_REASONS: Mapping[str, str] = {
    "invalid_client": "the client id and its secret or certificate were refused, or the secret has expired",
    "unauthorized_client": "the application is not known there or may not use this flow",
    "invalid_grant": "the sign-in is no longer valid",
    "invalid_scope": "the scope names nothing it knows; it is the address of the system without path, then /.default",
    "invalid_resource": "the resource names nothing it knows",
    "invalid_target": "the resource names nothing it knows",
    "access_denied": "access was denied",
}
# Entra says more by number than by `error` (protocols 2.5).
_REASONS_BY_NUMBER: Mapping[int, str] = {
    7000215: "the client secret is wrong",
    7000222: "the client secret has expired",
    700027: "the certificate is not registered for the client id, or has expired",
}


class Now(Protocol):
    """The wall clock, for assertions only; lives are counted by a monotonic one."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when, on the monotonic clock, to get a new one. It is never parsed."""

    text: str = field(repr=False)
    renew_at: float


class TokenSource:
    """Keeps one access token; safe for any number of threads (protocols T1).

    Renews when 300 s remain, but never more than half of its life (T2), counted from receipt on a monotonic clock
    (T3). Raises CredentialsRefused, and what the token service's HTTP raises.
    """

    def __init__(self, http: Http, form: Callable[[], str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._form = form
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token: Token | None = None

    @property
    def address(self) -> str:
        """Where tokens are asked for."""
        return self._http.root.url

    def token(self) -> str:
        """A token with some life left."""
        known = self._token
        if known is not None and self._monotonic() < known.renew_at:
            return known.text
        with self._lock:
            if self._token is None or self._monotonic() >= self._token.renew_at:
                self._token = self._fetch()
            return self._token.text

    def renewed(self, refused: str) -> str:
        """Another token than the refused one; somebody else may have fetched it already (protocols T4)."""
        with self._lock:
            if self._token is None or self._token.text == refused or self._monotonic() >= self._token.renew_at:
                self._token = None
                self._token = self._fetch()
            return self._token.text

    def forget(self) -> None:
        """Let the next caller fetch a fresh one."""
        with self._lock:
            self._token = None

    def close(self) -> None:
        """End the connection to the token service."""
        self._http.retire()

    def _fetch(self) -> Token:
        call = Call("POST", self._http.root.url, FORM, self._form().encode(), is_safe=True)
        text, life = self._http.call(call, _read_token)
        received = self._monotonic()
        return Token(text, received + life - min(_LEEWAY, life / 2))


class BearerAuth(httpx.Auth):
    """Signs a request; after a 401 once more with a fresh token, never after a 403 (protocols T4, T5)."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """One or two requests."""
        token = self._source.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            request.headers["Authorization"] = f"Bearer {self._source.renewed(token)}"
            yield request


def client_credentials(sign_in: SignIn, secrets: Mapping[str, str], clock: Now) -> Callable[[], str]:
    """What makes the form body of a token request, anew each time; it raises CredentialsRefused for a bad certificate.

    Secrets go into the body only, never into an address or a Basic header, which Authlib does not encode (2.6, T7).
    """
    url, client_id = sign_in.token_url or "", sign_in.client_id or ""
    wanted: dict[str, Any] = {"scope": sign_in.scope, "resource": sign_in.resource}

    def grant() -> str:
        return cast(str, prepare_token_request("client_credentials", **wanted))

    if sign_in.kind is SignInKind.CLIENT_SECRET:
        auth = ClientAuth(client_id, secrets.get("client_secret", ""), "client_secret_post")
        return lambda: cast(str, auth.prepare("POST", url, {}, grant())[2])

    def with_assertion() -> str:
        certificate = Certificate.read(secrets.get("certificate", ""), secrets.get("private_key", ""))
        # Entra wants the client id beside the assertion, which Authlib's own client leaves out (protocols 2.6).
        fields = {"client_id": client_id, "client_assertion_type": ASSERTION_TYPE}
        signed = certificate.assertion(client_id, url, clock.now())
        return cast(str, prepare_token_request("client_credentials", **wanted, **fields, client_assertion=signed))

    return with_assertion


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its private key, ready to sign client assertions."""

    key: RSAKey = field(repr=False)
    thumbprint: str
    expires: datetime

    @classmethod
    def read(cls, certificate: str, private_key: str) -> Certificate:
        """From PEM texts; the first certificate counts. Raises CredentialsRefused, which repeats none of them."""
        try:
            parsed = x509.load_pem_x509_certificate(certificate.encode())
            secret = load_pem_private_key(private_key.encode(), password=None)
            form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            fits = parsed.public_key().public_bytes(*form) == secret.public_key().public_bytes(*form)
            key = RSAKey.import_key(private_key)
        except Exception as error:
            raise CredentialsRefused(
                "The certificate or its private key cannot be read: expected PEM, an RSA key, no password."
            ) from error
        if not fits:
            raise CredentialsRefused("The private key does not belong to the certificate.")
        digest = hashlib.sha256(parsed.public_bytes(Encoding.DER)).digest()
        return cls(key, base64.urlsafe_b64encode(digest).decode().rstrip("="), parsed.not_valid_after_utc)

    def assertion(self, client_id: str, token_url: str, now: datetime) -> str:
        """A signed client assertion with its own jti (protocols 2.2). Raises CredentialsRefused once expired."""
        if now >= self.expires:
            raise CredentialsRefused(f"The certificate expired on {self.expires:%Y-%m-%d}; upload a new one.")
        issued = int(now.astimezone(UTC).timestamp()) - _BACK_DATED
        return cast(
            str,
            sign_jwt_bearer_assertion(
                self.key,
                issuer=client_id,
                subject=client_id,
                audience=token_url,
                issued_at=issued,
                expires_at=issued + _BACK_DATED + _ASSERTION_LIFE,
                # Fresh dictionaries each time: Authlib writes the jti into the one it is given (protocols 2.6).
                claims={"nbf": issued},
                header={"x5t#S256": self.thumbprint},
                alg="PS256",
            ),
        )


def _read_token(answer: Answer) -> tuple[str, float]:
    """Any JSON object with a bearer `access_token`, whatever its Content-Type (protocols T8)."""
    try:
        parsed = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise UnexpectedAnswer("The token service answered something other than JSON; check the token URL.") from error
    text = parsed.get("access_token") if isinstance(parsed, dict) else None
    if not isinstance(text, str) or not text or not text.isascii():
        raise UnexpectedAnswer("The token service's answer has no access token.", field="access_token")
    if str(parsed.get("token_type", "")).lower() != "bearer":
        raise UnexpectedAnswer("The token service's answer is no bearer token.", field="token_type")
    return text, _life(parsed.get("expires_in"))


def _life(value: object) -> float:
    """Seconds, as a number or text; 300 when missing or nonsense (protocols T9)."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
    except ValueError:
        seconds = 0.0
    return seconds if 0 < seconds < 10**9 else _UNTOLD_LIFE


def token_failure(scope: str) -> Callable[[Party, Call, Answer], ConnectorError]:
    """The translation for a token service's refusals: by `error`, with its numbers and correlation id (protocols 2.5).

    The description is left out: it changes, and it may repeat what was sent.
    """

    def translate(party: Party, call: Call, answer: Answer) -> ConnectorError:
        said = _oauth_error(answer.body)
        oauth = said.get("error")
        if answer.status == 429 or answer.status >= 500 or oauth == "temporarily_unavailable":
            return failure(party, call, replace(answer, status=max(answer.status, 429), body=b""))
        if not isinstance(oauth, str):
            return UnexpectedAnswer(
                f"{party.name} answered with status {answer.status} and no OAuth error; check the token URL.",
                system=party.system,
                status=answer.status,
            )
        details = _traces(said)
        traced = "".join(f", {name.replace('_', ' ')} {value}" for name, value in details.items())
        about = f" for the scope {scope}" if oauth in ("invalid_scope", "invalid_resource", "invalid_target") else ""
        reason = _reason(oauth, said)
        message = party.redact(f"{party.name} says no{about}: {reason} ({oauth[:60]}{traced}).")
        return CredentialsRefused(message, system=party.system, status=answer.status, oauth_error=oauth[:60], **details)

    return translate


def _reason(oauth: str, said: Mapping[str, Any]) -> str:
    numbers = said.get("error_codes")
    for number in numbers if isinstance(numbers, list) else ():
        if isinstance(number, int) and number in _REASONS_BY_NUMBER:
            return _REASONS_BY_NUMBER[number]
    return _REASONS.get(oauth, "it refused the request")


def _oauth_error(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _traces(said: Mapping[str, Any]) -> dict[str, str]:
    numbers, correlation = said.get("error_codes"), said.get("correlation_id")
    codes = ", ".join(str(number) for number in numbers if isinstance(number, int)) if isinstance(numbers, list) else ""
    traces = {"error_codes": codes, "correlation_id": correlation[:60] if isinstance(correlation, str) else ""}
    return {name: value for name, value in traces.items() if value}
