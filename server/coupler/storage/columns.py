"""Column types that guard the edge: what may be stored is checked where it is bound, on every path (trust 2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from coupler.domain.errors import InvalidInput

_JSON_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_JSON_LIMIT = 1_000_000
_INTEGER_LIMIT = 2**63


def require_storable(text: str) -> str:
    """Raise InvalidInput for NUL, which PostgreSQL refuses, and for lone surrogates, which are no characters."""
    if "\x00" in text:
        raise InvalidInput("Text with a NUL character cannot be stored.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput("Text with half of a surrogate pair cannot be stored.") from error
    return text


class BoundedText(TypeDecorator[str]):
    """Text of at most `limit` characters. The database does not know the limit, so that raising it needs no DDL."""

    impl = Text
    cache_ok = True

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """The text itself; raises InvalidInput when it may not be stored."""
        if value is None:
            return None
        if len(value) > self.limit:
            raise InvalidInput(f"Text of {len(value)} characters is too long; at most {self.limit} are allowed.")
        return require_storable(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept and returned in UTC; SQLite, which knows no zones, holds it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """In UTC; raises InvalidInput for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidInput("A time without a time zone cannot be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON as text, alike on both databases. None is SQL's NULL; tuples come back as lists."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        """Compact JSON; raises InvalidInput for what JSON cannot hold."""
        if value is None:
            return None
        _require_storable_within(value)
        try:
            text = orjson.dumps(value, default=_mapping, option=_JSON_OPTIONS).decode()
        except orjson.JSONEncodeError as error:
            raise InvalidInput(f"A value cannot be stored: {error}.") from error
        if len(text) > _JSON_LIMIT:
            raise InvalidInput(f"A value of {len(text)} characters is too long to be stored.")
        return text

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        """What was stored."""
        return None if value is None else orjson.loads(value)


class Number(TypeDecorator[int]):
    """An integer within 64 bits."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, _dialect: Dialect) -> int | None:
        """The number; raises InvalidInput beyond what a database holds."""
        if value is not None and not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
            raise InvalidInput("A number beyond 64 bits cannot be stored.")
        return value


def _mapping(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _require_storable_within(value: object) -> None:
    if isinstance(value, str):
        require_storable(value)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _require_storable_within(name)
            _require_storable_within(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _require_storable_within(item)
