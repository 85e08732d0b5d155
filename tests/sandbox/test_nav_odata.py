"""Page web services of NAV 2016, NAV 2018 and Business Central over real HTTP (protocols 3, 7.3)."""

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from coupler.sandbox.server import Sandbox

AWKWARD = {
    "A&B": "A%26B",
    "O'N": "O''N",
    "A/B": "A%2FB",
    "50%": "50%25",
    "Å Ø": "%C3%85%20%C3%98",
    "*STAR": "*STAR",
    "C#1?": "C%231%3F",
    "A+B-C;D": "A+B-C%3BD",
}
NAV2016, NAV2018, BC = "/DynamicsNAV90/ODataV4", "/DynamicsNAV110/ODataV4", "/BC250/ODataV4"
ODD_COMPANY = "Company('A%20%26%20B''s%20%C3%85')"
GLUED = re.compile(r".+  CorrelationId:  [0-9a-f]{8}-[0-9a-f-]{27}\.\Z", re.DOTALL)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; the body must have the vendor's shape, message glued to its correlation id."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message"}
    assert GLUED.match(error["message"]), error["message"]
    assert answer.headers["request-id"]
    return answer.status_code, error["code"]


def etag_of(client: httpx.Client, address: str) -> str:
    return client.get(address).raise_for_status().headers["ETag"]


def lengths(metadata: str, entity: str) -> dict[str, tuple[str, str | None]]:
    """Property to (type, MaxLength) of an entity type."""
    space = {"e": "http://docs.oasis-open.org/odata/ns/edm"}
    found = ET.fromstring(metadata).findall(f".//e:EntityType[@Name='{entity}']/e:Property", space)
    return {p.attrib["Name"]: (p.attrib["Type"], p.attrib.get("MaxLength")) for p in found}


def test_service_documents_name_companies_card_and_list(nav: httpx.Client) -> None:
    for root in (NAV2016, NAV2018, BC):
        answer = nav.get(f"{root}/").raise_for_status().json()

        assert [entry["name"] for entry in answer["value"]] == ["Company", "SalespersonCard", "Salespersons"]
        assert answer["@odata.context"] == f"{str(nav.base_url).rstrip('/')}{root}/$metadata"


def test_metadata_differs_by_version(nav: httpx.Client) -> None:
    old, mid, new = (
        lengths(nav.get(f"{root}/$metadata").raise_for_status().text, "SalespersonCard")
        for root in (NAV2016, NAV2018, BC)
    )

    assert (old["Code"], mid["Code"], new["Code"]) == (
        ("Edm.String", "10"),
        ("Edm.String", "20"),
        ("Edm.String", "20"),
    )
    assert (new["Name"][1], new["E_Mail"][1], new["Phone_No"][1], new["Job_Title"][1]) == ("50", "80", "30", "30")
    assert "Next_To_do_Date" in old
    assert "Next_Task_Date" not in old
    assert "Privacy_Blocked" not in old
    assert "Privacy_Blocked" in mid
    assert "Blocked" not in mid
    assert "Blocked" in new


@pytest.mark.parametrize("root", [NAV2016, NAV2018, BC])
def test_u6_every_awkward_code_is_read_by_its_key_in_the_awkward_company(nav: httpx.Client, root: str) -> None:
    for code, encoded in AWKWARD.items():
        answer = nav.get(f"{root}/{ODD_COMPANY}/SalespersonCard('{encoded}')")

        assert answer.status_code == 200, (code, answer.text)
        assert answer.json()["Code"] == code
        assert answer.json()["@odata.context"].endswith(
            "/$metadata#Company('A%20%26%20B''s%20%C3%85')/SalespersonCard/$entity"
        )


def test_u5_an_encoded_quote_in_a_key_means_the_same(nav: httpx.Client) -> None:
    assert nav.get(f"{BC}/SalespersonCard('O%27%27N')").json()["Code"] == "O'N"


def test_f06_a_key_is_compared_as_the_server_stores_codes(nav: httpx.Client) -> None:
    assert nav.get(f"{NAV2016}/SalespersonCard('%20ps%20')").json()["Code"] == "PS"
    assert nav.get(f"{NAV2016}/SalespersonCard(Code='ps')").json()["Code"] == "PS"


