"""Tokens going out: rows T of protocols section 6."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.connectors.conftest import Vendor, fault, json, make_http

from coupler.connectors.answers import Call, Party
from coupler.connectors.http import Http
from coupler.connectors.oauth import BearerAuth, TokenSource, client_credentials, token_failure
from coupler.connectors.origins import Root
from coupler.connectors.redaction import Redactor
from coupler.domain.connection import SignIn, SignInKind
from coupler.domain.errors import (
    ConnectorError,
    CredentialsRefused,
    PermissionDenied,
    RateLimited,
    Unavailable,
    UnexpectedAnswer,
)

TOKEN_URL = "https://login.test/tenant/oauth2/v2.0/token"
SECRET = "a%b+c:d&e=ø;/?~ secret"
NOW = datetime(2026, 11, 9, 10, tzinfo=UTC)


@dataclass
class SteppedClock:
    """A monotonic clock moved by hand, and a wall clock that stands."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW


@dataclass
class Issuer:
    """A token service: numbered tokens, counted."""

    life: object = 3599
    issued: int = 0
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.before()
        self.issued += 1
        self.forms.append(parse_qs(request.content.decode(), keep_blank_values=True))
        body = {"token_type": "Bearer", "access_token": f"token-{self.issued}"}
        return json(body if self.life is None else {**body, "expires_in": self.life})


def sign_in(
    kind: SignInKind = SignInKind.CLIENT_SECRET,
    scope: str | None = "https://org.test/.default",
    resource: str | None = None,
) -> SignIn:
    return SignIn(kind, TOKEN_URL, "client-1", scope, resource)


def source_of(
    vendor: Callable[[httpx.Request], httpx.Response],
    clock: SteppedClock | None = None,
    way: SignIn | None = None,
    secrets: dict[str, str] | None = None,
) -> TokenSource:
    clock, way = clock or SteppedClock(), way or sign_in()
    party = Party("crm", "The token service of CRM", Redactor.of([SECRET]))
    transport = httpx.MockTransport(vendor)
    http = Http(party, Root(TOKEN_URL), translate=token_failure(way.scope or ""), transport=transport)
    return TokenSource(http, client_credentials(way, secrets or {"client_secret": SECRET}, clock), clock)


def test_t7_the_secret_goes_into_the_form_whatever_letters_it_has() -> None:
    issuer = Issuer()

    assert source_of(issuer).token() == "token-1"

    assert issuer.forms == [
        {
            "grant_type": ["client_credentials"], "scope": ["https://org.test/.default"],
            "client_id": ["client-1"], "client_secret": [SECRET],
        }
    ]  # fmt: skip


def test_the_resource_of_ad_fs_takes_the_place_of_a_scope() -> None:
    issuer = Issuer()

    source_of(issuer, way=sign_in(scope=None, resource="https://org.test/")).token()

    assert issuer.forms[0]["resource"] == ["https://org.test/"]
    assert "scope" not in issuer.forms[0]


def test_t1_many_threads_fetch_one_token() -> None:
    issuer = Issuer(before=lambda: threading.Event().wait(0.05))
    source = source_of(issuer)

    with ThreadPoolExecutor(12) as pool:
        tokens = set(pool.map(lambda _: source.token(), range(48)))

    assert (tokens, issuer.issued) == ({"token-1"}, 1)


def test_t1_t4_many_threads_with_a_revoked_token_fetch_one_new_token() -> None:
    issuer = Issuer()
    source = source_of(issuer)
    old = source.token()

    with ThreadPoolExecutor(12) as pool:
        tokens = set(pool.map(lambda _: source.renewed(old), range(48)))

    assert (tokens, issuer.issued) == ({"token-2"}, 2)


@pytest.mark.parametrize(("life", "kept", "renewed"), [(3599, 3298, 3300), (400, 199, 201), (5, 2.4, 2.6)])
def test_t2_t3_a_token_is_renewed_300_seconds_before_its_end_or_at_half_its_life(
    life: int, kept: float, renewed: float
) -> None:
    clock, issuer = SteppedClock(), Issuer(life=life)
    source = source_of(issuer, clock)
    source.token()

    clock.seconds = 1000 + kept
    assert source.token() == "token-1"
    clock.seconds = 1000 + renewed
    assert source.token() == "token-2"


@pytest.mark.parametrize(("told", "life"), [("3599", 3299), (None, 150), ("soon", 150), (-1, 150), (True, 150)])
def test_t9_a_life_told_as_text_or_not_at_all(told: object, life: float) -> None:
    clock, issuer = SteppedClock(), Issuer(life=told)
    source = source_of(issuer, clock)
    source.token()

    clock.seconds = 1000 + life - 1
    assert source.token() == "token-1"
    clock.seconds = 1000 + life + 1
    assert source.token() == "token-2"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx.Response(200, html="<html>Sign in</html>"), "JSON"),
        (httpx.Response(200, content=b""), "JSON"),
        (json([1]), "no access token"),
        (json({"token_type": "Bearer"}), "no access token"),
        (json({"access_token": "x", "token_type": "mac"}), "no bearer"),
        (httpx.Response(404, html="<h1>Not here</h1>"), "token URL"),
        (json({"error": {"code": 1}}, 400), "token URL"),
    ],
)
def test_t8_an_answer_that_is_no_token_is_a_clear_error(answer: httpx.Response, says: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=says):
        source_of(Vendor([answer])).token()


