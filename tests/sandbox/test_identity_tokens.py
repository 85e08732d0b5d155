"""The token endpoint over real HTTP (protocols 2.2-2.7 and 7.1)."""

import base64
import datetime as dt
import uuid
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from coupler.sandbox.identity.registry import (
    EXPIRED_APP,
    INTEGRATION_APP,
    SCRIPT_APP,
    TENANT,
    TENANT_DOMAIN,
)
from coupler.sandbox.server import Sandbox

BC_SCOPE = "https://api.businesscentral.dynamics.com/.default"


@pytest.fixture
def token_url(sandbox: Sandbox) -> str:
    return f"{sandbox.world.urls.identity}/{TENANT}/oauth2/v2.0/token"


def credentials(sandbox: Sandbox, **other: str) -> dict[str, str]:
    form = {
        "grant_type": "client_credentials",
        "client_id": INTEGRATION_APP.client_id,
        "client_secret": INTEGRATION_APP.secret,
        "scope": f"{sandbox.world.urls.crm}/.default",
    }
    return {**form, **other}


def claims_of(sandbox: Sandbox, token: str) -> dict[str, Any]:
    """Read by the published keys, as any resource would."""
    base = f"{sandbox.world.urls.identity}/{TENANT}"
    keys = KeySet.import_key_set(httpx.get(f"{base}/discovery/v2.0/keys").json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def who_am_i(sandbox: Sandbox, token: str) -> httpx.Response:
    url = f"{sandbox.world.urls.crm}/api/data/v9.2/WhoAmI"
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"})


def test_an_application_gets_a_signed_token_for_exactly_the_resource_it_asked_for(
    sandbox: Sandbox, token_url: str
) -> None:
    answer = httpx.post(token_url, data=credentials(sandbox))

    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3599
    assert "refresh_token" not in body
    claims = claims_of(sandbox, body["access_token"])
    assert claims["aud"] == sandbox.world.urls.crm
    assert claims["iss"] == f"{sandbox.world.urls.identity}/{TENANT}/v2.0"
    assert claims["idtyp"] == "app"
    assert claims["azp"] == INTEGRATION_APP.client_id
    assert claims["tid"] == TENANT
    assert claims["exp"] - claims["iat"] == 3599
    assert answer.headers["Cache-Control"].startswith("no-store")


def test_a_secret_in_a_basic_header_is_as_good_as_one_in_the_form(sandbox: Sandbox, token_url: str) -> None:
    form = credentials(sandbox)
    basic = (form.pop("client_id"), form.pop("client_secret"))

    answer = httpx.post(token_url, data=form, auth=basic)

    assert answer.status_code == 200


def test_the_tenant_may_be_written_as_its_domain(sandbox: Sandbox) -> None:
    url = f"{sandbox.world.urls.identity}/{TENANT_DOMAIN}/oauth2/v2.0/token"

    assert httpx.post(url, data=credentials(sandbox)).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        (
            {"client_id": EXPIRED_APP.client_id, "client_secret": EXPIRED_APP.secret},
            401,
            "invalid_client",
            7000222,
        ),
        ({"client_id": str(uuid.UUID(int=1))}, 400, "unauthorized_client", 700016),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"scope": "openid"}, 400, "invalid_scope", 70011),
        ({"scope": ""}, 400, "invalid_request", 900144),
        ({"scope": "https://elsewhere.example/.default"}, 400, "invalid_resource", 500011),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type", 70003),
        ({"grant_type": ""}, 400, "invalid_request", 900144),
    ],
)
def test_a_refusal_names_the_oauth_error_and_the_vendors_code(
    sandbox: Sandbox, token_url: str, change: dict[str, str], status: int, error: str, code: int
) -> None:
    answer = httpx.post(token_url, data=credentials(sandbox, **change))

    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert {"timestamp", "trace_id", "correlation_id", "error_uri"} <= body.keys()


def test_t6_a_resource_with_a_path_behind_it_is_unknown(sandbox: Sandbox, token_url: str) -> None:
    scope = f"{sandbox.world.urls.crm}/api/data/v9.2/.default"

    answer = httpx.post(token_url, data=credentials(sandbox, scope=scope))

    assert answer.json()["error_codes"] == [500011]


def test_an_unknown_tenant_is_named(sandbox: Sandbox) -> None:
    url = f"{sandbox.world.urls.identity}/common/oauth2/v2.0/token"

    answer = httpx.post(url, data=credentials(sandbox))

    assert answer.json()["error_codes"] == [90002]


