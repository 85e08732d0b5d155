"""A clock for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class SteppedClock:
    """Stands still until it is moved."""

    time: datetime = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        """The time it shows."""
        return self.time

    def advance(self, **duration: float) -> None:
        """Move it, for instance `advance(hours=1)`."""
        self.time += timedelta(**duration)
