"""The CRM origin as a web application: one route for the Web API, the pages beside it, nothing decided here."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, request

from coupler.sandbox.crm import dispatch
from coupler.sandbox.crm.answers import Answer, Call, CrmError, bad_request, error_answer, stale, unsupported
from coupler.sandbox.crm.batch import Operation, run_batch
from coupler.sandbox.crm.callers import Challenge, authenticate
from coupler.sandbox.crm.limits import ServiceProtection
from coupler.sandbox.crm.preferences import read_preferences
from coupler.sandbox.hosts import register_crm
from coupler.sandbox.identity.tokens import revoke_bearer
from coupler.sandbox.middleware import FAULT
from coupler.sandbox.wire import BadTarget, parse_segment, public_base, raw_path, raw_query, read_query, split_path

if TYPE_CHECKING:
    from coupler.sandbox.world import World

VERSIONS = ("v8.0", "v8.1", "v8.2", "v9.0", "v9.1", "v9.2")
METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
_ROOT = re.compile(r"(?:/[^/]+)?/api/data/(v\d+\.\d+)(?=/|\Z)/?")
_REFUSED_HEADERS = ("CallerObjectId", "MSCRMCallerID")


def create_app(world: World) -> Flask:
    """The Flask application over one world."""
    app = Flask("coupler.sandbox.crm", static_folder=None)
    app.url_map.merge_slashes = False
    protection = ServiceProtection(world)

    @app.route("/api/data/<path:_rest>", methods=METHODS)
    @app.route("/<_organization>/api/data/<path:_rest>", methods=METHODS)
    def web_api(_rest: str, _organization: str = "") -> Response:
        return _serve(world, protection)

    register_crm(app, world)
    return app


def _serve(world: World, protection: ServiceProtection) -> Response:
    try:
        answer = _answer(world, protection)
    except Challenge as challenge:
        response = Response(b"", 401, {"WWW-Authenticate": challenge.header})
        response.headers.pop("Content-Type")
        return response
    except CrmError as error:
        asked = read_preferences(request.headers.get("Prefer", ""))
        answer = error_answer(error, asked.wants("Microsoft.PowerApps.CDS.HelpLink"))
    except BadTarget as error:
        answer = error_answer(bad_request(str(error)))
    body, kind = answer.encoded()
    headers = {**answer.headers, "OData-Version": "4.0", "REQ_ID": str(uuid.uuid4()), "Cache-Control": "no-cache"}
    headers["x-ms-service-request-id"] = headers["REQ_ID"]
    response = Response(body, answer.status, headers)
    if kind:
        response.headers["Content-Type"] = kind
    else:
        response.headers.pop("Content-Type", None)
    return response


def _answer(world: World, protection: ServiceProtection) -> Answer:
    fault = getattr(request.environ.get(FAULT), "action", None)
    if fault == "revoke_token":
        revoke_bearer(world, request.headers.get("Authorization"))
    caller = authenticate(world, request.headers.get("Authorization"))
    if fault == "stale_etag" and request.method in ("PATCH", "PUT", "DELETE"):
        raise stale()
    _refuse_unspoken_headers()
    with protection.call(caller):
        path, query = raw_path(request.environ), raw_query(request.environ)
        root, rest = _root(world, path)
        call = make_call(request.method, rest, query, _lower_headers(), request.get_data(), root, caller, fault)
        if call.segments and call.segments[0].name == "$batch":
            return _batch(world, call)
        with world.lock:
            return dispatch.answer(world, call)


def make_call(
    method: str,
    rest: str,
    query: str,
    headers: dict[str, str],
    body: bytes,
    root: str,
    caller: str,
    fault: str | None = None,
) -> Call:
    """A Call out of the raw path behind the service root and the raw query."""
    segments = tuple(parse_segment(text) for text in split_path(rest))
    expired = fault == "expire_delta"
    return Call(method, segments, read_query(query), headers, body, root, query, caller, expired)


def _batch(world: World, call: Call) -> Answer:
    if call.method != "POST":
        raise CrmError(405, "0x80060888", "A batch is sent with POST.")

    def run(operation: Operation) -> Answer:
        rest, query = _inside(operation.url)
        part = make_call(
            operation.method, rest, query, operation.headers, operation.body.encode(), call.root, call.caller
        )
        if part.segments and part.segments[0].name == "$batch":
            raise bad_request("A batch cannot hold another one.")
        try:
            return dispatch.answer(world, part)
        except BadTarget as error:
            raise bad_request(str(error)) from error

    goes_on = read_preferences(call.headers.get("prefer", "")).continue_on_error
    kind = call.headers.get("content-type", "")
    with world.lock:
        return run_batch(kind, call.body, run, world.users.transaction, continue_on_error=goes_on)


def _inside(url: str) -> tuple[str, str]:
    """Path behind the service root and query of a part's address: absolute, from the root, or relative to it."""
    parts = urlsplit(url)
    match = _ROOT.match(parts.path)
    rest = parts.path[match.end() :] if match else parts.path
    if rest.startswith("/"):
        raise bad_request(f"The address '{url}' of a part is not below the service root.")
    return rest, parts.query


def _root(world: World, path: str) -> tuple[str, str]:
    """The absolute service root of this request, and the raw path behind it."""
    match = _ROOT.match(path)
    if not match or match[1] not in VERSIONS:
        raise CrmError(404, "0x80060888", f"Resource not found for the segment '{path.rpartition('/')[2]}'.")
    base = public_base(request.environ, world.urls.crm)
    return f"{base}{match[0].rstrip('/')}/", path[match.end() :]


def _lower_headers() -> dict[str, str]:
    """Headers by lower-case name; a repeated one is joined by commas, as WSGI hands it over."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        known = headers.get(name.lower())
        headers[name.lower()] = value if known is None else f"{known},{value}"
    return headers


def _refuse_unspoken_headers() -> None:
    for name in _REFUSED_HEADERS:
        if name in request.headers:
            raise unsupported(f"impersonation by the header {name}")
    accept = request.headers.get("Accept", "").replace(" ", "").lower()
    for level in ("full", "none"):
        if f"odata.metadata={level}" in accept:
            raise unsupported(f"odata.metadata={level}")
