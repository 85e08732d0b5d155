"""Connecting a company and an organization, and what follows from a change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.engine.conftest import OSCAR, House, connection_to

from coupler.domain.errors import InvalidInput


@pytest.mark.parametrize("name", ["ab\n", "Ab", "-ab", "", "a" * 41, "a b"])
def test_a_name_is_lower_case_letters_digits_and_hyphens_to_its_very_end(house: House, name: str) -> None:
    connection, secrets = connection_to(house.sandbox, "nav2018")

    with pytest.raises(InvalidInput) as refused:
        house.connections.add(replace(connection, name=name), secrets, OSCAR)

    assert list(refused.value.errors) == ["name"]
