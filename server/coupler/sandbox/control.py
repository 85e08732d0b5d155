"""The tester's hand in the sandbox: faults, journal, data behind everybody's back, clock, switches (contract 7).

No authentication, loopback only. Never part of the product.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from coupler.sandbox.faults import BadFault
from coupler.sandbox.identity.clients import register_certificate
from coupler.sandbox.identity.errors import TokenError
from coupler.sandbox.nav.columns import Column, api_page, card, row_json
from coupler.sandbox.nav.profiles import BUSINESS_CENTRAL
from coupler.sandbox.nav.rules import sql_time
from coupler.sandbox.nav.salespeople import Company, Salesperson
from coupler.sandbox.people import bulk_people
from coupler.sandbox.switches import UnknownSwitch
from coupler.sandbox.world import World

MOST_PEOPLE = 1_000_000


def create_app(world: World) -> Flask:
    """The control API as an app of its own, on its own port."""
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(_refuse_strangers)
    app.register_error_handler(HTTPException, _as_json)
    app.register_error_handler(BadFault, lambda error: _as_json(BadRequest(str(error))))
    app.register_error_handler(UnknownSwitch, lambda error: _as_json(BadRequest(str(error))))
    for blueprint in (_trouble(world), _watching(world), _data(world), _surroundings(world)):
        app.register_blueprint(blueprint)
    return app


def _refuse_strangers() -> Response | None:
    """Only programs of this machine, and no web page that a name server has pointed at it."""
    host = request.host.rpartition(":")[0] if request.host.count(":") == 1 or "]" in request.host else request.host
    if _is_loopback(request.remote_addr or "") and (host == "localhost" or _is_loopback(host.strip("[]"))):
        return None
    response = jsonify({"error": "The control API answers programs of this machine only."})
    response.status_code = 403
    return response


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _as_json(error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    response = jsonify({"error": error.description})
    response.status_code = error.code or 500
    return response


def _trouble(world: World) -> Blueprint:
    routes = Blueprint("faults", __name__, url_prefix="/faults")

    @routes.post("")
    def add() -> tuple[Response, int]:
        sent = request.get_json()
        added = world.faults.add(*(sent if isinstance(sent, list) else [sent]))
        return jsonify([fault.as_dict() for fault in added]), 201

    @routes.get("")
    def show() -> Response:
        return jsonify([fault.as_dict() for fault in world.faults.all()])

    @routes.delete("")
    def end() -> tuple[str, int]:
        world.faults.clear()
        return "", 204

    return routes


def _watching(world: World) -> Blueprint:
    routes = Blueprint("requests", __name__, url_prefix="/requests")

    @routes.get("")
    def show() -> Response:
        since = request.args.get("since")
        entries = world.journal.entries(request.args.get("system") or None, _moment(since) if since else None)
        with_headers = request.args.get("headers") == "1"
        return jsonify([entry.as_dict(headers=with_headers) for entry in entries])

    @routes.get("/count")
    def count() -> Response:
        return jsonify(world.journal.counts())

    @routes.delete("")
    def clear() -> tuple[str, int]:
        world.journal.clear()
        return "", 204

    return routes


def _data(world: World) -> Blueprint:
    routes = Blueprint("data", __name__)

    @routes.post("/people")
    def people() -> Response:
        crm, nav, share = _bulk(_object())
        world.seed(bulk_people(crm, nav, share))
        return jsonify({"crm": len(world.users), "nav": {name: len(c) for name, c in world.companies.items()}})

    @routes.get("/state")
    def state() -> Response:
        with world.lock:
            users = [dict(user) for user in world.users]
            rows = {name: [_shown(company, row) for row in company] for name, company in world.companies.items()}
        return jsonify({"crm": {"systemusers": users}, "nav": rows})

    @routes.post("/reset")
    def reset() -> tuple[str, int]:
        world.reset()
        return "", 204

    @routes.route("/crm/systemusers/<user_id>", methods=["PATCH", "DELETE"])
    def user(user_id: str) -> Response | tuple[str, int]:
        with world.lock:
            return _change_user(world, user_id)

    @routes.route("/crm/webresources/<path:name>", methods=["PUT", "DELETE"])
    def web_resource(name: str) -> tuple[str, int]:
        with world.lock:
            world.web_resources.pop(name, None)
            if request.method == "PUT":
                world.web_resources[name] = request.get_data()
        return "", 204

    @routes.route("/nav/salespeople/<path:code>", methods=["PATCH", "DELETE"])
    def salesperson(code: str) -> Response | tuple[str, int]:
        with world.lock:
            return _change_salesperson(world, code)

    return routes


def _change_user(world: World, user_id: str) -> Response | tuple[str, int]:
    if world.users.get(user_id) is None:
        raise NotFound(f"There is no user {user_id}.")
    if request.method == "DELETE":
        world.users.delete(user_id)
        return "", 204
    try:
        return jsonify(dict(world.users.update(user_id, _object())))
    except KeyError as error:
        raise BadRequest(str(error.args[0])) from error


def _change_salesperson(world: World, code: str) -> Response | tuple[str, int]:
    found = [(company, row) for company in _companies(world) if (row := company.get(code)) is not None]
    if not found:
        raise NotFound(f"There is no salesperson {code}.")
    if request.method == "DELETE":
        for company, _ in found:
            company.remove(code)
        return "", 204
    changes, now = _attributes(_object()), sql_time(world.clock.now())
    rows = [(company, company.put(replace(row, **changes, modified=now), old_code=code)) for company, row in found]
    return jsonify({company.name: _shown(company, row) for company, row in rows})


def _surroundings(world: World) -> Blueprint:
    routes = Blueprint("surroundings", __name__)

    @routes.post("/certificates")
    def certificate() -> Response:
        sent = _object()
        try:
            thumbprint = register_certificate(world, str(sent.get("client_id", "")), str(sent.get("pem", "")))
        except (TokenError, ValueError) as error:
            raise BadRequest(f"The certificate cannot be registered: {error}") from error
        return jsonify({"sha256": thumbprint})

    @routes.get("/clock")
    def clock() -> Response:
        return jsonify({"now": world.clock.now().isoformat()})

    @routes.post("/clock")
    def shift() -> Response:
        seconds = _object().get("shift")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise BadRequest("shift must be a number of seconds.")
        world.clock.shift(seconds)
        return jsonify({"now": world.clock.now().isoformat()})

    @routes.get("/switches")
    def switches() -> Response:
        return jsonify(world.switches.as_dict())

    @routes.patch("/switches")
    def change() -> Response:
        with world.lock:
            world.switches.change(_object())
        return jsonify(world.switches.as_dict())

    return routes


def _object() -> dict[str, Any]:
    sent = request.get_json()
    if not isinstance(sent, dict):
        raise BadRequest("A JSON object was expected.")
    return sent


def _moment(text: str) -> datetime:
    try:
        # A plus that was not encoded arrives as a blank.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise BadRequest(f"since is no moment: {text!r}.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bulk(sent: Mapping[str, Any]) -> tuple[int, int, float]:
    if unknown := set(sent) - {"crm", "nav", "coupled_by_email"}:
        raise BadRequest(f"Unknown key {', '.join(sorted(unknown))}.")
    crm, nav, share = sent.get("crm", 0), sent.get("nav", 0), sent.get("coupled_by_email", 0.0)
    for name, count in (("crm", crm), ("nav", nav)):
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST_PEOPLE:
            raise BadRequest(f"{name} must be a number from 0 to {MOST_PEOPLE}.")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise BadRequest("coupled_by_email must be a share from 0 to 1.")
    return crm, nav, float(share)


def _companies(world: World) -> list[Company]:
    """The company asked for, or all."""
    name = request.args.get("company")
    if name is None:
        return list(world.companies.values())
    if name not in world.companies:
        raise NotFound(f"There is no company {name!r}.")
    return [world.companies[name]]


def _shown(company: Company, row: Salesperson) -> dict[str, Any]:
    """A row under the names of page 5116 in its newest version, with the id of API v2.0."""
    shown = row_json(card(BUSINESS_CENTRAL, "SalespersonCard"), company, row)
    del shown["@odata.etag"]
    return {"SystemId": company.system_id(row), **shown}


def _attributes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Vendor's names, of page 5116 or of API v2.0, to attributes of the row. Rules of the table do not apply here."""
    columns = {c.name: c for c in (*api_page(BUSINESS_CENTRAL).columns, *card(BUSINESS_CENTRAL, "").columns)}
    attributes = {}
    for name, value in changes.items():
        column = columns.get(name)
        if column is None or column.attribute in ("", "system_id", "modified"):
            raise BadRequest(f"A salesperson has no property {name}; there are {', '.join(sorted(columns))}.")
        attributes[column.attribute] = _value(column, value)
    return attributes


def _value(column: Column, value: Any) -> Any:
    try:
        match column.kind:
            case "number":
                return Decimal(str(value))
            case "date":
                return date.fromisoformat(value)
            case "boolean" if isinstance(value, bool):
                return value
            case "text" | "code" if isinstance(value, str):
                return value
    except (ArithmeticError, TypeError, ValueError) as error:
        raise BadRequest(f"{column.name} cannot be {value!r}.") from error
    raise BadRequest(f"{column.name} cannot be {value!r}.")
