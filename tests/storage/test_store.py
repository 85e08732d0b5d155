"""The real store keeps the contract, on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.contracts.store_contract import (
    AccessContract,
    ConnectionContract,
    CouplingContract,
    FindingContract,
    HistoryContract,
    LinkContract,
    RejectionContract,
    TicketContract,
)


class TestCouplings(CouplingContract):
    pass


class TestHistory(HistoryContract):
    pass


class TestConnections(ConnectionContract):
    pass


class TestAccess(AccessContract):
    pass


class TestFinding(FindingContract):
    pass


class TestLinks(LinkContract):
    pass


class TestRejections(RejectionContract):
    pass


class TestTickets(TicketContract):
    pass
