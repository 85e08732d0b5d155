"""The append-only record of what was done, by whom, with the values before and after (domain N-04)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from coupler.domain.coupling import Coupling
from coupler.domain.errors import NotFound


class Deed(StrEnum):
    """What was done."""

    COUPLE = "couple"
    MOVE = "move"
    UNCOUPLE = "uncouple"
    SYNCHRONIZE = "synchronize"
    UNDO = "undo"


class Stage(StrEnum):
    """Where an entry stands: written before the remote write, then confirmed, refused, or not applied."""

    INTENT = "intent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    NOT_APPLIED = "not_applied"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One deed. `before` and `after` hold only what it changed; `undoes` names the entry it took back."""

    id: str
    at: datetime
    by: str
    deed: Deed
    stage: Stage
    connection: str
    mapping: str
    coupling: str
    nav_key: str
    crm_id: str
    nav_name: str = ""
    crm_name: str = ""
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    detail: str = ""
    undoes: str | None = None


def unknown_entry() -> NotFound:
    """The error for an entry that does not exist or may not be seen: the same words, so that nothing is told."""
    return NotFound("There is no history entry of that id.")


def entry_of(
    coupling: Coupling,
    deed: Deed,
    entry: str,
    at: datetime,
    by: str,
    *,
    stage: Stage = Stage.CONFIRMED,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    detail: str = "",
) -> HistoryEntry:
    """The entry of that id about a coupling."""
    return HistoryEntry(
        id=entry,
        at=at,
        by=by,
        deed=deed,
        stage=stage,
        connection=coupling.connection,
        mapping=coupling.mapping,
        coupling=coupling.id,
        nav_key=coupling.nav_key,
        crm_id=coupling.crm_id,
        nav_name=coupling.nav_name,
        crm_name=coupling.crm_name,
        before=before or {},
        after=after or {},
        detail=detail,
    )


def uncoupled(coupling: Coupling, entry: str, at: datetime, by: str, detail: str = "") -> HistoryEntry:
    """The entry about its end."""
    before = {"crm_id": coupling.crm_id, "crm_name": coupling.crm_name}
    return entry_of(coupling, Deed.UNCOUPLE, entry, at, by, before=before, detail=detail)
