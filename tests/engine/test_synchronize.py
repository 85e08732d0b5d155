"""Synchronizing one pair over HTTP: what it costs, what it refuses, and what it does when answers get lost."""

from __future__ import annotations

import pytest
from tests.engine.conftest import OSCAR, House

from coupler.domain.coupling import State
from coupler.domain.errors import (
    BothChanged,
    CouplerError,
    NavIsNewer,
    NotEligible,
    RecordNotFound,
    Unavailable,
    UndoRefused,
    ValueRefused,
)
from coupler.domain.history import Deed, Stage
from coupler.domain.mapping import BlankRule, FieldOverride, MappingOverride
from coupler.domain.synchronization import Action, Question

PROFILES = ["nav2016", "nav2018", "bc", "api"]
AMINA = "Amina Haddad"


def in_step(house: House, profile: str = "nav2018") -> str:
    """AH coupled and synchronized; the user's id."""
    house.connect(profile)
    user = house.user(AMINA)
    house.couple("AH", user, "use_crm_data")
    house.sandbox.world.journal.clear()
    return user


def the_coupling(house: House):  # type: ignore[no-untyped-def]
    found = house.store.couplings.by_nav("ab", "SALESPEOPLE", "AH")
    assert found is not None
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_s25_one_pair_costs_two_reads_and_one_write(house: House, profile: str) -> None:
    user = in_step(house, profile)
    house.change_user(user, mobilephone="+45 40 40 40 40")

    outcome = house.synchronize(the_coupling(house))

    assert outcome.action is Action.MODIFY
    assert house.salesperson("AH")["Phone_No"] == "+45 40 40 40 40"
    assert sorted(house.calls("crm", "nav", "bc", "identity")) == ["GET", "GET", "PATCH"]


@pytest.mark.parametrize("profile", PROFILES)
def test_y14_an_unchanged_pair_costs_two_reads_and_nothing_is_written(house: House, profile: str) -> None:
    in_step(house, profile)

    outcome = house.synchronize(the_coupling(house))

    assert outcome.action is Action.IGNORE_UNCHANGED
    assert house.calls("crm", "nav", "bc", "identity") == ["GET", "GET"]


def test_f01_only_the_changed_field_is_sent_and_crm_is_never_written(house: House) -> None:
    user = in_step(house)
    house.change_user(user, mobilephone="+45 40 40 40 40")

    outcome = house.synchronize(the_coupling(house))

    assert [(c.field, c.after) for c in outcome.changes] == [("Phone No.", "+45 40 40 40 40")]
    assert set(house.calls("crm")) == {"GET"}


def test_y04_never_synchronized_and_different_asks_first(house: House) -> None:
    house.connect("nav2018")
    coupling = house.couple("JR", house.user("Jonas Roth")).coupling

    with pytest.raises(BothChanged):
        house.synchronize(coupling)

    assert house.salesperson("JR")["Name"] == "J. Roth"
    assert house.synchronize(coupling, force=True).action is Action.FORCE_MODIFY
    assert house.salesperson("JR")["Name"] == "Jonas Roth"


@pytest.mark.parametrize("profile", PROFILES)
def test_y03_a_value_changed_in_nav_is_not_overwritten_unasked(house: House, profile: str) -> None:
    in_step(house, profile)
    house.change_salesperson("AH", Phone_No="+45 99 99 99 99")

    with pytest.raises(NavIsNewer):
        house.synchronize(the_coupling(house))

    assert house.salesperson("AH")["Phone_No"] == "+45 99 99 99 99"
    assert the_coupling(house).state is State.IN_STEP, "a question is not a failure"


