"""Paging cookies: XML in a `$skiptoken`, with a second cookie inside, percent-encoded once more (protocols 1.4)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from coupler.sandbox.crm.answers import INVALID_ARGUMENT, CrmError

_OUTER = re.compile(r'<cookie pagenumber="(\d+)" pagingcookie="([^"<>]*)" istracking="(True|False)" />\Z')
_ELEMENT = re.compile(r'<(\w+) last="([^"]*)" first="[^"]*" />')
_HEX = re.compile(r"%[0-9A-F]{2}")


@dataclass(frozen=True, slots=True)
class Cookie:
    """Where a page begins: behind the row `last_id` with the sort values `last`. `stamp` is a delta read's version."""

    page: int
    last_id: str
    last: Mapping[str, Any] = field(default_factory=dict)
    tracking: bool = False
    stamp: int | None = None


def write_cookie(cookie: Cookie, primary_id: str) -> str:
    """The value of `$skiptoken` as it stands in a link."""
    elements = [
        _element(name, html.escape(json.dumps(value, ensure_ascii=False))) for name, value in cookie.last.items()
    ]
    elements.append(_element(primary_id, f"{{{cookie.last_id.upper()}}}"))
    if cookie.stamp is not None:
        elements.append(_element("stamp", str(cookie.stamp)))
    inner = f'<cookie page="{cookie.page - 1}">{"".join(elements)}</cookie>'
    encoded = _HEX.sub(lambda match: match[0].lower(), quote(inner, safe=""))
    outer = f'<cookie pagenumber="{cookie.page}" pagingcookie="{encoded}" istracking="{cookie.tracking}" />'
    return quote(outer, safe="=/")


def read_cookie(token: str, primary_id: str) -> Cookie:
    """A cookie out of a `$skiptoken` decoded once, as every query value is; decoded once more it is refused."""
    outer = _OUTER.match(token)
    if not outer:
        raise _malformed()
    values = {match[1]: html.unescape(match[2]) for match in _ELEMENT.finditer(unquote(outer[2]))}
    last_id = values.pop(primary_id, "").strip("{}").lower()
    stamp = values.pop("stamp", None)
    if not last_id:
        raise _malformed()
    try:
        # The primary key is the tie-breaker and may be sorted by as well: `$orderby=fullname,systemuserid`.
        last = {name: json.loads(text) for name, text in values.items()} | {primary_id: last_id}
        return Cookie(int(outer[1]), last_id, last, outer[3] == "True", int(stamp) if stamp else None)
    except ValueError as error:
        raise _malformed() from error


def link(address: str, raw_query: str, **tokens: str) -> str:
    """An absolute link: the query as it was sent, its paging and delta tokens replaced by `tokens` (encoded)."""
    kept = [part.replace("%24", "$", 1) if part.startswith("%24") else part for part in raw_query.split("&")]
    parts = [part for part in kept if part and not part.startswith(("$skiptoken=", "$deltatoken="))]
    return f"{address}?{'&'.join(parts + [f'${name}={value}' for name, value in tokens.items()])}"


def _element(name: str, last: str) -> str:
    return f'<{name} last="{last}" first="{last}" />'


def _malformed() -> CrmError:
    return CrmError(400, INVALID_ARGUMENT, "Malformed XML in the Paging Cookie")
