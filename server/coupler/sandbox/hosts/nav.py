"""NAV's and Business Central's web client: card, list and role centre of every version (surfaces 3.2-3.4)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, Flask, Response, make_response, render_template, request

from coupler.sandbox.hosts.addresses import (
    BadAddress,
    Condition,
    UnsettledAddress,
    read_bookmark,
    read_filter,
    read_parameters,
    write_bookmark,
)
from coupler.sandbox.hosts.buttons import SalespersonButtons, salesperson_buttons, salesperson_pane
from coupler.sandbox.hosts.headers import add_page_headers
from coupler.sandbox.nav.salespeople import Company, Salesperson
from coupler.sandbox.switches import Switches
from coupler.sandbox.wire import BadTarget

if TYPE_CHECKING:
    from coupler.sandbox.world import World

CARD, LIST = "5116", "14"
ROWS_SHOWN = 250
_FIELDS = {"code": "code", "name": "name", "e-mail": "email", "phone no.": "phone", "job title": "job_title"}


@dataclass(frozen=True, slots=True)
class Era:
    """What changed its caption or look between the versions (domain 0.4)."""

    style: str
    product: str
    group: str
    synchronize: str


NAV_2016 = Era("nav2016", "Microsoft Dynamics NAV", "Dynamics CRM", "Synchronize Now")
NAV_2018 = Era("nav2018", "Dynamics NAV", "Dynamics 365 for Sales", "Synchronize")
BUSINESS_CENTRAL = Era("bc", "Dynamics 365 Business Central", "Dataverse", "Synchronize")


@dataclass(frozen=True, slots=True)
class Client:
    """One request to the web client: which version, where, and the company it is in."""

    era: Era
    path: str
    company: Company
    coupler: str | None
    switches: Switches

    def page(self, number: str, code: str | None = None) -> str:
        """Address of a page in this client and company, on one record if `code` is given."""
        address = f"{self.path}?company={quote(self.company.name, safe='')}&page={number}"
        return address if code is None else f"{address}&bookmark={quote(write_bookmark(code), safe='')}"

    def role_centre(self) -> str:
        """Address of the start page."""
        return f"{self.path}?company={quote(self.company.name, safe='')}"

    def pane(self, code: str) -> str | None:
        """What the FactBox shows for a record; None while the integration is off."""
        return salesperson_pane(self.coupler, code, self.company.name) if self.coupler else None

    def buttons(self, code: str) -> SalespersonButtons | None:
        """The group's links for a record; None while the integration is off (domain U-20)."""
        return salesperson_buttons(self.coupler, code, self.company.name) if self.coupler else None


def register_nav(app: Flask, world: "World") -> None:
    """Add the pages to the NAV / Business Central origin."""
    pages = Blueprint(
        "nav_pages", __name__, template_folder="templates", static_folder="static", static_url_path="/host"
    )

    @pages.get("/DynamicsNAV90/WebClient/default.aspx")
    def nav_2016() -> Response:
        return _answer(world, NAV_2016)

    @pages.get("/DynamicsNAV110/")
    def nav_2018() -> Response:
        return _answer(world, NAV_2018)

    @pages.get("/BC250/")
    def bc_on_premises() -> Response:
        return _answer(world, BUSINESS_CENTRAL)

    @pages.get("/businesscentral/<tenant>/<environment>/")
    def bc_online(tenant: str, environment: str) -> Response:  # noqa: ARG001
        return _answer(world, BUSINESS_CENTRAL)

    @pages.after_request
    def not_framed(response: Response) -> Response:
        # NAV's default web.config (surfaces 3.6).
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        response.headers["Cache-Control"] = "no-store"
        add_page_headers(response, world.switches.nav_coop, world.switches.nav_csp)
        return response

    app.register_blueprint(pages)


def _answer(world: "World", era: Era) -> Response:
    try:
        parameters = read_parameters(request.query_string.decode("latin-1"))
        with world.lock:
            return _page(world, era, parameters)
    except (BadAddress, BadTarget) as error:
        return _refusal(era, str(error), 400)
    except UnsettledAddress as error:
        return _refusal(era, f"Not supported by the sandbox. {error}", 501)


def _page(world: "World", era: Era, parameters: Mapping[str, str]) -> Response:
    name = parameters.get("company") or next(iter(world.companies))
    company = world.companies.get(name)
    if company is None:
        return _refusal(era, f"The company {name!r} does not exist.", 404)
    client = Client(era, request.path, company, world.urls.coupler, world.switches)
    number, mode = parameters.get("page", ""), parameters.get("mode", "View").lower()
    if mode not in ("view", "edit"):
        return _refusal(era, f"Not supported by the sandbox: mode={mode[:40]}.", 501)
    if not number:
        return _role_centre(client, world.companies.values())
    if number not in (CARD, LIST):
        return _refusal(era, f"Not supported by the sandbox: page {number[:40]}.", 501)
    conditions = read_filter(parameters["filter"]) if parameters.get("filter") else ()
    marked = read_bookmark(parameters["bookmark"]) if parameters.get("bookmark") else None
    return _card(client, conditions, marked, mode) if number == CARD else _list(client, conditions, marked)


def _role_centre(client: Client, companies: Iterable[Company]) -> Response:
    return _render(
        "nav_role_centre.html", client, companies=[replace(client, company=company) for company in companies]
    )


def _card(client: Client, conditions: tuple[Condition, ...], marked: str | None, mode: str) -> Response:
    row = next(_selected(client.company, conditions, marked), None)
    if row is None:
        return _render("nav_nothing.html", client, status=404)
    return _render("nav_card.html", client, row=row, buttons=client.buttons(row.code), mode=mode.capitalize())


def _list(client: Client, conditions: tuple[Condition, ...], marked: str | None) -> Response:
    rows = list(islice(_selected(client.company, conditions, None), ROWS_SHOWN))
    current = next((i for i, row in enumerate(rows) if row.code == marked), 0)
    lines = [(row, client.page(CARD, row.code), client.buttons(row.code)) for row in rows]
    buttons = client.buttons(rows[current].code) if rows else None
    return _render("nav_list.html", client, lines=lines, current=current, buttons=buttons, cut=len(rows) == ROWS_SHOWN)


def _selected(company: Company, conditions: tuple[Condition, ...], marked: str | None) -> Iterator[Salesperson]:
    if marked is not None:
        row = company.get(marked)
        return iter([row] if row is not None and _fits(row, conditions) else [])
    return (row for row in company if _fits(row, conditions))


def _fits(row: Salesperson, conditions: tuple[Condition, ...]) -> bool:
    return all(_value(row, condition.field) == _comparable(condition) for condition in conditions)


def _value(row: Salesperson, field: str) -> str:
    attribute = _FIELDS.get(field.lower())
    if attribute is None:
        raise BadAddress(f"The field {field[:60]!r} does not exist in the table Salesperson/Purchaser.")
    return str(getattr(row, attribute))


def _comparable(condition: Condition) -> str:
    # A Code field holds and compares upper case without blanks around.
    return condition.value.strip().upper() if condition.field.lower() == "code" else condition.value


def _render(template: str, client: Client, status: int = 200, **values: object) -> Response:
    page = render_template(f"hosts/{template}", client=client, era=client.era, CARD=CARD, LIST=LIST, **values)
    return make_response(page, status)


def _refusal(era: Era, text: str, status: int) -> Response:
    return make_response(render_template("hosts/nav_refused.html", era=era, text=text), status)
