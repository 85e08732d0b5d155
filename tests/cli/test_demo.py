"""`coupler demo`: contract 3 exactly, links that work, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.cli.conftest import Coupler
from tests.cli.processes import first_line, free_port, is_listening, started, status_of, wait_until_silent

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def get(url: str, token: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a running demo printed; it leaves no folder behind."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "tmp").mkdir()
    port, log = free_port(8), folder / "log"
    arguments = ["demo", "--json", "--port", str(port), "--until-stdin-closes"]
    with started(arguments, {"TMPDIR": str(folder / "tmp"), "TEMP": str(folder / "tmp")}, log) as process:
        said = first_line(process, log)
        yield said
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0, log.read_text(encoding="utf-8")
    assert wait_until_silent(port_of(said["coupler"]))
    assert list((folder / "tmp").iterdir()) == []


def test_the_demo_prints_the_contracts_line(told: dict[str, Any]) -> None:
    assert set(told) == {"coupler", "crm", "nav", "identity", "control", "connection", "tokens", "links"}
    assert set(told["tokens"]) == {"reader", "operator", "admin"}
    assert set(told["links"]) == {"nav_card", "crm_user", "crm_users"}
    assert urlsplit(told["coupler"]).hostname == "localhost"
    assert {urlsplit(told[name]).hostname for name in ("crm", "nav", "identity", "control")} == {"127.0.0.1"}
    ports = [port_of(told[name]) for name in ("coupler", "crm", "nav", "identity", "control")]
    assert ports == sorted(set(ports))
    assert told["connection"] == "cronus"


def test_the_links_lead_to_a_coupled_person_on_both_sides(told: dict[str, Any]) -> None:
    links = told["links"]
    assert links["nav_card"].startswith(
        f"{told['nav']}/DynamicsNAV110/?company=CRONUS%20International%20Ltd.&page=5116&"
    )
    assert links["crm_user"].startswith(f"{told['crm']}/main.aspx?pagetype=entityrecord&etn=systemuser&id=%7B")
    assert links["crm_users"] == f"{told['coupler']}/users?connection=cronus"
    assert status_of(links["nav_card"]) == 200
    assert status_of(links["crm_user"]) == 200


def test_everything_answers_and_each_token_has_its_role(told: dict[str, Any]) -> None:
    assert status_of(f"{told['coupler']}/readyz") == 200
    for name in ("reader", "operator", "admin"):
        session = get(f"{told['coupler']}/api/v1/session", told["tokens"][name])
        assert f"Coupler.{name.capitalize()}" in session["roles"]


def test_both_connections_have_couplings_and_one_differs(told: dict[str, Any]) -> None:
    couplings = get(f"{told['coupler']}/api/v1/couplings", told["tokens"]["reader"])

    assert {each["connection"] for each in couplings} == {"cronus", "ab"}
    states = {each["nav"]["key"]: each["state"] for each in couplings if each["connection"] == "cronus"}
    assert states["PS"] == "never_synchronized"
    assert "in_step" in states.values()
    comparison = get(f"{told['coupler']}/api/v1/comparison?connection=cronus&nav_key=PS", told["tokens"]["reader"])
    assert comparison["differing"] >= 1


def test_the_connections_pass_their_own_test(told: dict[str, Any]) -> None:
    for name in ("cronus", "ab"):
        request = urllib.request.Request(
            f"{told['coupler']}/api/v1/connections/{name}/test",
            method="POST",
            headers={"Authorization": f"Bearer {told['tokens']['admin']}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            checks = json.load(answer)
        assert not [check for check in checks if check["status"] == "fail"], checks


def test_a_taken_port_is_named_with_the_option_for_another(coupler: Coupler) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        answer = coupler("demo", "--port", str(min(port, 65000)))

    assert answer.code == 2
    assert str(port) in answer.err
    assert "--port" in answer.err


@posix
def test_the_others_skip_ports_that_are_taken_and_a_second_start_reuses_the_data(tmp_path: Path) -> None:
    port, log = free_port(8), tmp_path / "log"
    arguments = ["demo", "--json", "--people", "12", "--data", str(tmp_path / "kept")]

    with started([*arguments, "--port", str(port)], {}, log, own_group=True) as process:
        first = first_line(process, log)
        token = first["tokens"]["reader"]
        before = get(f"{first['coupler']}/api/v1/couplings", token)
        # As Ctrl+C at a terminal: everybody gets it at once.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == 0, log.read_text(encoding="utf-8")
    assert wait_until_silent(port)

    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port + 1))
        holder.listen()
        with started([*arguments, "--port", str(port)], {}, log) as process:
            second = first_line(process, log)
            after = get(f"{second['coupler']}/api/v1/couplings", second["tokens"]["reader"])
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0, log.read_text(encoding="utf-8")

    assert port_of(second["crm"]) == port + 2
    assert [each["id"] for each in after] == [each["id"] for each in before]
    assert after[0]["crm"]["url"].startswith(second["crm"])


@posix
def test_a_demo_that_is_killed_leaves_neither_server_nor_folder_behind(tmp_path: Path) -> None:
    port, log, temporary = free_port(8), tmp_path / "log", tmp_path / "tmp"
    temporary.mkdir()

    arguments = ["demo", "--json", "--people", "3", "--port", str(port)]
    with started(arguments, {"TMPDIR": str(temporary)}, log) as process:
        first_line(process, log)
        assert any(temporary.iterdir())
        process.kill()

    assert wait_until_silent(port)
    deadline = time.monotonic() + 10
    while any(temporary.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(temporary.iterdir()) == []


@posix
def test_a_demo_that_is_killed_keeps_the_data_it_was_told_to_keep(tmp_path: Path) -> None:
    port, log = free_port(8), tmp_path / "log"

    arguments = ["demo", "--json", "--people", "3", "--port", str(port), "--data", str(tmp_path / "data")]
    with started(arguments, {}, log) as process:
        first_line(process, log)
        assert is_listening(port)
        process.kill()

    assert wait_until_silent(port)
    assert (tmp_path / "data" / "coupler.db").is_file()