def test_a_dry_run_tells_changes_and_question_and_writes_nothing_anywhere(house: House) -> None:
    user = in_step(house)
    house.change_user(user, mobilephone="+45 1")
    house.change_salesperson("AH", Phone_No="+45 2")
    before, entries = the_coupling(house), house.entries()

    outcome = house.synchronize(before, dry_run=True)

    assert outcome.question is Question.BOTH_CHANGED
    assert [(c.before, c.after) for c in outcome.changes] == [("+45 2", "+45 1")]
    assert "PATCH" not in house.calls("nav")
    assert (the_coupling(house), house.entries()) == (before, entries)


def test_n08_a_blank_in_crm_keeps_the_nav_value_and_says_so(house: House) -> None:
    house.connect("nav2018")
    set_up = house.couple("MD", house.user("Maren Dietz"), "use_crm_data")

    assert house.salesperson("MD")["Phone_No"] == "+49 30 555 0117"
    assert set_up.outcome is not None
    assert [w["code"] for w in set_up.outcome.warnings] == ["blank_kept"]
    assert set_up.coupling.state is State.DIFFERS


def test_f04_a_rule_of_the_mapping_lets_a_blank_clear(house: House) -> None:
    house.connect("nav2018")
    clear = MappingOverride(fields={"Phone No.": FieldOverride(blank=BlankRule.CLEAR)})
    house.connections.change_mapping("ab", "SALESPEOPLE", clear, OSCAR)

    house.couple("MD", house.user("Maren Dietz"), "use_crm_data")

    assert house.salesperson("MD")["Phone_No"] == ""


@pytest.mark.parametrize("profile", PROFILES)
def test_f02_f03_a_long_value_is_cut_to_navs_own_length_reported_and_then_left_alone(
    house: House, profile: str
) -> None:
    user = in_step(house, profile)
    house.change_user(user, mobilephone="+45 " + "1" * 40)

    outcome = house.synchronize(the_coupling(house))

    assert house.salesperson("AH")["Phone_No"] == "+45 " + "1" * 26
    assert [(w["code"], w["cut"]) for w in outcome.warnings] == [("value_cut", 14)]
    assert house.synchronize(the_coupling(house)).action is Action.IGNORE_UNCHANGED


def test_f05_a_value_navs_validation_refuses_fails_the_whole_record(house: House) -> None:
    user = in_step(house)
    house.change_user(user, internalemailaddress="not an address", mobilephone="+45 7")
    before = house.salesperson("AH")

    with pytest.raises(ValueRefused):
        house.synchronize(the_coupling(house))

    assert house.salesperson("AH") == before
    failed = the_coupling(house)
    assert failed.state is State.FAILED
    assert failed.last_error is not None
    assert failed.last_error["code"] == "value_refused"
    assert house.entries()[0].stage is Stage.REFUSED


def test_a_failed_pair_is_in_step_again_once_the_cause_is_gone(house: House) -> None:
    user = in_step(house)
    house.change_user(user, internalemailaddress="not an address")
    with pytest.raises(ValueRefused):
        house.synchronize(the_coupling(house))

    house.change_user(user, internalemailaddress="amina@new.example")
    house.synchronize(the_coupling(house))

    assert the_coupling(house).state is State.IN_STEP
    assert the_coupling(house).last_error is None


def test_r17_a_coupled_user_who_was_disabled_is_not_synchronized_and_it_shows(house: House) -> None:
    user = in_step(house)
    house.change_user(user, isdisabled=True, mobilephone="+45 8")

    with pytest.raises(NotEligible):
        house.synchronize(the_coupling(house))

    assert the_coupling(house).health == ("user_disabled",)


def test_r12_a_user_that_cannot_be_found_leaves_the_coupling_broken_not_deleted(house: House) -> None:
    user = in_step(house)
    with house.sandbox.world.lock:
        house.sandbox.world.users.delete(user)

    with pytest.raises(RecordNotFound):
        house.synchronize(the_coupling(house))

    assert the_coupling(house).state is State.BROKEN


# What happens on the way to NAV and back.


