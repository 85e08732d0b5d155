"""The address space below `api/v2.0/`: companies, salespeoplePurchasers, $batch (protocols 3.3, 3.10)."""

import json
import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers

from coupler.sandbox.filters import compile_filter
from coupler.sandbox.nav.answers import Refused, Reply, bad_request, no_segment, not_allowed, not_implemented
from coupler.sandbox.nav.calls import Call
from coupler.sandbox.nav.columns import Page, api_page
from coupler.sandbox.nav.companies import COMPANY_API, api_company, company_asked_for, company_by_id
from coupler.sandbox.nav.entities import serve_collection, serve_count, serve_row
from coupler.sandbox.nav.metadata import csdl
from coupler.sandbox.nav.refusals import answered_by
from coupler.sandbox.nav.salespeople import Company, Salesperson
from coupler.sandbox.query import read_options
from coupler.sandbox.wire import Segment, decode, parse_segment, read_query

LONGEST_BATCH = 100


def serve_api(call: Call) -> Reply:
    """Answer one call below the api root; the first segment of `path` is the version."""
    if not call.world.switches.bc_api_services:
        raise not_allowed(call.method, "api", "Service")
    segments = [parse_segment(decode(part)) for part in call.path]
    if not segments or segments[0].name != "v2.0":
        raise not_implemented(f"the API {'/'.join(segment.name for segment in segments[:4])}")
    inner = replace(call, root=f"{call.root}/v2.0", path=call.path[1:])
    return _serve(inner, segments[1:])


def _serve(call: Call, segments: list[Segment]) -> Reply:
    if not segments:
        return _service_document(call)
    match segments[0].name:
        case "$metadata":
            return Reply(200, csdl("Microsoft.NAV", _pages(call), COMPANY_API), kind="application/xml; charset=utf-8")
        case "$batch":
            return _batch(call)
        case "subscriptions" | "microsoft":
            raise not_implemented(f"{segments[0].name} of API v2.0")
        case "companies":
            return _companies(call, segments)
        case _:
            return _set(call, company_asked_for(call), segments)


def _pages(call: Call) -> list[Page]:
    return [api_page(call.profile)] if call.world.switches.bc_salespeople_api else []


def _service_document(call: Call) -> Reply:
    if call.method != "GET":
        raise not_allowed(call.method, "api", "Service")
    names = ["companies", *(page.entity_set for page in _pages(call))]
    listed = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
    return Reply(200, {"@odata.context": f"{call.root}/$metadata", "value": listed})


def _companies(call: Call, segments: list[Segment]) -> Reply:
    head, rest = segments[0], segments[1:]
    if head.key is not None and rest:
        return _set(call, company_by_id(call, head.key), rest)
    if rest:
        raise no_segment(rest[0].name)
    if call.method != "GET":
        raise not_allowed(call.method, "companies", "Entity" if head.key else "Collection")
    context = f"{call.root}/$metadata#companies"
    if head.key is not None:
        return Reply(200, {"@odata.context": f"{context}/$entity", **api_company(company_by_id(call, head.key))})
    return Reply(200, {"@odata.context": context, "value": _company_rows(call)})


def _company_rows(call: Call) -> list[dict[str, Any]]:
    """All companies; the options that clients send here are `$filter=name eq '...'` and `$select`."""
    options = read_options(call.query)
    for name in options.used():
        if name not in ("filter", "select"):
            raise not_implemented(f"${name} on companies")
    rows = [api_company(company) for company in call.world.companies.values()]
    if options.filter is not None:
        test = compile_filter(options.filter, call.dialect, COMPANY_API.fields())
        rows = [row for row in rows if test(row)]
    if options.select is None:
        return rows
    if unknown := [name for name in options.select if COMPANY_API.column(name) is None]:
        raise bad_request(f"Could not find a property named '{unknown[0]}' on type 'Microsoft.NAV.company'.")
    return [{name: row[name] for name in options.select} for row in rows]


def _set(call: Call, company: Company, segments: list[Segment]) -> Reply:
    head, rest = segments[0], segments[1:]
    page = next((page for page in _pages(call) if page.entity_set == head.name), None)
    if page is None:
        raise no_segment(head.name)
    if head.key is None and [segment.name for segment in rest] == ["$count"]:
        return serve_count(call, page, company)
    if rest:
        raise no_segment(rest[0].name)
    context = f"{call.root}/$metadata#companies({company.id})/{page.entity_set}"
    if head.key is None:
        return serve_collection(call, page, company, context)
    return serve_row(call, page, company, _row(company, head.key), context)


def _row(company: Company, key: str) -> Salesperson | None:
    bare = key.removeprefix("id=").strip()
    try:
        return company.by_system_id(str(uuid.UUID(bare)))
    except ValueError as error:
        raise bad_request(f"Bad Request - Error in query syntax: '{key}'.", "BadRequest_NotFound") from error


def _batch(call: Call) -> Reply:
    """JSON batch, executed in order, each part on its own; at most a hundred parts."""
    if call.method != "POST":
        raise not_allowed(call.method, "$batch", "Service")
    if call.headers.get("Isolation"):
        raise not_implemented(f"Isolation: {call.headers['Isolation']} in $batch")
    parts = call.json_object().get("requests")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise bad_request("A batch is an object with the list 'requests'.")
    if len(parts) > LONGEST_BATCH:
        raise bad_request(f"A batch holds at most {LONGEST_BATCH} requests.")
    return Reply(200, {"responses": [_part(call, part) for part in parts]})


def _part(call: Call, part: dict[str, Any]) -> dict[str, Any]:
    unknown = set(part) - {"id", "method", "url", "headers", "body"}
    if unknown:
        raise not_implemented(f"{', '.join(sorted(unknown))} in a part of $batch")
    reply = answered_by(lambda: _serve_part(call, part))
    headers = {**reply.headers, "Content-Type": reply.kind} if reply.body is not None else dict(reply.headers)
    answered: dict[str, Any] = {"id": part.get("id"), "status": reply.status, "headers": headers}
    return answered if reply.body is None else {**answered, "body": reply.body}


def _serve_part(call: Call, part: dict[str, Any]) -> Reply:
    url = urlsplit(str(part.get("url", "")))
    path = url.path
    if url.scheme or path.startswith("/"):
        path = path.partition("/api/v2.0/")[2]
    segments = tuple(segment for segment in path.split("/") if segment)
    if not segments or segments[0] == "$batch":
        raise Refused(400, "BadRequest_InvalidRequestUrl", f"'{part.get('url')}' cannot be part of a batch.")
    inner = replace(
        call,
        method=str(part.get("method", "GET")).upper(),
        path=segments,
        raw_query=url.query,
        query=read_query(url.query),
        headers=Headers(part.get("headers") or {}),
        body=json.dumps(part["body"]).encode() if "body" in part else b"",
    )
    return _serve(inner, [parse_segment(decode(segment)) for segment in segments])
