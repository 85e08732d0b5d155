"""Races between processes: each rival has an engine of its own, so nothing but the database decides (N-06)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contracts.races import race
from tests.contracts.stores import SECRETS, connection, coupling, entry, new_id
from tests.databases import KEYS
from tests.fakes.clock import SteppedClock

from coupler.domain.coupling import Coupling
from coupler.engine.ports import CouplingFilter, HistoryFilter
from coupler.storage import Store


@pytest.fixture
def processes(store: Store, migrated_url: str, clock: SteppedClock) -> Iterator[list[Store]]:
    """Sixteen stores over one database with a connection in it."""
    store.connections.add(connection(), SECRETS)
    stores = [Store.open(migrated_url, KEYS, clock) for _ in range(16)]
    yield stores
    for each in stores:
        each.close()


def test_n06_of_sixteen_processes_that_couple_one_user_exactly_one_wins(store: Store, processes: list[Store]) -> None:
    for _ in range(5):
        user = new_id()
        rivals = [(process, coupling(new_id()[:18], user)) for process in processes]

        answers = race(rivals, lambda rival: rival[0].couplings.insert(rival[1], (), (entry(rival[1]),)))

        assert sorted(answers) == [False] * 15 + [True]
        assert len(store.couplings.find(CouplingFilter(crm_id=user), 50, None)[0]) == 1
    assert len(store.history.find(HistoryFilter(), 200, None)[0]) == 5


def test_n06_of_sixteen_processes_that_couple_one_salesperson_exactly_one_wins(
    store: Store, processes: list[Store]
) -> None:
    rivals = [(process, coupling("AH")) for process in processes]

    answers = race(rivals, lambda rival: rival[0].couplings.insert(rival[1], (), ()))

    assert sorted(answers) == [False] * 15 + [True]


def test_movers_who_want_each_others_partners_leave_a_sound_store(store: Store, processes: list[Store]) -> None:
    """Half give A the partner of B, half the other way round; each must end both couplings first."""
    first, second = coupling("AH"), coupling("BD")
    for made in (first, second):
        assert store.couplings.insert(made, (), ())

    def swap(rival: tuple[int, Store]) -> bool:
        number, process = rival
        one, other = (first, second) if number % 2 else (second, first)
        return process.couplings.insert(coupling(one.nav_key, other.crm_id), (one, other), ())

    answers = race(list(enumerate(processes)), swap)

    assert sorted(answers) == [False] * 15 + [True]
    assert len(store.couplings.find(CouplingFilter(), 50, None)[0]) == 1


def test_movers_with_an_old_view_lose_but_never_fail(store: Store, processes: list[Store]) -> None:
    """Each ends only what it has seen in its way: without turns these wait for each other in a circle."""
    for _ in range(5):
        first, second = coupling(new_id()[:18]), coupling(new_id()[:18])
        for made in (first, second):
            assert store.couplings.insert(made, (), ())

        def cross(rival: tuple[int, Store], pair: tuple[Coupling, Coupling] = (first, second)) -> bool:
            number, process = rival
            one, other = pair if number % 2 else pair[::-1]
            return process.couplings.insert(coupling(one.nav_key, other.crm_id), (one,), ())

        answers = race(list(enumerate(processes)), cross)

        assert answers == [False] * 16
        assert {first, second} == set(store.couplings.find(CouplingFilter(nav_key=None), 100, None)[0]) & {
            first,
            second,
        }
