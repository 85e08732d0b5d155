"""At a terminal secrets are asked for unseen; into a pipe nothing is coloured and a reader may leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import connection_body
from tests.cli.test_connection import as_options

from coupler.sandbox.server import Sandbox
from coupler.settings import child_environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals are POSIX's")


def test_a_secret_is_asked_for_and_not_shown(sandbox: Sandbox, tmp_path: Path) -> None:
    import pty

    body = connection_body(sandbox)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "coupler", "connection", "add", *as_options(body), "--no-test"]
    process = subprocess.Popen(
        command,
        env=child_environment({"COUPLER_DATA_DIR": str(tmp_path)}),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    for side in ("crm", "nav"):
        while not shown.decode().rstrip().endswith(f"{side.upper()} client secret:"):
            shown += os.read(ours, 1024)
        os.write(ours, body[side]["sign_in"]["client_secret"].encode() + b"\n")
    out, _ = process.communicate(timeout=30)
    os.close(ours)

    assert process.returncode == 0
    assert "Added the connection cronus." in out
    assert b"sbx8Q" not in shown


def test_a_reader_that_leaves_ends_the_command_quietly(tmp_path: Path) -> None:
    script = f"{sys.executable} -m coupler config list --json | head -c 10"

    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {script}"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.stderr == ""
    assert done.returncode == 0


def test_into_a_pipe_nothing_is_coloured(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coupler", "config", "list"], capture_output=True, text=True, timeout=60, check=True
    )

    assert "COUPLER_PUBLIC_URL" in done.stdout
    assert "\x1b" not in done.stdout
