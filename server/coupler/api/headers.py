"""Headers of every answer, and the one log line per request (trust 3.6, surfaces 6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from time import perf_counter

import structlog
from flask import Flask, Response, g, request

from coupler.api.access import check_access
from coupler.api.requests import refuse_unusable_text, take_request_id
from coupler.api.services import services

_log = structlog.stdlib.get_logger("coupler.access")
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PLAIN_PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
SIGNED_IN_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types"
)
PANE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
_UNFRAMED = ("X-Frame-Options", "DENY")
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


def framed_pane(ancestors: Sequence[str]) -> str:
    """The policy of a pane that these origins may frame; all of them, for every ancestor has to be on it."""
    return PANE.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(ancestors)}") if ancestors else PANE


def begin() -> None:
    """Name the request, refuse what cannot be meant, and let in only whom the route is for."""
    g.started = perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=take_request_id())
    refuse_unusable_text()
    check_access()


def finish(response: Response) -> Response:
    """Add what is missing; a view that set a header knows better."""
    given = {name.lower() for name, _ in response.headers}
    wanted = _wanted(response.mimetype == "text/html", request.path.startswith("/auth/"), services().is_https)
    # X-Frame-Options knows no list of hosts: where some may frame, only the policy can say so.
    framing = () if g.get("is_framed", False) else (_UNFRAMED,)
    response.headers.extend([pair for pair in (*framing, *wanted) if pair[0].lower() not in given])
    response.headers["X-Request-ID"] = g.get("request_id", "")
    _write_line(response)
    return response


@cache
def _wanted(is_page: bool, is_sign_in: bool, is_https: bool) -> tuple[tuple[str, str], ...]:
    policy = ("Content-Security-Policy", _PLAIN_PAGE if is_page else _NOTHING)
    # While signing in, a popup must keep its opener (surfaces 6.4).
    opener = (("Cross-Origin-Opener-Policy", "same-origin"),) if is_page and not is_sign_in else ()
    transport = (("Strict-Transport-Security", "max-age=31536000"),) if is_https else ()
    return (*_ALWAYS, policy, *opener, *transport)


def _write_line(response: Response) -> None:
    """The route's pattern and not the address: keys and queries name people."""
    who = g.get("actor")
    _log.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        milliseconds=round((perf_counter() - g.get("started", perf_counter())) * 1000, 1),
        actor=who.id if who else None,
    )


def register(app: Flask) -> None:
    """Hook both into the application."""
    app.before_request(begin)
    app.after_request(finish)
