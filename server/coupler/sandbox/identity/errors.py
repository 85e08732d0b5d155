"""Refusals of the identity provider in the vendor's form: an OAuth error word and an AADSTS number (protocols 2.5)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any


class TokenError(Exception):
    """The provider refuses. `error` is for programs, `code` the AADSTS number, `status` the HTTP status."""

    def __init__(self, error: str, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.error = error
        self.code = code
        self.message = message
        self.status = status


class TokenRefused(Exception):
    """A bearer token that a resource does not accept; `reason` is one sentence for the person debugging."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def error_body(error: TokenError, now: datetime, base_url: str, correlation_id: str | None) -> dict[str, Any]:
    """The JSON of a token error; the correlation id is the caller's when it sent one."""
    trace, correlation = str(uuid.uuid4()), correlation_id or str(uuid.uuid4())
    stamp = now.strftime("%Y-%m-%d %H:%M:%SZ")
    return {
        "error": error.error,
        "error_description": (
            f"AADSTS{error.code}: {error.message}\r\n"
            f"Trace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {stamp}"
        ),
        "error_codes": [error.code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{base_url}/error?code={error.code}",
    }


def missing_parameter(name: str) -> TokenError:
    """A required form or query parameter is absent."""
    return TokenError("invalid_request", 900144, f"The request body must contain the following parameter: '{name}'.")
