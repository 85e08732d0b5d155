"""What a client must be told to use the sandbox: addresses, credentials, companies (contract 7)."""

from typing import TYPE_CHECKING, Any

from coupler.sandbox.identity.registry import (
    bc_credentials,
    crm_credentials,
    identity_description,
    nav_credentials,
)
from coupler.sandbox.nav.profiles import BC_ENVIRONMENT, BC_TENANT, PROFILES, USER_NAME, WEB_SERVICE_KEY

if TYPE_CHECKING:
    from coupler.sandbox.world import World

NAV_PROFILE = "nav2018"


def describe(world: "World") -> dict[str, Any]:
    """The contract's JSON; `base_url` is the web client's.

    Extra keys: `nav.profiles`, `origin`, Basic credentials, `bc` in its online form, companies.
    """
    return {
        "crm": {
            "base_url": world.urls.crm,
            "api_url": f"{world.urls.crm}/api/data/v9.2/",
            **crm_credentials(world),
        },
        "nav": {**_nav(world, NAV_PROFILE), "profiles": {name: _nav(world, name) for name in PROFILES}},
        "bc": _bc(world),
        "identity": identity_description(world),
        "control": world.urls.control,
        "companies": list(world.companies),
    }


def _nav(world: "World", profile: str) -> dict[str, Any]:
    instance = PROFILES[profile].instance
    credentials = bc_credentials(world) if PROFILES[profile].has_api else nav_credentials(world)
    return {
        "origin": world.urls.nav,
        "base_url": f"{world.urls.nav}/{instance}",
        "odata_url": f"{world.urls.nav}/{instance}/ODataV4",
        "instance": instance,
        "company": next(iter(world.companies)),
        "service": world.switches.nav_service_card,
        "username": USER_NAME,
        "web_service_key": WEB_SERVICE_KEY,
        **credentials,
    }


def _bc(world: "World") -> dict[str, Any]:
    online = f"{world.urls.nav}/v2.0/{BC_TENANT}/{BC_ENVIRONMENT}"
    return {
        "origin": world.urls.nav,
        "base_url": f"{world.urls.nav}/{PROFILES['bc'].instance}",
        "api_url": f"{world.urls.nav}/{PROFILES['bc'].instance}/api/v2.0",
        "online_api_url": f"{online}/api/v2.0",
        "online_odata_url": f"{online}/ODataV4",
        "company_id": next(iter(world.companies.values())).id,
        **bc_credentials(world),
    }
