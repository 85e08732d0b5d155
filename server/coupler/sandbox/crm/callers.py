"""Who calls the organization: a token for its own address, and a user of it behind the token (protocols 1.8, 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coupler.sandbox.crm.answers import CrmError
from coupler.sandbox.crm.user_rows import UserRow
from coupler.sandbox.identity.errors import TokenRefused
from coupler.sandbox.identity.registry import TENANT
from coupler.sandbox.identity.tokens import require_bearer

if TYPE_CHECKING:
    from coupler.sandbox.world import World


class Challenge(Exception):
    """401 with an empty body; the header says where to sign in and for which resource."""

    def __init__(self, world: World) -> None:
        super().__init__("authentication required")
        self.header = (
            f"Bearer authorization_uri={world.urls.identity}/{TENANT}/oauth2/authorize, resource_id={world.urls.crm}/"
        )


def authenticate(world: World, authorization: str | None) -> str:
    """The `systemuserid` of the caller; Challenge without a good token, CrmError 403 without a user."""
    try:
        claims = require_bearer(world, authorization, world.urls.crm)
    except TokenRefused as error:
        raise Challenge(world) from error
    with world.lock:
        row = _user_of(world, claims)
    if row is None:
        raise CrmError(403, "0x80072560", "The user is not a member of the organization.")
    if row["isdisabled"]:
        message = "The specified user(Id = {}) is disabled. Consider enabling this user."
        raise CrmError(403, "0x80040225", message.format(row["systemuserid"]))
    return str(row["systemuserid"])


def _user_of(world: World, claims: dict[str, Any]) -> UserRow | None:
    if claims.get("idtyp") == "app":
        if not world.switches.crm_application_user:
            return None
        return world.users.by_application_id(claims["azp"])
    return world.users.by_directory_id(claims["oid"])
