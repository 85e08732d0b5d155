"""Opening: from a record to its partner, over HTTP (contract 4)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from tests.api.world import ANNA, BROWSER, COMPANY, CRM, ODD, PETER, World, connection_body

from coupler.domain.access import Role
from coupler.domain.errors import Unavailable
from coupler.engine.ports import Identity

FORM = f"{CRM}/main.aspx?pagetype=entityrecord&etn=systemuser&id=%7B{PETER.upper()}%7D"


@pytest.fixture
def coupled(world: World) -> World:
    assert world.couple().status_code == 201
    return world


def denmark(world: World) -> None:
    """A second company, in which Peter is coupled as well."""
    world.add_connection("denmark", company="CRONUS Danmark A/S")
    world.get("/nav/salespeople?connection=denmark")
    world.connectors.companies["CRONUS Danmark A/S"].put("PS", Code="PS", Name="Peter i Danmark")
    assert world.couple(connection="denmark").status_code == 201


def test_a_coupled_salesperson_opens_the_user_without_asking_any_system_s23(coupled: World) -> None:
    coupled.nav.requests.clear()
    coupled.crm.requests.clear()

    answer = coupled.get(f"/open/nav/salesperson/PS?company={quote(COMPANY)}")

    assert answer.status_code == 302
    assert answer.headers["Location"] == FORM
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert coupled.nav.requests == coupled.crm.requests == []


@pytest.mark.parametrize("written", [PETER, PETER.upper(), f"%7B{PETER.upper()}%7D", f"{{{PETER}}}"])
def test_a_coupled_user_opens_the_salesperson_however_the_id_is_written_s26(coupled: World, written: str) -> None:
    answer = coupled.get(f"/open/crm/systemuser/{written}?org={quote(CRM, safe='')}")

    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["company"] == [COMPANY]
    assert query["page"] == ["5116"]
    assert query["filter"] == ["'Code' IS 'PS'"]


@pytest.mark.parametrize("code", [ODD, "A/B", "/A", "A/", "//", "A B", "A%2FB", "Å", "100%", "A?B", "A#B", ".."])
def test_any_code_survives_the_address(world: World, code: str) -> None:
    world.nav.put(code, Code=code, Name="Odd")
    assert world.couple(code, PETER).status_code == 201

    answer = world.get(f"/open/nav/salesperson/{quote(code, safe='')}")

    assert (answer.status_code, answer.headers["Location"]) == (302, FORM)


def test_a_code_typed_in_lower_case_is_found(coupled: World) -> None:
    assert coupled.get("/open/nav/salesperson/ps").headers["Location"] == FORM


def test_an_uncoupled_record_leads_to_the_coupling_page(world: World) -> None:
    nav = world.get(f"/open/nav/salesperson/{quote(ODD, safe='')}?company={quote(COMPANY, safe='')}&connection=cronus")
    crm = world.get(f"/open/crm/systemuser/%7B{ANNA}%7D")

    assert nav.status_code == crm.status_code == 302
    there = urlsplit(nav.headers["Location"])
    assert there.path == "/couple"
    assert parse_qs(there.query) == {
        "system": ["nav"],
        "table": ["salesperson"],
        "key": [ODD],
        "company": [COMPANY],
        "connection": ["cronus"],
        "then": ["open"],
    }
    assert crm.headers["Location"].startswith("/couple?system=crm&entity=systemuser&id=")
    assert "+" not in nav.headers["Location"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/open/nav/salesperson/PS?company=Nowhere", 404, "connection_unknown"),
        ("/open/nav/salesperson/PS?connection=nowhere", 404, "connection_unknown"),
        ("/open/nav/vendor/PS", 404, "mapping_unknown"),
        ("/open/crm/account/31914b34-be8d-4611-80d8-00155d892ddc", 404, "mapping_unknown"),
        ("/open/crm/systemuser/not-a-guid", 422, "invalid_input"),
        ("/open/nav/salesperson/ABCDEFGHIJKLMNOPQRSTU", 422, "invalid_input"),
        ("/open/nav/salesperson/A%00B", 404, "not_found"),
        ("/open/nav/salesperson/PS?company=a&company=b", 422, "invalid_input"),
    ],
)
def test_a_place_that_cannot_be_is_told_to_programs_and_people(
    coupled: World, path: str, status: int, code: str
) -> None:
    program = coupled.get(path)
    person = coupled.get(path, headers=BROWSER)

    assert (program.status_code, program.mimetype) == (status, "application/problem+json")
    assert (program.json or {})["code"] == code
    assert (person.status_code, person.mimetype) == (status, "text/html")
    assert code in person.text
    assert "<script" not in person.text


def test_a_disabled_connection_says_so_instead_of_offering_to_couple(coupled: World) -> None:
    coupled.ask("PATCH", "/connections/cronus", json={"enabled": False}, headers={"If-Match": "*"})

    answer = coupled.get("/open/nav/salesperson/PS")

    assert (answer.status_code, (answer.json or {})["code"]) == (409, "connection_disabled")


def test_a_grant_for_other_connections_does_not_tell_whether_a_record_is_coupled(coupled: World) -> None:
    stranger = coupled.token(Role.READER, frozenset())

    there = coupled.get("/open/nav/salesperson/PS", token=stranger)
    nowhere = coupled.get("/open/nav/salesperson/XX", token=stranger)

    assert there.status_code == nowhere.status_code == 404
    assert (there.json or {})["detail"] == (nowhere.json or {})["detail"]


def test_nobody_signed_in_a_browser_is_sent_to_sign_in_and_comes_back_whole(coupled: World) -> None:
    path = f"/open/nav/salesperson/PS?company={quote(COMPANY, safe='')}"
    browser = coupled.browser()

    away = browser.get(path, headers=BROWSER)
    provider = browser.get(away.headers["Location"], headers=BROWSER)
    back = coupled.provider.approve(provider.headers["Location"], Identity("r1", "Rita", ("Coupler.Reader",)))
    again = browser.get(back, headers=BROWSER)
    opened = browser.get(again.headers["Location"], headers=BROWSER)

    assert away.status_code == 302
    assert urlsplit(away.headers["Location"]).path == "/auth/sign-in"
    assert again.headers["Location"] == path
    assert (opened.status_code, opened.headers["Location"]) == (302, FORM)


@pytest.mark.parametrize("code", ["C#1?", "50%", "10%20", "A?company=B", "A+B&C", ODD])
def test_a_code_comes_back_from_signing_in_as_it_was(world: World, code: str) -> None:
    path = f"/open/nav/salesperson/{quote(code, safe='')}?company={quote(COMPANY, safe='')}"
    browser = world.browser()

    away = browser.get(path, headers=BROWSER)
    provider = browser.get(away.headers["Location"], headers=BROWSER)
    back = world.provider.approve(provider.headers["Location"], Identity("r1", "Rita", ("Coupler.Reader",)))
    again = browser.get(back, headers=BROWSER)
    page = browser.get(again.headers["Location"], headers=BROWSER)

    query = parse_qs(urlsplit(page.headers["Location"]).query)
    assert (query["key"], query["company"]) == ([code], [COMPANY])


def test_nobody_signed_in_a_program_is_told_401(coupled: World) -> None:
    nothing = coupled.get("/open/nav/salesperson/PS", role=None)
    wrong = coupled.get("/open/nav/salesperson/PS", role=None, token="cplr_wrong", headers=BROWSER)

    assert nothing.status_code == wrong.status_code == 401
    assert nothing.headers["WWW-Authenticate"].startswith("Bearer")
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]


def test_a_person_without_a_role_is_told_so(coupled: World) -> None:
    token = coupled.provider.issue(Identity("p1", "Petra", ()))

    assert coupled.get("/open/nav/salesperson/PS", token=token).status_code == 403


def test_several_companies_make_a_chooser_last_used_first_n05(coupled: World) -> None:
    denmark(coupled)
    token = coupled.token(Role.READER)
    bearer = {**BROWSER, "Authorization": f"Bearer {token}"}
    browser = coupled.browser()
    path = f"/open/crm/systemuser/{PETER}"

    page = browser.get(path, headers=bearer)
    chosen = browser.get(f"{path}?connection=denmark", headers=bearer)
    later = browser.get(path, headers=bearer)

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert page.text.index("A &amp; B&#39;s Å") < page.text.index("CRONUS Danmark A/S")
    assert f'href="{path}?connection=denmark"' in page.text
    assert chosen.status_code == 302
    assert "CRONUS%20Danmark%20A%2FS" in chosen.headers["Location"]
    assert later.text.index("CRONUS Danmark A/S") < later.text.index("A &amp; B&#39;s Å")
    assert "last used" in later.text


def test_companies_of_one_name_on_several_servers_are_told_apart_in_the_chooser(coupled: World) -> None:
    for name in ("nav2016", "nav2018"):
        assert coupled.ask("POST", "/connections", json={**connection_body(name), "title": COMPANY}).status_code == 201
        assert coupled.couple(connection=name).status_code == 201

    page = coupled.get(f"/open/crm/systemuser/{PETER}", headers=BROWSER).text

    lines = re.findall(r"<li>(.*?)</li>", page)
    assert len({re.sub("<[^>]*>", "", line) for line in lines}) == 3
    assert "(nav2016)" in page


def test_a_company_narrows_several_to_one_and_a_program_is_told_which_there_are(coupled: World) -> None:
    denmark(coupled)

    narrowed = coupled.get(f"/open/nav/salesperson/PS?company={quote('CRONUS Danmark A/S', safe='')}")
    several = coupled.get(f"/open/crm/systemuser/{PETER}")

    assert (narrowed.status_code, narrowed.headers["Location"]) == (302, FORM)
    assert (several.status_code, (several.json or {})["code"]) == (409, "several_partners")
    assert {one["connection"] for one in (several.json or {})["partners"]} == {"cronus", "denmark"}


def test_a_forged_last_choice_changes_nothing_but_the_order(coupled: World) -> None:
    denmark(coupled)
    browser = coupled.browser()
    browser.set_cookie("coupler-last", '"><script>alert(1)</script>')

    page = browser.get(
        f"/open/crm/systemuser/{PETER}", headers={**BROWSER, "Authorization": f"Bearer {coupled.token(Role.READER)}"}
    )

    assert page.status_code == 200
    assert "<script" not in page.text


def test_the_windows_client_is_never_redirected_to_blindly(world: World) -> None:
    windows = {"client": "windows", "base_url": "dynamicsnav://nav01:7046/DynamicsNAV90"}
    world.ask("PATCH", "/connections/cronus", json={"nav": windows}, headers={"If-Match": "*"})
    world.couple()

    page = world.get(f"/open/crm/systemuser/{PETER}", headers=BROWSER)

    assert page.status_code == 200
    assert "Location" not in page.headers
    assert 'href="dynamicsnav://nav01:7046/DynamicsNAV90/A%20%26%20B%27s%20%C3%85/runpage?page=5116' in page.text


def test_a_partner_without_an_address_is_told_why_and_stands_in_nobodys_way_n05(coupled: World) -> None:
    windows = {"client": "windows", "base_url": "dynamicsnav://nav01:7046/DynamicsNAV90"}
    coupled.add_connection("slash", company="A/S", **windows)
    coupled.connectors.companies["A/S"] = coupled.nav
    coupled.couple(connection="slash")

    links = coupled.get(f"/links?system=crm&entity=systemuser&id={PETER}").json or {}
    chooser = coupled.get(f"/open/crm/systemuser/{PETER}", headers=BROWSER)
    chosen = coupled.get(f"/open/crm/systemuser/{PETER}?connection=slash", headers=BROWSER)
    other = coupled.get(f"/open/crm/systemuser/{PETER}?connection=cronus", headers=BROWSER)

    assert [(one["company"], one["url"] is None) for one in links["partners"]] == [(COMPANY, False), ("A/S", True)]
    assert "A/S" in chooser.text
    assert chosen.status_code == 422
    assert "Set the connection to a web client" in chosen.text
    assert other.status_code == 302


def test_a_company_name_from_nav_is_shown_as_text(world: World) -> None:
    evil = "<img src=x onerror=alert(1)>"
    world.ask("POST", "/connections", json=connection_body("evil", company=evil))
    for connection in ("cronus", "evil"):
        world.get(f"/nav/salespeople?connection={connection}")
        company = COMPANY if connection == "cronus" else evil
        world.connectors.companies[company].put("PS", Code="PS", Name="<b>Peter</b>")
        assert world.couple(connection=connection).status_code == 201

    page = world.get(f"/open/crm/systemuser/{PETER}", headers=BROWSER)

    assert "<img" not in page.text
    assert "<b>" not in page.text
    assert "&lt;img" in page.text


def test_opening_works_while_both_systems_are_down(coupled: World) -> None:
    coupled.nav.failure = coupled.crm.failure = Unavailable("Down.", system="nav")

    assert coupled.get("/open/nav/salesperson/PS").status_code == 302


def test_links_tell_without_going_there(coupled: World) -> None:
    answer = coupled.get("/links?system=nav&table=salesperson&key=PS")
    uncoupled = coupled.get(f"/links?system=crm&entity=systemuser&id=%7B{ANNA}%7D&connection=cronus")

    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["coupled"], answer.json["url"]) == (True, FORM)
    assert answer.json["partner"] == {
        "system": "crm",
        "entity": "systemuser",
        "id": PETER,
        "name": "Peter Saddow",
        "url": FORM,
        "connection": "cronus",
        "company": COMPANY,
        "coupling": answer.json["coupling"],
    }
    assert uncoupled.json == {"coupled": False, "url": None, "partner": None, "coupling": None, "partners": []}


@pytest.mark.parametrize("query", ["table=salesperson&key=PS", f"table=salesperson&key=ps&company={quote(COMPANY)}"])
def test_links_know_a_nav_record_by_its_table_and_key(coupled: World, query: str) -> None:
    assert (coupled.get(f"/links?{query}").json or {})["url"] == FORM


def test_links_know_a_crm_record_by_its_entity_and_id(coupled: World) -> None:
    answer = coupled.get(f"/links?entity=systemuser&id=%7B{PETER.upper()}%7D").json or {}

    assert answer["partner"]["key"] == "PS"


def test_links_of_several_companies_lead_to_the_chooser(coupled: World) -> None:
    denmark(coupled)

    answer = coupled.get(f"/links?system=crm&entity=systemuser&id={PETER}").json or {}

    assert (answer["coupled"], answer["partner"], len(answer["partners"])) == (True, None, 2)
    assert answer["url"] == f"http://localhost:8000/open/crm/systemuser/{PETER}"


def test_links_name_what_is_missing(world: World) -> None:
    nothing = world.get("/links")
    mixed = world.get("/links?system=nav&entity=systemuser&id=1")
    both = world.get("/links?table=salesperson&key=PS&entity=systemuser")
    unknown = world.get("/links?system=nav&table=salesperson&key=PS&company=Nowhere")

    assert list((nothing.json or {})["errors"]) == ["system"]
    assert set((mixed.json or {})["errors"]) == {"table", "key", "entity", "id"}
    assert list((both.json or {})["errors"]) == ["entity"]
    assert (unknown.status_code, (unknown.json or {})["code"]) == (404, "connection_unknown")
