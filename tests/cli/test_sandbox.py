"""`coupler sandbox`: one line when all answer, a clean end."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.cli.conftest import Coupler
from tests.cli.processes import first_line, started, status_of, wait_until_silent


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def test_the_sandbox_prints_the_contracts_json_once_all_answer(tmp_path: Path) -> None:
    log = tmp_path / "log"

    with started(["sandbox", "--people", "12", "--json", "--until-stdin-closes"], {}, log) as process:
        told = first_line(process, log)
        assert {"base_url", "api_url", "token_url", "client_id", "client_secret", "scope"} <= set(told["crm"])
        assert {"base_url", "odata_url", "company", "service", "token_url", "scope"} <= set(told["nav"])
        assert {"api_url", "company_id", "token_url", "client_id", "client_secret", "scope"} <= set(told["bc"])
        assert {"issuer", "client_id", "client_secret", "users"} <= set(told["identity"])
        assert status_of(f"{told['identity']['issuer']}/.well-known/openid-configuration") == 200
        assert status_of(told["crm"]["api_url"]) == 401
        assert status_of(f"{told['control']}/requests/count") == 200
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=15) == 0
    assert wait_until_silent(port_of(told["control"]))


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_the_sandbox_ends_cleanly_on_a_signal(tmp_path: Path, number: str) -> None:
    log = tmp_path / "log"

    with started(["sandbox", "--people", "3", "--json"], {}, log) as process:
        told = first_line(process, log)
        process.send_signal(getattr(signal, number))
        assert process.wait(timeout=15) == 0
    assert wait_until_silent(port_of(told["crm"]["base_url"]))
    assert log.read_text(encoding="utf-8") == ""


def test_a_port_of_the_sandbox_that_is_taken_is_told(coupler: Coupler) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        answer = coupler("sandbox", "--port", str(min(port, 65532)), "--json")

    assert answer.code == 2
    assert str(port) in answer.problem["detail"]
