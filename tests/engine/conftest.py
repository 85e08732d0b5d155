"""The use cases as wired in the product, on SQLite, against the sandbox over HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from tests.databases import fresh_database_url, postgresql  # noqa: F401 - fixtures, by name
from tests.fakes.clock import SteppedClock

from coupler.connectors import HttpConnectors, record_url
from coupler.connectors.transport import Limits
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
from coupler.domain.coupling import Coupling
from coupler.domain.history import HistoryEntry
from coupler.engine.connections import Connections
from coupler.engine.couplings import CoupleOrder, Couplings, SetUp, SynchronizeAfterCoupling
from coupler.engine.deep_links import DeepLinks
from coupler.engine.directory import Directory
from coupler.engine.history import History
from coupler.engine.pairs import Pairs
from coupler.engine.ports import HistoryFilter
from coupler.engine.rejections import Rejections
from coupler.engine.roster_cache import RosterCache
from coupler.engine.suggestions import Matching
from coupler.engine.synchronizer import Outcome, Synchronizer
from coupler.sandbox.server import Sandbox
from coupler.storage import Store, schema

AB = "A & B's Å"
OSCAR = Actor("oscar", "Oscar Operator", Role.ADMIN)
RITA = Actor("rita", "Rita Reader", Role.READER)


class CountedIds:
    """Ids in the order they were asked for."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self) -> str:
        return f"00000000-0000-7000-8000-{next(self._numbers):012d}"


def bearer(given: dict[str, Any]) -> SignIn:
    return SignIn(SignInKind.CLIENT_SECRET, given["token_url"], given["client_id"], given["scope"])


def connection_to(sandbox: Sandbox, profile: str, name: str = "ab", company: str = AB) -> tuple[Connection, Secrets]:
    """A connection to one of the sandbox's servers: nav2016, nav2018, bc (page service) or api (BC API v2.0)."""
    told, nav_url = sandbox.description, sandbox.world.urls.nav
    crm = CrmOrganization(told["crm"]["base_url"], told["crm"]["api_url"].rstrip("/"), bearer(told["crm"]))
    nav = told["bc"] if profile == "api" else told["nav"]["profiles"][profile]
    side = NavCompany(
        base_url=f"{nav_url}/{'BC250' if profile == 'api' else nav['instance']}",
        service_url=nav["api_url"] if profile == "api" else nav["odata_url"],
        web_service=WebService.API if profile == "api" else WebService.ODATA,
        client=WebClient.WEB2016 if profile == "nav2016" else WebClient.WEB2018,
        company=company,
        sign_in=bearer(nav),
    )
    secrets = Secrets({"client_secret": told["crm"]["client_secret"]}, {"client_secret": nav["client_secret"]})
    return Connection(name, f"{company} by {profile}", crm, side), secrets


@dataclass
class House:
    """Everything put together, with short words for what tests do."""

    sandbox: Sandbox
    store: Store
    clock: SteppedClock
    pairs: Pairs
    couplings: Couplings
    connections: Connections
    directory: Directory
    deep_links: DeepLinks
    history: History
    synchronizer: Synchronizer
    matching: Matching
    rejections: Rejections

    def connect(self, profile: str, name: str = "ab", company: str = AB) -> Connection:
        return self.connections.add(*connection_to(self.sandbox, profile, name, company), OSCAR)

    def user(self, name: str) -> str:
        """The id of the user called so."""
        return next(str(row["systemuserid"]) for row in self.sandbox.world.users if row["fullname"] == name)

    def salesperson(self, code: str) -> dict[str, Any]:
        rows = self.sandbox_state()["nav"][AB]
        return next(row for row in rows if row["Code"] == code)

    def sandbox_state(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self.sandbox.description['control']}/state", timeout=10).json())

    def change_user(self, user: str, **changes: object) -> None:
        with self.sandbox.world.lock:
            self.sandbox.world.users.update(user, changes)

    def change_salesperson(self, code: str, **changes: object) -> None:
        url = f"{self.sandbox.description['control']}/nav/salespeople/{code}"
        httpx.patch(url, params={"company": AB}, json=changes, timeout=10).raise_for_status()

    def couple(self, code: str, user: str, after: str = "no", *, move: bool = False) -> SetUp:
        order = CoupleOrder("ab", "SALESPEOPLE", code, user, SynchronizeAfterCoupling(after), move)
        return self.couplings.set_up(order, OSCAR)

    def synchronize(self, coupling: Coupling, *, force: bool = False, dry_run: bool = False) -> Outcome:
        fresh = self.store.couplings.get(coupling.id)
        return self.synchronizer.synchronize(fresh, OSCAR, force=force, dry_run=dry_run)

    def fault(self, **fault: object) -> None:
        self.sandbox.world.faults.add(fault)

    def calls(self, *systems: str) -> list[str]:
        """Methods sent to the systems since the journal was last cleared."""
        return [entry.method for entry in self.sandbox.world.journal.entries() if entry.system in systems]

    def entries(self) -> list[HistoryEntry]:
        """The history, newest first."""
        return list(self.history.find(HistoryFilter(), 100, None, OSCAR)[0])


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(ports=(0, 0, 0, 0)) as sandbox:
        yield sandbox


@contextmanager
def built(running: Sandbox, database_url: str) -> Iterator[House]:
    """The house on a fresh database, the sandbox as at its start."""
    running.world.reset()
    clock, ids = SteppedClock(), CountedIds()
    store = Store.open(database_url, [Fernet.generate_key().decode()], clock)
    schema.upgrade(store.engine)
    connectors = HttpConnectors(store.connections.secrets, clock, limits=Limits(read=5, patience=0, attempts=1))
    pairs = Pairs(store.connections, connectors, store.lengths)
    synchronizer = Synchronizer(store.couplings, store.history, pairs, clock, ids)
    yield House(
        running,
        store,
        clock,
        pairs,
        Couplings(store.couplings, pairs, synchronizer, clock, ids),
        Connections(store.connections, connectors, store.lengths, clock, ids),
        Directory(store.couplings, pairs, store.cursors),
        DeepLinks(store.links, record_url),
        History(store.history, store.couplings, pairs, clock, ids),
        synchronizer,
        Matching(store.couplings, store.rejections, pairs, RosterCache(clock)),
        Rejections(store.rejections, pairs, clock),
    )
    connectors.close()
    store.close()


@pytest.fixture
def house(running: Sandbox, tmp_path: Path) -> Iterator[House]:
    with built(running, f"sqlite:///{tmp_path / 'coupler.db'}") as house:
        yield house


@pytest.fixture
def any_house(running: Sandbox, fresh_database_url: str) -> Iterator[House]:  # noqa: F811 - the fixture
    """Twice: on SQLite and on PostgreSQL."""
    with built(running, fresh_database_url) as house:
        yield house
