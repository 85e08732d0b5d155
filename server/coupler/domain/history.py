"""The append-only record of what was done, by whom, with the values before and after (domain N-04)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
