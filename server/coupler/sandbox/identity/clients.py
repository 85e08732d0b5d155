"""Who calls the token endpoint: client secret in form or Basic header, or a signed assertion (protocols 2.2)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from coupler.sandbox.identity.errors import TokenError, missing_parameter
from coupler.sandbox.identity.registry import APPLICATIONS, TENANT, TENANT_DOMAIN, Application

if TYPE_CHECKING:
    from coupler.sandbox.world import World

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ["PS256", "RS256"]
_SKEW = 300


@dataclass(frozen=True, slots=True)
class Client:
    """An authenticated application and how it proved itself."""

    app: Application
    by_certificate: bool = False


def authenticate(world: World, form: Mapping[str, str], authorization: str | None) -> Client:
    """The application behind a token request, or `TokenError`. Public clients are not registered here."""
    basic = _basic(authorization)
    client_id = basic[0] if basic else form.get("client_id", "")
    if not client_id:
        raise missing_parameter("client_id")
    app = APPLICATIONS.get(client_id.lower())
    if app is None:
        raise unknown_application(client_id)
    if "client_assertion" in form:
        _check_assertion(world, app, form)
        return Client(app, by_certificate=True)
    secret = basic[1] if basic else form.get("client_secret")
    _check_secret(world, app, secret)
    return Client(app)


def register_certificate(world: World, client_id: str, pem: str) -> str:
    """Let an application prove itself with this certificate; answers the SHA-256 thumbprint in hex."""
    app = APPLICATIONS.get(client_id.lower())
    if app is None:
        raise unknown_application(client_id)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    with world.identity.lock:
        world.identity.certificates.setdefault(app.client_id, []).append(certificate)
    return certificate.fingerprint(hashes.SHA256()).hex()


def unknown_application(client_id: str) -> TokenError:
    """No such application in the tenant."""
    return TokenError(
        "unauthorized_client",
        700016,
        f"Application with identifier '{client_id}' was not found in the directory '{TENANT_DOMAIN}'.",
    )


def _check_secret(world: World, app: Application, secret: str | None) -> None:
    if not secret:
        raise TokenError(
            "invalid_client",
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            401,
        )
    if not hmac.compare_digest(secret.encode(), app.secret.encode()):
        raise TokenError(
            "invalid_client",
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client "
            f"secret value, not the client secret ID, for a secret added to app '{app.client_id}'.",
            401,
        )
    if app.secret_expired or world.switches.client_secret_expired:
        raise TokenError(
            "invalid_client",
            7000222,
            f"The provided client secret keys for app '{app.client_id}' are expired.",
            401,
        )


def _basic(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise TokenError("invalid_request", 900144, "The Authorization header cannot be read.") from error
    return unquote_plus(name), unquote_plus(secret)


def _check_assertion(world: World, app: Application, form: Mapping[str, str]) -> None:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise missing_parameter("client_assertion_type")
    token = form["client_assertion"]
    certificate = _certificate_of(world, app, token)
    key = RSAKey.import_key(certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    try:
        claims = jwt.decode(token, key, algorithms=_ALGORITHMS).claims
    except (JoseError, ValueError) as error:
        raise _bad_assertion("The signature of the client assertion is not valid.") from error
    _check_claims(world, app, claims)


def _certificate_of(world: World, app: Application, token: str) -> x509.Certificate:
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError) as error:
        raise _bad_assertion("The client assertion is not a signed JWT.") from error
    if header.get("alg") not in _ALGORITHMS:
        raise _bad_assertion(f"The algorithm '{header.get('alg')}' is not allowed for a client assertion.")
    # MSAL leaves the padding on, against the standard; the vendor takes both.
    wanted = tuple(str(header.get(name) or "").rstrip("=") for name in ("x5t#S256", "x5t"))
    for certificate in world.identity.certificates.get(app.client_id, []):
        sha256 = _thumbprint(certificate, hashes.SHA256())
        sha1 = _thumbprint(certificate, hashes.SHA1())  # noqa: S303 - the older header form is SHA-1
        if wanted[0] == sha256 or (not wanted[0] and wanted[1] == sha1):
            if certificate.not_valid_after_utc <= world.clock.now():
                raise _bad_assertion("The certificate has expired.")
            return certificate
    raise _bad_assertion("The certificate's thumbprint is not registered for the application.")


def _check_claims(world: World, app: Application, claims: Mapping[str, Any]) -> None:
    now = world.clock.now().timestamp()
    if claims.get("aud") not in _own_token_urls(world):
        raise _bad_assertion("The audience of the client assertion is not this token endpoint.", 700023)
    if not claims.get("iss") == claims.get("sub") == app.client_id:
        raise _bad_assertion("Issuer and subject of the client assertion must be the client id.", 700021)
    expires, begins, jti = claims.get("exp"), claims.get("nbf", 0), claims.get("jti")
    if not isinstance(expires, int | float) or expires <= now - _SKEW:
        raise _bad_assertion("The client assertion is not within its valid time range.", 700024)
    if not isinstance(begins, int | float) or begins > now + _SKEW:
        raise _bad_assertion("The client assertion is not yet within its valid time range.", 700024)
    if not isinstance(jti, str) or not jti:
        raise _bad_assertion("The client assertion has no 'jti'.")
    _use_once(world, jti, expires)


def _use_once(world: World, jti: str, expires: float) -> None:
    now, seen = world.clock.now().timestamp(), world.identity.assertion_ids
    with world.identity.lock:
        for old in [key for key, end in seen.items() if end + _SKEW < now]:
            del seen[old]
        if jti in seen:
            raise _bad_assertion("The client assertion has been used before.", 700025)
        seen[jti] = expires


def _own_token_urls(world: World) -> set[str]:
    base = world.urls.identity
    tails = ("oauth2/v2.0/token", "oauth2/token")
    return {f"{base}/{tenant}/{tail}" for tenant in (TENANT, TENANT_DOMAIN) for tail in tails} | {
        f"{base}/adfs/oauth2/token"
    }


def _bad_assertion(message: str, code: int = 700027) -> TokenError:
    return TokenError("invalid_client", code, message, 401)


def _thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).decode().rstrip("=")
