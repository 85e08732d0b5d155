"""Suggestions and *None of these* over HTTP (ux 1.4 b, domain N-02)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.api.world import ANNA, CRM, DAVID, PETER, World
from werkzeug.test import TestResponse

from coupler.api.errors import answer_error
from coupler.domain.access import Role
from coupler.domain.errors import StillReading, Unavailable

SUGGESTIONS = "/suggestions?connection=cronus"


@pytest.fixture(autouse=True)
def _emails(world: World) -> None:
    world.nav.put("PS", **{"E-Mail": "Peter@cronus.example", "Phone No.": "+45 1234"})


def summary(answer: TestResponse) -> dict[str, str]:
    """The header as a page reads it."""
    parts = answer.headers["Coupler-Suggestions"].split(", ")
    return {name: value.strip('"') for name, _, value in (part.partition("=") for part in parts)}


def ids(answer: TestResponse) -> list[str]:
    return [row.get("id") or row["key"] for row in answer.json or []]


def reject(world: World, *pairs: tuple[str, str], **options: Any) -> TestResponse:
    body = {"connection": "cronus", "pairs": [{"nav_key": key, "crm_id": crm_id} for key, crm_id in pairs]}
    return world.post("/suggestions/rejections", body, **options)


def test_n02_users_are_suggested_for_a_salesperson_with_reasons(world: World) -> None:
    answer = world.get(f"{SUGGESTIONS}&nav_key=PS")

    assert answer.status_code == 200
    assert answer.json == [
        {
            "id": PETER,
            "name": "Peter Saddow",
            "email": "peter@cronus.example",
            "phone": "+45 12 34",
            "url": f"{CRM}/main.aspx?pagetype=entityrecord&etn=systemuser&id=%7B{PETER.upper()}%7D",
            "exact": True,
            "certainty": "exact",
            "score": 100,
            "reasons": [
                reason("same_email", "Same e-mail"),
                reason("same_name", "Same name"),
                reason("same_phone", "Same phone number"),
            ],
            "taken": None,
            "coupling": None,
        }
    ]


def reason(code: str, text: str, percent: int | None = None, users: int = 0, salespeople: int = 0) -> dict[str, Any]:
    return {
        "code": code,
        "text": text,
        "percent": percent,
        "other_users": users,
        "other_salespeople": salespeople,
    }


def test_salespeople_are_suggested_for_a_user(world: World) -> None:
    answer = world.get(f"{SUGGESTIONS}&crm_id={{{PETER.upper()}}}")

    (row,) = answer.json or []
    assert row["key"] == "PS"
    assert "id" not in row
    assert row["exact"] is True
    assert row["url"].startswith("https://nav.example/NAV110/")


def test_a_similar_name_says_how_similar_and_a_shared_one_who_else_has_it(world: World) -> None:
    world.nav.put("AH", **{"Name": "Anna Hil", "E-Mail": ""})
    similar = (world.get(f"{SUGGESTIONS}&nav_key=AH").json or [])[0]
    world.nav.put("PS", **{"E-Mail": "anna@cronus.example"})
    world.clock.advance(hours=2)
    world.nav.put("AH", **{"E-Mail": "anna@cronus.example"})
    shared = (world.get(f"{SUGGESTIONS}&nav_key=AH").json or [])[0]

    assert similar["reasons"] == [reason("similar_name", "Similar name 94 %", percent=94)]
    assert (similar["certainty"], similar["score"], similar["exact"]) == ("similar", 94, False)
    assert shared["reasons"][0] == reason("same_email", "Same e-mail as 1 other salesperson", salespeople=1)
    assert (shared["certainty"], shared["exact"]) == ("ambiguous", False)


def test_a_taken_one_names_who_has_it_with_a_link(world: World) -> None:
    coupling = (world.couple("AH", PETER).json or {})["coupling"]

    from_nav = (world.get(f"{SUGGESTIONS}&nav_key=PS").json or [])[0]
    world.couple("PS", ANNA)
    from_crm = (world.get(f"{SUGGESTIONS}&crm_id={PETER}").json or [])[0]

    assert (from_nav["exact"], from_nav["coupling"], from_nav["taken"]) == (True, coupling["id"], coupling["nav"])
    assert (from_crm["key"], from_crm["taken"]["id"], from_crm["taken"]["name"]) == ("PS", ANNA, "Anna Hill")


def test_what_is_left_out_is_counted_in_the_header(world: World) -> None:
    world.nav.put("AH", **{"Name": "David Gone", "E-Mail": "david@cronus.example"})
    world.crm.put(ANNA, internalemailaddress="")

    answer = world.get(f"{SUGGESTIONS}&nav_key=AH")

    assert answer.json == []
    assert summary(answer) == {
        "total": "3",
        "excluded": "1",
        "no_email": "1",
        "user_disabled": "1",
        "excluded_matches": "1",
        "rejected": "0",
        "partial": "0",
        "as_of": f"{world.clock.now():%Y-%m-%dT%H:%M:%SZ}",
    }
    items = r'(?:[a-z_]+=(?:\d+|"[\x20-\x21\x23-\x5b\x5d-\x7e]*"))'
    assert re.fullmatch(rf"{items}(?:, {items})*", answer.headers["Coupler-Suggestions"])


def test_r16_for_a_user_who_may_not_be_coupled_the_header_says_why(world: World) -> None:
    answer = world.get(f"{SUGGESTIONS}&crm_id={DAVID}")

    assert (answer.json, summary(answer)["not_eligible"]) == ([], "user_disabled")


def test_n02_none_of_these_is_remembered_and_can_be_forgotten(world: World) -> None:
    said = reject(world, ("ps", PETER), ("PS", ANNA))
    after = world.get(f"{SUGGESTIONS}&nav_key=PS")
    other_side = world.get(f"{SUGGESTIONS}&crm_id={PETER}")
    forgotten = world.ask("DELETE", "/suggestions/rejections?connection=cronus&nav_key=PS", Role.OPERATOR)
    again = world.get(f"{SUGGESTIONS}&nav_key=PS")

    assert said.status_code == 201
    assert [(row["nav_key"], row["crm_id"], row["rejected_by"]) for row in said.json or []] == [
        ("PS", PETER, "OPERATOR's"),
        ("PS", ANNA, "OPERATOR's"),
    ]
    assert (after.json, summary(after)["rejected"]) == ([], "2")
    assert (other_side.json, summary(other_side)["rejected"]) == ([], "1")
    assert (forgotten.status_code, forgotten.data) == (204, b"")
    assert (ids(again), summary(again)["rejected"]) == ([PETER], "0")


def test_one_pair_is_forgotten_alone_and_a_rejected_one_may_still_be_coupled(world: World) -> None:
    reject(world, ("PS", PETER), ("AH", PETER))
    path = f"/suggestions/rejections?connection=cronus&nav_key=AH&crm_id={PETER}"

    assert world.ask("DELETE", path, Role.OPERATOR).status_code == 204
    assert world.ask("DELETE", path, Role.OPERATOR).status_code == 204
    assert summary(world.get(f"{SUGGESTIONS}&crm_id={PETER}"))["rejected"] == "1"
    assert world.couple("PS", PETER).status_code == 201


@pytest.mark.parametrize(
    "query", ["", f"&nav_key=PS&crm_id={PETER}", "&nav_key=PS&limit=0", "&nav_key=PS&limit=21", "&crm_id=nobody"]
)
def test_a_question_about_nobody_or_everybody_is_refused(world: World, query: str) -> None:
    assert world.get(f"{SUGGESTIONS}{query}").status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"connection": "cronus"},
        {"connection": "cronus", "pairs": []},
        {"connection": "cronus", "pairs": [{"nav_key": "PS"}]},
        {"connection": "cronus", "pairs": [{"nav_key": "PS", "crm_id": "nobody"}]},
        {"connection": "cronus", "pairs": [{"nav_key": "PS", "crm_id": PETER, "why": "x"}]},
        {"connection": "cronus", "pairs": [{"nav_key": "PS", "crm_id": PETER}] * 51},
    ],
)
def test_a_rejection_of_anything_but_pairs_is_refused(world: World, body: dict[str, Any]) -> None:
    assert world.post("/suggestions/rejections", body).status_code == 422


def test_forgetting_needs_a_side(world: World) -> None:
    assert world.ask("DELETE", "/suggestions/rejections?connection=cronus", Role.OPERATOR).status_code == 422


def test_a_reader_sees_suggestions_and_rejects_none(world: World) -> None:
    assert world.get(f"{SUGGESTIONS}&nav_key=PS", Role.READER).status_code == 200
    assert reject(world, ("PS", PETER), role=Role.READER).status_code == 403
    path = "/suggestions/rejections?connection=cronus&nav_key=PS"
    assert world.ask("DELETE", path, Role.READER).status_code == 403
    assert world.get(f"{SUGGESTIONS}&nav_key=PS", None).status_code == 401


def test_another_connection_is_unknown(world: World) -> None:
    world.add_connection("elsewhere")
    token = world.token(Role.ADMIN, frozenset({"elsewhere"}))

    for answer in (
        world.get(f"{SUGGESTIONS}&nav_key=PS", token=token),
        reject(world, ("PS", PETER), token=token),
        world.ask("DELETE", "/suggestions/rejections?connection=cronus&nav_key=PS", token=token),
    ):
        assert (answer.status_code, (answer.json or {})["code"]) == (404, "connection_unknown")


def test_a_rejection_may_be_repeated_under_its_idempotency_key(world: World) -> None:
    first = reject(world, ("PS", PETER), headers={"Idempotency-Key": "none-of-these-1"})
    second = reject(world, ("PS", PETER), headers={"Idempotency-Key": "none-of-these-1"})

    assert (first.status_code, first.json) == (second.status_code, second.json)


def test_crm_is_not_asked_again_for_the_next_salesperson(world: World) -> None:
    world.get(f"{SUGGESTIONS}&nav_key=PS")
    world.crm.requests.clear()
    world.crm.failure = Unavailable("CRM is down.", system="crm")

    assert ids(world.get(f"{SUGGESTIONS}&nav_key=PS")) == [PETER]
    assert world.crm.requests == []


def test_a_system_that_is_down_is_said_to_be(world: World) -> None:
    world.crm.failure = Unavailable("CRM is down.", system="crm")

    answer = world.get(f"{SUGGESTIONS}&nav_key=PS")

    assert (answer.status_code, (answer.json or {})["code"]) == (503, "unavailable")


def test_while_a_list_is_read_for_the_first_time_the_answer_says_when_to_ask_again(world: World) -> None:
    with world.app.test_request_context():
        answer = answer_error(StillReading("The users are being read.", system="crm", retry_after=2))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert (answer.json or {})["code"] == "still_reading"


def test_a_name_that_is_markup_or_very_long_is_only_text(world: World) -> None:
    name = "<img src=x onerror=alert(1)>" + "x" * 200
    world.crm.put(PETER, fullname=name)

    answer = world.get(f"{SUGGESTIONS}&nav_key=PS")

    assert (answer.json or [])[0]["name"] == name
    assert answer.mimetype == "application/json"
