"""The products' own pages, over HTTP: who is on them, where their buttons lead, how addresses are understood."""

import base64
import re
import struct
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from coupler.sandbox.hosts.addresses import (
    BadAddress,
    Condition,
    UnsettledAddress,
    read_bookmark,
    read_filter,
    read_guid,
    read_parameters,
    write_bookmark,
)
from coupler.sandbox.nav.salespeople import Salesperson
from coupler.sandbox.people import person_id
from coupler.sandbox.server import Sandbox

COUPLER = "http://localhost:8000"
AWKWARD = "A & B's Å"
CLIENTS = {
    "nav2016": "/DynamicsNAV90/WebClient/default.aspx",
    "nav2018": "/DynamicsNAV110/",
    "bc": "/BC250/",
    "bc online": "/businesscentral/cronus.example/Production/",
}
Opened = Callable[..., httpx.Response]


@pytest.fixture
def coupled(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox whose pages know where Coupler is."""
    before, sandbox.world.urls.coupler = sandbox.world.urls.coupler, COUPLER
    yield sandbox
    sandbox.world.urls.coupler = before


@pytest.fixture
def nav_page(coupled: Sandbox) -> Opened:
    """Opens a page of a web client; every value is percent-encoded."""

    def open_page(client: str = "nav2016", **parameters: str) -> httpx.Response:
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
        return httpx.get(f"{coupled.world.urls.nav}{CLIENTS[client]}?{query}", follow_redirects=True)

    return open_page


@pytest.fixture
def crm_page(coupled: Sandbox) -> Opened:
    def open_page(query: str) -> httpx.Response:
        return httpx.get(f"{coupled.world.urls.crm}/main.aspx?{query}")

    return open_page


def links(page: httpx.Response) -> dict[str, str]:
    """Caption of every link on a page and where it leads."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', page.text, re.DOTALL)
    return {unescape(re.sub(r"<[^>]*>", "", text)).strip(): unescape(href) for href, text in found}


def card_filter(code: str) -> str:
    return f"'Code' IS '{code}'"


def any_user(sandbox: Sandbox) -> dict[str, Any]:
    return dict(next(iter(sandbox.world.users)))


@pytest.mark.parametrize("client", CLIENTS)
def test_x07_a_filter_on_the_code_opens_that_card_in_every_version(nav_page: Opened, client: str) -> None:
    page = nav_page(client, company=AWKWARD, page="5116", mode="View", filter=card_filter("PS"))

    assert page.status_code == 200
    assert "<bdi>PS</bdi>" in page.text
    assert "<bdi>A &amp; B&#39;s Å</bdi>" in page.text
    for caption in ("Code", "Name", "Job Title", "Phone No.", "E-Mail"):
        assert f"<dt>{caption}</dt>" in page.text


def test_s10_s23_s25_the_buttons_of_a_card_lead_to_coupler_with_every_value_encoded(
    coupled: Sandbox, nav_page: Opened
) -> None:
    with coupled.world.lock:
        coupled.world.companies[AWKWARD].put(Salesperson("A/B&C'Å", name="Awkward"))

    found = links(nav_page(company=AWKWARD, page="5116", bookmark=write_bookmark("A/B&C'Å")))

    code, company = "A%2FB%26C%27%C3%85", "A%20%26%20B%27s%20%C3%85"
    couple = f"{COUPLER}/couple?system=nav&table=salesperson&key={code}&company={company}"
    assert found["User"] == f"{COUPLER}/open/nav/salesperson/{code}?company={company}"
    assert found["Set Up Coupling"] == couple
    assert found["Synchronize Now"] == f"{couple}&action=synchronize"
    assert found["Delete Coupling"] == f"{couple}&action=delete"


def test_the_buttons_open_a_new_tab_that_cannot_reach_back(nav_page: Opened) -> None:
    page = nav_page(company=AWKWARD, page="5116", filter=card_filter("PS"))

    for tag in re.findall(r"<a [^>]*data-action[^>]*>", page.text):
        assert 'target="_blank" rel="noopener"' in tag


@pytest.mark.parametrize("number", ["5116", "14"])
def test_u20_s01_the_group_is_not_there_while_the_integration_is_off(sandbox: Sandbox, number: str) -> None:
    sandbox.world.urls.coupler = None

    page = httpx.get(f"{sandbox.world.urls.nav}{CLIENTS['nav2016']}?page={number}")

    assert page.status_code == 200
    assert "Dynamics CRM" not in page.text
    assert "Coupling" not in page.text


@pytest.mark.parametrize(
    ("client", "group", "synchronize"),
    [
        ("nav2016", "Dynamics CRM", "Synchronize Now"),
        ("nav2018", "Dynamics 365 for Sales", "Synchronize"),
        ("bc", "Dataverse", "Synchronize"),
    ],
)
def test_the_group_has_the_caption_of_its_time(nav_page: Opened, client: str, group: str, synchronize: str) -> None:
    page = nav_page(client, page="5116", filter=card_filter("PS"))

    assert f'role="group" aria-label="{group}"' in page.text
    assert synchronize in links(page)


def test_every_row_of_the_list_carries_its_own_buttons(coupled: Sandbox, nav_page: Opened) -> None:
    page = nav_page(company=AWKWARD, page="14")

    codes = [row.code for row in coupled.world.companies[AWKWARD]]
    users = [unescape(url) for url in re.findall(r'data-user="([^"]*)"', page.text)]
    assert users == [
        f"{COUPLER}/open/nav/salesperson/{quote(code, safe='')}?company={quote(AWKWARD, safe='')}" for code in codes
    ]
    assert links(page)["User"] == users[0]


def test_a_bookmark_selects_its_row_on_the_list(nav_page: Opened) -> None:
    page = nav_page(company=AWKWARD, page="14", bookmark=write_bookmark("PS"))

    assert "/open/nav/salesperson/PS?" in links(page)["User"]
    assert page.text.count('role="row" tabindex="0" aria-selected="true"') == 1


def test_every_link_of_the_list_opens_the_card_it_names(coupled: Sandbox, nav_page: Opened) -> None:
    found = links(nav_page(company=AWKWARD, page="14"))

    for row in list(coupled.world.companies[AWKWARD])[:8]:
        card = httpx.get(f"{coupled.world.urls.nav}{found[row.code]}")
        assert card.status_code == 200
        assert f"/open/nav/salesperson/{quote(row.code, safe='')}?" in links(card)["User"]


def test_a_filter_without_a_match_shows_nothing_instead_of_another_card(nav_page: Opened) -> None:
    page = nav_page(company=AWKWARD, page="5116", mode="View", filter=card_filter("NOBODY"))

    assert page.status_code == 404
    assert "There is nothing to show" in page.text
    assert "User" not in links(page)


def test_a_bookmark_without_a_record_shows_nothing(nav_page: Opened) -> None:
    assert nav_page(company=AWKWARD, page="5116", bookmark=write_bookmark("NOBODY")).status_code == 404


def test_an_unknown_company_is_no_page(nav_page: Opened) -> None:
    page = nav_page(company="CRONUS+International", page="5116")

    assert page.status_code == 404
    assert "does not exist" in page.text


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"page": "21"}, 501),
        ({"page": "5116", "mode": "Create"}, 501),
        ({"page": "5116", "filter": card_filter("A*")}, 501),
        ({"page": "5116", "filter": card_filter("A..B")}, 501),
        ({"page": "5116", "filter": "Code = PS"}, 400),
        ({"page": "5116", "filter": "'Nonsense' IS 'PS'"}, 400),
        ({"page": "5116", "filter": "'Customer'.'Code' IS 'PS'"}, 400),
        ({"page": "5116", "bookmark": "15;DQAAAAJ7AlAAUw"}, 400),
    ],
)
def test_what_is_not_understood_is_refused_by_name(nav_page: Opened, parameters: dict[str, str], status: int) -> None:
    page = nav_page(**parameters)

    assert page.status_code == status
    assert "The page could not be opened" in page.text