def test_the_company_is_named_in_every_documented_form(sandbox: Sandbox, nav: httpx.Client) -> None:
    company = sandbox.world.companies["A & B's Å"]
    company.put(company.get("PS").__class__(code="PS", name="Only here"))
    forms = [
        f"{BC}/{ODD_COMPANY}/SalespersonCard('PS')",
        f"{BC}/Company(Id={company.id})/SalespersonCard('PS')",
        f"{BC}/Company(Id={company.id.upper()})/SalespersonCard('PS')",
        f"{BC}/SalespersonCard('PS')?company='A%20%26%20B''s%20%C3%85'",
        f"{BC}/SalespersonCard('PS')?company=A+%26+B's+%C3%85",
    ]

    assert {nav.get(form).raise_for_status().json()["Name"] for form in forms} == {"Only here"}
    assert nav.get(f"{BC}/SalespersonCard('PS')").json()["Name"] == "Paula Sandberg"


def test_u8_company_and_service_names_are_case_sensitive(nav: httpx.Client) -> None:
    assert refusal(nav.get(f"{BC}/Company('cronus international ltd.')/SalespersonCard")) == (
        404,
        "Internal_CompanyNotFound",
    )
    assert refusal(nav.get(f"{BC}/salespersoncard")) == (404, "BadRequest_ResourceNotFound")
    assert refusal(nav.get(f"{NAV2018}/Company(Id=71e04e19-efd1-5fe7-841e-df33bf482a69)/SalespersonCard"))[0] == 400


def test_the_service_name_is_what_was_typed_when_publishing(sandbox: Sandbox, nav: httpx.Client) -> None:
    sandbox.world.switches.change({"nav_service_card": "Saelger"})

    assert nav.get(f"{NAV2018}/Saelger('PS')").status_code == 200
    assert refusal(nav.get(f"{NAV2018}/SalespersonCard('PS')")) == (404, "BadRequest_ResourceNotFound")


def test_s9_the_three_meanings_of_404_have_codes_of_their_own(nav: httpx.Client) -> None:
    assert refusal(nav.get(f"{BC}/SalespersonCard('NOBODY')")) == (404, "Internal_RecordNotFound")
    assert refusal(nav.get(f"{BC}/Vendors")) == (404, "BadRequest_ResourceNotFound")
    assert refusal(nav.get(f"{BC}/Company('Nowhere')/SalespersonCard")) == (404, "Internal_CompanyNotFound")
    assert refusal(nav.get("/BC999/ODataV4/SalespersonCard")) == (404, "BadRequest_ResourceNotFound")


def test_nav_2016_does_not_see_a_code_of_more_than_ten_characters(nav: httpx.Client) -> None:
    code = "SALES-NORTH-EAST-01"

    assert refusal(nav.get(f"{NAV2016}/SalespersonCard('{code}')"))[0] == 404
    assert code not in [row["Code"] for row in nav.get(f"{NAV2016}/SalespersonCard").json()["value"]]
    assert nav.get(f"{NAV2018}/SalespersonCard('{code}')").status_code == 200


def test_v1_v2_a_row_holds_no_null_and_empty_dates_are_the_first_of_year_one(nav: httpx.Client) -> None:
    rows = nav.get(f"{BC}/SalespersonCard").json()["value"]

    assert all(value is not None for row in rows for value in row.values())
    assert {row["Next_Task_Date"] for row in rows} == {"0001-01-01", "2026-03-02"}


def test_the_etag_is_weak_and_has_base64_inside(nav: httpx.Client) -> None:
    answer = nav.get(f"{BC}/SalespersonCard('PS')")

    match = re.fullmatch(r'W/"([A-Za-z0-9+/=]+)"', answer.headers["ETag"])
    assert match
    assert re.fullmatch(r"'44;.{44}1;00;'", base64.b64decode(match[1]).decode())
    assert answer.json()["@odata.etag"] == answer.headers["ETag"]


def test_s2_patch_answers_200_with_the_row_and_a_new_etag(sandbox: Sandbox, nav: httpx.Client) -> None:
    address = f"{NAV2018}/{ODD_COMPANY}/SalespersonCard('JR')"
    before = etag_of(nav, address)

    answer = nav.patch(address, json={"E_Mail": " new@cronus.example "}, headers={"If-Match": before})

    assert answer.status_code == 200
    assert answer.json()["E_Mail"] == "new@cronus.example"
    assert answer.headers["ETag"] != before
    assert answer.headers["ETag"] == etag_of(nav, address)
    assert sandbox.world.companies["A & B's Å"].get("JR").email == "new@cronus.example"
    assert sandbox.world.companies["Nordvind A/S"].get("JR").email == "jonas.roth@old.example"


