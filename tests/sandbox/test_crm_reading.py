"""Reading the Dataverse Web API over real HTTP (protocols 1.1-1.6, 1.8, 1.12 and 7.2)."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from coupler.sandbox.crm.attributes import SYSTEMUSER
from coupler.sandbox.identity.registry import INTEGRATION_APP, STRANGER_APP
from coupler.sandbox.people import person_id
from coupler.sandbox.server import Sandbox

MAREN = person_id("maren.dietz")
FORMATTED = "OData.Community.Display.V1.FormattedValue"


@pytest.fixture
def crm(described: dict[str, Any], bearer: Callable[[str], dict[str, str]]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=described["crm"]["api_url"], headers=bearer("crm"), timeout=10) as client:
        yield client


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["fullname"] for row in answer.json()["value"]]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["systemuserid"] for row in rows]


def every_page(crm: httpx.Client, url: str, size: int) -> list[list[dict[str, Any]]]:
    pages, link = [], url
    while link:
        answer = crm.get(link, headers={"Prefer": f"odata.maxpagesize={size}"})
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()["value"])
        link = answer.json().get("@odata.nextLink", "")
    return pages


# --- who may read --------------------------------------------------------------------------------------------------


def test_an_anonymous_call_is_told_where_to_sign_in_and_for_what(sandbox: Sandbox) -> None:
    answer = httpx.get(f"{sandbox.world.urls.crm}/api/data/v9.2/systemusers")

    assert (answer.status_code, answer.content) == (401, b"")
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith(f"Bearer authorization_uri={sandbox.world.urls.identity}/")
    assert challenge.endswith(f"/oauth2/authorize, resource_id={sandbox.world.urls.crm}/")


def test_t5_an_application_without_user_in_the_organization_is_no_member(
    sandbox: Sandbox, described: dict[str, Any]
) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": STRANGER_APP.client_id,
        "client_secret": STRANGER_APP.secret,
        "scope": described["crm"]["scope"],
    }
    token = httpx.post(described["crm"]["token_url"], data=form).json()["access_token"]

    answer = httpx.get(f"{described['crm']['api_url']}WhoAmI", headers={"Authorization": f"Bearer {token}"})

    assert error_of(answer) == (403, "0x80072560")


def test_t5_the_switch_takes_the_application_user_away(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_application_user = False

    assert error_of(crm.get("WhoAmI")) == (403, "0x80072560")


def test_t5_a_disabled_application_user_is_refused(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.users.update(crm.get("WhoAmI").json()["UserId"], {"isdisabled": True})

    assert error_of(crm.get("WhoAmI")) == (403, "0x80040225")


def test_t5_a_missing_privilege_is_named_while_who_am_i_still_answers(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_read_privilege = False

    answer = crm.get("systemusers")

    assert error_of(answer) == (403, "0x80040220")
    assert "prvReadUser" in answer.json()["error"]["message"]
    assert crm.get("WhoAmI").status_code == 200


@pytest.mark.parametrize("version", ["v8.2", "v9.0", "v9.1", "v9.2"])
def test_every_version_answers_and_its_links_keep_to_it(sandbox: Sandbox, crm: httpx.Client, version: str) -> None:
    root = f"{sandbox.world.urls.crm}/api/data/{version}/"

    answer = crm.get(f"{root}systemusers", headers={"Prefer": "odata.maxpagesize=1"}).json()

    assert answer["@odata.context"].startswith(f"{root}$metadata#systemusers")
    assert answer["@odata.nextLink"].startswith(f"{root}systemusers?")


def test_an_organization_on_premises_has_its_name_before_the_path(sandbox: Sandbox, crm: httpx.Client) -> None:
    root = f"{sandbox.world.urls.crm}/cronus/api/data/v9.1/"

    assert crm.get(root).json()["@odata.context"] == f"{root}$metadata"


def test_an_unknown_version_is_not_found(sandbox: Sandbox, crm: httpx.Client) -> None:
    assert crm.get(f"{sandbox.world.urls.crm}/api/data/v7.0/WhoAmI").status_code == 404


# --- who and what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["WhoAmI", "WhoAmI()"])
def test_who_am_i_is_the_application_user(crm: httpx.Client, path: str) -> None:
    answer = crm.get(path).json()

    user = crm.get(f"systemusers({answer['UserId']})").json()
    assert user["applicationid"] == INTEGRATION_APP.client_id
    assert user["_businessunitid_value"] == answer["BusinessUnitId"]
    assert crm.get("organizations").json()["value"][0]["organizationid"] == answer["OrganizationId"]


def test_the_service_document_lists_sets_that_answer(crm: httpx.Client) -> None:
    sets = [entry["url"] for entry in crm.get("").json()["value"]]

    assert {"systemusers", "businessunits", "organizations", "solutions"} <= set(sets)
    for name in sets:
        assert crm.get(name).status_code == 200


def test_metadata_is_csdl_with_the_lengths(crm: httpx.Client) -> None:
    answer = crm.get("$metadata")

    assert answer.headers["Content-Type"].startswith("application/xml")
    assert '<Property Name="mobilephone" Type="Edm.String" MaxLength="64"/>' in answer.text
    assert '<Property Name="fullname" Type="Edm.String" MaxLength="200"/>' in answer.text
    assert '<EntitySet Name="systemusers" EntityType="mscrm.systemuser">' in answer.text


def test_a_row_has_every_attribute_and_empty_ones_are_null(crm: httpx.Client) -> None:
    row = crm.get(f"systemusers({MAREN})").json()

    assert set(SYSTEMUSER.attributes) <= row.keys()
    assert row["mobilephone"] is None
    assert row["fullname"] == "Maren Dietz"
    assert row["ownerid"] == row["systemuserid"] == MAREN
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["modifiedon"])
    assert row["@odata.etag"] == f'W/"{row["versionnumber"]}"'


@pytest.mark.parametrize("key", [MAREN.upper(), f"{{{MAREN}}}", f"%7B{MAREN.upper()}%7D"])
def test_u9_braces_and_upper_case_in_a_key_are_tolerated(crm: httpx.Client, key: str) -> None:
    assert crm.get(f"systemusers({key})").json()["systemuserid"] == MAREN


def test_select_gives_the_columns_and_always_both_ids(crm: httpx.Client) -> None:
    row = crm.get("systemusers?$select=fullname&$top=1").json()["value"][0]

    assert row.keys() == {"@odata.etag", "fullname", "systemuserid", "ownerid"}


def test_the_entra_object_id_is_an_alternate_key(crm: httpx.Client) -> None:
    object_id = crm.get(f"systemusers({MAREN})").json()["azureactivedirectoryobjectid"]

    row = crm.get(f"systemusers(azureactivedirectoryobjectid={object_id})").json()

    assert row["systemuserid"] == MAREN


def test_microsofts_own_way_of_writing_queries_is_understood(crm: httpx.Client) -> None:
    answer = crm.get("systemusers?%24select=fullname&%24filter=fullname+eq+%27maren+dietz%27")

    assert names(answer) == ["Maren Dietz"]


# --- filters, order, counts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("firstname eq 'MAREN'", ["Maren Dietz"]),
        ("lastname eq 'O''Neill'", ["Siobhán O'Neill"]),
        ("startswith(fullname,'paula') or endswith(fullname,'roth')", ["Jonas Roth", "Paula Sandberg"]),
        ("contains(internalemailaddress,'jensen2')", ["Kim Jensen"]),
        (f"systemuserid eq {MAREN}", ["Maren Dietz"]),
        (f"systemuserid eq {MAREN.upper()}", ["Maren Dietz"]),
        (
            f"Microsoft.Dynamics.CRM.In(PropertyName='systemuserid',PropertyValues=[\"{MAREN}\"])",
            ["Maren Dietz"],
        ),
        ("isdisabled eq true and islicensed eq true", ["Gert Olander"]),
        ("not contains(fullname,'a') and firstname eq 'Kim'", ["Kim Jensen", "Kim Jensen"]),
        ("accessmode eq 5", ["Delegated Administrator"]),
        ("mobilephone eq null and startswith(fullname,'Maren')", ["Maren Dietz"]),
        ("fullname eq @who&@who='maren dietz'", ["Maren Dietz"]),
    ],
)
def test_filters_mean_what_the_vendor_says(crm: httpx.Client, text: str, expected: list[str]) -> None:
    answer = crm.get(f"systemusers?$select=fullname&$orderby=fullname&$filter={text}")

    assert names(answer) == expected


def test_a_filter_on_the_time_of_change_finds_what_was_changed(sandbox: Sandbox, crm: httpx.Client) -> None:
    mark = sandbox.world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert crm.get(f"systemusers?$filter=modifiedon ge {mark}").json()["value"] == []

    sandbox.world.users.update(MAREN, {"mobilephone": "+45 1"})

    assert names(crm.get(f"systemusers?$filter=modifiedon ge {mark}")) == ["Maren Dietz"]


def test_order_by_two_columns_and_both_directions(crm: httpx.Client) -> None:
    rows = crm.get("systemusers?$select=lastname,firstname&$orderby=lastname desc,firstname").json()["value"]

    keys = [((row["lastname"] or "").lower(), (row["firstname"] or "").lower()) for row in rows]
    assert len(keys) > 40
    assert keys == sorted(sorted(keys, key=lambda key: key[1]), key=lambda key: key[0], reverse=True)


def test_count_comes_beside_the_rows_and_alone(crm: httpx.Client) -> None:
    answer = crm.get("systemusers?$count=true&$top=1&$filter=firstname eq 'Kim'").json()
    alone = crm.get("systemusers/$count?$filter=firstname eq 'Kim'")

    assert (answer["@odata.count"], len(answer["value"])) == (2, 1)
    assert alone.text == "2"
    assert alone.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("$skip=5", 400),
        ("$select=nothing", 400),
        ("$orderby=nothing", 400),
        ("$filter=nothing eq 1", 400),
        ("$filter=fullname eq", 400),
        ("$filter=fullname eq 5", 400),
        ("$top=0", 400),
        ("$top=5001", 400),
        ("$top=x", 400),
        ("$expand=nothing", 400),
        ("something=1", 400),
        ("$skiptoken=made-up", 400),
        ("$search=x", 501),
        ("$apply=x", 501),
        ("fetchXml=x", 501),
        ("$filter=length(fullname) eq 3", 501),
        ("$expand=createdby", 501),
    ],
)
def test_what_is_not_understood_is_refused_and_what_is_not_spoken_is_named(
    crm: httpx.Client, query: str, status: int
) -> None:
    answer = crm.get(f"systemusers?{query}")

    assert answer.status_code == status, answer.text
    if status == 501:
        assert "does not support" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("GET", "systemusers(12)", 400),
        ("GET", "systemusers(nothing=00000000-0000-0000-0000-000000000001)", 400),
        ("GET", "systemusers(00000000-0000-0000-0000-000000000001)", 404),
        ("GET", f"systemusers({MAREN})/nothing", 400),
        ("GET", f"systemusers({MAREN})/businessunitid", 501),
        ("PATCH", "systemusers", 405),
        ("DELETE", "systemusers", 405),
        ("POST", f"systemusers({MAREN})", 405),
        ("POST", "solutions", 501),
        ("POST", "systemusers/Microsoft.Dynamics.CRM.UpdateMultiple", 501),
        ("POST", "WhoAmI", 405),
    ],
)
def test_addresses_and_verbs_that_do_not_exist_are_refused(
    crm: httpx.Client, method: str, path: str, status: int
) -> None:
    assert crm.request(method, path, json={}).status_code == status


def test_impersonation_is_refused_by_name(crm: httpx.Client) -> None:
    answer = crm.get("WhoAmI", headers={"MSCRMCallerID": MAREN})

    assert answer.status_code == 501
    assert "MSCRMCallerID" in answer.json()["error"]["message"]


# --- pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["$select=fullname", "$select=fullname&$orderby=lastname desc,mobilephone"])
def test_u1_following_links_gives_every_row_once(crm: httpx.Client, query: str) -> None:
    pages = every_page(crm, f"systemusers?{query}", 7)
    at_once = crm.get(f"systemusers?{query}").json()["value"]

    assert ids([row for page in pages for row in page]) == ids(at_once)
    assert [len(page) for page in pages[:-1]] == [7] * (len(pages) - 1)


def test_the_cookie_is_encoded_inside_an_encoding(crm: httpx.Client) -> None:
    answer = crm.get("systemusers?$select=fullname", headers={"Prefer": "odata.maxpagesize=2"})

    link = answer.json()["@odata.nextLink"]
    assert "%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d" in link
    assert unquote(unquote(unquote(link))).count("<cookie") == 2
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=2"


def test_u1_a_link_decoded_once_too_often_is_refused(crm: httpx.Client) -> None:
    answer = crm.get("systemusers?$select=fullname", headers={"Prefer": "odata.maxpagesize=2"})
    address, _, token = answer.json()["@odata.nextLink"].partition("$skiptoken=")

    spoiled = crm.get(f"{address}$skiptoken={unquote(token)}")

    assert spoiled.status_code == 400


def test_rows_deleted_between_two_pages_do_not_shift_the_next_one(sandbox: Sandbox, crm: httpx.Client) -> None:
    expected = ids(crm.get("systemusers?$select=fullname").json()["value"])
    first = crm.get("systemusers?$select=fullname", headers={"Prefer": "odata.maxpagesize=3"}).json()

    sandbox.world.users.delete(expected[2])

    second = crm.get(first["@odata.nextLink"], headers={"Prefer": "odata.maxpagesize=3"}).json()
    assert ids(second["value"]) == expected[3:6]


def test_top_gives_no_link_and_yields_to_a_page_size(crm: httpx.Client) -> None:
    limited = crm.get("systemusers?$top=3").json()
    paged = crm.get("systemusers?$top=3", headers={"Prefer": "odata.maxpagesize=4"}).json()

    assert (len(limited["value"]), "@odata.nextLink" in limited) == (3, False)
    assert (len(paged["value"]), "@odata.nextLink" in paged) == (4, True)


def test_the_servers_cap_beats_the_wish(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_page_cap = 5

    assert [len(page) for page in every_page(crm, "systemusers?$select=fullname", 50)][:2] == [5, 5]


def test_links_follow_the_front_that_the_call_came_through(crm: httpx.Client) -> None:
    front = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "crm.front.example"}

    answer = crm.get("systemusers", headers={**front, "Prefer": "odata.maxpagesize=1"}).json()

    assert answer["@odata.nextLink"].startswith("https://crm.front.example/api/data/v9.2/systemusers?")


# --- annotations, expansion, metadata ------------------------------------------------------------------------------


def test_annotations_come_when_asked_for(crm: httpx.Client) -> None:
    url = f"systemusers({MAREN})?$select=isdisabled,accessmode,_businessunitid_value"

    plain = crm.get(url).json()
    annotated = crm.get(url, headers={"Prefer": 'odata.include-annotations="*"'})

    assert not [name for name in plain if FORMATTED in name]
    body = annotated.json()
    assert body[f"isdisabled@{FORMATTED}"] == "Enabled"
    assert body[f"accessmode@{FORMATTED}"] == "Read-Write"
    assert body[f"_businessunitid_value@{FORMATTED}"] == "cronus"
    assert body["_businessunitid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "businessunit"
    assert annotated.headers["Preference-Applied"] == 'odata.include-annotations="*"'


def test_only_the_annotations_named_come(crm: httpx.Client) -> None:
    wanted = {"Prefer": f'odata.maxpagesize=1, odata.include-annotations="{FORMATTED}"'}

    row = crm.get("systemusers?$select=_businessunitid_value", headers=wanted).json()["value"][0]

    assert f"_businessunitid_value@{FORMATTED}" in row
    assert "_businessunitid_value@Microsoft.Dynamics.CRM.lookuplogicalname" not in row


def test_expand_brings_the_business_unit(crm: httpx.Client) -> None:
    row = crm.get(f"systemusers({MAREN})?$select=fullname&$expand=businessunitid($select=name)").json()

    assert row["businessunitid"]["name"] == "cronus"
    assert row["businessunitid"].keys() == {"@odata.etag", "name", "businessunitid"}


def test_the_solution_is_found_in_any_case_and_only_when_installed(sandbox: Sandbox, crm: httpx.Client) -> None:
    url = "solutions?$select=uniquename,version&$filter=uniquename eq 'microsoftdynamicsNAVintegration'"
    assert crm.get(url).json()["value"][0]["uniquename"] == "MicrosoftDynamicsNavIntegration"

    sandbox.world.switches.crm_solution_installed = False

    assert crm.get(url).json()["value"] == []


def test_lengths_are_told_by_the_metadata(crm: httpx.Client) -> None:
    path = "EntityDefinitions(LogicalName='systemuser')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata"

    rows = crm.get(f"{path}?$select=LogicalName,MaxLength").json()["value"]

    lengths = {row["LogicalName"]: row["MaxLength"] for row in rows}
    assert (lengths["fullname"], lengths["internalemailaddress"], lengths["mobilephone"]) == (200, 100, 64)
    assert set(rows[0]) == {"@odata.type", "MetadataId", "LogicalName", "MaxLength"}


def test_option_labels_are_told_by_the_metadata(crm: httpx.Client) -> None:
    path = "EntityDefinitions(LogicalName='systemuser')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"

    rows = crm.get(f"{path}?$select=LogicalName&$expand=OptionSet($select=Options)").json()["value"]

    modes = next(row for row in rows if row["LogicalName"] == "accessmode")["OptionSet"]["Options"]
    assert modes[4]["Label"]["UserLocalizedLabel"]["Label"] == "Non-interactive"


def test_change_tracking_is_told_by_the_metadata(sandbox: Sandbox, crm: httpx.Client) -> None:
    url = "EntityDefinitions(LogicalName='systemuser')?$select=ChangeTrackingEnabled,ObjectTypeCode"
    before = crm.get(url).json()

    sandbox.world.switches.crm_change_tracking = False

    assert (before["ChangeTrackingEnabled"], before["ObjectTypeCode"]) == (True, 8)
    assert crm.get(url).json()["ChangeTrackingEnabled"] is False


def test_alternate_keys_are_told_by_the_metadata(crm: httpx.Client) -> None:
    keys = crm.get("EntityDefinitions(LogicalName='systemuser')/Keys").json()["value"]

    assert keys[0]["KeyAttributes"] == ["azureactivedirectoryobjectid"]


def test_the_organizations_name_format_makes_the_full_name(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_full_name = "last, first"

    row = crm.get(f"systemusers({MAREN})?$select=fullname").json()

    assert row["fullname"] == "Dietz, Maren"
