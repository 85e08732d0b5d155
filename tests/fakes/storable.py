"""What the stores in memory refuse as the databases do, and their cursors."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Mapping

from coupler.domain.errors import InvalidInput

LONGEST = 1000


def require_storable(value: object) -> None:
    """Raise InvalidInput for NUL, lone surrogates, endless text and numbers beyond 64 bits, however deep."""
    if isinstance(value, str):
        _require_text(value)
    elif isinstance(value, int):
        if abs(value) >= 2**63:
            raise InvalidInput("A number beyond 64 bits cannot be stored.")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            require_storable(name)
            require_storable(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            require_storable(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            require_storable(getattr(value, field.name))


def _require_text(text: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput("Text with NUL or half a surrogate pair cannot be stored.")
    if len(text) > LONGEST:
        raise InvalidInput("The text is too long.")


def folded(text: str) -> str:
    """Text for a search that ignores case."""
    return unicodedata.normalize("NFKC", text).casefold()


def cursor_after(kind: str, last: str) -> str:
    """The cursor of the page after the one that ended with that id."""
    return f"{kind}/{last}"


def last_seen(kind: str, cursor: str) -> str:
    """The id a page ended with. Raises InvalidInput for anything that is no cursor of that kind."""
    found, slash, last = cursor.partition("/")
    if found != kind or not slash:
        raise InvalidInput("This cursor was not given out for this list.", errors={"cursor": ["Not a cursor."]})
    return last
