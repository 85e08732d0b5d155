"""The pane, framed and as full pages, the start page, and the add-in's files as they are."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, g, jsonify, render_template, send_file
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from coupler.api import cookies
from coupler.api.headers import PANE, framed_pane
from coupler.api.services import services

# The platform's own table is not to be trusted: a Windows registry may call JavaScript text/plain.
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
_SERVED = ("src", "vendor", "locale")


def build(addin: Path) -> Blueprint:
    """The pages over the add-in's folder."""
    blueprint = Blueprint("pages", __name__)

    def _index() -> Response:
        return _file(addin / "index.html")

    def pane() -> Response:
        g.is_framed = True
        response = _index()
        response.headers["Content-Security-Policy"] = framed_pane(services().frame_hosts.origins())
        response.headers["Cache-Control"] = "no-store"
        return response

    def start() -> str:
        g.actor = services().access.session(cookies.session_id())
        return render_template(
            "coupler/start.html",
            actor=g.actor,
            may_sign_in=services().access.is_configured(),
            version=services().version,
        )

    def _addin(path: str) -> Response:
        first, _, rest = path.partition("/")
        found = safe_join(str(addin), path)
        if found is None or first not in _SERVED or not rest or "/." in f"/{path}":
            raise NotFound
        return _file(Path(found))

    blueprint.add_url_rule("/", "start", start)
    blueprint.add_url_rule("/pane", "pane", pane)
    blueprint.add_url_rule("/pane/hosts", "frame_hosts", _frame_hosts)
    for page in ("couple", "users", "jobs", "setup", "signed-out"):
        blueprint.add_url_rule(f"/{page}", page.replace("-", "_"), _index)
    blueprint.add_url_rule("/addin/<path:path>", "addin", _addin)
    return blueprint


def _frame_hosts() -> Response:
    """Whose messages the pane listens to: those whom the policy of its page lets frame it."""
    return jsonify({"origins": services().frame_hosts.origins()})


def _file(path: Path) -> Response:
    media_type = _TYPES.get(path.suffix)
    if media_type is None or not path.is_file():
        raise NotFound
    response = current_app.make_response(send_file(path, mimetype=media_type, etag=True, max_age=0))
    response.headers["Content-Security-Policy"] = PANE
    response.headers["Cache-Control"] = "no-cache"
    return response