def test_t8_the_content_type_is_not_trusted_and_the_kind_is_compared_in_any_case() -> None:
    body = b'{"access_token": "x", "token_type": "bearer"}'

    assert source_of(Vendor([httpx.Response(200, content=body, headers={"Content-Type": "text/html"})])).token() == "x"


@pytest.mark.parametrize(
    ("error", "numbers"),
    [("invalid_client", [7000215]), ("unauthorized_client", [700016]), ("invalid_scope", [70011]), ("new_one", [1])],
)
def test_a_refusal_tells_its_numbers_and_correlation_id_but_never_the_secret(error: str, numbers: list[int]) -> None:
    description = f"AADSTS{numbers[0]}: you sent {SECRET}. Trace ID: x"
    body = {"error": error, "error_description": description, "error_codes": numbers, "correlation_id": "fb3d-1"}

    with pytest.raises(CredentialsRefused) as caught:
        source_of(Vendor([json(body, 401)])).token()

    assert str(numbers[0]) in caught.value.message
    assert "fb3d-1" in caught.value.message
    assert SECRET not in repr(caught.value)
    assert SECRET not in str(caught.value.details)
    assert caught.value.severity.value == "fatal"


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ([7000222], "the client secret has expired"),
        ([7000215], "the client secret is wrong"),
        ([700027], "the certificate is not registered"),
        ([{"odd": 1}, 1], "secret or certificate were refused, or the secret has expired"),
        ("7000222", "secret or certificate were refused, or the secret has expired"),
    ],
)
def test_a_refused_client_learns_what_of_it_is_wrong(numbers: object, says: str) -> None:
    with pytest.raises(CredentialsRefused, match=says):
        source_of(Vendor([json({"error": "invalid_client", "error_codes": numbers}, 401)])).token()


def test_t6_a_wrong_scope_is_named() -> None:
    with pytest.raises(CredentialsRefused, match=r"https://org\.test/\.default"):
        source_of(Vendor([json({"error": "invalid_scope"}, 400)])).token()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([fault(503), json({"access_token": "x", "token_type": "Bearer"})], None),
        ([httpx.ReadTimeout("late"), json({"access_token": "x", "token_type": "Bearer"})], None),
        ([json({"error": "temporarily_unavailable"}, 429)], RateLimited),
        ([json({"error": "temporarily_unavailable"}, 503)], Unavailable),
    ],
)
def test_a_token_request_may_be_repeated_because_it_changes_nothing(
    answers: list[httpx.Response], error: type[ConnectorError] | None
) -> None:
    source = source_of(Vendor(list(answers)))

    if error is None:
        assert source.token() == "x"
        return
    with pytest.raises(error):
        source.token()


def call(vendor: Vendor, issuer: Issuer, request: Call) -> object:
    http = make_http(vendor, auth=BearerAuth(source_of(issuer)))
    return http.call(request, lambda answer: answer.status)


GET = Call("GET", "https://vendor.test/api/x")
PATCH = Call("PATCH", "https://vendor.test/api/x", {"If-Match": "W/1"}, b'{"a":1}')


@pytest.mark.parametrize("request_", [GET, PATCH])
def test_t4_the_first_401_brings_one_fresh_token_and_one_repeat(request_: Call) -> None:
    vendor = Vendor([fault(401), json({})])

    assert call(vendor, Issuer(), request_) == 200
    assert [sent.headers["Authorization"] for sent in vendor.requests] == ["Bearer token-1", "Bearer token-2"]
    assert vendor.requests[0].content == vendor.requests[1].content


def test_t6_a_token_that_is_refused_twice_may_be_for_another_audience() -> None:
    with pytest.raises(CredentialsRefused, match="a token for another audience"):
        call(Vendor([fault(401), fault(401)]), Issuer(), GET)


def test_t4_the_second_401_stops() -> None:
    vendor, issuer = Vendor([fault(401, "Authentication_InvalidCredentials")]), Issuer()

    with pytest.raises(CredentialsRefused):
        call(vendor, issuer, GET)

    assert (len(vendor.requests), issuer.issued) == (2, 2)


def test_t5_a_403_brings_no_new_token() -> None:
    vendor, issuer = Vendor([fault(403, "0x80072560")]), Issuer()

    with pytest.raises(PermissionDenied) as caught:
        call(vendor, issuer, GET)

    assert (len(vendor.requests), issuer.issued) == (1, 1)
    assert caught.value.details["vendor_code"] == "0x80072560"


