"""What the values in a filter are: types of properties, literals, and how a dialect compares text."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from odata_query import ast

from coupler.sandbox.filter_text import LITERALS, Node, QueryError, Unsupported

Kind = Literal["text", "code", "guid", "boolean", "number", "date", "datetime"]


@dataclass(frozen=True, slots=True)
class Field:
    """What a filter must know of a property. `max_length` None: any length."""

    kind: Kind = "text"
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one vendor reads filters."""

    name: str
    case_sensitive: bool
    functions: frozenset[str]
    may_use_in: bool = True
    may_or_across_fields: bool = True
    checks_length: bool = False

    def fold(self, text: str) -> str:
        """Text as it is compared."""
        return text if self.case_sensitive else text.lower()


def checked_literal(value: Any, known: Field, name: str, dialect: Dialect) -> Any:
    """The literal made comparable with the property, or QueryError where the types do not go together."""
    kinds: dict[Kind, tuple[type, ...]] = {
        "text": (str,),
        "code": (str,),
        "guid": (str,),
        "boolean": (bool,),
        "number": (int, Decimal),
        "date": (datetime,),
        "datetime": (datetime,),
    }
    fits: bool = isinstance(value, kinds[known.kind]) and not (known.kind == "number" and isinstance(value, bool))
    if not fits:
        raise QueryError(f"A binary operator with incompatible types was detected at '{name}'.", "type")
    if known.kind == "guid":
        return _guid(value, name)
    if known.kind == "code":
        value = value.strip().upper()
    too_long = known.max_length is not None and isinstance(value, str) and utf16_length(value) > known.max_length
    if dialect.checks_length and too_long:
        raise QueryError(
            f"The filter value is longer than the {known.max_length} characters of the field '{name}'.", "length"
        )
    return value


def _guid(text: str, name: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise QueryError(f"A binary operator with incompatible types was detected at '{name}'.", "type") from error


def is_literal(node: Node) -> bool:
    """A value of its own, be it with a minus sign."""
    return isinstance(node, LITERALS) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub))


def literal_value(node: Node) -> Any:
    """The literal as Python compares it; GUIDs lower case, moments aware."""
    match node:
        case ast.Null():
            return None
        case ast.Boolean():
            return node.py_val
        case ast.Integer():
            return int(node.val)
        case ast.Float():
            return Decimal(node.val)
        case ast.GUID():
            return str(node.val).lower()
        case ast.String():
            return node.val
        case ast.DateTime() | ast.Date():
            return moment_of(node.val)
        case ast.UnaryOp(op=ast.USub()):
            return -literal_value(node.operand)
    raise Unsupported(f"{type(node).__name__} literal in $filter")


def moment_of(value: Any) -> Any:
    """A date or moment as an aware datetime; everything else, and text that is no moment, as it is."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    return _read_moment(value) if isinstance(value, str) else value


@lru_cache(maxsize=4096)
def _read_moment(text: str) -> datetime | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def utf16_length(text: str) -> int:
    """Length as .NET counts it, in UTF-16 units (V3)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
