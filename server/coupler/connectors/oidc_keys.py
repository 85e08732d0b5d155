"""A provider's signing keys: kept a day, fetched again for an unknown key at most once in 5 minutes (trust 3.2)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from coupler.domain.errors import ConnectorError, NotSignedIn, UnexpectedAnswer

Key = RSAKey | ECKey

_KEPT = 24 * 3600.0
_LOOK_AGAIN = 300.0
_TYPES: Mapping[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}


class SigningKeys:
    """Public keys by id. One thread fetches while others wait; the last good set is kept when a fetch fails."""

    def __init__(self, fetch: Callable[[], Sequence[Mapping[str, Any]]], monotonic: Callable[[], float]) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")

    def find(self, kid: str | None) -> Key:
        """The key of that id; without an id only a set of one key leaves no doubt. Raises NotSignedIn, Unavailable."""
        if not self._keys or self._age() >= _KEPT:
            self._refresh(lambda: not self._keys or self._age() >= _KEPT)
        key = self._look_up(kid)
        if key is None:
            self._refresh(lambda: self._look_up(kid) is None and self._monotonic() - self._tried_at >= _LOOK_AGAIN)
            key = self._look_up(kid)
        if key is None:
            raise NotSignedIn("The token is signed with a key the identity provider does not publish.")
        return key

    def _look_up(self, kid: str | None) -> Key | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    def _refresh(self, is_wanted: Callable[[], bool]) -> None:
        with self._lock:
            if not is_wanted():
                return
            recently = self._monotonic() - self._tried_at < _LOOK_AGAIN
            if self._keys and recently:
                return
            self._tried_at = self._monotonic()
            try:
                self._keys = _signing_keys(self._fetch())
            except ConnectorError:
                if not self._keys:
                    raise
                return
            self._fetched_at = self._monotonic()


def _signing_keys(published: Sequence[Mapping[str, Any]]) -> dict[str, Key]:
    """RSA and EC keys meant for signatures; what is not understood is left out (RFC 7517, 5)."""
    keys: dict[str, Key] = {}
    for number, data in enumerate(published):
        kind = _TYPES.get(str(data.get("kty")))
        if kind is None or data.get("use", "sig") != "sig":
            continue
        public = {name: value for name, value in data.items() if name in ("kty", "n", "e", "crv", "x", "y")}
        try:
            key = kind.import_key(public)
        except (JoseError, ValueError, TypeError):
            continue
        kid = data.get("kid")
        keys[kid if isinstance(kid, str) else f"#{number}"] = key
    if not keys:
        raise UnexpectedAnswer("The identity provider publishes no usable signing key.", system="identity")
    return keys
