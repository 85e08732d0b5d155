"""The connectors on a sandbox that misbehaves: throttling, outages, revoked tokens, broken-off bodies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina
from tests.contracts.connector_sandbox import connection, connectors

from coupler.connectors import HttpConnectors
from coupler.connectors.transport import Limits
from coupler.domain.connection import Connection
from coupler.domain.errors import RateLimited, Unavailable, UnexpectedAnswer
from coupler.engine.ports import CrmConnector, NavConnector
from coupler.mappings import SALESPEOPLE
from coupler.sandbox.server import Sandbox

VERSIONS = ["nav2018", "api"]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    running.world.reset()
    running.world.faults.clear()
    with stamina.set_testing(True, attempts=5, cap=True):
        yield running


@pytest.fixture
def made(sandbox: Sandbox) -> Iterator[HttpConnectors]:
    kept = connectors(sandbox.description, Limits(connect=5, read=10, whole=20))
    yield kept
    kept.close()


def place(sandbox: Sandbox, version: str = "nav2018") -> Connection:
    return connection(sandbox.description, version)


@pytest.fixture(params=VERSIONS)
def nav(sandbox: Sandbox, made: HttpConnectors, request: pytest.FixtureRequest) -> NavConnector:
    return made.nav(place(sandbox, request.param), SALESPEOPLE)


@pytest.fixture
def crm(sandbox: Sandbox, made: HttpConnectors) -> CrmConnector:
    return made.crm(place(sandbox), SALESPEOPLE)


def some_user(sandbox: Sandbox) -> str:
    return str(next(iter(sandbox.world.users))["systemuserid"])


def systems(nav: NavConnector) -> str:
    """What the sandbox calls the system behind a NAV connector."""
    return "bc" if type(nav).__name__ == "BcApi" else "nav"


def fail(sandbox: Sandbox, system: str, action: str, match: str = "*", **more: object) -> None:
    sandbox.world.faults.add({"system": system, "action": action, "match": match, **more})


@pytest.mark.parametrize("action", ["drop", "truncate"])
def test_s12_s20_a_read_survives_a_lost_answer(sandbox: Sandbox, nav: NavConnector, action: str) -> None:
    first = nav.page(None, 1, None).records[0]
    fail(sandbox, systems(nav), action)

    assert nav.read(first.ref.key).ref == first.ref


@pytest.mark.parametrize("status", [429, 503])
def test_s10_s11_throttling_is_waited_out(sandbox: Sandbox, crm: CrmConnector, status: int) -> None:
    fail(sandbox, "crm", "status", status=status, times=2)

    assert crm.read(some_user(sandbox)).ref.key == some_user(sandbox)


def test_s11_throttling_that_does_not_end_is_reported(sandbox: Sandbox, crm: CrmConnector) -> None:
    fail(sandbox, "crm", "status", status=429, times=None)

    with pytest.raises(RateLimited):
        crm.read(some_user(sandbox))


def test_s15_html_instead_of_json(sandbox: Sandbox, nav: NavConnector) -> None:
    fail(sandbox, systems(nav), "html", times=None, status=200)

    with pytest.raises((UnexpectedAnswer, Unavailable)) as caught:
        nav.read("PS")

    assert "<" not in caught.value.message


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("action", ["drop", "truncate"])
def test_a_change_whose_answer_is_lost_is_sent_once_and_told_as_unknown(
    sandbox: Sandbox, nav: NavConnector, action: str, applied: bool
) -> None:
    record = nav.page(None, 1, None).records[0]
    sandbox.world.journal.clear()
    fail(sandbox, systems(nav), action, "PATCH *", applied=applied)

    with pytest.raises(Unavailable) as caught:
        nav.update(record, {"Phone No.": "+45 99"})

    assert caught.value.outcome_unknown
    assert [entry.method for entry in sandbox.world.journal.entries(systems(nav))] == ["PATCH"]
    is_there = nav.read(record.ref.key).text("Phone No.") == "+45 99"
    assert is_there is applied


def test_t4_a_revoked_token_is_replaced_once_and_the_change_is_made_once(sandbox: Sandbox, nav: NavConnector) -> None:
    record = nav.page(None, 1, None).records[0]
    before = len(sandbox.world.journal.entries("identity"))
    fail(sandbox, systems(nav), "revoke_token")

    changed = nav.update(record, {"Phone No.": "+45 98"})

    assert changed.text("Phone No.") == "+45 98"
    assert len(sandbox.world.journal.entries("identity")) == before + 1


def test_t2_a_token_of_two_seconds_still_works(sandbox: Sandbox, crm: CrmConnector) -> None:
    sandbox.world.switches.token_lifetime = 2

    for _ in range(3):
        crm.read(some_user(sandbox))

    assert 1 <= len(sandbox.world.journal.entries("identity")) <= 3


def test_t9_a_life_told_as_text(sandbox: Sandbox, crm: CrmConnector) -> None:
    sandbox.world.switches.expires_in_as_text = True

    crm.read(some_user(sandbox))
    crm.read(some_user(sandbox))

    assert len(sandbox.world.journal.entries("identity")) == 1


def test_reading_one_record_costs_one_call(sandbox: Sandbox, nav: NavConnector, crm: CrmConnector) -> None:
    key = nav.page(None, 1, None).records[0].ref.key
    crm.own_key()
    sandbox.world.journal.clear()

    record = nav.read(key)
    crm.read(some_user(sandbox))
    nav.update(record, {"Phone No.": "+45 97"})

    counts = sandbox.world.journal.counts()
    assert (counts["crm"], counts[systems(nav)]) == (1, 2)
