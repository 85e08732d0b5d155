"""Reading a request target as it was sent: WSGI hands the path over already decoded (protocols 5.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

Environ = Mapping[str, Any]


class BadTarget(ValueError):
    """A request target that is no valid OData address: broken quotes, brackets or UTF-8."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One path segment, decoded. `key` None: no brackets; `""`: `Name()`; else the text between the brackets."""

    name: str
    key: str | None = None


def raw_target(environ: Environ) -> str:
    """Path and query exactly as sent; from PATH_INFO only where the server keeps no raw form."""
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if raw is None:
        query = environ.get("QUERY_STRING", "")
        path = quote(str(environ.get("PATH_INFO", "/")).encode("latin-1"), safe="/$()',=:@!*;")
        return path + (f"?{query}" if query else "")
    text = str(raw)
    if not text.startswith("/"):
        parts = urlsplit(text)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return text


def raw_path(environ: Environ) -> str:
    """The path as sent, still percent-encoded."""
    return raw_target(environ).partition("?")[0]


def raw_query(environ: Environ) -> str:
    """The query as sent, without its question mark."""
    return raw_target(environ).partition("?")[2]


def decode(text: str) -> str:
    """Percent-decoding as UTF-8; a plus stays a plus. Raises BadTarget."""
    try:
        # Servers hand raw bytes over as Latin-1 text.
        return unquote_to_bytes(text.encode("latin-1")).decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise BadTarget("The request target is not valid UTF-8.") from error


def split_path(path: str) -> list[str]:
    """Decoded segments of a raw path; `%2F` does not separate, empty segments are kept except at both ends."""
    return [decode(part) for part in path.strip("/").split("/")] if path.strip("/") else []


def read_query(query: str) -> dict[str, str]:
    """Names and values, decoded; here a plus is a blank. A repeated name raises BadTarget."""
    values: dict[str, str] = {}
    for part in query.split("&"):
        if not part:
            continue
        name, _, value = part.replace("+", " ").partition("=")
        name = decode(name)
        if name in values:
            raise BadTarget(f"Query option '{name}' was specified more than once.")
        values[name] = decode(value)
    return values


_SEGMENT = re.compile(r"(?s)([^()']+)(?:\((.*)\))?\Z")


def parse_segment(text: str) -> Segment:
    """`Company('A & B''s Å')` -> name and what stands between the brackets; raises BadTarget."""
    match = _SEGMENT.match(text)
    if not match:
        raise BadTarget(f"Bad Request - Error in query syntax: '{text}'.")
    return Segment(match[1], match[2])


_KEY_PART = re.compile(r"(?s)\s*(?:([A-Za-z_]\w*)\s*=\s*)?('(?:[^']|'')*'|[^',]+?)\s*(?:,|\Z)")


def parse_key(key: str) -> dict[str, str]:
    """`'x'` -> {"": "'x'"}, `Id=guid` -> {"Id": "guid"}; literals keep their quotes. Raises BadTarget."""
    parts: dict[str, str] = {}
    position = 0
    while position < len(key):
        match = _KEY_PART.match(key, position)
        if not match or match.end() == position:
            raise BadTarget(f"Bad Request - Error in query syntax: '{key}'.")
        parts[match[1] or ""] = match[2].strip()
        position = match.end()
    return parts


def text_literal(literal: str) -> str | None:
    """The text of a quoted literal, or None where it is no quoted literal."""
    if len(literal) < 2 or literal[0] != "'" or literal[-1] != "'":
        return None
    return literal[1:-1].replace("''", "'")


def public_base(environ: Environ, base: str) -> str:
    """`base`, or what a TLS front says by X-Forwarded-Proto / X-Forwarded-Host (protocols 5.1)."""
    proto, host = environ.get("HTTP_X_FORWARDED_PROTO"), environ.get("HTTP_X_FORWARDED_HOST")
    if not proto and not host:
        return base
    parts = urlsplit(base)
    return f"{proto or parts.scheme}://{host or parts.netloc}"
