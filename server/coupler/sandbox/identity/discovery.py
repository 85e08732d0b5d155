"""The documents a client reads first: OpenID configuration and signing keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coupler.sandbox.identity import keys
from coupler.sandbox.identity.authorize import RESPONSE_MODES
from coupler.sandbox.identity.registry import adfs_issuer, issuer

if TYPE_CHECKING:
    from coupler.sandbox.world import World


def openid_configuration(world: World, tenant: str) -> dict[str, Any]:
    """The v2.0 document of the tenant; addresses repeat the tenant as the caller wrote it, the issuer never does."""
    root = f"{world.urls.identity}/{tenant}"
    return {
        "issuer": issuer(world),
        "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
        "token_endpoint": f"{root}/oauth2/v2.0/token",
        "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
        "jwks_uri": f"{root}/discovery/v2.0/keys",
        "userinfo_endpoint": f"{world.urls.identity}/oidc/userinfo",
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", "password"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "client_secret_basic",
            "private_key_jwt",
        ],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nbf", "name", "oid", "tid", "nonce", "roles"],
        "tenant_region_scope": "EU",
    }


def adfs_configuration(world: World) -> dict[str, Any]:
    """The AD FS document; only the token endpoint with `resource` is answered (protocols 2.7)."""
    root = f"{world.urls.identity}/adfs"
    return {
        "issuer": adfs_issuer(world),
        "token_endpoint": f"{root}/oauth2/token",
        "jwks_uri": f"{root}/discovery/keys",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
    }


def key_set(world: World) -> dict[str, Any]:
    """The public signing keys."""
    return keys.key_set(world.identity.signing_keys, issuer(world))
