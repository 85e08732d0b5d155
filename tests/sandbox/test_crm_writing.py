"""Writing to the Dataverse Web API: conditions, lengths, batches, limits (protocols 1.6-1.8, 1.10, 1.11)."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from coupler.sandbox.people import person_id
from coupler.sandbox.server import Sandbox

MAREN = person_id("maren.dietz")
UNKNOWN = "00000000-0000-0000-0000-00000000000a"
CRLF = "\r\n"


@pytest.fixture
def crm(described: dict[str, Any], bearer: Callable[[str], dict[str, str]]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=described["crm"]["api_url"], headers=bearer("crm"), timeout=10) as client:
        yield client


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def user(crm: httpx.Client, key: str = MAREN) -> dict[str, Any]:
    return dict(crm.get(f"systemusers({key})").raise_for_status().json())


# --- one row -------------------------------------------------------------------------------------------------------


def test_a_change_answers_without_body_and_moves_version_and_time(sandbox: Sandbox, crm: httpx.Client) -> None:
    before = user(crm)

    answer = crm.patch(f"systemusers({MAREN})", json={"mobilephone": "+45 99"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["OData-EntityId"] == f"{sandbox.world.urls.crm}/api/data/v9.2/systemusers({MAREN})"
    after = user(crm)
    assert after["mobilephone"] == "+45 99"
    assert after["versionnumber"] > before["versionnumber"]
    assert after["modifiedon"] > before["modifiedon"]
    assert after["_modifiedby_value"] == crm.get("WhoAmI").json()["UserId"]


def test_a_change_can_answer_with_the_row(crm: httpx.Client) -> None:
    answer = crm.patch(
        f"systemusers({MAREN})?$select=mobilephone",
        json={"mobilephone": "+45 99"},
        headers={"Prefer": "return=representation"},
    )

    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "return=representation"
    assert answer.json()["mobilephone"] == "+45 99"
    assert "fullname" not in answer.json()


def test_the_full_name_follows_its_parts_and_cannot_be_written(crm: httpx.Client) -> None:
    refused = crm.patch(f"systemusers({MAREN})", json={"fullname": "Somebody Else"})
    crm.patch(f"systemusers({MAREN})", json={"firstname": "Mara", "middlename": "J."})

    assert error_of(refused) == (400, "0x80048d19")
    assert user(crm)["fullname"] == "Mara J. Dietz"


@pytest.mark.parametrize(
    "body",
    [
        {"azureactivedirectoryobjectid": UNKNOWN},
        {"modifiedon": "2024-01-01T00:00:00Z"},
        {"nothing": 1},
        {"isdisabled": "yes"},
        {"isdisabled": None},
        {"mobilephone": 5},
        {"systemuserid": UNKNOWN},
        {"businessunitid": "x"},
        ["not an object"],
    ],
)
def test_a_body_that_does_not_fit_changes_nothing(crm: httpx.Client, body: Any) -> None:
    before = user(crm)

    answer = crm.patch(f"systemusers({MAREN})", json=body)

    assert error_of(answer) == (400, "0x80048d19")
    assert user(crm) == before


def test_a_body_that_is_no_json_is_refused(crm: httpx.Client) -> None:
    assert error_of(crm.patch(f"systemusers({MAREN})", content=b"{broken")) == (400, "0x80048d19")


@pytest.mark.parametrize(("name", "length"), [("mobilephone", 64), ("internalemailaddress", 100), ("salutation", 20)])
def test_text_longer_than_its_column_is_refused_and_fitting_text_taken(
    crm: httpx.Client, name: str, length: int
) -> None:
    answer = crm.patch(f"systemusers({MAREN})", json={name: "x" * (length + 1)})

    assert error_of(answer) == (400, "0x80044331")
    assert f"'{length}'" in answer.json()["error"]["message"]
    assert crm.patch(f"systemusers({MAREN})", json={name: "x" * length}).status_code == 204


def test_v3_length_is_counted_in_utf16_units(crm: httpx.Client) -> None:
    assert crm.patch(f"systemusers({MAREN})", json={"salutation": "𠮷" * 10}).status_code == 204
    assert crm.patch(f"systemusers({MAREN})", json={"salutation": "𠮷" * 11}).status_code == 400


def test_a_manager_and_a_business_unit_are_bound_by_address(sandbox: Sandbox, crm: httpx.Client) -> None:
    units = crm.get("businessunits?$filter=name eq 'Sales'").json()["value"]
    paula = person_id("paula.sandberg")
    body = {
        "businessunitid@odata.bind": f"/businessunits({units[0]['businessunitid']})",
        "parentsystemuserid@odata.bind": f"{sandbox.world.urls.crm}/api/data/v9.2/systemusers({paula})",
    }

    assert crm.patch(f"systemusers({MAREN})", json=body).status_code == 204

    row = crm.get(f"systemusers({MAREN})?$select=fullname&$expand=parentsystemuserid($select=fullname)").json()
    assert row["parentsystemuserid"]["fullname"] == "Paula Sandberg"
    assert user(crm)["_businessunitid_value"] == units[0]["businessunitid"]
    missing = {"parentsystemuserid@odata.bind": f"/systemusers({UNKNOWN})"}
    assert error_of(crm.patch(f"systemusers({MAREN})", json=missing)) == (404, "0x80040217")


def test_a_single_property_is_read_written_and_emptied(crm: httpx.Client) -> None:
    path = f"systemusers({MAREN})/title"

    assert crm.put(path, json={"value": "Director"}).status_code == 204
    assert crm.get(path).json()["value"] == "Director"
    assert crm.delete(path).status_code == 204
    assert crm.get(path).status_code == 204


# --- conditions ----------------------------------------------------------------------------------------------------


def test_a_row_that_the_caller_has_is_not_sent_again(crm: httpx.Client) -> None:
    tag = crm.get(f"systemusers({MAREN})?$select=fullname").headers["ETag"]
    same = {"If-None-Match": tag}

    unchanged = crm.get(f"systemusers({MAREN})?$select=fullname", headers=same)
    annotated = crm.get(f"systemusers({MAREN})", headers={**same, "Prefer": 'odata.include-annotations="*"'})
    expanded = crm.get(f"systemusers({MAREN})?$expand=businessunitid", headers=same)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (annotated.status_code, expanded.status_code) == (200, 200)
    crm.patch(f"systemusers({MAREN})", json={"title": "x"})
    assert crm.get(f"systemusers({MAREN})?$select=fullname", headers=same).status_code == 200


def test_s3_a_stale_etag_is_refused_and_a_fresh_one_taken(crm: httpx.Client) -> None:
    old = user(crm)["@odata.etag"]
    crm.patch(f"systemusers({MAREN})", json={"title": "x"})

    refused = crm.patch(f"systemusers({MAREN})", json={"title": "y"}, headers={"If-Match": old})
    fresh = user(crm)["@odata.etag"]
    taken = crm.patch(f"systemusers({MAREN})", json={"title": "y"}, headers={"If-Match": fresh})

    assert error_of(refused) == (412, "0x80060882")
    assert taken.status_code == 204


def test_s5_a_change_without_condition_creates_an_unknown_row(crm: httpx.Client) -> None:
    answer = crm.patch(f"systemusers({UNKNOWN})", json={"firstname": "New", "lastname": "One"})

    assert answer.status_code == 204
    assert user(crm, UNKNOWN)["fullname"] == "New One"


@pytest.mark.parametrize("tag", ["*", 'W/"1"'])
def test_if_match_forbids_creating(crm: httpx.Client, tag: str) -> None:
    answer = crm.patch(f"systemusers({UNKNOWN})", json={"firstname": "New"}, headers={"If-Match": tag})

    assert error_of(answer) == (404, "0x80040217")
    assert crm.get(f"systemusers({UNKNOWN})").status_code == 404


def test_if_none_match_star_forbids_changing(crm: httpx.Client) -> None:
    answer = crm.patch(f"systemusers({MAREN})", json={"title": "x"}, headers={"If-None-Match": "*"})

    assert error_of(answer) == (412, "0x80040237")


def test_a_row_is_created_with_and_without_answering_it(crm: httpx.Client) -> None:
    quiet = crm.post("systemusers", json={"firstname": "Quiet", "lastname": "One"})
    shown = crm.post(
        "systemusers?$select=fullname",
        json={"systemuserid": UNKNOWN, "firstname": "Shown", "lastname": "One", "domainname": "s@x.example"},
        headers={"Prefer": "return=representation"},
    )

    assert (quiet.status_code, quiet.content) == (204, b"")
    assert crm.get(quiet.headers["OData-EntityId"]).json()["fullname"] == "Quiet One"
    assert (shown.status_code, shown.json()["systemuserid"]) == (201, UNKNOWN)
    again = crm.post("systemusers", json={"systemuserid": UNKNOWN})
    assert error_of(again) == (412, "0x80040237")


def test_a_deleted_row_is_gone_and_a_stale_delete_is_refused(crm: httpx.Client) -> None:
    refused = crm.delete(f"systemusers({MAREN})", headers={"If-Match": 'W/"1"'})
    done = crm.delete(f"systemusers({MAREN})")

    assert error_of(refused) == (412, "0x80060882")
    assert done.status_code == 204
    assert error_of(crm.get(f"systemusers({MAREN})")) == (404, "0x80040217")


def test_online_a_deleted_user_is_only_marked(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_soft_delete = True

    assert crm.delete(f"systemusers({MAREN})").status_code == 204

    assert (user(crm)["deletedstate"], user(crm)["isdisabled"]) == (1, True)


# --- scripted trouble ----------------------------------------------------------------------------------------------


def test_the_scripted_stale_etag_is_the_vendors_own_refusal(control: httpx.Client, crm: httpx.Client) -> None:
    control.post("/faults", json=[{"system": "crm", "match": "PATCH *", "action": "stale_etag"}]).raise_for_status()
    tag = user(crm)["@odata.etag"]

    first = crm.patch(f"systemusers({MAREN})", json={"title": "x"}, headers={"If-Match": tag})
    second = crm.patch(f"systemusers({MAREN})", json={"title": "x"}, headers={"If-Match": tag})

    assert error_of(first) == (412, "0x80060882")
    assert second.status_code == 204


def test_t4_a_revoked_token_is_refused_for_good_and_a_new_one_works(
    control: httpx.Client, crm: httpx.Client, bearer: Callable[[str], dict[str, str]]
) -> None:
    control.post("/faults", json=[{"system": "crm", "action": "revoke_token"}]).raise_for_status()

    assert [crm.get("WhoAmI").status_code for _ in range(2)] == [401, 401]
    assert crm.get("WhoAmI", headers=bearer("crm")).status_code == 200


# --- limits --------------------------------------------------------------------------------------------------------


def test_s10_requests_beyond_the_window_are_told_when_to_come_again(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_requests_per_window = 3

    statuses = [crm.get("WhoAmI").status_code for _ in range(3)]
    first, second = crm.get("WhoAmI"), crm.get("WhoAmI")

    assert statuses == [200, 200, 200]
    assert error_of(first) == (429, "0x80072322")
    assert 290 <= int(first.headers["Retry-After"]) < int(second.headers["Retry-After"])
    sandbox.world.clock.shift(301)
    assert crm.get("WhoAmI").status_code == 200


def test_execution_time_beyond_the_window_has_its_own_code(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_execution_seconds = 0

    assert error_of(crm.get("WhoAmI")) == (429, "0x80072321")


def test_too_many_calls_at_once_have_their_own_code(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_concurrent_calls = 0

    assert error_of(crm.get("WhoAmI")) == (429, "0x80072326")


# --- batches -------------------------------------------------------------------------------------------------------


def part(request_line: str, body: str = "", *headers: str, content_id: str = "", kind: str = "application/json") -> str:
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    head += [f"Content-ID: {content_id}"] if content_id else []
    inner = [f"{request_line} HTTP/1.1", f"Content-Type: {kind}", *headers, "", body]
    return CRLF.join([*head, "", *inner])


def multipart(boundary: str, *parts: str) -> str:
    return "".join(f"--{boundary}{CRLF}{one}{CRLF}" for one in parts) + f"--{boundary}--{CRLF}"


def change_set(*parts: str) -> str:
    return f"Content-Type: multipart/mixed; boundary=cs1{CRLF}{CRLF}{multipart('cs1', *parts)}"


def send(crm: httpx.Client, body: str, boundary: str = "b1", **headers: str) -> httpx.Response:
    kind = {"Content-Type": f'multipart/mixed; boundary="{boundary}"'}
    return crm.post("$batch", content=body.encode(), headers={**kind, **headers})


def statuses(answer: httpx.Response) -> list[int]:
    return [int(line.split()[1]) for line in answer.text.split(CRLF) if line.startswith("HTTP/1.1 ")]


def test_a_batch_answers_each_part_in_order(sandbox: Sandbox, crm: httpx.Client) -> None:
    base = sandbox.world.urls.crm
    answer = send(
        crm,
        multipart(
            "b1",
            part(f"GET {base}/api/data/v9.2/systemusers({MAREN})?$select=fullname"),
            part(f"PATCH /api/data/v9.2/systemusers({MAREN})", '{"title": "Boss"}', "If-Match: *"),
            part("GET systemusers/$count"),
        ),
    )

    assert answer.status_code == 200
    assert statuses(answer) == [200, 204, 200]
    assert answer.headers["Content-Type"].startswith("multipart/mixed; boundary=batchresponse_")
    assert "Maren Dietz" in answer.text
    assert user(crm)["title"] == "Boss"


def test_s19_the_first_failure_ends_a_batch_and_gives_its_status(crm: httpx.Client) -> None:
    body = multipart("b1", part(f"GET systemusers({UNKNOWN})"), part("GET WhoAmI"))

    stopped = send(crm, body)
    went_on = send(crm, body, Prefer="odata.continue-on-error")

    assert (stopped.status_code, statuses(stopped)) == (404, [404])
    assert (went_on.status_code, statuses(went_on)) == (200, [404, 200])


def test_a_change_set_is_all_or_nothing(crm: httpx.Client) -> None:
    before = user(crm)
    body = multipart(
        "b1",
        change_set(
            part(f"PATCH systemusers({MAREN})", '{"title": "Boss"}', content_id="1"),
            part("POST systemusers", f'{{"systemuserid": "{UNKNOWN}"}}', content_id="2"),
            part(f"DELETE systemusers({person_id('paula.sandberg')})", content_id="3"),
            part(f"PATCH systemusers({MAREN})", '{"nothing": 1}', content_id="4"),
        ),
    )

    answer = send(crm, body)

    assert (answer.status_code, statuses(answer)) == (400, [400])
    assert user(crm) == before
    assert crm.get(f"systemusers({UNKNOWN})").status_code == 404
    assert user(crm, person_id("paula.sandberg"))["fullname"] == "Paula Sandberg"


def test_a_content_id_stands_for_what_it_created(crm: httpx.Client) -> None:
    body = multipart(
        "b1",
        change_set(
            part("POST systemusers", f'{{"systemuserid": "{UNKNOWN}", "firstname": "A"}}', content_id="1"),
            part("PATCH $1", '{"lastname": "B"}', content_id="2"),
            part(f"PATCH systemusers({MAREN})", '{"parentsystemuserid@odata.bind": "$1"}', content_id="3"),
        ),
    )

    answer = send(crm, body)

    assert statuses(answer) == [204, 204, 204]
    assert "Content-ID: 2" in answer.text
    assert user(crm, UNKNOWN)["fullname"] == "A B"
    assert user(crm)["_parentsystemuserid_value"] == UNKNOWN


def test_a_content_id_used_too_early_is_refused(crm: httpx.Client) -> None:
    answer = send(crm, multipart("b1", change_set(part("PATCH $1", '{"lastname": "B"}', content_id="2"))))

    assert answer.status_code == 400
    assert "Content-ID Reference: '$1' does not exist in the batch context." in answer.text


def test_other_clients_spelling_of_a_batch_is_understood(sandbox: Sandbox, crm: httpx.Client) -> None:
    url = f"{sandbox.world.urls.crm}/api/data/v9.2/systemusers({MAREN})"
    body = CRLF + multipart("b1", part(f"PATCH {url}", '{"title": "x"}', kind="application/json; type=entry"))

    quoted = send(crm, body)
    bare = crm.post("$batch", content=body.replace(CRLF, "\n"), headers={"Content-Type": "multipart/mixed;boundary=b1"})

    assert (statuses(quoted), bare.status_code) == ([204], 200)


@pytest.mark.parametrize(
    "body",
    [
        "no boundary at all",
        multipart("b1", part("POST $batch", "x")),
        multipart("b1", change_set(part("GET WhoAmI"))),
        multipart("b1", f"Content-Type: text/plain{CRLF}{CRLF}GET WhoAmI"),
        multipart("b1", *[part("GET WhoAmI")] * 1001),
    ],
    ids=["boundary", "nested", "get in a change set", "part type", "too many"],
)
def test_a_malformed_batch_is_refused(crm: httpx.Client, body: str) -> None:
    assert send(crm, body).status_code == 400


def test_the_id_of_a_new_row_is_made_by_the_server(crm: httpx.Client) -> None:
    place = crm.post("systemusers", json={"lastname": "One"}).headers["OData-EntityId"]

    assert uuid.UUID(place.rpartition("(")[2].rstrip(")"))
