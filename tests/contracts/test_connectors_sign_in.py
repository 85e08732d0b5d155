"""Every way to sign in, against an identity provider that checks them by itself; and Business Central's online form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from tests.contracts.connector_sandbox import QUICK, WallClock, connection, connectors

from coupler.connectors import HttpConnectors
from coupler.domain.connection import Connection, Secrets, SignIn, SignInKind, WebService
from coupler.domain.errors import CredentialsRefused
from coupler.mappings import SALESPEOPLE
from coupler.sandbox.identity.clients import register_certificate
from coupler.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def make_pair(common_name: str) -> dict[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now, pem = datetime.now(UTC), serialization.Encoding.PEM
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {"certificate": certificate.public_bytes(pem).decode(), "private_key": private.decode()}


def by_certificate(sandbox: Sandbox, pair: dict[str, str]) -> tuple[HttpConnectors, Connection]:
    place = connection(sandbox.description, "nav2018")
    told = place.crm.sign_in
    way = SignIn(SignInKind.CERTIFICATE, told.token_url, told.client_id, told.scope)
    made = HttpConnectors(lambda _name: Secrets(crm=pair), WallClock(), limits=QUICK)
    return made, replace(place, crm=replace(place.crm, sign_in=way))


def test_a_certificate_the_directory_knows_signs_in_again_and_again(sandbox: Sandbox) -> None:
    pair = make_pair("coupler.test")
    register_certificate(sandbox.world, sandbox.description["crm"]["client_id"], pair["certificate"])

    for _ in range(2):  # each with an assertion of its own, which the directory takes only once
        made, place = by_certificate(sandbox, pair)
        assert made.crm(place, SALESPEOPLE).own_key()
        made.close()


def test_a_certificate_the_directory_does_not_know_is_refused_with_its_numbers(sandbox: Sandbox) -> None:
    made, place = by_certificate(sandbox, make_pair("stranger.test"))

    with pytest.raises(CredentialsRefused, match="700027") as caught:
        made.crm(place, SALESPEOPLE).own_key()
    made.close()

    assert "BEGIN" not in str(caught.value)


def test_ad_fs_takes_a_resource_instead_of_a_scope(sandbox: Sandbox) -> None:
    told = sandbox.description
    place = connection(told, "nav2018")
    way = SignIn(
        SignInKind.CLIENT_SECRET, f"{sandbox.world.urls.identity}/adfs/oauth2/token", told["crm"]["client_id"],
        resource=f"{place.crm.base_url}/",
    )  # fmt: skip
    made = connectors(told)

    assert made.crm(replace(place, crm=replace(place.crm, sign_in=way)), SALESPEOPLE).own_key()
    made.close()


@pytest.mark.parametrize(("version", "address"), [("bc", "online_odata_url"), ("api", "online_api_url")])
def test_business_central_online_is_the_same_behind_another_address(
    sandbox: Sandbox, version: str, address: str
) -> None:
    told = sandbox.description
    place = connection(told, version)
    online = replace(place, nav=replace(place.nav, service_url=told["bc"][address]))
    made = connectors(told)
    nav = made.nav(online, SALESPEOPLE)

    first = nav.page(None, 2, None)
    second = nav.page(None, 2, first.cursor)
    changed = nav.update(first.records[0], {"Phone No.": "+45 55"})

    assert len({record.ref.key for record in (*first.records, *second.records)}) == 4
    assert nav.read(changed.ref.key).text("Phone No.") == "+45 55"
    assert (made.company_id(online) is None) is (online.nav.web_service is WebService.ODATA)
    made.close()
