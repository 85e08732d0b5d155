from __future__ import annotations

import pytest
from tests.domain.records import NOON, USER, coupling

from coupler.domain.coupling import Result, SideState, State, couple, kept_side
from coupler.domain.errors import AlreadyCoupled, MoveNeedsConsent

OTHER = "99914b34-be8d-4611-80d8-00155d892ddc"
NAMES = ("Bente Berg", "Peter Saddow")


def test_r01_two_free_records_may_be_coupled() -> None:
    plan = couple("BB", USER, by_nav=None, by_crm=None, move=False, names=NAMES)

    assert plan.present is None
    assert plan.ends == ()


def test_r05_the_same_pair_again_changes_nothing() -> None:
    present = coupling()

    assert couple("PS", USER, by_nav=present, by_crm=present, move=False, names=NAMES).present is present


def test_r02_a_taken_user_is_refused_naming_both_salespeople_and_the_user() -> None:
    with pytest.raises(AlreadyCoupled) as refused:
        couple("BB", USER, by_nav=None, by_crm=coupling(), move=False, names=NAMES)

    assert "Bente Berg (BB)" in refused.value.message
    assert "Peter Saddow (PS)" in refused.value.message
    assert refused.value.details["nav_key"] == "PS"


def test_r03_n07_moving_a_salesperson_asks_first_naming_old_and_new() -> None:
    with pytest.raises(MoveNeedsConsent) as asked:
        couple("PS", OTHER, by_nav=coupling(crm_name="Old User"), by_crm=None, move=False, names=("P", "New User"))

    assert "Old User" in asked.value.message
    assert "New User" in asked.value.message


def test_n07_with_consent_everything_in_the_way_is_ended() -> None:
    mine, theirs = coupling(id="mine", crm_id=OTHER), coupling(id="theirs", nav_key="AH")

    plan = couple("PS", USER, by_nav=mine, by_crm=theirs, move=True, names=NAMES)

    assert plan.ends == (mine, theirs)


@pytest.mark.parametrize(("result", "kept"), [(Result.SUCCESS, Result.SUCCESS), (Result.FAILURE, None), (None, None)])
def test_r03_a_moved_coupling_keeps_the_nav_side_but_no_failure_of_another_pair(
    result: Result | None, kept: Result | None
) -> None:
    assert kept_side(SideState(NOON, result)) == SideState(NOON, kept)
    assert coupling(nav=kept_side(SideState(NOON, result))).state is State.NEVER_SYNCHRONIZED


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, State.NEVER_SYNCHRONIZED),
        ({"last_synchronized_at": NOON}, State.IN_STEP),
        ({"last_synchronized_at": NOON, "differs": True}, State.DIFFERS),
        ({"last_synchronized_at": NOON, "nav": SideState(NOON, Result.FAILURE)}, State.FAILED),
        ({"nav": SideState(None, Result.FAILURE), "skipped": True}, State.SKIPPED),
        ({"skipped": True, "health": ("salesperson_gone",)}, State.BROKEN),
        ({"health": ("user_gone",)}, State.BROKEN),
        ({"last_synchronized_at": NOON, "health": ("user_disabled",)}, State.IN_STEP),
    ],
)
def test_the_most_urgent_thing_known_is_the_state(changes: dict[str, object], state: State) -> None:
    assert coupling(**changes).state is state
