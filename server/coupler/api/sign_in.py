"""Signing in with the OpenID Connect provider, and the pane's bearer (trust 3.3)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request

from coupler.api import cookies
from coupler.api.errors import CrossSite, SignInNotConfigured, wants_html
from coupler.api.headers import SIGNED_IN_PAGE
from coupler.api.requests import CONTROL
from coupler.api.services import services
from coupler.domain.access import Actor
from coupler.domain.errors import NotSignedIn

blueprint = Blueprint("sign_in", __name__, url_prefix="/auth")
_PROVIDER_ERROR = re.compile(r"[a-z_]{1,60}")


@blueprint.get("/sign-in")
def begin() -> Response:
    """Send the browser to the provider; `return_to` is where to come back to, a path of ours."""
    if not services().access.is_configured():
        raise SignInNotConfigured("Nobody can sign in here yet: no OpenID Connect provider is set up.")
    return_to = local_path(request.args.get("return_to", "/"))
    attempt, url = services().access.begin_sign_in(return_to, cookies.attempt_id())
    response = current_app.make_response(redirect(url))
    cookies.keep_attempt(response, attempt)
    return response


@blueprint.get("/callback")
def callback() -> Response:
    """Where the provider sends the browser back to."""
    error = request.args.get("error", "")
    if error:
        shown = error if _PROVIDER_ERROR.fullmatch(error) else "error"
        raise NotSignedIn(f"The identity provider did not let you in ({shown}).")
    done = services().access.finish_sign_in(
        cookies.attempt_id(), request.args.get("state", ""), request.args.get("code", "")
    )
    response = _approved(done.ticket, done.actor) if done.ticket else _back(done.return_to)
    cookies.keep_session(response, done.session)
    return response


def _back(return_to: str) -> Response:
    return current_app.make_response(redirect(local_path(return_to)))


def _approved(ticket: bytes, actor: Actor) -> Response:
    """The end of a pop-up: it tells the pane that opened it, where the browser still lets it know that one."""
    host = services().frame_sign_in.approve(ticket, actor)
    response = current_app.make_response(render_template("coupler/signed_in.html", actor=actor, host=host))
    response.headers["Content-Security-Policy"] = SIGNED_IN_PAGE
    return response


@blueprint.post("/token")
def token() -> Response:
    """A short bearer for our own pages, from the browser's session."""
    require_own_page()
    bearer, seconds = services().access.pane_bearer(cookies.session_id())
    return jsonify({"access_token": bearer, "token_type": "Bearer", "expires_in": seconds})


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the browser's session here, and say where the provider ends its own."""
    require_own_page()
    sessions = (cookies.session_id(), cookies.frame_session_id())
    url = services().access.sign_out(sessions, f"{services().public_url}/signed-out")
    answer: Any = render_template("coupler/signed_out.html", url=url) if wants_html() else {"end_session_url": url}
    response = current_app.make_response(answer)
    cookies.forget_session(response)
    cookies.forget_frame_session(response)
    return response


def require_own_page() -> None:
    """Raise CrossSite unless the browser says the request comes from a page of ours.

    Browsers before 2023 send no Sec-Fetch-Site, and none send it to plain http; Origin comes with every POST.
    """
    site = request.headers.get("Sec-Fetch-Site")
    own = request.headers.get("Origin") == services().public_url
    if site != "same-origin" and not (site is None and own):
        raise CrossSite("Only pages of Coupler itself may ask for this.")


def local_path(text: str) -> str:
    """A path of ours to go back to; anything else, for instance `//elsewhere`, becomes the start page."""
    parts = urlsplit(text) if not CONTROL.search(text) and "\\" not in text and len(text) <= 2000 else None
    is_local = parts is not None and not parts.scheme and not parts.netloc and text.startswith("/")
    # What begins or ends a sign-in is nowhere to go back to.
    return text if is_local and not text.startswith(("//", "/auth/")) else "/"
