"""The directory's signing keys and their published form."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from joserfc.jwk import RSAKey


@lru_cache(maxsize=1)
def first_key() -> RSAKey:
    """The key every directory begins with, one per process: making it takes longer than starting all the rest."""
    return new_key()


def new_key() -> RSAKey:
    """A fresh signing key; its id is its thumbprint."""
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    key.ensure_kid()
    return key


def key_set(keys: Sequence[RSAKey], issuer: str) -> dict[str, list[dict[str, Any]]]:
    """JSON Web Key Set with the public halves; each key names its issuer as Entra's do."""
    return {"keys": [{**key.as_dict(private=False), "issuer": issuer} for key in keys]}
