"""Signing in with a browser, the pane's bearer, and signing out."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from tests.api.world import BROWSER, World, build
from tests.fakes.clock import SteppedClock

from coupler.api.sign_in import local_path
from coupler.engine.ports import Identity
from coupler.storage import Store

RITA = Identity("r1", "Rita", ("Coupler.Reader",))
OWN = {"Sec-Fetch-Site": "same-origin"}


def signed_in(world: World, browser: FlaskClient, return_to: str = "/users") -> str:
    """Go through the provider as Rita; where the browser ends up."""
    away = browser.get(f"/auth/sign-in?return_to={return_to}", headers=BROWSER)
    back = browser.get(world.provider.approve(away.headers["Location"], RITA), headers=BROWSER)
    assert back.status_code == 302, back.text
    return back.headers["Location"]


def test_a_person_signs_in_and_the_pane_gets_a_bearer(world: World) -> None:
    browser = world.browser()

    place = signed_in(world, browser)
    token = browser.post("/auth/token", headers=OWN)
    session = world.get("/session", token=(token.json or {})["access_token"])

    assert place == "/users"
    assert token.status_code == 200
    assert (token.json or {})["token_type"] == "Bearer"
    assert (token.json or {})["expires_in"] == 900
    assert token.headers["Cache-Control"] == "no-store"
    assert (session.json or {})["name"] == "Rita"


def test_the_pane_is_told_in_json_when_nobody_is_signed_in(world: World) -> None:
    answer = world.browser().post("/auth/token", headers={**OWN, "Accept": "application/json"})

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert (answer.json or {})["code"] == "not_signed_in"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:8000"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Origin": "null"},
    ],
)
def test_no_other_site_gets_a_bearer_or_signs_anybody_out(world: World, headers: dict[str, str]) -> None:
    browser = world.browser()
    signed_in(world, browser)

    token = browser.post("/auth/token", headers=headers)
    out = browser.post("/auth/sign-out", headers=headers)

    assert (token.status_code, (token.json or {})["code"]) == (403, "cross_site")
    assert out.status_code == 403
    assert browser.post("/auth/token", headers={"Origin": "http://localhost:8000"}).status_code == 200


def test_a_cookie_alone_is_no_key_to_the_api(world: World) -> None:
    browser = world.browser()
    signed_in(world, browser)

    assert browser.get("/api/v1/session").status_code == 401


def test_signing_out_ends_the_session_here_and_tells_where_the_provider_ends_its_own(world: World) -> None:
    browser = world.browser()
    signed_in(world, browser)

    out = browser.post("/auth/sign-out", headers={**BROWSER, **OWN})

    provider = "https://login.example/logout?post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fsigned-out"
    assert out.status_code == 200
    assert (
        "https://login.example/logout?post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fsigned-out" in out.text
    )
    assert browser.post("/auth/token", headers=OWN).status_code == 401
    assert world.browser().post("/auth/sign-out", headers=OWN).json == {"end_session_url": provider}


def test_a_session_ends_after_ten_hours_and_a_bearer_after_fifteen_minutes(world: World) -> None:
    browser = world.browser()
    signed_in(world, browser)
    bearer = (browser.post("/auth/token", headers=OWN).json or {})["access_token"]

    world.clock.advance(minutes=16)
    late = world.get("/session", token=bearer)
    renewed = browser.post("/auth/token", headers=OWN)
    world.clock.advance(hours=10)

    assert late.status_code == 401
    assert renewed.status_code == 200
    assert browser.post("/auth/token", headers=OWN).status_code == 401


def test_a_sign_in_ends_only_in_the_browser_that_began_it_and_only_once_t11(world: World) -> None:
    mine, other = world.browser(), world.browser()
    away = mine.get("/auth/sign-in")
    back = world.provider.approve(away.headers["Location"], RITA)

    foreign = other.get(back, headers=BROWSER)
    first = mine.get(back, headers=BROWSER)
    second = mine.get(back, headers=BROWSER)

    assert (foreign.status_code, foreign.mimetype) == (401, "text/html")
    assert first.status_code == 302
    assert second.status_code == 401
    assert 'href="/auth/sign-in"' in second.text


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_tabs_that_sign_in_at_once_both_arrive_t11(world: World, order: tuple[int, int]) -> None:
    browser = world.browser()
    places = ("/open/nav/salesperson/PS", "/open/nav/salesperson/AH")
    backs = [
        world.provider.approve(browser.get(f"/auth/sign-in?return_to={place}").headers["Location"], RITA)
        for place in places
    ]

    ends = [browser.get(backs[tab], headers=BROWSER).headers.get("Location") for tab in order]

    assert ends == [places[tab] for tab in order]
    assert [browser.get(back, headers=BROWSER).status_code for back in backs] == [401, 401], "each only once"


def test_a_sign_in_may_not_take_longer_than_ten_minutes(world: World) -> None:
    browser = world.browser()
    away = browser.get("/auth/sign-in")
    world.clock.advance(minutes=11)

    answer = browser.get(world.provider.approve(away.headers["Location"], RITA), headers=BROWSER)

    assert answer.status_code == 401


def test_a_forged_state_is_refused(world: World) -> None:
    browser = world.browser()
    away = browser.get("/auth/sign-in")
    back = world.provider.approve(away.headers["Location"], RITA)

    assert browser.get(f"{back}x", headers=BROWSER).status_code == 401


def test_a_refusal_of_the_provider_is_told_without_its_text(world: World) -> None:
    path = "/auth/callback?error=access_denied&error_description=<script>alert(1)</script>"
    odd = world.browser().get("/auth/callback?error=<b>x</b>", headers=BROWSER)

    answer = world.browser().get(path, headers=BROWSER)

    assert answer.status_code == odd.status_code == 401
    assert "access_denied" in answer.text
    assert "alert" not in answer.text
    assert "<b>" not in odd.text


def test_a_provider_that_is_down_is_told_as_such(world: World) -> None:
    browser = world.browser()
    away = browser.get("/auth/sign-in")
    back = world.provider.approve(away.headers["Location"], RITA)
    world.provider.is_down = True

    answer = browser.get(back, headers=BROWSER)

    assert answer.status_code == 503
    assert "identity provider does not answer" in answer.text


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "evil",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "/\t/evil.example",
        "http:/evil.example",
        "///evil.example",
        "/auth/start?ticket=x",
        "/" + "a" * 3000,
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(return_to: str) -> None:
    assert local_path(return_to) == "/"


@pytest.mark.parametrize("return_to", ["/", "/users?connection=cronus", "/open/nav/salesperson/A%2FB?company=A%20%26"])
def test_signing_in_leads_back_to_a_path_of_ours_as_it_was(return_to: str) -> None:
    assert local_path(return_to) == return_to


def test_cookies_are_ours_alone_and_bound_to_the_host_on_https(store: Store, clock: SteppedClock) -> None:
    world = build(store, clock, public_url="https://coupler.example")
    browser = world.app.test_client()

    away = browser.get("/auth/sign-in", base_url="https://coupler.example")
    back = world.provider.approve(away.headers["Location"], RITA)
    done = browser.get(back, base_url="https://coupler.example")

    attempt = away.headers["Set-Cookie"]
    session = next(line for line in done.headers.getlist("Set-Cookie") if "session" in line)
    for cookie in (attempt, session):
        assert cookie.startswith("__Host-coupler-")
        assert "; Secure" in cookie
        assert "; HttpOnly" in cookie
        assert "; Path=/" in cookie
        assert "; SameSite=Lax" in cookie
        assert "Domain" not in cookie
    assert "Max-Age=600" in attempt
    assert done.headers["Strict-Transport-Security"]


def test_without_a_provider_a_page_says_which_settings_are_missing(store: Store, clock: SteppedClock) -> None:
    world = build(store, clock, with_provider=False)

    page = world.browser().get("/auth/sign-in", headers=BROWSER)
    start = world.browser().get("/", headers=BROWSER)

    assert page.status_code == 503
    for setting in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "AUDIENCE"):
        assert f"COUPLER_OIDC_{setting}" in page.text
    assert "no OpenID Connect provider is set up" in start.text


def test_the_start_page_greets_and_signs_out(world: World) -> None:
    browser = world.browser()
    stranger = browser.get("/", headers=BROWSER)
    signed_in(world, browser)
    friend = browser.get("/", headers=BROWSER)

    assert 'href="/auth/sign-in"' in stranger.text
    assert "Rita" in friend.text
    assert 'action="/auth/sign-out"' in friend.text
