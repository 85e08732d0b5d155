"""How a process that keeps running ends: Ctrl+C, a signal, or the end of its standard input."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

import click


class Ending:
    """Waits until the process is asked to end. Takes the signals over when it is made, on the main thread."""

    def __init__(self, *, until_stdin_closes: bool = False) -> None:
        self._asked = threading.Event()
        for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, self._on_signal)
        if until_stdin_closes:
            when_stdin_closes(self.ask)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.set()

    def ask(self) -> None:
        """End from any thread."""
        self._asked.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until asked, or at most `seconds`; whether it was asked."""
        # In slices, for on Windows a wait without end is deaf to Ctrl+C.
        remaining = seconds
        while not self._asked.is_set() and (remaining is None or remaining > 0):
            slice_ = 0.25 if remaining is None else min(0.25, remaining)
            self._asked.wait(slice_)
            remaining = None if remaining is None else remaining - slice_
        return self._asked.is_set()


def when_stdin_closes(act: Callable[[], None]) -> None:
    """Call `act` once standard input ends: the sign that a parent holding the other end has died.

    Reads the descriptor itself: a daemon thread inside sys.stdin would hold its lock at the end of the process.
    """

    def watch() -> None:
        try:
            while os.read(0, 1024):
                pass
        except OSError:
            pass
        act()

    threading.Thread(target=watch, name="stdin", daemon=True).start()


until_stdin_closes_option = click.option(
    "--until-stdin-closes", is_flag=True, hidden=True, help="End when standard input does."
)
