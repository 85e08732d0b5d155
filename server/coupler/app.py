"""The Flask application: blueprints, the error shape, security headers. Given everything, reading no settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from flask_cors import CORS

from coupler.api import (
    comparison,
    connections,
    couplings,
    directory,
    documentation,
    errors,
    frame_sign_in,
    headers,
    health,
    history,
    links,
    mappings,
    pages,
    session,
    sign_in,
    suggestions,
)
from coupler.api import open as opening
from coupler.api.idempotency import HEADER
from coupler.api.operations import ProblemApi
from coupler.api.requests import BODY_LIMIT
from coupler.api.services import Services, provide
from coupler.assets import addin_folder

_RESOURCES = (session, connections, mappings, couplings, comparison, directory, suggestions, links, history)
_ABOUT = """Couples NAV salespeople with CRM users, compares and synchronizes them, and opens each from the other.
Errors are `application/problem+json`; lists are arrays with a `Link` to the next page; changes of one resource need
`If-Match`; a POST may carry an `Idempotency-Key`."""


def create_app(services: Services, cors_origins: Sequence[str] = (), addin: Path | None = None) -> Flask:
    """The application over these services. `addin` defaults to the installed folder of the pane's files."""
    app = Flask("coupler.api", static_folder="static", template_folder="templates")
    app.url_map.converters["key"] = opening.KeyConverter
    # A record key may hold slashes that follow each other (protocols 5.2).
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        API_TITLE="Coupler",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        API_SPEC_OPTIONS=_description(services),
    )
    provide(app, services)
    if cors_origins:
        _allow(app, cors_origins)
    headers.register(app)
    api = ProblemApi(app)
    errors.register(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for resource in _RESOURCES:
        api.register_blueprint(resource.blueprint, url_prefix="/api/v1")
    for blueprint in (
        opening.blueprint,
        sign_in.blueprint,
        frame_sign_in.blueprint,
        health.blueprint,
        documentation.build(api),
    ):
        app.register_blueprint(blueprint)
    app.register_blueprint(pages.build(addin or addin_folder()))
    return app


def _description(services: Services) -> dict[str, object]:
    return {
        "info": {"description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": services.public_url}],
    }


def _allow(app: Flask, origins: Sequence[str]) -> None:
    """Only the API, only these origins, never cookies."""
    CORS(
        app,
        resources={r"/api/v1/.*": {"origins": list(origins)}},
        allow_headers=["Authorization", "Content-Type", "If-Match", HEADER],
        expose_headers=[
            "Coupler-Suggestions",
            "Coupler-Undo",
            "ETag",
            "Link",
            "Location",
            "Retry-After",
            "X-Request-ID",
        ],
        methods=["GET", "POST", "PATCH", "DELETE"],
        supports_credentials=False,
        max_age=600,
    )
