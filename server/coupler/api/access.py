"""Who may call what: one table for all routes, checked before any of them runs (trust 3.4).

The use cases check roles and grants again; this is the first lock, not the only one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import cast

from flask import g, request

from coupler.api.services import services
from coupler.domain.access import Actor, Role, require_role
from coupler.domain.errors import Forbidden, NotSignedIn


class Rule(Enum):
    """What a route asks for when it is not a role."""

    PUBLIC = auto()  # nothing that belongs to anybody
    SIGNED_IN = auto()  # any valid bearer, also without a role
    OWN = auto()  # the view looks for a session cookie or a bearer itself


REQUIRED: Mapping[str, Role | Rule] = {
    "session.show": Rule.SIGNED_IN,
    "connections.find": Role.READER,
    "connections.add": Role.ADMIN,
    "connections.show": Role.READER,
    "connections.change": Role.ADMIN,
    "connections.remove": Role.ADMIN,
    "connections.test": Role.ADMIN,
    "mappings.find": Role.READER,
    "mappings.show": Role.READER,
    "mappings.change": Role.ADMIN,
    "couplings.find": Role.READER,
    "couplings.couple": Role.OPERATOR,
    "couplings.show": Role.READER,
    "couplings.remove": Role.OPERATOR,
    "couplings.synchronize": Role.OPERATOR,
    "comparison.show": Role.READER,
    "directory.users": Role.READER,
    "directory.salespeople": Role.READER,
    "suggestions.find": Role.READER,
    "suggestions.reject": Role.OPERATOR,
    "suggestions.forget": Role.OPERATOR,
    "links.show": Role.READER,
    "history.find": Role.READER,
    "history.undo": Role.OPERATOR,
    "open.nav": Rule.OWN,
    "open.crm": Rule.OWN,
    "sign_in.begin": Rule.PUBLIC,
    "sign_in.callback": Rule.PUBLIC,
    "sign_in.token": Rule.OWN,
    "sign_in.sign_out": Rule.PUBLIC,
    "frame_sign_in.issue": Rule.PUBLIC,
    "frame_sign_in.begin": Rule.PUBLIC,
    "frame_sign_in.redeem": Rule.OWN,
    "frame_sign_in.refresh": Rule.OWN,
    "pages.start": Rule.PUBLIC,
    "pages.pane": Rule.PUBLIC,
    "pages.frame_hosts": Rule.PUBLIC,
    "pages.couple": Rule.PUBLIC,
    "pages.users": Rule.PUBLIC,
    "pages.jobs": Rule.PUBLIC,
    "pages.setup": Rule.PUBLIC,
    "pages.signed_out": Rule.PUBLIC,
    "pages.addin": Rule.PUBLIC,
    "documentation.show": Rule.PUBLIC,
    "api-docs.openapi_json": Rule.PUBLIC,
    "health.alive": Rule.PUBLIC,
    "health.ready": Rule.PUBLIC,
    "static": Rule.PUBLIC,
}


def check_access() -> None:
    """Let the request pass or raise NotSignedIn or Forbidden. A route missing from the table is closed."""
    endpoint = request.endpoint
    if endpoint is None or request.method == "OPTIONS":
        return
    rule = REQUIRED.get(endpoint)
    if rule is None:
        raise Forbidden("This address is not open to anybody.")
    if rule in (Rule.PUBLIC, Rule.OWN):
        return
    g.actor = by_bearer()
    if isinstance(rule, Role):
        require_role(g.actor, rule)


def by_bearer() -> Actor:
    """Who the Authorization header stands for; raises NotSignedIn without a usable one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or not token.isascii():
        raise NotSignedIn("Send a bearer token: an API token, or an access token for Coupler's audience.")
    return services().access.bearer(token.strip())


def actor() -> Actor:
    """Who calls the present route."""
    return cast(Actor, g.actor)
