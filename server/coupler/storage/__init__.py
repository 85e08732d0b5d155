"""What Coupler remembers, in SQLite or PostgreSQL. Implements the stores of engine.ports; decides nothing.

No vendor protocol, no web framework, no clock of its own and no environment belongs here.
"""

from coupler.storage.store import Store

__all__ = ["Store"]