def test_the_role_centre_leads_to_the_list_of_its_company(coupled: Sandbox, nav_page: Opened) -> None:
    found = links(nav_page(company=AWKWARD))

    to_list = next(href for text, href in found.items() if text.endswith("Salespeople"))
    assert httpx.get(f"{coupled.world.urls.nav}{to_list}").text.count('role="row" tabindex') == len(
        coupled.world.companies[AWKWARD]
    )
    assert set(coupled.world.companies) <= set(found)


def test_nav_pages_refuse_to_be_framed(nav_page: Opened) -> None:
    page = nav_page(page="14")

    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert page.headers["Content-Security-Policy"] == "frame-ancestors 'self'"


def test_hostile_names_are_text(coupled: Sandbox, nav_page: Opened, crm_page: Opened) -> None:
    evil = '<script>alert("1")</script>'
    with coupled.world.lock:
        coupled.world.companies[AWKWARD].put(Salesperson("EVIL", name=evil))

    for page in (
        nav_page(company=AWKWARD, page="14"),
        nav_page(company=AWKWARD, page="5116", filter=card_filter("EVIL")),
    ):
        assert evil not in page.text
        assert "&lt;script&gt;" in page.text
    assert "<b>" not in crm_page("etn=%3Cb%3E").text


def test_the_style_and_script_of_the_pages_come_from_their_own_origin(coupled: Sandbox, nav_page: Opened) -> None:
    page = nav_page(page="14")

    own = re.findall(r'(?:src|href)="(/host/[^"]+)"', page.text)
    assert len(own) == 2
    for path in own:
        assert httpx.get(f"{coupled.world.urls.nav}{path}").status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style| style=", page.text)


