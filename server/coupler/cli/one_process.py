"""granian without a worker process: its threaded server, on an ordinary Python.

granian's usual server forks a worker, which costs a second interpreter and outlives a main process that is killed.
Its threaded one does neither; it is offered for free-threaded Pythons only, yet does the same work on others.
"""

from __future__ import annotations

import threading

from granian.server import MTServer


class OneProcessServer(MTServer):
    """One process, one port, requests in threads."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.main_loop_interrupt = _Interruptible()

    def _check_gil(self) -> None:
        """Any Python will do."""


class _Interruptible(threading.Event):
    """Waits in slices, for on Windows a wait without end is deaf to Ctrl+C."""

    def wait(self, timeout: float | None = None) -> bool:
        """Until it is set; `timeout` as for any event."""
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(0.5):
            pass
        return True
