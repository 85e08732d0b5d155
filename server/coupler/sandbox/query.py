"""OData query options of both systems: reading them, ordering rows, picking columns. Filters are in `filters`.

Names of both modules are offered here, so that an app imports one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from coupler.sandbox.filters import (
    BC,
    BC_PAGES,
    DATAVERSE,
    NAV,
    Dialect,
    Field,
    Filter,
    QueryError,
    Row,
    Unsupported,
    compile_filter,
)

__all__ = [
    "BC",
    "BC_PAGES",
    "DATAVERSE",
    "NAV",
    "Dialect",
    "Field",
    "Filter",
    "QueryError",
    "QueryOptions",
    "Row",
    "Unsupported",
    "compile_filter",
    "order_rows",
    "read_options",
    "substitute_aliases",
]

R = TypeVar("R", bound=Row)
_OPTIONS = "$filter $orderby $top $skip $count $select $expand $skiptoken $deltatoken $format"
_KNOWN = frozenset(_OPTIONS.split())


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """The options as asked for. `select` and `top` None: not given. Nothing is checked against a schema yet."""

    filter: str | None = None
    orderby: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int | None = None
    count: bool = False
    select: tuple[str, ...] | None = None
    expand: Mapping[str, "QueryOptions"] = field(default_factory=dict)
    skiptoken: str | None = None
    deltatoken: str | None = None

    def used(self) -> list[str]:
        """Names without `$` of the options that were given, for refusals that name them."""
        given = {
            "filter": self.filter is not None,
            "orderby": bool(self.orderby),
            "top": self.top is not None,
            "skip": self.skip is not None,
            "count": self.count,
            "select": self.select is not None,
            "expand": bool(self.expand),
        }
        return [name for name, is_given in given.items() if is_given]


def read_options(query: Mapping[str, str]) -> QueryOptions:
    """Options out of a decoded query; names without `$` are left to the caller.

    Raises QueryError for a bad value, Unsupported for a `$` option that the sandbox does not know.
    """
    for name in query:
        if name.startswith("$") and name not in _KNOWN:
            raise Unsupported(name)
    if query.get("$format", "json") not in ("json", "application/json"):
        raise Unsupported("$format")
    select = query.get("$select")
    return QueryOptions(
        filter=query.get("$filter"),
        orderby=_orderby(query.get("$orderby", "")),
        top=_number("$top", query.get("$top")),
        skip=_number("$skip", query.get("$skip")),
        count=_boolean("$count", query.get("$count")),
        select=None if select is None else _names(select),
        expand=_expand(query.get("$expand", "")),
        skiptoken=query.get("$skiptoken"),
        deltatoken=query.get("$deltatoken"),
    )


def substitute_aliases(text: str, query: Mapping[str, str]) -> str:
    """`@p1` in a filter replaced by what the query gives for it; text in quotes is left alone."""
    aliases = sorted((name for name in query if name.startswith("@")), key=len, reverse=True)
    pieces = text.split("'")
    for name in aliases:
        pieces[::2] = [piece.replace(name, query[name]) for piece in pieces[::2]]
    return "'".join(pieces)


def order_rows(rows: Iterable[R], orderby: tuple[tuple[str, bool], ...], dialect: Dialect) -> list[R]:
    """Rows sorted by several names, True meaning descending; empty values first, stable."""
    ordered = list(rows)
    for name, descending in reversed(orderby):
        ordered.sort(key=_sort_key(name, dialect), reverse=descending)
    return ordered


def _sort_key(name: str, dialect: Dialect) -> Callable[[Row], tuple[bool, Any]]:
    def key(row: Row) -> tuple[bool, Any]:
        value = row.get(name)
        if value is None:
            return False, 0
        return True, dialect.fold(value) if isinstance(value, str) else value

    return key


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise QueryError("Syntax error in $select: a name is missing.")
    return names


def _orderby(text: str) -> tuple[tuple[str, bool], ...]:
    if not text.strip():
        return ()
    wanted = []
    for part in text.split(","):
        words = part.split()
        if len(words) not in (1, 2) or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
            raise QueryError(f"Syntax error in $orderby at '{part.strip()}'.")
        wanted.append((words[0], len(words) == 2 and words[1].lower() == "desc"))
    return tuple(wanted)


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise QueryError(f"Invalid value '{text}' for {name} query option found. It requires a non-negative integer.")
    return int(text)


def _boolean(name: str, text: str | None) -> bool:
    if text is None:
        return False
    if text.lower() not in ("true", "false"):
        raise QueryError(f"Invalid value '{text}' for {name} query option found. Valid values are 'true' or 'false'.")
    return text.lower() == "true"


def _expand(text: str) -> dict[str, QueryOptions]:
    expanded = {}
    for part in _split_outside(text, ","):
        name, bracket, inner = part.strip().partition("(")
        if not name or (bracket and not inner.endswith(")")):
            raise QueryError(f"Syntax error in $expand at '{part.strip()}'.")
        nested = dict(_option(option) for option in _split_outside(inner[:-1], ";"))
        expanded[name.strip()] = read_options(nested)
    return expanded


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.strip().partition("=")
    if not equals:
        raise QueryError(f"Syntax error in $expand at '{text.strip()}'.")
    return name, value


def _split_outside(text: str, separator: str) -> list[str]:
    """Split where neither brackets nor quotes are open; no text, no parts."""
    parts, depth, quoted, start = [], 0, False, 0
    for position, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
        elif not quoted and depth == 0 and character == separator:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]] if text.strip() else []