@pytest.mark.parametrize("form", ["{0}", "%7B{0}%7D", "{{{0}}}"])
def test_x01_the_user_form_opens_by_id_in_every_notation(coupled: Sandbox, crm_page: Opened, form: str) -> None:
    user = any_user(coupled)
    for user_id in (user["systemuserid"].upper(), user["systemuserid"]):
        page = crm_page(f"pagetype=entityrecord&etn=systemuser&id={form.format(user_id)}&appid=x")

        assert page.status_code == 200
        for attribute in ("fullname", "internalemailaddress", "mobilephone", "domainname", "title"):
            assert str(user[attribute] or "--") in unescape(page.text)


def test_s26_dynamics_nav_leads_to_coupler_naming_user_and_organization(coupled: Sandbox, crm_page: Opened) -> None:
    user_id = any_user(coupled)["systemuserid"]

    found = links(crm_page(f"etc=8&id={user_id}&pagetype=entityrecord"))

    organization = quote(coupled.world.urls.crm, safe="")
    assert found["Dynamics NAV"] == f"{COUPLER}/open/crm/systemuser/{user_id.upper()}?org={organization}"


def test_s04_without_coupler_the_user_form_has_no_button(sandbox: Sandbox) -> None:
    sandbox.world.urls.coupler = None
    user_id = any_user(sandbox)["systemuserid"]

    page = httpx.get(f"{sandbox.world.urls.crm}/main.aspx?pagetype=entityrecord&etn=systemuser&id={user_id}")

    assert page.status_code == 200
    assert "Dynamics NAV" not in page.text


def test_a_disabled_user_says_so(coupled: Sandbox, crm_page: Opened) -> None:
    disabled = next(row for row in coupled.world.users if row["isdisabled"])

    page = crm_page(f"etn=systemuser&id={disabled['systemuserid']}")

    assert "This user is disabled." in page.text
    assert "<bdi>Disabled</bdi>" in page.text


def test_an_unknown_user_is_unavailable(crm_page: Opened) -> None:
    page = crm_page(f"pagetype=entityrecord&etn=systemuser&id=%7B{person_id('nobody')}%7D")

    assert page.status_code == 404
    assert "Record Is Unavailable" in page.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("pagetype=entityrecord&etn=systemuser&id=42", 400),
        ("pagetype=entityrecord&etn=account&id=42", 501),
        ("pagetype=dashboard&etn=systemuser", 501),
        ("pagetype=entitylist&etn=systemuser&search=%FF", 400),
    ],
)
def test_crm_addresses_that_are_not_understood_are_refused(crm_page: Opened, query: str, status: int) -> None:
    assert crm_page(query).status_code == status


