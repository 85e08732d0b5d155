"""The lists behind the comboboxes and the CRM Users list."""

from __future__ import annotations

import pytest
from tests.engine.conftest import OSCAR, House

from coupler.domain.access import Actor, Role
from coupler.domain.errors import InvalidInput
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


OTHER_COMPANY = "Company('CRONUS%20International%20Ltd.')/SalespersonCard"
OTHER_QUESTION = "systemusers?$select=systemuserid,fullname,modifiedon,internalemailaddress,domainname,isdisabled,"


def test_t12_no_link_makes_a_reader_of_one_company_see_another(house: House) -> None:
    house.connect("nav2018")
    odata = house.sandbox.description["nav"]["profiles"]["nav2018"]["odata_url"]
    reader = Actor("rita", "Rita", Role.READER, frozenset({"ab"}))
    house.sandbox.world.journal.clear()

    with pytest.raises(InvalidInput):
        house.directory.salespeople(Wanted("ab", "SALESPEOPLE"), 5, f"{odata}/{OTHER_COMPANY}", reader)

    assert house.calls("nav") == []


def test_t12_no_link_makes_crm_answer_another_question(house: House) -> None:
    house.connect("nav2018")
    rest = "islicensed,isintegrationuser,mobilephone&$filter=startswith(jobtitle,'S')"
    link = f"{house.sandbox.description['crm']['api_url'].rstrip('/')}/{OTHER_QUESTION}{rest}"
    house.sandbox.world.journal.clear()

    with pytest.raises(InvalidInput):
        house.directory.users(Wanted("ab", "SALESPEOPLE"), 5, link, OSCAR)

    assert house.calls("crm") == []


def test_a_cursor_continues_only_the_list_it_was_given_out_for(house: House) -> None:
    house.connect("nav2018")
    house.connect("bc", name="other")
    _, cursor = house.directory.users(Wanted("ab", "SALESPEOPLE"), 5, None, OSCAR)
    assert cursor is not None
    assert "systemusers" not in cursor

    with pytest.raises(InvalidInput):
        house.directory.users(Wanted("other", "SALESPEOPLE"), 5, cursor, OSCAR)
    with pytest.raises(InvalidInput):
        house.directory.salespeople(Wanted("ab", "SALESPEOPLE"), 5, cursor, OSCAR)
