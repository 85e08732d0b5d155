"""Microsoft's own Dataverse client and azure-identity, unchanged, against the sandbox over TLS (protocols 5.1)."""

import datetime as dt
import ipaddress
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from coupler.sandbox.identity.clients import register_certificate
from coupler.sandbox.identity.registry import INTEGRATION_APP, TENANT
from coupler.sandbox.people import person_id
from coupler.sandbox.server import Sandbox

MAREN = person_id("maren.dietz")
CLIENT = """
import json, sys
from azure.identity import CertificateCredential, ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient

asked = json.loads(sys.argv[1])
common = {"authority": asked["authority"], "disable_instance_discovery": True}
if "certificate" in asked:
    credential = CertificateCredential(asked["tenant"], asked["client_id"], asked["certificate"], **common)
else:
    credential = ClientSecretCredential(asked["tenant"], asked["client_id"], asked["client_secret"], **common)
result = {}
with DataverseClient(asked["base_url"], credential) as client:
    exec(asked["steps"])
print(json.dumps(result))
"""


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, as the files a client or server wants."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def make(name: str, issuer: Identity | None = None) -> Identity:
    """A certificate authority without `issuer`, else a certificate for 127.0.0.1 signed by it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if issuer:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return Identity(builder.sign(signer, hashes.SHA256()), key)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Sandbox]:
    authority = make("Sandbox test authority")
    server = make("127.0.0.1", authority)
    (folder / "ca.pem").write_bytes(authority.pem)
    (folder / "cert.pem").write_bytes(server.pem)
    (folder / "key.pem").write_bytes(server.key_pem)
    with Sandbox(ports=(0, 0, 0, 0), tls=(folder / "cert.pem", folder / "key.pem")) as sandbox:
        yield sandbox


@pytest.fixture
def run(sandbox: Sandbox, folder: Path) -> Callable[..., dict[str, Any]]:
    """Runs steps against `client` in a process of its own; the answer is what they put into `result`."""

    def in_own_process(steps: str, **other: str) -> dict[str, Any]:
        asked = {
            "authority": sandbox.world.urls.identity,
            "tenant": TENANT,
            "client_id": INTEGRATION_APP.client_id,
            "client_secret": INTEGRATION_APP.secret,
            "base_url": sandbox.world.urls.crm,
            "steps": steps,
            **other,
        }
        inherited = os.environ  # noqa: TID251 - handed on to another process, not read here
        kept = {name: value for name, value in inherited.items() if not name.lower().endswith("_proxy")}
        environment = {**kept, "REQUESTS_CA_BUNDLE": str(folder / "ca.pem"), "NO_PROXY": "127.0.0.1"}
        done = subprocess.run(
            [sys.executable, "-c", CLIENT, json.dumps(asked)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return in_own_process


def asked_for(sandbox: Sandbox, start: str) -> list[str]:
    return [entry.path for entry in sandbox.world.journal.entries("crm") if start in entry.path]


def test_it_lists_users_by_filter_in_pages(sandbox: Sandbox, run: Callable[..., dict[str, Any]]) -> None:
    result = run(
        """
pages = client.records.list_pages(
    "systemuser",
    select=["fullname", "internalemailaddress"],
    filter="isdisabled eq false and islicensed eq true and isintegrationuser eq false",
    orderby=["fullname asc"],
    page_size=10,
)
result["pages"] = [[row["systemuserid"] for row in page] for page in pages]
"""
    )

    expected = {
        row["systemuserid"]
        for row in sandbox.world.users
        if not row["isdisabled"] and row["islicensed"] and not row["isintegrationuser"]
    }
    seen = [key for page in result["pages"] for key in page]
    assert len(seen) == len(set(seen))
    assert set(seen) == expected
    assert [len(page) for page in result["pages"][:-1]] == [10] * (len(result["pages"]) - 1)
    assert len(asked_for(sandbox, "%24select=fullname")) == 1
    assert len(asked_for(sandbox, "$skiptoken=")) == len(result["pages"]) - 1


def test_it_reads_one_user_changes_it_and_reads_it_back(sandbox: Sandbox, run: Callable[..., dict[str, Any]]) -> None:
    result = run(
        f"""
before = client.records.retrieve("systemuser", "{MAREN}", select=["fullname", "mobilephone"])
client.records.update("systemuser", "{MAREN}", {{"mobilephone": "+49 151 0000", "accessmode": "Read"}})
after = client.records.retrieve("systemuser", "{MAREN}", select=["mobilephone", "accessmode"])
missing = client.records.retrieve("systemuser", "00000000-0000-0000-0000-000000000001")
result.update(before=[before["fullname"], before["mobilephone"]],
              after=[after["mobilephone"], after["accessmode"]], missing=missing)
"""
    )

    assert result == {"before": ["Maren Dietz", None], "after": ["+49 151 0000", 2], "missing": None}
    assert sandbox.world.users.get(MAREN)["mobilephone"] == "+49 151 0000"  # type: ignore[index]
    patched = [entry for entry in sandbox.world.journal.entries("crm") if entry.method == "PATCH"]
    assert [(entry.status, entry.headers["If-Match"]) for entry in patched] == [(204, "*")]


def test_it_creates_and_deletes_and_batches(sandbox: Sandbox, run: Callable[..., dict[str, Any]]) -> None:
    result = run(
        f"""
made = client.records.create("systemuser", {{"firstname": "New", "lastname": "One"}})
batch = client.batch.new()
with batch.changeset() as changes:
    changes.records.update("systemuser", "{MAREN}", {{"title": "Boss"}})
batch.records.retrieve("systemuser", made, select=["fullname"])
answers = batch.execute()
result["batch"] = [answer.status_code for answer in answers.responses]
client.records.delete("systemuser", made)
result["gone"] = client.records.retrieve("systemuser", made) is None
"""
    )

    assert result == {"batch": [204, 200], "gone": True}
    row = sandbox.world.users.get(MAREN)
    assert row is not None
    assert row["title"] == "Boss"


def test_a_refusal_reaches_the_caller_with_its_code(run: Callable[..., dict[str, Any]]) -> None:
    result = run(
        f"""
from PowerPlatform.Dataverse.core.errors import HttpError
try:
    client.records.update("systemuser", "{MAREN}", {{"mobilephone": "x" * 65}})
except HttpError as error:
    result.update(status=error.status_code, code=error.details["service_error_code"])
"""
    )

    assert result == {"status": 400, "code": "0x80044331"}


def test_it_signs_in_with_a_certificate(sandbox: Sandbox, folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    own = make("coupler integration")
    file = folder / "client.pem"
    file.write_bytes(own.key_pem + own.pem)
    register_certificate(sandbox.world, INTEGRATION_APP.client_id, own.pem.decode())

    result = run(
        f"""row = client.records.retrieve("systemuser", "{MAREN}", select=["fullname"])
result["name"] = row["fullname"]""",
        certificate=str(file),
    )

    assert result == {"name": "Maren Dietz"}
