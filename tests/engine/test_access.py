"""Who may hand out how much."""

from __future__ import annotations

import pytest
from tests.contracts.stores import SECRETS, connection
from tests.engine.conftest import CountedIds
from tests.fakes.clock import SteppedClock
from tests.fakes.store import MemoryStore

from coupler.domain.access import Actor, Role
from coupler.domain.errors import Forbidden
from coupler.engine.access import Access

ONE, BOTH = frozenset({"cronus"}), frozenset({"cronus", "other"})


@pytest.fixture
def access() -> Access:
    store = MemoryStore(SteppedClock())
    for name in BOTH:
        store.connections.add(connection(name), SECRETS)
    callback = "http://localhost:8000/auth/callback"
    return Access(store.tokens, store.sessions, store.connections, None, callback, SteppedClock(), CountedIds())


@pytest.mark.parametrize("wanted", [None, BOTH])
def test_nobody_makes_a_token_that_reaches_further_than_they_do(access: Access, wanted: frozenset[str] | None) -> None:
    admin = Actor("a", "Ada", Role.ADMIN, ONE)

    with pytest.raises(Forbidden):
        access.create_token("script", Role.READER, wanted, None, admin)

    assert access.create_token("script", Role.READER, ONE, None, admin)[1].connections == ONE
    assert access.create_token("script", Role.READER, None, None, Actor("r", "Root", Role.ADMIN))[1].connections is None
