"""What a person sees of the stand-ins: CRM's user form and list, NAV's salesperson card and list, with their buttons.

The pages only read the world; nothing is edited here, and nobody signs in.
"""

from coupler.sandbox.hosts.crm import register_crm
from coupler.sandbox.hosts.nav import register_nav

__all__ = ["register_crm", "register_nav"]
