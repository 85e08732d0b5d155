"""The lists behind suggestions: what a roster finds, and when it is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.conftest import AB, OSCAR, House, connection_to

from coupler.domain.connection import Secrets
from coupler.domain.errors import ConnectorError, StillReading
from coupler.domain.matching import SIMILAR_FROM, Certainty, Person, addresses, name_key, name_orders
from coupler.engine.pairs import Scope
from coupler.engine.roster import Roster, alike, tally
from coupler.engine.roster_cache import RosterCache
from coupler.engine.suggestions import Matching
from coupler.sandbox.identity.registry import STRANGER_APP

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
WHERE = ("ab", "SALESPEOPLE")


def roster(*people: Person, most: int = 1000) -> Roster:
    return Roster(((person, ()) for person in people), NOW, most)


texts = st.text(st.sampled_from("aAbjø, '\x1f@.é"), max_size=8)
anybody = st.lists(st.builds(Person, st.uuids().map(str), texts, texts, texts, texts), max_size=8)


@given(anybody)
def test_everybody_is_found_by_address_and_by_name(people: list[Person]) -> None:
    made = roster(*people)

    kept = [made.person(position) for position in range(len(made))]
    for address in {address for person in kept for address in addresses(person)}:
        assert [person for _, person in made.at_address(address)] == [p for p in kept if address in addresses(p)]
    for name in {name_key(person.name) for person in kept} - {""}:
        assert [person for _, person in made.named(name)] == [p for p in kept if name_key(p.name) == name]


@given(anybody)
def test_a_person_comes_back_as_put_in(people: list[Person]) -> None:
    made = roster(*people)

    for position, person in enumerate(people):
        back = made.person(position)
        assert (back.key, back.name, back.email) == (
            person.key,
            person.name.replace("\x1f", " "),
            person.email.replace("\x1f", " "),
        )


@given(st.lists(st.text(st.sampled_from("abc "), max_size=9), max_size=8), st.text(st.sampled_from("abc "), max_size=9))
def test_all_names_that_are_alike_in_either_order_are_found_most_alike_first(names: list[str], name: str) -> None:
    made = roster(*(Person(str(number), each) for number, each in enumerate(names)))

    found = made.similarly_named(name, 100)

    def score(each: str) -> float:
        return max((alike(order, " ".join(each.split())) for order in name_orders(name) if each.strip()), default=0.0)

    assert set(found) == {number for number, each in enumerate(names) if score(each) >= SIMILAR_FROM}
    assert [score(names[position]) for position in found] == sorted(
        (score(names[position]) for position in found), reverse=True
    )


def test_who_may_not_be_coupled_is_counted_by_reason_and_never_similar() -> None:
    people = [
        (Person("1", "Kim Jensen"), ("user_disabled", "user_unlicensed")),
        (Person("2", "Kim Jensen", "kim@x.example"), ()),
        (Person("3", "Kim Hansen"), ()),
    ]

    made = Roster(people, NOW, 10)

    assert made.similarly_named("Kim Jensen", 10) == [1]
    assert made.crowd().others_named(name_key("Kim Jensen"), "2") == 0
    assert tally(made) == {"total": 3, "excluded": 1, "no_email": 1, "user_disabled": 1, "user_unlicensed": 1}


def test_a_roster_takes_no_more_than_it_may_and_says_so() -> None:
    people = [Person(str(number), f"Name {number}") for number in range(3)]

    assert (len(roster(*people, most=2)), roster(*people, most=2).complete) == (2, False)
    assert (len(roster(*people, most=3)), roster(*people, most=3).complete) == (3, True)


@pytest.fixture
def connected(house: House) -> House:
    house.connect("nav2018")
    return house


def scope(house: House, connection: str = "ab") -> Scope:
    return house.pairs.scope(connection, "SALESPEOPLE", OSCAR)


def crm_reads(house: House) -> int:
    """How often the table of users was read since the journal was last cleared."""
    return sum("/systemusers?" in entry.path for entry in house.sandbox.world.journal.entries("crm"))


def until(holds: Callable[[], bool]) -> None:
    """Wait for what happens in the background."""
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("It did not happen within five seconds.")


def test_after_ten_minutes_the_old_list_answers_while_a_new_one_is_read(connected: House) -> None:
    cache = RosterCache(connected.clock)
    _, first = cache.of(scope(connected))
    connected.clock.advance(minutes=9, seconds=59)
    assert cache.of(scope(connected))[1] is first

    connected.clock.advance(seconds=1)

    assert cache.of(scope(connected))[1] is first
    until(lambda: cache.of(scope(connected))[1] is not first)
    assert cache.of(scope(connected))[1].as_of == first.as_of + timedelta(minutes=10)
    assert crm_reads(connected) == 2


def test_a_list_older_than_an_hour_is_not_used(connected: House) -> None:
    cache = RosterCache(connected.clock)
    _, first = cache.of(scope(connected))

    connected.clock.advance(hours=1)

    assert cache.of(scope(connected))[1].as_of == first.as_of + timedelta(hours=1)


def test_while_crm_is_down_the_old_list_answers_and_crm_is_left_in_peace(connected: House) -> None:
    cache = RosterCache(connected.clock)
    _, first = cache.of(scope(connected))
    connected.sandbox.world.journal.clear()
    connected.fault(system="crm", match="GET *systemusers*", action="status", status=500, times=1)
    connected.clock.advance(minutes=10)

    assert cache.of(scope(connected))[1] is first
    until(lambda: crm_reads(connected) == 1)
    for _ in range(5):
        assert cache.of(scope(connected))[1] is first
    assert crm_reads(connected) == 1

    connected.clock.advance(seconds=30)
    until(lambda: cache.of(scope(connected))[1] is not first)


def test_an_error_of_the_first_reading_is_told_and_the_next_one_tries_again(connected: House) -> None:
    cache = RosterCache(connected.clock)
    connected.fault(system="crm", match="GET *systemusers*", action="status", status=500, times=1)

    with pytest.raises(ConnectorError):
        cache.of(scope(connected))

    assert len(cache.of(scope(connected))[1]) > 0


def test_a_long_first_reading_is_not_waited_for_and_is_not_lost(connected: House) -> None:
    cache = RosterCache(connected.clock, patience=0.05)
    connected.fault(system="crm", match="GET *systemusers*", action="stall")

    with pytest.raises(StillReading) as told:
        cache.of(scope(connected))
    assert told.value.details["retry_after"] == 2
    with pytest.raises(StillReading):
        cache.of(scope(connected))
    connected.sandbox.world.faults.clear()

    until(lambda: cache.people_kept() > 60)
    assert len(cache.of(scope(connected))[1]) > 0
    assert crm_reads(connected) == 1


def test_what_nobody_used_for_an_hour_is_forgotten(connected: House) -> None:
    connected.connect("bc", name="other", company="CRONUS International Ltd.")
    cache = RosterCache(connected.clock)
    cache.of(scope(connected, "other"))
    both = len(cache.of(scope(connected))[0]) + cache.people_kept()
    connected.clock.advance(hours=1)

    salespeople, users = cache.of(scope(connected))

    assert cache.people_kept() == len(salespeople) + len(users) < both


def test_connections_to_one_organization_share_its_users(connected: House) -> None:
    connected.connect("nav2018", name="twin", company=AB)
    cache = RosterCache(connected.clock)

    first, twin = cache.of(scope(connected)), cache.of(scope(connected, "twin"))

    assert first[1] is twin[1]
    assert first[0] is not twin[0]
    assert crm_reads(connected) == 1


def test_who_cannot_sign_in_to_crm_does_not_get_the_users_others_read(connected: House) -> None:
    stranger, secrets = connection_to(connected.sandbox, "nav2018", "stranger")
    sign_in = replace(stranger.crm.sign_in, client_id=STRANGER_APP.client_id)
    wrong_secret = Secrets({"client_secret": "guessed"}, secrets.nav)
    connected.connections.add(replace(stranger, crm=replace(stranger.crm, sign_in=sign_in)), secrets, OSCAR)
    connected.connections.add(replace(stranger, name="guesser"), wrong_secret, OSCAR)
    cache = RosterCache(connected.clock)
    cache.of(scope(connected))

    for name in ("stranger", "guesser"):
        with pytest.raises(ConnectorError):
            cache.of(scope(connected, name))


def test_memory_is_bounded_the_lists_used_longest_ago_go_first(connected: House) -> None:
    connected.connect("nav2018", name="twin", company=AB)
    sizes = [len(found) for found in RosterCache(connected.clock).of(scope(connected))]
    cache = RosterCache(connected.clock, most_people=sum(sizes))
    first, users = cache.of(scope(connected))
    connected.clock.advance(minutes=1)

    cache.of(scope(connected, "twin"))

    assert cache.people_kept() == sum(sizes)
    assert cache.of(scope(connected, "twin"))[1] is users
    assert cache.of(scope(connected))[0] is not first


def test_a_table_too_long_to_be_read_whole_makes_nothing_exact(connected: House) -> None:
    matching = Matching(
        connected.store.couplings,
        connected.store.rejections,
        connected.pairs,
        RosterCache(connected.clock, most_people=40),
    )

    answers = [matching.users_for(*WHERE, code, 3, OSCAR) for code in ("AH", "BD", "PS")]

    assert {answer.counts["partial"] for answer in answers} == {1}
    certainties = {each.match.certainty for answer in answers for each in answer.found}
    assert certainties
    assert certainties <= {Certainty.AMBIGUOUS, Certainty.SIMILAR}
