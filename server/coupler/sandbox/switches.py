"""What testers can turn: one flat object, changed with `PATCH /switches` or in process (protocols 7.1-7.3)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

OpenerPolicy = Literal["none", "same-origin", "same-origin-allow-popups"]


class UnknownSwitch(ValueError):
    """A switch that does not exist or a value of the wrong type; the message names both."""


@dataclass(slots=True)
class Switches:
    """Defaults are a healthy system. Prefix says whose switch it is."""

    # Identity provider
    token_lifetime: int = 3599
    rotate_refresh_tokens: bool = True
    expires_in_as_text: bool = False
    client_secret_expired: bool = False
    identity_coop: OpenerPolicy = "none"
    # Dataverse
    crm_application_user: bool = True
    crm_read_privilege: bool = True
    crm_change_tracking: bool = True
    crm_delta_days: int = 7
    crm_page_cap: int = 5000
    crm_solution_installed: bool = True
    crm_optimistic_concurrency: bool = True
    crm_full_name: Literal["first last", "last, first"] = "first last"
    crm_requests_per_window: int | None = None
    crm_execution_seconds: int | None = None
    crm_concurrent_calls: int = 52
    crm_soft_delete: bool = False
    # NAV and Business Central
    nav_service_card: str = "SalespersonCard"
    nav_service_list: str = "Salespersons"
    nav_page_size: int = 20_000
    nav_odata_services: bool = True
    nav_basic: bool = True
    nav_user_permission: bool = True
    nav_write_permission: bool = True
    nav_email_check: Literal["version", "strict", "lax"] = "version"
    nav_duplicate_status: Literal[409, 400] = 409
    nav_html_401: bool = False
    nav_skiptoken_dies: bool = False
    bc_api_services: bool = True
    bc_salespeople_api: bool = True
    # Pages of CRM and NAV around the pane: headers they send, the `sandbox` attribute of their frame (None: without)
    crm_coop: OpenerPolicy = "none"
    crm_csp: str | None = None
    crm_frame_sandbox: str | None = None
    crm_xrm: Literal["2015", "9", "none"] = "9"
    nav_coop: OpenerPolicy = "none"
    nav_csp: str | None = None
    nav_frame_sandbox: str | None = None
    nav_viewer_https_only: bool = False

    def reset(self) -> None:
        """Every switch back to its default."""
        for field in fields(self):
            setattr(self, field.name, field.default)

    def change(self, values: Mapping[str, Any]) -> None:
        """Set several at once, all or none; raises UnknownSwitch."""
        hints = get_type_hints(type(self))
        for name, value in values.items():
            if name not in hints:
                raise UnknownSwitch(f"There is no switch {name!r}; there are {', '.join(sorted(hints))}.")
            if not _fits(value, hints[name]):
                raise UnknownSwitch(f"Switch {name} cannot be {value!r}; it takes {hints[name]}.")
        for name, value in values.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Name to value, JSON-ready."""
        return asdict(self)


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint) and not isinstance(value, bool)
    if get_args(hint):
        return any(_fits(value, option) for option in get_args(hint))
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)