def test_the_list_of_users_names_everybody_and_opens_each(coupled: Sandbox, crm_page: Opened) -> None:
    page = crm_page("pagetype=entitylist&etn=systemuser&viewtype=1039")

    found = links(page)
    for row in list(coupled.world.users)[:5]:
        opened = httpx.get(f"{coupled.world.urls.crm}/{found[row['fullname']]}")
        assert row["systemuserid"].upper() in links(opened)["Dynamics NAV"]


# Codes a Code field may hold, with the bookmarks NAV makes of them.
@pytest.mark.parametrize(
    ("bookmark", "code"),
    [("15;DQAAAAJ7AlAAUw==", "PS"), ("F_DQAAAAJ7AlAAUw", "PS")],
)
def test_both_forms_of_a_bookmark_are_read(bookmark: str, code: str) -> None:
    assert read_bookmark(bookmark) == code


@pytest.mark.parametrize("code", ["P", "PS", "ÆØÅ", "A'B", "1234567890", "Ā"])
def test_a_bookmark_reads_back_to_its_code(code: str) -> None:
    assert read_bookmark(write_bookmark(code)) == code


@pytest.mark.parametrize(
    "bookmark",
    [
        "",
        "PS",
        "14;DQAAAAJ7AlAAUw==",
        "f_DQAAAAJ7AlAAUw",
        "21;EgAAAAJ7BTEAMAAwADAAMA==",
        "12;" + base64.b64encode(struct.pack("<iBBB", 13, 2, 0x7C, 0)).decode(),
    ],
    ids=["empty", "a code", "length", "lower case", "customer", "no Code field"],
)
def test_a_bookmark_of_something_else_is_refused(bookmark: str) -> None:
    with pytest.raises(BadAddress):
        read_bookmark(bookmark)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("'Code' IS 'PS'", (Condition("Code", "PS"),)),
        ("Code is PS", (Condition("Code", "PS"),)),
        ("'Salesperson/Purchaser'.Code IS 'PS'", (Condition("Code", "PS"),)),
        ("'Salesperson/Purchaser'.'Code' IS 'A B'", (Condition("Code", "A B"),)),
        ("'Code' IS 'PS' AND 'E-Mail' IS 'ps@x'", None),
        ("'Code' IS 'PS' AND 'Name' IS 'Paula'", (Condition("Code", "PS"), Condition("Name", "Paula"))),
    ],
)
def test_a_filter_is_read_in_short_and_qualified_form(text: str, conditions: tuple[Condition, ...] | None) -> None:
    if conditions is None:
        with pytest.raises(UnsettledAddress):
            read_filter(text)
    else:
        assert read_filter(text) == conditions


@pytest.mark.parametrize(
    "text", ["", " ", "Code", "'Code' IS", "'Code' IS 'PS' OR 'Code' IS 'JR'", "'Code' IS 'PS'; x"]
)
def test_a_broken_filter_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        read_filter(text)


def test_a_code_in_lower_case_finds_the_record(nav_page: Opened) -> None:
    assert nav_page(company=AWKWARD, page="5116", filter=card_filter("ps")).status_code == 200


def test_a_plus_in_an_address_is_a_plus() -> None:
    assert read_parameters("Company=A+B&PAGE=14") == {"company": "A+B", "page": "14"}


def test_an_id_without_a_shape_is_refused() -> None:
    assert read_guid("{93A0ECCD-CCBC-5D26-948C-A67E69057091}") == "93a0eccd-ccbc-5d26-948c-a67e69057091"
    with pytest.raises(BadAddress):
        read_guid("PS")


def turned(sandbox: Sandbox, **switches: object) -> None:
    sandbox.world.switches.change(switches)


@pytest.fixture
def calm(coupled: Sandbox) -> Iterator[Sandbox]:
    yield coupled
    coupled.world.switches.reset()
    coupled.world.web_resources.clear()


def test_a_user_form_shows_the_pane_by_a_web_resource_that_crm_tells_the_record(
    crm_page: Opened, coupled: Sandbox
) -> None:
    user = any_user(coupled)["systemuserid"]
    form = crm_page(f"pagetype=entityrecord&etn=systemuser&id={user}")
    (source,) = re.findall(r'<iframe title="Coupler" src="([^"]+)">', form.text)
    resource = httpx.get(f"{coupled.world.urls.crm}{unescape(source)}")

    assert source.startswith("/WebResources/coupler_/pane.htm?")
    assert f"id=%7b{user}%7d" in source
    assert "typename=systemuser" in source
    assert resource.status_code == 200
    assert resource.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert f'data-coupler="{COUPLER}"' in resource.text


