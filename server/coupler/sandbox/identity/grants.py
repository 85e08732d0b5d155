"""The token endpoint's grants: client credentials, authorization code with PKCE, refresh token, password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coupler.sandbox.identity import tokens
from coupler.sandbox.identity.clients import Client
from coupler.sandbox.identity.errors import TokenError, missing_parameter
from coupler.sandbox.identity.registry import TENANT, audience, find_user
from coupler.sandbox.identity.scopes import read_application_scope, read_delegated_scope, resource_of
from coupler.sandbox.identity.state import AuthorizationCode, Grant, RefreshToken

if TYPE_CHECKING:
    from coupler.sandbox.world import World

REFRESH_LIFETIME = 24 * 3600
Form = Mapping[str, str]
Answer = dict[str, Any]


def answer(world: World, client: Client, form: Form) -> Answer:
    """The JSON of a successful v2.0 token request, else `TokenError`."""
    match form.get("grant_type"):
        case None | "":
            raise missing_parameter("grant_type")
        case "client_credentials":
            grant = Grant(client.app, read_application_scope(world, form.get("scope")), ())
            return _application_answer(world, client, grant)
        case "authorization_code":
            return _person_answer(world, client, _redeem_code(world, client, form), form)
        case "refresh_token":
            return _person_answer(world, client, _redeem_refresh_token(world, client, form), form)
        case "password":
            return _person_answer(world, client, _sign_in(world, client, form), form)
        case other:
            raise TokenError("unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{other}'.")


def answer_for_resource(world: World, client: Client, form: Form, *, adfs: bool) -> Answer:
    """The older form with `resource` instead of a scope (protocols 2.7); client credentials only."""
    if form.get("grant_type") != "client_credentials":
        raise TokenError(
            "unsupported_grant_type",
            70003,
            f"The sandbox answers only client_credentials here, not '{form.get('grant_type', '')}'.",
            501,
        )
    if not form.get("resource"):
        raise missing_parameter("resource")
    grant = Grant(client.app, resource_of(world, form["resource"]), ())
    return {**_application_answer(world, client, grant, adfs=adfs), "resource": form["resource"]}


def code_challenge(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _application_answer(world: World, client: Client, grant: Grant, *, adfs: bool = False) -> Answer:
    token = tokens.access_token(world, grant, by_certificate=client.by_certificate, adfs=adfs)
    return {"token_type": "Bearer", **_lifetime(world), "access_token": token}


def _person_answer(world: World, client: Client, grant: Grant, form: Form) -> Answer:
    base = audience(world, grant.resource)
    body: Answer = {
        "token_type": "Bearer",
        "scope": " ".join([f"{base}/{name}" for name in grant.scopes] + sorted(grant.openid)),
        **_lifetime(world),
        "access_token": tokens.access_token(world, grant, by_certificate=client.by_certificate),
    }
    rotated = form.get("grant_type") != "refresh_token" or world.switches.rotate_refresh_tokens
    if "offline_access" in grant.openid and rotated:
        body["refresh_token"] = _new_refresh_token(world, grant)
    if "openid" in grant.openid:
        body["id_token"] = tokens.id_token(world, grant)
    if form.get("client_info") == "1" and grant.user:
        info = json.dumps({"uid": grant.user.oid, "utid": TENANT}).encode()
        body["client_info"] = base64.urlsafe_b64encode(info).decode().rstrip("=")
    return body


def _lifetime(world: World) -> Answer:
    seconds: int | str = world.switches.token_lifetime
    if world.switches.expires_in_as_text:
        seconds = str(seconds)
    return {"expires_in": seconds, "ext_expires_in": seconds}


def _redeem_code(world: World, client: Client, form: Form) -> Grant:
    value = form.get("code") or ""
    if not value:
        raise missing_parameter("code")
    state = world.identity
    with state.lock:
        code = state.codes.pop(value, None)
        if code is None and value in state.redeemed:
            raise _invalid_grant(54005, "OAuth2 Authorization code was already redeemed.")
        if code is None:
            raise _invalid_grant(9002313, "Invalid request. The authorization code is malformed or unknown.")
        state.redeemed.add(value)
    _check_code(world, client, code, form)
    if form.get("scope"):
        return _rescoped(world, client, code.grant, form["scope"])
    return code.grant


def _check_code(world: World, client: Client, code: AuthorizationCode, form: Form) -> None:
    if code.grant.app is not client.app:
        raise _invalid_grant(700005, "The authorization code was issued to another application.")
    if world.clock.now().timestamp() >= code.expires:
        raise _invalid_grant(70008, "The provided authorization code is expired.")
    if form.get("redirect_uri", "") != code.redirect_uri:
        raise _invalid_grant(500112, "The reply address does not match the one the code was requested with.")
    if code.challenge is not None:
        verifier = form.get("code_verifier", "")
        if not hmac.compare_digest(code_challenge(verifier), code.challenge):
            raise _invalid_grant(501481, "The Code_Verifier does not match the code_challenge supplied.")


def _redeem_refresh_token(world: World, client: Client, form: Form) -> Grant:
    value = form.get("refresh_token") or ""
    if not value:
        raise missing_parameter("refresh_token")
    state = world.identity
    with state.lock:
        stored = state.refresh_tokens.get(value)
        if stored is None or stored.grant.app is not client.app:
            raise _invalid_grant(70000, "The provided refresh token is not valid: unknown, used or revoked.")
        if world.clock.now().timestamp() >= stored.expires:
            del state.refresh_tokens[value]
            raise _invalid_grant(70008, "The refresh token has expired due to inactivity.")
        grant = stored.grant
        if form.get("scope"):
            grant = _rescoped(world, client, grant, form["scope"])
        if world.switches.rotate_refresh_tokens:
            del state.refresh_tokens[value]
    return replace(grant, nonce=None)


def _rescoped(world: World, client: Client, grant: Grant, text: str) -> Grant:
    asked = read_delegated_scope(world, client.app, text)
    named_none = asked.resource == "graph" and asked.names == ("User.Read",)
    if named_none:
        return grant
    return replace(grant, resource=asked.resource, scopes=asked.names, openid=grant.openid | asked.openid)


def _sign_in(world: World, client: Client, form: Form) -> Grant:
    user = find_user(form.get("username", ""))
    if user is None or not hmac.compare_digest(form.get("password", "").encode(), user.password.encode()):
        raise _invalid_grant(50126, "Error validating credentials due to invalid username or password.")
    asked = read_delegated_scope(world, client.app, form.get("scope"))
    now = int(world.clock.now().timestamp())
    return Grant(client.app, asked.resource, asked.names, asked.openid, user, auth_time=now)


def _new_refresh_token(world: World, grant: Grant) -> str:
    value = f"1.AX{secrets.token_urlsafe(48)}"
    expires = world.clock.now().timestamp() + REFRESH_LIFETIME
    with world.identity.lock:
        world.identity.refresh_tokens[value] = RefreshToken(grant, expires)
    return value


def _invalid_grant(code: int, message: str) -> TokenError:
    return TokenError("invalid_grant", code, message)
