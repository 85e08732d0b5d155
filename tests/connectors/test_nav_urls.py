"""Deep links into NAV and Business Central, every client (contract 4, surfaces 3.1-3.5)."""

from __future__ import annotations

import base64
import struct
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coupler.connectors.nav.urls import new_bookmark, old_bookmark, record_url
from coupler.domain.connection import NavCompany, SignIn, SignInKind, WebClient, WebService
from coupler.domain.errors import InvalidInput
from coupler.mappings import SALESPEOPLE

NAV = NavCompany(
    base_url="https://nav.corp.local:8080/DynamicsNAV110",
    service_url="https://nav.corp.local:7048/DynamicsNAV110/ODataV4",
    web_service=WebService.ODATA,
    client=WebClient.WEB2018,
    company="CRONUS International Ltd.",
    sign_in=SignIn(SignInKind.WEB_SERVICE_KEY),
)
CRONUS = "company=CRONUS%20International%20Ltd."
WINDOWS = "page=5116&mode=View&$filter=%27Code%27%20IS%20%27PS%27"
PS = "page=5116&filter=%27Code%27%20IS%20%27PS%27&mode=View"


def url(key: str = "PS", **changes: object) -> str:
    return record_url(replace(NAV, **changes), SALESPEOPLE.nav, key)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("client", "base", "expected"),
    [
        (
            WebClient.WINDOWS, "dynamicsnav://srv:7046/DynamicsNAV90",
            f"dynamicsnav://srv:7046/DynamicsNAV90/CRONUS%20International%20Ltd./runpage?{WINDOWS}",
        ),
        (
            WebClient.WINDOWS, "dynamicsnav:///",
            f"dynamicsnav:////CRONUS%20International%20Ltd./runpage?{WINDOWS}",
        ),
        (
            WebClient.WINDOWS, "dynamicsnav://srv/NAV/",
            f"dynamicsnav://srv/NAV/CRONUS%20International%20Ltd./runpage?{WINDOWS}",
        ),
        (WebClient.WEB2013, "http://srv:8080/NAV80", f"http://srv:8080/NAV80/WebClient/list.aspx?{CRONUS}&{PS}"),
        (WebClient.WEB2016, "http://srv:8080/NAV90", f"http://srv:8080/NAV90/WebClient/default.aspx?{CRONUS}&{PS}"),
        (WebClient.WEB2016, "http://srv/NAV90/WebClient", f"http://srv/NAV90/WebClient/default.aspx?{CRONUS}&{PS}"),
        (WebClient.WEB2018, "https://srv/DynamicsNAV110/", f"https://srv/DynamicsNAV110/?{CRONUS}&{PS}"),
        (
            WebClient.BC_ONLINE, "https://businesscentral.dynamics.com/cronus.test/Production",
            f"https://businesscentral.dynamics.com/cronus.test/Production/?{CRONUS}&{PS}",
        ),
    ],
)  # fmt: skip
def test_s02_the_card_in_every_client(client: WebClient, base: str, expected: str) -> None:
    assert url(client=client, base_url=base) == expected


def test_the_tenant_is_named_on_premises_and_part_of_the_address_online() -> None:
    assert url(tenant="t 1").endswith("&mode=View&tenant=t%201")
    assert "tenant" not in url(tenant="t1", client=WebClient.BC_ONLINE)


@pytest.mark.parametrize(
    ("company", "encoded"),
    [
        ("A & B's Å", "A%20%26%20B%27s%20%C3%85"),
        ("Bjørn's Å", "Bj%C3%B8rn%27s%20%C3%85"),
        ("A/B+C#?%", "A%2FB%2BC%23%3F%25"),
    ],
)  # fmt: skip
def test_u8_the_company_is_encoded_with_nothing_left_as_it_is(company: str, encoded: str) -> None:
    assert f"?company={encoded}&" in url(company=company)


def test_the_windows_client_refuses_a_company_with_a_slash_and_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="web client"):
        url(client=WebClient.WINDOWS, base_url="dynamicsnav://srv/NAV", company="A/B")


@pytest.mark.parametrize("code", ["PS", "SP NO. 00001", "A/B", "A+B", "#1", "ØST", "A-B_C.D"])
def test_a_plain_code_goes_by_filter(code: str) -> None:
    assert dict(parse_qsl(urlsplit(url(code)).query))["filter"] == f"'Code' IS '{code}'"


