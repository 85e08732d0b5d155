"""`coupler serve`: starts, says what is wrong, ends with its parent."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest
from tests.cli.conftest import Coupler
from tests.cli.processes import first_line, free_port, started, status_of, wait_for, wait_until_silent

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def environment(tmp_path: Path, port: int) -> dict[str, str]:
    return {
        "COUPLER_DATA_DIR": str(tmp_path / "data"),
        "COUPLER_PORT": str(port),
        "COUPLER_PUBLIC_URL": f"http://localhost:{port}",
    }


@posix
@pytest.mark.parametrize("server", ["granian", "waitress"])
def test_serve_makes_the_database_answers_and_ends_on_a_signal(tmp_path: Path, server: str) -> None:
    port, log = free_port(), tmp_path / "log"

    with started(["serve", "--json", "--server", server], environment(tmp_path, port), log) as process:
        told = first_line(process, log)
        assert told == {
            "coupler": f"http://localhost:{port}",
            "listening": f"http://127.0.0.1:{port}",
            "server": server,
        }
        assert wait_for(f"http://127.0.0.1:{port}/healthz", 200) == 200, log.read_text()
        assert wait_for(f"http://127.0.0.1:{port}/readyz", 200) == 200
        assert status_of(f"http://127.0.0.1:{port}/api/v1/couplings") == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0, log.read_text()
    assert wait_until_silent(port)


@pytest.mark.parametrize("server", ["granian", "waitress"])
def test_serve_ends_when_its_standard_input_closes(tmp_path: Path, server: str) -> None:
    port, log = free_port(), tmp_path / "log"
    arguments = ["serve", "--json", "--server", server, "--until-stdin-closes"]

    with started(arguments, environment(tmp_path, port), log) as process:
        assert wait_for(f"http://127.0.0.1:{port}/healthz", 200) == 200, log.read_text()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=15) == 0, log.read_text()
    assert wait_until_silent(port)


@posix
def test_the_worker_ends_when_the_main_process_is_killed(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"

    with started(["serve", "--json"], environment(tmp_path, port), log) as process:
        assert wait_for(f"http://127.0.0.1:{port}/healthz", 200) == 200, log.read_text()
        process.kill()
    assert wait_until_silent(port)


def test_a_port_that_is_taken_is_one_clear_sentence(coupler: Coupler, tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        answer = coupler("serve", "--port", str(port), "--json")
        told = coupler("serve", "--port", str(port))

    assert answer.code == 2
    assert f"Port {port}" in answer.problem["detail"]
    assert "--port" in answer.problem["detail"]
    assert told.err.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_a_second_server_does_not_share_the_port_of_the_first(coupler: Coupler, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"

    with started(["serve", "--json"], environment(tmp_path, port), log):
        assert wait_for(f"http://127.0.0.1:{port}/healthz", 200) == 200, log.read_text()

        assert coupler("serve", "--port", str(port)).code == 2


def test_an_address_that_is_not_ours_is_told(coupler: Coupler) -> None:
    for host in ("no-such-host.invalid", "192.0.2.1"):
        answer = coupler("serve", "--host", host, "--port", str(free_port()))
        assert answer.code == 2
        assert "192.0.2.1" in answer.err or "no-such-host.invalid" in answer.err


def test_tables_of_another_database_are_not_touched_without_asking(
    coupler: Coupler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUPLER_DATABASE_URL", "postgresql+psycopg://coupler:topsecret@127.0.0.1:1/coupler")
    monkeypatch.setenv("COUPLER_SECRET_KEYS", "A" * 43 + "=")

    answer = coupler("serve", "--port", str(free_port()))

    assert answer.code == 3
    assert "topsecret" not in answer.err


def test_the_current_folder_is_not_on_the_servers_import_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flask.py").write_text("raise SystemExit('taken from the current folder')", encoding="ascii")
    port, log = free_port(), tmp_path / "log"
    settings = {**environment(tmp_path, port), "PYTHONSAFEPATH": "1"}

    with started(["serve"], settings, log):
        assert wait_for(f"http://127.0.0.1:{port}/healthz", 200) == 200, log.read_text()
