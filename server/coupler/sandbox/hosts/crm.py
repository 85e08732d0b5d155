"""CRM's own pages: user form and list, reached by `main.aspx`, and web resources (surfaces 1.5, 2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, make_response, render_template, request

from coupler.sandbox.hosts.addresses import BadAddress, read_guid, read_parameters
from coupler.sandbox.hosts.buttons import user_button
from coupler.sandbox.hosts.headers import add_page_headers
from coupler.sandbox.hosts.web_resources import register_web_resources
from coupler.sandbox.wire import BadTarget

if TYPE_CHECKING:
    from coupler.sandbox.world import World

ROWS_SHOWN = 250
USER_TYPE_CODE = "8"


@dataclass(frozen=True, slots=True)
class UserForm:
    """The fields of the form, as text."""

    id: str
    full_name: str
    email: str
    mobile: str
    user_name: str
    title: str
    status: str
    license: str


def register_crm(app: Flask, world: "World") -> None:
    """Add the pages to the CRM origin."""
    pages = Blueprint(
        "crm_pages", __name__, template_folder="templates", static_folder="static", static_url_path="/host"
    )

    @pages.get("/main.aspx")
    def main() -> Response:
        try:
            return _page(world, read_parameters(request.query_string.decode("latin-1")))
        except (BadAddress, BadTarget) as error:
            return _refusal(str(error), 400)

    @pages.after_request
    def not_framed(response: Response) -> Response:
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Cache-Control"] = "no-store"
        add_page_headers(response, world.switches.crm_coop, world.switches.crm_csp)
        return response

    register_web_resources(pages, world)
    app.register_blueprint(pages)


def _page(world: "World", parameters: Mapping[str, str]) -> Response:
    entity = parameters.get("etn") or ("systemuser" if parameters.get("etc") == USER_TYPE_CODE else "")
    page_type = parameters.get("pagetype", "entityrecord" if "id" in parameters else "entitylist").lower()
    if entity != "systemuser":
        return _refusal(f"The sandbox has no pages of the entity {entity[:60]!r}, only of systemuser.", 501)
    if page_type == "entityrecord":
        return _form(world, parameters)
    if page_type == "entitylist":
        return _list(world, parameters)
    return _refusal(f"The sandbox has no page type {page_type[:60]!r}.", 501)


def _form(world: "World", parameters: Mapping[str, str]) -> Response:
    user_id = read_guid(parameters.get("id", ""))
    with world.lock:
        row = world.users.get(user_id)
        user = None if row is None else _user_form(user_id, row)
    if user is None:
        page = render_template("hosts/crm_unavailable.html", user_id=user_id.upper(), title="Record Is Unavailable")
        return make_response(page, 404)
    button = user_button(world.urls.coupler, user.id, world.urls.crm) if world.urls.coupler else None
    page = render_template(
        "hosts/crm_user.html",
        user=user,
        button=button,
        title=user.full_name,
        shape=parameters.get("xrm", world.switches.crm_xrm),
        frame_sandbox=world.switches.crm_frame_sandbox,
        organization=world.urls.crm,
    )
    return make_response(page)


def _user_form(user_id: str, row: Mapping[str, Any]) -> UserForm:
    return UserForm(
        id=user_id,
        full_name=_text(row, "fullname"),
        email=_text(row, "internalemailaddress"),
        mobile=_text(row, "mobilephone"),
        user_name=_text(row, "domainname"),
        title=_text(row, "title"),
        status="Disabled" if row.get("isdisabled") else "Enabled",
        license="Licensed" if row.get("islicensed") else "Not licensed",
    )


def _text(row: Mapping[str, Any], attribute: str) -> str:
    value = row.get(attribute)
    return "" if value is None else str(value)


def _list(world: "World", parameters: Mapping[str, str]) -> Response:
    search = parameters.get("search", "").casefold()
    with world.lock:
        every = (_user_form(str(row["systemuserid"]), row) for row in world.users)
        found = (user for user in every if search in f"{user.full_name} {user.email}".casefold())
        users = list(islice(found, ROWS_SHOWN))
    users.sort(key=lambda user: user.full_name.casefold())
    cut, text = len(users) == ROWS_SHOWN, parameters.get("search", "")
    return make_response(render_template("hosts/crm_users.html", users=users, cut=cut, search=text, title="Users"))


def _refusal(text: str, status: int) -> Response:
    return make_response(render_template("hosts/crm_refused.html", text=text, title="An Error Has Occurred"), status)
