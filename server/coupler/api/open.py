"""Opening: "I am on this record, show me its partner" (contract 4). One read, no script, no pane."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, current_app, g, render_template, request
from werkzeug.routing import PathConverter
from werkzeug.urls import iri_to_uri

from coupler.api import cookies
from coupler.api.access import by_bearer
from coupler.api.errors import SeveralPartners, wants_html
from coupler.api.links import HINTS
from coupler.api.places import resolve
from coupler.api.representation import partner
from coupler.api.services import services
from coupler.domain.access import Actor
from coupler.domain.errors import InvalidInput, NotSignedIn
from coupler.domain.records import System
from coupler.engine.deep_links import Partner, Place, Resolution

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

blueprint = Blueprint("open", __name__, url_prefix="/open")


class KeyConverter(PathConverter):
    """A record key at the end of an address: everything that is left, slashes included (protocols 5.2)."""

    regex = ".+"
    part_isolating = False


@blueprint.get("/nav/<table>/<key:key>")
def nav(table: str, key: str) -> Response:
    """From a NAV record to its CRM partner."""
    return _open(Place(System.NAV, table, key, **_hints()))


@blueprint.get("/crm/<entity>/<key:key>")
def crm(entity: str, key: str) -> Response:
    """From a CRM record to its NAV partner."""
    return _open(Place(System.CRM, entity, key, **_hints()))


def _hints() -> dict[str, Any]:
    """Hosts add parameters of their own, so unknown ones are let pass here; an empty one is none."""
    given = {name: values for name, values in request.args.lists() if name in HINTS}
    if any(len(values) > 1 for values in given.values()):
        raise InvalidInput("A parameter of this link is given more than once.")
    return {name: values[0] for name, values in given.items() if values[0]}


def _open(place: Place) -> Response:
    actor = _actor()
    if actor is None:
        return _to_sign_in()
    g.actor = actor
    found = resolve(place, actor)
    if not found.partners:
        return _redirect(_coupling_page(found))
    if len(found.partners) > 1:
        return _choose(found)
    return _go(found.partners[0])


def _actor() -> Actor | None:
    """A bearer for programs, else the browser's session; None asks a browser to sign in."""
    if "Authorization" in request.headers:
        return by_bearer()
    actor = services().access.session(cookies.session_id())
    if actor is None and not wants_html():
        raise NotSignedIn("Sign in with a browser, or send a bearer token.")
    return actor


def _to_sign_in() -> Response:
    """This address comes along as it was sent: a `?` or `#` of a record key stays part of the key."""
    asked = quote(request.query_string, safe="%/?:@!$&'()*+,;=-._~")
    here = quote(request.path, safe="/") + (f"?{asked}" if asked else "")
    return _redirect(f"/auth/sign-in?{urlencode({'return_to': here}, quote_via=quote)}")


class _Redirect(Response):
    """Sent as it is. Of other answers the headers are copied, the address encoded again and the body measured."""

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI answer; without a body there is nothing to close."""
        start_response(self.status, self.headers.to_wsgi_list())
        return []


def _redirect(location: str) -> Response:
    address = location if location.isascii() else iri_to_uri(location)
    return _Redirect(status=302, headers=[("Location", address), ("Content-Length", "0")])


def _go(partner: Partner) -> Response:
    if partner.url is None:
        raise InvalidInput(partner.problem)
    if partner.url.startswith("dynamicsnav:"):
        # A browser shows an external-protocol prompt only after a click (surfaces 3.1).
        response = current_app.make_response(render_template("coupler/windows_client.html", partner=partner))
    else:
        response = _redirect(partner.url)
    if request.args.get("connection"):
        cookies.keep_last_connection(response, partner.connection.name)
    return response


def _coupling_page(found: Resolution) -> str:
    place = found.place
    names = ("table", "key") if place.system is System.NAV else ("entity", "id")
    hints = {name: value for name in HINTS if (value := getattr(place, name)) is not None}
    query = {"system": place.system.value, names[0]: place.table, names[1]: place.key, **hints, "then": "open"}
    return f"/couple?{urlencode(query, quote_via=quote)}"


def _choose(found: Resolution) -> Response:
    if not wants_html():
        raise SeveralPartners(
            f"The record is coupled in {len(found.partners)} companies.",
            partners=[partner(one) for one in found.partners],
        )
    last = cookies.last_connection()
    ordered = sorted(found.partners, key=lambda one: (one.connection.name != last, one.connection.title))
    rest = {name: value for name in HINTS if name != "connection" and (value := request.args.get(name))}
    choices = [(one, _same_place(rest, one)) for one in ordered]
    alike = len({(one.connection.nav.company, one.connection.title) for one in ordered}) < len(ordered)
    page = render_template("coupler/choose.html", choices=choices, last=last, alike=alike)
    return current_app.make_response(page)


def _same_place(rest: dict[str, str], chosen: Partner) -> str:
    path = quote(request.path, safe="/")
    return f"{path}?{urlencode({**rest, 'connection': chosen.connection.name}, quote_via=quote)}"
