"""OData V4 as both products speak it: literals, keys, queries, pages, links, error bodies. Pure: no I/O, no clock."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import orjson

from coupler.domain.errors import InvalidInput, UnexpectedAnswer
from coupler.domain.values import guid

SLICE = 50
NAV_URL_LIMIT = 2_000
CRM_URL_LIMIT = 30_000
MOST_PAGES = 10_000
LONGEST_RETRY_AFTER = 300.0

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_REPLACED = re.compile(r"[ \\/'\".()\-:]+")
_AWKWARD = re.compile(r"[^A-Za-z0-9_\-]")
_CORRELATION = re.compile(r"CorrelationId:\s*([0-9A-Fa-f-]{36})\.?$")
_LONGEST_MESSAGE, _LONGEST_TAIL = 4_000, 200
_FRACTION = re.compile(r"(\.\d{6})\d+")
_NO_DATE = "0001-01-01"


class BrokenOff(ValueError):
    """The body ends in the middle of its JSON, or carries an error where rows should go on (protocols S20)."""


def text_literal(text: str) -> str:
    """A quoted string literal, not yet percent-encoded (protocols U5, U11). Refuses control characters."""
    if _CONTROL.search(text):
        raise InvalidInput("A value with control characters cannot be looked up.", errors={"value": ["Not printable."]})
    return "'" + text.replace("'", "''") + "'"


def key_segment(text: str) -> str:
    """`('...')` for a string key, every awkward character percent-encoded as UTF-8 (protocols U6, U7, U10)."""
    return f"({quote(text_literal(text), safe='')})"


def is_awkward(text: str) -> bool:
    """Whether a proxy or IIS may mangle the text inside a path (protocols U6)."""
    return bool(_AWKWARD.search(text))


def query(*options: tuple[str, str]) -> str:
    """`?$filter=...&...`, encoded so that a blank is %20 and a plus is %2B (protocols U6); empty without options."""
    safe = "'(),$"
    encoded = "&".join(f"{name}={quote(value, safe=safe)}" for name, value in options if value)
    return f"?{encoded}" if encoded else ""


def odata_name(caption: str) -> str:
    """The OData property a NAV page makes of a field's caption: `Phone No.` is `Phone_No` (protocols 3.2)."""
    name = _REPLACED.sub("_", caption.replace("%", "Percent"))
    name = re.sub(r"_{2,}", "_", name).rstrip("_")
    if name[:1].isdigit():
        name = f"_x{ord(name[0]):04x}_{name[1:]}"
    return name


def equals_any(name: str, literals: Sequence[str]) -> str:
    """`a eq x or a eq y`; NAV allows `or` only within one field (protocols U14)."""
    return " or ".join(f"{name} eq {literal}" for literal in literals)


def slices(texts: Iterable[str], room: int, cost: Callable[[str], int]) -> Iterator[list[str]]:
    """Groups of at most 50 whose summed `cost` stays within `room` characters of an address (protocols U13)."""
    group: list[str] = []
    used = 0
    for text in texts:
        price = cost(text)
        if group and (len(group) == SLICE or used + price > room):
            yield group
            group, used = [], 0
        group.append(text)
        used += price
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class RawPage:
    """Rows as they came, the next link verbatim, and the service root the answer names (protocols U2)."""

    rows: Sequence[Mapping[str, Any]]
    next_link: str | None
    context_root: str | None


def read_json(body: bytes) -> Any:
    """Parse; BrokenOff when it began as JSON and does not end so, UnexpectedAnswer when it never was (S15, S20)."""
    try:
        return orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        if body.lstrip()[:1] in (b"{", b"["):
            raise BrokenOff("the JSON breaks off") from error
        raise UnexpectedAnswer(f"The answer is not JSON: {excerpt(body) or 'it is empty'}.") from error


def read_object(body: bytes) -> Mapping[str, Any]:
    """One JSON object. BrokenOff when it holds an error although the status said success (protocols S20)."""
    parsed = read_json(body)
    if not isinstance(parsed, dict):
        raise UnexpectedAnswer("The answer is JSON, but not an object.")
    if "error" in parsed:
        raise BrokenOff("an error stands inside a successful answer")
    return parsed


def read_page(body: bytes) -> RawPage:
    """A page of rows. A page without `value` is an error, never an empty list."""
    parsed = read_object(body)
    rows, link = parsed.get("value"), parsed.get("@odata.nextLink")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnexpectedAnswer('The answer has no list of rows in its field "value".', field="value")
    if link is not None and not isinstance(link, str):
        raise UnexpectedAnswer('The field "@odata.nextLink" is no address.', field="@odata.nextLink")
    context = parsed.get("@odata.context")
    root = context.partition("$metadata")[0].rstrip("/") if isinstance(context, str) else ""
    return RawPage(rows, link, root or None)


