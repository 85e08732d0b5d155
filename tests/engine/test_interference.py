"""Others who act in the middle of what is being done: what was written stays on record, what was not is not claimed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from tests.contracts.stores import SECRETS, connection
from tests.engine.conftest import OSCAR, CountedIds
from tests.fakes.clock import SteppedClock
from tests.fakes.connectors import FakeConnectors, Table

from coupler.domain.coupling import Coupling, State
from coupler.domain.errors import BothChanged, NavIsNewer, NotCoupled, NotEligible, NotFound, Unavailable
from coupler.domain.history import Deed, Stage
from coupler.engine.couplings import CoupleOrder, Couplings, SynchronizeAfterCoupling
from coupler.engine.history import History
from coupler.engine.pairs import Pairs
from coupler.engine.ports import HistoryFilter
from coupler.engine.synchronizer import Outcome, Synchronizer
from coupler.storage import Store, schema

ANNA, BEA = "31914b34-be8d-4611-80d8-00155d892ddc", "41914b34-be8d-4611-80d8-00155d892ddc"


@dataclass
class Desk:
    """One coupled pair in step, on SQLite, with both systems in memory."""

    store: Store
    nav: Table
    crm: Table
    couplings: Couplings
    synchronizer: Synchronizer
    history: History

    @property
    def coupling(self) -> Coupling:
        found = self.store.couplings.by_nav("cronus", "SALESPEOPLE", "AH")
        assert found is not None
        return found

    def couple(self, user: str, *, move: bool = False) -> Coupling:
        order = CoupleOrder("cronus", "SALESPEOPLE", "AH", user, SynchronizeAfterCoupling.USE_CRM_DATA, move)
        return self.couplings.set_up(order, OSCAR).coupling

    def uncouple(self) -> None:
        self.couplings.remove(self.coupling.id, self.coupling.version, OSCAR)

    def synchronize(self, coupling: Coupling | None = None) -> Outcome:
        return self.synchronizer.synchronize(coupling or self.coupling, OSCAR)

    def while_writing(self, act: Callable[[], object]) -> None:
        """Let somebody act once, after the next intent and before NAV carries out the change."""

        def once() -> None:
            self.nav.before_update = lambda: None
            act()

        self.nav.before_update = once

    def stages(self, deed: Deed) -> list[Stage]:
        """Of its entries, newest first."""
        entries, _ = self.store.history.find(HistoryFilter(), 50, None)
        return [entry.stage for entry in entries if entry.deed is deed]

    def phone(self) -> object:
        return self.nav.rows["AH"].values["Phone No."]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock, ids, connectors = SteppedClock(), CountedIds(), FakeConnectors()
    store = Store.open(f"sqlite:///{tmp_path / 'coupler.db'}", [Fernet.generate_key().decode()], clock)
    schema.upgrade(store.engine)
    place = store.connections.add(connection(), SECRETS)
    nav = connectors.companies.setdefault(place.nav.company, Table())
    crm = connectors.organizations.setdefault(place.crm.base_url, Table())
    nav.put("AH", **{"Code": "AH", "Name": "Anna Hill", "E-Mail": "", "Phone No.": ""})
    for user, name in ((ANNA, "Anna Hill"), (BEA, "Bea Hall")):
        flags = {"isdisabled": False, "islicensed": True, "isintegrationuser": False}
        crm.put(user, fullname=name, internalemailaddress="a@b.example", mobilephone="+45 1", **flags)
    pairs = Pairs(store.connections, connectors, store.lengths)
    synchronizer = Synchronizer(store.couplings, store.history, pairs, clock, ids)
    couplings = Couplings(store.couplings, pairs, synchronizer, clock, ids)
    made = Desk(store, nav, crm, couplings, synchronizer, History(store.history, store.couplings, pairs, clock, ids))
    made.couple(ANNA)
    yield made
    store.close()


def test_two_who_synchronize_the_same_pair_at_once_both_succeed(desk: Desk) -> None:
    desk.crm.put(ANNA, mobilephone="+45 2")
    desk.while_writing(desk.synchronize)

    outcome = desk.synchronize()

    assert desk.phone() == "+45 2"
    assert outcome.coupling.state is State.IN_STEP
    assert desk.store.history.open_intents(desk.coupling.id) == []
    assert desk.stages(Deed.SYNCHRONIZE)[:2] == [Stage.CONFIRMED, Stage.CONFIRMED]


def test_a_writer_confirms_what_another_concluded_from_reading_too_early(desk: Desk) -> None:
    desk.crm.put(ANNA, mobilephone="+45 2")

    def ask_in_vain() -> None:
        values = dict(desk.nav.rows["AH"].values)
        desk.nav.rows["AH"].values["Name"] = "Changed by hand"
        with pytest.raises(BothChanged):
            desk.synchronize()
        desk.nav.rows["AH"].values.update(values)

    desk.while_writing(ask_in_vain)

    desk.synchronize()

    assert desk.stages(Deed.SYNCHRONIZE)[0] is Stage.CONFIRMED
    assert desk.coupling.base is not None
    assert desk.coupling.base["nav"]["Phone No."] == "+45 2"


def test_nothing_is_written_for_a_coupling_that_ended_before_the_intent(desk: Desk) -> None:
    seen = desk.coupling
    desk.crm.put(ANNA, mobilephone="+45 2")
    desk.uncouple()

    with pytest.raises(NotFound):
        desk.synchronize(seen)

    assert desk.phone() == "+45 1"
    assert desk.stages(Deed.SYNCHRONIZE) == [Stage.CONFIRMED]


def test_a_coupling_that_others_synchronized_meanwhile_is_looked_at_again(desk: Desk) -> None:
    seen = desk.coupling
    desk.crm.put(ANNA, mobilephone="+45 2")
    desk.synchronize()
    desk.crm.put(ANNA, mobilephone="+45 3")

    outcome = desk.synchronize(seen)

    assert outcome.changes[0].before == "+45 2"
    assert desk.phone() == "+45 3"


@pytest.mark.parametrize("end", ["uncoupled", "moved"])
def test_what_was_written_while_the_coupling_ended_is_told_and_stays_on_record(desk: Desk, end: str) -> None:
    desk.crm.put(ANNA, mobilephone="+45 2")
    order = CoupleOrder("cronus", "SALESPEOPLE", "AH", BEA, move=True)
    desk.while_writing(desk.uncouple if end == "uncoupled" else lambda: desk.couplings.set_up(order, OSCAR))

    with pytest.raises(NotCoupled, match="AH now holds the values of Anna Hill"):
        desk.synchronize()

    assert desk.phone() == "+45 2"
    assert desk.stages(Deed.SYNCHRONIZE)[0] is Stage.CONFIRMED


def test_an_undo_during_which_the_coupling_ended_is_done_and_on_record(desk: Desk) -> None:
    desk.crm.put(ANNA, mobilephone="+45 2")
    done = desk.synchronize()
    assert done.undo is not None
    desk.while_writing(desk.uncouple)

    undone = desk.history.undo(done.undo, OSCAR)

    assert desk.phone() == "+45 1"
    assert undone.coupling is None
    assert desk.stages(Deed.UNDO) == [Stage.CONFIRMED]


def test_an_intent_settled_before_a_question_is_known_to_the_next_decision(desk: Desk) -> None:
    desk.crm.put(ANNA, mobilephone="+45 2")
    intent = replace(
        desk.store.history.find(HistoryFilter(), 1, None)[0][0],
        id="died", deed=Deed.SYNCHRONIZE, stage=Stage.INTENT, before={"Phone No.": "+45 1"},
        after={"Phone No.": "+45 2"},
    )  # fmt: skip
    desk.store.history.add(intent)
    desk.nav.put("AH", **{"Phone No.": "+45 2", "Name": "Changed by hand"})
    with pytest.raises(BothChanged):
        desk.synchronize()

    desk.nav.put("AH", Name="Anna Hill")
    desk.crm.put(ANNA, mobilephone="+45 3")
    desk.synchronize()

    assert desk.phone() == "+45 3", "our own write is no change by a person"


def test_r17_an_outage_does_not_make_a_disabled_user_well_again(desk: Desk) -> None:
    desk.crm.put(ANNA, isdisabled=True)
    with pytest.raises(NotEligible):
        desk.synchronize()
    desk.crm.failure = Unavailable("CRM is down.", system="crm")

    with pytest.raises(Unavailable):
        desk.synchronize()

    assert desk.coupling.health == ("user_disabled",)


def test_a_question_is_still_asked_after_an_undo(desk: Desk) -> None:
    desk.crm.put(ANNA, mobilephone="+45 2")
    done = desk.synchronize()
    assert done.undo is not None
    desk.history.undo(done.undo, OSCAR)

    with pytest.raises(NavIsNewer):
        desk.synchronize()
