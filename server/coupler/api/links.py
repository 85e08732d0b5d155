"""Whether a record is coupled, and where its partner opens; for buttons that only want to know (contract 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from coupler.api.access import actor
from coupler.api.operations import Resource
from coupler.api.places import resolve
from coupler.api.representation import partner
from coupler.api.schemas import LinksQuery, LinksSchema
from coupler.api.services import services
from coupler.domain.errors import InvalidInput
from coupler.domain.records import System
from coupler.engine.deep_links import Place

blueprint = Resource("links", __name__, description="From a record to its partner.")
HINTS = ("company", "org", "connection", "tenant")


@blueprint.operation("GET", "/links", answer=LinksSchema, query=LinksQuery, problems=(404, 409))
def show(query: Mapping[str, Any]) -> Any:
    """Whether a record is coupled and where its partner opens. Asks neither system.

    In several companies `url` is a page to choose on, `partner` is null and `partners` has them all.
    """
    place = _place(query)
    found = [partner(one) for one in resolve(place, actor()).partners]
    only = found[0] if len(found) == 1 else None
    return {
        "coupled": bool(found),
        "url": only["url"] if only else _chooser(place) if found else None,
        "partner": only,
        "coupling": only["coupling"] if only else None,
        "partners": found,
    }


def _place(query: Mapping[str, Any]) -> Place:
    system = query["system"] or _system_of(query)
    table, key = ("table", "key") if system is System.NAV else ("entity", "id")
    missing = {name: [f"Needed with system={system}."] for name in (table, key) if not query[name]}
    other = ("entity", "id") if system is System.NAV else ("table", "key")
    missing.update({name: [f"Not used with system={system}."] for name in other if query[name]})
    if missing:
        raise InvalidInput(f"Not accepted: {', '.join(missing)}.", errors=missing)
    return Place(system, query[table], query[key], **{name: query[name] for name in HINTS})


def _system_of(query: Mapping[str, Any]) -> System:
    if query["table"] or query["key"]:
        return System.NAV
    if query["entity"] or query["id"]:
        return System.CRM
    needed = "Needed, or table and key of a NAV record, or entity and id of a CRM record."
    raise InvalidInput("Not accepted: system.", errors={"system": [needed]})


def _chooser(place: Place) -> str:
    hints = {name: getattr(place, name) for name in HINTS if getattr(place, name) is not None}
    path = f"/open/{place.system}/{quote(place.table, safe='')}/{quote(place.key, safe='')}"
    return f"{services().public_url}{path}" + (f"?{urlencode(hints, quote_via=quote)}" if hints else "")
