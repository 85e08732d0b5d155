"""The identity provider as a web application: routes and headers, nothing decided here."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, make_response, redirect, request

from coupler.sandbox.identity import authorize, discovery, grants, pages, tokens
from coupler.sandbox.identity.clients import authenticate, register_certificate
from coupler.sandbox.identity.errors import TokenError, TokenRefused, error_body
from coupler.sandbox.identity.registry import GRAPH_AUDIENCE, SignInUser, is_tenant

if TYPE_CHECKING:
    from coupler.sandbox.world import World

# Cookies ignore ports: the name keeps it apart from every other loopback server's.
COOKIE = "sandbox_identity_session"


def create_app(world: World) -> Flask:
    """The Flask application over one world."""
    app = Flask("coupler.sandbox.identity", static_folder=None)
    app.config["WORLD"] = world
    _add_token_routes(app, world)
    _add_sign_in_routes(app, world)
    _add_document_routes(app, world)
    app.after_request(_secure)

    @app.after_request
    def keep_to_itself(response: Response) -> Response:
        """Microsoft's sign-in pages cut off whoever opened them when this is on (surfaces 6.1)."""
        if world.switches.identity_coop != "none" and response.mimetype == "text/html":
            response.headers["Cross-Origin-Opener-Policy"] = world.switches.identity_coop
        return response

    @app.errorhandler(TokenError)
    def refuse(error: TokenError) -> tuple[Response, int]:
        known = request.headers.get("client-request-id")
        body = error_body(error, world.clock.now(), world.urls.identity, known)
        return jsonify(body), error.status

    return app


def _add_token_routes(app: Flask, world: World) -> None:
    @app.post("/<tenant>/oauth2/v2.0/token")
    def token(tenant: str) -> Response:
        _check_tenant(tenant)
        client = authenticate(world, request.form, request.headers.get("Authorization"))
        return jsonify(grants.answer(world, client, request.form))

    @app.post("/<tenant>/oauth2/token")
    def token_for_resource(tenant: str) -> Response:
        adfs = tenant == "adfs"
        if not adfs:
            _check_tenant(tenant)
        client = authenticate(world, request.form, request.headers.get("Authorization"))
        return jsonify(grants.answer_for_resource(world, client, request.form, adfs=adfs))

    @app.post("/<tenant>/_register-certificate")
    def register(tenant: str) -> tuple[Response, int] | Response:
        _check_tenant(tenant)
        if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104 - no bind
            return jsonify({"error": "Certificates are registered from this machine only."}), 403
        body: Any = request.get_json(silent=True)
        if not isinstance(body, dict) or not {"client_id", "certificate"} <= body.keys():
            return jsonify({"error": 'Send {"client_id": ..., "certificate": PEM}.'}), 400
        try:
            thumbprint = register_certificate(world, str(body["client_id"]), str(body["certificate"]))
        except ValueError:
            return jsonify({"error": "The certificate cannot be read as PEM."}), 400
        return jsonify({"thumbprint": thumbprint}), 201


def _add_sign_in_routes(app: Flask, world: World) -> None:
    @app.route("/<tenant>/oauth2/v2.0/authorize", methods=["GET", "POST"])
    def authorize_endpoint(tenant: str) -> Response:
        try:
            _check_tenant(tenant)
            target = authorize.read_target(world, request.args)
        except TokenError as error:
            page = pages.refusal("Sorry, but we're having trouble signing you in", _shown(error))
            return make_response(page, 400)
        try:
            return _sign_in(world, authorize.read_request(world, target, request.args))
        except TokenError as error:
            return _answer(target, authorize.refusal(target, error))

    @app.route("/<tenant>/oauth2/v2.0/logout", methods=["GET", "POST"])
    def logout(tenant: str) -> Response:
        _check_tenant(tenant)
        with world.identity.lock:
            world.identity.sessions.pop(request.cookies.get(COOKIE, ""), None)
        after = request.values.get("post_logout_redirect_uri", "")
        if authorize.may_redirect_to(world, after):
            response = make_response(redirect(after))
        else:
            response = make_response(pages.signed_out())
        response.delete_cookie(COOKIE)
        return response


def _add_document_routes(app: Flask, world: World) -> None:
    @app.get("/<tenant>/v2.0/.well-known/openid-configuration")
    def openid_configuration(tenant: str) -> Response:
        _check_tenant(tenant)
        return _public(discovery.openid_configuration(world, tenant))

    @app.get("/<tenant>/discovery/v2.0/keys")
    def keys(tenant: str) -> Response:
        _check_tenant(tenant)
        return _public(discovery.key_set(world))

    @app.get("/adfs/.well-known/openid-configuration")
    def adfs_configuration() -> Response:
        return _public(discovery.adfs_configuration(world))

    @app.get("/adfs/discovery/keys")
    def adfs_keys() -> Response:
        return _public(discovery.key_set(world))

    @app.get("/oidc/userinfo")
    def userinfo() -> tuple[Response, int] | Response:
        try:
            claims = tokens.require_bearer(world, request.headers.get("Authorization"), GRAPH_AUDIENCE)
        except TokenRefused as refused:
            return jsonify({"error": {"code": "InvalidAuthenticationToken", "message": refused.reason}}), 401
        return jsonify({"sub": claims["sub"], "name": claims.get("name"), "email": claims.get("preferred_username")})


def _sign_in(world: World, asked: authorize.SignInRequest) -> Response:
    """GET shows the picker or passes through by the session; POST is the picker's answer."""
    if request.method == "GET":
        session = world.identity.sessions.get(request.cookies.get(COOKIE, ""))
        user = authorize.who_signs_in(asked, session)
        if user is None:
            return _picker(asked, asked.login_hint)
        return _answer(asked.target, authorize.issue_code(world, asked, user))
    try:
        user = authorize.check_sign_in(request.form)
    except TokenError as error:
        return _picker(asked, request.form.get("username", ""), error.message)
    response = _answer(asked.target, authorize.issue_code(world, asked, user))
    return _remember(world, response, user)


def _picker(asked: authorize.SignInRequest, hint: str, error: str = "") -> Response:
    action = f"{request.path}?{request.query_string.decode()}"
    return make_response(pages.account_picker(asked.target.app.name, action, hint, error))


def _answer(target: authorize.Target, parameters: dict[str, str]) -> Response:
    if target.mode == "form_post":
        return make_response(pages.form_post(target.redirect_uri, parameters))
    return make_response(redirect(authorize.redirect_address(target, parameters)))


def _remember(world: World, response: Response, user: SignInUser) -> Response:
    session = world.identity.open_session(user)
    secure = world.urls.identity.startswith("https:")
    response.set_cookie(COOKIE, session, httponly=True, samesite="Lax", secure=secure)
    return response


def _public(document: dict[str, Any]) -> Response:
    response = jsonify(document)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _check_tenant(tenant: str) -> None:
    if not is_tenant(tenant):
        raise TokenError("invalid_request", 90002, f"Tenant '{tenant}' not found. Check the tenant ID.")


def _shown(error: TokenError) -> str:
    return f"AADSTS{error.code}: {error.message}"


def _secure(response: Response) -> Response:
    """Answers here are nobody's to keep or to frame."""
    if "Access-Control-Allow-Origin" not in response.headers:
        response.headers["Cache-Control"] = "no-store, no-cache"
        response.headers["Pragma"] = "no-cache"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response
