"""The fakes that engine and API tests run on do what the real connectors do."""

from __future__ import annotations

import uuid

import pytest
from tests.contracts.crm_connector_contract import CrmConnectorContract, CrmSubject
from tests.contracts.nav_connector_contract import NavConnectorContract, NavSubject
from tests.fakes.connectors import FakeCrm, FakeNav, Table

from coupler.domain.records import Value
from coupler.mappings import SALESPEOPLE


class TestFakeNav(NavConnectorContract):
    @pytest.fixture
    def subject(self) -> NavSubject:
        table = Table()

        def put(key: str, fields: dict[str, Value]) -> None:
            blank = dict.fromkeys(SALESPEOPLE.nav_fields(), "") if key not in table.rows else {}
            table.put(key, **{**blank, "Code": key, **fields})

        return NavSubject(FakeNav(table, SALESPEOPLE), put)  # type: ignore[arg-type]


class TestFakeCrm(CrmConnectorContract):
    @pytest.fixture
    def subject(self) -> CrmSubject:
        table, users = Table(), {}
        for number in range(20):
            key = str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))
            users[key] = {
                "systemuserid": key, "fullname": f"User {number:02}", "internalemailaddress": None,
                "mobilephone": "+45 1", "domainname": f"user{number}@cronus.example", "isdisabled": number % 5 == 0,
                "islicensed": True, "isintegrationuser": False,
            }  # fmt: skip
            table.put(key, **users[key])
        return CrmSubject(FakeCrm(table, SALESPEOPLE), users)
