"""The authorize endpoint's decisions: is the request sound, who signs in, what goes back to the client.

Answers plain values; showing pages and setting cookies is `app.py`'s.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from coupler.sandbox.identity.clients import unknown_application
from coupler.sandbox.identity.errors import TokenError, missing_parameter
from coupler.sandbox.identity.registry import APPLICATIONS, Application, SignInUser, find_user
from coupler.sandbox.identity.scopes import RequestedScope, read_delegated_scope
from coupler.sandbox.identity.state import AuthorizationCode, Grant

if TYPE_CHECKING:
    from coupler.sandbox.world import World

CODE_LIFETIME = 600
RESPONSE_MODES = ("query", "fragment", "form_post")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where an answer may be sent: checked before anything else, so that errors can travel there too."""

    app: Application
    redirect_uri: str
    mode: str
    state: str | None


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """A sound authorization request."""

    target: Target
    scope: RequestedScope
    challenge: str | None
    nonce: str | None
    prompts: frozenset[str]
    login_hint: str


def read_target(world: World, query: Mapping[str, str]) -> Target:
    """Client and redirect address; a fault here is shown to the person, never redirected."""
    client_id = query.get("client_id", "")
    if not client_id:
        raise missing_parameter("client_id")
    app = APPLICATIONS.get(client_id.lower())
    if app is None:
        raise unknown_application(client_id)
    uri = query.get("redirect_uri", "")
    if not may_redirect_to(world, uri):
        raise TokenError(
            "invalid_request",
            50011,
            f"The redirect URI '{uri}' specified in the request does not match the redirect URIs configured "
            f"for the application '{app.client_id}'.",
        )
    mode = query.get("response_mode", "query")
    if mode not in RESPONSE_MODES:
        raise TokenError("invalid_request", 90013, f"The response mode '{mode}' is not supported.")
    return Target(app, uri, mode, query.get("state"))


def read_request(world: World, target: Target, query: Mapping[str, str]) -> SignInRequest:
    """The rest of the request; a fault here goes back to the client."""
    if query.get("response_type") != "code":
        raise TokenError(
            "unsupported_response_type",
            700051,
            f"The response type '{query.get('response_type', '')}' is not enabled for the application.",
        )
    challenge = query.get("code_challenge")
    if challenge and query.get("code_challenge_method") != "S256":
        raise TokenError("invalid_request", 501491, "Only the code challenge method 'S256' is supported.")
    return SignInRequest(
        target,
        read_delegated_scope(world, target.app, query.get("scope")),
        challenge or None,
        query.get("nonce"),
        frozenset(query.get("prompt", "").split()),
        query.get("login_hint", ""),
    )


def may_redirect_to(world: World, uri: str) -> bool:
    """Loopback addresses and Coupler's own; no fragment, no user name in it."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.fragment or "@" in parts.netloc:
        return False
    origin = f"{parts.scheme}://{parts.netloc}"
    return parts.hostname in LOOPBACK or (world.urls.coupler is not None and origin == world.urls.coupler)


def who_signs_in(request: SignInRequest, session: SignInUser | None) -> SignInUser | None:
    """The person of the browser's session, or None when somebody has to choose; raises for `prompt=none`."""
    if request.prompts & {"login", "select_account"}:
        return None
    hinted = find_user(request.login_hint) if request.login_hint else None
    fits = session is not None and (hinted is None or hinted == session)
    if fits:
        return session
    if "none" in request.prompts:
        raise TokenError("login_required", 50058, "A silent sign-in request was sent but no user is signed in.")
    return None


def check_sign_in(form: Mapping[str, str]) -> SignInUser:
    """A click on a person of the list (`user`), or a name with its password."""
    if form.get("user"):
        chosen = find_user(form["user"])
        if chosen is not None:
            return chosen
    typed = find_user(form.get("username", ""))
    password = form.get("password", "")
    if typed is None or not hmac.compare_digest(password.encode(), typed.password.encode()):
        raise TokenError("invalid_grant", 50126, "Your account or password is incorrect.")
    return typed


def issue_code(world: World, request: SignInRequest, user: SignInUser) -> dict[str, str]:
    """The parameters of a successful answer."""
    now = world.clock.now().timestamp()
    scope = request.scope
    grant = Grant(request.target.app, scope.resource, scope.names, scope.openid, user, request.nonce, int(now))
    value = f"1.AQ{secrets.token_urlsafe(40)}"
    with world.identity.lock:
        world.identity.codes[value] = AuthorizationCode(
            grant, request.target.redirect_uri, request.challenge, now + CODE_LIFETIME
        )
    return _with_state({"code": value, "session_state": secrets.token_hex(8)}, request.target)


def refusal(target: Target, error: TokenError) -> dict[str, str]:
    """The parameters of an error answer."""
    word = "consent_required" if error.code == 65001 else error.error
    return _with_state({"error": word, "error_description": f"AADSTS{error.code}: {error.message}"}, target)


def redirect_address(target: Target, parameters: Mapping[str, str]) -> str:
    """The redirect URI with the answer in its query or fragment; a query it already has is kept."""
    if target.mode == "fragment":
        return f"{target.redirect_uri}#{urlencode(parameters)}"
    joint = "&" if urlsplit(target.redirect_uri).query else "?"
    return f"{target.redirect_uri}{joint}{urlencode(parameters)}"


def _with_state(parameters: dict[str, str], target: Target) -> dict[str, str]:
    return parameters if target.state is None else {**parameters, "state": target.state}