@pytest.mark.parametrize("profile", PROFILES)
def test_s8_an_etag_that_moved_for_another_field_is_read_again_and_the_write_goes_through(
    house: House, profile: str
) -> None:
    user = in_step(house, profile)
    house.change_user(user, mobilephone="+45 40 40 40 40")
    system = "bc" if profile == "api" else "nav"
    house.fault(system=system, match="PATCH *", action="stale_etag")

    house.synchronize(the_coupling(house))

    assert house.salesperson("AH")["Phone_No"] == "+45 40 40 40 40"
    assert house.calls("nav", "bc").count("PATCH") == 2
    assert [entry.stage for entry in house.entries()[:2]] == [Stage.CONFIRMED, Stage.NOT_APPLIED]


@pytest.mark.parametrize("action", ["truncate", "drop", "html", "status"])
@pytest.mark.parametrize("profile", PROFILES)
def test_s12_a_write_whose_answer_is_lost_is_found_done_and_not_sent_again(
    house: House, profile: str, action: str
) -> None:
    user = in_step(house, profile)
    house.change_user(user, mobilephone="+45 40 40 40 40")
    system = "bc" if profile == "api" else "nav"
    house.fault(system=system, match="PATCH *", action=action, status=504, applied=True)

    house.synchronize(the_coupling(house))

    assert house.salesperson("AH")["Phone_No"] == "+45 40 40 40 40"
    assert house.calls("nav", "bc").count("PATCH") == 1
    assert the_coupling(house).state is State.IN_STEP
    assert house.entries()[0].stage is Stage.CONFIRMED


@pytest.mark.parametrize("action", ["truncate", "drop", "html"])
def test_s12_a_write_that_was_lost_on_the_way_is_sent_once_more(house: House, action: str) -> None:
    user = in_step(house)
    house.change_user(user, mobilephone="+45 40 40 40 40")
    house.fault(system="nav", match="PATCH *", action=action)

    house.synchronize(the_coupling(house))

    assert house.salesperson("AH")["Phone_No"] == "+45 40 40 40 40"
    assert house.calls("nav").count("PATCH") == 2


@pytest.mark.parametrize("profile", PROFILES)
def test_s7_a_write_that_a_box_on_the_way_doubled_is_found_done(house: House, profile: str) -> None:
    user = in_step(house, profile)
    house.change_user(user, mobilephone="+45 40 40 40 40")
    system = "bc" if profile == "api" else "nav"
    house.fault(system=system, match="PATCH *", action="status", status=412, applied=True)

    house.synchronize(the_coupling(house))

    assert house.salesperson("AH")["Phone_No"] == "+45 40 40 40 40"
    assert house.calls("nav", "bc").count("PATCH") == 1
    assert house.entries()[0].stage is Stage.CONFIRMED


def test_an_outcome_nobody_could_read_stays_open_and_is_settled_by_the_next_synchronization(house: House) -> None:
    user = in_step(house)
    house.change_user(user, mobilephone="+45 40 40 40 40")
    house.fault(system="nav", match="PATCH *", action="drop", applied=True)
    house.fault(system="nav", match="GET *", action="status", status=503, after=1, times=3)

    with pytest.raises(Unavailable):
        house.synchronize(the_coupling(house))
    assert next(entry.stage for entry in house.entries() if entry.deed is Deed.SYNCHRONIZE) is Stage.INTENT

    house.sandbox.world.faults.clear()
    house.change_user(user, mobilephone="+45 41 41 41 41")
    house.synchronize(the_coupling(house))

    assert house.salesperson("AH")["Phone_No"] == "+45 41 41 41 41", "our own write is no change by a person"
    stages = [entry.stage for entry in house.entries() if entry.deed is Deed.SYNCHRONIZE]
    assert stages[:2] == [Stage.CONFIRMED, Stage.CONFIRMED]


