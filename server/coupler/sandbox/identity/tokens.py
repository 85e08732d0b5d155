"""Signed tokens: issuing them, and the check every stand-in makes on a bearer that comes in.

The check covers signature, issuer, audience, validity and revocation; rights are the resource's business.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from coupler.sandbox.identity.errors import TokenRefused
from coupler.sandbox.identity.registry import TENANT, adfs_issuer, audience, issuer
from coupler.sandbox.identity.state import Grant, IdentityState

if TYPE_CHECKING:
    from coupler.sandbox.world import World

_REMEMBERED = 5000


def access_token(world: World, grant: Grant, *, by_certificate: bool, adfs: bool = False) -> str:
    """A signed access token for the granted resource; it counts as live until revoked or expired."""
    now, token_id = _seconds(world), secrets.token_urlsafe(12)
    claims: dict[str, Any] = {
        "aud": audience(world, grant.resource),
        "iss": adfs_issuer(world) if adfs else issuer(world),
        "iat": now,
        "nbf": now,
        "exp": now + world.switches.token_lifetime,
        "tid": TENANT,
        "azp": grant.app.client_id,
        "azpacr": "2" if by_certificate else "1",
        "ver": "2.0",
        "uti": token_id,
    }
    claims |= _person_claims(grant) if grant.user else _application_claims(grant)
    with world.identity.lock:
        world.identity.live_tokens.add(token_id)
    return sign_claims(world, claims)


def id_token(world: World, grant: Grant) -> str:
    """The OpenID Connect ID token: audience is the client, never a resource."""
    if grant.user is None:
        raise ValueError("an ID token is about a person")
    now = _seconds(world)
    claims: dict[str, Any] = {
        "aud": grant.app.client_id,
        "iss": issuer(world),
        "iat": now,
        "nbf": now,
        "exp": now + world.switches.token_lifetime,
        "auth_time": grant.auth_time,
        "tid": TENANT,
        "oid": grant.user.oid,
        "sub": _pairwise(grant.user.oid, grant.app.client_id),
        "name": grant.user.name,
        "preferred_username": grant.user.upn,
        "ver": "2.0",
    }
    if "email" in grant.openid:
        claims["email"] = grant.user.upn
    if grant.user.roles:
        claims["roles"] = list(grant.user.roles)
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    return sign_claims(world, claims)


def sign_claims(world: World, claims: dict[str, Any]) -> str:
    """Any claims, signed with the directory's key: lets a test make a token that the endpoints never would."""
    key = world.identity.signing_keys[-1]
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])


def require_bearer(world: World, authorization_header: str | None, audience: str) -> dict[str, Any]:
    """The claims of a bearer token meant for `audience`, else `TokenRefused` with the reason."""
    token = _bearer(authorization_header)
    claims = _verified_claims(world.identity, token)
    if claims.get("iss") not in (issuer(world), adfs_issuer(world)):
        raise TokenRefused("the token was issued by somebody else")
    if str(claims.get("aud", "")).rstrip("/") != audience.rstrip("/"):
        raise TokenRefused(f"the token is for {claims.get('aud')}, not for {audience}")
    now = _seconds(world)
    if now >= claims["exp"]:
        raise TokenRefused("the token has expired")
    if now < claims["nbf"]:
        raise TokenRefused("the token is not valid yet")
    if claims.get("uti") not in world.identity.live_tokens:
        raise TokenRefused("the token has been revoked")
    return claims


def revoke_bearer(world: World, authorization_header: str | None) -> None:
    """End the life of the access token of one request; anything unreadable is left alone."""
    try:
        claims = _verified_claims(world.identity, _bearer(authorization_header))
    except TokenRefused:
        return
    with world.identity.lock:
        world.identity.live_tokens.discard(claims.get("uti", ""))


def _person_claims(grant: Grant) -> dict[str, Any]:
    user = grant.user
    if user is None:
        raise ValueError("no person in this grant")
    claims: dict[str, Any] = {
        "oid": user.oid,
        "sub": _pairwise(user.oid, grant.resource),
        "name": user.name,
        "preferred_username": user.upn,
        "scp": " ".join(grant.scopes),
    }
    if grant.resource == "coupler" and user.roles:
        claims["roles"] = list(user.roles)
    return claims


def _application_claims(grant: Grant) -> dict[str, Any]:
    claims: dict[str, Any] = {"oid": grant.app.object_id, "sub": grant.app.object_id, "idtyp": "app"}
    if roles := grant.app.app_roles.get(grant.resource):
        claims["roles"] = list(roles)
    return claims


def _bearer(header: str | None) -> str:
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused("no bearer token was sent")
    return token.strip()


def _verified_claims(state: IdentityState, token: str) -> dict[str, Any]:
    known = state.verified.get(token)
    if known is not None:
        return known
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
        key = next((key for key in state.signing_keys if key.kid == kid), None)
        if key is None:
            raise TokenRefused("the token was signed with a key that is not the directory's")
        claims = jwt.decode(token, key, algorithms=["RS256"]).claims
    except (JoseError, ValueError) as error:
        raise TokenRefused("the token's signature does not hold") from error
    if not {"exp", "nbf", "uti"} <= claims.keys():
        raise TokenRefused("the token is not an access token of this directory")
    with state.lock:
        if len(state.verified) >= _REMEMBERED:
            state.verified.clear()
        state.verified[token] = claims
    return claims


def _pairwise(oid: str, partner: str) -> str:
    digest = hashlib.sha256(f"{oid}|{partner}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _seconds(world: World) -> int:
    return int(world.clock.now().timestamp())
