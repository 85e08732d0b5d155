"""Who may frame the pane: the web clients of the connections, nobody else (surfaces 6.4, trust 3.6)."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from coupler.domain.connection import Connection, WebClient
from coupler.engine.ports import Clock, ConnectionStore

# Business Central online shows its client in frames of other hosts of its own (surfaces 6.4).
BC_ONLINE = ("https://businesscentral.dynamics.com", "https://*.bc.dynamics.com")
_FRESH = timedelta(seconds=2)
# What stands in a header and in a list for scripts must be nothing but a host.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_USUAL_PORT = {"http": 80, "https": 443}


class FrameHosts:
    """The origins, kept for two seconds: so soon a connection that was added, changed or removed shows, also when
    another process did it."""

    def __init__(self, connections: ConnectionStore, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[datetime, tuple[str, ...]] | None = None

    def origins(self) -> tuple[str, ...]:
        """Sorted, as browsers write origins; a wildcard only for Business Central online."""
        now = self._clock.now()
        with self._lock:
            known = self._known
        if known is not None and abs(now - known[0]) < _FRESH:
            return known[1]
        found = tuple(sorted({one for connection in self._connections.all() for one in _origins(connection)}))
        with self._lock:
            self._known = (now, found)
        return found


def _origins(connection: Connection) -> Iterator[str]:
    if not connection.enabled:
        return
    for address in (connection.crm.base_url, connection.nav.base_url):
        found = web_origin(address)
        if found is not None:
            yield found
    if connection.nav.client is WebClient.BC_ONLINE:
        yield from BC_ONLINE


def web_origin(address: str) -> str | None:
    """The origin of an address as a browser would write it; None for what is no web page, or no plain host name."""
    try:
        parts = urlsplit(address)
        port, host = parts.port, (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError:
        return None
    if parts.scheme not in _USUAL_PORT or not _HOST.fullmatch(host):
        return None
    return f"{parts.scheme}://{host}" + ("" if port in (None, _USUAL_PORT[parts.scheme]) else f":{port}")
