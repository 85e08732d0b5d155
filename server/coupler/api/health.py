"""Whether the process lives and whether it can work; for load balancers and supervisors, so without a token."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from coupler.api.services import services

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": services().version}


@blueprint.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """200 when requests can be served, else 503. A vendor's system that is down does not take Coupler out."""
    found = services().readiness()
    answer = {
        "status": "ok" if found.is_ready else "unavailable",
        "database": "ok" if found.database else "unavailable",
        "migrations": "ok" if found.migrations else "needed",
        "connectors": dict(found.connectors),
    }
    return answer, 200 if found.is_ready else 503
