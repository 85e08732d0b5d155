"""What the NAV connectors send and how they take answers the sandbox would never give."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from tests.connectors.conftest import ROOT, Vendor, fault, json, make_http

from coupler.connectors.bc.client import BcApi
from coupler.connectors.nav.client import NavPageService
from coupler.domain.connection import NavCompany, SignIn, SignInKind, WebClient, WebService
from coupler.domain.errors import (
    InvalidInput,
    RecordNotFound,
    ServiceNotFound,
    Unavailable,
    UnexpectedAnswer,
)
from coupler.domain.mapping import IntegrationTableMapping
from coupler.domain.records import Record, RecordRef, System
from coupler.engine.ports import NavConnector
from coupler.mappings import SALESPEOPLE

COMPANY_ID = "a9f1db86-992a-4223-83aa-c26cd6d404e9"
NAV = NavCompany(
    base_url="https://nav.test",
    service_url=ROOT,
    web_service=WebService.ODATA,
    client=WebClient.WEB2018,
    company="A & B's Å",
    sign_in=SignIn(SignInKind.WEB_SERVICE_KEY, username="u"),
)
METADATA = (
    b'<Edmx><Schema Namespace="NAV"><EntityType Name="T">'
    b'<Property Name="Code" Type="Edm.String" MaxLength="10"/><Property Name="Name" Type="Edm.String" MaxLength="50"/>'
    b'<Property Name="E_Mail" Type="Edm.String" MaxLength="80"/><Property Name="Phone_No" Type="Edm.String"/>'
    b'</EntityType><EntityContainer><EntitySet Name="SalespersonCard" EntityType="NAV.T"/></EntityContainer>'
    b"</Schema></Edmx>"
)


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 9, tzinfo=UTC)


def row(code: str = "PS", **more: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"JzQ0Ow=="', "Code": code, "Name": "Peter", "E_Mail": "", "Phone_No": "", **more,
    }  # fmt: skip


def page(*rows: dict[str, Any], link: str | None = None) -> httpx.Response:
    body: dict[str, Any] = {"@odata.context": f"{ROOT}/$metadata#X", "value": list(rows)}
    return json(body if link is None else {**body, "@odata.nextLink": link})


def nav(vendor: Vendor, company: NavCompany = NAV, mapping: IntegrationTableMapping = SALESPEOPLE) -> NavConnector:
    return NavPageService(make_http(vendor), company, mapping, StoppedClock())


def sent(vendor: Vendor) -> list[str]:
    return [f"{request.method} {request.url.raw_path.decode().removeprefix('/api/')}" for request in vendor.requests]


def test_u8_the_company_goes_by_its_encoded_name() -> None:
    vendor = Vendor([json(row())])

    nav(vendor).read("PS")

    assert sent(vendor) == ["GET Company(%27A%20%26%20B%27%27s%20%C3%85%27)/SalespersonCard(%27PS%27)"]


def test_u8_u9_the_company_goes_by_its_id_where_that_is_known() -> None:
    vendor = Vendor([json(row())])

    nav(vendor, replace(NAV, company_id=COMPANY_ID.upper())).read("PS")

    assert sent(vendor) == [f"GET Company(Id={COMPANY_ID})/SalespersonCard(%27PS%27)"]


def test_the_tenant_goes_with_every_address_on_premises() -> None:
    vendor = Vendor([json(row())])

    nav(vendor, replace(NAV, tenant="t 1")).read("PS")

    assert sent(vendor)[0].endswith("SalespersonCard(%27PS%27)?tenant=t%201")


@pytest.mark.parametrize(
    "refusal", [fault(404, "BadRequest_ResourceNotFound"), httpx.Response(404, html="<h1>404</h1>"), fault(400)]
)  # fmt: skip
def test_u6_a_key_a_proxy_mangles_is_looked_up_by_filter(refusal: httpx.Response) -> None:
    vendor = Vendor([refusal, page(row("A/B"))])

    assert nav(vendor).read("A/B").ref.key == "A/B"
    assert sent(vendor)[1].endswith("/SalespersonCard?$filter=Code%20eq%20'A%2FB'")


def test_u6_a_plain_key_that_is_missing_costs_one_call() -> None:
    vendor = Vendor([fault(404, "Internal_RecordNotFound")])

    with pytest.raises(RecordNotFound):
        nav(vendor).read("PS")

    assert len(vendor.requests) == 1


def test_s9_a_404_that_says_nothing_is_settled_by_reading_the_set() -> None:
    with pytest.raises(RecordNotFound):
        nav(Vendor([fault(404), page()])).read("PS")
    with pytest.raises(ServiceNotFound):
        nav(Vendor([fault(404), fault(404)])).read("PS")


def test_s9_a_missing_service_is_not_a_missing_record() -> None:
    with pytest.raises(ServiceNotFound):
        nav(Vendor([fault(404, "BadRequest_ResourceNotFound")])).read("PS")


def test_u15_a_key_longer_than_the_field_is_a_missing_record() -> None:
    vendor = Vendor([fault(400), fault(400, "Application_FilterErrorException")])

    with pytest.raises(RecordNotFound):
        nav(vendor).read("ELEVENCHARS+")


def test_u15_read_many_never_asks_for_what_cannot_be_there() -> None:
    vendor = Vendor([httpx.Response(200, content=METADATA), page(row("PS"))])

    found = nav(vendor).read_many(["PS", "ELEVENCHARS", "A\nB"])

    assert set(found) == {"PS"}
    assert sent(vendor)[1].endswith("?$filter=Code%20eq%20'PS'")


def test_u13_u14_many_keys_go_in_slices_of_one_field_within_two_thousand_characters() -> None:
    keys = [f"Å{number:04}" for number in range(120)]

    def answer(request: httpx.Request) -> httpx.Response:
        asked = unquote(request.url.raw_path.decode())
        return page(*[row(key) for key in keys if f"'{key}'" in asked])

    vendor = Vendor([httpx.Response(200, content=METADATA), answer])

    assert list(nav(vendor).read_many(keys)) == keys
    lists = vendor.requests[1:]
    assert all(len(str(request.url)) < 2000 for request in lists)
    assert 3 <= len(lists) <= 6


def test_v6_the_servers_echo_decides_which_key_a_row_belongs_to() -> None:
    vendor = Vendor([httpx.Response(200, content=METADATA), page(row("PS"))])

    assert nav(vendor).read_many(["ps"])["ps"].ref.key == "PS"


def test_u15_a_search_skips_fields_the_text_cannot_be_in() -> None:
    vendor = Vendor([httpx.Response(200, content=METADATA), page()])

    nav(vendor).page("a longer text", 5, None)

    filters = [unquote(line.rpartition("?$filter=")[2]) for line in sent(vendor)[1:]]
    assert [text.partition(",")[0] for text in filters] == ["contains(Name", "contains(E_Mail"]


def test_a_search_asks_for_every_way_the_text_may_be_written() -> None:
    vendor = Vendor([httpx.Response(200, content=METADATA), page()])

    nav(vendor).page("o'neill", 5, None)

    asked = unquote(sent(vendor)[-1].rpartition("?$filter=")[2])
    assert asked == " or ".join(f"contains(E_Mail,'{name}')" for name in ("o''neill", "O''NEILL", "O''Neill"))


def test_u11_a_search_for_control_characters_asks_nobody() -> None:
    vendor = Vendor([page()])

    assert nav(vendor).page("a\x00b", 5, None).records == ()
    assert vendor.requests == []


def test_u1_u12_pages_go_by_link_with_the_same_page_size_and_without_top() -> None:
    link = f"{ROOT}/SalespersonCard?aid=FIRST&$skiptoken='A%2FB'"
    vendor = Vendor([page(row("A"), link=link), page(row("B"))])
    connector = nav(vendor)

    first = connector.page(None, 7, None)
    second = connector.page(None, 7, first.cursor)

    assert (first.cursor, second.cursor) == (link, None)
    assert sent(vendor)[1] == "GET SalespersonCard?aid=FIRST&$skiptoken='A%2FB'"
    assert [request.headers["Prefer"] for request in vendor.requests] == ["odata.maxpagesize=7"] * 2
    assert "top" not in "".join(sent(vendor))


def test_u2_a_relative_link_belongs_to_the_service_root() -> None:
    first = nav(Vendor([page(row(), link="SalespersonCard?$skiptoken=1")])).page(None, 5, None)

    assert first.cursor == f"{ROOT}/SalespersonCard?$skiptoken=1"


@pytest.mark.parametrize("link", ["https://evil.test/api/x?$skiptoken=1", "http://vendor.test/api/x"])
def test_t12_a_foreign_next_link_is_refused(link: str) -> None:
    vendor = Vendor([page(row(), link=link)])

    with pytest.raises(UnexpectedAnswer):
        nav(vendor).page(None, 5, None)

    assert len(vendor.requests) == 1


@pytest.mark.parametrize("cursor", ["https://evil.test/api/x", "0|5|https://evil.test/x", "x|5|", "0|x|", "||"])
@pytest.mark.parametrize("text", [None, "abc"])
def test_t12_a_foreign_cursor_is_refused_before_anything_is_sent(text: str | None, cursor: str) -> None:
    vendor = Vendor([httpx.Response(200, content=METADATA), page()])

    with pytest.raises(InvalidInput):
        nav(vendor).page(text, 5, cursor)

    assert not [line for line in sent(vendor) if "metadata" not in line]


def test_u3_s21_a_list_whose_link_repeats_proves_nothing_absent() -> None:
    loop = page(row("A"), link=f"{ROOT}/x?$skiptoken=1")

    with pytest.raises(UnexpectedAnswer, match="does not end"):
        nav(Vendor([httpx.Response(200, content=METADATA), loop])).read_many(["A", "B"])


def test_s20_s21_a_list_that_breaks_off_proves_nothing_absent() -> None:
    broken = httpx.Response(200, content=b'{"value": [{"Code": "A"')

    with pytest.raises(Unavailable):
        nav(Vendor([httpx.Response(200, content=METADATA), broken])).read_many(["A"])


def test_v1_v13_unknown_properties_are_dropped_and_flags_kept_apart() -> None:
    body = row(Blocked=True, Privacy_Blocked=False, New_Field=1.5, Commission_Percent=5.25)

    record = nav(Vendor([json(body)])).read("PS")

    assert set(record.fields) == {"Code", "Name", "E-Mail", "Phone No."}
    assert record.extra == {"Blocked": True, "Privacy Blocked": False}


def test_v13_v14_a_property_the_page_does_not_show_is_named() -> None:
    body = row()
    del body["E_Mail"]

    with pytest.raises(UnexpectedAnswer, match="E_Mail"):
        nav(Vendor([json(body)])).read("PS")


RECORD = Record(RecordRef(System.NAV, "salesperson", "PS"), {}, etag='W/"JzQ0Ozs="')


def test_s3_s4_s5_the_etag_goes_verbatim_into_the_header_and_only_changes_into_the_body() -> None:
    vendor = Vendor([json(row(Name="New"), headers={"ETag": 'W/"other"'})])

    after = nav(vendor).update(RECORD, {"Phone No.": "+45 1", "Name": "New"})

    request = vendor.requests[0]
    assert (request.method, request.headers["If-Match"]) == ("PATCH", 'W/"JzQ0Ozs="')
    assert request.content == b'{"Phone_No":"+45 1","Name":"New"}'
    assert after.etag == 'W/"JzQ0Ow=="'


@pytest.mark.parametrize("etag", [None, "", "W/\n", 'W/"æ"'])
def test_s5_s6_nothing_is_written_without_the_etag_of_the_row(etag: str | None) -> None:
    vendor = Vendor([json(row())])

    with pytest.raises(UnexpectedAnswer, match="ETag"):
        nav(vendor).update(replace(RECORD, etag=etag), {"Name": "x"})

    assert vendor.requests == []


def test_s1_an_empty_answer_to_a_change_is_settled_by_reading() -> None:
    with pytest.raises(Unavailable) as caught:
        nav(Vendor([httpx.Response(204)])).update(RECORD, {"Name": "x"})

    assert caught.value.outcome_unknown


API_ROW = {
    "@odata.etag": 'W/"1"', "id": COMPANY_ID.upper(), "code": "PS", "displayName": "Peter", "email": "", "phoneNo": "",
    "blocked": True, "lastModifiedDateTime": "2026-11-09T10:00:00.877Z",
}  # fmt: skip
COMPANIES = page({"id": "{" + COMPANY_ID.upper() + "}", "name": "A & B's Å"}, {"id": COMPANY_ID, "name": "Other"})
API = replace(NAV, web_service=WebService.API)


def api(vendor: Vendor, company: NavCompany = API) -> BcApi:
    return BcApi(make_http(vendor), company, SALESPEOPLE, StoppedClock())


def test_u9_the_company_id_is_looked_up_once_and_sent_bare() -> None:
    vendor = Vendor([COMPANIES, page(API_ROW)])
    connector = api(vendor)

    connector.read("PS")
    connector.read("PS")

    assert sent(vendor) == [
        "GET companies",
        *[f"GET companies({COMPANY_ID})/salespeoplePurchasers?$filter=code%20eq%20'PS'"] * 2,
    ]


def test_a_company_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ServiceNotFound, match="Other"):
        api(Vendor([COMPANIES]), replace(API, company="a & b's å")).company_id()


def test_v7_v14_the_apis_own_names_id_and_time() -> None:
    record = api(Vendor([page(API_ROW)]), replace(API, company_id=COMPANY_ID)).read("PS")

    assert record.text("Name") == "Peter"
    assert record.stable_id == COMPANY_ID
    assert record.modified_on == datetime(2026, 11, 9, 10, 0, 0, 877000, tzinfo=UTC)
    assert record.extra == {"Blocked": True}


def test_a_change_goes_by_id_so_that_a_rename_meanwhile_does_no_harm() -> None:
    vendor = Vendor([json(API_ROW)])
    connector = api(vendor, replace(API, company_id=COMPANY_ID))

    connector.update(replace(RECORD, stable_id=COMPANY_ID), {"Name": "New"})

    assert sent(vendor) == [f"PATCH companies({COMPANY_ID})/salespeoplePurchasers({COMPANY_ID})"]


def test_a_field_the_api_does_not_have_says_which_web_service_has_it() -> None:
    table = replace(SALESPEOPLE.nav, search_fields=("Job Title",))

    with pytest.raises(ServiceNotFound, match="Job Title") as caught:
        BcApi(make_http(Vendor([page()])), API, replace(SALESPEOPLE, nav=table), StoppedClock())

    assert "odata" in caught.value.message


def test_u4_a_search_goes_on_behind_an_empty_page_and_across_fields() -> None:
    empty = page(link=f"{ROOT}/x?$skiptoken=1")
    vendor = Vendor([httpx.Response(200, content=METADATA), empty, page(row("AB")), page(), page()])

    found = nav(vendor).page("AB", 5, None)

    assert [record.ref.key for record in found.records] == ["AB"]
    assert found.cursor is None
