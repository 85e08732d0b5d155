"""The one tree of errors people see: a stable code, one sentence and how far the damage goes.

Foreign exceptions (httpx, SQLAlchemy, OAuth) are translated into these once, at the border where they arise.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar


class Severity(StrEnum):
    """How far a failure reaches: this record only, this attempt, or everything the connection does."""

    RECORD = "record"
    RETRYABLE = "retryable"
    FATAL = "fatal"


class CouplerError(Exception):
    """Root of every expected failure. `details` is shown to people and never holds a secret."""

    code: ClassVar[str] = "coupler_error"
    severity: ClassVar[Severity] = Severity.RECORD
    fix: ClassVar[str] = ""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details


class InvalidInput(CouplerError):
    """Something the caller sent cannot be right; `errors` names the fields."""

    code = "invalid_input"
    fix = "Correct the fields named and try again."

    def __init__(self, message: str, *, errors: Mapping[str, list[str]] | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.errors: Mapping[str, list[str]] = errors or {}


class NotFound(CouplerError):
    """An object of Coupler itself (connection, coupling, token, ...) that does not exist or is not visible."""

    code = "not_found"
    fix = "It may have been deleted meanwhile; list what there is."


class ConnectionUnknown(NotFound):
    """No connection of that name, company or organization."""

    code = "connection_unknown"
    fix = "Ask an administrator for access; `coupler connection list` shows the connections there are."


class MappingUnknown(NotFound):
    """No integration table mapping of that name."""

    code = "mapping_unknown"
    fix = "Use one of the mappings named."


class Forbidden(CouplerError):
    """The person is known but may not do this."""

    code = "forbidden"
    fix = "Ask an administrator for the role named here."


class NotSignedIn(CouplerError):
    """No usable credentials came with the request."""

    code = "not_signed_in"
    fix = "Sign in, or send a valid token as `Authorization: Bearer ...`."


class Stale(CouplerError):
    """An If-Match that no longer fits: somebody else changed the object of Coupler meanwhile."""

    code = "stale"
    fix = "Read it again, look at what changed, and repeat with the new ETag."


class CouplingError(CouplerError):
    """A coupling rule says no."""

    code = "coupling_refused"


class NotCoupled(CouplingError):
    """The record has no coupling."""

    code = "not_coupled"
    fix = "Set up a coupling first."


class AlreadyCoupled(CouplingError):
    """The CRM record belongs to another NAV record (domain R-02); details name that record."""

    code = "already_coupled"
    fix = 'Open the other record, or repeat with "move": true to take the CRM record away from it.'


class MoveNeedsConsent(CouplingError):
    """The NAV record is coupled to another CRM record; moving asks first (domain N-07)."""

    code = "move_needs_consent"
    fix = 'Repeat with "move": true to give up the present coupling.'


class NotEligible(CouplingError):
    """The mapping's filter excludes the record: disabled, unlicensed or integration user (domain R-16)."""

    code = "not_eligible"
    fix = "Choose another user, or have this one enabled and licensed in CRM."


class DirectionNotAllowed(CouplingError):
    """Data may not flow that way in this mapping (domain S-08)."""

    code = "direction_not_allowed"
    fix = "Change the record in CRM, then synchronize from CRM."


class MappingDisabled(CouplingError):
    """The mapping is switched off for this connection."""

    code = "mapping_disabled"
    fix = "Ask an administrator to enable the mapping."


class ConnectionDisabled(CouplingError):
    """The connection is switched off (domain H-10)."""

    code = "connection_disabled"
    fix = "Ask an administrator to enable the connection."


class SynchronizationConflict(CouplingError):
    """A question a person has to answer before values are overwritten."""

    code = "conflict"
    fix = 'Look at the differences; repeat with "force": true to take the CRM values.'


class NavIsNewer(SynchronizationConflict):
    """Only the NAV record changed since the last synchronization (domain Y-03)."""

    code = "nav_is_newer"


class BothChanged(SynchronizationConflict):
    """Both changed since the last synchronization, or there was none, and they differ (domain Y-04)."""

    code = "both_changed"


class UndoRefused(CouplingError):
    """The record changed since, or the step cannot be undone."""

    code = "undo_refused"
    fix = "Look at the record and its history, then correct it by hand or synchronize again."


class ConnectorError(CouplerError):
    """NAV, CRM or their token service answered something other than success."""

    code = "connector_error"

    def __init__(self, message: str, *, system: str = "", status: int | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.system = system
        self.status = status


class CredentialsRefused(ConnectorError):
    """The token service or the system refused who we are, also after one fresh token (protocols T4)."""

    code = "credentials_refused"
    severity = Severity.FATAL
    fix = "Check client id, secret or certificate and its expiry, then test the connection."


class PermissionDenied(ConnectorError):
    """Known, but without the right; a new token would not help (protocols T5)."""

    code = "permission_denied"
    fix = "Give the connection's user the role or permission set named in the detail."


class RecordNotFound(ConnectorError):
    """The row does not exist, as far as this user may see."""

    code = "record_not_found"
    fix = "Check the code or id, the company, and that the connection's user may see the record."


class ServiceNotFound(ConnectorError):
    """The web service, entity set, company or tenant does not exist: not a missing row (protocols S9)."""

    code = "service_not_found"
    severity = Severity.FATAL
    fix = "Check the address, the company and that the page is published as a web service."


class RecordChanged(ConnectorError):
    """The row changed after it was read: 412, or 409 with Request_EntityChanged (protocols S7)."""

    code = "record_changed"
    severity = Severity.RETRYABLE
    fix = "Look at the record again and repeat."


class ValueRefused(ConnectorError):
    """The system's own validation refused a value; nothing of the record was written (domain F-05)."""

    code = "value_refused"
    fix = "Correct the value in CRM, then synchronize again."


class DuplicateKey(ConnectorError):
    """A row with that key exists."""

    code = "duplicate_key"
    fix = "Choose another key."


class RateLimited(ConnectorError):
    """429 until our patience ended; `retry_after` in seconds."""

    code = "rate_limited"
    severity = Severity.RETRYABLE
    fix = "Wait as long as told, then try again."

    def __init__(self, message: str, *, retry_after: float | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class Unavailable(ConnectorError):
    """No answer, or one that only an outage gives; with `outcome_unknown` a write may or may not have been applied."""

    code = "unavailable"
    severity = Severity.RETRYABLE
    fix = "Check that the system is running and reachable, then try again."

    def __init__(self, message: str, *, outcome_unknown: bool = False, **details: Any) -> None:
        super().__init__(message, **details)
        self.outcome_unknown = outcome_unknown


class StillReading(Unavailable):
    """All users or salespeople are being read for the first time, which takes longer than a request may wait."""

    code = "still_reading"
    fix = "Try again as soon as told; the reading goes on meanwhile."


class UnexpectedAnswer(ConnectorError):
    """An answer that is not the protocol: HTML, broken-off JSON, a missing field, a foreign link."""

    code = "unexpected_answer"
    fix = "Check the address: a proxy or a sign-in page may be answering instead of the system."


class StorageError(CouplerError):
    """The database did not do what it should."""

    code = "storage_error"
    severity = Severity.FATAL
    fix = "Check the database, its disk and `coupler db check`."


class SettingsError(CouplerError):
    """A setting is wrong or missing; the message names the variable, what is wrong and an example."""

    code = "settings_error"
    severity = Severity.FATAL
    fix = "Correct the variable and start again; `coupler config check` names everything that is wrong."
