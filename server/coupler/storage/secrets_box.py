"""Secrets at rest: encrypted and authenticated, each bound to the place it belongs to (trust 3.3, at rest)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from coupler.domain.errors import SettingsError, StorageError

VARIABLE = "COUPLER_SECRET_KEYS"
_MAKE_ONE = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


class SecretsBox:
    """Seals with the first key, opens with any.

    Fernet has no associated data, so the place (connection, side, field) is part of the plaintext and checked on
    opening: a value moved to another row of the database does not open.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([_key(number, key) for number, key in enumerate(_present(keys), start=1)])

    def seal(self, value: str, *place: str) -> str:
        """The value, unreadable; sealing it twice gives two different texts."""
        return self._fernet.encrypt(orjson.dumps([*place, value])).decode("ascii")

    def open(self, sealed: str, *place: str) -> str:
        """The value. Raises StorageError when no key fits or the value was sealed for another place."""
        try:
            found: list[str] = orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise StorageError(
                f"{VARIABLE} does not hold the key these secrets were encrypted with ({' '.join(place)}). "
                "Add that key behind the first one, or enter the secret again."
            ) from error
        if tuple(found[:-1]) != place:
            raise StorageError(f"The stored secret of {' '.join(place)} belongs to another connection; enter it again.")
        return found[-1]


def _present(keys: Sequence[str]) -> Sequence[str]:
    if not keys:
        raise SettingsError(f"{VARIABLE} holds no key. Make one with: {_MAKE_ONE}", variable=VARIABLE)
    return keys


def _key(number: int, text: str) -> Fernet:
    try:
        return Fernet(text.strip())
    except ValueError as error:
        raise SettingsError(
            f"Key {number} of {VARIABLE} is not a Fernet key: 32 bytes in URL-safe base64. Make one with: {_MAKE_ONE}",
            variable=VARIABLE,
        ) from error
