"""The server instances on the NAV port: which address belongs to which version, and the way from Flask and back."""

import uuid
from dataclasses import dataclass, replace

from flask import Flask, Response, request
from werkzeug.datastructures import Headers

from coupler.sandbox.faults import Fault
from coupler.sandbox.filters import BC
from coupler.sandbox.hosts import register_nav
from coupler.sandbox.identity.registry import is_tenant
from coupler.sandbox.middleware import FAULT, nav_system
from coupler.sandbox.nav.answers import Refused, Reply, bad_request, no_segment, not_implemented
from coupler.sandbox.nav.api_v2 import serve_api
from coupler.sandbox.nav.callers import require_caller
from coupler.sandbox.nav.calls import Call
from coupler.sandbox.nav.companies import no_environment
from coupler.sandbox.nav.odata_v4 import serve_odata
from coupler.sandbox.nav.profiles import BC_ENVIRONMENT, BUSINESS_CENTRAL, Profile, profile_of
from coupler.sandbox.nav.refusals import answered_by
from coupler.sandbox.wire import public_base, raw_path, raw_query, read_query
from coupler.sandbox.world import World

_HTML_401 = (
    "<!DOCTYPE html><html><head><title>401 - Unauthorized: Access is denied due to invalid credentials.</title></head>"
    "<body><h1>Server Error</h1></body></html>"
)


def create_app(world: World) -> Flask:
    """Protocol paths are answered here from the raw address; every other path is a page of the web client."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False

    @app.before_request
    def protocol() -> Response | None:
        if nav_system(raw_path(request.environ)) is None:
            return None
        return _respond(world, answered_by(lambda: _serve(world)))

    register_nav(app, world)
    return app


@dataclass(frozen=True, slots=True)
class _Address:
    """A raw path taken apart. `service` is `ODataV4`, `api` or what was asked for instead."""

    profile: Profile
    root: str
    service: str
    rest: tuple[str, ...]
    online: bool


def _serve(world: World) -> Reply:
    address = _address(raw_path(request.environ), public_base(request.environ, world.urls.nav))
    fault: Fault | None = request.environ.get(FAULT)
    headers = Headers(request.headers)
    with world.lock:
        require_caller(world, address.profile, headers, fault, online=address.online)
        query = read_query(raw_query(request.environ))
        is_new = address.service == "api" or (address.profile.has_api and query.get("$schemaversion") == "2.1")
        call = Call(
            world=world,
            profile=address.profile,
            method=request.method,
            root=address.root,
            path=address.rest,
            raw_query=raw_query(request.environ),
            query=query,
            dialect=BC if is_new else address.profile.dialect,
            headers=headers,
            body=request.get_data(),
            fault=fault,
        )
        _refuse_intent(call)
        return _service(call, address)


def _service(call: Call, address: _Address) -> Reply:
    if address.service == "ODataV4":
        return serve_odata(call)
    if address.service == "api" and address.profile.has_api:
        return serve_api(call)
    if address.service.lower() == "odata":
        raise not_implemented("OData V3")
    raise no_segment(address.service)


def _refuse_intent(call: Call) -> None:
    if call.method != "GET" and call.headers.get("Data-Access-Intent", "").lower() == "readonly":
        raise bad_request("A request with Data-Access-Intent ReadOnly must not change data.")


def _address(path: str, base: str) -> _Address:
    """On-premises `/{instance}/{service}/...`, online `/v2.0/[{tenant}/]{environment}/{service}/...`."""
    parts = path.strip("/").split("/")
    if parts[0] != "v2.0":
        profile = profile_of(parts[0])
        if profile is None:
            raise no_segment(parts[0])
        return _Address(profile, f"{base}/{parts[0]}/{parts[1]}", parts[1], tuple(parts[2:]), online=False)
    depth = 3 if parts[2] not in ("ODataV4", "api") else 2
    if depth == 3 and not is_tenant(parts[1]):
        raise Refused(404, "Internal_TenantNotFound", f"The tenant '{parts[1]}' does not exist.")
    if parts[depth - 1].lower() != BC_ENVIRONMENT.lower():
        raise no_environment(parts[depth - 1])
    root = f"{base}/{'/'.join(parts[: depth + 1])}"
    return _Address(BUSINESS_CENTRAL, root, parts[depth], tuple(parts[depth + 1 :]), online=True)


def _respond(world: World, reply: Reply) -> Response:
    if reply.status == 401 and world.switches.nav_html_401:
        reply = replace(reply, body=_HTML_401, kind="text/html")
    response = Response(reply.content(), reply.status)
    response.headers["request-id"] = str(uuid.uuid4())
    response.headers["OData-Version"] = "4.0"
    if reply.body is None:
        del response.headers["Content-Type"]
    else:
        response.headers["Content-Type"] = reply.kind
    for name, value in reply.headers.items():
        response.headers[name] = value
    return response
