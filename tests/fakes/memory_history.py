"""The history in a dictionary."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from tests.fakes.storable import cursor_after, last_seen, require_storable

from coupler.domain.errors import NotFound, Stale
from coupler.domain.history import HistoryEntry, Stage
from coupler.engine.ports import HistoryFilter


class MemoryHistory:
    """Implements engine.ports.HistoryStore."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._entries: dict[str, HistoryEntry] = {}

    def add(self, entry: HistoryEntry) -> None:
        require_storable(entry)
        with self._lock:
            assert entry.id not in self._entries, "a history entry is written once"
            self._entries[entry.id] = entry

    def write(self, entry: HistoryEntry) -> None:
        """Close the intent of that id where there is one, else append."""
        with self._lock:
            if entry.id in self._entries:
                self.close(entry)
            else:
                self.add(entry)

    def close(self, entry: HistoryEntry) -> None:
        with self._lock:
            found = self.get(entry.id)
            is_late_confirmation = (found.stage, entry.stage) == (Stage.NOT_APPLIED, Stage.CONFIRMED)
            if found.stage is Stage.INTENT or is_late_confirmation:
                self._entries[entry.id] = replace(found, stage=entry.stage, detail=entry.detail)
            elif found.stage is not entry.stage:
                raise Stale("This history entry was already closed.")

    def get(self, entry: str) -> HistoryEntry:
        try:
            return self._entries[entry]
        except KeyError:
            raise NotFound("There is no history entry of that id.") from None

    def open_intents(self, coupling: str) -> Sequence[HistoryEntry]:
        with self._lock:
            return sorted(
                (e for e in self._entries.values() if e.coupling == coupling and e.stage is Stage.INTENT),
                key=lambda e: (e.at, e.id),
            )

    def undone_by(self, entry: str) -> HistoryEntry | None:
        with self._lock:
            found = [e for e in self._entries.values() if e.undoes == entry and e.stage is Stage.CONFIRMED]
        return max(found, key=lambda e: (e.at, e.id), default=None)

    def find(self, which: HistoryFilter, limit: int, cursor: str | None) -> tuple[Sequence[HistoryEntry], str | None]:
        with self._lock:
            found = sorted(
                (e for e in self._entries.values() if _is_asked(which, e)), key=lambda e: (e.at, e.id), reverse=True
            )
        if cursor is not None:
            last = self.get(last_seen("history", cursor))
            found = [e for e in found if (e.at, e.id) < (last.at, last.id)]
        page = found[:limit]
        return page, cursor_after("history", page[-1].id) if page and len(found) > limit else None


def _is_asked(which: HistoryFilter, entry: HistoryEntry) -> bool:
    return (
        (which.connections is None or entry.connection in which.connections)
        and which.coupling in (None, entry.coupling)
        and which.by in (None, entry.by)
        and (which.since is None or entry.at >= which.since)
    )
