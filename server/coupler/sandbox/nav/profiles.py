"""The product versions that are served side by side, one server instance each (protocols 3.1, 3.2, 7.3)."""

from dataclasses import dataclass

from coupler.sandbox.filters import BC_PAGES, NAV, Dialect
from coupler.sandbox.identity.registry import TENANT

# NavUserPassword with the web service access key (44 characters, protocols 3.7).
USER_NAME = "COUPLER"
WEB_SERVICE_KEY = "Rk9yIHRoZSBzYW5kYm94IG9ubHksIG5vdCBhIHNlY3I="
BC_TENANT = TENANT
BC_ENVIRONMENT = "Production"


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs between versions as seen from outside."""

    name: str
    instance: str
    dialect: Dialect
    code_length: int
    next_task: str
    has_privacy_blocked: bool
    has_blocked: bool
    has_api: bool
    checks_email: bool


NAV2016 = Profile("nav2016", "DynamicsNAV90", NAV, 10, "Next_To_do_Date", False, False, False, True)
NAV2018 = Profile("nav2018", "DynamicsNAV110", NAV, 20, "Next_Task_Date", True, False, False, True)
BUSINESS_CENTRAL = Profile("bc", "BC250", BC_PAGES, 20, "Next_Task_Date", True, True, True, False)
PROFILES = {profile.name: profile for profile in (NAV2016, NAV2018, BUSINESS_CENTRAL)}


def profile_of(instance: str) -> Profile | None:
    """The version behind a server instance; instance names ignore case, as IIS does."""
    return next((p for p in PROFILES.values() if p.instance.lower() == instance.lower()), None)