def test_s5_patch_without_if_match_is_400_and_changes_nothing(nav: httpx.Client) -> None:
    before = etag_of(nav, f"{BC}/SalespersonCard('PS')")

    assert refusal(nav.patch(f"{BC}/SalespersonCard('PS')", json={"Name": "x"})) == (400, "BadRequest_InvalidToken")
    assert etag_of(nav, f"{BC}/SalespersonCard('PS')") == before


def test_s7_a_stale_etag_is_409_entity_changed(nav: httpx.Client) -> None:
    address = f"{BC}/SalespersonCard('PS')"
    stale = etag_of(nav, address)
    nav.patch(address, json={"Job_Title": "CEO"}, headers={"If-Match": stale}).raise_for_status()

    answer = nav.patch(address, json={"Name": "x"}, headers={"If-Match": stale})

    assert refusal(answer) == (409, "Request_EntityChanged")
    assert nav.get(address).json()["Name"] == "Paula Sandberg"


@pytest.mark.parametrize(
    "spoil", [lambda e: e[3:-1], lambda e: e.removeprefix('W/"').rstrip('"'), lambda e: e.replace('"', "'")]
)
def test_s3_an_etag_that_was_stripped_is_no_etag(nav: httpx.Client, spoil: Callable[[str], str]) -> None:
    address = f"{BC}/SalespersonCard('PS')"

    answer = nav.patch(address, json={"Name": "x"}, headers={"If-Match": spoil(etag_of(nav, address))})

    assert refusal(answer) == (400, "BadRequest_InvalidToken")


def test_s4_an_etag_in_the_body_is_refused(nav: httpx.Client) -> None:
    address = f"{BC}/SalespersonCard('PS')"
    etag = etag_of(nav, address)

    answer = nav.patch(address, json={"@odata.etag": etag, "Name": "x"}, headers={"If-Match": etag})

    assert refusal(answer) == (400, "BadRequest")


def test_there_is_no_upsert(nav: httpx.Client) -> None:
    answer = nav.patch(f"{BC}/SalespersonCard('NEW')", json={"Name": "x"}, headers={"If-Match": "*"})

    assert refusal(answer) == (404, "Internal_RecordNotFound")


def test_post_answers_201_with_location_and_etag(nav: httpx.Client) -> None:
    answer = nav.post(f"{BC}/{ODD_COMPANY}/SalespersonCard", json={"Code": " n'1 ", "Name": "New"})

    assert answer.status_code == 201
    assert answer.json()["Code"] == "N'1"
    assert nav.get(answer.headers["Location"]).json()["@odata.etag"] == answer.headers["ETag"]
    assert nav.get(f"{BC}/SalespersonCard('N''1')").status_code == 404


