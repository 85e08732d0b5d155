"""Opening: redirects per second as a share of a bare Flask redirect, and whether they depend on the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench import bare, filled, load, servers
from tests.bench.figures import Figure
from tests.bench.filled import Filled
from tests.bench.servers import Server

_PATH = "/open/nav/salesperson"
_KEYS = 2000
_WARM_UP_SECONDS = 1.0
_QUIET = {"COUPLER_LOG_LEVEL": "warning"}


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: every contender is asked for `seconds` in each of the rounds."""

    rounds: int
    seconds: float


@dataclass(slots=True)
class _Contender:
    """Who is asked for what; and per round the answers per second and the server's CPU seconds per answer."""

    server: Server
    requests: Sequence[bytes]
    address: str = filled.CRM
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        used = self.server.cpu_seconds()
        rate = load.answers_per_second(self.server.port, self.requests, load.redirects_to(self.address), seconds)
        self.rates.append(rate)
        self.cpu.append((self.server.cpu_seconds() - used) / (rate * seconds))

    def share_of(self, other: _Contender) -> float:
        """Of the other's rate: the median over rounds, each compared within itself."""
        return median(own / others for own, others in zip(self.rates, other.rates, strict=True))


def against_bare_flask(folder: Path, effort: Effort) -> Iterator[Figure]:
    """Opening with its checks on both databases."""
    yield from _against_bare_flask("SQLite", filled.sqlite_database(folder, 10_000), 0.60, folder, effort)
    with filled.postgresql() as server:
        database = filled.postgresql_database(server, folder, 10_000)
        yield from _against_bare_flask("PostgreSQL", database, 0.33, folder, effort)


def _against_bare_flask(name: str, database: Filled, target: float, folder: Path, effort: Effort) -> Iterator[Figure]:
    bearer, cookie = _openings(database, _bearer), _openings(database, _cookie)
    with ExitStack() as stack:
        coupler = stack.enter_context(servers.running(servers.COUPLER, database.settings, folder))
        quiet = stack.enter_context(servers.running(servers.COUPLER, {**database.settings, **_QUIET}, folder))
        flask = stack.enter_context(servers.running(servers.BARE, database.settings, folder))
        base = _Contender(flask, bearer, bare.ADDRESS)
        contenders = {
            "bearer": _Contender(coupler, bearer),
            "session cookie": _Contender(coupler, cookie),
            "bearer, log level warning": _Contender(quiet, bearer),
            "session cookie, log level warning": _Contender(quiet, cookie),
        }
        _alternate([base, *contenders.values()], effort)
        yield Figure(f"{name}: bare Flask", median(base.rates), "per second")
        yield Figure(f"{name}: bare Flask, CPU", median(base.cpu) * 1e6, "microseconds each")
        for who, contender in contenders.items():
            yield Figure(f"{name}: opening, {who}", contender.share_of(base), "of bare Flask", at_least=target)
            yield Figure(f"{name}: opening, {who}, CPU", median(contender.cpu) * 1e6, "microseconds each")
        yield Figure(f"{name}: server's memory at its peak", coupler.peak_megabytes(), "MB")


def over_sizes(folder: Path, effort: Effort, sizes: Sequence[int]) -> Iterator[Figure]:
    """Opening with few and with many couplings, on SQLite; the first size is what the others are shares of."""
    with ExitStack() as stack:
        contenders = {}
        for size in sizes:
            database = filled.sqlite_database(folder, size)
            server = stack.enter_context(servers.running(servers.COUPLER, database.settings, folder))
            contenders[size] = _Contender(server, _openings(database, _bearer))
        _alternate(list(contenders.values()), effort)
        first = contenders[sizes[0]]
        for size in sizes[1:]:
            share = contenders[size].share_of(first)
            yield Figure(f"opening among {size:,} couplings", share, f"of among {sizes[0]}", at_least=0.95)


def _alternate(contenders: Sequence[_Contender], effort: Effort) -> None:
    """In turn, every other round backwards, so that what else the machine does hits all of them alike."""
    for contender in contenders:
        load.answers_per_second(
            contender.server.port, contender.requests, load.redirects_to(contender.address), _WARM_UP_SECONDS
        )
    for number in range(effort.rounds):
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            contender.run(effort.seconds)


def _openings(database: Filled, signed_in: Callable[[Filled], str]) -> Sequence[bytes]:
    return [load.get(f"{_PATH}/{key}", signed_in(database)) for key in database.keys(_KEYS)]


def _bearer(database: Filled) -> str:
    return f"Authorization: Bearer {database.token}"


def _cookie(database: Filled) -> str:
    return f"Cookie: coupler-session={database.session}"
