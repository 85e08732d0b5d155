"""What holds for every route: who may call it, its headers, its description; and the pages and files around the API."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from flask import Flask
from tests.api.world import BROWSER, COMPANY, PETER, World, build
from tests.fakes.clock import SteppedClock

from coupler.api.access import REQUIRED, Rule
from coupler.api.headers import PANE
from coupler.api.services import Readiness
from coupler.assets import addin_folder
from coupler.domain.access import Role
from coupler.engine.frame_hosts import web_origin
from coupler.storage import Store

PUBLIC = {
    "/", "/pane", "/pane/hosts",
    "/couple", "/users", "/jobs", "/setup", "/signed-out", "/addin/<path:path>", "/static/<path:filename>",
    "/healthz", "/readyz",
    "/api/openapi.json", "/api/docs", "/auth/sign-in", "/auth/callback", "/auth/sign-out",
    "/auth/ticket", "/auth/start",
}  # fmt: skip
SIGNED_IN_BY_ITSELF = {"/auth/token", "/auth/refresh", "/auth/ticket/redeem"}
OWN = {*SIGNED_IN_BY_ITSELF, "/open/nav/<table>/<key:key>", "/open/crm/<entity>/<key:key>"}


def routes(app: Flask) -> list[Any]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "_automatic_options"]


def example(rule: str) -> str:
    return re.sub(r"<[^>]+>", "x", rule)


def test_every_route_needs_a_role_or_is_on_the_public_list(world: World) -> None:
    found = {rule.endpoint: rule.rule for rule in routes(world.app)}

    assert set(found) == set(REQUIRED)
    assert {rule for endpoint, rule in found.items() if REQUIRED[endpoint] is Rule.PUBLIC} == PUBLIC
    assert {rule for endpoint, rule in found.items() if REQUIRED[endpoint] is Rule.OWN} == OWN
    assert all(rule.startswith("/api/v1/") for endpoint, rule in found.items() if isinstance(REQUIRED[endpoint], Role))


def test_no_protected_route_answers_without_a_token_or_with_a_lower_role(world: World) -> None:
    lower = {Role.READER: None, Role.OPERATOR: Role.READER, Role.ADMIN: Role.OPERATOR}
    for rule in routes(world.app):
        needed = REQUIRED[rule.endpoint]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            if needed is Rule.PUBLIC or rule.rule in SIGNED_IN_BY_ITSELF:
                continue
            path = example(rule.rule)
            assert world.ask(method, path, None).status_code == 401, (method, path)
            below = lower.get(needed) if isinstance(needed, Role) else None
            if below is not None:
                assert world.ask(method, path, below).status_code == 403, (method, path)


def test_every_answer_carries_the_security_headers(world: World) -> None:
    paths = [
        "/",
        "/couple",
        "/healthz",
        "/nowhere",
        "/api/v1/session",
        "/api/docs",
        "/auth/callback",
        "/addin/src/main.js",
    ]
    for path in paths:
        headers = world.browser().get(path, headers=BROWSER).headers

        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert "camera=()" in headers["Permissions-Policy"], path
        assert headers["X-Request-ID"], path
        assert "Strict-Transport-Security" not in headers, path
        assert "Server" not in headers, path


def test_api_answers_are_never_stored(world: World) -> None:
    assert world.get("/session").headers["Cache-Control"] == "no-store"
    assert world.get("/session", None).headers["Cache-Control"] == "no-store"


def test_the_opener_is_kept_only_while_signing_in(world: World) -> None:
    browser = world.browser()

    for path in ("/auth/callback", "/auth/start", "/auth/sign-in"):
        assert "Cross-Origin-Opener-Policy" not in browser.get(path, headers=BROWSER).headers
    assert browser.get("/", headers=BROWSER).headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_other_origin_is_let_in_unless_it_is_listed(store: Store, clock: SteppedClock) -> None:
    closed = build(store, clock)
    listed = build(store, clock, cors_origins=["https://cronus.crm4.example"])
    ask = {"Origin": "https://cronus.crm4.example", "Access-Control-Request-Method": "GET"}

    nothing = closed.app.test_client().options("/api/v1/session", headers=ask)
    allowed = listed.app.test_client().options("/api/v1/session", headers=ask)
    other = listed.app.test_client().options("/api/v1/session", headers={**ask, "Origin": "https://evil.example"})
    outside = listed.app.test_client().get("/auth/sign-in", headers=ask)

    assert "Access-Control-Allow-Origin" not in nothing.headers
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://cronus.crm4.example"
    assert "Access-Control-Allow-Credentials" not in allowed.headers
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Access-Control-Allow-Origin" not in outside.headers


def test_only_the_pane_may_be_framed_and_only_by_the_web_clients_of_the_connections(world: World) -> None:
    pane = world.browser().get("/pane?system=nav&table=salesperson&key=PS", headers=BROWSER)
    hosts = "frame-ancestors https://cronus.crm4.example https://nav.example"

    assert (pane.status_code, pane.mimetype) == (200, "text/html")
    assert pane.headers["Content-Security-Policy"] == PANE.replace("frame-ancestors 'none'", hosts)
    assert "X-Frame-Options" not in pane.headers
    assert pane.headers["Cache-Control"] == "no-store"
    assert pane.headers["Referrer-Policy"] == "no-referrer"
    assert "<coupler-app>" in pane.text
    assert world.browser().get("/pane/hosts").json == {
        "origins": ["https://cronus.crm4.example", "https://nav.example"]
    }


def test_who_may_frame_the_pane_follows_the_connections(world: World, clock: SteppedClock) -> None:
    def ancestors() -> str:
        clock.advance(seconds=3)
        policy = world.browser().get("/pane").headers["Content-Security-Policy"]
        return next(part for part in policy.split("; ") if part.startswith("frame-ancestors"))

    before = ancestors()
    world.add_connection("online", company="Second", client="bc-online", base_url="https://bc.example:8443/BC250/")
    with_online = ancestors()
    tag = world.get("/connections/online").headers["ETag"]
    world.ask("PATCH", "/connections/online", json={"enabled": False}, headers={"If-Match": tag})
    switched_off = ancestors()
    tag = world.get("/connections/cronus").headers["ETag"]
    world.ask("DELETE", "/connections/cronus", headers={"If-Match": tag})

    assert with_online.split()[1:] == [
        "https://*.bc.dynamics.com",
        "https://bc.example:8443",
        "https://businesscentral.dynamics.com",
        *before.split()[1:],
    ]
    assert switched_off == before
    assert ancestors() == "frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://CRM.Contoso.com:443/Org", "https://crm.contoso.com"),
        ("http://crm:80/Contoso", "http://crm"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("https://crm_test.contoso.com:5555/", "https://crm_test.contoso.com:5555"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("dynamicsnav://nav:7046/DynamicsNAV90", None),
        ("https://evil.example;script-src", None),
        ("https://evil.example,*", None),
        ("https://*.example", None),
        ("https://[::1]:8001", None),
        ("https://", None),
        ("https://nav:99999", None),
    ],
)
def test_an_address_becomes_an_origin_that_can_do_no_harm_in_a_header(address: str, origin: str | None) -> None:
    assert web_origin(address) == origin


@pytest.mark.parametrize(
    "page", ["/couple?system=nav&table=salesperson&key=PS", "/users", "/jobs", "/setup", "/signed-out"]
)
def test_the_pages_of_the_pane_are_static_and_strict(world: World, page: str) -> None:
    answer = world.browser().get(page, headers=BROWSER)

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "<coupler-app>" in answer.text
    assert answer.headers["Content-Security-Policy"] == PANE
    assert "require-trusted-types-for 'script'" in PANE


def test_the_panes_files_have_their_types_and_are_checked_for_freshness(world: World) -> None:
    browser = world.browser()

    script = browser.get("/addin/src/main.js")
    style = browser.get("/addin/src/pane.css")
    again = browser.get("/addin/src/main.js", headers={"If-None-Match": script.headers["ETag"]})

    assert (script.status_code, script.mimetype) == (200, "text/javascript")
    assert style.mimetype == "text/css"
    assert script.headers["Cache-Control"] == "no-cache"
    assert again.status_code == 304


def test_every_file_the_pane_needs_is_served(world: World) -> None:
    folder = addin_folder()
    files = [*folder.glob("src/**/*.js"), *folder.glob("src/**/*.css"), *folder.glob("vendor/*.js")]

    assert files
    for path in files:
        assert world.browser().get(f"/addin/{path.relative_to(folder).as_posix()}").status_code == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "package.json",
        "README.md",
        "node_modules/lit/index.js",
        "src/../package.json",
        "..%2fpyproject.toml",
        "src/..%2f..%2fpyproject.toml",
        "src/%2e%2e/%2e%2e/pyproject.toml",
        "src//etc/passwd",
        "/etc/passwd",
        "src",
        "src/",
        "src/.hidden.js",
        "src/nothing.js",
        "vendor/build.mjs",
        "src/main.js%00.css",
        "src\\main.js",
    ],
)
def test_nothing_else_of_the_folder_is_served(world: World, path: str) -> None:
    assert world.browser().get(f"/addin/{path}").status_code == 404


def test_health_needs_nobody_and_readiness_tells_what_is_missing(world: World) -> None:
    alive = world.browser().get("/healthz")
    ready = world.browser().get("/readyz")
    world.readiness.append(Readiness(database=True, migrations=False, connectors={}))
    behind = world.browser().get("/readyz")

    assert (alive.status_code, alive.json) == (200, {"status": "ok", "version": "0.0-test"})
    assert (ready.status_code, (ready.json or {})["status"]) == (200, "ok")
    assert (behind.status_code, (behind.json or {})["migrations"]) == (503, "needed")


def test_one_line_per_request_names_the_route_and_nobody(world: World) -> None:
    world.couple()
    with structlog.testing.capture_logs() as lines:
        world.get(f"/open/nav/salesperson/PS?company={quote(COMPANY)}")
        world.get(f"/couplings?crm_id={PETER}&q=Saddow")

    written = [line for line in lines if line["event"] == "request"]
    assert [line["route"] for line in written] == ["/open/nav/<table>/<key:key>", "/api/v1/couplings"]
    assert [line["status"] for line in written] == [302, 200]
    assert all(line["actor"].startswith("token:") for line in written)
    assert quote(COMPANY) not in repr(lines)
    assert COMPANY not in repr(lines)
    assert "Saddow" not in repr(lines)
    assert PETER not in repr(lines)


def test_the_folder_of_the_pane_can_be_given(store: Store, clock: SteppedClock, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>Mine</title>", encoding="utf-8")
    world = build(store, clock, addin=tmp_path)

    assert "Mine" in world.browser().get("/couple").text
