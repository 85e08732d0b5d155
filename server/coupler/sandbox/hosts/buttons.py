"""Where the buttons of the host pages lead: addresses of Coupler, every value percent-encoded. Pure."""

from dataclasses import dataclass
from urllib.parse import quote


def _encoded(value: str) -> str:
    return quote(value, safe="")


@dataclass(frozen=True, slots=True)
class SalespersonButtons:
    """The four actions of the group on a salesperson (domain 2.2)."""

    user: str
    synchronize: str
    set_up: str
    delete: str


def salesperson_buttons(coupler: str, code: str, company: str) -> SalespersonButtons:
    """What NAV's HYPERLINK opens for the salesperson `code` of `company`."""
    query = f"company={_encoded(company)}"
    couple = f"{coupler}/couple?system=nav&table=salesperson&key={_encoded(code)}&{query}"
    return SalespersonButtons(
        user=f"{coupler}/open/nav/salesperson/{_encoded(code)}?{query}",
        synchronize=f"{couple}&action=synchronize",
        set_up=couple,
        delete=f"{couple}&action=delete",
    )


def salesperson_pane(coupler: str, code: str, company: str) -> str:
    """What the FactBox of a salesperson's card shows."""
    return f"{coupler}/pane?system=nav&table=salesperson&key={_encoded(code)}&company={_encoded(company)}&lcid=1033"


def user_button(coupler: str, user_id: str, organization: str) -> str:
    """What *Dynamics NAV* on a CRM user opens; `organization` is CRM's base URL."""
    return f"{coupler}/open/crm/systemuser/{_encoded(user_id.upper())}?org={_encoded(organization)}"
