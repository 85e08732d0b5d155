"""What every store must do: the real one on both databases and the one in memory that use cases are tested with.

Derive a class named Test... from each where the fixtures `store` and `clock` give the store to be tried.
"""

from __future__ import annotations

from tests.contracts.access_contract import AccessContract
from tests.contracts.connection_contract import ConnectionContract
from tests.contracts.coupling_contract import CouplingContract
from tests.contracts.finding_contract import FindingContract
from tests.contracts.history_contract import HistoryContract
from tests.contracts.link_contract import LinkContract
from tests.contracts.rejection_contract import RejectionContract
from tests.contracts.ticket_contract import TicketContract

__all__ = [
    "AccessContract",
    "ConnectionContract",
    "CouplingContract",
    "FindingContract",
    "HistoryContract",
    "LinkContract",
    "RejectionContract",
    "TicketContract",
]
