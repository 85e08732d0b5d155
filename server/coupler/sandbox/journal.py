"""What the systems were asked: protocol calls only, in the order of their arrival."""

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SYSTEMS = ("crm", "nav", "bc", "identity")
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
# A bench can send millions; the counts stay exact, the entries are the newest.
KEPT = 200_000


@dataclass(slots=True)
class Entry:
    """One call. `path` is the raw request target with its query; `status` is None until answered, 0 when cut off."""

    system: str
    method: str
    path: str
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None

    def as_dict(self, *, headers: bool = False) -> dict[str, Any]:
        """The contract's form; request headers without secrets only when asked for."""
        shown = {
            "system": self.system,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "at": self.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        }
        return {**shown, "headers": dict(self.headers)} if headers else shown


class Journal:
    """Thread-safe record of calls. Times are real, not the sandbox's movable ones: testers compare with their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()

    def open(self, system: str, method: str, path: str, headers: Mapping[str, str]) -> Entry:
        """Note a call as it arrives, so that one that never ends is seen too; set `status` when it is answered."""
        shown = {name: "***" if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}
        entry = Entry(system, method, path, datetime.now(UTC), shown)
        with self._lock:
            self._entries.append(entry)
            self._counts[system] += 1
        return entry

    def entries(self, system: str | None = None, since: datetime | None = None) -> list[Entry]:
        """Calls of one system or all, at or after `since`, oldest first."""
        with self._lock:
            kept = list(self._entries)
        return [e for e in kept if system in (None, e.system) and (since is None or e.at >= since)]

    def counts(self) -> dict[str, int]:
        """Number of calls by system since the last `clear`; all four are always named."""
        with self._lock:
            return {system: self._counts[system] for system in SYSTEMS}

    def clear(self) -> None:
        """Forget every call."""
        with self._lock:
            self._entries.clear()
            self._counts.clear()
