"""Which signed claims let somebody in, and as whom (trust 3.2). Pure: signatures are checked elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from coupler.domain.errors import NotSignedIn
from coupler.engine.ports import Identity

LEEWAY = 60
_ACCESS_TOKEN_TYPES = ("at+jwt", "application/at+jwt")
_OURS_ONLY = "The token was issued for another program, not for Coupler."


def check_id_token(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: int) -> None:
    """Raise NotSignedIn unless the ID token answers this very sign-in. `nbf` counts where a provider sends it."""
    _check(claims, [issuer], [client_id], now, nonce={"essential": True, "value": nonce})
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
        raise NotSignedIn(_OURS_ONLY)


def check_access_token(
    claims: Mapping[str, Any], header_type: object, *, issuers: list[str], audiences: list[str], now: int
) -> None:
    """Raise NotSignedIn unless this is an access token for Coupler's own API."""
    _check(claims, issuers, audiences, now)
    if not is_access_token(claims, header_type):
        raise NotSignedIn("This is an ID token; an access token for Coupler's API is needed.")


def is_access_token(claims: Mapping[str, Any], header_type: object) -> bool:
    """Tell access tokens from ID tokens, which may carry the same audience when that is the client id.

    An access token says so (`at+jwt`, Keycloak's `typ` Bearer, Entra's `idtyp` app) or carries the scope it was
    granted; an ID token never has one, and has a nonce or the hash of its access token.
    """
    if claims.get("typ") == "Bearer" or str(header_type).lower() in _ACCESS_TOKEN_TYPES:
        return True
    if claims.get("typ") == "ID" or any(claims.get(name) for name in ("nonce", "at_hash", "c_hash")):
        return False
    return claims.get("idtyp") == "app" or any(_is_scope(claims.get(name)) for name in ("scp", "scope"))


def _is_scope(value: object) -> bool:
    return isinstance(value, str | list) and bool(value)


def _check(claims: Mapping[str, Any], issuers: list[str], audiences: list[str], now: int, **more: Any) -> None:
    registry = JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY,
        iss={"essential": True, "values": issuers},
        aud={"essential": True, "values": audiences},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        **more,
    )
    try:
        registry.validate(dict(claims))
    except JoseError as error:
        raise NotSignedIn(f"The token is not valid for Coupler: {error.description or error.error}.") from error


def identity_of(claims: Mapping[str, Any], roles_claim: str) -> Identity:
    """Who it is: directory and object id where there are such, else issuer and subject; never an address (trust 3.2).

    A name for show only.
    """
    tenant, person = claims.get("tid"), claims.get("oid")
    named = isinstance(tenant, str) and isinstance(person, str) and tenant and person
    subject = f"{tenant}|{person}" if named else f"{claims['iss']}|{claims['sub']}"
    shown = (claims.get(name) for name in ("name", "preferred_username", "azp", "appid", "client_id"))
    name = next((value for value in shown if isinstance(value, str) and value), subject)
    return Identity(subject, name[:200], roles_in(claims, roles_claim))


def roles_in(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """The roles claim, by its very name or as a dotted path into objects (Keycloak's `realm_access.roles`)."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        found = found.split()
    return tuple(role for role in found if isinstance(role, str)) if isinstance(found, list) else ()
