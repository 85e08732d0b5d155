"""The lists behind the comboboxes and the CRM Users list."""

from __future__ import annotations

import pytest
from tests.engine.conftest import OSCAR, House

from coupler.engine.directory import Wanted


def keys(rows: object) -> set[str]:
    return {row.key for row in rows}  # type: ignore[attr-defined]


@pytest.mark.parametrize("profile", ["nav2016", "nav2018", "bc", "api"])
@pytest.mark.parametrize("text", ["amina", "Amina", "AMINA", "haddad", "ah", "amina.haddad@"])
def test_a_salesperson_is_found_however_the_name_is_typed(house: House, profile: str, text: str) -> None:
    house.connect(profile)

    rows, _ = house.directory.salespeople(Wanted("ab", "SALESPEOPLE", text=text), 50, None, OSCAR)

    assert "AH" in keys(rows)


@pytest.mark.parametrize("text", ["O'N", "D'Angelo & Fils", "田中", "Крылова", "50%", "*STAR", "a_b", "🌻"])
def test_u11_what_people_type_is_never_more_than_text(house: House, text: str) -> None:
    house.connect("nav2018")

    rows, _ = house.directory.salespeople(Wanted("ab", "SALESPEOPLE", text=text), 50, None, OSCAR)

    wanted = {"O'N": {"SON", "O'N"}, "a_b": set()}.get(text)
    assert len(rows) < 5
    assert wanted is None or keys(rows) <= wanted


def test_s24_users_show_who_they_are_coupled_to(house: House) -> None:
    house.connect("nav2018")
    user = house.user("Amina Haddad")
    house.couple("AH", user)

    rows, _ = house.directory.users(Wanted("ab", "SALESPEOPLE"), 200, None, OSCAR)

    by_key = {row.key: row for row in rows}
    coupling = by_key[user].coupling
    assert coupling is not None
    assert coupling.nav_key == "AH"
    assert house.user("Gert Olander") not in by_key, "disabled and not coupled (R-16)"


@pytest.mark.parametrize("coupled", [None, True])
def test_r17_a_coupled_user_who_was_disabled_is_still_shown(house: House, coupled: bool | None) -> None:
    house.connect("nav2018")
    user = house.user("Amina Haddad")
    house.couple("AH", user)
    house.change_user(user, isdisabled=True)

    rows, _ = house.directory.users(Wanted("ab", "SALESPEOPLE", coupled=coupled), 200, None, OSCAR)

    assert next(row for row in rows if row.key == user).not_eligible == ("is disabled",)


def test_paging_shows_every_user_once(house: House) -> None:
    house.connect("nav2018")
    seen: list[str] = []
    cursor = None
    for _ in range(100):
        rows, cursor = house.directory.users(Wanted("ab", "SALESPEOPLE", everyone=True), 7, cursor, OSCAR)
        seen += [row.key for row in rows]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == len(list(house.sandbox.world.users))