def absolute(link: str, page: RawPage, root: str) -> str:
    """A relative next link belongs to the service root, not to the address that was asked (protocols U2)."""
    if "://" in link.partition("?")[0]:
        return link
    base = page.context_root if page.context_root and "://" in page.context_root else root
    return f"{base.rstrip('/')}/{link.lstrip('/')}"


def every_page(first: str, fetch: Callable[[str], tuple[RawPage, str | None]]) -> Iterator[RawPage]:
    """Pages until no link comes, short and empty ones included (protocols U4).

    `fetch` gives a page and the absolute address of the next. A link seen before, or more than 10,000 pages,
    is an error and not the end (protocols U3, S21).
    """
    seen: set[str] = set()
    link: str | None = first
    while link is not None:
        if link in seen or len(seen) >= MOST_PAGES:
            raise UnexpectedAnswer("The list does not end: a next link came twice, or there are too many pages.")
        seen.add(link)
        page, link = fetch(link)
        yield page


def pick(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, str | int | bool | None]:
    """Only the wanted fields; a missing one is an error that names it, unknown ones are dropped (protocols V13)."""
    values: dict[str, str | int | bool | None] = {}
    for name in names:
        if name not in row:
            raise UnexpectedAnswer(f'The answer lacks the field "{name}".', field=name)
        value = row[name]
        if value is not None and not isinstance(value, str | int | bool):
            # A float would silently lose digits of a decimal (protocols V11).
            raise UnexpectedAnswer(f'The field "{name}" has a value that is neither text nor number.', field=name)
        values[name] = value
    return values


def required_text(row: Mapping[str, Any], name: str) -> str:
    """A text field that must be there and filled; raises UnexpectedAnswer naming it."""
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise UnexpectedAnswer(f'The answer lacks the field "{name}".', field=name)
    return value


def required_guid(row: Mapping[str, Any], name: str) -> str:
    """A GUID field in canonical text (protocols U9); raises UnexpectedAnswer naming it."""
    text = required_text(row, name)
    try:
        return guid(text)
    except InvalidInput as error:
        raise UnexpectedAnswer(f'The field "{name}" is no GUID.', field=name) from error


def etag_of(row: Mapping[str, Any], header: str | None = None) -> str | None:
    """The ETag verbatim, quotes and `W/` included (protocols S3); the row's own before the header's."""
    value = row.get("@odata.etag") or header
    return value if isinstance(value, str) and value else None


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error body says; `message` is for display only and never parsed (protocols S18)."""

    code: str = ""
    message: str = ""
    correlation: str | None = None


def read_fault(body: bytes) -> Fault:
    """The error of a DV or BC answer, the glued CorrelationId split off; an excerpt of anything else (S15)."""
    try:
        parsed = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return Fault(message=excerpt(body))
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return Fault(message=excerpt(body))
    message = error.get("message")
    if isinstance(message, dict):  # the verbose form of OData V3 era services
        message = message.get("value")
    text = message.strip() if isinstance(message, str) else ""
    glued = _CORRELATION.search(text, max(0, len(text) - _LONGEST_TAIL))
    code = error.get("code")
    return Fault(
        code if isinstance(code, str) else "",
        (text[: glued.start()].rstrip() if glued else text)[:_LONGEST_MESSAGE],
        glued.group(1).lower() if glued else None,
    )


def excerpt(body: bytes, length: int = 200) -> str:
    """The first characters of a page without its tags (protocols S15)."""
    text = body[:8_000].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style|head)\b.*?(</\1\s*>|$)|<!--.*?(-->|$)|<[^>]*(>|$)", " ", text)
    return " ".join(_CONTROL.sub(" ", text).split())[:length]


def retry_after(value: str | None, date: str | None) -> float | None:
    """Seconds to wait: whole or decimal seconds, or an HTTP date less the answer's own Date (protocols S10).

    Nonsense and negatives are as good as absent; at most 300.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        then, now = http_date(value), http_date(date)
        if then is None or now is None:
            return None
        seconds = (then - now).total_seconds()
    if not math.isfinite(seconds) or seconds < 0:
        return None
    return min(float(math.ceil(seconds)), LONGEST_RETRY_AFTER)


def http_date(value: str | None) -> datetime | None:
    """An HTTP date, aware; None when there is none or it cannot be read."""
    try:
        parsed = parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed is not None and parsed.tzinfo is None else parsed


def timestamp(value: object) -> datetime | None:
    """A server time in UTC, with 0 to 7 digits of a second; the empty date is none (protocols V2, V7)."""
    if not isinstance(value, str) or not value or value.startswith(_NO_DATE):
        return None
    try:
        parsed = datetime.fromisoformat(_FRACTION.sub(r"\1", value))
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnexpectedAnswer(f'"{value[:40]}" is no time.') from error
