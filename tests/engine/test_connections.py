"""Connecting a company and an organization, and what follows from a change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.engine.conftest import OSCAR, House, connection_to

from coupler.domain.connection import CheckStatus
from coupler.domain.errors import InvalidInput
from coupler.domain.mapping import FieldOverride, MappingOverride


@pytest.mark.parametrize("name", ["ab\n", "Ab", "-ab", "", "a" * 41, "a b"])
def test_a_name_is_lower_case_letters_digits_and_hyphens_to_its_very_end(house: House, name: str) -> None:
    connection, secrets = connection_to(house.sandbox, "nav2018")

    with pytest.raises(InvalidInput) as refused:
        house.connections.add(replace(connection, name=name), secrets, OSCAR)

    assert list(refused.value.errors) == ["name"]


def switch(house: House, field: str, *, enabled: bool, version: int = 0) -> int:
    override = MappingOverride(fields={field: FieldOverride(enabled=enabled)}, version=version)
    return house.connections.change_mapping("ab", "SALESPEOPLE", override, OSCAR)[1].version


def test_f02_a_field_that_was_switched_on_since_is_cut_like_any_other(house: House) -> None:
    house.connect("nav2018")
    version = switch(house, "Phone No.", enabled=False)
    user = house.user("Amina Haddad")
    coupling = house.couple("AH", user, "use_crm_data").coupling
    switch(house, "Phone No.", enabled=True, version=version)
    house.change_user(user, mobilephone="+45 " + "1" * 40)

    house.synchronize(coupling, force=True)

    assert house.salesperson("AH")["Phone_No"] == "+45 " + "1" * 26


def test_lengths_of_the_server_before_are_forgotten_when_the_connection_changes(house: House) -> None:
    connection = house.connect("nav2018")
    house.couple("AH", house.user("Amina Haddad"), "use_crm_data")
    assert house.store.lengths.get("ab", "salesperson") is not None

    house.connections.change(replace(connection, title="Another server"), None, OSCAR)

    assert house.store.lengths.get("ab", "salesperson") is None


def test_n12_the_test_asks_for_the_fields_this_connection_uses(house: House) -> None:
    house.connect("nav2018")
    switch(house, "Phone No.", enabled=False)

    checks = house.connections.test("ab", OSCAR)

    fields = next(check for check in checks if check.check == "nav.fields")
    assert "Phone No." not in fields.detail
    assert len({check.check for check in checks}) == len(checks)
    assert house.store.lengths.get("ab", "salesperson") == {"Code": 20, "Name": 50, "E-Mail": 80}


@pytest.mark.parametrize(
    ("crm", "nav", "warned"),
    [
        ("http://crm.cronus.local", "http://nav.cronus.local:8080/NAV", ["crm.links", "nav.links"]),
        ("http://localhost:5555", "http://127.0.0.1:8080/NAV", []),
        ("https://crm.cronus.local", "https://nav.cronus.local/NAV", []),
    ],
)
def test_n12_links_that_open_in_clear_are_warned_of(house: House, crm: str, nav: str, warned: list[str]) -> None:
    connection, secrets = connection_to(house.sandbox, "nav2018")
    in_clear = replace(connection, crm=replace(connection.crm, base_url=crm), nav=replace(connection.nav, base_url=nav))
    house.connections.add(in_clear, secrets, OSCAR)

    checks = house.connections.test("ab", OSCAR)

    links = [check for check in checks if check.check.endswith(".links")]
    assert [check.check for check in links] == warned
    assert {check.status for check in links} <= {CheckStatus.WARN}
