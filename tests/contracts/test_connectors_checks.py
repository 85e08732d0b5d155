"""The connection test against a sandbox with one thing wrong: the line that fails, and what it says to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from tests.contracts.connector_sandbox import QUICK, WallClock, connection, connectors

from coupler.connectors import HttpConnectors
from coupler.domain.connection import Check, CheckStatus, Connection, Secrets, SignIn, SignInKind
from coupler.mappings import SALESPEOPLE
from coupler.sandbox.server import Sandbox

PAGE = "nav2018"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.world.reset()
    return running


def crm_lines(sandbox: Sandbox, changed: Connection | None = None) -> Sequence[Check]:
    told = sandbox.description
    made = connectors(told)
    lines = list(made.crm(changed or connection(told, PAGE), SALESPEOPLE).check())
    made.close()
    return lines


def nav_lines(sandbox: Sandbox, version: str, changed: Connection | None = None) -> Sequence[Check]:
    told = sandbox.description
    made = connectors(told)
    lines = list(made.nav(changed or connection(told, version), SALESPEOPLE).check())
    made.close()
    return lines


def line(lines: Sequence[Check], name: str) -> Check:
    return next(line for line in lines if line.check == name)


def failing(lines: Sequence[Check]) -> Check:
    """The one failure; before it all is done, after it nothing is tried, and it says what to do."""
    (found,) = [line for line in lines if line.status is CheckStatus.FAIL]
    after = lines[list(lines).index(found) + 1 :]
    assert all(line.status is CheckStatus.NOT_RUN and found.check in line.detail for line in after)
    assert found.fix
    return found


def test_all_lines_of_crm_in_their_order(sandbox: Sandbox) -> None:
    assert [line.check.removeprefix("crm.") for line in crm_lines(sandbox)] == [
        "dns", "tls", "clock", "token", "audience", "user", "rights", "change_tracking", "solution",
    ]  # fmt: skip


@pytest.mark.parametrize("version", ["nav2016", "api"])
def test_all_lines_of_nav_in_their_order(sandbox: Sandbox, version: str) -> None:
    assert [line.check.removeprefix("nav.") for line in nav_lines(sandbox, version)] == [
        "dns", "tls", "clock", "token", "audience", "company", "service", "fields", "write",
    ]  # fmt: skip


def test_a_name_that_does_not_resolve(sandbox: Sandbox) -> None:
    place = connection(sandbox.description, PAGE)
    wrong = replace(place, crm=replace(place.crm, api_url="https://no-such-host.invalid/api/data/v9.2"))

    assert failing(crm_lines(sandbox, wrong)).check == "crm.dns"


def test_a_port_where_nobody_listens(sandbox: Sandbox) -> None:
    place = connection(sandbox.description, PAGE)
    wrong = replace(place, nav=replace(place.nav, service_url="http://127.0.0.1:9/NAV/ODataV4"))

    found = failing(nav_lines(sandbox, PAGE, wrong))

    assert found.check == "nav.tls"
    assert "127.0.0.1:9" in found.detail


def test_clocks_that_differ_are_told_with_the_way(sandbox: Sandbox) -> None:
    class Late(WallClock):
        def now(self) -> datetime:
            return super().now() + timedelta(seconds=200)

    told = sandbox.description
    secret = {"client_secret": told["crm"]["client_secret"]}
    made = HttpConnectors(lambda _name: Secrets(secret, secret), Late(), limits=QUICK)

    found = line(list(made.crm(connection(told, PAGE), SALESPEOPLE).check()), "crm.clock")
    made.close()

    assert found.status is CheckStatus.WARN
    assert "ahead" in found.detail
    assert found.fix


def test_a_secret_that_has_expired(sandbox: Sandbox) -> None:
    sandbox.world.switches.client_secret_expired = True

    found = failing(crm_lines(sandbox))

    assert found.check == "crm.token"
    assert "7000222" in found.detail
    assert sandbox.description["crm"]["client_secret"] not in found.detail


def test_t6_a_scope_for_another_system_is_a_wrong_audience(sandbox: Sandbox) -> None:
    place = connection(sandbox.description, PAGE)
    wrong = replace(place, crm=replace(place.crm, sign_in=place.nav.sign_in))
    other = replace(place, nav=replace(place.nav, sign_in=place.crm.sign_in))

    assert failing(crm_lines(sandbox, wrong)).check == "crm.audience"
    assert failing(nav_lines(sandbox, PAGE, other)).check == "nav.audience"


def test_t6_a_scope_with_a_path_is_told_by_the_token_service(sandbox: Sandbox) -> None:
    place = connection(sandbox.description, PAGE)
    told = place.crm.sign_in
    wrong = replace(place, crm=replace(place.crm, sign_in=replace(told, scope=f"{place.crm.api_url}/.default")))

    found = failing(crm_lines(sandbox, wrong))

    assert found.check == "crm.token"
    assert "scope" in found.detail


def test_t5_a_client_without_application_user(sandbox: Sandbox) -> None:
    sandbox.world.switches.crm_application_user = False

    found = failing(crm_lines(sandbox))

    assert found.check == "crm.user"
    assert "application user" in found.fix


def test_t5_a_user_who_may_not_read_users(sandbox: Sandbox) -> None:
    sandbox.world.switches.crm_read_privilege = False

    found = failing(crm_lines(sandbox))

    assert found.check == "crm.rights"
    assert "role" in found.fix


def test_change_tracking_off_and_the_solution_missing_are_warnings(sandbox: Sandbox) -> None:
    sandbox.world.switches.crm_change_tracking = False
    sandbox.world.switches.crm_solution_installed = False

    lines = crm_lines(sandbox)

    for name in ("crm.change_tracking", "crm.solution"):
        assert line(lines, name).status is CheckStatus.WARN
        assert line(lines, name).fix
    assert not [found for found in lines if found.status is CheckStatus.FAIL]


def test_a_web_api_address_where_nothing_is(sandbox: Sandbox) -> None:
    place = connection(sandbox.description, PAGE)
    wrong = replace(place, crm=replace(place.crm, api_url=f"{place.crm.base_url}/api/wrong"))

    assert failing(crm_lines(sandbox, wrong)).check == "crm.audience"


@pytest.mark.parametrize("version", [PAGE, "api"])
@pytest.mark.parametrize("company", ["A & B's å", "Nowhere"])
def test_u8_a_company_that_is_not_there_is_told_with_those_that_are(
    sandbox: Sandbox, version: str, company: str
) -> None:
    found = failing(nav_lines(sandbox, version, connection(sandbox.description, version, company)))

    assert found.check == "nav.company"
    assert "A & B's Å" in found.detail


def test_a_page_that_is_not_published(sandbox: Sandbox) -> None:
    place = connection(sandbox.description, PAGE)
    wrong = replace(place, nav=replace(place.nav, service="Verkaeufer"))

    found = failing(nav_lines(sandbox, PAGE, wrong))

    assert found.check == "nav.service"
    assert "5116" in found.fix


def test_a_version_without_the_set_is_told_to_use_the_page(sandbox: Sandbox) -> None:
    sandbox.world.switches.bc_salespeople_api = False

    found = failing(nav_lines(sandbox, "api"))

    assert found.check == "nav.service"
    assert "5116" in found.fix
    assert '"odata"' in found.fix


def test_the_list_page_is_read_only(sandbox: Sandbox) -> None:
    place = connection(sandbox.description, PAGE)
    wrong = replace(place, nav=replace(place.nav, service=sandbox.world.switches.nav_service_list))

    found = failing(nav_lines(sandbox, PAGE, wrong))

    assert found.check in ("nav.fields", "nav.write")
    assert "5116" in found.fix


@pytest.mark.parametrize("version", ["nav2016", PAGE, "bc", "api"])
def test_the_write_test_never_changes_a_row(sandbox: Sandbox, version: str) -> None:
    def rows() -> list[Any]:
        return [[repr(row) for row in company] for company in sandbox.world.companies.values()]

    before = rows()
    assert line(nav_lines(sandbox, version), "nav.write").status is CheckStatus.OK

    assert rows() == before


@pytest.mark.parametrize("version", [PAGE, "api"])
def test_t5_a_user_who_may_read_but_not_write(sandbox: Sandbox, version: str) -> None:
    sandbox.world.switches.nav_write_permission = False

    found = failing(nav_lines(sandbox, version))

    assert found.check == "nav.write"
    assert "permission set" in found.fix


def test_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
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
    pem = serialization.Encoding.PEM
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(certificate.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    with Sandbox(tls=files) as secured:
        found = failing(crm_lines(secured))

    assert found.check == "crm.tls"
    assert "authority" in found.fix


def by_key(told: dict[str, Any], place: Connection, key: str) -> tuple[HttpConnectors, Connection]:
    way = SignIn(SignInKind.WEB_SERVICE_KEY, username=told["nav"]["username"])
    made = HttpConnectors(
        lambda _name: Secrets(nav={"web_service_key": key}), WallClock(), limits=QUICK
    )  # fmt: skip
    return made, replace(place, nav=replace(place.nav, sign_in=way))


@pytest.mark.parametrize("html", [False, True])
def test_a_web_service_key_that_is_wrong_is_told_as_such_whatever_the_answer_looks_like(
    sandbox: Sandbox, html: bool
) -> None:
    sandbox.world.switches.nav_html_401 = html
    told = sandbox.description
    made, place = by_key(told, connection(told, PAGE), "not the key")

    found = failing(list(made.nav(place, SALESPEOPLE).check()))
    made.close()

    assert found.check == "nav.credentials"
    assert "key" in found.fix
    assert "not the key" not in found.detail


def test_a_web_service_key_that_is_right_is_all_it_takes(sandbox: Sandbox) -> None:
    told = sandbox.description
    made, place = by_key(told, connection(told, "nav2016"), told["nav"]["web_service_key"])

    lines = list(made.nav(place, SALESPEOPLE).check())
    made.close()

    assert [found.check for found in lines if found.status is not CheckStatus.OK] == []
