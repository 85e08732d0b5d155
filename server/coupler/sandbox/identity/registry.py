"""What an administrator has registered in the directory: applications, people who sign in, resources.

Plain data. Resources are looked up through the running world, because the CRM's is its own base address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from coupler.sandbox.world import World

ResourceName = Literal["crm", "bc", "nav", "coupler", "graph"]

TENANT = "8f5d7f0e-6c1a-4d0f-9a4e-2f1f5b0e7c11"
TENANT_DOMAIN = "cronus.test"
COUPLER_AUDIENCE = "api://coupler"
NAV_AUDIENCE = "api://dynamics-nav"
BC_AUDIENCE = "https://api.businesscentral.dynamics.com"
GRAPH_AUDIENCE = "https://graph.microsoft.com"

DELEGATED_SCOPES: Mapping[str, frozenset[str]] = {
    "crm": frozenset({"user_impersonation"}),
    "bc": frozenset({"user_impersonation", "Financials.ReadWrite.All"}),
    "nav": frozenset({"user_impersonation"}),
    "coupler": frozenset({"access"}),
    "graph": frozenset({"User.Read"}),
}


@dataclass(frozen=True, slots=True)
class Application:
    """A registered application. `app_roles` are granted to it as itself, `delegated` it may use for a person."""

    client_id: str
    name: str
    object_id: str
    secret: str = field(repr=False)
    secret_expired: bool = False
    app_roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delegated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SignInUser:
    """A person of the directory. The password is a sandbox's: printed on the sign-in page's own help."""

    name: str
    upn: str
    oid: str
    password: str = field(repr=False)
    roles: tuple[str, ...] = ()


INTEGRATION_APP = Application(
    client_id="5c0e5c1e-4b6f-4f0a-9a57-3a5f6c1d2e01",
    name="Coupler Integration",
    object_id="9d2b7f14-0c3e-4c39-8a66-71f6a4c0b101",
    secret="sbx8Q~integration.x3_Kd-7uVwPzR2",  # noqa: S106 - opens nothing but this sandbox
    app_roles={"bc": ("API.ReadWrite.All", "Automation.ReadWrite.All")},
    delegated=frozenset({"crm", "bc", "nav"}),
)
STRANGER_APP = Application(
    client_id="5c0e5c1e-4b6f-4f0a-9a57-3a5f6c1d2e02",
    name="Registered without application user",
    object_id="9d2b7f14-0c3e-4c39-8a66-71f6a4c0b102",
    secret="sbx8Q~stranger.p0_Lm-1aBcDeF9",  # noqa: S106 - opens nothing but this sandbox
)
EXPIRED_APP = Application(
    client_id="5c0e5c1e-4b6f-4f0a-9a57-3a5f6c1d2e03",
    name="Secret expired",
    object_id="9d2b7f14-0c3e-4c39-8a66-71f6a4c0b103",
    secret="sbx8Q~expired.z9_Yx-5tUvWsQ4",  # noqa: S106 - opens nothing but this sandbox
    secret_expired=True,
)
COUPLER_APP = Application(
    client_id="5c0e5c1e-4b6f-4f0a-9a57-3a5f6c1d2e04",
    name="Coupler",
    object_id="9d2b7f14-0c3e-4c39-8a66-71f6a4c0b104",
    secret="sbx8Q~coupler.m4_Nb-6gHjKlT8",  # noqa: S106 - opens nothing but this sandbox
    delegated=frozenset({"coupler", "graph"}),
)
SCRIPT_APP = Application(
    client_id="5c0e5c1e-4b6f-4f0a-9a57-3a5f6c1d2e05",
    name="Nightly script",
    object_id="9d2b7f14-0c3e-4c39-8a66-71f6a4c0b105",
    secret="sbx8Q~script.r7_Vc-2eRtYuI3",  # noqa: S106 - opens nothing but this sandbox
    app_roles={"coupler": ("Coupler.Operator",)},
)
APPLICATIONS: Mapping[str, Application] = {
    app.client_id: app for app in (INTEGRATION_APP, STRANGER_APP, EXPIRED_APP, COUPLER_APP, SCRIPT_APP)
}

USERS: tuple[SignInUser, ...] = (
    SignInUser(
        "Anna Admin",
        f"anna.admin@{TENANT_DOMAIN}",
        "c3a1f0d2-5b7e-4a11-9e01-0a5d1f2b3c01",
        "admin-pass",
        ("Coupler.Admin",),
    ),
    SignInUser(
        "Oscar Operator",
        f"oscar.operator@{TENANT_DOMAIN}",
        "c3a1f0d2-5b7e-4a11-9e01-0a5d1f2b3c02",
        "operator-pass",
        ("Coupler.Operator",),
    ),
    SignInUser(
        "Rita Reader",
        f"rita.reader@{TENANT_DOMAIN}",
        "c3a1f0d2-5b7e-4a11-9e01-0a5d1f2b3c03",
        "reader-pass",
        ("Coupler.Reader",),
    ),
    SignInUser(
        "Nora Norole",
        f"nora.norole@{TENANT_DOMAIN}",
        "c3a1f0d2-5b7e-4a11-9e01-0a5d1f2b3c04",
        "norole-pass",
    ),
)


def find_user(text: str) -> SignInUser | None:
    """The person whose display name or user principal name is `text`, ignoring case."""
    wanted = text.strip().casefold()
    return next((user for user in USERS if wanted in (user.name.casefold(), user.upn.casefold())), None)


def is_tenant(text: str) -> bool:
    """Whether a path segment names the one tenant of this directory."""
    return text.lower() in (TENANT, TENANT_DOMAIN)


def audience(world: World, resource: ResourceName) -> str:
    """Identifier of a resource, without a trailing slash."""
    return {
        "crm": world.urls.crm,
        "bc": BC_AUDIENCE,
        "nav": NAV_AUDIENCE,
        "coupler": COUPLER_AUDIENCE,
        "graph": GRAPH_AUDIENCE,
    }[resource]


def find_resource(world: World, identifier: str) -> ResourceName | None:
    """Which resource an identifier means; a path behind the base address makes it unknown (trap T6)."""
    names: tuple[ResourceName, ...] = ("crm", "bc", "nav", "coupler", "graph")
    bare = identifier.removesuffix("/")
    return next((name for name in names if audience(world, name) == bare), None)


def issuer(world: World) -> str:
    """The `iss` of every Entra token of this directory."""
    return f"{world.urls.identity}/{TENANT}/v2.0"


def adfs_issuer(world: World) -> str:
    """The `iss` of tokens from the AD FS form of the endpoints."""
    return f"{world.urls.identity}/adfs"


def token_url(world: World) -> str:
    """The v2.0 token endpoint of the tenant."""
    return f"{world.urls.identity}/{TENANT}/oauth2/v2.0/token"


def crm_credentials(world: World) -> dict[str, str]:
    """How the integration application signs in to the CRM (contract 7)."""
    return _credentials(world, "crm")


def nav_credentials(world: World) -> dict[str, str]:
    """How the integration application signs in to NAV on-premises (contract 7)."""
    return _credentials(world, "nav")


def bc_credentials(world: World) -> dict[str, str]:
    """How the integration application signs in to Business Central (contract 7)."""
    return _credentials(world, "bc")


def identity_description(world: World) -> dict[str, Any]:
    """What Coupler needs for its own sign-in, and who may sign in (contract 7)."""
    return {
        "issuer": issuer(world),
        "client_id": COUPLER_APP.client_id,
        "client_secret": COUPLER_APP.secret,
        "audience": COUPLER_AUDIENCE,
        "scope": f"{COUPLER_AUDIENCE}/access",
        "users": [{"name": user.name, "password": user.password, "roles": list(user.roles)} for user in USERS],
    }


def _credentials(world: World, resource: ResourceName) -> dict[str, str]:
    return {
        "token_url": token_url(world),
        "client_id": INTEGRATION_APP.client_id,
        "client_secret": INTEGRATION_APP.secret,
        "scope": f"{audience(world, resource)}/.default",
    }
