"""Business Central API v2.0, on-premises and online form (protocols 3.3, 3.10)."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from coupler.sandbox.identity.registry import STRANGER_APP
from coupler.sandbox.server import Sandbox


@pytest.fixture
def people(described: dict[str, Any]) -> str:
    """The entity set in the company with the awkward name."""
    with_token = described["bc"]["api_url"]
    return f"{with_token}/companies({{company}})/salespeoplePurchasers"


@pytest.fixture
def odd(sandbox: Sandbox, people: str) -> str:
    return people.format(company=sandbox.world.companies["A & B's Å"].id)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_companies_are_found_by_name_and_read_by_id(bc: httpx.Client) -> None:
    found = bc.get("companies", params={"$filter": "name eq 'A & B''s Å'"}).json()["value"]

    assert [company["name"] for company in found] == ["A & B's Å"]
    assert bc.get(f"companies({found[0]['id']})").json()["displayName"] == "A & B's Å"
    assert error(bc.get(f"companies({uuid.uuid4()})")) == (404, "Internal_CompanyNotFound")
    assert error(bc.get("companies(nonsense)"))[0] == 400


def test_a_row_has_exactly_the_documented_properties(bc: httpx.Client, odd: str) -> None:
    row = bc.get(odd, params={"$filter": "code eq 'PS'"}).json()["value"][0]

    assert set(row) == {
        "@odata.etag",
        "id",
        "code",
        "displayName",
        "email",
        "email2",
        "phoneNo",
        "jobTitle",
        "commisionPercent",
        "privacyBlocked",
        "blocked",
        "lastModifiedDateTime",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["lastModifiedDateTime"])
    assert all(value is not None for value in row.values())


def test_metadata_has_the_lengths(bc: httpx.Client) -> None:
    metadata = bc.get("$metadata").text

    for name, length in (("code", 20), ("displayName", 50), ("email", 80), ("phoneNo", 30), ("jobTitle", 30)):
        assert f'Name="{name}" Type="Edm.String" MaxLength="{length}"' in metadata


def test_the_same_salesperson_has_another_id_in_every_company(sandbox: Sandbox, bc: httpx.Client, people: str) -> None:
    ids = {
        bc.get(people.format(company=company.id), params={"$filter": "code eq 'PS'"}).json()["value"][0]["id"]
        for company in sandbox.world.companies.values()
    }

    assert len(ids) == 3


def test_create_change_and_delete_by_system_id(sandbox: Sandbox, bc: httpx.Client, odd: str) -> None:
    wanted = str(uuid.uuid4())

    made = bc.post(odd, json={"id": wanted, "code": "new 1", "displayName": "New", "email2": "n@cronus.example"})
    assert made.status_code == 201
    assert (made.json()["id"], made.json()["code"]) == (wanted, "NEW 1")
    assert made.headers["Location"] == f"{odd}({wanted})"

    changed = bc.patch(
        f"{odd}({wanted.upper()})", json={"phoneNo": "+45 1"}, headers={"If-Match": made.headers["ETag"]}
    )
    assert changed.status_code == 200
    assert changed.json()["lastModifiedDateTime"] >= made.json()["lastModifiedDateTime"]
    assert sandbox.world.companies["A & B's Å"].get("NEW 1").phone == "+45 1"

    assert bc.delete(f"{odd}({wanted})").status_code == 204
    assert error(bc.get(f"{odd}({wanted})")) == (404, "Internal_RecordNotFound")


def test_a_system_id_that_is_taken_is_refused_and_leaves_nothing(sandbox: Sandbox, bc: httpx.Client, odd: str) -> None:
    company = sandbox.world.companies["A & B's Å"]
    taken = company.system_id(company.get("PS"))

    assert error(bc.post(odd, json={"id": taken, "code": "NEW"})) == (409, "Internal_EntityWithSameKeyExists")
    assert company.get("NEW") is None


def test_a_read_only_property_is_refused(bc: httpx.Client, odd: str) -> None:
    row = bc.get(odd, params={"$top": "1"}).json()["value"][0]
    answer = bc.patch(
        f"{odd}({row['id']})", json={"lastModifiedDateTime": row["lastModifiedDateTime"]}, headers={"If-Match": "*"}
    )

    assert error(answer) == (400, "BadRequest_InvalidOperation")


def test_etag_rules_are_those_of_the_page_services(sandbox: Sandbox, bc: httpx.Client, odd: str) -> None:
    row = bc.get(odd, params={"$filter": "code eq 'PS'"}).json()["value"][0]
    address, etag = f"{odd}({row['id']})", row["@odata.etag"]

    assert error(bc.patch(address, json={"displayName": "x"})) == (400, "BadRequest_InvalidToken")
    assert bc.patch(address, json={"displayName": "x"}, headers={"If-Match": etag}).status_code == 200
    assert error(bc.patch(address, json={"displayName": "y"}, headers={"If-Match": etag})) == (
        409,
        "Request_EntityChanged",
    )


def test_changes_are_found_by_last_modified(sandbox: Sandbox, bc: httpx.Client, odd: str) -> None:
    newest = max(row["lastModifiedDateTime"] for row in bc.get(odd).json()["value"])
    company = sandbox.world.companies["A & B's Å"]
    changed = bc.patch(
        f"{odd}({company.system_id(company.get('JR'))})", json={"displayName": "J"}, headers={"If-Match": "*"}
    )

    after = bc.get(odd, params={"$filter": f"lastModifiedDateTime gt {newest}"}).json()["value"]

    assert [row["code"] for row in after] == ["JR"]
    # V7: SQL rounding.
    assert changed.json()["lastModifiedDateTime"][-2] in "037"


def test_filtering_by_id_email_and_in(sandbox: Sandbox, bc: httpx.Client, odd: str) -> None:
    company = sandbox.world.companies["A & B's Å"]
    wanted = company.system_id(company.get("O'N"))

    def codes(text: str) -> list[str]:
        return [row["code"] for row in bc.get(odd, params={"$filter": text}).json()["value"]]

    assert codes(f"id eq {wanted}") == ["O'N"]
    assert codes("email eq 'NILS.hyphen@cronus.example'") == ["O'N"]
    assert codes("code in ('PS','JR')") == ["JR", "PS"]
    assert codes("contains(tolower(displayName),'sandberg')") == ["PS"]
    assert error(bc.get(odd, params={"$filter": "email eq 'a' or code eq 'b'"}))[0] == 400


def test_paging_by_absolute_links(bc: httpx.Client, odd: str) -> None:
    seen, link = [], odd
    while link:
        page = bc.get(link, headers={"Prefer": "odata.maxpagesize=9"}).raise_for_status().json()
        seen += [row["id"] for row in page["value"]]
        link = page.get("@odata.nextLink", "")

    assert len(seen) == len(set(seen)) == int(bc.get(f"{odd}/$count").text)


@pytest.mark.parametrize("with_tenant", [True, False])
def test_the_online_form_shows_the_same_rows(described: dict[str, Any], bc: httpx.Client, *, with_tenant: bool) -> None:
    online = described["bc"]["online_api_url"]
    if not with_tenant:
        online = re.sub(r"/v2\.0/[^/]+/Production", "/v2.0/Production", online)
    company = described["bc"]["company_id"]

    page = bc.get(f"{online}/companies({company})/salespeoplePurchasers?$filter=code eq 'PS'").json()

    assert page["value"] == bc.get(f"companies({company})/salespeoplePurchasers?$filter=code eq 'PS'").json()["value"]
    assert page["@odata.context"].startswith(f"{online}/$metadata#companies({company})/")
    assert bc.get(f"{described['bc']['online_odata_url']}/SalespersonCard('PS')").status_code == 200


def test_online_takes_no_basic_and_names_a_wrong_environment(described: dict[str, Any], bc: httpx.Client) -> None:
    online = described["bc"]["online_api_url"]
    keys = (described["nav"]["username"], described["nav"]["web_service_key"])

    assert error(httpx.get(f"{online}/companies", auth=keys)) == (401, "Authentication_InvalidCredentials")
    assert error(bc.get(online.replace("/Production/", "/Test/") + "/companies")) == (404, "NoEnvironment")
    assert error(bc.get(re.sub(r"/v2\.0/[^/]+/P", f"/v2.0/{uuid.uuid4()}/P", online) + "/companies"))[0] == 404


def test_an_application_that_nobody_registered_in_business_central_is_refused(described: dict[str, Any]) -> None:
    token = httpx.post(
        described["bc"]["token_url"],
        data={
            "grant_type": "client_credentials",
            "client_id": STRANGER_APP.client_id,
            "client_secret": STRANGER_APP.secret,
            "scope": described["bc"]["scope"],
        },
    ).json()["access_token"]

    answer = httpx.get(f"{described['bc']['api_url']}/companies", headers={"Authorization": f"Bearer {token}"})

    assert error(answer) == (401, "Authentication_InvalidCredentials")


def test_older_servers_lack_the_set_and_nav_lacks_the_api(sandbox: Sandbox, bc: httpx.Client, odd: str) -> None:
    base = sandbox.world.urls.nav

    assert error(bc.get(f"{base}/DynamicsNAV110/api/v2.0/companies")) == (404, "BadRequest_ResourceNotFound")
    sandbox.world.switches.change({"bc_salespeople_api": False})
    assert error(bc.get(f"{odd}?$top=1")) == (404, "BadRequest_ResourceNotFound")
    assert bc.get("companies").status_code == 200


def test_api_services_that_are_off_answer_405(sandbox: Sandbox, bc: httpx.Client) -> None:
    sandbox.world.switches.change({"bc_api_services": False})

    assert error(bc.get("companies")) == (405, "BadRequest_MethodNotAllowed")


def test_a_batch_answers_part_by_part(sandbox: Sandbox, bc: httpx.Client) -> None:
    company = sandbox.world.companies["A & B's Å"]
    rows = f"companies({company.id})/salespeoplePurchasers"
    jonas = f"{rows}({company.system_id(company.get('JR'))})"
    json = {"Content-Type": "application/json"}
    unconditional = {"If-Match": "*", **json}
    parts = [
        {"id": "1", "method": "GET", "url": f"{rows}?$filter=code eq 'PS'&$select=code"},
        {
            "id": "2",
            "method": "PATCH",
            "url": jonas,
            "headers": unconditional,
            "body": {"displayName": "B"},
        },
        {"id": "3", "method": "PATCH", "url": jonas, "headers": json, "body": {"displayName": "C"}},
        {"id": "4", "method": "DELETE", "url": f"{rows}({uuid.uuid4()})"},
        {"id": "5", "method": "GET", "url": "salespeoplePurchasers?$top=1", "headers": {"Company": "Nowhere"}},
    ]

    answers = bc.post("$batch", json={"requests": parts}).raise_for_status().json()["responses"]

    assert [(a["id"], a["status"]) for a in answers] == [("1", 200), ("2", 200), ("3", 400), ("4", 404), ("5", 404)]
    assert answers[0]["body"]["value"][0]["code"] == "PS"
    assert answers[1]["headers"]["ETag"] == answers[1]["body"]["@odata.etag"]
    assert answers[2]["body"]["error"]["code"] == "BadRequest_InvalidToken"
    assert company.get("JR").name == "B"


def test_a_batch_of_more_than_a_hundred_or_in_one_transaction_is_refused(bc: httpx.Client) -> None:
    part = {"id": "1", "method": "GET", "url": "companies"}

    assert error(bc.post("$batch", json={"requests": [part] * 101}))[0] == 400
    assert error(bc.post("$batch", json={"requests": [part]}, headers={"Isolation": "snapshot"}))[0] == 501


@pytest.mark.parametrize("path", ["subscriptions", "../beta/companies", "../microsoft/runtime/beta/companies"])
def test_what_is_not_there_yet_is_refused_by_name(described: dict[str, Any], bc: httpx.Client, path: str) -> None:
    answer = bc.get(f"{described['bc']['api_url'].removesuffix('/v2.0')}/{('v2.0/' + path).replace('v2.0/../', '')}")

    assert error(answer) == (501, "BadRequest_MethodNotImplemented")
    assert "The sandbox does not support" in answer.json()["error"]["message"]


def test_bc_calls_and_page_services_are_counted_apart(
    sandbox: Sandbox, bc: httpx.Client, nav: httpx.Client, bearer: Callable[[str], dict[str, str]]
) -> None:
    sandbox.world.journal.clear()

    bc.get("companies")
    nav.get("/BC250/ODataV4/SalespersonCard('PS')")
    nav.get("/BC250/ODataV4/SalespersonCard('JR')")

    assert sandbox.world.journal.counts() == {"crm": 0, "nav": 2, "bc": 1, "identity": 0}
