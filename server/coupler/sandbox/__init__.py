"""Stand-ins for CRM, NAV / Business Central and the identity provider, over real HTTP on loopback.

Shares no code with the rest of Coupler, so that a wrong reading of a protocol cannot cancel itself out.
What it does not support it refuses loudly: 501, naming the option.
"""
