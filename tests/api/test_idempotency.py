"""Idempotency-Key on POST (contract 5)."""

from __future__ import annotations

import hashlib

import pytest
from tests.api.world import ANNA, PETER, World

from coupler.domain.access import Role
from coupler.domain.errors import Unavailable

BODY = {"connection": "cronus", "nav_key": "PS", "crm_id": PETER, "synchronize": "use_crm_data"}
KEY = {"Idempotency-Key": "a1b2c3"}


def test_the_same_request_again_gets_the_first_answer_and_has_no_second_effect(world: World) -> None:
    first = world.post("/couplings", BODY, headers=KEY)
    world.nav.requests.clear()
    again = world.post("/couplings", BODY, headers=KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert world.nav.requests == []


def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    world.post("/couplings", BODY, headers=KEY)

    answer = world.post("/couplings", {**BODY, "crm_id": ANNA}, headers=KEY)

    assert (answer.status_code, (answer.json or {})["code"]) == (422, "idempotency_key_reused")


def test_a_key_belongs_to_whoever_used_it(world: World) -> None:
    world.post("/couplings", BODY, headers=KEY)

    other = world.post("/couplings", BODY, Role.ADMIN, headers=KEY)

    assert other.status_code == 200
    assert "Idempotent-Replayed" not in other.headers


def test_a_failure_gives_the_key_back(world: World) -> None:
    world.nav.failure = Unavailable("NAV does not answer.", system="nav")
    failed = world.post("/couplings", BODY, headers=KEY)
    world.nav.failure = None

    again = world.post("/couplings", BODY, headers=KEY)

    assert (failed.status_code, again.status_code) == (503, 201)


def test_a_key_under_way_is_a_conflict(world: World) -> None:
    actor = (world.get("/session", Role.OPERATOR).json or {})["id"]
    body = b'{"undo": "x"}'
    fingerprint = hashlib.sha256(b"POST /api/v1/undo?\n" + body).digest()
    world.store.idempotency.begin(actor, "busy", fingerprint, world.clock.now())

    answer = world.ask(
        "POST",
        "/undo",
        Role.OPERATOR,
        data=body,
        content_type="application/json",
        headers={"Idempotency-Key": "busy"},
    )

    assert (answer.status_code, (answer.json or {})["code"]) == (409, "idempotency_in_progress")


def test_a_key_is_forgotten_after_a_day(world: World) -> None:
    world.post("/couplings", BODY, headers=KEY)
    world.clock.advance(hours=25)

    answer = world.post("/couplings", {**BODY, "synchronize": "no"}, headers=KEY)

    assert answer.status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "å", "x" * 201, "a\tb"])
def test_an_unusable_key_is_refused(world: World, key: str) -> None:
    answer = world.post("/couplings", BODY, headers={"Idempotency-Key": key})

    assert (answer.status_code, list((answer.json or {})["errors"])) == (422, ["Idempotency-Key"])
    assert world.get("/couplings").json == []
