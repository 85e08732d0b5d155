from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.records import LENGTHS, coupling, salesperson, user

from coupler.domain.comparison import snapshot
from coupler.domain.errors import BothChanged, DirectionNotAllowed, NavIsNewer, NotEligible, ValueRefused
from coupler.domain.mapping import (
    Direction,
    FieldOverride,
    MappingOverride,
    TruncationRule,
    customize,
    require_direction,
    require_eligible,
)
from coupler.domain.synchronization import Action, Question, conflict, decide
from coupler.mappings import SALESPEOPLE

OLD, NEW, OTHER = {"phone": "+45 1"}, {"phone": "+45 2"}, {"phone": "+45 3"}
BASE = snapshot(SALESPEOPLE, salesperson(**OLD), user(**OLD))


@pytest.mark.parametrize(
    ("name", "base", "nav", "crm", "action", "question"),
    [
        ("Y-14 equal, never synchronized", None, OLD, OLD, Action.IGNORE_UNCHANGED, None),
        ("Y-14 equal although both moved", BASE, NEW, NEW, Action.IGNORE_UNCHANGED, None),
        ("Y-14 nothing changed", BASE, OLD, OLD, Action.IGNORE_UNCHANGED, None),
        ("Y-04 never synchronized and different", None, OLD, NEW, Action.MODIFY, Question.BOTH_CHANGED),
        ("Y-10 only CRM changed", BASE, OLD, NEW, Action.MODIFY, None),
        ("Y-03 only NAV changed", BASE, NEW, OLD, Action.MODIFY, Question.NAV_IS_NEWER),
        ("Y-04 both changed apart", BASE, OTHER, NEW, Action.MODIFY, Question.BOTH_CHANGED),
    ],
)
def test_the_decision_table(
    name: str,
    base: dict[str, dict[str, str]] | None,
    nav: dict[str, str],
    crm: dict[str, str],
    action: Action,
    question: Question | None,
) -> None:
    decision = decide(SALESPEOPLE, coupling(base=base), salesperson(**nav), user(**crm), LENGTHS)

    assert (decision.action, decision.question) == (action, question), name


def test_a_field_switched_on_later_was_never_synchronized_and_asks_first() -> None:
    without = customize(SALESPEOPLE, MappingOverride(fields={"Phone No.": FieldOverride(enabled=False)}))
    base = snapshot(without, salesperson(**OLD), user(**NEW))

    decision = decide(SALESPEOPLE, coupling(base=base), salesperson(**OLD), user(**NEW), LENGTHS)

    assert decision.changes == {"Phone No.": "+45 2"}
    assert decision.question is Question.BOTH_CHANGED


def test_a_nav_value_that_stays_asks_nothing() -> None:
    base = snapshot(SALESPEOPLE, salesperson(phone="+45 1"), user(phone=""))

    decision = decide(
        SALESPEOPLE, coupling(base=base), salesperson(phone="+45 3"), user(name="Peter S.", phone=""), LENGTHS
    )

    assert (decision.changes, decision.question) == ({"Name": "Peter S."}, None)


@pytest.mark.parametrize(("base", "nav"), [(None, OLD), (BASE, OTHER), (BASE, OLD)])
def test_u15_a_forced_synchronization_asks_nothing(base: dict[str, dict[str, str]] | None, nav: dict[str, str]) -> None:
    decision = decide(SALESPEOPLE, coupling(base=base), salesperson(**nav), user(**NEW), LENGTHS, force=True)

    assert decision.action is Action.FORCE_MODIFY
    assert decision.question is None
    assert decision.changes == {"Phone No.": "+45 2"}


def test_f01_only_the_fields_that_differ_are_written() -> None:
    decision = decide(SALESPEOPLE, coupling(base=BASE), salesperson(**OLD), user(**NEW), LENGTHS)

    assert decision.changes == {"Phone No.": "+45 2"}


def test_a_refused_truncation_stops_the_record_before_anything_is_written() -> None:
    strict = customize(SALESPEOPLE, MappingOverride(fields={"Name": FieldOverride(truncation=TruncationRule.REFUSE)}))

    with pytest.raises(ValueRefused, match="7 characters too long"):
        decide(strict, coupling(base=BASE), salesperson(**OLD), user(name="N" * 57, **OLD), LENGTHS)


def test_s08_data_never_flows_from_nav_to_crm() -> None:
    with pytest.raises(DirectionNotAllowed, match="only from CRM to NAV"):
        require_direction(SALESPEOPLE, Direction.TO_INTEGRATION_TABLE)

    require_direction(SALESPEOPLE, Direction.FROM_INTEGRATION_TABLE)


@pytest.mark.parametrize(
    ("flag", "words"),
    [({"disabled": True}, "is disabled"), ({"licensed": False}, "no license"), ({"integration": True}, "integration")],
)
def test_r16_the_filter_excludes_disabled_unlicensed_and_integration_users(flag: dict[str, bool], words: str) -> None:
    with pytest.raises(NotEligible, match=words):
        require_eligible(SALESPEOPLE, user(**flag))


def test_r16_every_reason_is_named() -> None:
    with pytest.raises(NotEligible) as refused:
        require_eligible(SALESPEOPLE, user(disabled=True, licensed=False))

    assert refused.value.details["reasons"] == ["user_disabled", "user_unlicensed"]


def test_the_questions_become_refusals_a_person_can_answer() -> None:
    assert isinstance(conflict(Question.NAV_IS_NEWER, "A", "B"), NavIsNewer)
    assert isinstance(conflict(Question.BOTH_CHANGED, "A", "B"), BothChanged)
    assert "force" in conflict(Question.BOTH_CHANGED, "A", "B").fix


values = st.sampled_from(["", "+45 1", "+45 2", "+45 3"])


@given(values, values, values, values, st.booleans())
def test_safety_a_nav_value_nobody_has_seen_is_never_overwritten_without_asking(
    base_nav: str, base_crm: str, nav: str, crm: str, known: bool
) -> None:
    base = snapshot(SALESPEOPLE, salesperson(phone=base_nav), user(phone=base_crm)) if known else None

    decision = decide(SALESPEOPLE, coupling(base=base), salesperson(phone=nav), user(phone=crm), LENGTHS)

    unseen = base is None or nav != base_nav
    if decision.changes and unseen:
        assert decision.question is not None


@given(values, values, values, values)
def test_i9_a_second_decision_right_after_the_first_writes_nothing(
    base_nav: str, base_crm: str, nav: str, crm: str
) -> None:
    base = snapshot(SALESPEOPLE, salesperson(phone=base_nav), user(phone=base_crm))
    source, before = user(phone=crm), salesperson(phone=nav)
    first = decide(SALESPEOPLE, coupling(base=base), before, source, LENGTHS, force=True)

    after = replace(before, fields={**before.fields, **first.changes})
    second = decide(
        SALESPEOPLE, coupling(base=snapshot(SALESPEOPLE, after, source)), after, source, LENGTHS, force=True
    )

    assert second.action is Action.IGNORE_UNCHANGED
