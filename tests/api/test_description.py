"""The OpenAPI document and its page: complete, true, and without any outside request."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.config import SchemathesisConfig
from tests.api.world import World

from coupler.api.access import REQUIRED
from coupler.domain.access import Role

CALLS = {
    ("GET", "/session"), ("GET", "/connections"), ("POST", "/connections"), ("GET", "/connections/{name}"),
    ("PATCH", "/connections/{name}"), ("DELETE", "/connections/{name}"), ("POST", "/connections/{name}/test"),
    ("GET", "/connections/{name}/mappings"), ("GET", "/connections/{name}/mappings/{mapping}"),
    ("PATCH", "/connections/{name}/mappings/{mapping}"), ("GET", "/couplings"), ("POST", "/couplings"),
    ("GET", "/couplings/{coupling}"), ("DELETE", "/couplings/{coupling}"),
    ("POST", "/couplings/{coupling}/synchronize"), ("GET", "/comparison"), ("GET", "/crm/users"),
    ("GET", "/nav/salespeople"), ("GET", "/suggestions"), ("POST", "/suggestions/rejections"),
    ("DELETE", "/suggestions/rejections"), ("GET", "/links"), ("GET", "/history"), ("POST", "/undo"),
}  # fmt: skip


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.browser().get("/api/openapi.json").json or {}
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path.removeprefix("/api/v1"), operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "patch", "delete", "put")
    ]


def test_the_document_describes_the_calls_there_are_and_no_others(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert {(method, path) for method, path, _ in operations(document)} == CALLS


def test_every_operation_tells_its_role_its_errors_and_what_it_is_for(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        assert operation["summary"], path
        assert "Needs" in operation["description"], path
        assert operation["security"] == [{"bearer": []}], path
        assert {"401", "403", "422", "default"} <= set(operation["responses"]), path
        if method in ("PATCH", "DELETE") and "{" in path:
            assert {"412", "428"} <= set(operation["responses"]), path
            assert "If-Match" in [parameter["name"] for parameter in operation["parameters"]], path
        if method == "POST":
            assert "Idempotency-Key" in [parameter["name"] for parameter in operation["parameters"]], path
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}


def test_every_error_is_described_as_problem_json(document: dict[str, Any]) -> None:
    for name, response in document["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json"], name
    problem = document["components"]["schemas"]["Problem"]
    assert set(problem["required"]) == {"type", "title", "status", "detail", "code", "errors", "request_id"}


def test_an_operation_names_the_role_that_the_table_asks_for(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        needed = REQUIRED[operation["operationId"].replace("_", ".", 1)]
        if isinstance(needed, Role):
            assert f"`{needed.claim}`" in operation["description"], path


def test_the_page_shows_every_call_without_script_or_outside_request(world: World, document: dict[str, Any]) -> None:
    page = world.browser().get("/api/docs")

    assert (page.status_code, page.mimetype) == (200, "text/html")
    for method, path, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page.text, (method, path)
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert re.findall(r'(?:src|href)="(?!/|#|data:)[^"]*"', page.text) == []


CONFIG = {
    "checks": {
        # Undeclared methods are answered with 405 and Allow; the tool wants it on every path it never declared.
        "unsupported_method": {"enabled": False},
        # A pair that exists nowhere is refused although its shape is right; that is the point of the API.
        "positive_data_acceptance": {"enabled": False},
    }
}


@pytest.mark.filterwarnings("ignore")
def test_random_requests_get_described_answers(world: World) -> None:
    world.couple()
    token = world.token(Role.ADMIN)
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", world.app, config=SchemathesisConfig.from_dict(CONFIG))

    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

        holds()


def test_patterns_can_be_used_in_javascript_as_they_are(document: dict[str, Any]) -> None:
    patterns = [
        match["pattern"] for schema in document["components"]["schemas"].values() for match in _patterned(schema)
    ]

    assert "^[A-Za-z][A-Za-z0-9_]{0,99}$" in patterns
    assert [each for each in patterns if not re.fullmatch(r"\^.*\$", each) or re.search(r"\\[AZ]|\(\?P", each)] == []


def _patterned(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in schema.get("properties", {}).values() if "pattern" in each]
