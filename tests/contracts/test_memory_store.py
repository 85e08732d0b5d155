"""The store in memory keeps the contract of the real one."""

from __future__ import annotations

import pytest
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
from tests.fakes.clock import SteppedClock
from tests.fakes.store import MemoryStore


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def store(clock: SteppedClock) -> MemoryStore:
    return MemoryStore(clock)


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
