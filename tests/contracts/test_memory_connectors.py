"""The vendors' systems in memory keep the contracts of the real connectors."""

from __future__ import annotations

import pytest
from tests.contracts.crm_connector_contract import CrmConnectorContract, CrmSubject
from tests.contracts.nav_connector_contract import NavConnectorContract, NavSubject
from tests.contracts.stores import connection
from tests.fakes.connectors import FakeConnectors

from coupler.domain.records import Value
from coupler.mappings import SALESPEOPLE


class TestFakeNav(NavConnectorContract):
    @pytest.fixture
    def subject(self) -> NavSubject:
        connectors = FakeConnectors()
        nav = connectors.nav(connection(), SALESPEOPLE)
        table = connectors.companies[connection().nav.company]
        return NavSubject(nav, lambda key, fields: table.put(key, **{"Code": key, **fields}))


class TestFakeCrm(CrmConnectorContract):
    @pytest.fixture
    def subject(self) -> CrmSubject:
        connectors = FakeConnectors()
        crm = connectors.crm(connection(), SALESPEOPLE)
        users: dict[str, dict[str, Value]] = {
            f"31914b34-be8d-4611-80d8-00155d892d{number:02d}": {
                "fullname": f"User {number:02d} of Cronus",
                "internalemailaddress": f"user{number}@cronus.example" if number % 2 else None,
                "mobilephone": None,
                "isdisabled": number == 3,
                "islicensed": number != 4,
                "isintegrationuser": number == 5,
            }
            for number in range(9)
        }
        for key, values in users.items():
            connectors.organizations[connection().crm.base_url].put(key, **values)
        return CrmSubject(crm, users)
