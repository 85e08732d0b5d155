"""The CRM connector on the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contracts.connector_sandbox import connection, connectors
from tests.contracts.crm_connector_contract import CrmConnectorContract, CrmSubject

from coupler.mappings import SALESPEOPLE
from coupler.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def connected() -> Iterator[CrmSubject]:
    with Sandbox() as sandbox:
        told = sandbox.description
        ours = connectors(told)
        users = {str(user["systemuserid"]): dict(user) for user in sandbox.world.users}
        yield CrmSubject(ours.crm(connection(told, "nav2018"), SALESPEOPLE), users)
        ours.close()


class TestCrmClient(CrmConnectorContract):
    @pytest.fixture
    def subject(self, connected: CrmSubject) -> CrmSubject:
        return connected
