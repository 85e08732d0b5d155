"""Couplings over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.api.world import ANNA, COMPANY, CRM, DAVID, PETER, World

from coupler.domain.access import Role
from coupler.domain.errors import CredentialsRefused, RateLimited, Unavailable, UnexpectedAnswer

CONTRACT = {
    "id", "connection", "mapping", "nav", "crm", "state", "health", "last_synchronized_at", "skipped", "last_error",
    "origin", "created_at", "created_by",
}  # fmt: skip


def test_coupling_without_synchronizing_answers_both_facts(world: World) -> None:
    answer = world.couple()

    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["synchronization"] is None
    coupling = answer.json["coupling"]
    assert set(coupling) >= CONTRACT
    assert coupling["state"] == "never_synchronized"
    assert coupling["nav"] == {
        "table": "salesperson",
        "key": "PS",
        "name": "Peter Saddow",
        "company": COMPANY,
        "url": "https://nav.example/NAV110/?company=A%20%26%20B%27s%20%C3%85&page=5116"
        "&filter=%27Code%27%20IS%20%27PS%27&mode=View",
    }
    assert coupling["crm"]["id"] == PETER
    assert coupling["crm"]["url"] == f"{CRM}/main.aspx?pagetype=entityrecord&etn=systemuser&id=%7B{PETER.upper()}%7D"
    assert answer.headers["Location"] == f"http://localhost:8000/api/v1/couplings/{coupling['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert world.nav.rows["PS"].values["E-Mail"] == ""


def test_coupling_with_crm_data_writes_nav_and_says_what_changed_s19(world: World) -> None:
    answer = world.couple(synchronize="use_crm_data")

    assert answer.status_code == 201
    assert answer.json is not None
    done = answer.json["synchronization"]
    assert done["action"] == "force_modify"
    assert {"field": "E-Mail", "before": "", "after": "peter@cronus.example"} in done["changes"]
    assert done["warnings"] == []
    assert done["undo"]
    assert answer.json["coupling"]["state"] == "in_step"
    assert world.nav.rows["PS"].values["E-Mail"] == "peter@cronus.example"


def test_the_coupling_stays_when_its_synchronization_fails_h05(world: World) -> None:
    world.crm.put(PETER, internalemailaddress="no mail")

    answer = world.couple(synchronize="use_crm_data")

    assert answer.status_code == 201
    assert answer.json is not None
    error = answer.json["synchronization"]["error"]
    assert (error["code"], error["status"]) == ("value_refused", 422)
    assert answer.json["coupling"]["state"] == "failed"
    assert answer.json["coupling"]["last_error"]["code"] == "value_refused"


def test_the_same_pair_again_is_no_change_r05(world: World) -> None:
    first = world.couple()
    again = world.couple(crm_id=f"{{{PETER.upper()}}}")

    assert again.status_code == 200
    assert first.json is not None
    assert again.json is not None
    assert again.json["coupling"] == first.json["coupling"]


def test_a_taken_user_is_refused_naming_the_other_record_with_its_link_r02(world: World) -> None:
    world.couple()

    answer = world.couple("AH", PETER)

    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    problem = answer.json
    assert problem is not None
    assert problem["code"] == "already_coupled"
    assert problem["type"] == "already_coupled"
    assert problem["other"]["nav"]["key"] == "PS"
    assert problem["other"]["nav"]["url"].startswith("https://nav.example/")
    assert problem["other"]["crm"]["id"] == PETER
    assert world.get(f"/couplings/{problem['other']['coupling']}").status_code == 200
    assert '"move": true' in problem["fix"]


def test_moving_needs_consent_and_then_happens_n07(world: World) -> None:
    world.couple()

    refused = world.couple("PS", ANNA)
    moved = world.couple("PS", ANNA, move=True)

    assert refused.status_code == 409
    assert refused.json is not None
    assert refused.json["code"] == "move_needs_consent"
    assert refused.json["other"]["crm"]["name"] == "Peter Saddow"
    assert moved.status_code == 201
    assert moved.json is not None
    assert moved.json["coupling"]["crm"]["id"] == ANNA
    assert len(world.get("/couplings").json or []) == 1


def test_nav_data_is_never_carried_to_crm_s08(world: World) -> None:
    answer = world.couple(synchronize="use_nav_data")

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["code"] == "direction_not_allowed"
    assert world.get("/couplings").json == []


@pytest.mark.parametrize(
    ("nav_key", "crm_id", "status", "code"),
    [
        ("XX", PETER, 404, "record_not_found"),
        ("PS", "61914b34-be8d-4611-80d8-00155d892ddc", 404, "record_not_found"),
        ("PS", DAVID, 422, "not_eligible"),
        ("PS", "not-a-guid", 422, "invalid_input"),
        ("P" * 21, PETER, 422, "invalid_input"),
    ],
)
def test_a_pair_that_cannot_be_is_refused_r16(world: World, nav_key: str, crm_id: str, status: int, code: str) -> None:
    answer = world.couple(nav_key, crm_id)

    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["code"] == code


def test_an_unknown_connection_and_mapping_are_404(world: World) -> None:
    connection = world.couple(connection="nowhere")
    mapping = world.couple(mapping="VENDORS")

    assert (connection.status_code, (connection.json or {})["code"]) == (404, "connection_unknown")
    assert (mapping.status_code, (mapping.json or {})["code"]) == (404, "mapping_unknown")


def test_another_connections_coupling_is_as_unknown_as_none(world: World) -> None:
    coupling = (world.couple().json or {})["coupling"]["id"]
    stranger = world.token(Role.ADMIN, frozenset())

    answer = world.get(f"/couplings/{coupling}", token=stranger)
    nothing = world.get("/couplings/00000000-0000-0000-0000-000000000000", token=stranger)

    assert answer.status_code == nothing.status_code == 404
    assert (answer.json or {})["code"] == (nothing.json or {})["code"]
    assert world.get("/couplings", token=stranger).json == []


def test_sixteen_at_once_make_one_coupling_and_fifteen_refusals_n06(world: World) -> None:
    for number in range(16):
        world.nav.put(f"S{number}", **{"Code": f"S{number}", "Name": f"Seller {number}", "E-Mail": ""})
    world.get("/session", Role.OPERATOR)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: world.couple(f"S{number}", PETER), range(16)))

    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 15]
    winner = next((answer.json or {})["coupling"]["nav"]["key"] for answer in answers if answer.status_code == 201)
    assert {(answer.json or {})["nav_key"] for answer in answers if answer.status_code == 409} == {winner}


def test_a_coupling_is_deleted_only_in_the_version_that_was_read_r07(world: World) -> None:
    coupling = (world.couple().json or {})["coupling"]["id"]
    path = f"/couplings/{coupling}"
    tag = world.get(path).headers["ETag"]

    without = world.ask("DELETE", path, Role.OPERATOR)
    world.post(f"{path}/synchronize", {"force": True})
    stale = world.ask("DELETE", path, Role.OPERATOR, headers={"If-Match": tag})
    fresh = world.ask("DELETE", path, Role.OPERATOR, headers={"If-Match": world.get(path).headers["ETag"]})

    assert (without.status_code, (without.json or {})["code"]) == (428, "precondition_required")
    assert (stale.status_code, (stale.json or {})["code"]) == (412, "stale")
    assert fresh.status_code == 204
    assert fresh.data == b""
    assert world.get(path).status_code == 404
    assert "PS" in world.nav.rows
    assert PETER in world.crm.rows


def test_a_deleted_coupling_comes_back_by_undo_n04(world: World) -> None:
    coupling = (world.couple().json or {})["coupling"]["id"]
    deleted = world.ask("DELETE", f"/couplings/{coupling}", Role.OPERATOR, headers={"If-Match": "*"})

    undone = world.post("/undo", {"undo": deleted.headers["Coupler-Undo"]})

    assert undone.status_code == 200
    assert undone.json is not None
    assert undone.json["coupling"]["crm"]["id"] == PETER
    assert undone.json["entry"]["deed"] == "undo"


def test_synchronize_now_asks_before_it_overwrites_what_nav_changed_y03(world: World) -> None:
    coupling = (world.couple(synchronize="use_crm_data").json or {})["coupling"]["id"]
    world.nav.put("PS", **{"E-Mail": "new@cronus.example"})
    path = f"/couplings/{coupling}/synchronize"

    dry = world.post(path, {"direction": "from_crm", "dry_run": True})
    refused = world.post(path, {"direction": "from_crm"})
    forced = world.post(path, {"force": True})

    assert dry.status_code == 200
    assert (dry.json or {})["question"] == "nav_is_newer"
    assert (dry.json or {})["undo"] is None
    assert (refused.status_code, (refused.json or {})["code"]) == (409, "nav_is_newer")
    assert forced.status_code == 200
    assert (forced.json or {})["changes"] == [
        {"field": "E-Mail", "before": "new@cronus.example", "after": "peter@cronus.example"}
    ]
    assert (forced.json or {})["coupling"]["id"] == coupling


def test_synchronizing_equal_records_changes_nothing_y14(world: World) -> None:
    coupling = (world.couple(synchronize="use_crm_data").json or {})["coupling"]["id"]

    answer = world.post(f"/couplings/{coupling}/synchronize", {})

    assert (answer.json or {})["action"] == "ignore_unchanged"
    assert (answer.json or {})["changes"] == []


@pytest.mark.parametrize(("direction", "code"), [("to_crm", "direction_not_allowed"), ("both", "invalid_input")])
def test_no_other_direction_is_taken(world: World, direction: str, code: str) -> None:
    coupling = (world.couple().json or {})["coupling"]["id"]

    answer = world.post(f"/couplings/{coupling}/synchronize", {"direction": direction})

    assert (answer.status_code, (answer.json or {})["code"]) == (422, code)


def test_a_synchronization_is_undone_until_nav_changes_again_n04(world: World) -> None:
    done = (world.couple(synchronize="use_crm_data").json or {})["synchronization"]

    undone = world.post("/undo", {"undo": done["undo"]})
    twice = world.post("/undo", {"undo": done["undo"]})

    assert undone.status_code == 200
    assert world.nav.rows["PS"].values["E-Mail"] == ""
    assert (twice.status_code, (twice.json or {})["code"]) == (409, "undo_refused")


@pytest.mark.parametrize(
    ("failure", "status", "retry_after"),
    [
        (Unavailable("NAV does not answer.", system="nav"), 503, None),
        (RateLimited("NAV asks for patience.", system="nav", retry_after=7.2), 503, "8"),
        (CredentialsRefused("NAV refused the key.", system="nav"), 502, None),
        (UnexpectedAnswer("NAV answered HTML.", system="nav"), 502, None),
    ],
)
def test_a_vendors_failure_is_told_as_one(
    world: World, failure: Unavailable, status: int, retry_after: str | None
) -> None:
    world.nav.failure = failure

    answer = world.couple()

    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["code"] == failure.code
    assert answer.json["system"] == "nav"
    assert answer.headers.get("Retry-After") == retry_after


def test_the_list_is_filtered_and_walked_by_its_links(world: World) -> None:
    for number in range(7):
        key = f"7191{number}b34-be8d-4611-80d8-00155d892ddc"
        world.nav.put(f"S{number}", Code=f"S{number}", Name=f"Seller {number}")
        world.crm.put(key, fullname=f"User {number}", isdisabled=False, islicensed=True, isintegrationuser=False)
        assert world.couple(f"S{number}", key).status_code == 201

    seen, url = [], "/api/v1/couplings?limit=3&connection=cronus&q=seller"
    while url:
        answer = world.get(url)
        seen += [row["nav"]["key"] for row in answer.json or []]
        link = answer.headers.get("Link", "")
        assert not link or link.endswith('>; rel="next"')
        assert not link or link.startswith("<http://localhost:8000/api/v1/couplings?")
        url = link.removeprefix("<http://localhost:8000").removesuffix('>; rel="next"')

    assert sorted(seen) == [f"S{number}" for number in range(7)]
    assert [row["nav"]["key"] for row in world.get("/couplings?nav_key=S3").json or []] == ["S3"]
    upper = "{71915B34-BE8D-4611-80D8-00155D892DDC}"
    assert [row["nav"]["key"] for row in world.get(f"/couplings?crm_id={upper}").json or []] == ["S5"]
    assert world.get("/couplings?state=in_step").json == []
    assert len(world.get("/couplings?state=never_synchronized&mapping=salespeople").json or []) == 7


def test_a_list_of_an_unknown_connection_is_not_just_empty(world: World) -> None:
    assert world.get("/couplings?connection=nowhere").status_code == 404
    assert world.get("/history?connection=nowhere").status_code == 404


@pytest.mark.parametrize("method", ["GET", "DELETE", "synchronize", "undo"])
def test_what_others_may_not_see_is_told_in_the_words_of_what_does_not_exist(world: World, method: str) -> None:
    coupling = (world.couple().json or {})["coupling"]["id"]
    entry = (world.get("/history").json or [])[0]["id"]
    stranger = world.token(Role.ADMIN, frozenset())

    def ask(id_: str) -> tuple[int, object]:
        if method == "undo":
            answer = world.post("/undo", {"undo": id_}, token=stranger)
        elif method == "synchronize":
            answer = world.post(f"/couplings/{id_}/synchronize", {}, token=stranger)
        else:
            answer = world.ask(method, f"/couplings/{id_}", headers={"If-Match": "*"}, token=stranger)
        return answer.status_code, {**(answer.json or {}), "request_id": ""}

    there, nowhere = ask(entry if method == "undo" else coupling), ask("00000000-0000-7000-8000-999999999999")

    assert there == nowhere
    assert there[0] == 404
