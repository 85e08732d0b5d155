"""One guarded HTTP client per connection and side: limits, retries, translation (protocols 6.3, trust 0.11)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import httpx
import stamina

from coupler.connectors import odata
from coupler.connectors.answers import Answer, Call, Party, failure
from coupler.connectors.origins import Root
from coupler.connectors.redaction import silence_http_logs
from coupler.connectors.transport import DEADLINE, Limits, Probe, TooLong, certificate_end, make_client, within
from coupler.domain.errors import ConnectorError, Unavailable, UnexpectedAnswer

T = TypeVar("T")

# A lost connection is worth two more looks at once; a system that is down should be reported soon.
_SOON = 0.25


class Http:
    """Sends calls below one root, signed by `auth`. Knows no protocol; never follows a redirect.

    Proxies come from the environment (`HTTPS_PROXY`, `NO_PROXY`, on Windows the system's settings), because
    on-premises servers often reach Microsoft only that way; loopback is never proxied. Certificates are checked
    against the operating system's store, where companies keep their own authorities, and the bundled one.
    """

    def __init__(
        self,
        party: Party,
        root: Root,
        *,
        auth: httpx.Auth | None = None,
        translate: Callable[[Party, Call, Answer], ConnectorError] = failure,
        limits: Limits | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        silence_http_logs()
        self.party = party
        self.root = root
        self._translate = translate
        self._auth = auth
        self._limits = limits or Limits()
        self._client = make_client(self._limits, transport)
        self._lock = threading.Lock()
        self._under_way = 0
        self._is_retired = False
        self._answered_at: float | None = None

    @property
    def age(self) -> float | None:
        """Seconds since anything was answered here; None before the first answer."""
        answered = self._answered_at
        return None if answered is None else time.monotonic() - answered

    def call(self, call: Call, read: Callable[[Answer], T]) -> T:
        """Send until `read` could make something of a success, within the limits; raises ConnectorErrors.

        `read` runs inside the attempt, so that a broken-off body counts as an outage (protocols S20).
        """
        self.root.require(call.url)
        self._enter()
        try:
            return self._repeat(call, read)
        except _Repeatable as repeatable:
            raise repeatable.error from repeatable.__cause__
        finally:
            self._leave()

    def _repeat(self, call: Call, read: Callable[[Answer], T]) -> T:
        tries = _Tries(self._limits.patience)
        for attempt in stamina.retry_context(
            on=tries.wait, attempts=self._limits.attempts, timeout=self._limits.patience or None,
            wait_initial=1.0, wait_max=60.0, wait_jitter=0.5,
        ):  # fmt: skip
            with attempt:
                return self._once(call, read)
        raise AssertionError("the last attempt raises")

    def _once(self, call: Call, read: Callable[[Answer], T]) -> T:
        """One attempt. Raises _Repeatable only where sending again is known to do no harm (protocols S12-S14)."""
        answer = self._exchange(call)
        if not answer.is_success:
            error = self._translate(self.party, call, answer)
            most = _most_tries(call, answer.status)
            raise _Repeatable(error, most, answer.retry_after) if most > 1 else error
        try:
            return read(answer)
        except odata.BrokenOff as error:
            raise self._lost(call, f"its answer was incomplete: {error}") from error
        except UnexpectedAnswer as error:
            if call.is_write:
                # Success, yet unreadable: done or not can only be told by reading (trust 2.2).
                raise self._lost(call, "its answer to a change could not be read") from error
            raise UnexpectedAnswer(
                f"{self.party.name}: {self.party.redact(error.message)}",
                system=self.party.system, status=answer.status, **error.details,
            ) from error  # fmt: skip

    def _exchange(self, call: Call) -> Answer:
        request = self._client.build_request(
            call.method, call.url, headers=call.headers, content=call.content,
            extensions={DEADLINE: time.monotonic() + self._limits.whole},
        )  # fmt: skip
        try:
            response = self._client.send(request, auth=self._auth, stream=True)
            try:
                body = b"".join(within(response.iter_bytes(), self._limits.bytes))
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise _Repeatable(self._unreachable(error), 3, _SOON) from error
        except TooLong as error:
            raise self._too_long(call) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise self._lost(call, _reason(error)) from error
        self._answered_at = time.monotonic()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, body)

    def probe(self) -> Probe:
        """An unsigned GET of the root: does anything answer there, its clock and certificate. Any status will do."""
        self._enter()
        try:
            extensions = {DEADLINE: time.monotonic() + 2 * self._limits.connect}
            request = self._client.build_request(
                "GET", self.root.url, timeout=self._limits.connect, extensions=extensions
            )
            response = self._client.send(request, auth=None, stream=True)
            try:
                return Probe(odata.http_date(response.headers.get("date")), certificate_end(response))
            finally:
                response.close()
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        finally:
            self._leave()

    def _unreachable(self, error: Exception) -> Unavailable:
        """Nothing was sent."""
        reason = self.party.redact(str(error)) or type(error).__name__
        where = f"{self.root.host}:{self.root.port}"
        return Unavailable(
            f"{self.party.name} cannot be reached at {where}: {reason}", system=self.party.system, reached=False
        )

    def _lost(self, call: Call, reason: str) -> Exception:
        """The request was sent and no readable answer came; a change is never sent again (trust 2.2)."""
        message = f"{self.party.name} did not answer properly: {self.party.redact(reason).rstrip('.')}."
        error = Unavailable(message, outcome_unknown=call.is_write, system=self.party.system)
        return error if call.is_write else _Repeatable(error, 3, _SOON)

    def _too_long(self, call: Call) -> ConnectorError:
        message = f"{self.party.name} answered with more than {self._limits.bytes // 1_048_576} MB."
        if call.is_write:
            return Unavailable(message, outcome_unknown=True, system=self.party.system)
        return UnexpectedAnswer(message, system=self.party.system)

    def retire(self) -> None:
        """Close as soon as the calls under way have ended; later calls are refused."""
        with self._lock:
            self._is_retired = True
            idle = self._under_way == 0
        if idle:
            self._client.close()

    def _enter(self) -> None:
        with self._lock:
            if self._is_retired:
                raise Unavailable("The connection was changed meanwhile; try again.", system=self.party.system)
            self._under_way += 1

    def _leave(self) -> None:
        with self._lock:
            self._under_way -= 1
            last = self._is_retired and self._under_way == 0
        if last:
            self._client.close()


class _Repeatable(Exception):
    """An error after which sending again does no harm, `most` attempts in all."""

    def __init__(self, error: ConnectorError, most: int, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.most = most
        self.wait = wait


class _Tries:
    """Decides whether to try again: a wait the service asks for is honoured, unless patience would end first."""

    def __init__(self, patience: float) -> None:
        self._made = 0
        self._end = time.monotonic() + patience

    def wait(self, error: Exception) -> bool | float:
        """False: give up. True: back off exponentially. A number: wait as the service asked (protocols S10)."""
        self._made += 1
        if not isinstance(error, _Repeatable) or self._made >= error.most:
            return False
        if error.wait is None:
            return True
        return error.wait if time.monotonic() + error.wait <= self._end else False


def _most_tries(call: Call, status: int) -> int:
    """The retry table. A refused or throttled call was not carried out; after an outage only reads are repeated."""
    if status == 429:
        return 5
    if call.is_write:
        return 1
    if status in (408, 502, 503, 504):
        return 5
    return 2 if status == 500 else 1


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    return str(error) or type(error).__name__
