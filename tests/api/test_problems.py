"""Whatever comes in, the answer has the one error shape and is never a surprise (RFC 9457, trust 3.9)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.world import BROWSER, PETER, World
from werkzeug.test import TestResponse

from coupler.api.errors import STATUS
from coupler.domain import errors
from coupler.domain.access import Role

MEMBERS = {"type", "title", "status", "detail", "code", "errors", "request_id"}


def assert_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    problem: dict[str, Any] = answer.json or {}
    assert set(problem) >= MEMBERS
    assert problem["status"] == status
    assert problem["code"] == problem["type"] == code
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    return problem


def post(world: World, body: bytes, content_type: str = "application/json") -> TestResponse:
    world.tokens.setdefault(Role.OPERATOR, world.token(Role.OPERATOR))
    headers = {"Authorization": f"Bearer {world.tokens[Role.OPERATOR]}"}
    return world.app.test_client().post("/api/v1/couplings", data=body, content_type=content_type, headers=headers)


GOOD = {"connection": "cronus", "mapping": "SALESPEOPLE", "nav_key": "PS", "crm_id": PETER}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"connection": "cronus"',
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"nav_key": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"nav_key": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"nav_key": "a", "nav_key": "b"}',
        b'{"nav_key": NaN}',
        b'{"nav_key": Infinity}',
        b'{"nav_key": ' + b"9" * 5000 + b"}",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        json.dumps(GOOD).encode("utf-16"),
        json.dumps(GOOD).encode("utf-16-be"),
        b'{"nav_key": "\xff"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_no_json_is_told_so(world: World, body: bytes) -> None:
    assert_problem(post(world, body), 400, "malformed_body")


@pytest.mark.parametrize("body", [b"null", b"[]", b"17", b'"text"', b"true"])
def test_json_that_is_no_object_is_not_accepted(world: World, body: bytes) -> None:
    assert_problem(post(world, body), 422, "invalid_input")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nav_key", None),
        ("nav_key", 17),
        ("nav_key", 99999999999999999999),
        ("nav_key", ["PS"]),
        ("nav_key", {"a": 1}),
        ("nav_key", "P\x00S"),
        ("nav_key", ""),
        ("nav_key", "x" * 5000),
        ("crm_id", 1e999),
        ("crm_id", "31914b34"),
        ("connection", "c" * 41),
        ("synchronize", "maybe"),
        ("synchronize", []),
        ("move", "yes"),
        ("move", 1),
        ("move", None),
        ("colour", "red"),
        ("__proto__", {}),
    ],
)
def test_a_wrong_value_is_named(world: World, name: str, value: object) -> None:
    body = json.dumps({**GOOD, name: value}).replace("Infinity", "1e999").encode()

    problem = assert_problem(post(world, body), 422, "invalid_input")

    assert list(problem["errors"]) == [name]
    assert name in problem["detail"] or name in ("nav_key", "crm_id")


def test_all_missing_values_are_named_at_once(world: World) -> None:
    empty = assert_problem(post(world, b"{}"), 422, "invalid_input")
    nothing = assert_problem(post(world, b""), 422, "invalid_input")

    assert set(empty["errors"]) == set(nothing["errors"]) == {"connection", "nav_key", "crm_id"}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "text/json", "application/xml", ""]
)
def test_another_media_type_is_refused(world: World, content_type: str) -> None:
    assert_problem(post(world, json.dumps(GOOD).encode(), content_type), 415, "unsupported_media_type")


def test_a_body_has_a_limit(world: World) -> None:
    large = json.dumps({**GOOD, "nav_key": "x" * 300_000}).encode()

    assert_problem(post(world, large), 413, "body_too_large")


@pytest.mark.parametrize(
    "path",
    [
        "/couplings?colour=red",
        "/couplings?limit=" + "9" * 20,
        "/couplings?limit=-1",
        "/couplings?limit=one",
        "/couplings?limit=1.5",
        "/couplings?limit=1&limit=2",
        "/couplings?state=happy",
        "/couplings?crm_id=17",
        "/couplings?cursor=garbage",
        "/couplings?cursor=%F0%9F%98%80",
        "/couplings?q=%00",
        "/couplings?nav_key=a%00b",
        "/couplings?q=" + "x" * 5000,
        "/couplings?%00=1",
        "/history?since=2026-13-45",
        "/history?since=0001-01-01T00:00:00%2B23:59",
        "/history?cursor=%00",
        "/session?x=1",
        "/connections?cursor=%C3%A5",
        "/connections?cursor=x",
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(world: World, path: str) -> None:
    problem = assert_problem(world.get(path), 422, "invalid_input")

    assert problem["errors"]


@pytest.mark.parametrize(
    "path",
    [
        "/couplings/%00",
        "/couplings/" + "x" * 5000,
        "/couplings/nothing",
        "/couplings/%F0%9F%98%80",
        "/couplings/%ff%fe",
        "/connections/%00",
        "/connections/nothing",
        "/connections/cronus/mappings/%00",
        "/connections/cronus/mappings/nothing",
        "/nothing",
        "/couplings/",
        "//couplings",
    ],
)
def test_what_is_not_there_is_404(world: World, path: str) -> None:
    answer = world.get(path)

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_a_wrong_method_is_405_and_names_the_right_ones(world: World) -> None:
    answer = world.ask("PUT", "/couplings")

    assert_problem(answer, 405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [("GET", "/nowhere", "/api/docs"), ("PUT", "/couplings", "Allow"), ("POST", "/couplings", "Content-Type")],
)
def test_what_the_framework_refuses_has_a_next_step_too(world: World, method: str, path: str, says: str) -> None:
    assert says in (world.ask(method, path, data="x", content_type="text/plain").json or {})["fix"]


def test_a_title_writes_nav_in_capitals(world: World) -> None:
    coupling = (world.couple(synchronize="use_crm_data").json or {})["coupling"]["id"]
    world.nav.put("PS", **{"E-Mail": "new@cronus.example"})

    answer = world.post(f"/couplings/{coupling}/synchronize", {"direction": "from_crm"})

    assert assert_problem(answer, 409, "nav_is_newer")["title"] == "NAV is newer"


def test_an_unexpected_failure_tells_nothing_of_the_inside(world: World) -> None:
    world.readiness.clear()

    answer = world.browser().get("/readyz")

    problem = assert_problem(answer, 500, "internal_error")
    assert "IndexError" not in answer.text
    assert "Traceback" not in answer.text
    assert problem["request_id"]


def test_a_person_gets_a_page_and_a_program_never_does(world: World) -> None:
    page = world.browser().get("/nowhere", headers=BROWSER)
    program = world.browser().get("/nowhere")
    api = world.browser().get("/api/v1/nowhere", headers=BROWSER)

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert (program.status_code, program.mimetype) == (404, "application/problem+json")
    assert (api.status_code, api.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer cplr_nothing",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Bearer å",
        "x" * 20000,
    ],
)
def test_without_a_usable_token_the_api_challenges(world: World, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("utf-8").decode("latin-1")} if authorization else {}

    answer = world.ask("GET", "/session", None, headers=headers)

    assert_problem(answer, 401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="coupler"')


def test_an_expired_and_a_revoked_token_are_refused(world: World) -> None:
    token = world.token(Role.READER)
    assert world.get("/session", token=token).status_code == 200

    world.clock.advance(days=91)

    assert_problem(world.get("/session", token=token), 401, "not_signed_in")


def test_every_error_of_the_domain_has_a_status(world: World) -> None:
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.CouplerError)]
    statuses = {cls: next(STATUS[base] for base in cls.__mro__ if base in STATUS) for cls in classes}

    assert {cls for cls, status in statuses.items() if status == 500} == {
        errors.CouplerError,
        errors.StorageError,
        errors.SettingsError,
    }
    assert all(400 <= status < 600 for status in statuses.values())


def test_the_request_id_of_the_caller_is_kept_when_it_is_harmless(world: World) -> None:
    kept = world.get("/session", headers={"X-Request-ID": "trace-0001.a_b"})
    odd = world.get("/session", headers={"X-Request-ID": "a b<script>"})
    none = world.get("/session")

    assert kept.headers["X-Request-ID"] == "trace-0001.a_b"
    assert odd.headers["X-Request-ID"] != "a b<script>"
    assert len({odd.headers["X-Request-ID"], none.headers["X-Request-ID"]}) == 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(
        st.sampled_from(["connection", "mapping", "nav_key", "crm_id", "synchronize", "move", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60) | st.just("cronus"),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_no_json_makes_a_server_error(world: World, body: dict[str, Any]) -> None:
    answer = post(world, json.dumps(body).encode("utf-8", "surrogatepass"))

    assert answer.status_code < 500
    assert answer.mimetype == "application/problem+json"
