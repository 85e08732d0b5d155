"""Change tracking of the Dataverse Web API (protocols 1.9, traps D2-D4)."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from coupler.sandbox.people import person_id
from coupler.sandbox.server import Sandbox

MAREN, PAULA, JONAS = (person_id(mail) for mail in ("maren.dietz", "paula.sandberg", "jonas.roth"))
SELECT = "systemusers?$select=fullname,mobilephone"
TRACK = {"Prefer": "odata.track-changes"}


@pytest.fixture
def crm(described: dict[str, Any], bearer: Callable[[str], dict[str, str]]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=described["crm"]["api_url"], headers=bearer("crm"), timeout=10) as client:
        yield client


def begin(crm: httpx.Client) -> str:
    return str(crm.get(SELECT, headers=TRACK).raise_for_status().json()["@odata.deltaLink"])


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_the_first_read_brings_every_user_and_a_link(crm: httpx.Client) -> None:
    answer = crm.get(SELECT, headers=TRACK)

    assert answer.headers["Preference-Applied"] == "odata.track-changes"
    assert len(answer.json()["value"]) == int(crm.get("systemusers/$count").text)
    assert re.search(
        r"\?\$select=fullname,mobilephone&\$deltatoken=\d+%21\d\d%2f\d\d%2f\d{4}%20\d\d%3a\d\d%3a\d\d$",
        answer.json()["@odata.deltaLink"],
    )


def test_without_changes_nothing_comes_but_a_new_link(crm: httpx.Client) -> None:
    answer = crm.get(begin(crm)).json()

    assert answer["value"] == []
    assert answer["@odata.context"].endswith("$metadata#systemusers(fullname,mobilephone)/$delta")
    assert "$deltatoken=" in answer["@odata.deltaLink"]


def test_changed_rows_come_first_with_their_columns_then_what_was_deleted(sandbox: Sandbox, crm: httpx.Client) -> None:
    link = begin(crm)
    users = sandbox.world.users
    users.delete(JONAS)
    users.update(PAULA, {"mobilephone": "1"})
    users.update(MAREN, {"mobilephone": "2"})
    users.update(PAULA, {"mobilephone": "3"})

    answer = crm.get(link).json()

    changed, deleted = answer["value"][:2], answer["value"][2:]
    assert [(row["systemuserid"], row["mobilephone"]) for row in changed] == [(MAREN, "2"), (PAULA, "3")]
    assert changed[0].keys() == {"@odata.etag", "fullname", "mobilephone", "systemuserid", "ownerid"}
    assert [(row["id"], row["reason"]) for row in deleted] == [(JONAS, "deleted")]
    assert deleted[0]["@odata.context"].endswith("$metadata#systemusers/$deletedEntity")
    assert crm.get(answer["@odata.deltaLink"]).json()["value"] == []


def test_d4_a_user_who_was_disabled_comes_as_an_ordinary_change(sandbox: Sandbox, crm: httpx.Client) -> None:
    link = begin(crm)

    sandbox.world.users.update(MAREN, {"isdisabled": True})

    assert [row["systemuserid"] for row in crm.get(link).json()["value"]] == [MAREN]


def test_a_row_created_and_deleted_in_between_still_appears_as_deleted(sandbox: Sandbox, crm: httpx.Client) -> None:
    link = begin(crm)
    made = sandbox.world.users.insert({"firstname": "Short", "lastname": "Stay"})["systemuserid"]
    sandbox.world.users.delete(made)

    assert [row["id"] for row in crm.get(link).json()["value"]] == [made]


def test_the_delta_link_comes_on_the_last_page_and_misses_no_change_made_while_paging(
    sandbox: Sandbox, crm: httpx.Client
) -> None:
    sized = {"Prefer": "odata.track-changes,odata.maxpagesize=20"}
    first = crm.get(SELECT, headers=sized).json()
    seen = first["value"][0]["systemuserid"]
    sandbox.world.users.update(seen, {"mobilephone": "changed behind the reader"})

    page, pages = first, 1
    while "@odata.nextLink" in page:
        assert "@odata.deltaLink" not in page
        page, pages = crm.get(page["@odata.nextLink"], headers=sized).json(), pages + 1

    assert pages == 3
    assert [row["systemuserid"] for row in crm.get(page["@odata.deltaLink"]).json()["value"]] == [seen]


def test_many_changes_come_in_pages_each_once(sandbox: Sandbox, crm: httpx.Client) -> None:
    link = begin(crm)
    changed = sandbox.world.users.ids()[:10]
    for key in changed[:7]:
        sandbox.world.users.update(key, {"title": "x"})
    for key in changed[7:]:
        sandbox.world.users.delete(key)
    entries: list[dict[str, Any]] = []
    sizes = []
    while True:
        page = crm.get(link, headers={"Prefer": "odata.maxpagesize=4"}).json()
        entries += page["value"]
        sizes.append(len(page["value"]))
        if "@odata.nextLink" not in page:
            break
        link = page["@odata.nextLink"]

    assert sizes == [4, 4, 2]
    assert [row.get("systemuserid") or row["id"] for row in entries] == changed
    assert ["reason" in row for row in entries] == [False] * 7 + [True] * 3


def test_the_changes_can_be_counted(sandbox: Sandbox, crm: httpx.Client) -> None:
    token = begin(crm).partition("$deltatoken=")[2]
    sandbox.world.users.update(MAREN, {"title": "x"})

    assert crm.get(f"systemusers/$count?$deltatoken={token}").text == "1"


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("$filter=isdisabled eq false", "filter"),
        ("$orderby=fullname", "orderby"),
        ("$expand=businessunitid", "expand"),
        ("$top=3", "top"),
    ],
)
def test_options_that_tracking_does_not_go_with_are_refused_by_name(crm: httpx.Client, option: str, name: str) -> None:
    answer = crm.get(f"systemusers?{option}", headers=TRACK)

    assert answer.status_code == 400
    assert (
        answer.json()["error"]["message"]
        == f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.'
    )


def test_d2_a_link_expires_after_the_organizations_days(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_delta_days = 30
    link = begin(crm)

    sandbox.world.clock.shift(29 * 86400)
    sandbox.world.switches.token_lifetime = 10**8
    renewed = {"Authorization": authorization(sandbox)}
    assert crm.get(link, headers=renewed).status_code == 200
    sandbox.world.clock.shift(2 * 86400)

    assert error_of(crm.get(link, headers=renewed)) == (400, "0x80044352")


def authorization(sandbox: Sandbox) -> str:
    asked = sandbox.description["crm"]
    form = {name: asked[name] for name in ("client_id", "client_secret", "scope")}
    answer = httpx.post(asked["token_url"], data={"grant_type": "client_credentials", **form}).json()
    return f"Bearer {answer['access_token']}"


def test_d2_the_scripted_expiry_spares_ordinary_reads(control: httpx.Client, crm: httpx.Client) -> None:
    link = begin(crm)
    fault = {"system": "crm", "match": "GET *deltatoken*", "action": "expire_delta"}
    control.post("/faults", json=[fault]).raise_for_status()

    assert crm.get(SELECT).status_code == 200
    assert error_of(crm.get(link)) == (400, "0x80044352")
    assert crm.get(link).status_code == 200


def test_d2_a_link_from_before_a_new_seed_is_expired(sandbox: Sandbox, crm: httpx.Client) -> None:
    link = begin(crm)

    sandbox.world.reset()

    assert error_of(crm.get(link)) == (400, "0x80044352")


def test_without_change_tracking_there_is_no_delta(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.world.switches.crm_change_tracking = False

    assert crm.get(SELECT, headers=TRACK).status_code == 400
    assert crm.get(SELECT).status_code == 200


def test_a_made_up_token_is_refused(crm: httpx.Client) -> None:
    assert crm.get("systemusers?$deltatoken=yesterday").status_code == 400
