"""What a server instance answers: rows as JSON, and errors with their glued correlation id (protocols 3.4, 3.8)."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

JSON = "application/json; odata.metadata=minimal; odata.streaming=true"


class Refused(Exception):
    """An error answer. The message is given without correlation id."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    def reply(self) -> "Reply":
        """The vendor's body: message, two blanks, `CorrelationId:`, two blanks, GUID, full stop."""
        message = f"{self}  CorrelationId:  {uuid.uuid4()}."
        return Reply(self.status, {"error": {"code": self.code, "message": message}}, self.headers)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is put on the wire. `body` None: none; `kind` other than JSON: `body` is text."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = JSON

    def content(self) -> bytes:
        """The body as bytes."""
        if self.body is None:
            return b""
        if self.kind != JSON:
            return str(self.body).encode()
        return json.dumps(self.body, ensure_ascii=False, default=_number, separators=(",", ":")).encode()


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} has no JSON form")
    return int(value) if value == value.to_integral_value() else float(value)


def no_segment(segment: str) -> Refused:
    """Unknown service, set or property path."""
    return Refused(404, "BadRequest_ResourceNotFound", f"Resource not found for the segment '{segment}'.")


def no_row() -> Refused:
    """There is no such row."""
    return Refused(404, "Internal_RecordNotFound", "The requested record does not exist.")


def no_company(name: str) -> Refused:
    """There is no such company; names are case-sensitive."""
    return Refused(404, "Internal_CompanyNotFound", f'The company "{name}" does not exist.')


def not_allowed(method: str, name: str, kind: str) -> Refused:
    """A verb that this kind of resource does not take."""
    return Refused(
        405,
        "BadRequest_MethodNotAllowed",
        f"'{method}' requests for '{name}' of EdmType '{kind}' are not allowed within Dynamics 365 Business Central"
        " OData web services.",
    )


def not_implemented(name: str) -> Refused:
    """What the sandbox does not speak, by name."""
    return Refused(501, "BadRequest_MethodNotImplemented", f"The sandbox does not support {name}.")


def bad_request(message: str, code: str = "BadRequest") -> Refused:
    """400 with the vendor's code."""
    return Refused(400, code, message)
