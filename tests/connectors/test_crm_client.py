"""What the CRM connector sends and how it takes answers the sandbox would never give."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from tests.connectors.conftest import ROOT, Vendor, fault, json, make_http

from coupler.connectors.crm.client import CrmClient
from coupler.domain.errors import InvalidInput, PermissionDenied, RecordNotFound, ServiceNotFound, UnexpectedAnswer
from coupler.mappings import SALESPEOPLE

ID = "31914b34-be8d-4611-80d8-00155d892ddc"


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 9, tzinfo=UTC)


def row(**more: Any) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(SALESPEOPLE.crm_fields())
    values |= {"systemuserid": ID, "ownerid": ID, "fullname": "Kim Abel", "modifiedon": "2024-02-03T04:05:06Z"}
    return values | {"@odata.etag": 'W/"603849"', "isdisabled": False, "islicensed": True} | more


def page(*rows: dict[str, Any], link: str | None = None) -> httpx.Response:
    body: dict[str, Any] = {"@odata.context": f"{ROOT}/$metadata#systemusers", "value": list(rows)}
    return json(body if link is None else {**body, "@odata.nextLink": link})


def crm(vendor: Vendor) -> CrmClient:
    return CrmClient(make_http(vendor), SALESPEOPLE, StoppedClock())


def sent(vendor: Vendor) -> list[str]:
    return [request.url.raw_path.decode().removeprefix("/api/") for request in vendor.requests]


def test_u9_a_record_is_asked_for_by_its_bare_lower_case_id_and_only_what_is_needed() -> None:
    vendor = Vendor([json(row(systemuserid=f"{{{ID.upper()}}}"))])

    record = crm(vendor).read(f"{{{ID.upper()}}}")

    assert record.ref.key == ID
    assert sent(vendor) == [f"systemusers({ID})?$select={','.join(SALESPEOPLE.crm_fields())}"]
    assert {name: vendor.requests[0].headers[name] for name in ("Accept", "OData-Version", "If-None-Match")} == {
        "Accept": "application/json", "OData-Version": "4.0", "If-None-Match": "null",
    }  # fmt: skip


def test_u9_what_is_no_guid_is_never_sent() -> None:
    vendor = Vendor([json(row())])

    with pytest.raises(InvalidInput):
        crm(vendor).read("1) or (1 eq 1")

    assert vendor.requests == []


def test_s9_only_the_rows_own_code_means_that_the_row_is_gone() -> None:
    with pytest.raises(RecordNotFound):
        crm(Vendor([fault(404, "0x80040217")])).read(ID)
    with pytest.raises(ServiceNotFound):
        crm(Vendor([fault(404, "0x80060888", "Resource not found for the segment 'systemusers'.")])).read(ID)


def test_t5_without_an_application_user_permission_is_denied() -> None:
    with pytest.raises(PermissionDenied) as caught:
        crm(Vendor([fault(403, "0x80072560")])).read(ID)

    assert caught.value.status == 403


@pytest.mark.parametrize("missing", ["mobilephone", "isdisabled", "systemuserid"])
def test_v13_an_attribute_that_was_asked_for_and_does_not_come_is_named(missing: str) -> None:
    body = row()
    del body[missing]

    with pytest.raises(UnexpectedAnswer, match=missing) as caught:
        crm(Vendor([json(body)])).read(ID)

    assert caught.value.details["field"] == missing


def test_an_id_that_is_none_is_the_services_mistake_and_not_the_callers() -> None:
    with pytest.raises(UnexpectedAnswer, match="systemuserid"):
        crm(Vendor([json(row(systemuserid="x"))])).read(ID)


def test_v1_v13_null_stays_null_and_unknown_attributes_are_dropped() -> None:
    record = crm(Vendor([json(row(mobilephone=None, brandnew=[1]))])).read(ID)

    assert record.fields["mobilephone"] is None
    assert set(record.fields) == set(SALESPEOPLE.crm_fields())


def test_u13_many_ids_go_fifty_to_a_call() -> None:
    ids = [f"31914b34-be8d-4611-80d8-{number:012}" for number in range(120)]

    def answer(request: httpx.Request) -> httpx.Response:
        filter_text = parse_qs(request.url.query.decode())["$filter"][0]
        return page(*[row(systemuserid=key) for key in ids if f'"{key}"' in filter_text])

    vendor = Vendor([answer])

    assert list(crm(vendor).read_many(ids)) == ids
    assert len(vendor.requests) == 3
    asked = parse_qs(vendor.requests[0].url.query.decode())["$filter"][0]
    assert asked.startswith("Microsoft.Dynamics.CRM.In(PropertyName='systemuserid',PropertyValues=[")


def test_u1_a_paging_cookie_goes_back_byte_for_byte_with_the_same_page_size() -> None:
    link = (
        f"{ROOT}/systemusers?$select=fullname&$skiptoken=%3Ccookie%20pagenumber=%222%22%20"
        "pagingcookie=%22%253ccookie%2520page%253d%22%20istracking=%22False%22%20/%3E"
    )
    vendor = Vendor([page(row(), link=link), page()])
    connector = crm(vendor)

    first = connector.page(None, 50, None)
    connector.page(None, 50, first.cursor)

    assert first.cursor == link
    assert vendor.requests[1].url.raw_path.decode() == link.removeprefix("https://vendor.test")
    assert [request.headers["Prefer"] for request in vendor.requests] == ["odata.maxpagesize=50"] * 2


def test_u12_a_list_is_ordered_by_name_and_id_and_never_sampled_by_top() -> None:
    vendor = Vendor([page(row())])

    crm(vendor).page(None, 10, None)

    assert "$orderby=fullname,systemuserid" in sent(vendor)[0]
    assert "$top" not in sent(vendor)[0]


def test_u11_a_search_text_is_quoted_once_for_every_search_field() -> None:
    vendor = Vendor([page()])

    crm(vendor).page("O'N & Co+", 10, None)

    literal = "'O''N%20%26%20Co%2B'"
    wanted = "%20or%20".join(f"contains({name},{literal})" for name in SALESPEOPLE.crm.search_fields)
    assert f"$filter={wanted}&" in sent(vendor)[0]


def test_u11_a_search_for_control_characters_is_refused_before_anything_is_sent() -> None:
    vendor = Vendor([page()])

    with pytest.raises(InvalidInput):
        crm(vendor).page("a\x00", 10, None)

    assert vendor.requests == []


@pytest.mark.parametrize("link", ["https://evil.test/api/systemusers", "https://vendor.test/other/systemusers"])
def test_t12_a_foreign_next_link_is_refused(link: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="which is not below"):
        crm(Vendor([page(row(), link=link)])).page(None, 10, None)


def test_t12_a_foreign_cursor_is_refused_before_anything_is_sent() -> None:
    vendor = Vendor([page()])

    with pytest.raises(InvalidInput):
        crm(vendor).page(None, 10, "https://evil.test/api/systemusers")

    assert vendor.requests == []


def test_the_own_user_is_asked_for_once() -> None:
    vendor = Vendor([json({"UserId": ID.upper(), "OrganizationId": ID})])
    connector = crm(vendor)

    assert connector.own_key() == connector.own_key() == ID
    assert sent(vendor) == ["WhoAmI"]


def test_lengths_come_from_the_definition() -> None:
    vendor = Vendor([page({"LogicalName": "fullname", "MaxLength": 200}, {"LogicalName": "other", "MaxLength": 1})])

    assert crm(vendor).lengths() == {"fullname": 200}
    assert sent(vendor)[0].startswith("EntityDefinitions(LogicalName='systemuser')/Attributes/")
