"""Change tracking: reading everything with a delta link at the end, and reading what happened since (protocols 1.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coupler.sandbox.crm.answers import INVALID_ARGUMENT, Answer, Call, CrmError, bad_request
from coupler.sandbox.crm.attributes import SYSTEMUSER
from coupler.sandbox.crm.paging import Cookie, link, read_cookie, write_cookie
from coupler.sandbox.crm.preferences import Preferences, read_preferences
from coupler.sandbox.crm.reading import checked_options, finder, listing, page_size, rendered
from coupler.sandbox.crm.rendering import context
from coupler.sandbox.query import QueryOptions

if TYPE_CHECKING:
    from coupler.sandbox.world import World

EXPIRED = "0x80044352"
_TOKEN = re.compile(r"(\d+)!(\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2})\Z")
_FORMAT = "%m/%d/%Y %H:%M:%S"


@dataclass(frozen=True, slots=True)
class DeltaToken:
    """A row version and when it was current."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class _Item:
    """One entry of a delta answer, in the order in which they are sent."""

    version: int
    key: str
    deleted: bool

    @property
    def place(self) -> tuple[bool, int]:
        return self.deleted, self.version


def is_tracking(call: Call) -> bool:
    """Whether a call on a collection is about changes: by preference, delta link or the next link of either."""
    asked = read_preferences(call.headers.get("prefer", ""))
    token = call.query.get("$skiptoken", "")
    return asked.track_changes or "$deltatoken" in call.query or 'istracking="True"' in token


def read_everything(world: World, call: Call) -> Answer:
    """All rows, paged; the last page has the delta link, as of the version when the first page was read."""
    options, asked = _options(world, call)
    cookie = read_cookie(options.skiptoken, SYSTEMUSER.primary_id) if options.skiptoken is not None else None
    stamp = cookie.stamp if cookie and cookie.stamp is not None else world.users.version
    size = page_size(world, asked, options)
    rows = list(islice(world.users.ids_after(cookie.last_id if cookie else None), size + 1))
    body: dict[str, Any] = {
        "@odata.context": context(call.root, SYSTEMUSER, options),
        "value": rendered(list(rows[:size]), SYSTEMUSER, options, asked, finder(world)),
    }
    if len(rows) > size:
        page = cookie.page + 1 if cookie else 2
        following = Cookie(page, rows[size - 1]["systemuserid"], tracking=True, stamp=stamp)
        body["@odata.nextLink"] = _next_link(call, following)
    else:
        body["@odata.deltaLink"] = _delta_link(world, call, stamp)
    return listing(body, asked)


def read_changes(world: World, call: Call) -> Answer:
    """What happened since a delta token: new and changed rows first, then deleted entries, then a new link."""
    options, asked = _options(world, call)
    token = _checked_token(world, options, call)
    cookie = read_cookie(options.skiptoken, SYSTEMUSER.primary_id) if options.skiptoken is not None else None
    stamp = cookie.stamp if cookie and cookie.stamp is not None else world.users.version
    size = page_size(world, asked, options)
    items = list(islice(_items(world, token.version, stamp, cookie), size + 1))
    body: dict[str, Any] = {
        "@odata.context": context(call.root, SYSTEMUSER, options, tail="/$delta"),
        "value": [_entry(world, item, options, asked, call) for item in items[:size]],
    }
    if len(items) > size:
        page, last = (cookie.page + 1 if cookie else 2), items[size - 1]
        place = {"version": last.version, "deleted": last.deleted}
        following = Cookie(page, last.key, place, tracking=True, stamp=stamp)
        body["@odata.nextLink"] = _next_link(call, following, deltatoken=_written(token))
    else:
        body["@odata.deltaLink"] = _delta_link(world, call, stamp)
    return listing(body, asked)


def count_changes(world: World, call: Call) -> Answer:
    """`/$count` of a delta link."""
    options, _ = _options(world, call)
    token = _checked_token(world, options, call)
    return Answer(200, str(sum(1 for _ in _items(world, token.version, world.users.version, None))))


def _options(world: World, call: Call) -> tuple[QueryOptions, Preferences]:
    asked = read_preferences(call.headers.get("prefer", ""))
    if not world.switches.crm_change_tracking:
        raise CrmError(400, INVALID_ARGUMENT, "Change tracking is not enabled for the entity 'systemuser'.")
    options = checked_options(call, SYSTEMUSER)
    for name in ("filter", "orderby", "expand", "top"):
        if name in options.used():
            raise bad_request(f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.')
    return options, asked


def _checked_token(world: World, options: QueryOptions, call: Call) -> DeltaToken:
    match = _TOKEN.match(options.deltatoken or "")
    if not match:
        raise CrmError(400, INVALID_ARGUMENT, "The delta token is not valid.")
    token = DeltaToken(int(match[1]), datetime.strptime(match[2], _FORMAT).replace(tzinfo=UTC))
    age = world.clock.now() - token.at
    too_old = age > timedelta(days=world.switches.crm_delta_days)
    if call.expire_delta or too_old or token.version < world.users.first_version:
        raise CrmError(
            400,
            EXPIRED,
            "Version stamp associated with the client has expired. Please perform a full sync.",
        )
    return token


def _items(world: World, version: int, upto: int, cookie: Cookie | None) -> Iterator[_Item]:
    changes = world.users.changes_since(version, upto)
    items = [_Item(at, key, deleted=False) for at, key in changes.changed]
    items += [_Item(at, key, deleted=True) for at, key in changes.deleted]
    if cookie is None:
        return iter(items)
    behind = (bool(cookie.last.get("deleted")), int(cookie.last.get("version", 0)))
    return (item for item in items if item.place > behind)


def _entry(world: World, item: _Item, options: QueryOptions, asked: Preferences, call: Call) -> dict[str, Any]:
    row = None if item.deleted else world.users.get(item.key)
    if row is None:
        place = f"{call.root}$metadata#systemusers/$deletedEntity"
        return {"@odata.context": place, "id": item.key, "reason": "deleted"}
    return rendered([row], SYSTEMUSER, options, asked, finder(world))[0]


def _next_link(call: Call, cookie: Cookie, **tokens: str) -> str:
    return link(call.path, call.raw_query, **tokens, skiptoken=write_cookie(cookie, SYSTEMUSER.primary_id))


def _delta_link(world: World, call: Call, version: int) -> str:
    return link(call.path, call.raw_query, deltatoken=_written(DeltaToken(version, world.clock.now())))


def _written(token: DeltaToken) -> str:
    """As it stands in a link; the vendor writes the hex digits in lower case."""
    text = f"{token.version}!{token.at.strftime(_FORMAT)}"
    return quote(text, safe="").replace("%2F", "%2f").replace("%3A", "%3a")
