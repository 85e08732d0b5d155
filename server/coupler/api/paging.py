"""Lists: an array body, `limit`, an opaque `cursor`, and a Link header to the next page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from flask import request

from coupler.api.services import services
from coupler.domain.errors import InvalidInput

T = TypeVar("T")


def page(rows: Sequence[Any], cursor: str | None) -> tuple[Sequence[Any], int, dict[str, str]]:
    """The answer of a list; without a cursor it is the last page."""
    if cursor is None:
        return rows, 200, {}
    query = {**request.args.to_dict(), "cursor": cursor}
    link = f"{services().public_url}{quote(request.path)}?{urlencode(query, quote_via=quote)}"
    return rows, 200, {"Link": f'<{link}>; rel="next"'}


def cut_page(
    items: Sequence[T], name: Callable[[T], str], limit: int, cursor: str | None
) -> tuple[Sequence[T], str | None]:
    """A page of a short list that is at hand, ordered by name; the cursor is the last name shown."""
    last = _read(cursor) if cursor is not None else ""
    following = [item for item in sorted(items, key=name) if name(item) > last]
    shown = following[:limit]
    more = len(following) > limit
    return shown, base64.urlsafe_b64encode(name(shown[-1]).encode()).decode() if more else None


def _read(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor.encode("ascii")).decode()
    except (UnicodeError, binascii.Error) as error:
        raise InvalidInput("This cursor was not given out here.", errors={"cursor": ["Unknown."]}) from error