def test_a_token_for_business_central_is_refused_by_the_crm(sandbox: Sandbox, token_url: str) -> None:
    token = httpx.post(token_url, data=credentials(sandbox, scope=BC_SCOPE)).json()["access_token"]

    answer = who_am_i(sandbox, token)

    assert answer.status_code == 401
    assert claims_of(sandbox, token)["roles"] == ["API.ReadWrite.All", "Automation.ReadWrite.All"]


def test_an_expired_token_is_refused_by_the_sandboxs_own_clock(sandbox: Sandbox, token_url: str) -> None:
    sandbox.world.switches.token_lifetime = 5
    token = httpx.post(token_url, data=credentials(sandbox)).json()["access_token"]
    assert who_am_i(sandbox, token).status_code == 200

    sandbox.world.clock.shift(6)

    assert who_am_i(sandbox, token).status_code == 401


def test_a_token_whose_signature_was_touched_is_refused(sandbox: Sandbox, token_url: str) -> None:
    token = httpx.post(token_url, data=credentials(sandbox)).json()["access_token"]
    head, payload, signature = token.split(".")
    forged = ".".join([head, payload, signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")])

    assert who_am_i(sandbox, forged).status_code == 401


def test_an_unsigned_token_is_refused(sandbox: Sandbox, token_url: str) -> None:
    token = httpx.post(token_url, data=credentials(sandbox)).json()["access_token"]
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")

    assert who_am_i(sandbox, f"{head}.{token.split('.')[1]}.").status_code == 401


def test_after_a_key_rotation_old_tokens_hold_until_their_key_is_withdrawn(sandbox: Sandbox, token_url: str) -> None:
    old = httpx.post(token_url, data=credentials(sandbox)).json()["access_token"]

    sandbox.world.identity.rotate_signing_key()
    new = httpx.post(token_url, data=credentials(sandbox)).json()["access_token"]
    assert [who_am_i(sandbox, token).status_code for token in (old, new)] == [200, 200]
    assert claims_of(sandbox, new)["aud"] == claims_of(sandbox, old)["aud"]

    sandbox.world.identity.rotate_signing_key(withdraw=True)
    assert [who_am_i(sandbox, token).status_code for token in (old, new)] == [401, 401]


def test_t4_after_revoking_everything_a_new_token_works(sandbox: Sandbox, token_url: str) -> None:
    old = httpx.post(token_url, data=credentials(sandbox)).json()["access_token"]

    sandbox.world.identity.revoke_all()

    assert who_am_i(sandbox, old).status_code == 401
    new = httpx.post(token_url, data=credentials(sandbox)).json()["access_token"]
    assert who_am_i(sandbox, new).status_code == 200


def test_t9_expires_in_can_be_text(sandbox: Sandbox, token_url: str) -> None:
    sandbox.world.switches.expires_in_as_text = True

    assert httpx.post(token_url, data=credentials(sandbox)).json()["expires_in"] == "3599"


def test_the_switch_for_expired_secrets_takes_every_application(sandbox: Sandbox, token_url: str) -> None:
    sandbox.world.switches.client_secret_expired = True

    assert httpx.post(token_url, data=credentials(sandbox)).json()["error_codes"] == [7000222]


def test_a_scripts_token_for_coupler_carries_its_application_role(sandbox: Sandbox, token_url: str) -> None:
    form = credentials(
        sandbox, client_id=SCRIPT_APP.client_id, client_secret=SCRIPT_APP.secret, scope="api://coupler/.default"
    )

    claims = claims_of(sandbox, httpx.post(token_url, data=form).json()["access_token"])

    assert claims["aud"] == "api://coupler"
    assert claims["roles"] == ["Coupler.Operator"]
    assert claims["idtyp"] == "app"


def test_the_adfs_form_takes_a_resource_instead_of_a_scope(sandbox: Sandbox) -> None:
    form = credentials(sandbox)
    del form["scope"]
    url = f"{sandbox.world.urls.identity}/adfs/oauth2/token"

    refused = httpx.post(url, data=form)
    answer = httpx.post(url, data={**form, "resource": f"{sandbox.world.urls.crm}/"})

    assert refused.json()["error"] == "invalid_request"
    token = answer.json()["access_token"]
    assert claims_of(sandbox, token)["iss"] == f"{sandbox.world.urls.identity}/adfs"
    assert who_am_i(sandbox, token).status_code == 200


def test_the_discovery_document_leads_to_endpoints_that_answer(sandbox: Sandbox) -> None:
    base = f"{sandbox.world.urls.identity}/{TENANT}"
    document = httpx.get(f"{base}/v2.0/.well-known/openid-configuration").json()

    assert document["issuer"] == f"{base}/v2.0"
    assert httpx.post(document["token_endpoint"], data=credentials(sandbox)).status_code == 200
    keys = httpx.get(document["jwks_uri"]).json()["keys"]
    assert keys[0]["kty"] == "RSA"
    assert "d" not in keys[0]
    assert keys[0]["kid"]


# --- private_key_jwt -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate() -> tuple[RSAKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "coupler integration")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return RSAKey.import_key(pem), built


def thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).decode().rstrip("=")


@pytest.fixture(autouse=True)
def no_certificates(sandbox: Sandbox) -> None:
    """The sandbox outlives a test, and so would what an earlier one registered."""
    sandbox.world.identity.certificates.clear()


def register(sandbox: Sandbox, certificate: x509.Certificate) -> httpx.Response:
    return httpx.post(
        f"{sandbox.world.urls.identity}/{TENANT}/_register-certificate",
        json={
            "client_id": INTEGRATION_APP.client_id,
            "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        },
    )


def assertion_form(
    sandbox: Sandbox,
    token_url: str,
    certificate: tuple[RSAKey, x509.Certificate],
    header: dict[str, str] | None = None,
    **claims: Any,
) -> dict[str, str]:
    key, cert = certificate
    now = int(dt.datetime.now(dt.UTC).timestamp())
    payload = {
        "aud": token_url,
        "iss": INTEGRATION_APP.client_id,
        "sub": INTEGRATION_APP.client_id,
        "jti": str(uuid.uuid4()),
        "nbf": now - 60,
        "iat": now - 60,
        "exp": now + 300,
        **claims,
    }
    head = header or {"alg": "PS256", "x5t#S256": thumbprint(cert, hashes.SHA256())}
    assertion = jwt.encode(head, payload, key, algorithms=["PS256", "RS256"])
    form = credentials(
        sandbox,
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion=assertion,
    )
    del form["client_secret"]
    return form


@pytest.mark.parametrize("form_of_header", ["PS256 with x5t#S256", "RS256 with x5t"])
def test_a_registered_certificate_signs_in(
    sandbox: Sandbox, token_url: str, certificate: tuple[RSAKey, x509.Certificate], form_of_header: str
) -> None:
    header = {
        "PS256 with x5t#S256": {"alg": "PS256", "x5t#S256": thumbprint(certificate[1], hashes.SHA256())},
        "RS256 with x5t": {"alg": "RS256", "x5t": thumbprint(certificate[1], hashes.SHA1())},
    }[form_of_header]
    assert register(sandbox, certificate[1]).status_code == 201

    answer = httpx.post(token_url, data=assertion_form(sandbox, token_url, certificate, header))

    assert answer.status_code == 200
    assert claims_of(sandbox, answer.json()["access_token"])["azpacr"] == "2"


def test_an_assertion_counts_once(
    sandbox: Sandbox, token_url: str, certificate: tuple[RSAKey, x509.Certificate]
) -> None:
    register(sandbox, certificate[1])
    form = assertion_form(sandbox, token_url, certificate)

    first, second = httpx.post(token_url, data=form), httpx.post(token_url, data=form)

    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "https://login.elsewhere.example/token"}, 700023),
        ({"iss": "somebody else"}, 700021),
        ({"exp": 1_000_000_000}, 700024),
        ({"jti": ""}, 700027),
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(
    sandbox: Sandbox,
    token_url: str,
    certificate: tuple[RSAKey, x509.Certificate],
    claims: dict[str, Any],
    code: int,
) -> None:
    register(sandbox, certificate[1])

    answer = httpx.post(token_url, data=assertion_form(sandbox, token_url, certificate, **claims))

    assert (answer.status_code, answer.json()["error_codes"]) == (401, [code])


def test_a_certificate_that_is_not_registered_is_refused(
    sandbox: Sandbox, token_url: str, certificate: tuple[RSAKey, x509.Certificate]
) -> None:
    answer = httpx.post(token_url, data=assertion_form(sandbox, token_url, certificate))

    assert answer.json()["error_codes"] == [700027]


def test_an_assertion_signed_by_another_key_under_a_known_thumbprint_is_refused(
    sandbox: Sandbox, token_url: str, certificate: tuple[RSAKey, x509.Certificate]
) -> None:
    register(sandbox, certificate[1])
    other = RSAKey.generate_key(2048)

    answer = httpx.post(token_url, data=assertion_form(sandbox, token_url, (other, certificate[1])))

    assert answer.json()["error_codes"] == [700027]