def test_without_coupler_neither_product_shows_a_pane(sandbox: Sandbox) -> None:
    user = any_user(sandbox)["systemuserid"]
    form = httpx.get(f"{sandbox.world.urls.crm}/main.aspx?pagetype=entityrecord&etn=systemuser&id={user}")
    company = quote(next(iter(sandbox.world.companies)))
    card = httpx.get(
        f"{sandbox.world.urls.nav}{CLIENTS['bc']}?company={company}&page=5116&filter=%27Code%27%20IS%20%27PS%27"
    )
    resource = httpx.get(f"{sandbox.world.urls.crm}/WebResources/coupler_/pane.htm")

    assert "<iframe" not in form.text
    assert "data-viewer" not in card.text
    assert resource.status_code == 404


def test_the_card_shows_the_pane_of_its_record_in_a_viewer(nav_page: Opened) -> None:
    card = nav_page("bc", company=AWKWARD, page="5116", filter=card_filter("PS"))
    (pane,) = re.findall(r'data-pane="([^"]+)"', card.text)

    expected = f"{COUPLER}/pane?system=nav&table=salesperson&key=PS&company={quote(AWKWARD, safe='')}&lcid=1033"
    assert unescape(pane) == expected


@pytest.mark.parametrize("policy", ["same-origin", "same-origin-allow-popups"])
def test_pages_send_the_headers_they_are_told_to(
    calm: Sandbox, crm_page: Opened, nav_page: Opened, policy: str
) -> None:
    turned(calm, crm_coop=policy, nav_coop=policy, crm_csp="frame-src 'self'", nav_csp="frame-src https:")
    form, card = crm_page("etn=systemuser"), nav_page(company=AWKWARD, page="14")

    assert form.headers["Cross-Origin-Opener-Policy"] == card.headers["Cross-Origin-Opener-Policy"] == policy
    assert form.headers["Content-Security-Policy"] == "frame-src 'self'"
    assert card.headers.get_list("Content-Security-Policy") == ["frame-ancestors 'self'", "frame-src https:"]


def test_the_identity_providers_pages_may_keep_their_window_to_themselves(calm: Sandbox) -> None:
    page = f"{calm.description['identity']['issuer'].removesuffix('/v2.0')}/oauth2/v2.0/authorize"
    before = httpx.get(page)
    turned(calm, identity_coop="same-origin")

    assert "Cross-Origin-Opener-Policy" not in before.headers
    assert httpx.get(page).headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_frames_carry_the_sandbox_attribute_they_are_given(calm: Sandbox, crm_page: Opened, nav_page: Opened) -> None:
    turned(calm, crm_frame_sandbox="allow-scripts", nav_frame_sandbox="")
    form = crm_page(f"pagetype=entityrecord&etn=systemuser&id={any_user(calm)['systemuserid']}")
    card = nav_page(company=AWKWARD, page="5116", filter=card_filter("PS"))

    assert 'sandbox="allow-scripts"' in form.text
    assert 'data-sandbox=""' in card.text


def test_web_resources_of_a_solution_take_the_place_of_the_stand_in(calm: Sandbox) -> None:
    control, crm = calm.world.urls.control, calm.world.urls.crm
    put = httpx.put(f"{control}/crm/webresources/coupler_/link.js", content=b"var a = 1;")
    httpx.put(f"{control}/crm/webresources/coupler_/pane.htm", content=b"<p>ours</p>")
    script, page = (httpx.get(f"{crm}/WebResources/coupler_/{name}") for name in ("link.js", "pane.htm"))
    httpx.delete(f"{control}/crm/webresources/coupler_/link.js")

    assert put.status_code == 204
    assert (script.content, script.headers["Content-Type"].partition(";")[0]) == (b"var a = 1;", "text/javascript")
    assert page.text == "<p>ours</p>"
    assert httpx.get(f"{crm}/WebResources/coupler_/link.js").status_code == 404