def test_post_answers_204_where_no_content_is_preferred(nav: httpx.Client) -> None:
    answer = nav.post(f"{BC}/SalespersonCard", json={"Code": "N2"}, headers={"Prefer": "return-no-content"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert nav.get(answer.headers["Location"]).status_code == 200


def test_a_duplicate_code_is_refused_as_the_installation_does(sandbox: Sandbox, nav: httpx.Client) -> None:
    assert refusal(nav.post(f"{BC}/SalespersonCard", json={"Code": "ps"})) == (409, "Internal_EntityWithSameKeyExists")

    sandbox.world.switches.change({"nav_duplicate_status": 400})

    assert refusal(nav.post(f"{BC}/SalespersonCard", json={"Code": "PS"})) == (400, "Internal_EntityWithSameKeyExists")


def test_delete_answers_204_and_checks_an_etag_only_if_sent(nav: httpx.Client) -> None:
    stale = etag_of(nav, f"{BC}/SalespersonCard('AH')")
    nav.patch(f"{BC}/SalespersonCard('AH')", json={"Name": "A"}, headers={"If-Match": "*"}).raise_for_status()

    assert refusal(nav.delete(f"{BC}/SalespersonCard('AH')", headers={"If-Match": stale})) == (
        409,
        "Request_EntityChanged",
    )
    assert nav.delete(f"{BC}/SalespersonCard('AH')").status_code == 204
    assert refusal(nav.delete(f"{BC}/SalespersonCard('AH')"))[0] == 404


def test_delete_is_refused_by_open_tasks(nav: httpx.Client) -> None:
    assert refusal(nav.delete(f"{BC}/SalespersonCard('BD')")) == (400, "Application_DialogException")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Name": "x" * 51}, "Application_StringExceededLength"),
        ({"Name": "🌻" * 26}, "Application_StringExceededLength"),
        ({"Phone_No": "1" * 31}, "Application_StringExceededLength"),
        ({"Code": ""}, "Application_FieldValidationException"),
        ({"Commission_Percent": 101}, "Application_FieldValidationException"),
        ({"Global_Dimension_1_Code": "NOWHERE"}, "Internal_InvalidTableRelation"),
        ({"Next_Task_Date": "2026-01-01"}, "BadRequest_InvalidOperation"),
        ({"Email": "a@b.example"}, "BadRequest"),
        ({"Name": None}, "BadRequest"),
        ({"Name": 5}, "BadRequest"),
        ({"Privacy_Blocked": "yes"}, "BadRequest"),
    ],
)
def test_what_the_table_refuses_is_400_and_changes_nothing(
    nav: httpx.Client, changes: dict[str, Any], code: str
) -> None:
    address = f"{BC}/SalespersonCard('PS')"
    before = etag_of(nav, address)

    # An accepted value first: nothing of a refused write may stay.
    answer = nav.patch(address, json={"Job_Title": "Changed", **changes}, headers={"If-Match": before})

    assert refusal(answer) == (400, code)
    assert etag_of(nav, address) == before


def test_the_refusal_of_an_overlong_text_names_both_lengths(nav: httpx.Client) -> None:
    answer = nav.patch(f"{BC}/SalespersonCard('PS')", json={"Name": "x" * 57}, headers={"If-Match": "*"})

    assert (
        "The length of the string is 57, but it must be less than or equal to 50" in answer.json()["error"]["message"]
    )


@pytest.mark.parametrize(
    "address", ["two@a.example;b@b.example", "nobody", "a@b", "a@@b.example", "a@.example", "a@b.c"]
)
def test_a_bad_email_is_refused_by_nav_and_stored_by_current_business_central(nav: httpx.Client, address: str) -> None:
    sent = {"json": {"E_Mail": address}, "headers": {"If-Match": "*"}}

    assert refusal(nav.patch(f"{NAV2018}/SalespersonCard('PS')", **sent)) == (400, "Application_DialogException")
    assert nav.patch(f"{BC}/SalespersonCard('PS')", **sent).json()["E_Mail"] == address


def test_the_email_check_can_be_turned_strict_or_lax(sandbox: Sandbox, nav: httpx.Client) -> None:
    sent: dict[str, Any] = {"json": {"E_Mail": "nobody"}, "headers": {"If-Match": "*"}}

    sandbox.world.switches.change({"nav_email_check": "strict"})
    strict = nav.patch(f"{BC}/SalespersonCard('PS')", **sent).status_code
    sandbox.world.switches.change({"nav_email_check": "lax"})
    lax = nav.patch(f"{NAV2016}/SalespersonCard('PS')", **sent).status_code

    assert (strict, lax) == (400, 200)


def test_a_changed_code_renames_the_row(nav: httpx.Client, sandbox: Sandbox) -> None:
    company = sandbox.world.companies["CRONUS International Ltd."]
    system_id = company.system_id(company.get("LM"))

    answer = nav.patch(f"{BC}/SalespersonCard('LM')", json={"Code": "lm2"}, headers={"If-Match": "*"})

    assert answer.json()["Code"] == "LM2"
    assert nav.get(f"{BC}/SalespersonCard('LM')").status_code == 404
    assert company.by_system_id(system_id).code == "LM2"


