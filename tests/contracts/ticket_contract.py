"""What every store of tickets must do: each step once, in order, in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contracts.access_contract import ATTEMPT, digest
from tests.contracts.races import race
from tests.contracts.stores import NOW, Stores

from coupler.domain.access import Role
from coupler.engine.tickets import Person, Ticket

TICKET = Ticket(digest("verifier"), "crm", NOW, NOW + timedelta(minutes=5))
OSCAR = Person("user:oscar", "Oscar O'Hara Å", Role.OPERATOR)
SOON = NOW + timedelta(seconds=20)
LATE = NOW + timedelta(minutes=5)


class TicketContract:
    """A sign-in that a framed pane waits for (surfaces 6.3)."""

    def test_a_ticket_is_found_by_its_digest(self, store: Stores) -> None:
        store.tickets.issue(digest("ticket"), TICKET)

        assert store.tickets.get(digest("ticket")) == TICKET
        assert store.tickets.get(digest("other")) is None

    @pytest.mark.parametrize("role", [None, *Role])
    def test_it_is_begun_approved_and_redeemed_in_that_order(self, store: Stores, role: Role | None) -> None:
        person = replace(OSCAR, role=role)
        store.tickets.issue(digest("ticket"), TICKET)

        assert store.tickets.begin(digest("ticket"), SOON)
        approved = store.tickets.approve(digest("ticket"), person, SOON)

        assert approved == replace(TICKET, begun_at=SOON, person=person)
        assert store.tickets.get(digest("ticket")) == approved
        assert store.tickets.redeem(digest("ticket"), digest("verifier"), SOON) == person
        assert store.tickets.get(digest("ticket")) is None
        assert store.tickets.redeem(digest("ticket"), digest("verifier"), SOON) is None

    def test_no_step_is_skipped_and_none_is_taken_twice(self, store: Stores) -> None:
        store.tickets.issue(digest("ticket"), TICKET)

        assert store.tickets.approve(digest("ticket"), OSCAR, SOON) is None
        assert store.tickets.redeem(digest("ticket"), digest("verifier"), SOON) is None
        assert store.tickets.begin(digest("ticket"), SOON)
        assert not store.tickets.begin(digest("ticket"), SOON)
        assert store.tickets.redeem(digest("ticket"), digest("verifier"), SOON) is None
        assert store.tickets.approve(digest("ticket"), OSCAR, SOON)
        assert store.tickets.approve(digest("ticket"), replace(OSCAR, subject="user:eve"), SOON) is None

    def test_an_unknown_ticket_takes_no_step(self, store: Stores) -> None:
        assert not store.tickets.begin(digest("ticket"), SOON)
        assert store.tickets.approve(digest("ticket"), OSCAR, SOON) is None
        assert store.tickets.redeem(digest("ticket"), digest("verifier"), SOON) is None

    def test_another_verifier_gets_nothing_and_burns_nothing(self, store: Stores) -> None:
        store.tickets.issue(digest("ticket"), TICKET)
        store.tickets.begin(digest("ticket"), SOON)
        store.tickets.approve(digest("ticket"), OSCAR, SOON)

        assert store.tickets.redeem(digest("ticket"), digest("guess"), SOON) is None
        assert store.tickets.redeem(digest("ticket"), digest("verifier"), SOON) == OSCAR

    def test_a_ticket_that_ran_out_takes_no_further_step(self, store: Stores) -> None:
        for name in ("new", "begun", "approved"):
            store.tickets.issue(digest(name), TICKET)
        for name in ("begun", "approved"):
            assert store.tickets.begin(digest(name), SOON)
        assert store.tickets.approve(digest("approved"), OSCAR, SOON)

        assert not store.tickets.begin(digest("new"), LATE)
        assert store.tickets.approve(digest("begun"), OSCAR, LATE) is None
        assert store.tickets.redeem(digest("approved"), digest("verifier"), LATE) is None

    def test_tickets_that_ran_out_are_forgotten_when_another_is_issued(self, store: Stores) -> None:
        store.tickets.issue(digest("old"), TICKET)
        later = NOW + timedelta(minutes=16)
        store.tickets.issue(digest("new"), replace(TICKET, issued_at=later, expires_at=later + timedelta(minutes=5)))

        assert store.tickets.get(digest("old")) is None
        assert store.tickets.get(digest("new")) is not None

    def test_of_eight_who_begin_or_redeem_at_once_one_succeeds(self, store: Stores) -> None:
        store.tickets.issue(digest("ticket"), TICKET)

        begun = race(range(8), lambda _: store.tickets.begin(digest("ticket"), SOON))
        approved = race(range(8), lambda _: store.tickets.approve(digest("ticket"), OSCAR, SOON))
        redeemed = race(range(8), lambda _: store.tickets.redeem(digest("ticket"), digest("verifier"), SOON))

        assert sorted(begun) == [False] * 7 + [True]
        assert sorted(one is None for one in approved) == [False] + [True] * 7
        assert sorted(one is None for one in redeemed) == [False] + [True] * 7

    def test_an_attempt_remembers_its_ticket(self, store: Stores) -> None:
        attempt = replace(ATTEMPT, ticket=digest("ticket"))
        store.sessions.begin(digest("browser"), attempt)

        assert store.sessions.take_attempt(digest("browser")) == attempt
