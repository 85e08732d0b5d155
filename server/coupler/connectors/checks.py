"""The connection test as a list of lines, and the lines both sides share (domain N-12)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.request import getproxies

from coupler.connectors.http import Http
from coupler.connectors.oauth import TokenSource
from coupler.connectors.transport import Probe
from coupler.domain.connection import Check, CheckStatus, is_readable_on_its_way
from coupler.domain.errors import CouplerError, Unavailable
from coupler.engine.ports import Clock

Finding = tuple[CheckStatus, str, str]
Step = tuple[str, Callable[[], Finding]]

_MOST_SKEW = timedelta(seconds=120)
_CERTIFICATE_NOTICE = timedelta(days=14)


def fine(detail: str) -> Finding:
    """Nothing to do."""
    return CheckStatus.OK, detail, ""


def doubtful(detail: str, fix: str) -> Finding:
    """It works, yet something should be done."""
    return CheckStatus.WARN, detail, fix


def failed(detail: str, fix: str) -> Finding:
    """It does not work; nothing after it is tried."""
    return CheckStatus.FAIL, detail, fix


def run(steps: Iterable[Step]) -> Iterator[Check]:
    """One line per step, in order; after the first failure no step is run, only named."""
    broken: str | None = None
    for name, step in steps:
        if broken is not None:
            yield Check(name, CheckStatus.NOT_RUN, f"Not tried, because {broken} failed.")
            continue
        status, detail, fix = _result(step)
        yield Check(name, status, detail, fix)
        if status is CheckStatus.FAIL:
            broken = name


def _result(step: Callable[[], Finding]) -> Finding:
    try:
        return step()
    except CouplerError as error:
        return failed(error.message, error.fix)


def reach_steps(prefix: str, http: Http, source: TokenSource | None, clock: Clock) -> Sequence[Step]:
    """Address, TLS, clock and, where OAuth is used, a fresh token."""
    reach = _Reach(http, clock)
    steps: list[Step] = [
        (f"{prefix}.dns", reach.dns),
        (f"{prefix}.tls", reach.tls),
        (f"{prefix}.clock", reach.clock),
    ]
    if source is not None:
        steps.append((f"{prefix}.token", lambda: _token(source)))
    return steps


class _Reach:
    """Getting there: name, connection and clock; the clock is read off the answer the connection test got."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._probe: Probe | None = None

    def dns(self) -> Finding:
        root = self._http.root
        try:
            found = socket.getaddrinfo(root.host, root.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            detail = f"The name {root.host} cannot be resolved: {error}."
            if "https" in getproxies() or "all" in getproxies():
                return doubtful(detail, "Nothing, if the proxy resolves it; else check the address of the connection.")
            return failed(detail, "Check the spelling of the address, and DNS on this machine.")
        return fine(f"{root.host} is {found[0][4][0]}.")

    def tls(self) -> Finding:
        root = self._http.root
        try:
            self._probe = self._http.probe()
        except Unavailable as error:
            if root.is_secure and "CERTIFICATE" in error.message.upper():
                return failed(error.message, "Install the issuing authority on this machine, or renew the certificate.")
            return failed(error.message, "Check address, port and firewall, and that the service is running.")
        if is_readable_on_its_way(root.url):
            return doubtful("Plain HTTP: tokens and data cross the network readable.", "Use https on the service.")
        if not root.is_secure:
            return fine("Plain HTTP, within this machine.")
        end = self._probe.certificate_end
        if end is not None and end - self._clock.now() < _CERTIFICATE_NOTICE:
            return doubtful(f"The certificate is valid, until {end:%Y-%m-%d}.", "Renew the server's certificate.")
        return fine("The certificate is valid" + (f" until {end:%Y-%m-%d}." if end else "."))

    def clock(self) -> Finding:
        theirs = self._probe.date if self._probe else None
        if theirs is None:
            return doubtful("The service does not tell its time.", "Compare the clocks of both machines by hand.")
        return _skew(theirs, self._clock.now())


def _skew(theirs: datetime, ours: datetime) -> Finding:
    seconds = round((ours - theirs).total_seconds())
    if abs(ours - theirs) > _MOST_SKEW:
        way = "ahead of" if seconds > 0 else "behind"
        return doubtful(
            f"This machine's clock is {abs(seconds)} s {way} the service's.", "Synchronize both machines by NTP."
        )
    return fine(f"The clocks differ by {abs(seconds)} s.")


def _token(source: TokenSource) -> Finding:
    source.forget()
    source.token()
    if is_readable_on_its_way(source.address):
        return doubtful(
            "The token service issued a token, over plain HTTP: the secret crosses the network readable.",
            "Set the token URL to the service's https address.",
        )
    return fine("The token service issued a token.")
