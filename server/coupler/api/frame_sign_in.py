"""Signing in from a frame: the ticket, the window that signs in for it, and the bearers (surfaces 6.3)."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, current_app, jsonify, redirect, request
from werkzeug.exceptions import UnsupportedMediaType

from coupler.api import cookies
from coupler.api.errors import CrossSite, SignInNotConfigured
from coupler.api.fields import Text
from coupler.api.requests import flatten, read_json
from coupler.api.services import services
from coupler.api.sign_in import require_own_page
from coupler.domain.errors import InvalidInput
from coupler.engine.frame_sign_in import TICKET_LIFE, Waiting

blueprint = Blueprint("frame_sign_in", __name__, url_prefix="/auth")


class _Context(ma.Schema):
    """Where the pane stands, as it says; only the words on a page depend on it."""

    system = ma.fields.String(validate=ma.validate.OneOf(["nav", "crm"]))


class _Wanted(ma.Schema):
    challenge = Text(100, required=True)
    context = ma.fields.Nested(_Context)


class _Redeemed(ma.Schema):
    ticket = Text(100, required=True)
    verifier = Text(200, required=True)


@blueprint.post("/ticket")
def issue() -> tuple[Response, int]:
    """A ticket for a pane; it answers for the verifier behind `challenge` when somebody has signed in."""
    require_own_page()
    if not services().access.is_configured():
        raise SignInNotConfigured("Nobody can sign in here yet: no OpenID Connect provider is set up.")
    wanted = _read(_Wanted())
    ticket = services().frame_sign_in.issue(wanted["challenge"], wanted.get("context", {}).get("system", ""))
    expires = services().clock.now() + TICKET_LIFE
    seconds = int(TICKET_LIFE.total_seconds())
    return jsonify({"ticket": ticket, "expires": expires.isoformat(), "expires_in": seconds}), 201


@blueprint.get("/start")
def begin() -> Response:
    """The pane's window on its way to the provider, and nobody else's.

    A link in a mail would sign its reader in for the pane of the person who wrote it.
    """
    fetched = (request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Dest", "document"))
    if fetched != ("same-origin", "document"):
        raise CrossSite("A sign-in for a pane begins in that pane. Open it, and press Sign in there.")
    attempt, url = services().frame_sign_in.begin(request.args.get("ticket", ""))
    response = current_app.make_response(redirect(url))
    cookies.keep_attempt(response, attempt)
    return response


@blueprint.post("/ticket/redeem")
def redeem() -> tuple[Response, int]:
    """The bearer once somebody signed in; before that 202 and when to ask again."""
    require_own_page()
    sent = _read(_Redeemed())
    found = services().frame_sign_in.redeem(sent["ticket"], sent["verifier"])
    if isinstance(found, Waiting):
        waiting = jsonify({"status": "pending", "begun": found.begun, "interval": found.interval})
        waiting.headers["Retry-After"] = str(int(found.interval))
        return waiting, 202
    response = _bearer(found.bearer, found.seconds)
    cookies.keep_frame_session(response, found.refresh)
    return response, 200


@blueprint.post("/refresh")
def refresh() -> Response:
    """The next bearer for a pane that was signed in before. Its cookie is good for nothing else."""
    own = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if not own or request.headers.get("Origin") != services().public_url:
        raise CrossSite("Only the pane itself may ask for this.")
    return _bearer(*services().access.refreshed_bearer(cookies.frame_session_id()))


def _bearer(text: str, seconds: int) -> Response:
    return jsonify({"access_token": text, "token_type": "Bearer", "expires_in": seconds})


def _read(schema: ma.Schema) -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        return dict(schema.load(read_json(request.get_data())))
    except ma.ValidationError as error:
        errors = flatten(error.messages)
        raise InvalidInput(f"Not accepted: {', '.join(errors)}.", errors=errors) from error
