"""Servers as processes of their own, and what they use (read from /proc, so on Linux only)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import LOOPBACK

from coupler.settings import child_environment

COUPLER = ("-P", "-m", "coupler", "serve", "--json", "--until-stdin-closes")
BARE = ("-m", "tests.bench.bare")
_ROOT = Path(__file__).parents[2]
_START_SECONDS = 30.0
_END_SECONDS = 15.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers on a port. `ready_seconds` went by from its start to its first answer."""

    pid: int
    port: int
    ready_seconds: float

    def cpu_seconds(self) -> float:
        """Used since the start, by all threads, in user and system mode."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS

    def resident_megabytes(self) -> float:
        """Held now."""
        return self._memory("VmRSS")

    def peak_megabytes(self) -> float:
        """Held at the most."""
        return self._memory("VmHWM")

    def _memory(self, name: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


@contextmanager
def running(module: tuple[str, ...], settings: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """A server with these settings on a port of its own, once it answers; ended with the block."""
    port = _free_port()
    given = child_environment({**settings, "COUPLER_HOST": LOOPBACK, "COUPLER_PORT": str(port)})
    log = folder / f"server-{port}.log"
    begun = time.perf_counter()
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, *module],
            cwd=_ROOT,
            env=given,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        _wait_until_it_answers(process, port, log)
        yield Server(process.pid, port, time.perf_counter() - begun)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.perf_counter() + _START_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.perf_counter() > deadline:
            raise RuntimeError(f"The server does not answer. It said: {log.read_text()[-2000:]}")
        time.sleep(0.005)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), 1) as probe:
            probe.sendall(f"GET /healthz HTTP/1.1\r\nHost: {LOOPBACK}\r\n\r\n".encode())
            return probe.recv(12).startswith(b"HTTP/1.1 ")
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
