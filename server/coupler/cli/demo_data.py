"""What the demo is filled with: two connections, tokens and a few couplings, made through the use cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from coupler.domain.access import Actor, Role
from coupler.domain.connection import (
    Connection,
    CrmOrganization,
    NavCompany,
    Secrets,
    SignIn,
    SignInKind,
    WebClient,
    WebService,
)
from coupler.domain.errors import ConnectionUnknown, CouplingError, RecordNotFound
from coupler.domain.records import System
from coupler.engine.couplings import CoupleOrder, SynchronizeAfterCoupling
from coupler.engine.deep_links import Place
from coupler.engine.directory import Wanted
from coupler.mappings import MAPPINGS

if TYPE_CHECKING:
    from coupler.wiring import App

MAPPING = MAPPINGS[0]
MAIN = "cronus"
SECOND = "ab"
SECOND_COMPANY = "A & B's Å"
# Salespeople to couple, by code, with what to do after coupling. The first is who the links lead to; one is left
# with differences; who is coupled in both companies makes the chooser appear.
_COUPLED: Mapping[str, tuple[tuple[str, SynchronizeAfterCoupling], ...]] = {
    MAIN: (
        ("AH", SynchronizeAfterCoupling.USE_CRM_DATA),
        ("PS", SynchronizeAfterCoupling.NO),
        ("BD", SynchronizeAfterCoupling.USE_CRM_DATA),
        ("LM", SynchronizeAfterCoupling.USE_CRM_DATA),
        ("SON", SynchronizeAfterCoupling.USE_CRM_DATA),
    ),
    SECOND: (("BD", SynchronizeAfterCoupling.USE_CRM_DATA), ("JG", SynchronizeAfterCoupling.NO)),
}
_TOKENS = {"reader": Role.READER, "operator": Role.OPERATOR, "admin": Role.ADMIN}


@dataclass(frozen=True, slots=True)
class Sample:
    """What was made. `differing` is the coupled salesperson whose fields still differ, if there is one."""

    connection: str
    identity: str
    tokens: Mapping[str, str] = field(repr=False)
    links: Mapping[str, str]
    person: str = ""
    differing: str = ""


def settings_for(sandbox: Mapping[str, Any], coupler: str, port: int, folder: Path) -> dict[str, str]:
    """The environment of a server that signs people in at the sandbox."""
    from coupler.sandbox.identity.registry import COUPLER_AUDIENCE

    identity = sandbox["identity"]
    return {
        "COUPLER_DATA_DIR": str(folder),
        "COUPLER_PUBLIC_URL": coupler,
        "COUPLER_HOST": "127.0.0.1",
        "COUPLER_PORT": str(port),
        "COUPLER_OIDC_ISSUER": identity["issuer"],
        "COUPLER_OIDC_CLIENT_ID": identity["client_id"],
        "COUPLER_OIDC_CLIENT_SECRET": identity["client_secret"],
        "COUPLER_OIDC_AUDIENCE": COUPLER_AUDIENCE,
        "COUPLER_LOG_LEVEL": "warning",
    }


def fill(environment: Mapping[str, str], sandbox: Mapping[str, Any]) -> Sample:
    """Make connections, tokens and couplings, or bring those of an earlier start up to date."""
    from coupler.cli.tables import prepare_tables
    from coupler.logs import configure_logs
    from coupler.settings import Settings
    from coupler.wiring import build

    settings = Settings.from_env(environment)
    configure_logs(settings.log_level, settings.log_format)
    prepare_tables(settings)
    app = build(settings)
    actor = Actor("cli:demo", "demo", Role.ADMIN)
    try:
        for connection, secrets in (_cronus(sandbox), _ab(sandbox)):
            _put_connection(app, actor, connection, secrets)
        coupled = {name: _couple_people(app, actor, name) for name in (MAIN, SECOND)}
        return Sample(
            connection=MAIN,
            identity=_origin(sandbox["identity"]["issuer"]),
            tokens=_tokens(app, actor),
            links=_links(app, actor, settings.public_url, sandbox, coupled[MAIN]),
            person=_first(app, actor, coupled[MAIN], differing=False),
            differing=_first(app, actor, coupled[MAIN], differing=True),
        )
    finally:
        app.close()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _cronus(sandbox: Mapping[str, Any]) -> tuple[Connection, Secrets]:
    nav = sandbox["nav"]
    company = NavCompany(
        base_url=nav["base_url"],
        service_url=nav["odata_url"].rstrip("/"),
        web_service=WebService.ODATA,
        client=WebClient.WEB2018,
        company=nav["company"],
        service=nav["service"],
        sign_in=_sign_in(nav),
    )
    return _joined(MAIN, "CRONUS International", company, nav, sandbox["crm"])


def _ab(sandbox: Mapping[str, Any]) -> tuple[Connection, Secrets]:
    bc = sandbox["bc"]
    company = NavCompany(
        base_url=bc["base_url"],
        service_url=bc["api_url"].rstrip("/"),
        web_service=WebService.API,
        client=WebClient.WEB2018,
        company=SECOND_COMPANY,
        sign_in=_sign_in(bc),
    )
    return _joined(SECOND, "A & B's Å (Business Central)", company, bc, sandbox["crm"])


def _joined(
    name: str, title: str, company: NavCompany, nav: Mapping[str, Any], crm: Mapping[str, Any]
) -> tuple[Connection, Secrets]:
    organization = CrmOrganization(
        base_url=crm["base_url"].rstrip("/"), api_url=crm["api_url"].rstrip("/"), sign_in=_sign_in(crm)
    )
    secrets = Secrets({"client_secret": crm["client_secret"]}, {"client_secret": nav["client_secret"]})
    return Connection(name, title, organization, company), secrets


def _sign_in(given: Mapping[str, Any]) -> SignIn:
    return SignIn(SignInKind.CLIENT_SECRET, given["token_url"], given["client_id"], given["scope"])


def _put_connection(app: App, actor: Actor, wanted: Connection, secrets: Secrets) -> None:
    """Add it, or give the one of an earlier start the present addresses."""
    try:
        present = app.connections.get(wanted.name, actor)
    except ConnectionUnknown:
        app.connections.add(wanted, secrets, actor)
        return
    changed = replace(wanted, version=present.version, created_at=present.created_at)
    app.connections.change(changed, secrets, actor)


def _couple_people(app: App, actor: Actor, connection: str) -> list[str]:
    """Couple whoever of the list exists and has exactly one CRM user of the same e-mail; the codes coupled now."""
    codes = []
    for code, after in _COUPLED[connection]:
        try:
            user = _partner_of(app, actor, connection, code)
            if user is not None:
                app.couplings.set_up(CoupleOrder(connection, MAPPING.name, code, user, after), actor)
                codes.append(code)
        except (RecordNotFound, CouplingError):
            # Fewer people than usual, or coupled otherwise in an earlier start: that is left as it is.
            continue
    return codes


def _partner_of(app: App, actor: Actor, connection: str, code: str) -> str | None:
    view = app.couplings.compare(connection, MAPPING.name, code, None, actor)
    if view.coupling is not None:
        return view.coupling.crm_id
    email = view.nav.text("E-Mail") if view.nav else ""
    if not email:
        return None
    found, _ = app.directory.users(Wanted(connection, MAPPING.name, text=email), 10, None, actor)
    same = [row.key for row in found if row.record and row.record.text("internalemailaddress").lower() == email.lower()]
    return same[0] if len(same) == 1 else None


def _tokens(app: App, actor: Actor) -> dict[str, str]:
    """Fresh ones; those of an earlier start are revoked, because nobody can read them any more."""
    for token in app.access.tokens(actor):
        if token.created_by == actor.name and token.revoked_at is None:
            app.access.revoke_token(token.id, actor)
    return {name: app.access.create_token(f"demo {name}", role, None, None, actor)[0] for name, role in _TOKENS.items()}


def _links(app: App, actor: Actor, coupler: str, sandbox: Mapping[str, Any], coupled: list[str]) -> dict[str, str]:
    users = f"{coupler}/users?connection={MAIN}"
    if not coupled:
        return {"nav_card": sandbox["nav"]["base_url"], "crm_user": sandbox["crm"]["base_url"], "crm_users": users}
    there = app.deep_links.resolve(Place(System.NAV, MAPPING.nav.name, coupled[0], connection=MAIN), actor).partners[0]
    back = Place(System.CRM, MAPPING.crm.name, there.ref.key, connection=MAIN)
    nav_card = app.deep_links.resolve(back, actor).partners[0].url or sandbox["nav"]["base_url"]
    return {"nav_card": nav_card, "crm_user": there.url or sandbox["crm"]["base_url"], "crm_users": users}


def _first(app: App, actor: Actor, codes: list[str], *, differing: bool) -> str:
    """Name and code of the first of them; with `differing` the first whose fields are not equal."""
    for code in codes:
        view = app.couplings.compare(MAIN, MAPPING.name, code, None, actor)
        if view.nav is not None and (view.comparison.differing or not differing):
            return f"{view.nav.text('Name')} ({code})"
    return ""
