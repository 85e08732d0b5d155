"""Parsed request bodies become connections, and connections become what the API answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from coupler.domain.connection import (
    SECRET_NAMES,
    Connection,
    CrmOrganization,
    NavCompany,
    Secrets,
    SignIn,
    SignInKind,
    WebClient,
    WebService,
    origin,
)
from coupler.domain.errors import InvalidInput
from coupler.domain.records import System

_WEB_API = "/api/data/v9.2"
_BC_HOST = "https://api.businesscentral.dynamics.com"
_SECRET_NAMES = frozenset(name for names in SECRET_NAMES.values() for name in names)
_DEFAULT_CLIENTS = {WebService.ODATA: WebClient.WEB2018, WebService.API: WebClient.BC_ONLINE}
T = TypeVar("T", SignIn, CrmOrganization, NavCompany, Connection)


def new_connection(body: Mapping[str, Any]) -> Connection:
    """A connection from a complete body, with the documented defaults."""
    crm, nav = body["crm"], body["nav"]
    organization = CrmOrganization(
        base_url=crm["base_url"],
        api_url=crm.get("api_url") or crm["base_url"] + _WEB_API,
        app_id=crm.get("app_id"),
        sign_in=_with_scope(SignIn(**_plain(crm["sign_in"])), origin(crm["base_url"])),
    )
    company = NavCompany(
        **{name: value for name, value in nav.items() if name not in ("sign_in", "client")},
        client=nav.get("client") or _DEFAULT_CLIENTS[nav["web_service"]],
        sign_in=_with_scope(SignIn(**_plain(nav["sign_in"])), _bc_resource(nav["service_url"])),
    )
    title = body.get("title") or company.company
    return _checked(Connection(body["name"], title, organization, company, body["enabled"]))


def changed_connection(present: Connection, body: Mapping[str, Any]) -> Connection:
    """The connection with what the body names replaced; what it leaves out stays."""
    crm, nav = body.get("crm", {}), body.get("nav", {})
    crm_sign_in = _with(present.crm.sign_in, _plain(crm.get("sign_in", {})))
    nav_sign_in = _with(present.nav.sign_in, _plain(nav.get("sign_in", {})))
    return _checked(
        replace(
            _with(present, body, "crm", "nav"),
            crm=replace(_with(present.crm, crm, "sign_in"), sign_in=crm_sign_in),
            nav=replace(_with(present.nav, nav, "sign_in"), sign_in=nav_sign_in),
        )
    )


def _checked(connection: Connection) -> Connection:
    """The Windows client, and only it, is opened by an address of its own scheme (surfaces 3.1)."""
    is_windows = connection.nav.client is WebClient.WINDOWS
    if is_windows != connection.nav.base_url.startswith("dynamicsnav:"):
        wanted = "dynamicsnav://server:7046/instance" if is_windows else "https://server/instance"
        problem = f"The client {connection.nav.client} is opened by an address like {wanted}."
        raise InvalidInput(problem, errors={"nav.base_url": [problem]})
    return connection


def secrets_in(body: Mapping[str, Any]) -> Secrets | None:
    """The secrets a body brings, None when it brings none."""
    found = Secrets(crm=_secrets(body.get("crm", {})), nav=_secrets(body.get("nav", {})))
    return found if found.crm or found.nav else None


def shown(connection: Connection, set_secrets: Mapping[System, tuple[str, ...]]) -> dict[str, Any]:
    """A connection for people; of secrets only whether they are set."""
    answer = _values(connection)
    for system, part in ((System.CRM, connection.crm), (System.NAV, connection.nav)):
        sign_in = _values(part.sign_in)
        sign_in["secrets"] = dict.fromkeys(set_secrets[system], "set")
        answer[system.value] = {**_values(part), "sign_in": sign_in}
    return answer


def _with(present: T, changes: Mapping[str, Any], *but: str) -> T:
    known = {field.name for field in fields(present)} - set(but)
    return replace(present, **{name: value for name, value in changes.items() if name in known})


def _plain(sign_in: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sign_in.items() if name not in _SECRET_NAMES}


def _secrets(part: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in part.get("sign_in", {}).items() if name in _SECRET_NAMES}


def _with_scope(sign_in: SignIn, resource: str | None) -> SignIn:
    """The scope Entra wants for that resource, unless a scope or an AD FS resource is given (protocols T6)."""
    is_oauth = sign_in.kind is not SignInKind.WEB_SERVICE_KEY
    if not is_oauth or sign_in.scope or sign_in.resource or resource is None:
        return sign_in
    return replace(sign_in, scope=f"{resource}/.default")


def _bc_resource(service_url: str) -> str | None:
    """Business Central online has one resource for all tenants; a server of one's own has none to guess."""
    return _BC_HOST if origin(service_url) == _BC_HOST else None


def _values(of: Connection | CrmOrganization | NavCompany | SignIn) -> dict[str, Any]:
    return {field.name: getattr(of, field.name) for field in fields(of)}
