"""Opaque cursors: where a page ended, as text that a client hands back unread. Anything else is refused."""

from __future__ import annotations

import base64
import binascii

from coupler.domain.errors import InvalidInput, StorageError
from coupler.storage.secrets_box import SecretsBox

_LIMIT = 400
_CHECK_LENGTH = 4


def encode_cursor(kind: str, *parts: str) -> str:
    """A cursor of that kind; `parts` hold no line feed."""
    text = "\n".join((kind, *parts)).encode()
    return base64.urlsafe_b64encode(_check(text) + text).decode().rstrip("=")


def decode_cursor(kind: str, cursor: str, parts: int) -> tuple[str, ...]:
    """The parts of a cursor of that kind. Raises InvalidInput for garbage and for cursors of another list."""
    text = _decoded(cursor)
    found = text.split("\n")
    if found[0] != kind or len(found) != parts + 1:
        raise _garbage()
    return tuple(found[1:])


class SealedCursors:
    """Implements engine.ports.Seal: unlike our own, the systems' cursors give rights, so they are encrypted."""

    def __init__(self, box: SecretsBox) -> None:
        self._box = box

    def close(self, cursor: str, *place: str) -> str:
        """Unreadable text that opens in that place only."""
        return self._box.seal(cursor, "cursor", *place)

    def open(self, sealed: str, *place: str) -> str:
        """The cursor again; raises InvalidInput for what was not sealed for this place."""
        if not sealed.isascii():
            raise _garbage()
        try:
            return self._box.open(sealed, "cursor", *place)
        except StorageError as error:
            raise _garbage() from error


def _decoded(cursor: str) -> str:
    if len(cursor) > _LIMIT:
        raise _garbage()
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        text = raw[_CHECK_LENGTH:].decode()
    except (UnicodeError, binascii.Error) as error:
        raise _garbage() from error
    if raw[:_CHECK_LENGTH] != _check(raw[_CHECK_LENGTH:]):
        raise _garbage()
    return text


def _check(text: bytes) -> bytes:
    """Finds damage, not malice: a cursor gives no right to anything."""
    return binascii.crc32(text).to_bytes(_CHECK_LENGTH, "big")


def _garbage() -> InvalidInput:
    return InvalidInput(
        "This cursor was not given out for this list. Begin again without one.", errors={"cursor": ["Not a cursor."]}
    )