def test_page_14_reads_and_refuses_every_write_by_a_message_of_its_own(nav: httpx.Client) -> None:
    row = nav.get(f"{BC}/Salespersons('PS')").raise_for_status().json()
    writes = [
        nav.patch(f"{BC}/Salespersons('PS')", json={"Name": "x"}, headers={"If-Match": "*"}),
        nav.post(f"{BC}/Salespersons", json={"Code": "X"}),
        nav.delete(f"{BC}/Salespersons('PS')"),
    ]

    assert "E_Mail" not in row
    assert row["Coupled_to_Dataverse"] is False
    assert [refusal(write) for write in writes] == [(405, "BadRequest_MethodNotAllowed")] * 3
    assert all("page 14" in write.json()["error"]["message"] for write in writes)


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT"])
def test_collections_refuse_writing_verbs_by_name(nav: httpx.Client, method: str) -> None:
    answer = nav.request(method, f"{BC}/SalespersonCard", json={})

    assert refusal(answer) == (405, "BadRequest_MethodNotAllowed")
    assert f"'{method}' requests for 'SalespersonCard' of EdmType 'Collection'" in answer.json()["error"]["message"]


def test_paging_follows_absolute_links_to_every_row_once(nav: httpx.Client) -> None:
    everybody = [row["Code"] for row in nav.get(f"{BC}/{ODD_COMPANY}/SalespersonCard").json()["value"]]
    seen, link = [], f"{BC}/{ODD_COMPANY}/SalespersonCard?$select=Code"

    while link:
        page = nav.get(link, headers={"Prefer": "odata.maxpagesize=7"}).raise_for_status().json()
        assert len(page["value"]) <= 7
        seen += [row["Code"] for row in page["value"]]
        link = page.get("@odata.nextLink", "")
        assert not link or link.startswith(str(nav.base_url))

    assert seen == everybody
    assert set(AWKWARD) < set(seen)


def test_paging_keeps_filter_and_order(nav: httpx.Client) -> None:
    wanted = "$filter=contains(E_Mail,'@cronus.example')&$orderby=Name desc"
    whole = [row["Code"] for row in nav.get(f"{BC}/SalespersonCard?{wanted}").json()["value"]]
    seen, link = [], f"{BC}/SalespersonCard?{wanted}"

    while link:
        page = nav.get(link, headers={"Prefer": "odata.maxpagesize=10"}).raise_for_status().json()
        seen += [row["Code"] for row in page["value"]]
        link = page.get("@odata.nextLink", "")

    assert len(whole) > 20
    assert seen == whole


def test_u12_top_brings_no_link_however_many_rows_are_left(nav: httpx.Client) -> None:
    page = nav.get(f"{BC}/SalespersonCard?$top=5", headers={"Prefer": "odata.maxpagesize=3"}).json()

    assert len(page["value"]) == 3
    assert "@odata.nextLink" not in page


def test_a_skip_token_can_die(sandbox: Sandbox, nav: httpx.Client) -> None:
    link = nav.get(f"{BC}/SalespersonCard", headers={"Prefer": "odata.maxpagesize=3"}).json()["@odata.nextLink"]

    sandbox.world.switches.change({"nav_skiptoken_dies": True})

    assert refusal(nav.get(link)) == (400, "SkipTokenIsNoLongerValid")


def test_counting_filtering_and_skipping(nav: httpx.Client) -> None:
    number = len(nav.get(f"{BC}/SalespersonCard").json()["value"])

    page = nav.get(f"{BC}/SalespersonCard?$count=true&$skip=3&$top=2&$select=Code,Name").json()

    assert page["@odata.count"] == number
    assert [set(row) for row in page["value"]] == [{"@odata.etag", "Code", "Name"}] * 2
    assert nav.get(f"{BC}/SalespersonCard/$count").text == str(number)
    assert nav.get(f"{BC}/SalespersonCard/$count?$filter=Code eq 'O''N' or Code eq 'A%2FB'").text == "2"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("$filter=Code eq 'A' or Name eq 'B'", (400, "BadRequest")),
        ("$filter=Code eq '123456789012345678901'", (400, "Application_FilterErrorException")),
        ("$filter=Code eq", (400, "BadRequest_NotFound")),
        ("$filter=Nothing eq 'x'", (400, "BadRequest")),
        ("$select=Nothing", (400, "BadRequest")),
        ("$orderby=Nothing", (400, "BadRequest")),
        ("$top=-1", (400, "BadRequest_NotFound")),
        ("$filter=Code in ('PS')", (400, "BadRequest_NotFound")),
        ("$apply=groupby((Code))", (501, "BadRequest_MethodNotImplemented")),
        ("$search=x", (501, "BadRequest_MethodNotImplemented")),
        ("$top=1&$top=2", (400, "BadRequest_NotFound")),
        ("$filter=Name eq '%FF'", (400, "BadRequest_NotFound")),
    ],
)
def test_bad_query_options_are_refused(nav: httpx.Client, query: str, expected: tuple[int, str]) -> None:
    assert refusal(nav.get(f"{BC}/SalespersonCard?{query}")) == expected


