"""The directory's signing key and its published form."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from joserfc.jwk import RSAKey


@lru_cache(maxsize=1)
def signing_key() -> RSAKey:
    """One RSA key per process: making one takes longer than starting everything else together."""
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    key.ensure_kid()
    return key


def key_set(issuer: str) -> dict[str, list[dict[str, Any]]]:
    """JSON Web Key Set with the public half; each key names its issuer as Entra's do."""
    public = signing_key().as_dict(private=False)
    return {"keys": [{**public, "issuer": issuer}]}
