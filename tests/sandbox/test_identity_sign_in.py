"""Signing in with a browser: authorize, PKCE, refresh, sign-out (protocols 2.3, trap T1, T10, T11)."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from coupler.sandbox.identity.grants import code_challenge
from coupler.sandbox.identity.registry import COUPLER_APP, TENANT, USERS
from coupler.sandbox.server import Sandbox

REDIRECT = "http://localhost:8000/auth/callback"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
ANNA, _OSCAR, RITA, NORA = USERS


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.world.urls.identity}/{TENANT}/oauth2/v2.0/") as client:
        yield client


def request_of(**other: str) -> dict[str, str]:
    asked = {
        "client_id": COUPLER_APP.client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "openid profile offline_access api://coupler/access",
        "state": "state & more",
        "nonce": "n-1",
        "code_challenge": code_challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**asked, **other}.items() if value}


def answer_of(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 302, response.text
    place = urlsplit(response.headers["Location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(place.query).items()}


def sign_in(browser: httpx.Client, user: str = ANNA.upn, **other: str) -> str:
    response = browser.post("authorize", params=request_of(**other), data={"user": user})
    return answer_of(response)["code"]


def redeem(browser: httpx.Client, issued: str, **other: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": COUPLER_APP.client_id,
        "client_secret": COUPLER_APP.secret,
        "code": issued,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    return browser.post("token", data={**form, **other})


def refresh(browser: httpx.Client, token: str) -> httpx.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": COUPLER_APP.client_id,
        "client_secret": COUPLER_APP.secret,
        "refresh_token": token,
    }
    return browser.post("token", data=form)


def claims_of(sandbox: Sandbox, token: str) -> dict[str, Any]:
    keys = httpx.get(f"{sandbox.world.urls.identity}/{TENANT}/discovery/v2.0/keys").json()
    return jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).claims


def test_the_picker_offers_every_user_and_may_not_be_framed(browser: httpx.Client) -> None:
    page = browser.get("authorize", params=request_of())

    assert page.status_code == 200
    assert page.headers["X-Frame-Options"] == "DENY"
    for user in USERS:
        assert user.name in page.text
        assert f'value="{user.upn}"' in page.text


def test_the_form_of_the_picker_carries_the_whole_request_to_the_answer(browser: httpx.Client) -> None:
    page = browser.get("authorize", params=request_of())
    action = re.search(r'action="([^"]+)"', page.text)
    assert action

    response = browser.post(str(page.url.join(unescape(action[1]))), data={"user": RITA.upn})

    assert answer_of(response)["state"] == "state & more"


def test_a_click_on_a_person_gives_a_code_and_tokens_with_roles(sandbox: Sandbox, browser: httpx.Client) -> None:
    tokens = redeem(browser, sign_in(browser)).json()

    person = claims_of(sandbox, tokens["id_token"])
    assert person["aud"] == COUPLER_APP.client_id
    assert (person["name"], person["preferred_username"]) == (ANNA.name, ANNA.upn)
    assert (person["oid"], person["tid"], person["nonce"]) == (ANNA.oid, TENANT, "n-1")
    assert person["roles"] == ["Coupler.Admin"]
    access = claims_of(sandbox, tokens["access_token"])
    assert (access["aud"], access["scp"], access["roles"]) == ("api://coupler", "access", ["Coupler.Admin"])
    assert "idtyp" not in access


def test_a_person_without_a_role_has_no_roles_claim(sandbox: Sandbox, browser: httpx.Client) -> None:
    tokens = redeem(browser, sign_in(browser, NORA.upn)).json()

    assert "roles" not in claims_of(sandbox, tokens["access_token"])
    assert "roles" not in claims_of(sandbox, tokens["id_token"])


@pytest.mark.parametrize("name", [RITA.name, RITA.upn, RITA.upn.upper()])
def test_a_name_and_password_sign_in_as_well(browser: httpx.Client, name: str) -> None:
    form = {"username": name, "password": RITA.password}

    response = browser.post("authorize", params=request_of(), data=form)

    assert answer_of(response)["code"]


def test_a_wrong_password_shows_the_form_again(browser: httpx.Client) -> None:
    form = {"username": RITA.name, "password": "wrong"}

    response = browser.post("authorize", params=request_of(), data=form)

    assert response.status_code == 200
    assert "incorrect" in response.text


def test_the_second_sign_in_goes_through_at_once(browser: httpx.Client) -> None:
    sign_in(browser)

    assert answer_of(browser.get("authorize", params=request_of()))["code"]


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_a_prompt_asks_again_in_spite_of_the_session(browser: httpx.Client, prompt: str) -> None:
    sign_in(browser)

    assert "Pick an account" in browser.get("authorize", params=request_of(prompt=prompt)).text


def test_a_hint_at_somebody_else_asks_again(browser: httpx.Client) -> None:
    sign_in(browser)

    assert "Pick an account" in browser.get("authorize", params=request_of(login_hint=RITA.upn)).text
    assert answer_of(browser.get("authorize", params=request_of(login_hint=ANNA.upn)))["code"]


def test_silent_sign_in_without_a_session_is_login_required(browser: httpx.Client) -> None:
    answer = answer_of(browser.get("authorize", params=request_of(prompt="none")))

    assert answer["error"] == "login_required"
    assert answer["state"] == "state & more"


def test_silent_sign_in_with_a_session_gives_a_code(browser: httpx.Client) -> None:
    sign_in(browser)

    assert answer_of(browser.get("authorize", params=request_of(prompt="none")))["code"]


def test_signing_out_ends_the_session_and_goes_back(browser: httpx.Client) -> None:
    sign_in(browser)

    response = browser.get("logout", params={"post_logout_redirect_uri": "http://localhost:8000/"})

    assert response.headers["Location"] == "http://localhost:8000/"
    assert "Pick an account" in browser.get("authorize", params=request_of()).text


@pytest.mark.parametrize(
    "uri",
    ["https://evil.example/cb", "http://localhost@evil.example/", "http://localhost:8000/#x", "javascript:1", ""],
)
def test_a_foreign_redirect_address_is_never_used(browser: httpx.Client, uri: str) -> None:
    response = browser.get("authorize", params=request_of(redirect_uri=uri))

    assert response.status_code == 400
    assert "AADSTS50011" in response.text
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "openid https://api.businesscentral.dynamics.com/user_impersonation"}, "consent_required"),
        ({"scope": "https://nowhere.example/x"}, "invalid_resource"),
        ({"scope": "api://coupler/unheard-of"}, "invalid_scope"),
    ],
)
def test_a_fault_of_the_request_goes_back_to_the_client_with_its_state(
    browser: httpx.Client, change: dict[str, str], error: str
) -> None:
    answer = answer_of(browser.get("authorize", params=request_of(**change)))

    assert (answer["error"], answer["state"]) == (error, "state & more")


def test_an_answer_can_come_in_the_fragment_or_as_a_form(browser: httpx.Client) -> None:
    sign_in(browser)

    fragment = browser.get("authorize", params=request_of(response_mode="fragment"))
    form = browser.get("authorize", params=request_of(response_mode="form_post"))

    assert re.match(rf"{re.escape(REDIRECT)}#code=", fragment.headers["Location"])
    assert f'action="{REDIRECT}"' in form.text
    assert 'name="code"' in form.text


def test_a_code_is_redeemed_once(browser: httpx.Client) -> None:
    code = sign_in(browser)

    assert redeem(browser, code).status_code == 200
    again = redeem(browser, code).json()
    assert (again["error"], again["error_codes"]) == ("invalid_grant", [54005])


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "another-verifier-that-does-not-fit-the-challenge"},
        {"code_verifier": ""},
        {"redirect_uri": "http://localhost:8000/auth/other"},
        {"code": "made-up"},
    ],
)
def test_t11_a_code_needs_its_verifier_and_its_redirect_address(browser: httpx.Client, change: dict[str, str]) -> None:
    answer = redeem(browser, sign_in(browser), **change)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_grows_old(sandbox: Sandbox, browser: httpx.Client) -> None:
    code = sign_in(browser)

    sandbox.world.clock.shift(601)

    assert redeem(browser, code).json()["error_codes"] == [70008]


def test_t10_refresh_tokens_rotate_and_the_old_one_dies(browser: httpx.Client) -> None:
    first = redeem(browser, sign_in(browser)).json()

    second = refresh(browser, first["refresh_token"]).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert refresh(browser, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(browser, second["refresh_token"]).status_code == 200


def test_t10_without_rotation_no_new_refresh_token_comes_and_the_old_one_stays(
    sandbox: Sandbox, browser: httpx.Client
) -> None:
    sandbox.world.switches.rotate_refresh_tokens = False
    first = redeem(browser, sign_in(browser)).json()

    second = refresh(browser, first["refresh_token"]).json()

    assert "refresh_token" not in second
    assert refresh(browser, first["refresh_token"]).status_code == 200


def test_without_offline_access_there_is_no_refresh_token(browser: httpx.Client) -> None:
    tokens = redeem(browser, sign_in(browser, scope="openid api://coupler/access")).json()

    assert "refresh_token" not in tokens
    assert "id_token" in tokens


def test_openid_scopes_alone_give_a_token_for_another_resource_than_coupler(
    sandbox: Sandbox, browser: httpx.Client
) -> None:
    tokens = redeem(browser, sign_in(browser, scope="openid profile")).json()

    assert claims_of(sandbox, tokens["access_token"])["aud"] == "https://graph.microsoft.com"
    userinfo = httpx.get(
        f"{sandbox.world.urls.identity}/oidc/userinfo",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    assert userinfo.json()["name"] == ANNA.name


def test_a_name_in_the_page_is_text(browser: httpx.Client) -> None:
    page = browser.get("authorize", params=request_of(login_hint='"><script>alert(1)</script>'))

    assert "<script>" not in page.text
