"""Starting `coupler` as a process of its own, and looking whether it ended."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coupler.settings import child_environment


@contextmanager
def started(
    arguments: list[str], environment: Mapping[str, str], log: Path, *, own_group: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """A running `coupler` with pipes; killed at the end if it is still there."""
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "coupler", *arguments],
            env=child_environment(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=own_group,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=10)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def first_line(process: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    """The JSON line a process prints when it is ready."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, log.read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(line)
    return found


def status_of(url: str) -> int:
    """The status a GET answers with; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (urllib.error.URLError, OSError):
        return 0


def wait_for(url: str, wanted: int, seconds: float = 20) -> int:
    """The status, once it is the wanted one or time is up."""
    deadline = time.monotonic() + seconds
    while (found := status_of(url)) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_silent(port: int, seconds: float = 15) -> bool:
    """Whether nobody listens there any more, within the time."""
    deadline = time.monotonic() + seconds
    while is_listening(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not is_listening(port)


def free_port(neighbours: int = 1) -> int:
    """A port nobody listens on, with free ones behind it; outside the range of outgoing connections where possible."""
    start = 20_000 + os.getpid() * 97 % 10_000
    for port in range(start, 32_000, neighbours):
        if not any(is_listening(port + i) for i in range(neighbours)):
            return port
    raise AssertionError("no free port")