def test_schema_version_2_1_brings_in(nav: httpx.Client) -> None:
    answer = nav.get(f"{BC}/SalespersonCard?$schemaversion=2.1&$filter=Code in ('PS','JR')")

    assert [row["Code"] for row in answer.json()["value"]] == ["JR", "PS"]


def test_companies_are_listed_with_what_each_version_knows(nav: httpx.Client) -> None:
    old = nav.get(f"{NAV2016}/Company").json()["value"]
    new = nav.get(f"{BC}/Company('A%20%26%20B''s%20%C3%85')").json()

    assert old == [{"Name": "CRONUS International Ltd."}, {"Name": "A & B's Å"}, {"Name": "Nordvind A/S"}]
    assert {"Name", "Display_Name", "Evaluation_Company", "Id", "Business_Profile_Id"} < set(new)


def test_bearer_tokens_are_taken_by_their_audience(
    described: dict[str, Any], bearer: Callable[[str], dict[str, str]]
) -> None:
    def status(token: str, root: str) -> int:
        base = described["nav"]["origin"]
        return httpx.get(f"{base}{root}/SalespersonCard('PS')", headers=bearer(token)).status_code

    assert [status("nav", NAV2018), status("bc", NAV2018), status("bc", BC)] == [200, 200, 200]
    assert [status("crm", NAV2018), status("crm", BC), status("nav", BC)] == [401, 401, 401]


def test_401_is_json_and_can_be_the_page_of_a_web_server(sandbox: Sandbox, described: dict[str, Any]) -> None:
    address = f"{described['nav']['odata_url']}/SalespersonCard('PS')"
    wrong = (described["nav"]["username"], "wrong key")

    for answer in (httpx.get(address), httpx.get(address, auth=wrong)):
        assert refusal(answer) == (401, "Authentication_InvalidCredentials")
        assert answer.headers["WWW-Authenticate"]

    sandbox.world.switches.change({"nav_html_401": True})
    page = httpx.get(address, auth=wrong)
    assert (page.status_code, page.headers["Content-Type"]) == (401, "text/html")


@pytest.mark.parametrize(
    ("switch", "status"), [("nav_odata_services", 405), ("nav_basic", 401), ("nav_user_permission", 401)]
)
def test_what_is_switched_off_on_the_server_is_refused(
    sandbox: Sandbox, nav: httpx.Client, switch: str, status: int
) -> None:
    sandbox.world.switches.change({switch: False})

    assert refusal(nav.get(f"{NAV2018}/SalespersonCard('PS')"))[0] == status


def test_v3_and_batch_of_odata_are_refused_by_name(nav: httpx.Client) -> None:
    for answer in (nav.get("/DynamicsNAV110/OData/SalespersonCard"), nav.post(f"{BC}/$batch", json={})):
        assert refusal(answer) == (501, "BadRequest_MethodNotImplemented")


def test_read_permission_does_not_write(sandbox: Sandbox, nav: httpx.Client) -> None:
    sandbox.world.switches.change({"nav_write_permission": False})

    answer = nav.patch(f"{BC}/SalespersonCard('PS')", json={"Name": "x"}, headers={"If-Match": "*"})

    assert answer.status_code == 403
    assert refusal(answer)[1].startswith("Authorization_")
    assert nav.get(f"{BC}/SalespersonCard('PS')").status_code == 200


def test_a_write_must_not_ask_for_the_read_replica(nav: httpx.Client) -> None:
    headers = {"If-Match": "*", "Data-Access-Intent": "ReadOnly"}

    assert refusal(nav.patch(f"{BC}/SalespersonCard('PS')", json={"Name": "x"}, headers=headers))[0] == 400


def test_links_follow_a_tls_front(nav: httpx.Client) -> None:
    front = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "nav.cronus.example"}

    page = nav.get(f"{NAV2018}/SalespersonCard", headers={"Prefer": "odata.maxpagesize=1", **front}).json()

    assert page["@odata.nextLink"].startswith("https://nav.cronus.example/DynamicsNAV110/ODataV4/SalespersonCard?")
