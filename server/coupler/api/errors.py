"""Where an error gets its status, and the one shape all of them are told in (RFC 9457)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, current_app, g, json, render_template, request
from werkzeug.exceptions import HTTPException

from coupler.domain import errors as domain

PROBLEM_TYPE = "application/problem+json"


class MalformedBody(domain.CouplerError):
    """The body is not UTF-8 JSON, or nested beyond reason."""

    code = "malformed_body"
    fix = "Send a JSON object in UTF-8, as described in /api/docs."


class PreconditionRequired(domain.CouplerError):
    """A write on one resource came without If-Match."""

    code = "precondition_required"
    fix = "Read the resource and send its ETag as If-Match."


class IdempotencyKeyReused(domain.CouplerError):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    fix = "Use a new Idempotency-Key for a new request."


class IdempotencyInProgress(domain.CouplerError):
    """The first request with this key has not been answered yet."""

    code = "idempotency_in_progress"
    fix = "Wait a moment, then repeat with the same key."


class CrossSite(domain.CouplerError):
    """A request that only our own pages may make came from elsewhere."""

    code = "cross_site"


class SeveralPartners(domain.CouplerError):
    """The record is coupled in several companies and a program asked to be sent to one."""

    code = "several_partners"
    fix = "Add `connection` to the query."


class SignInNotConfigured(domain.CouplerError):
    """No OpenID Connect provider is set up."""

    code = "sign_in_not_configured"
    fix = "Set COUPLER_OIDC_ISSUER, COUPLER_OIDC_CLIENT_ID, COUPLER_OIDC_CLIENT_SECRET and COUPLER_OIDC_AUDIENCE."


# A class not listed gets the status of its nearest listed base.
STATUS: Mapping[type[domain.CouplerError], int] = {
    domain.CouplerError: 500,
    domain.InvalidInput: 422,
    domain.NotFound: 404,
    domain.Forbidden: 403,
    domain.NotSignedIn: 401,
    domain.Stale: 412,
    domain.CouplingError: 409,
    domain.NotCoupled: 404,
    domain.NotEligible: 422,
    domain.DirectionNotAllowed: 422,
    domain.ConnectorError: 502,
    domain.RecordNotFound: 404,
    domain.RecordChanged: 409,
    domain.DuplicateKey: 409,
    domain.ValueRefused: 422,
    domain.RateLimited: 503,
    domain.Unavailable: 503,
    MalformedBody: 400,
    PreconditionRequired: 428,
    IdempotencyKeyReused: 422,
    IdempotencyInProgress: 409,
    CrossSite: 403,
    SeveralPartners: 409,
    SignInNotConfigured: 503,
}

_HTTP_CODES: Mapping[int, str] = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    500: "internal_error",
}
_HTTP_DETAILS: Mapping[int, str] = {
    404: "There is nothing at this address.",
    413: "A body has at most 256 kB.",
    415: "Send the body as application/json.",
    500: "Something went wrong in Coupler itself. The log has the details under this request id.",
}
_HTTP_FIXES: Mapping[int, str] = {
    404: "Check the address; /api/docs lists every call there is.",
    405: "Use one of the methods in the header Allow.",
    413: "Send less at once.",
    415: "Set the header Content-Type: application/json.",
    500: "Give an administrator the request id.",
}


def status_of(error: domain.CouplerError) -> int:
    """The HTTP status of an error. A change nobody guarded with If-Match is a conflict, not a failed condition."""
    if isinstance(error, domain.Stale) and "If-Match" not in request.headers:
        return 409
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def problem_of(error: domain.CouplerError) -> dict[str, Any]:
    """The problem object of an expected failure, with what its details add."""
    extra = dict(error.details)
    if isinstance(error, domain.ConnectorError) and error.system:
        extra["system"] = error.system
    if isinstance(error, domain.RateLimited) and error.retry_after is not None:
        extra["retry_after"] = math.ceil(error.retry_after)
    if error.fix:
        extra["fix"] = error.fix
    errors = error.errors if isinstance(error, domain.InvalidInput) else {}
    return {**extra, **_problem(status_of(error), error.code, error.message, errors)}


def _problem(status: int, code: str, detail: str, errors: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    return {
        "type": code,
        "title": title_of(code),
        "status": status,
        "detail": detail,
        "code": code,
        "errors": {name: list(texts) for name, texts in (errors or {}).items()},
        "request_id": g.get("request_id", ""),
    }


def title_of(code: str) -> str:
    """The code as a heading."""
    first, *rest = code.split("_")
    return " ".join(("NAV" if first == "nav" else first.capitalize(), *rest))


def wants_html() -> bool:
    """Whether a browser is looking: it asks for HTML by name, programs do not."""
    return not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")


def answer_problem(problem: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """The answer: a page for a person outside the API, problem+json for everything else."""
    if wants_html():
        response = current_app.response_class(
            render_template("coupler/problem.html", problem=problem), mimetype="text/html"
        )
    else:
        response = current_app.response_class(json.dumps(problem), mimetype=PROBLEM_TYPE)
    response.status_code = problem["status"]
    response.headers.extend(headers)
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = _challenge()
    return response


def _challenge() -> str:
    sent = request.headers.get("Authorization", "")
    return 'Bearer realm="coupler"' + (', error="invalid_token"' if sent else "")


def answer_error(error: domain.CouplerError) -> Response:
    """An expected failure."""
    problem = problem_of(error)
    headers = {"Retry-After": str(problem["retry_after"])} if "retry_after" in problem else {}
    return answer_problem(problem, headers)


def answer_http(error: HTTPException) -> Response:
    """A failure the framework found: unknown address, wrong method, too large, or an unexpected exception."""
    status = error.code or 500
    if status < 400:
        return current_app.make_response(error.get_response())
    code = _HTTP_CODES.get(status, error.name.lower().replace(" ", "_").replace("-", "_"))
    detail = _HTTP_DETAILS.get(status) or error.description or error.name
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    fix = {"fix": _HTTP_FIXES[status]} if status in _HTTP_FIXES else {}
    return answer_problem({**fix, **_problem(status, code, detail)}, headers)


def register(app: Flask) -> None:
    """Let every failure of the application take this shape."""
    app.register_error_handler(domain.CouplerError, answer_error)
    app.register_error_handler(HTTPException, answer_http)
