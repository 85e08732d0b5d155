"""The httpx client under it all: proxies, certificates, no cookies, no redirects, caps and deadlines for any body."""

from __future__ import annotations

import http.cookiejar
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import certifi
import httpx

DEADLINE = "coupler_deadline"
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds unless said otherwise.

    `read` is the longest silence (httpx's 5 s is too short, protocols S16), `whole` one attempt from first to last
    byte, `patience` all waiting between attempts: a person waits for the answer. At most four calls at once, because
    BC allows five per user (S17).
    """

    connect: float = 10.0
    read: float = 120.0
    whole: float = 150.0
    patience: float = 30.0
    attempts: int = 5
    connections: int = 4
    bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Probe:
    """What an unsigned call tells: the service's clock, and the end of its certificate where there is one."""

    date: datetime | None
    certificate_end: datetime | None


def certificate_end(response: httpx.Response) -> datetime | None:
    """When the server's certificate ends; None without TLS."""
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    end = tls.getpeercert().get("notAfter") if tls is not None else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None


def make_client(limits: Limits, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A client within the limits; `transport` replaces the network, in tests."""
    no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    return httpx.Client(
        timeout=httpx.Timeout(limits.read, connect=limits.connect, pool=limits.read),
        limits=httpx.Limits(max_connections=limits.connections, max_keepalive_connections=limits.connections),
        follow_redirects=False,
        trust_env=True,
        mounts=dict.fromkeys(_LOOPBACK),
        verify=_certificates(),
        cookies=no_cookies,
        headers={"User-Agent": "Coupler", "Accept": "application/json", "Accept-Language": "en-US"},
        event_hooks={"response": [_bounded(limits)]},
        transport=transport,
    )


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Made once: reading the stores takes longer than most calls."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class TooLong(Exception):
    """The body is larger than the cap."""


def within(chunks: Iterator[bytes], most: int) -> Iterator[bytes]:
    """The decoded chunks while they stay within the cap, so that a small compressed body cannot fill the memory."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise TooLong
        yield chunk


class _BoundedStream(httpx.SyncByteStream):
    """The raw body with a cap and a deadline, whoever reads it: httpx's read time-out begins anew with each byte."""

    def __init__(self, inner: httpx.SyncByteStream, most: int, deadline: float, request: httpx.Request) -> None:
        self._inner = inner
        self._most = most
        self._deadline = deadline
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        for chunk in within(iter(self._inner), self._most):
            if time.monotonic() > self._deadline:
                raise httpx.ReadTimeout("the answer took too long as a whole", request=self._request)
            yield chunk

    def close(self) -> None:
        """Give the connection back."""
        self._inner.close()


def _bounded(limits: Limits) -> Callable[[httpx.Response], None]:
    def bound(response: httpx.Response) -> None:
        if isinstance(response.stream, httpx.SyncByteStream):
            deadline = response.request.extensions[DEADLINE]
            response.stream = _BoundedStream(response.stream, limits.bytes, deadline, response.request)

    return bound
