"""Coupler behind its web front end: real use cases and a real database, with the vendors' systems in memory."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from tests.fakes.clock import SteppedClock
from tests.fakes.connectors import FakeConnectors, Table
from tests.fakes.identity import FakeIdentityProvider
from werkzeug.test import TestResponse

from coupler.api.services import Readiness, Services
from coupler.app import create_app
from coupler.connectors import record_url
from coupler.domain.access import Actor, Role
from coupler.engine.access import Access
from coupler.engine.connections import Connections
from coupler.engine.couplings import Couplings
from coupler.engine.deep_links import DeepLinks
from coupler.engine.directory import Directory
from coupler.engine.frame_hosts import FrameHosts
from coupler.engine.frame_sign_in import FrameSignIn
from coupler.engine.history import History
from coupler.engine.pairs import Pairs
from coupler.engine.rejections import Rejections
from coupler.engine.roster_cache import RosterCache
from coupler.engine.suggestions import Matching
from coupler.engine.synchronizer import Synchronizer
from coupler.storage import Store

PUBLIC_URL = "http://localhost:8000"
CRM = "https://cronus.crm4.example"
COMPANY = "A & B's Å"
PETER = "31914b34-be8d-4611-80d8-00155d892ddc"
ANNA = "41914b34-be8d-4611-80d8-00155d892ddc"
DAVID = "51914b34-be8d-4611-80d8-00155d892ddc"
ODD = "O'B//Å"
_ROOT = Actor("test", "Root", Role.ADMIN)
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class SteppedIds:
    """GUIDs in order."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self) -> str:
        """The next."""
        return f"00000000-0000-7000-8000-{next(self._numbers):012d}"


def connection_body(name: str = "cronus", company: str = COMPANY, **nav: Any) -> dict[str, Any]:
    """A complete connection as a client sends it."""
    return {
        "name": name,
        "title": f"Connection {name}",
        "crm": {
            "base_url": CRM,
            "sign_in": {
                "kind": "client_secret",
                "token_url": "https://login.example/token",
                "client_id": "coupler",
                "client_secret": "crm-S3cret",
            },
        },
        "nav": {
            "base_url": "https://nav.example/NAV110",
            "service_url": "https://nav.example:7048/NAV110/ODataV4",
            "company": company,
            "sign_in": {"kind": "web_service_key", "username": "COUPLER", "web_service_key": "nav-K3y"},
            **nav,
        },
    }


@dataclass
class World:
    """The application with everything around it that a test may want to move."""

    app: Flask
    store: Store
    clock: SteppedClock
    connectors: FakeConnectors
    provider: FakeIdentityProvider
    access: Access
    readiness: list[Readiness]
    tokens: dict[Role, str] = field(default_factory=dict)

    @property
    def nav(self) -> Table:
        """The salespeople of the company."""
        return self.connectors.companies.setdefault(COMPANY, Table())

    @property
    def crm(self) -> Table:
        """The users of the organization."""
        return self.connectors.organizations.setdefault(CRM, Table())

    def browser(self) -> FlaskClient:
        """A browser of its own."""
        return self.app.test_client()

    def token(self, role: Role, connections: frozenset[str] | None = None) -> str:
        """An API token."""
        return self.access.create_token(f"{role.name}'s", role, connections, timedelta(days=90), _ROOT)[0]

    def ask(self, method: str, path: str, role: Role | None = Role.ADMIN, **options: Any) -> TestResponse:
        """A call with a token of that role; `token=`, `headers=` and what Flask's client takes."""
        headers: dict[str, str] = dict(options.pop("headers", {}))
        token = options.pop("token", None)
        if token is None and role is not None:
            token = self.tokens.get(role) or self.token(role)
            self.tokens[role] = token
        if token:
            headers.setdefault("Authorization", f"Bearer {token}")
        url = path if path.startswith(("/open", "/api")) else f"/api/v1{path}"
        return self.app.test_client().open(url, method=method, headers=headers, **options)

    def get(self, path: str, role: Role | None = Role.READER, **options: Any) -> TestResponse:
        """Read."""
        return self.ask("GET", path, role, **options)

    def post(self, path: str, body: Any = None, role: Role | None = Role.OPERATOR, **options: Any) -> TestResponse:
        """Do."""
        return self.ask("POST", path, role, **({"json": body} if body is not None else {}), **options)

    def couple(self, nav_key: str = "PS", crm_id: str = PETER, **more: Any) -> TestResponse:
        """Set up a coupling."""
        body = {"connection": "cronus", "mapping": "SALESPEOPLE", "nav_key": nav_key, "crm_id": crm_id, **more}
        return self.post("/couplings", body)

    def add_connection(self, name: str = "cronus", **more: Any) -> None:
        """By the API, as an administrator."""
        answer = self.ask("POST", "/connections", json=connection_body(name, **more))
        assert answer.status_code == 201, answer.json


def build(
    store: Store, clock: SteppedClock, *, public_url: str = PUBLIC_URL, with_provider: bool = True, **app: Any
) -> World:
    """Compose it as wiring.py does."""
    ids, connectors, provider = SteppedIds(), FakeConnectors(), FakeIdentityProvider()
    pairs = Pairs(store.connections, connectors, store.lengths)
    synchronizer = Synchronizer(store.couplings, store.history, pairs, clock, ids)
    redirect_uri = f"{public_url}/auth/callback"
    identity = provider if with_provider else None
    access = Access(store.tokens, store.sessions, store.connections, identity, redirect_uri, clock, ids)
    readiness = [Readiness(database=True, migrations=True, connectors={"cronus crm": None})]
    services = Services(
        couplings=Couplings(store.couplings, pairs, synchronizer, clock, ids),
        deep_links=DeepLinks(store.links, record_url),
        directory=Directory(store.couplings, pairs, store.cursors),
        matching=Matching(store.couplings, store.rejections, pairs, RosterCache(clock)),
        rejections=Rejections(store.rejections, pairs, clock),
        history=History(store.history, store.couplings, pairs, clock, ids),
        connections=Connections(store.connections, connectors, store.lengths, clock, ids),
        access=access,
        frame_sign_in=FrameSignIn(store.tickets, access, clock),
        frame_hosts=FrameHosts(store.connections, clock),
        record_urls=record_url,
        idempotency=store.idempotency,
        readiness=lambda: readiness[-1],
        clock=clock,
        public_url=public_url,
        version="0.0-test",
    )
    return World(create_app(services, **app), store, clock, connectors, provider, access, readiness)


def people(world: World) -> None:
    """Three salespeople and three users; Peter differs in e-mail, David is disabled."""
    for code, name, email in (
        ("PS", "Peter Saddow", ""),
        ("AH", "Annette Hill", "ah@cronus.example"),
        (ODD, "Odd", ""),
    ):
        world.nav.put(code, **{"Code": code, "Name": name, "E-Mail": email, "Phone No.": ""})
    for key, name in ((PETER, "Peter Saddow"), (ANNA, "Anna Hill"), (DAVID, "David Gone")):
        email = f"{name.split()[0].lower()}@cronus.example"
        world.crm.put(
            key,
            fullname=name,
            internalemailaddress=email,
            mobilephone="+45 12 34",
            isdisabled=key == DAVID,
            islicensed=True,
            isintegrationuser=False,
        )
