"""One answer of a foreign service, and the one place where refusals become the domain's errors (protocols 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from coupler.connectors import odata
from coupler.connectors.odata import Fault
from coupler.connectors.redaction import Redactor
from coupler.domain.errors import (
    ConnectorError,
    CredentialsRefused,
    DuplicateKey,
    PermissionDenied,
    RateLimited,
    RecordChanged,
    RecordNotFound,
    ServiceNotFound,
    Unavailable,
    UnexpectedAnswer,
    ValueRefused,
)

NO_APPLICATION_USER = "0x80072560"

_ROW_MISSING = {"0x80040217", "Internal_RecordNotFound", "Internal_DataNotFoundFilter", "BadRequest_NotFound"}
_CHANGED = {"0x80060882", "Request_EntityChanged"}
_DUPLICATE = {"0x80040237", "Internal_EntityWithSameKeyExists"}
_READ_ONLY = {"BadRequest_MethodNotAllowed", "BadRequest_InvalidOperation"}
_FILTER = {"Application_FilterErrorException"}
_OUTAGE = (408, 502, 503, 504)
_WRITES = {"POST", "PATCH", "PUT", "DELETE"}


@dataclass(frozen=True, slots=True)
class Party:
    """Who is spoken to: `system` for programs, `name` for people, and what must never be shown of the talk."""

    system: str
    name: str
    redact: Redactor = field(default_factory=Redactor)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `is_safe` marks a POST that may be repeated: a token request changes nothing."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    is_safe: bool = False

    @property
    def is_write(self) -> bool:
        """Whether sending it may have changed something, known or not."""
        return self.method in _WRITES and not self.is_safe


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers with lower-case names, and the whole body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Any 2xx: which one differs by product and version (protocols S2)."""
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds the service asks to wait, if it does."""
        return odata.retry_after(self.headers.get("retry-after"), self.headers.get("date"))

    @property
    def date(self) -> datetime | None:
        """The service's clock."""
        return odata.http_date(self.headers.get("date"))


def failure(party: Party, call: Call, answer: Answer) -> ConnectorError:
    """The domain's error for an answer that is no success. Decides by status and code, never by text (S18)."""
    fault = odata.read_fault(answer.body)
    kind = _kind(call, answer.status, fault)
    message = f"{party.name} {_SENTENCES[kind]} (status {answer.status}{_code(fault)})"
    said = party.redact(fault.message)[:300]
    message = f"{message}: {said}" if said else f"{message}."
    details = _details(answer, fault)
    if kind is RateLimited:
        return RateLimited(
            message, retry_after=answer.retry_after, system=party.system, status=answer.status, **details
        )
    if kind is Unavailable:
        unknown = call.is_write and answer.status != 409
        return Unavailable(message, outcome_unknown=unknown, system=party.system, status=answer.status, **details)
    return kind(message, system=party.system, status=answer.status, **details)


def _kind(call: Call, status: int, fault: Fault) -> type[ConnectorError]:
    if status in (400, 409, 412):
        return _refusal(call, status, fault)
    if status in (401, 403):
        # Seen with both: the user is known, and a new token would not help (protocols T5).
        known = status == 403 or fault.code.startswith("Authorization_")
        return PermissionDenied if known else CredentialsRefused
    if status in (404, 410):
        return RecordNotFound if fault.code in _ROW_MISSING else ServiceNotFound
    if status == 405:
        return PermissionDenied if call.is_write else ServiceNotFound
    if status == 429:
        return RateLimited
    if status == 500 or status in _OUTAGE:
        return Unavailable
    return UnexpectedAnswer


def _refusal(call: Call, status: int, fault: Fault) -> type[ConnectorError]:
    """400, 409 and 412 mean different things by code (protocols S7)."""
    if fault.code in _DUPLICATE:
        return DuplicateKey
    if fault.code in _CHANGED or status == 412:
        return RecordChanged
    if status == 409:
        return Unavailable  # locked, for instance: not done, and may work later
    if fault.code in ("Internal_RecordNotFound", "Internal_DataNotFoundFilter"):
        return RecordNotFound  # 400 in some paths (protocols 3.8)
    if fault.code == "Internal_CompanyNotFound":
        return ServiceNotFound
    if fault.code in _READ_ONLY:
        return PermissionDenied
    return ValueRefused if call.is_write else UnexpectedAnswer


def is_filter_refusal(error: ConnectorError) -> bool:
    """Whether a read was refused because the value asked for cannot be in the field (protocols U15)."""
    return error.status == 400 and error.details.get("vendor_code") in _FILTER


_SENTENCES: Mapping[type[ConnectorError], str] = {
    CredentialsRefused: "does not accept who Coupler is: wrong credentials, or a token for another audience",
    PermissionDenied: "does not permit this",
    RecordNotFound: "has no such record",
    ServiceNotFound: "has nothing at this address",
    RecordChanged: "says the record changed meanwhile",
    DuplicateKey: "has a record with that key already",
    ValueRefused: "refused a value",
    RateLimited: "asks to slow down",
    Unavailable: "cannot answer now",
    UnexpectedAnswer: "answered something Coupler does not understand",
}


def _code(fault: Fault) -> str:
    return f", {fault.code[:60]}" if fault.code else ""


def _details(answer: Answer, fault: Fault) -> dict[str, str]:
    ids = {
        "vendor_code": fault.code[:60],
        "correlation_id": fault.correlation or "",
        "request_id": (answer.headers.get("x-ms-service-request-id") or answer.headers.get("request-id") or "")[:60],
    }
    return {name: value for name, value in ids.items() if value}