def test_t13_a_challenge_does_not_move_the_token_request_elsewhere() -> None:
    challenge = "Bearer authorization_uri=https://evil.test/oauth2/authorize, resource_id=https://evil.test/"
    vendor, issuer = Vendor([httpx.Response(401, headers={"WWW-Authenticate": challenge})]), Issuer()

    with pytest.raises(CredentialsRefused):
        call(vendor, issuer, GET)

    assert issuer.issued == 2
    assert {request.url.host for request in vendor.requests} == {"vendor.test"}


def test_an_outage_of_the_token_service_leaves_no_doubt_about_a_change() -> None:
    vendor = Vendor([json({})])
    http = make_http(vendor, auth=BearerAuth(source_of(Vendor([httpx.ConnectError("refused")]))))

    with pytest.raises(Unavailable) as caught:
        http.call(PATCH, lambda answer: answer)

    assert not caught.value.outcome_unknown
    assert vendor.requests == []


def test_the_web_service_key_is_sent_as_utf8() -> None:
    vendor = Vendor([json({})])

    make_http(vendor, auth=httpx.BasicAuth("Jürgen", "kéy")).call(GET, lambda answer: answer)

    sent = vendor.requests[0].headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode("utf-8") == "Jürgen:kéy"


@dataclass(frozen=True)
class Pair:
    certificate: str
    private_key: str
    der: bytes


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pair_of(key: rsa.RSAPrivateKey, ends: datetime = NOW + timedelta(days=90)) -> Pair:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "coupler.test")])
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(NOW - timedelta(days=400)).not_valid_after(ends).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Pair(built.public_bytes(pem).decode(), private.decode(), built.public_bytes(serialization.Encoding.DER))


def by_certificate(pair: Pair, issuer: Issuer) -> TokenSource:
    secrets = {"certificate": pair.certificate, "private_key": pair.private_key}
    return source_of(issuer, way=sign_in(SignInKind.CERTIFICATE), secrets=secrets)


def test_t3_a_certificate_signs_an_assertion_as_entra_wants_it(key: rsa.RSAPrivateKey) -> None:
    pair, issuer = pair_of(key), Issuer()

    by_certificate(pair, issuer).token()

    form = {name: values[0] for name, values in issuer.forms[0].items()}
    assert form["client_id"] == "client-1"
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert "client_secret" not in form
    signed = jwt.decode(form["client_assertion"], RSAKey.import_key(pair.private_key), algorithms=["PS256"])
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(pair.der).digest()).decode().rstrip("=")
    assert (signed.header["alg"], signed.header["typ"], signed.header["x5t#S256"]) == ("PS256", "JWT", thumbprint)
    now, claims = int(NOW.timestamp()), signed.claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("client-1", "client-1", TOKEN_URL)
    assert claims["nbf"] == claims["iat"]
    assert now - 300 <= claims["nbf"] < now < claims["exp"] <= now + 600
    assert claims["exp"] - claims["iat"] <= 600


def test_each_assertion_has_an_id_of_its_own(key: rsa.RSAPrivateKey) -> None:
    issuer = Issuer()
    source = by_certificate(pair_of(key), issuer)

    source.renewed(source.token())

    ids = {
        jwt.decode(
            form["client_assertion"][0], RSAKey.import_key(pair_of(key).private_key), algorithms=["PS256"]
        ).claims["jti"]
        for form in issuer.forms
    }
    assert len(ids) == 2


def test_a_certificate_that_has_expired_is_told_before_anything_is_sent(key: rsa.RSAPrivateKey) -> None:
    issuer = Issuer()

    with pytest.raises(CredentialsRefused, match="expired on 2026-11-08"):
        by_certificate(pair_of(key, NOW - timedelta(days=1)), issuer).token()

    assert issuer.issued == 0


@pytest.mark.parametrize("broken", ["certificate", "private_key", "other key"])
def test_t7_a_certificate_that_cannot_be_used_is_told_without_repeating_it(key: rsa.RSAPrivateKey, broken: str) -> None:
    pair = pair_of(key)
    secrets = {"certificate": pair.certificate, "private_key": pair.private_key}
    if broken == "other key":
        secrets["private_key"] = pair_of(rsa.generate_private_key(65537, 2048)).private_key
    else:
        secrets[broken] = "-----BEGIN NOTHING-----\nMIIsecret\n"

    with pytest.raises(CredentialsRefused) as caught:
        source_of(Issuer(), way=sign_in(SignInKind.CERTIFICATE), secrets=secrets).token()

    assert "MII" not in str(caught.value)


def test_no_client_of_authlib_is_used_so_that_its_http_library_does_not_matter() -> None:
    program = (
        "import sys, coupler.connectors.oidc; print([n for n in sys.modules if 'authlib.int' in n or n == 'httpx2'])"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