@pytest.mark.parametrize(
    "code", ["O'N", "A&B", "A|B", "*S", "A..B", "50%", "Ж1", "@X", "A?", "(A)", "<A", "A=B", "A;B", " A"]
)
def test_an_awkward_code_goes_by_bookmark_which_no_filter_language_reads(code: str) -> None:
    query = dict(parse_qsl(urlsplit(url(code)).query, separator="&"))

    assert "filter" not in query
    assert decoded(query["bookmark"]) == (13, code)


@pytest.mark.parametrize(
    ("table", "code", "old", "new"),
    [
        (18, "10000", "21;EgAAAAJ7BTEAMAAwADAAMA==", "15_EgAAAAJ7BTEAMAAwADAAMA"),
        (27, "1000", "19;GwAAAAJ7BDEAMAAwADA=", "13_GwAAAAJ7BDEAMAAwADA"),
        (13, "PS", "15;DQAAAAJ7AlAAUw==", "F_DQAAAAJ7AlAAUw"),
    ],
)
def test_bookmarks_are_those_the_products_make(table: int, code: str, old: str, new: str) -> None:
    assert old_bookmark(table, code) == old
    assert new_bookmark(table, code) == new


def test_bookmarks_of_eight_digits_have_the_published_lengths() -> None:
    assert old_bookmark(18, "01905893").startswith("27;")
    assert new_bookmark(18, "01121212").startswith("1B_")


@pytest.mark.parametrize(
    ("client", "service", "mark"),
    [
        (WebClient.WEB2018, WebService.ODATA, ";"),
        (WebClient.WEB2018, WebService.API, "_"),
        (WebClient.BC_ONLINE, WebService.ODATA, "_"),
        (WebClient.WEB2016, WebService.ODATA, ";"),
    ],
)
def test_the_form_of_a_bookmark_follows_the_version(client: WebClient, service: WebService, mark: str) -> None:
    bookmark = dict(parse_qsl(urlsplit(url("O'N", client=client, web_service=service)).query))["bookmark"]

    assert mark in bookmark


@pytest.mark.parametrize("code", ["A\nB", "AB\n"])
def test_u11_a_code_with_control_characters_has_no_link(code: str) -> None:
    with pytest.raises(InvalidInput):
        url(code)


def decoded(bookmark: str) -> tuple[int, str]:
    """Read a bookmark of either form back, by the layout of surfaces 3.4."""
    if ";" in bookmark:
        length, _, text = bookmark.partition(";")
        payload = base64.b64decode(text, validate=True)
        assert int(length) == len(payload) + 5
    else:
        length, _, text = bookmark.partition("_")
        payload = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        assert int(length, 16) == len(payload) + 5
    table, marker, kind, count = struct.unpack_from("<iBBB", payload)
    assert (marker, kind) == (0x02, 0x7B)
    code = payload[7:].ljust(2 * count, b"\0").decode("utf-16-le")
    return table, code


NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


@given(NAMES, NAMES, st.sampled_from([WebClient.WEB2013, WebClient.WEB2016, WebClient.WEB2018, WebClient.BC_ONLINE]))
def test_what_is_built_reads_back_as_it_went_in(company: str, code: str, client: WebClient) -> None:
    built = url(code, company=company, client=client)
    query = dict(parse_qsl(urlsplit(built).query, separator="&", keep_blank_values=True))

    assert built.isascii()
    assert not set(built) & set(" '\"<>#+")
    assert (query["company"], query["page"], query["mode"]) == (company, "5116", "View")
    assert query.get("filter") == f"'Code' IS '{code}'" or decoded(query["bookmark"]) == (13, code)


@given(NAMES.filter(lambda name: "/" not in name), NAMES)
def test_the_windows_form_reads_back_as_it_went_in(company: str, code: str) -> None:
    built = url(code, company=company, client=WebClient.WINDOWS, base_url="dynamicsnav://srv:7046/NAV")
    path, _, query = built.removeprefix("dynamicsnav://srv:7046/NAV/").partition("/runpage?")
    parts = dict(parse_qsl(query, separator="&"))

    assert unquote(path) == company
    assert parts.get("$filter") == f"'Code' IS '{code}'" or decoded(parts["bookmark"]) == (13, code)
