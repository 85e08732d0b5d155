"""References to records in either system, and what was read of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Value = str | int | bool | None


class System(StrEnum):
    """The two systems a coupling joins."""

    NAV = "nav"
    CRM = "crm"


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Names one record: system, table in our words (`salesperson`, `systemuser`) and its key.

    A NAV key is the primary key text as the server echoes it; a CRM key is a GUID in canonical
    lower-case text without braces (protocols U9).
    """

    system: System
    table: str
    key: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row as read: values by the mapping's field names, never more than was asked for.

    `etag` is opaque and sent back verbatim (protocols S3). `modified_on` is None where the service does
    not tell (NAV page services, protocols 3.2). `stable_id` is the NAV SystemId where there is one.
    """

    ref: RecordRef
    fields: Mapping[str, Value]
    etag: str | None = None
    modified_on: datetime | None = None
    stable_id: str | None = None
    extra: Mapping[str, Value] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A field as text; null, missing and empty are the same (protocols V1)."""
        value = self.fields.get(name)
        return "" if value is None else str(value)
