"""Starting: what a command and a server cost before they do anything."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench import filled, servers
from tests.bench.figures import Figure

_HELP = (sys.executable, "-P", "-m", "coupler", "--help")
_SETTLE_SECONDS = 2.0


def costs(folder: Path, rounds: int) -> Iterator[Figure]:
    """CPU of `coupler --help`, and how soon `coupler serve` answers and what it holds then; medians."""
    _help_cpu_seconds()
    yield Figure("coupler --help, CPU", median(_help_cpu_seconds() for _ in range(rounds)), "seconds", at_most=0.3)
    database = filled.sqlite_database(folder, 1000)
    ready, cpu, resident = zip(*(_serve(database, folder) for _ in range(rounds)), strict=True)
    yield Figure("coupler serve answers after", median(ready), "seconds", at_most=1.0)
    yield Figure("coupler serve, CPU until then", median(cpu), "seconds")
    yield Figure("coupler serve, idle", median(resident), "MB", at_most=100)


def _help_cpu_seconds() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(_HELP, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _serve(database: filled.Filled, folder: Path) -> tuple[float, float, float]:
    with servers.running(servers.COUPLER, database.settings, folder) as server:
        used = server.cpu_seconds()
        time.sleep(_SETTLE_SECONDS)
        return server.ready_seconds, used, server.resident_megabytes()
