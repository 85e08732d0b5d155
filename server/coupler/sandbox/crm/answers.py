"""One call to the Web API and its answer as plain values, so that a batch's parts take the same way as a request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from coupler.sandbox.wire import Segment

SYNTAX = "0x80060888"
PAYLOAD = "0x80048d19"
NOT_FOUND = "0x80040217"
STALE = "0x80060882"
DUPLICATE = "0x80040237"
INVALID_ARGUMENT = "0x80040203"
JSON_TYPE = "application/json; odata.metadata=minimal"


class CrmError(Exception):
    """A refusal in the vendor's form: HTTP status, hex code, message (protocols 1.8)."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Call:
    """A request as the handlers see it. `root` is the absolute service root with its slash; headers are lower case."""

    method: str
    segments: tuple[Segment, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    root: str
    raw_query: str = ""
    caller: str = ""
    expire_delta: bool = False

    @property
    def path(self) -> str:
        """The set's address for links, as far as the handlers need it."""
        return self.root + self.segments[0].name

    def json(self) -> Any:
        """The body, which must be JSON."""
        try:
            return json.loads(self.body.decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError) as error:
            raise bad_payload(f"An error occurred while reading the payload: {error}") from error


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `body` None: nothing; text goes as it is, everything else as JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, **more: str) -> Answer:
        """The same with more headers; underscores stand for hyphens."""
        added = {name.replace("_", "-"): value for name, value in more.items()}
        return replace(self, headers={**self.headers, **added})

    def encoded(self) -> tuple[bytes, str | None]:
        """Body bytes and their content type."""
        if self.body is None:
            return b"", None
        if isinstance(self.body, str):
            kind = self.headers.get("Content-Type", "text/plain; charset=utf-8")
            return self.body.encode(), kind
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode(), JSON_TYPE


def error_answer(error: CrmError, annotations: bool = False) -> Answer:
    """The error as JSON; with annotations asked for it carries the vendor's extra members."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if annotations:
        body["@Microsoft.PowerApps.CDS.HelpLink"] = f"http://go.microsoft.com/fwlink/?LinkID=398563&error={error.code}"
        body["@Microsoft.PowerApps.CDS.InnerError.Message"] = error.message
        body["@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus"] = "0"
    return Answer(error.status, {"error": body}, error.headers)


def bad_request(message: str) -> CrmError:
    """A query or address that cannot be understood."""
    return CrmError(400, SYNTAX, message)


def bad_payload(message: str) -> CrmError:
    """A body that cannot be understood."""
    return CrmError(400, PAYLOAD, f"Error identified in Payload provided by the user for Entity :'', {message}")


def not_found(logical_name: str, key: str) -> CrmError:
    """No such row."""
    return CrmError(404, NOT_FOUND, f"Entity '{logical_name}' With Id = {key} Does Not Exist")


def unknown_segment(name: str) -> CrmError:
    """No such thing in the address."""
    return CrmError(404, SYNTAX, f"Resource not found for the segment '{name}'.")


def unknown_property(name: str, logical_name: str) -> CrmError:
    """No such property on the type."""
    return bad_request(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{logical_name}'.")


def stale() -> CrmError:
    """The ETag that was sent is not the row's any more."""
    return CrmError(412, STALE, "The version of the existing record doesn't match the RowVersion property provided.")


def unsupported(name: str) -> CrmError:
    """The sandbox does not speak this part of the protocol."""
    return CrmError(501, "0x80040216", f"The sandbox does not support {name}.")
