"""Signing in from a frame, seen from the wire: the ticket, the window, the bearer and its successors (surfaces 6.3)."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from tests.api.world import BROWSER, PUBLIC_URL, World, build
from tests.fakes.clock import SteppedClock
from werkzeug.test import TestResponse

from coupler.engine.ports import Identity
from coupler.storage import Store

OSCAR = Identity("o1", "Oscar <b>Operator</b>", ("Coupler.Operator",))
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": PUBLIC_URL}
WINDOW = {**BROWSER, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
VERIFIER = "v3rifier-of-the-pane"


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Pane:
    """A pane in a frame and the windows of its browser; the test client stands for both cookie jars."""

    world: World
    browser: FlaskClient
    ticket: str = ""

    def ask(self, **more: object) -> TestResponse:
        answer = self.browser.post("/auth/ticket", json={"challenge": challenge(), **more}, headers=OWN)
        self.ticket = (answer.json or {}).get("ticket", "")
        return answer

    def begin(self, headers: dict[str, str] = WINDOW) -> TestResponse:
        return self.browser.get(f"/auth/start?ticket={self.ticket}", headers=headers)

    def come_back(self, away: TestResponse) -> TestResponse:
        return self.browser.get(self.world.provider.approve(away.headers["Location"], OSCAR), headers=BROWSER)

    def redeem(self, verifier: str = VERIFIER, ticket: str | None = None) -> TestResponse:
        body = {"ticket": self.ticket if ticket is None else ticket, "verifier": verifier}
        return self.browser.post("/auth/ticket/redeem", json=body, headers=OWN)

    def sign_in(self) -> TestResponse:
        self.ask()
        self.come_back(self.begin())
        return self.redeem()


@pytest.fixture
def pane(world: World) -> Pane:
    return Pane(world, world.browser())


def test_a_pane_waits_for_its_ticket_and_gets_a_bearer_when_somebody_signed_in(pane: Pane) -> None:
    issued = pane.ask(context={"system": "crm"})
    early = pane.redeem()
    away = pane.begin()
    begun = pane.redeem()
    page = pane.come_back(away)
    done = pane.redeem()
    session = pane.world.get("/session", token=(done.json or {})["access_token"])

    assert issued.status_code == 201
    assert (issued.json or {})["expires_in"] == 300
    assert (issued.json or {})["expires"].endswith("+00:00")
    assert (early.status_code, early.json) == (202, {"status": "pending", "begun": False, "interval": 1.0})
    assert early.headers["Retry-After"] == "1"
    assert away.status_code == 302
    assert away.headers["Location"].startswith("https://login.example/authorize?")
    assert (begun.status_code, (begun.json or {})["begun"]) == (202, True)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "You can close this window" in page.text
    assert "Dynamics CRM" in page.text
    assert (done.status_code, (done.json or {})["expires_in"]) == (200, 900)
    assert (session.json or {})["name"] == OSCAR.name


def test_the_page_at_the_end_runs_our_script_only_and_keeps_its_opener(pane: Pane) -> None:
    pane.ask()
    page = pane.come_back(pane.begin())
    (script,) = re.findall(r'<script src="([^"]+)"></script>', page.text)

    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "Cross-Origin-Opener-Policy" not in page.headers
    assert "<b>Operator" not in page.text
    assert pane.browser.get(script).status_code == 200


def test_the_window_signs_in_the_browser_too_so_that_opening_needs_no_second_sign_in(pane: Pane) -> None:
    pane.sign_in()

    assert pane.browser.post("/auth/token", headers=OWN).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "iframe"},
        {"Origin": PUBLIC_URL},
    ],
)
def test_a_ticket_of_somebody_else_cannot_be_begun_by_a_link(pane: Pane, headers: dict[str, str]) -> None:
    pane.ask()
    refused = pane.begin({**BROWSER, **headers})

    assert refused.status_code == 403
    assert "A sign-in for a pane begins in that pane" in refused.text
    assert "Set-Cookie" not in refused.headers
    assert (pane.redeem().json or {})["begun"] is False


def test_a_ticket_is_begun_once(pane: Pane) -> None:
    pane.ask()
    pane.begin()
    again = pane.begin()

    assert again.status_code == 401
    assert "Start it again in the pane" in again.text


def test_a_ticket_is_redeemed_once(pane: Pane) -> None:
    assert pane.sign_in().status_code == 200

    again = pane.redeem()

    assert (again.status_code, (again.json or {})["code"]) == (404, "not_found")


def test_who_saw_the_ticket_in_an_address_gets_nothing_without_the_verifier(pane: Pane) -> None:
    pane.ask()
    waiting = pane.redeem("guess")
    pane.come_back(pane.begin())
    approved, unknown = pane.redeem("guess"), pane.redeem(ticket="unknown")

    assert waiting.status_code == approved.status_code == unknown.status_code == 404
    assert "Set-Cookie" not in approved.headers
    assert (approved.json or {})["detail"] == (unknown.json or {})["detail"]
    assert pane.redeem().status_code == 200


def test_a_ticket_lives_five_minutes_and_is_asked_for_less_and_less(pane: Pane) -> None:
    pane.ask()
    pace = []
    for seconds in (0, 31, 90, 170):
        pane.world.clock.advance(seconds=seconds)
        pace.append((pane.redeem().json or {})["interval"])
    pane.world.clock.advance(seconds=9)

    assert pace == [1.0, 2.0, 4.0, 4.0]
    assert pane.redeem().status_code == 404
    assert pane.begin().status_code == 401


def test_a_person_who_signs_in_too_late_is_told_so(pane: Pane) -> None:
    pane.ask()
    away = pane.begin()
    pane.world.clock.advance(minutes=6)

    page = pane.come_back(away)

    assert page.status_code == 401
    assert "the pane no longer waits for it" in page.text


def test_the_window_ends_only_in_the_browser_that_began_it(pane: Pane) -> None:
    pane.ask()
    back = pane.world.provider.approve(pane.begin().headers["Location"], OSCAR)

    assert pane.world.browser().get(back, headers=BROWSER).status_code == 401
    assert pane.redeem().status_code == 202


def test_the_next_bearer_comes_by_a_partitioned_cookie_that_is_good_for_nothing_else(pane: Pane) -> None:
    done = pane.sign_in()
    (cookie,) = [line for line in done.headers.getlist("Set-Cookie") if "frame" in line]
    value = cookie.split("=", 1)[1].split(";")[0]
    fresh = pane.world.browser()
    fresh.set_cookie("__Host-coupler-frame", value)
    renewed = fresh.post("/auth/refresh", headers=OWN)

    assert cookie.startswith("__Host-coupler-frame=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"):
        assert f"; {part}" in cookie, part
    assert "Domain" not in cookie
    assert (renewed.status_code, (renewed.json or {})["expires_in"]) == (200, 900)
    assert pane.world.get("/session", token=(renewed.json or {})["access_token"]).status_code == 200
    assert fresh.post("/auth/token", headers=OWN).status_code == 401
    assert pane.world.get("/session", token=value).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": PUBLIC_URL},
        {"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8001"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
def test_only_the_pane_itself_refreshes(pane: Pane, headers: dict[str, str]) -> None:
    pane.sign_in()

    refused = pane.browser.post("/auth/refresh", headers=headers)

    assert (refused.status_code, (refused.json or {})["code"]) == (403, "cross_site")


@pytest.mark.parametrize("path", ["/auth/ticket", "/auth/ticket/redeem"])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_no_other_site_deals_in_tickets(pane: Pane, path: str, site: str) -> None:
    answer = pane.browser.post(path, json={}, headers={"Sec-Fetch-Site": site, "Origin": PUBLIC_URL})

    assert (answer.status_code, (answer.json or {})["code"]) == (403, "cross_site")


def test_a_pane_stays_signed_in_for_ten_hours(pane: Pane) -> None:
    pane.sign_in()
    pane.world.clock.advance(hours=9, minutes=59)
    late = pane.browser.post("/auth/refresh", headers=OWN)
    pane.world.clock.advance(minutes=2)

    assert late.status_code == 200
    assert pane.browser.post("/auth/refresh", headers=OWN).status_code == 401


def test_signing_out_in_the_frame_ends_its_session(pane: Pane) -> None:
    pane.sign_in()
    pane.browser.post("/auth/sign-out", headers=OWN)

    assert pane.browser.post("/auth/refresh", headers=OWN).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "challenge"),
        ({"challenge": "short"}, "challenge"),
        ({"challenge": challenge() + "="}, "challenge"),
        ({"challenge": challenge()[:-1] + "+"}, "challenge"),
        ({"challenge": 7}, "challenge"),
        ({"challenge": challenge(), "context": {"system": "sap"}}, "context.system"),
        ({"challenge": challenge(), "context": {"name": "x"}}, "context.name"),
        ({"challenge": challenge(), "more": 1}, "more"),
    ],
)
def test_a_ticket_is_asked_for_properly(pane: Pane, body: dict[str, object], field: str) -> None:
    answer = pane.browser.post("/auth/ticket", json=body, headers=OWN)

    assert answer.status_code == 422
    assert field in (answer.json or {})["errors"]


def test_a_form_of_another_kind_is_not_read(pane: Pane) -> None:
    assert pane.browser.post("/auth/ticket", data="challenge=x", headers=OWN).status_code == 415
    assert pane.browser.post("/auth/ticket", data=b"{", content_type="application/json", headers=OWN).status_code == 400


def test_nothing_that_opens_anything_is_stored_as_it_is(pane: Pane) -> None:
    done = pane.sign_in()
    pane.ask()
    secrets = [
        pane.ticket,
        VERIFIER,
        (done.json or {})["access_token"],
        *re.findall(r"frame=([^;]+)", str(done.headers)),
    ]
    with pane.world.store.engine.connect() as connection:
        tables = ("sign_in_tickets", "sign_in_attempts", "sessions")
        rows = [connection.exec_driver_sql(f"SELECT * FROM {table}").all() for table in tables]

    assert len(secrets) == 4
    assert not [secret for secret in secrets if secret in repr(rows)]


def test_without_a_provider_no_ticket_is_given(store: Store, clock: SteppedClock) -> None:
    world = build(store, clock, with_provider=False)

    answer = world.browser().post("/auth/ticket", json={"challenge": challenge()}, headers=OWN)

    assert (answer.status_code, (answer.json or {})["code"]) == (503, "sign_in_not_configured")
