"""Service protection: requests and execution time in a sliding window, and calls at once (protocols 1.11)."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from time import perf_counter
from typing import TYPE_CHECKING

from coupler.sandbox.crm.answers import CrmError

if TYPE_CHECKING:
    from coupler.sandbox.world import World

WINDOW = 300.0


class ServiceProtection:
    """Counts the calls of each caller. The limits are switches; None means that one does not bite."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._calls: dict[str, deque[tuple[float, float]]] = {}
        self._running: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    @contextmanager
    def call(self, caller: str) -> Iterator[None]:
        """One call of this caller while it runs; raises the 429 instead of letting it in."""
        with self._lock:
            self._check(caller)
            self._running[caller] += 1
        begun = perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self._running[caller] -= 1
                self._note(caller, perf_counter() - begun)

    def _check(self, caller: str) -> None:
        switches = self._world.switches
        if self._running[caller] >= switches.crm_concurrent_calls:
            raise self._refusal(
                caller,
                "0x80072326",
                f"Number of concurrent requests exceeded the limit of {switches.crm_concurrent_calls}.",
                1,
            )
        if switches.crm_requests_per_window is None and switches.crm_execution_seconds is None:
            self._calls.clear()
            self._refused.clear()
            return
        calls, wait = self._window(caller)
        limit = switches.crm_requests_per_window
        if limit is not None and len(calls) >= limit:
            message = f"Number of requests exceeded the limit of {limit} over time window of 300 seconds."
            raise self._refusal(caller, "0x80072322", message, wait)
        seconds = switches.crm_execution_seconds
        if seconds is not None and sum(spent for _, spent in calls) >= seconds:
            message = (
                f"Combined execution time of incoming requests exceeded limit of {seconds * 1000:,} "
                "milliseconds over time window of 300 seconds. Decrease number of concurrent requests or "
                "reduce the duration of requests and try again later."
            )
            raise self._refusal(caller, "0x80072321", message, wait)

    def _window(self, caller: str) -> tuple[deque[tuple[float, float]], float]:
        """The caller's calls of the last 300 seconds, and how long until the oldest leaves the window."""
        now = self._world.clock.now().timestamp()
        calls = self._calls.setdefault(caller, deque())
        while calls and calls[0][0] <= now - WINDOW:
            calls.popleft()
        return calls, calls[0][0] + WINDOW - now if calls else WINDOW

    def _note(self, caller: str, spent: float) -> None:
        if caller in self._calls:
            self._calls[caller].append((self._world.clock.now().timestamp(), spent))

    def _refusal(self, caller: str, code: str, message: str, wait: float) -> CrmError:
        """The wait grows while the caller keeps pushing."""
        pushed = self._refused[caller]
        self._refused[caller] += 1
        return CrmError(429, code, message, {"Retry-After": str(max(1, ceil(wait)) + pushed)})
