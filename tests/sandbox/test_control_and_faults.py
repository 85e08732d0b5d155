"""The control API and scripted faults, as contract 7 fixes them."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from coupler.sandbox.people import sample_people
from coupler.sandbox.server import PortInUse, Sandbox

CARD = "/BC250/ODataV4/SalespersonCard('PS')"


def patch_name(nav: httpx.Client, name: str) -> httpx.Response:
    return nav.patch(CARD, json={"Name": name}, headers={"If-Match": "*"})


def name_of(sandbox: Sandbox) -> str:
    return sandbox.world.companies["CRONUS International Ltd."].get("PS").name


def test_the_description_has_the_contracts_keys(described: dict[str, Any]) -> None:
    credentials = {"token_url", "client_id", "client_secret", "scope"}

    assert {"base_url", "api_url"} | credentials <= set(described["crm"])
    assert {"base_url", "odata_url", "company", "service", "username", "web_service_key"} | credentials <= set(
        described["nav"]
    )
    assert {"api_url", "company_id"} | credentials <= set(described["bc"])
    told = {"issuer", "client_id", "client_secret", "audience", "scope", "users"}
    assert told == set(described["identity"])
    assert all({"name", "password", "roles"} == set(user) for user in described["identity"]["users"])
    assert described["control"].startswith("http://127.0.0.1:")
    assert set(described["nav"]["profiles"]) == {"nav2016", "nav2018", "bc"}
    assert described["companies"] == ["CRONUS International Ltd.", "A & B's Å", "Nordvind A/S"]


def test_requests_are_listed_raw_with_status_and_counted(control: httpx.Client, nav: httpx.Client) -> None:
    begin = datetime.now(UTC)
    nav.get("/BC250/ODataV4/SalespersonCard('A%2FB')?$select=Code")
    nav.get("/BC250/ODataV4/Nothing")

    listed = control.get("/requests", params={"system": "nav", "since": begin.isoformat()}).json()

    assert [(e["system"], e["method"], e["path"], e["status"]) for e in listed] == [
        ("nav", "GET", "/BC250/ODataV4/SalespersonCard('A%2FB')?$select=Code", 200),
        ("nav", "GET", "/BC250/ODataV4/Nothing", 404),
    ]
    assert set(listed[0]) == {"system", "method", "path", "status", "at"}
    assert control.get("/requests/count").json() == {"crm": 0, "nav": 2, "bc": 0, "identity": 0}
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert control.get("/requests", params={"since": later}).json() == []

    assert control.delete("/requests").status_code == 204
    assert control.get("/requests/count").json()["nav"] == 0
    assert control.get("/requests", params={"since": "whenever"}).status_code == 400


def test_request_headers_are_shown_without_secrets(control: httpx.Client, nav: httpx.Client) -> None:
    nav.get(CARD, headers={"If-None-Match": "null"})

    headers = control.get("/requests", params={"headers": "1"}).json()[0]["headers"]

    assert (headers["Authorization"], headers["If-None-Match"]) == ("***", "null")


def test_pages_of_the_hosts_are_no_protocol_calls(control: httpx.Client, nav: httpx.Client) -> None:
    nav.get("/DynamicsNAV110/")
    nav.get("/favicon.ico")

    assert control.get("/requests/count").json() == {"crm": 0, "nav": 0, "bc": 0, "identity": 0}


def test_a_status_fault_comes_after_so_many_calls_and_so_many_times(control: httpx.Client, nav: httpx.Client) -> None:
    fault = {"system": "nav", "match": "GET *SalespersonCard*", "action": "status", "status": 503, "retry_after": 7}
    control.post("/faults", json=[{**fault, "after": 1, "times": 2}]).raise_for_status()

    answers = [nav.get(CARD) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 503, 503, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert answers[1].json()["error"]["code"]
    assert control.get("/faults").json()[0]["met"] == 2


def test_a_fault_hits_only_its_system_and_match(control: httpx.Client, nav: httpx.Client, bc: httpx.Client) -> None:
    control.post("/faults", json=[{"system": "bc", "action": "status", "status": 429, "times": None}])
    control.post("/faults", json={"system": "nav", "match": "PATCH", "action": "status", "status": 500})

    assert nav.get(CARD).status_code == 200
    limited = [bc.get("companies") for _ in range(3)]
    assert [answer.status_code for answer in limited] == [429] * 3
    assert "Retry-After" not in limited[0].headers
    assert patch_name(nav, "x").status_code == 500
    assert control.delete("/faults").status_code == 204
    assert bc.get("companies").status_code == 200


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("action", ["status", "drop", "truncate", "html"])
def test_applied_says_whether_the_change_is_made_before_the_answer_is_spoiled(
    sandbox: Sandbox, control: httpx.Client, nav: httpx.Client, action: str, *, applied: bool
) -> None:
    fault = {"system": "nav", "match": "PATCH *", "action": action, "status": 503, "applied": applied}
    control.post("/faults", json=[fault]).raise_for_status()

    if action in ("drop", "truncate"):
        with pytest.raises(httpx.RemoteProtocolError):
            patch_name(nav, "Spoiled")
    else:
        assert patch_name(nav, "Spoiled").status_code == 503

    assert name_of(sandbox) == ("Spoiled" if applied else "Paula Sandberg")
    assert control.get("/requests").json()[-1]["status"] == (503 if action in ("status", "html") else 0)


def test_a_truncated_page_breaks_off_in_the_middle(control: httpx.Client, nav: httpx.Client) -> None:
    control.post("/faults", json=[{"system": "nav", "action": "truncate"}])
    with nav.stream("GET", "/BC250/ODataV4/SalespersonCard") as answer:
        received, error = _read_until_broken(answer)

    assert error is not None
    assert received.startswith(b'{"@odata.context"')
    assert 0 < len(received) < int(answer.headers["Content-Length"])


def test_html_without_a_status_is_a_200_that_is_no_json(control: httpx.Client, nav: httpx.Client) -> None:
    control.post("/faults", json=[{"system": "nav", "action": "html"}])

    answer = nav.get(CARD)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_delay_answers_late_but_right(control: httpx.Client, nav: httpx.Client) -> None:
    control.post("/faults", json=[{"system": "nav", "action": "delay", "seconds": 0.3}])
    begin = time.perf_counter()

    answer = nav.get(CARD)

    assert answer.json()["Code"] == "PS"
    assert time.perf_counter() - begin >= 0.3


@pytest.mark.parametrize("applied", [True, False])
def test_stall_holds_the_call_until_the_faults_are_deleted(
    sandbox: Sandbox, control: httpx.Client, nav: httpx.Client, *, applied: bool
) -> None:
    control.post("/faults", json=[{"system": "nav", "match": "PATCH *", "action": "stall", "applied": applied}])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(patch_name, nav, "Late")
        _until(lambda: control.get("/faults").json()[0]["met"] == 1)
        _until(lambda: name_of(sandbox) == ("Late" if applied else "Paula Sandberg"))
        with httpx.Client(base_url=nav.base_url, auth=nav.auth) as other:
            assert other.get(CARD).status_code == 200
        assert not waiting.done()
        assert [entry["status"] for entry in control.get("/requests").json() if entry["method"] == "PATCH"] == [None]

        control.delete("/faults")

        assert waiting.result(timeout=10).status_code == 200
    assert name_of(sandbox) == "Late"


@pytest.mark.parametrize("applied", [True, False])
def test_a_client_that_dies_in_a_stall_has_written_only_what_was_applied(
    sandbox: Sandbox, control: httpx.Client, described: dict[str, Any], *, applied: bool
) -> None:
    control.post("/faults", json=[{"system": "nav", "match": "PATCH *", "action": "stall", "applied": applied}])
    keys = (described["nav"]["username"], described["nav"]["web_service_key"])

    with pytest.raises(httpx.ReadTimeout):
        httpx.patch(
            f"{sandbox.world.urls.nav}{CARD}",
            json={"Name": "Dead"},
            headers={"If-Match": "*"},
            auth=keys,
            timeout=0.3,
        )
    control.delete("/faults")

    _until(lambda: control.get("/requests").json()[-1]["status"] is not None)
    assert name_of(sandbox) == ("Dead" if applied else "Paula Sandberg")


def test_s8_stale_etag_comes_from_a_flowfield_while_our_fields_stay(control: httpx.Client, nav: httpx.Client) -> None:
    before = nav.get(CARD)
    control.post("/faults", json=[{"system": "nav", "match": "PATCH *", "action": "stale_etag"}])

    refused = nav.patch(CARD, json={"Name": "x"}, headers={"If-Match": before.headers["ETag"]})
    again = nav.get(CARD)
    accepted = nav.patch(CARD, json={"Name": "x"}, headers={"If-Match": again.headers["ETag"]})

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "Request_EntityChanged")
    changed = {name for name in before.json() if before.json()[name] != again.json()[name]}
    assert changed == {"@odata.etag", "Next_Task_Date"}
    assert accepted.status_code == 200


def test_t4_a_revoked_token_is_refused_until_there_is_a_new_one(
    control: httpx.Client, bc: httpx.Client, bearer: Callable[[str], dict[str, str]]
) -> None:
    control.post("/faults", json=[{"system": "bc", "action": "revoke_token"}])

    assert [bc.get("companies").status_code for _ in range(2)] == [401, 401]
    assert bc.get("companies", headers=bearer("bc")).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"system": "erp", "action": "drop"},
        {"system": "nav", "action": "explode"},
        {"system": "nav", "action": "drop", "often": 3},
        {"system": "nav", "action": "status", "status": "503"},
        {"system": "nav", "action": "drop", "applied": 1},
        "drop",
    ],
)
def test_a_fault_that_is_not_understood_is_refused_and_none_of_its_list_is_taken(
    control: httpx.Client, fault: Any
) -> None:
    answer = control.post("/faults", json=[{"system": "nav", "action": "drop"}, fault])

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert control.get("/faults").json() == []


def test_data_change_behind_everybodys_back(sandbox: Sandbox, control: httpx.Client, nav: httpx.Client) -> None:
    user = sample_people()[0].id
    before = nav.get(CARD).headers["ETag"]

    one = control.patch("/nav/salespeople/PS", params={"company": "A & B's Å"}, json={"E_Mail": "not checked"})
    every = control.patch("/nav/salespeople/O'N", json={"displayName": "New name", "commisionPercent": 5})
    person = control.patch(f"/crm/systemusers/{{{user.upper()}}}", json={"mobilephone": "+45 99", "isdisabled": True})

    assert list(one.json()) == ["A & B's Å"]
    assert nav.get(CARD).headers["ETag"] == before
    assert {row["Name"] for row in every.json().values()} == {"New name"}
    assert len(every.json()) == 3
    assert (person.json()["mobilephone"], person.json()["isdisabled"]) == ("+45 99", True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/nav/salespeople/NOBODY", {"Name": "x"}, 404),
        ("PATCH", "/nav/salespeople/PS?company=Nowhere", {"Name": "x"}, 404),
        ("PATCH", "/nav/salespeople/PS", {"Nome": "x"}, 400),
        ("PATCH", "/nav/salespeople/PS", {"Name": 5}, 400),
        ("PATCH", "/crm/systemusers/no-such", {"title": "x"}, 404),
        ("PATCH", f"/crm/systemusers/{sample_people()[0].id}", {"tittle": "x"}, 400),
        ("PATCH", "/switches", {"nav_page_sice": 5}, 400),
        ("PATCH", "/switches", {"nav_page_size": "5"}, 400),
        ("POST", "/people", {"crm": -1}, 400),
        ("POST", "/people", {"crm": 1, "nov": 1}, 400),
        ("POST", "/clock", {"shift": "1h"}, 400),
        ("POST", "/nowhere", {}, 404),
    ],
)
def test_control_refuses_what_it_does_not_understand(
    control: httpx.Client, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    answer = control.request(method, path, json=body)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_rows_can_be_deleted_behind_everybodys_back(control: httpx.Client, nav: httpx.Client) -> None:
    user = sample_people()[0].id

    assert control.delete("/nav/salespeople/A%2FB").status_code == 204
    assert control.delete(f"/crm/systemusers/{user}").status_code == 204

    assert nav.get("/BC250/ODataV4/SalespersonCard('A%2FB')").status_code == 404
    state = control.get("/state").json()
    assert user not in [row["systemuserid"] for row in state["crm"]["systemusers"]]


def test_state_dumps_both_sides_under_the_vendors_names(control: httpx.Client) -> None:
    state = control.get("/state").json()

    assert set(state) == {"crm", "nav"}
    assert list(state["nav"]) == ["CRONUS International Ltd.", "A & B's Å", "Nordvind A/S"]
    user = next(row for row in state["crm"]["systemusers"] if row["lastname"] == "Sandberg")
    row = next(row for row in state["nav"]["A & B's Å"] if row["Code"] == "PS")
    assert (user["fullname"], user["internalemailaddress"]) == ("Paula Sandberg", "paula.sandberg@cronus.example")
    assert (row["Name"], row["E_Mail"], row["Phone_No"]) == ("Paula Sandberg", "paula.sandberg@cronus.example", "")


def test_reset_brings_everything_back(sandbox: Sandbox, control: httpx.Client, nav: httpx.Client) -> None:
    before = control.get("/state").json()
    patch_name(nav, "Changed").raise_for_status()
    control.post("/clock", json={"shift": 5000}).raise_for_status()
    control.patch("/switches", json={"nav_page_size": 3}).raise_for_status()
    control.post("/people", json={"crm": 5, "nav": 5, "coupled_by_email": 1}).raise_for_status()
    control.post("/faults", json=[{"system": "nav", "action": "drop"}])

    assert control.post("/reset").status_code == 204

    after = control.get("/state").json()
    assert after["nav"] == before["nav"]
    assert [row["fullname"] for row in after["crm"]["systemusers"]] == [
        row["fullname"] for row in before["crm"]["systemusers"]
    ]
    assert control.get("/faults").json() == []
    assert control.get("/switches").json()["nav_page_size"] == 20_000
    assert abs((datetime.fromisoformat(control.get("/clock").json()["now"]) - datetime.now(UTC)).total_seconds()) < 60


def test_people_are_seeded_in_bulk(control: httpx.Client) -> None:
    answer = control.post("/people", json={"crm": 300, "nav": 200, "coupled_by_email": 0.9}).json()

    assert answer["nav"]["A & B's Å"] == 200
    # The integration's own application user is always there.
    assert answer["crm"] in (300, 301)
    state = control.get("/state").json()
    mails = {row["internalemailaddress"] for row in state["crm"]["systemusers"]}
    assert sum(row["E_Mail"] in mails for row in state["nav"]["A & B's Å"]) == 180


def test_an_expired_token_is_refused_when_the_clock_moves(control: httpx.Client, bc: httpx.Client) -> None:
    assert bc.get("companies").status_code == 200

    control.post("/clock", json={"shift": 3700}).raise_for_status()

    assert bc.get("companies").status_code == 401


def test_control_answers_no_foreign_host_name(control: httpx.Client) -> None:
    assert control.get("/state", headers={"Host": "evil.example"}).status_code == 403
    assert control.get("/switches", headers={"Host": "localhost:1"}).status_code == 200


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortInUse, match=f"Port {port} .*nav") as refused:
            Sandbox(people=1, ports=(0, port, 0, 0)).start()

    assert isinstance(refused.value, OSError)
    assert (refused.value.origin, refused.value.port) == ("nav", port)


def test_a_connection_is_kept_and_a_body_that_nobody_read_does_not_spoil_it(sandbox: Sandbox) -> None:
    address = sandbox.world.urls.nav.removeprefix("http://").split(":")
    head = "PATCH /BC250/ODataV4/SalespersonCard('PS') HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n"
    refused = f'{head}{{"Name":"x"}}'.encode()
    with socket.create_connection((address[0], int(address[1])), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(refused)
            assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_stop_ends_the_ports_and_the_threads() -> None:
    with Sandbox(people=5) as sandbox:
        urls = sandbox.world.urls
        assert httpx.get(f"{urls.control}/clock").status_code == 200
        threads = threading.active_count()

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{urls.control}/clock")
    assert threading.active_count() < threads


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    return _self_signed(folder)


def test_with_tls_every_origin_is_https_and_a_silent_client_blocks_nobody(certificate: tuple[Path, Path]) -> None:
    with Sandbox(people=5, tls=certificate) as sandbox:
        urls = sandbox.world.urls
        port = int(urls.nav.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)):
            trusted = ssl.create_default_context(cafile=certificate[0])
            answer = httpx.get(f"{urls.nav}/BC250/ODataV4/Company", verify=trusted, timeout=5)

    assert all(url.startswith("https://127.0.0.1:") for url in (urls.crm, urls.nav, urls.identity, urls.control))
    assert answer.status_code == 401


def _self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def _read_until_broken(answer: httpx.Response) -> tuple[bytes, httpx.RemoteProtocolError | None]:
    received = b""
    try:
        for chunk in answer.iter_raw():
            received += chunk
    except httpx.RemoteProtocolError as error:
        return received, error
    return received, None


def _until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail("the sandbox did not come to the expected state")
        time.sleep(0.02)
