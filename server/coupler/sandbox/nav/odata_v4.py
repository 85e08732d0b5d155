"""The address space below `ODataV4/`: service document, metadata, companies, page services (protocols 3.1)."""

from typing import Any

from coupler.sandbox.nav.answers import Refused, Reply, bad_request, no_segment, not_allowed, not_implemented
from coupler.sandbox.nav.calls import Call
from coupler.sandbox.nav.columns import Page, card, list_page
from coupler.sandbox.nav.companies import (
    COMPANY_BC,
    COMPANY_NAV,
    company_asked_for,
    company_by_key,
    context_key,
    odata_company,
)
from coupler.sandbox.nav.entities import serve_collection, serve_count, serve_row, visible
from coupler.sandbox.nav.metadata import csdl
from coupler.sandbox.nav.salespeople import Company, Salesperson
from coupler.sandbox.wire import BadTarget, Segment, decode, parse_key, parse_segment, text_literal


def serve_odata(call: Call) -> Reply:
    """Answer one call below the ODataV4 root."""
    if not call.world.switches.nav_odata_services:
        raise not_allowed(call.method, "ODataV4", "Service")
    segments = [parse_segment(decode(part)) for part in call.path]
    if not segments or segments[0].name == "$metadata":
        return _service(call, segments)
    if segments[0].name == "$batch":
        raise not_implemented("$batch on ODataV4; use api/v2.0/$batch")
    if segments[0].name != "Company":
        return _page_service(call, company_asked_for(call), segments)
    return _companies(call, segments)


def _pages(call: Call) -> list[Page]:
    switches = call.world.switches
    return [card(call.profile, switches.nav_service_card), list_page(call.profile, switches.nav_service_list)]


def _service(call: Call, segments: list[Segment]) -> Reply:
    if call.method != "GET":
        raise not_allowed(call.method, "ODataV4", "Service")
    if len(segments) > 1:
        raise no_segment(segments[1].name)
    if segments:
        company = COMPANY_BC if call.profile.has_api else COMPANY_NAV
        return Reply(200, csdl("NAV", _pages(call), company), kind="application/xml; charset=utf-8")
    names = ["Company", *(page.entity_set for page in _pages(call))]
    listed = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
    return Reply(200, {"@odata.context": f"{call.root}/$metadata", "value": listed})


def _companies(call: Call, segments: list[Segment]) -> Reply:
    head, rest = segments[0], segments[1:]
    if head.key is None:
        if rest:
            raise no_segment(rest[0].name)
        return _company_reply(call, None)
    company = company_by_key(call, head.key)
    if not rest:
        return _company_reply(call, company)
    return _page_service(call, company, rest)


def _company_reply(call: Call, company: Company | None) -> Reply:
    if call.method != "GET":
        raise not_allowed(call.method, "Company", "Entity" if company else "Collection")
    _refuse_options(call)
    context = f"{call.root}/$metadata#Company"
    if company is not None:
        return Reply(200, {"@odata.context": f"{context}/$entity", **odata_company(call, company)})
    rows: list[dict[str, Any]] = [odata_company(call, each) for each in call.world.companies.values()]
    return Reply(200, {"@odata.context": context, "value": rows})


def _refuse_options(call: Call) -> None:
    for name in call.query:
        if name.startswith("$") and name not in ("$format", "$schemaversion"):
            raise not_implemented(f"{name} on companies")


def _page_service(call: Call, company: Company, segments: list[Segment]) -> Reply:
    head, rest = segments[0], segments[1:]
    page = next((page for page in _pages(call) if page.entity_set == head.name), None)
    if page is None:
        raise no_segment(head.name)
    if head.key is None and [segment.name for segment in rest] == ["$count"]:
        return serve_count(call, page, company)
    if rest:
        raise not_implemented(f"the path behind {head.name}: {rest[0].name}")
    context = f"{call.root}/$metadata#Company({context_key(company)})/{page.entity_set}"
    if head.key is None:
        return serve_collection(call, page, company, context)
    return serve_row(call, page, company, _row(call, company, head.key), context)


def _row(call: Call, company: Company, key: str) -> Salesperson | None:
    """The row of a key; Code is compared as the server stores it, trimmed and upper case."""
    try:
        parts = parse_key(key)
    except BadTarget as error:
        raise bad_request(str(error), "BadRequest_NotFound") from error
    code = text_literal(parts.get("", parts.get("Code", "")))
    if code is None or len(parts) != 1:
        raise Refused(400, "BadRequest_NotFound", f"Bad Request - Error in query syntax: ({key}).")
    return visible(call, company, code.strip().upper())
