"""Setting up, moving and deleting couplings, against every kind of NAV server and the CRM of the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, cast

import httpx
import pytest
from tests.engine.conftest import AB, OSCAR, RITA, CountedIds, House

from coupler.domain.coupling import Coupling, State
from coupler.domain.errors import (
    AlreadyCoupled,
    CouplerError,
    DirectionNotAllowed,
    Forbidden,
    InvalidInput,
    MoveNeedsConsent,
    NotEligible,
    NotFound,
    RecordNotFound,
    ServiceNotFound,
    Stale,
)
from coupler.domain.history import Deed
from coupler.engine.couplings import CoupleOrder, Couplings
from coupler.engine.ports import CouplingFilter, CouplingStore

PROFILES = ["nav2016", "nav2018", "bc", "api"]
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("profile", PROFILES)
def test_s19_a_pair_is_coupled_in_a_company_with_an_awkward_name(house: House, profile: str) -> None:
    house.connect(profile)

    set_up = house.couple("AH", house.user("Amina Haddad"))

    assert set_up.created
    assert (set_up.coupling.nav_key, set_up.coupling.nav_name) == ("AH", "Amina Haddad")
    assert set_up.coupling.state is State.NEVER_SYNCHRONIZED
    assert house.calls("nav", "bc").count("PATCH") == 0


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("code", ["A&B", "O'N", "A/B", "50%", "Å Ø", "*STAR", "C#1?", "A+B-C;D"])
def test_u5_u6_awkward_codes_are_coupled_like_any_other(house: House, profile: str, code: str) -> None:
    house.connect(profile)
    user = next(str(u["systemuserid"]) for u in house.sandbox.world.users if u["fullname"].startswith("Nils"))

    assert house.couple(code, user).coupling.nav_key == code


def test_s17_with_use_crm_data_the_values_arrive(house: House) -> None:
    house.connect("nav2018")
    user = house.user("Jonas Roth")

    set_up = house.couple("JR", user, "use_crm_data")

    row = house.salesperson("JR")
    assert set_up.outcome is not None
    assert {change.field for change in set_up.outcome.changes} == {"Name", "E-Mail"}
    assert (row["Name"], row["E_Mail"]) == ("Jonas Roth", "jonas.roth@cronus.example")
    assert set_up.coupling.state is State.IN_STEP


def test_h05_the_coupling_stays_when_the_synchronization_fails(house: House) -> None:
    house.connect("nav2018")
    house.fault(system="nav", match="PATCH *", action="status", status=503, times=None)

    set_up = house.couple("JR", house.user("Jonas Roth"), "use_crm_data")

    assert set_up.created
    assert set_up.failure is not None
    assert house.store.couplings.get(set_up.coupling.id).state is State.FAILED
    assert house.salesperson("JR")["Name"] == "J. Roth"


def test_r05_the_same_pair_again_changes_nothing(house: House) -> None:
    house.connect("nav2018")
    first = house.couple("AH", house.user("Amina Haddad"))

    again = house.couple("AH", house.user("Amina Haddad"))

    assert not again.created
    assert again.coupling == first.coupling
    assert [entry.deed for entry in house.entries()] == [Deed.COUPLE]


class Overtaken:
    """The store, with somebody else coupling just after a NAV record was looked up."""

    def __init__(self, store: CouplingStore, meanwhile: Callable[[], object]) -> None:
        self._store = store
        self._meanwhile = meanwhile

    def by_nav(self, connection: str, mapping: str, key: str) -> Coupling | None:
        found = self._store.by_nav(connection, mapping, key)
        self._meanwhile()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("move", [False, True])
def test_r05_the_same_pair_coupled_by_somebody_else_at_the_same_moment_is_no_conflict(house: House, move: bool) -> None:
    house.connect("nav2018")
    user = house.user("Amina Haddad")
    store = cast(CouplingStore, Overtaken(house.store.couplings, lambda: house.couple("AH", user)))
    couplings = Couplings(store, house.pairs, house.synchronizer, house.clock, CountedIds())

    set_up = couplings.set_up(CoupleOrder("ab", "SALESPEOPLE", "AH", user, move=move), OSCAR)

    assert not set_up.created
    assert set_up.coupling == house.store.couplings.by_nav("ab", "SALESPEOPLE", "AH")
    assert [entry.deed for entry in house.entries()] == [Deed.COUPLE]


def test_r02_a_taken_user_is_refused_naming_its_salesperson(house: House) -> None:
    house.connect("nav2018")
    holder = house.couple("AH", house.user("Amina Haddad")).coupling

    with pytest.raises(AlreadyCoupled) as refused:
        house.couple("LM", house.user("Amina Haddad"))

    assert refused.value.details["coupling"] == holder.id
    assert refused.value.details["nav_key"] == "AH"


def test_r02_the_dead_coupling_of_a_deleted_salesperson_gives_way(house: House) -> None:
    house.connect("nav2018")
    dead = house.couple("EW", house.user("Amina Haddad")).coupling
    gone = httpx.delete(f"{house.sandbox.description['control']}/nav/salespeople/EW", params={"company": AB})
    gone.raise_for_status()

    alive = house.couple("AH", house.user("Amina Haddad")).coupling

    assert alive.nav_key == "AH"
    with pytest.raises(NotFound):
        house.store.couplings.get(dead.id)


def test_s9_a_salesperson_that_cannot_be_read_just_now_does_not_count_as_deleted(house: House) -> None:
    house.connect("nav2018")
    house.couple("AH", house.user("Amina Haddad"))
    house.fault(system="nav", match="GET *'AH'*", action="status", status=503, times=None)

    with pytest.raises(CouplerError) as refused:
        house.couple("LM", house.user("Amina Haddad"))

    assert refused.value.code == "unavailable"
    assert house.store.couplings.by_nav("ab", "SALESPEOPLE", "AH") is not None


def test_r03_n07_a_move_needs_consent_and_then_is_one_step_in_history(house: House) -> None:
    house.connect("nav2018")
    old = house.couple("AH", house.user("Amina Haddad"), "use_crm_data").coupling

    with pytest.raises(MoveNeedsConsent):
        house.couple("AH", house.user("Linda Mertens"))
    new = house.couple("AH", house.user("Linda Mertens"), move=True).coupling

    assert new.id != old.id
    assert new.state is State.NEVER_SYNCHRONIZED
    assert house.entries()[0].deed is Deed.MOVE
    assert house.entries()[0].before["crm_id"] == old.crm_id


def test_r03_a_moved_coupling_starts_anew_whatever_became_of_the_one_before(house: House) -> None:
    house.connect("nav2018")
    house.fault(system="nav", match="PATCH *", action="status", status=503, times=None)
    failed = house.couple("JR", house.user("Jonas Roth"), "use_crm_data").coupling
    assert failed.state is State.FAILED

    moved = house.couple("JR", house.user("Linda Mertens"), move=True).coupling

    assert moved.state is State.NEVER_SYNCHRONIZED


@pytest.mark.parametrize("gone", ["user", "salesperson"])
def test_u03_the_window_opens_for_a_coupling_whose_partner_is_gone(house: House, gone: str) -> None:
    house.connect("nav2018")
    user = house.user("Amina Haddad")
    coupling = house.couple("EW", user).coupling
    if gone == "user":
        with house.sandbox.world.lock:
            house.sandbox.world.users.delete(user)
        seen = house.couplings.compare("ab", "SALESPEOPLE", "EW", None, RITA)
    else:
        control = house.sandbox.description["control"]
        httpx.delete(f"{control}/nav/salespeople/EW", params={"company": AB}).raise_for_status()
        seen = house.couplings.compare("ab", "SALESPEOPLE", None, user, RITA)

    assert seen.coupling == coupling
    assert (seen.nav is None, seen.crm is None) == (gone == "salesperson", gone == "user")
    assert seen.comparison.differing == 0
    with pytest.raises(RecordNotFound):
        house.couplings.compare("ab", "SALESPEOPLE", "EW", user, RITA)


def test_a_code_typed_in_small_letters_finds_its_coupling(house: House) -> None:
    house.connect("nav2018")
    coupling = house.couple("ah", house.user("Amina Haddad")).coupling

    seen = house.couplings.compare("ab", "SALESPEOPLE", "ah", None, RITA)

    assert seen.coupling == coupling
    assert seen.crm is not None


def test_n07_with_consent_the_user_is_taken_from_its_salesperson_and_both_ends_are_on_record(house: House) -> None:
    house.connect("nav2018")
    house.couple("AH", house.user("Amina Haddad"))
    house.couple("LM", house.user("Linda Mertens"))

    house.couple("AH", house.user("Linda Mertens"), move=True)

    assert house.store.couplings.by_nav("ab", "SALESPEOPLE", "LM") is None
    assert [e.deed for e in house.entries()[:2]] == [Deed.MOVE, Deed.UNCOUPLE]
    assert house.entries()[1].nav_key == "LM"


@pytest.mark.parametrize("name", ["Gert Olander", "Nadine Favre", "Coupler Integration", "# Coupler Application"])
def test_r16_r22_disabled_unlicensed_integration_and_our_own_user_are_refused(house: House, name: str) -> None:
    house.connect("nav2018")

    with pytest.raises(NotEligible, match=name.split()[-1]):
        house.couple("AH", house.user(name))

    assert house.store.couplings.find(CouplingFilter(), 10, None)[0] == []


def test_s08_nav_data_is_refused_before_anybody_is_asked(house: House) -> None:
    house.connect("nav2018")
    house.sandbox.world.journal.clear()

    with pytest.raises(DirectionNotAllowed):
        house.couple("AH", house.user("Amina Haddad"), "use_nav_data")

    assert house.calls("nav", "bc", "crm") == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("code", "user", "error"), [("NOBODY", None, "nav"), ("AH", NOBODY, "crm")])
def test_s9_what_does_not_exist_is_named_with_its_system(
    house: House, profile: str, code: str, user: str | None, error: str
) -> None:
    house.connect(profile)

    with pytest.raises(RecordNotFound) as missing:
        house.couple(code, user or house.user("Amina Haddad"))

    assert missing.value.system == error
    assert (code if error == "nav" else str(user)) in missing.value.message


@pytest.mark.parametrize("profile", ["nav2016", "nav2018", "bc"])
def test_s9_an_unknown_company_is_not_taken_for_a_missing_salesperson(house: House, profile: str) -> None:
    house.connect(profile, company="No Such Company")

    with pytest.raises(ServiceNotFound):
        house.couple("AH", house.user("Amina Haddad"))


@pytest.mark.parametrize(("code", "user"), [("AH", "not-a-guid"), ("x" * 21, NOBODY), ("", NOBODY)])
def test_ids_of_the_wrong_shape_are_refused_before_anybody_is_asked(house: House, code: str, user: str) -> None:
    house.connect("nav2018")
    house.sandbox.world.journal.clear()

    with pytest.raises(InvalidInput):
        house.couple(code, user)

    assert house.calls("nav", "crm") == []


def test_a_reader_may_look_but_not_couple(house: House) -> None:
    house.connect("nav2018")
    order = CoupleOrder("ab", "SALESPEOPLE", "AH", house.user("Amina Haddad"))

    with pytest.raises(Forbidden, match="Operator"):
        house.couplings.set_up(order, RITA)

    assert house.couplings.compare("ab", "SALESPEOPLE", "AH", order.crm_id, RITA).comparison.differing == 0


def test_n06_sixteen_people_coupling_one_user_at_once_make_one_coupling(any_house: House) -> None:
    any_house.connect("nav2018")
    user = any_house.user("Amina Haddad")
    codes = [str(row["Code"]) for row in any_house.sandbox_state()["nav"][AB] if str(row["Code"]).isalnum()][:16]
    start = Barrier(16)

    def attempt(code: str) -> str:
        start.wait()
        try:
            return f"won {any_house.couple(code, user).coupling.nav_key}"
        except AlreadyCoupled as refused:
            return f"lost to {refused.details['nav_key']}"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(attempt, codes))

    (won,) = [answer for answer in answers if answer.startswith("won")]
    assert answers.count(f"lost to {won.removeprefix('won ')}") == 15
    assert len(any_house.store.couplings.find(CouplingFilter(), 50, None)[0]) == 1


def test_r07_deleting_a_coupling_leaves_both_records_and_can_be_undone(house: House) -> None:
    house.connect("nav2018")
    coupling = house.couple("AH", house.user("Amina Haddad")).coupling
    before = house.sandbox_state()

    entry = house.couplings.remove(coupling.id, coupling.version, OSCAR)

    assert house.sandbox_state() == before
    assert house.store.couplings.by_nav("ab", "SALESPEOPLE", "AH") is None
    again = house.history.undo(entry.id, OSCAR).coupling
    assert again is not None
    assert (again.nav_key, again.crm_id) == (coupling.nav_key, coupling.crm_id)


def test_deleting_what_changed_since_it_was_read_is_refused(house: House) -> None:
    house.connect("nav2018")
    coupling = house.couple("JR", house.user("Jonas Roth"), "use_crm_data").coupling

    with pytest.raises(Stale):
        house.couplings.remove(coupling.id, coupling.version - 1, OSCAR)

    assert house.store.couplings.get(coupling.id) == coupling
