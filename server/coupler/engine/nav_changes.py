"""One change of a NAV record, from its written intent to an outcome that is known (trust 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from coupler.domain.errors import (
    ConnectorError,
    CouplerError,
    RecordChanged,
    RecordNotFound,
    Severity,
    Stale,
    Unavailable,
)
from coupler.domain.history import HistoryEntry, Stage
from coupler.domain.records import Record
from coupler.engine.ports import HistoryStore, NavConnector


def carry_out(history: HistoryStore, nav: NavConnector, record: Record, intent: HistoryEntry) -> tuple[Record, bool]:
    """Write the intent's values; the row as it then is, and whether it holds them.

    Closes the intent when they are known not to be there; confirming it is the caller's, with the outcome. An intent
    whose outcome nobody could read stays open. False: somebody else's change came first. Raises ConnectorErrors.
    """
    try:
        seen, is_done = _send(nav, record, {name: str(value) for name, value in intent.after.items()})
    except CouplerError as error:
        if not (isinstance(error, Unavailable) and error.outcome_unknown):
            stage = Stage.NOT_APPLIED if error.severity is Severity.RETRYABLE else Stage.REFUSED
            close(history, replace(intent, stage=stage, detail=error.message))
        raise
    if not is_done:
        close(history, replace(intent, stage=Stage.NOT_APPLIED, detail="The row changed meanwhile."))
    return seen, is_done


def close(history: HistoryStore, entry: HistoryEntry) -> None:
    """Close an intent; one that somebody closed meanwhile by reading the record may stay as it is."""
    with suppress(Stale):
        history.close(entry)


def holds(nav: Record, values: Mapping[str, object]) -> bool:
    """Whether the record has these values; NAV drops trailing blanks (protocols V5)."""
    return all(nav.text(name).rstrip(" ") == str(value).rstrip(" ") for name, value in values.items())


def _send(nav: NavConnector, record: Record, changes: Mapping[str, str]) -> tuple[Record, bool]:
    """Update; after a conflict or a lost answer look first, as the change may be there already (protocols S7, S12)."""
    try:
        return nav.update(record, changes), True
    except RecordChanged as conflict:
        return _look(nav, record, changes, conflict)
    except Unavailable as lost:
        if not lost.outcome_unknown:
            raise
        seen, is_done = _look(nav, record, changes, lost)
    if is_done or seen.etag != record.etag:
        return seen, is_done
    try:
        return nav.update(seen, changes), True
    except RecordChanged as conflict:
        return _look(nav, record, changes, conflict)


def _look(nav: NavConnector, record: Record, changes: Mapping[str, str], reason: ConnectorError) -> tuple[Record, bool]:
    """The row after all, and whether it holds the changes. Unreadable as well, the outcome is unknown."""
    try:
        seen = nav.read(record.ref.key)
    except RecordNotFound:
        raise
    except CouplerError as error:
        raise Unavailable(reason.message, outcome_unknown=True, system=reason.system, status=reason.status) from error
    return seen, holds(seen, changes)
