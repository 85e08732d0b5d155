"""Signing in by OpenID Connect: what is sent, which tokens are believed, when keys are fetched (trust 3.2, 3.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey
from tests.connectors.conftest import json

from coupler.connectors.oidc import OpenIdProvider
from coupler.domain.errors import NotSignedIn, Unavailable, UnexpectedAnswer

ISSUER = "https://login.test/tenant/v2.0"
CLIENT, AUDIENCE, SECRET = "coupler-client", "api://coupler", "s3cret&+ text"
NOW = 1_800_000_000
KEYS = {name: RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("one", "two")}
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})


class Clock:
    """Wall clock that stands, monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(NOW, UTC)

    def __call__(self) -> float:
        return self.seconds


class Provider:
    """An OpenID Connect provider: metadata, keys, and a token endpoint that answers with what it is told."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.test/authorize?p=1",
            "token_endpoint": "https://login.test/token",
            "jwks_uri": "https://keys.test/keys",
            "end_session_endpoint": "https://login.test/logout",
        }
        self.keys: list[Any] = [KEYS["one"], CURVE]
        self.token_answer: httpx.Response = json({})
        self.is_down = False
        self.paths: list[str] = []
        self.forms: list[httpx.Request] = []
        self.pause = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if self.is_down:
            raise httpx.ConnectError("refused")
        threading.Event().wait(self.pause)
        if request.url.path.endswith("/.well-known/openid-configuration"):
            return json(self.metadata)
        if request.url.path == "/keys":
            return json(
                {"keys": [key.as_dict(private=False) if not isinstance(key, dict) else key for key in self.keys]}
            )
        self.forms.append(request)
        return self.token_answer


@pytest.fixture
def far() -> Provider:
    return Provider()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(far: Provider, clock: Clock) -> OpenIdProvider:
    return made(far, clock)


def made(far: Provider, clock: Clock, **other: str) -> OpenIdProvider:
    settings = {
        "issuer": ISSUER, "client_id": CLIENT, "client_secret": SECRET, "audience": AUDIENCE, "roles_claim": "roles",
    } | other  # fmt: skip
    return OpenIdProvider(**settings, clock=clock, monotonic=clock, transport=httpx.MockTransport(far))


def claims(**other: Any) -> dict[str, Any]:
    given = {
        "iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 600, "iat": NOW - 5, "nbf": NOW - 5, "sub": "subject",
        "tid": "tenant-1", "oid": "person-1", "name": "Anna Admin", "scp": "access", "roles": ["Coupler.Admin"],
        "email": "anna@cronus.example", "preferred_username": "anna@cronus.example",
    } | other  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def signed(given: Mapping[str, Any], key: Key = KEYS["one"], alg: str = "RS256", **header: Any) -> str:
    head = {"alg": alg, "kid": key.kid, **header}
    return jwt.encode({name: value for name, value in head.items() if value is not None}, dict(given), key, [alg])


def test_an_access_token_names_the_person_by_directory_and_object_id(provider: OpenIdProvider) -> None:
    identity = provider.verify(signed(claims()))

    assert (identity.subject, identity.name, identity.roles) == ("tenant-1|person-1", "Anna Admin", ("Coupler.Admin",))


def test_without_directory_and_object_id_the_person_is_issuer_and_subject(provider: OpenIdProvider) -> None:
    identity = provider.verify(signed(claims(tid=None, oid=None, name=None)))

    assert (identity.subject, identity.name) == (f"{ISSUER}|subject", "anna@cronus.example")


@pytest.mark.parametrize(("key", "alg"), [(KEYS["one"], "RS256"), (KEYS["one"], "PS256"), (CURVE, "ES256")])
def test_signatures_by_a_private_key_of_the_provider_are_believed(
    provider: OpenIdProvider, key: RSAKey | ECKey, alg: str
) -> None:
    assert provider.verify(signed(claims(), key, alg)).subject == "tenant-1|person-1"


@pytest.mark.parametrize("given", [{"aud": CLIENT}, {"aud": ["other", AUDIENCE]}, {"nbf": None}, {"exp": NOW - 30}])
def test_tokens_that_are_ours_are_believed(provider: OpenIdProvider, given: dict[str, Any]) -> None:
    assert provider.verify(signed(claims(**given))).subject == "tenant-1|person-1"


@pytest.mark.parametrize(
    "given",
    [
        {"iss": "https://login.test/other/v2.0"}, {"iss": ISSUER + "/"}, {"iss": None},
        {"aud": "https://graph.microsoft.com"}, {"aud": None}, {"aud": []}, {"aud": "api://coupler2"},
        {"exp": NOW - 61}, {"exp": None}, {"exp": "never"}, {"exp": True},
        {"nbf": NOW + 61}, {"iat": NOW + 61}, {"iat": None}, {"iat": "x"}, {"sub": None},
    ],
)  # fmt: skip
def test_a_token_of_another_issuer_audience_or_time_is_refused(provider: OpenIdProvider, given: dict[str, Any]) -> None:
    with pytest.raises(NotSignedIn):
        provider.verify(signed(claims(**given)))


@pytest.mark.parametrize(
    ("given", "header", "is_access"),
    [
        ({"aud": CLIENT, "scp": None, "nonce": "n"}, {}, False),
        ({"aud": CLIENT, "scp": None}, {}, False),
        ({"aud": CLIENT, "scp": None, "at_hash": "h"}, {}, False),
        ({"aud": CLIENT, "typ": "ID", "scope": "openid"}, {}, False),
        ({"nonce": "n"}, {}, False),
        ({"scp": None, "scope": "openid access"}, {}, True),
        ({"scp": None, "idtyp": "app"}, {}, True),
        ({"scp": None, "typ": "Bearer", "nonce": "n"}, {}, True),
        ({"scp": None}, {"typ": "at+jwt"}, True),
    ],
)
def test_an_id_token_is_no_access_token(
    provider: OpenIdProvider, given: dict[str, Any], header: dict[str, str], is_access: bool
) -> None:
    token = signed(claims(**given), **header)

    if is_access:
        assert provider.verify(token).subject
        return
    with pytest.raises(NotSignedIn, match="ID token"):
        provider.verify(token)


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def test_no_signature_and_signatures_by_a_shared_secret_are_refused(provider: OpenIdProvider) -> None:
    head, body = encoded(b'{"alg":"HS256","kid":"one"}'), encoded(json(claims()).content)
    none = encoded(b'{"alg":"none","kid":"one"}')
    by_public_key, by_our_secret = (
        f"{head}.{body}.{encoded(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"
        for secret in (KEYS["one"].as_pem(private=False), SECRET.encode())
    )
    unsigned = f"{none}.{body}."

    for token in (by_public_key, by_our_secret, unsigned):
        with pytest.raises(NotSignedIn):
            provider.verify(token)


def test_a_key_inside_the_token_is_never_used(provider: OpenIdProvider) -> None:
    foreign = RSAKey.generate_key(2048, {"kid": "one"})
    embedded = signed(claims(), foreign, jwk=foreign.as_dict(private=False))
    linked = signed(claims(), foreign, jku="https://evil.test/keys")

    for token in (embedded, linked):
        with pytest.raises(NotSignedIn):
            provider.verify(token)


def test_an_unknown_critical_header_is_refused(provider: OpenIdProvider) -> None:
    head = encoded(b'{"alg":"RS256","kid":"one","crit":["x"],"x":1}')

    with pytest.raises(NotSignedIn):
        provider.verify(f"{head}.{signed(claims()).partition('.')[2]}")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "a." * 9000, "é.b.c", "eyJhbGciOiJSUzI1NiJ9.e30."])
def test_what_is_no_token_is_refused(provider: OpenIdProvider, token: str) -> None:
    with pytest.raises(NotSignedIn):
        provider.verify(token)


def test_a_token_beyond_16_kilobytes_is_not_looked_at(provider: OpenIdProvider, far: Provider) -> None:
    with pytest.raises(NotSignedIn):
        provider.verify(signed(claims(padding="x" * 17_000)))

    assert far.paths == []


def test_a_changed_signature_is_refused(provider: OpenIdProvider) -> None:
    token = signed(claims())

    with pytest.raises(NotSignedIn, match="signature"):
        provider.verify(token[:-8] + ("A" * 8 if token[-8:] != "A" * 8 else "B" * 8))


def test_keys_are_fetched_once_a_day(provider: OpenIdProvider, far: Provider, clock: Clock) -> None:
    for _ in range(5):
        provider.verify(signed(claims()))
    assert far.paths.count("/keys") == 1

    clock.seconds += 25 * 3600
    provider.verify(signed(claims()))

    assert far.paths.count("/keys") == 2


def test_an_unknown_key_is_looked_up_at_most_once_in_five_minutes(
    provider: OpenIdProvider, far: Provider, clock: Clock
) -> None:
    provider.verify(signed(claims()))
    clock.seconds += 301
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            provider.verify(signed(claims(), KEYS["two"]))
    assert far.paths.count("/keys") == 2

    far.keys.append(KEYS["two"])
    clock.seconds += 301

    assert provider.verify(signed(claims(), KEYS["two"])).subject
    assert far.paths.count("/keys") == 3


def test_many_threads_fetch_the_keys_once(provider: OpenIdProvider, far: Provider) -> None:
    far.pause = 0.05
    token = signed(claims())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(provider.verify, [token] * 16))

    assert far.paths.count("/keys") == 1


def test_the_last_good_keys_serve_while_the_provider_is_away(
    provider: OpenIdProvider, far: Provider, clock: Clock
) -> None:
    provider.verify(signed(claims()))
    far.is_down = True
    clock.seconds += 25 * 3600

    assert provider.verify(signed(claims())).subject


def test_without_any_key_the_provider_is_unavailable(provider: OpenIdProvider, far: Provider) -> None:
    far.is_down = True

    with pytest.raises(Unavailable):
        provider.verify(signed(claims()))


def test_keys_for_encryption_and_unknown_kinds_are_left_out(provider: OpenIdProvider, far: Provider) -> None:
    encryption = {**KEYS["two"].as_dict(private=False), "use": "enc"}
    far.keys = [{"kty": "AKP", "kid": "new"}, encryption, {"kty": "RSA", "kid": "broken"}, KEYS["one"]]

    assert provider.verify(signed(claims())).subject
    with pytest.raises(NotSignedIn):
        provider.verify(signed(claims(), KEYS["two"]))


def test_a_token_without_key_id_needs_a_provider_with_one_key(provider: OpenIdProvider, far: Provider) -> None:
    token = signed(claims(), kid=None)
    with pytest.raises(NotSignedIn):
        provider.verify(token)

    far.keys = [KEYS["one"]]

    assert made(far, Clock()).verify(token).subject


def test_metadata_of_another_issuer_is_refused(provider: OpenIdProvider, far: Provider) -> None:
    far.metadata["issuer"] = "https://login.test/common/v2.0"

    with pytest.raises(UnexpectedAnswer, match="COUPLER_OIDC_ISSUER"):
        provider.authorization_url(state="s", nonce="n", verifier="v" * 43, redirect_uri="https://c.test/cb")


def test_endpoints_weaker_than_the_issuer_are_refused(provider: OpenIdProvider, far: Provider) -> None:
    far.metadata["token_endpoint"] = "http://login.test/token"

    with pytest.raises(UnexpectedAnswer, match="token_endpoint"):
        provider.redeem(code="c", nonce="n", verifier="v" * 43, redirect_uri="https://c.test/cb")


def test_ad_fs_signs_access_tokens_under_the_name_its_metadata_tells(provider: OpenIdProvider, far: Provider) -> None:
    far.metadata["access_token_issuer"] = "http://adfs.test/adfs/services/trust"

    assert provider.verify(signed(claims(iss="http://adfs.test/adfs/services/trust"))).subject


VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"


def test_t11_the_browser_is_sent_with_a_challenge_and_never_with_the_verifier(provider: OpenIdProvider) -> None:
    url = provider.authorization_url(state="s t", nonce="n", verifier=VERIFIER, redirect_uri="https://c.test/cb?x=1")

    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    challenge = encoded(hashlib.sha256(VERIFIER.encode()).digest())
    assert url.startswith("https://login.test/authorize?p=1&")
    assert VERIFIER not in url
    assert query | {"p": "1"} == {
        "p": "1", "response_type": "code", "client_id": CLIENT, "redirect_uri": "https://c.test/cb?x=1",
        "scope": "openid profile email", "state": "s t", "nonce": "n", "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip


def id_claims(**other: Any) -> dict[str, Any]:
    return claims(**({"aud": CLIENT, "nonce": "n-1", "scp": None} | other))


def redeem(provider: OpenIdProvider) -> Any:
    return provider.redeem(code="the-code", nonce="n-1", verifier=VERIFIER, redirect_uri="https://c.test/cb")


def test_a_code_is_redeemed_with_the_verifier_and_the_secret_in_the_form(
    provider: OpenIdProvider, far: Provider
) -> None:
    far.token_answer = json({"id_token": signed(id_claims()), "access_token": "x", "token_type": "Bearer"})

    identity = redeem(provider)

    assert (identity.subject, identity.roles) == ("tenant-1|person-1", ("Coupler.Admin",))
    form = {name: values[0] for name, values in parse_qs(far.forms[0].content.decode()).items()}
    assert form == {
        "grant_type": "authorization_code", "code": "the-code", "redirect_uri": "https://c.test/cb",
        "code_verifier": VERIFIER, "scope": "openid profile email", "client_id": CLIENT, "client_secret": SECRET,
    }  # fmt: skip


def test_a_provider_that_wants_the_secret_in_a_header_gets_it_encoded_there(
    provider: OpenIdProvider, far: Provider
) -> None:
    far.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_basic"]
    far.token_answer = json({"id_token": signed(id_claims())})

    redeem(provider)

    sent = base64.b64decode(far.forms[0].headers["Authorization"].removeprefix("Basic ")).decode()
    assert sent == "coupler-client:s3cret%26%2B%20text"
    assert b"client_secret" not in far.forms[0].content


@pytest.mark.parametrize(
    "given",
    [{"nonce": "other"}, {"nonce": None}, {"aud": AUDIENCE}, {"iss": "https://x.test"}, {"exp": NOW - 100},
     {"aud": [CLIENT, "other"], "azp": "other"}],
)  # fmt: skip
def test_an_id_token_for_another_sign_in_is_refused(
    provider: OpenIdProvider, far: Provider, given: dict[str, Any]
) -> None:
    far.token_answer = json({"id_token": signed(id_claims(**given))})

    with pytest.raises(NotSignedIn):
        redeem(provider)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json({"error": "invalid_grant", "error_codes": [54005]}, 400), NotSignedIn),
        (json({"error": "invalid_client", "error_codes": [7000215]}, 401), NotSignedIn),
        (json({"access_token": "x"}), Unavailable),
        (httpx.Response(200, html="<html>"), Unavailable),
        (httpx.Response(503), Unavailable),
    ],
)
def test_a_code_that_brings_no_id_token_is_sent_once_and_signs_nobody_in(
    provider: OpenIdProvider, far: Provider, answer: httpx.Response, error: type[Exception]
) -> None:
    far.token_answer = answer

    with pytest.raises(error) as caught:
        redeem(provider)

    assert len(far.forms) == 1
    assert SECRET not in str(caught.value)
    assert "the-code" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "given", "roles"),
    [
        ("roles", {"roles": ["a", 1, "b"]}, ("a", "b")),
        ("roles", {"roles": "a b"}, ("a", "b")),
        ("roles", {"roles": None}, ()),
        ("realm_access.roles", {"realm_access": {"roles": ["Coupler.Reader"]}}, ("Coupler.Reader",)),
        ("realm_access.roles", {"realm_access": "x"}, ()),
        ("https://c.test/roles", {"https://c.test/roles": ["Coupler.Reader"]}, ("Coupler.Reader",)),
    ],
)
def test_roles_come_from_a_named_claim_or_a_path(
    far: Provider, clock: Clock, path: str, given: dict[str, Any], roles: tuple[str, ...]
) -> None:
    assert made(far, clock, roles_claim=path).verify(signed(claims(**given))).roles == roles


def test_signing_out_leads_to_the_provider_and_back(provider: OpenIdProvider, far: Provider) -> None:
    url = provider.end_session_url("https://c.test/?a=b")

    assert (
        url == f"https://login.test/logout?post_logout_redirect_uri=https%3A%2F%2Fc.test%2F%3Fa%3Db&client_id={CLIENT}"
    )
    del far.metadata["end_session_endpoint"]
    assert made(far, Clock()).end_session_url("https://c.test/") is None


def test_a_provider_that_is_away_does_not_keep_anybody_from_signing_out(
    provider: OpenIdProvider, far: Provider
) -> None:
    far.is_down = True

    assert provider.end_session_url("https://c.test/") is None
