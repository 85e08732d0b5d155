"""Reading the addresses of host pages: query, record ids, NAV filters and bookmarks. Pure (surfaces 2.2, 3.3, 3.4)."""

import base64
import binascii
import re
import struct
import uuid
from dataclasses import dataclass

from coupler.sandbox.wire import decode

SALESPERSON_TABLE = 13
SALESPERSON_TABLE_NAME = "Salesperson/Purchaser"


class BadAddress(ValueError):
    """An address the product would not understand either; the message is for the person who opened it."""


class UnsettledAddress(ValueError):
    """An address whose meaning in the product is not established: refused instead of guessed."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One `'Field' IS 'value'` of a filter; the field's name as written, the value without its quotes."""

    field: str
    value: str


def read_parameters(query: str) -> dict[str, str]:
    """Names in lower case and decoded values. A plus stays a plus: NAV and CRM want `%20` for a blank."""
    values: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        values.setdefault(decode(name).lower(), decode(value))
    return values


def read_guid(text: str) -> str:
    """The id in lower case without braces, whichever way it was written; raises BadAddress."""
    bare = text.strip().removeprefix("{").removesuffix("}")
    try:
        return str(uuid.UUID(bare))
    except ValueError:
        raise BadAddress(f"The record id {text[:60]!r} is no GUID.") from None


_NAME = r"'(?:[^']|'')*'|[A-Za-z0-9_]+"
_CONDITION = re.compile(rf"\s*(?:({_NAME})\.)?({_NAME})\s+IS\s+({_NAME})\s*(?:\Z|AND\b)", re.IGNORECASE)
# How NAV reads these in a filter value of an address is nowhere documented (surfaces 3.4).
_OPERATOR = re.compile(r"[&|*?@()<>=']|\.\.")


def read_filter(text: str) -> tuple[Condition, ...]:
    """`'Code' IS 'PS' AND ...`, fields qualified with the table or not; raises BadAddress or UnsettledAddress."""
    conditions: list[Condition] = []
    position = 0
    while position < len(text) or not conditions:
        match = _CONDITION.match(text, position)
        if not match:
            raise BadAddress(f"The filter expression {text[:120]!r} is not valid.")
        table, field, value = (_unquoted(part) for part in match.groups())
        if table and table.lower() != SALESPERSON_TABLE_NAME.lower():
            raise BadAddress(f"The filter names the table {table[:60]!r}, which is not the source of this page.")
        if _OPERATOR.search(value):
            raise UnsettledAddress(f"A filter value with filter operators: {value[:60]!r}. Use a bookmark.")
        conditions.append(Condition(field, value))
        position = match.end()
    return tuple(conditions)


def _unquoted(part: str | None) -> str:
    if part is None:
        return ""
    return part[1:-1].replace("''", "'") if part.startswith("'") else part


_OLD_BOOKMARK = re.compile(r"(\d+);([A-Za-z0-9+/]+={0,2})\Z")
_NEW_BOOKMARK = re.compile(r"([0-9A-F]+)_([A-Za-z0-9+/]+)\Z")


def read_bookmark(text: str) -> str:
    """The salesperson's code inside a bookmark, of NAV (`15;DQAA...==`) or later BC (`F_DQAA...`); BadAddress."""
    if old := _OLD_BOOKMARK.match(text):
        length, payload = int(old[1]), _payload(old[2])
    elif new := _NEW_BOOKMARK.match(text):
        length, payload = int(new[1], 16), _payload(new[2] + "=" * (-len(new[2]) % 4))
    else:
        raise BadAddress(f"The bookmark {text[:60]!r} is not valid.")
    if length != len(payload) + 5:
        raise BadAddress("The bookmark is not valid: its length does not fit.")
    return _code_in(payload)


def _payload(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BadAddress("The bookmark is not valid: it is no Base64.") from None


def _code_in(payload: bytes) -> str:
    if len(payload) < 7:
        raise BadAddress("The bookmark is not valid: it is too short.")
    table, marker, kind, count = struct.unpack_from("<iBBB", payload)
    if table != SALESPERSON_TABLE:
        raise BadAddress(f"The bookmark is for table {table}, not {SALESPERSON_TABLE}.")
    if (marker, kind) != (0x02, 0x7B):
        raise BadAddress("The bookmark is not valid: its key is no Code field.")
    text = payload[7:]
    if len(text) % 2:
        # NAV drops one zero byte at the very end.
        text += b"\0"
    if len(text) != 2 * count:
        raise BadAddress("The bookmark is not valid: its key has another length.")
    try:
        return text.decode("utf-16-le")
    except UnicodeDecodeError:
        raise BadAddress("The bookmark is not valid: its key is no text.") from None


def write_bookmark(code: str) -> str:
    """The bookmark by which NAV's own pages refer to a salesperson, in the old form."""
    text = code.encode("utf-16-le")
    payload = struct.pack("<iBBB", SALESPERSON_TABLE, 0x02, 0x7B, len(text) // 2) + text
    payload = payload.removesuffix(b"\0") if text else payload
    return f"{len(payload) + 5};{base64.b64encode(payload).decode()}"
