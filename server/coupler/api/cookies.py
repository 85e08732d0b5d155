"""Cookies: the session, a sign-in under way, the connection opened last, and the session of a pane in a frame."""

from __future__ import annotations

from flask import Response, request

from coupler.api.services import services
from coupler.domain.connection import NAME_PATTERN

_SESSION = "coupler-session"
_ATTEMPT = "coupler-sign-in"
_LAST = "coupler-last"
_FRAME = "__Host-coupler-frame"
_ATTEMPT_SECONDS = 600
_LAST_SECONDS = 180 * 86_400


def _name(plain: str) -> str:
    """Browsers take the prefix only with Secure, which plain http on this machine cannot have."""
    return f"__Host-{plain}" if services().is_https else plain


def _set(response: Response, plain: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        _name(plain),
        value,
        max_age=seconds,
        path="/",
        secure=services().is_https,
        httponly=True,
        samesite="Lax",
    )


def _drop(response: Response, plain: str) -> None:
    response.delete_cookie(_name(plain), path="/", secure=services().is_https, httponly=True, samesite="Lax")


def session_id() -> str | None:
    """The browser's session, as it says."""
    return request.cookies.get(_name(_SESSION))


def keep_session(response: Response, session: str) -> None:
    """Until the browser closes; the store ends it earlier."""
    _set(response, _SESSION, session, None)


def forget_session(response: Response) -> None:
    """Sign out."""
    _drop(response, _SESSION)


def frame_session_id() -> str | None:
    """The session of a pane in a frame: kept apart for each site that frames it."""
    return request.cookies.get(_FRAME)


def keep_frame_session(response: Response, session: str) -> None:
    """Partitioned, and so Secure, which browsers take from https and from this machine itself (surfaces 6.1)."""
    response.set_cookie(_FRAME, session, path="/", secure=True, httponly=True, samesite="None", partitioned=True)


def forget_frame_session(response: Response) -> None:
    """Sign out."""
    response.delete_cookie(_FRAME, path="/", secure=True, httponly=True, samesite="None", partitioned=True)


def attempt_id() -> str | None:
    """What the browser is known by while it signs in, perhaps in several tabs."""
    return request.cookies.get(_name(_ATTEMPT))


def keep_attempt(response: Response, attempt: str) -> None:
    """Ten minutes, as long as the store takes it; it opens nothing by itself."""
    _set(response, _ATTEMPT, attempt, _ATTEMPT_SECONDS)


def last_connection() -> str | None:
    """The connection opened last. It only orders a list of what the person may see anyway, so it is not signed."""
    name = request.cookies.get(_name(_LAST), "")
    return name if NAME_PATTERN.fullmatch(name) else None


def keep_last_connection(response: Response, connection: str) -> None:
    """For the next time there are several."""
    _set(response, _LAST, connection, _LAST_SECONDS)