@pytest.mark.parametrize("system", ["nav", "crm"])
@pytest.mark.parametrize("action", ["status", "html", "truncate", "drop"])
def test_s15_s20_trouble_while_reading_writes_nothing_and_is_told_truly(house: House, system: str, action: str) -> None:
    user = in_step(house)
    house.change_user(user, mobilephone="+45 40 40 40 40")
    before = house.salesperson("AH")
    house.fault(system=system, match="GET *", action=action, status=503, times=None)

    with pytest.raises(CouplerError) as told:
        house.synchronize(the_coupling(house))

    assert told.value.code in {"unavailable", "unexpected_answer"}
    assert house.salesperson("AH") == before
    assert the_coupling(house).state is State.FAILED


# Undo (N-04).


def test_n04_undo_puts_the_values_back_and_the_next_synchronization_asks(house: House) -> None:
    user = in_step(house)
    before = house.salesperson("AH")["Phone_No"]
    house.change_user(user, mobilephone="+45 40 40 40 40")
    outcome = house.synchronize(the_coupling(house))
    assert outcome.undo is not None

    house.history.undo(outcome.undo, OSCAR)

    assert house.salesperson("AH")["Phone_No"] == before
    assert the_coupling(house).state is State.DIFFERS
    with pytest.raises(NavIsNewer):
        house.synchronize(the_coupling(house))


def test_n04_undo_is_refused_when_the_record_changed_since(house: House) -> None:
    user = in_step(house)
    house.change_user(user, mobilephone="+45 40 40 40 40")
    outcome = house.synchronize(the_coupling(house))
    house.change_salesperson("AH", Phone_No="+45 1")
    assert outcome.undo is not None

    with pytest.raises(UndoRefused, match=r"Phone No\. of AH changed"):
        house.history.undo(outcome.undo, OSCAR)

    assert house.salesperson("AH")["Phone_No"] == "+45 1"


def test_n04_an_undo_whose_answer_was_lost_is_settled_without_overwriting_what_it_put_back(house: House) -> None:
    user = in_step(house)
    before = house.salesperson("AH")["Phone_No"]
    house.change_user(user, mobilephone="+45 40 40 40 40")
    outcome = house.synchronize(the_coupling(house))
    assert outcome.undo is not None
    house.fault(system="nav", match="PATCH *", action="drop", applied=True)
    house.fault(system="nav", match="GET *", action="status", status=503, after=1, times=3)
    with pytest.raises(Unavailable):
        house.history.undo(outcome.undo, OSCAR)
    house.sandbox.world.faults.clear()

    with pytest.raises(NavIsNewer):
        house.synchronize(the_coupling(house))

    assert house.salesperson("AH")["Phone_No"] == before
    assert house.entries()[0].stage is Stage.CONFIRMED
    with pytest.raises(UndoRefused, match="took this back already"):
        house.history.undo(outcome.undo, OSCAR)


def test_n04_an_undo_whose_answer_was_lost_is_found_done(house: House) -> None:
    user = in_step(house)
    before = house.salesperson("AH")["Phone_No"]
    house.change_user(user, mobilephone="+45 40 40 40 40")
    outcome = house.synchronize(the_coupling(house))
    assert outcome.undo is not None
    house.fault(system="nav", match="PATCH *", action="drop", applied=True)

    undone = house.history.undo(outcome.undo, OSCAR)

    assert house.salesperson("AH")["Phone_No"] == before
    assert undone.entry.stage is Stage.CONFIRMED


def test_n04_nothing_is_undone_twice(house: House) -> None:
    user = in_step(house)
    house.change_user(user, mobilephone="+45 40 40 40 40")
    outcome = house.synchronize(the_coupling(house))
    assert outcome.undo is not None
    undone = house.history.undo(outcome.undo, OSCAR)

    with pytest.raises(UndoRefused, match="took this back already"):
        house.history.undo(outcome.undo, OSCAR)
    with pytest.raises(UndoRefused):
        house.history.undo(undone.entry.id, OSCAR)
