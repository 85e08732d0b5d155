"""Signing in at the sandbox's identity provider, and with its access tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.contracts.connector_sandbox import WallClock

from coupler.connectors.oidc import OpenIdProvider
from coupler.domain.errors import NotSignedIn
from coupler.sandbox.server import Sandbox

REDIRECT = "http://localhost:8000/auth/callback"
AUDIENCE = "api://coupler"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def provider(sandbox: Sandbox) -> Iterator[OpenIdProvider]:
    told = sandbox.description["identity"]
    made = OpenIdProvider(
        issuer=told["issuer"], client_id=told["client_id"], client_secret=told["client_secret"], audience=AUDIENCE,
        roles_claim="roles", clock=WallClock(),
    )  # fmt: skip
    yield made
    made.close()


def code_for(provider: OpenIdProvider, user: str, nonce: str, verifier: str) -> str:
    url = provider.authorization_url(state="s", nonce=nonce, verifier=verifier, redirect_uri=REDIRECT)
    answer = httpx.post(url, data={"user": user})
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


@pytest.mark.parametrize("number", range(4))
def test_everybody_signs_in_with_their_own_roles(sandbox: Sandbox, provider: OpenIdProvider, number: int) -> None:
    user = sandbox.description["identity"]["users"][number]
    nonce, verifier = secrets.token_urlsafe(), secrets.token_urlsafe(48)

    identity = provider.redeem(
        code=code_for(provider, user["name"], nonce, verifier), nonce=nonce, verifier=verifier, redirect_uri=REDIRECT
    )

    assert (identity.name, list(identity.roles)) == (user["name"], user["roles"])
    assert "|" in identity.subject


def test_t11_a_code_without_its_verifier_or_used_twice_signs_nobody_in(
    sandbox: Sandbox, provider: OpenIdProvider
) -> None:
    user = sandbox.description["identity"]["users"][0]["name"]
    nonce, verifier = secrets.token_urlsafe(), secrets.token_urlsafe(48)
    stolen = code_for(provider, user, nonce, verifier)
    with pytest.raises(NotSignedIn):
        provider.redeem(code=stolen, nonce=nonce, verifier=secrets.token_urlsafe(48), redirect_uri=REDIRECT)

    code = code_for(provider, user, nonce, verifier)
    provider.redeem(code=code, nonce=nonce, verifier=verifier, redirect_uri=REDIRECT)
    with pytest.raises(NotSignedIn):
        provider.redeem(code=code, nonce=nonce, verifier=verifier, redirect_uri=REDIRECT)


def test_a_nonce_of_another_sign_in_signs_nobody_in(sandbox: Sandbox, provider: OpenIdProvider) -> None:
    user = sandbox.description["identity"]["users"][0]["name"]
    verifier = secrets.token_urlsafe(48)
    code = code_for(provider, user, "mine", verifier)

    with pytest.raises(NotSignedIn):
        provider.redeem(code=code, nonce="another", verifier=verifier, redirect_uri=REDIRECT)


def token(sandbox: Sandbox, client: dict[str, str], scope: str) -> str:
    told = sandbox.description["crm"]
    form = {"grant_type": "client_credentials", "scope": scope, **client}
    return str(httpx.post(told["token_url"], data=form).raise_for_status().json()["access_token"])


def test_a_program_signs_in_with_its_own_token_for_our_audience(sandbox: Sandbox, provider: OpenIdProvider) -> None:
    from coupler.sandbox.identity.registry import SCRIPT_APP

    client = {"client_id": SCRIPT_APP.client_id, "client_secret": SCRIPT_APP.secret}

    identity = provider.verify(token(sandbox, client, f"{AUDIENCE}/.default"))

    assert identity.roles == ("Coupler.Operator",)


def test_a_token_for_the_crm_does_not_open_coupler(sandbox: Sandbox, provider: OpenIdProvider) -> None:
    told = sandbox.description["crm"]
    client = {"client_id": told["client_id"], "client_secret": told["client_secret"]}

    with pytest.raises(NotSignedIn):
        provider.verify(token(sandbox, client, told["scope"]))


def test_signing_out_goes_by_the_provider(sandbox: Sandbox, provider: OpenIdProvider) -> None:
    url = provider.end_session_url("http://localhost:8000/")

    assert url is not None
    assert url.startswith(sandbox.world.urls.identity)
