"""How single values are cut, cleaned and compared."""

from __future__ import annotations

import re
import unicodedata
import uuid

from coupler.domain.errors import InvalidInput
from coupler.domain.records import Value

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_BRACES = re.compile(r"^\{?([0-9a-fA-F-]{32,36})\}?$")
NAV_KEY_LIMIT = 20


def utf16_length(text: str) -> int:
    """Length as AL and .NET count it: UTF-16 units (protocols V3)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int | None) -> str:
    """The longest start of `text` that fits `limit` UTF-16 units, never splitting a character from its marks."""
    if limit is None or utf16_length(text) <= limit:
        return text
    used, end = 0, 0
    for index, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            break
        end = index + 1
    while end > 0 and _joins(text, end):
        end -= 1
    return text[:end]


def _joins(text: str, position: int) -> bool:
    """Whether the character at `position` belongs to the one before it."""
    joiner = "\u200d"
    return bool(unicodedata.combining(text[position])) or text[position] == joiner or text[position - 1] == joiner


def as_text(value: Value) -> str:
    """Null, missing and empty text are one and the same (protocols V1)."""
    return "" if value is None else str(value)


def is_blank(value: Value) -> bool:
    """Empty or only blanks."""
    return not as_text(value).strip()


def guid(text: str) -> str:
    """Canonical lower-case GUID without braces, from any form the products send (protocols U9).

    Raises InvalidInput for anything else.
    """
    match = _BRACES.match(text.strip())
    try:
        return str(uuid.UUID(match.group(1))) if match else _refuse_guid(text)
    except ValueError:
        return _refuse_guid(text)


def _refuse_guid(text: str) -> str:
    shown = text[:60]
    raise InvalidInput(
        f'"{shown}" is not a GUID. Expected a form like 31914b34-be8d-4611-80d8-00155d892ddc, braces allowed.',
        errors={"crm_id": ["Not a GUID."]},
    )


def nav_key(text: str, limit: int = NAV_KEY_LIMIT) -> str:
    """A NAV Code as a person or a link gives it: trimmed, not empty, at most `limit` UTF-16 units.

    Does not upper-case: the server decides how (protocols V6). Raises InvalidInput.
    """
    key = text.strip(" ")
    problem = _key_problem(key, limit)
    if problem:
        raise InvalidInput(f'"{key[:40]}" cannot be a salesperson code: {problem}', errors={"nav_key": [problem]})
    return key


def key_forms(key: str) -> tuple[str, ...]:
    """A NAV Code as it came, then as NAV stores codes: in upper case. For one typed by hand (protocols 4)."""
    return tuple(dict.fromkeys((key, key.upper())))


def _key_problem(key: str, limit: int) -> str | None:
    if not key:
        return "It is empty."
    if utf16_length(key) > limit:
        return f"It has {utf16_length(key)} characters; at most {limit} are allowed."
    if _CONTROL.search(key):
        return "It has control characters."
    return None
