"""Who asks, and what they may use."""

from __future__ import annotations

from typing import Any

from coupler.api.access import actor
from coupler.api.connection_schemas import SessionSchema
from coupler.api.operations import Resource
from coupler.api.services import services
from coupler.domain.access import Role

blueprint = Resource("session", __name__, description="Who asks, and what they may use.")


@blueprint.operation("GET", "/session", answer=SessionSchema)
def show() -> dict[str, Any]:
    """Who you are, your roles and the connections you may use.

    Each role includes the ones before it; all of them are listed.
    """
    who = actor()
    return {
        "id": who.id,
        "name": who.name,
        "roles": [role.claim for role in Role if who.role is not None and role <= who.role],
        "connections": [
            {
                "name": connection.name,
                "title": connection.title,
                "enabled": connection.enabled,
                "nav_company": connection.nav.company,
                "nav_base_url": connection.nav.base_url,
                "crm_base_url": connection.crm.base_url,
            }
            for connection in services().connections.all(who)
        ],
    }
