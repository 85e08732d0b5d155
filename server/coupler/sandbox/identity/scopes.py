"""Reading a `scope`: one resource, its permissions, and the OpenID words beside it (protocols 2.2-2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coupler.sandbox.identity.errors import TokenError, missing_parameter
from coupler.sandbox.identity.registry import DELEGATED_SCOPES, TENANT_DOMAIN, Application, ResourceName, find_resource

if TYPE_CHECKING:
    from coupler.sandbox.world import World

OPENID_WORDS = frozenset({"openid", "profile", "email", "offline_access"})


@dataclass(frozen=True, slots=True)
class RequestedScope:
    """A scope text taken apart."""

    resource: ResourceName
    names: tuple[str, ...]
    openid: frozenset[str]


def read_application_scope(world: World, text: str | None) -> ResourceName:
    """The resource of a client credentials request, which must ask for exactly `{resource}/.default`."""
    words = (text or "").split()
    if not words:
        raise missing_parameter("scope")
    if len(words) != 1 or not words[0].endswith("/.default"):
        raise TokenError(
            "invalid_scope",
            70011,
            "The provided request must include a 'scope' input parameter. The provided value for the input "
            f"parameter 'scope' is not valid. The scope {text} is not valid.",
        )
    return resource_of(world, words[0].removesuffix("/.default"))


def resource_of(world: World, identifier: str) -> ResourceName:
    """The registered resource with this identifier, else the vendor's 'resource principal not found'."""
    resource = find_resource(world, identifier)
    if resource is None:
        raise TokenError(
            "invalid_resource",
            500011,
            f"The resource principal named {identifier} was not found in the tenant named {TENANT_DOMAIN}.",
        )
    return resource


def read_delegated_scope(world: World, app: Application, text: str | None) -> RequestedScope:
    """What a person is asked to allow `app`. Without a resource it is Microsoft Graph, as at the vendor's."""
    words = (text or "").split()
    if not words:
        raise missing_parameter("scope")
    openid = frozenset(words) & OPENID_WORDS
    pairs = [_split(word) for word in words if word not in OPENID_WORDS]
    resources = {resource_of(world, identifier) for identifier, _ in pairs}
    if len(resources) > 1:
        raise TokenError("invalid_request", 28000, "The scope names permissions of more than one resource.")
    resource: ResourceName = resources.pop() if resources else "graph"
    names = tuple(_permission(resource, name) for _, name in pairs) or ("User.Read",)
    if resource not in app.delegated:
        raise TokenError(
            "invalid_grant",
            65001,
            "The user or administrator has not consented to use the application with ID "
            f"'{app.client_id}' named '{app.name}'.",
        )
    return RequestedScope(resource, names, openid)


def _split(word: str) -> tuple[str, str]:
    identifier, slash, name = word.rpartition("/")
    if not slash:
        return "https://graph.microsoft.com", word
    return identifier, name


def _permission(resource: ResourceName, name: str) -> str:
    if name == ".default":
        return " ".join(sorted(DELEGATED_SCOPES[resource]))
    if name not in DELEGATED_SCOPES[resource]:
        raise TokenError("invalid_scope", 70011, f"The scope '{name}' does not exist on the resource.")
    return name
