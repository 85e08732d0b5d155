"""The NAV connectors on the sandbox: three versions by page service, Business Central by API v2.0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from tests.contracts.connector_sandbox import connection, connectors
from tests.contracts.nav_connector_contract import NavConnectorContract, NavSubject

from coupler.domain.errors import RecordNotFound
from coupler.engine.ports import NavConnector
from coupler.mappings import SALESPEOPLE
from coupler.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def other_way(connector: NavConnector, key: str, fields: Mapping[str, str]) -> None:
    """Somebody else at the same company."""
    try:
        connector.update(connector.read(key), fields)
    except RecordNotFound:
        connector.create({"Code": key, **fields})


@pytest.fixture(scope="module", params=["nav2016", "nav2018", "bc", "api"])
def connected(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[NavSubject]:
    sandbox.world.reset()
    told = sandbox.description
    ours, others = connectors(told), connectors(told)
    place = connection(told, request.param)
    somebody = others.nav(place, SALESPEOPLE)
    yield NavSubject(ours.nav(place, SALESPEOPLE), lambda key, fields: other_way(somebody, key, fields))
    ours.close()
    others.close()


class TestNavConnectors(NavConnectorContract):
    @pytest.fixture
    def subject(self, connected: NavSubject) -> NavSubject:
        return connected
