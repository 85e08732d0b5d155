"""Suggestions on the sandbox's people: exact, ambiguous, similar, taken, excluded, rejected (ux 1.4 b, N-02)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from tests.engine.conftest import OSCAR, RITA, House, connection_to

from coupler.domain.errors import ConnectionUnknown, Forbidden, InvalidInput, RecordNotFound
from coupler.domain.matching import Cause, Certainty
from coupler.engine.suggestions import Suggestion, Suggestions

AB = "ab"
WHERE = (AB, "SALESPEOPLE")


@pytest.fixture
def connected(house: House) -> House:
    house.connect("nav2018")
    return house


def users_for(house: House, code: str, limit: int = 3) -> Suggestions:
    return house.matching.users_for(*WHERE, code, limit, RITA)


def only(answer: Suggestions) -> Suggestion:
    (suggestion,) = answer.found
    return suggestion


def causes(suggestion: Suggestion) -> list[Cause]:
    return [reason.cause for reason in suggestion.match.reasons]


@pytest.mark.parametrize("profile", ["nav2016", "nav2018", "bc", "api"])
def test_n02_one_user_with_the_same_email_is_exact_on_every_version(house: House, profile: str) -> None:
    house.connect(profile)

    suggestion = only(users_for(house, "AH"))

    assert suggestion.person.key == house.user("Amina Haddad")
    assert suggestion.match.exact
    assert suggestion.match.score == 100
    assert causes(suggestion) == [Cause.SAME_EMAIL, Cause.SAME_NAME, Cause.SAME_PHONE]


def test_the_case_of_an_email_makes_no_difference(connected: House) -> None:
    suggestion = only(users_for(connected, "RC"))

    assert suggestion.person.email == "Ruth.Calder@CRONUS.example"
    assert suggestion.match.exact


def test_a_user_without_email_is_found_by_the_sign_in_name(connected: House) -> None:
    connected.change_salesperson("IB", E_Mail="ivo.brandl@cronus.example")

    suggestion = only(users_for(connected, "IB"))

    assert suggestion.person.name == "Ivo Brandl"
    assert suggestion.match.exact
    assert causes(suggestion)[0] is Cause.SAME_SIGN_IN_NAME


def test_a_full_name_that_only_one_has_is_likely_and_not_exact(connected: House) -> None:
    answer = users_for(connected, "HL")

    best = answer.found[0]
    assert best.person.name == "Hedda Lindqvist"
    assert best.match.certainty is Certainty.LIKELY
    assert causes(best)[0] is Cause.SAME_NAME


def test_u06_two_users_of_one_name_are_ambiguous_and_both_shown(connected: House) -> None:
    answer = users_for(connected, "KJ")

    assert [each.person.email for each in answer.found[:2]] == [
        "kim.jensen@cronus.example",
        "kim.jensen2@cronus.example",
    ], "the one with the same phone number comes first"
    assert {each.match.certainty for each in answer.found[:2]} == {Certainty.AMBIGUOUS}
    assert [each.match.reasons[0].other_users for each in answer.found[:2]] == [1, 1]


def test_u06_an_email_that_two_users_share_is_never_exact(connected: House) -> None:
    answer = users_for(connected, "DESK")

    by_name = {each.person.name: each for each in answer.found}
    assert not any(each.match.exact for each in answer.found)
    assert by_name["Sales Desk"].match.certainty is Certainty.LIKELY, "the name tells them apart"
    assert by_name["Sales Evening Desk"].match.certainty is Certainty.AMBIGUOUS
    assert answer.found[0] is by_name["Sales Desk"]


def test_an_email_that_two_salespeople_share_is_never_exact(connected: House) -> None:
    connected.change_salesperson("JR", E_Mail="amina.haddad@cronus.example")

    from_nav = users_for(connected, "AH").found[0]
    from_crm = connected.matching.salespeople_for(*WHERE, connected.user("Amina Haddad"), 3, RITA)

    assert from_nav.match.reasons[0].other_salespeople == 1
    assert not from_nav.match.exact
    assert {each.person.key for each in from_crm.found} >= {"AH", "JR"}
    assert not any(each.match.exact for each in from_crm.found)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("ZF", "Haddad, Amina"),
        ("ZF", "haddad   AMINA"),
        ("ZF", "Amína Haddád"),
        ("ZF", "Amina  Haddad"),
    ],
)
def test_names_are_equal_without_accents_in_either_order(connected: House, code: str, name: str) -> None:
    connected.change_salesperson(code, Name=name, E_Mail="")

    best = users_for(connected, code).found[0]

    assert best.person.name == "Amina Haddad"
    assert causes(best)[0] is Cause.SAME_NAME
    assert best.match.reasons[0].other_salespeople == 1, "AH has that name as well"


def test_a_decomposed_name_is_the_same_name(connected: House) -> None:
    connected.change_salesperson("ZF", Name="Zoë Fauré", E_Mail="")

    best = users_for(connected, "ZF").found[0]

    assert best.match.certainty is Certainty.LIKELY


def test_a_similar_name_says_how_similar(connected: House) -> None:
    connected.change_salesperson("EW", Name="Amine Hadad", E_Mail="somebody@else.example")

    best = users_for(connected, "EW").found[0]

    assert best.person.name == "Amina Haddad"
    assert best.match.certainty is Certainty.SIMILAR
    percent = best.match.reasons[0].percent
    assert percent is not None
    assert 85 <= percent < 100
    assert best.match.score == percent


def test_r16_a_disabled_or_unlicensed_user_is_counted_and_not_suggested(connected: House) -> None:
    gert, nadine = users_for(connected, "GO"), users_for(connected, "NF")

    for answer in (gert, nadine):
        assert not any(each.match.certainty is not Certainty.SIMILAR for each in answer.found)
        assert answer.counts["excluded_matches"] == 1
    assert gert.counts["user_disabled"] == 2
    assert gert.counts["integration_user"] >= 1
    assert gert.counts["excluded"] < gert.counts["total"]
    assert gert.counts["no_email"] == 1, "Ivo Brandl; the others without one are excluded anyway"


def test_a_disabled_namesake_does_not_make_an_email_ambiguous(connected: House) -> None:
    connected.change_user(connected.user("Gert Olander"), internalemailaddress="amina.haddad@cronus.example")

    assert only(users_for(connected, "AH")).match.exact


def test_r22_couplers_own_user_is_never_suggested(connected: House) -> None:
    connection, mapping = connection_to(connected.sandbox, "nav2018")[0], "SALESPEOPLE"
    scope = connected.pairs.scope(connection.name, mapping, OSCAR)
    own = scope.crm.own_key()
    name = scope.crm.read(own).text("fullname")
    connected.change_user(own, islicensed=True, isintegrationuser=False, internalemailaddress="own@cronus.example")
    connected.change_salesperson("EW", Name=name, E_Mail="own@cronus.example")

    answer = users_for(connected, "EW")

    assert own not in {each.person.key for each in answer.found}
    assert answer.counts["excluded_matches"] == 1
    assert answer.counts["own_user"] == 1


def test_a_taken_user_is_named_with_who_has_it(connected: House) -> None:
    user = connected.user("Amina Haddad")
    coupling = connected.couple("BD", user).coupling

    best = users_for(connected, "AH").found[0]

    assert best.person.key == user
    assert best.match.exact
    assert best.coupling == coupling


def test_where_the_exact_user_is_taken_similar_names_are_looked_for(connected: House) -> None:
    connected.change_user(connected.user("Signe Aaby"), fullname="Amina Hadad", firstname="Amina", lastname="Hadad")
    before = users_for(connected, "AH")
    connected.couple("BD", connected.user("Amina Haddad"))

    after = users_for(connected, "AH")

    assert [each.person.name for each in before.found] == ["Amina Haddad"]
    assert [each.person.name for each in after.found] == ["Amina Haddad", "Amina Hadad"]


def test_salespeople_are_suggested_for_a_user_by_the_same_rules(connected: House) -> None:
    answer = connected.matching.salespeople_for(*WHERE, connected.user("Amina Haddad"), 3, RITA)

    suggestion = only(answer)
    assert (suggestion.person.key, suggestion.match) == ("AH", only(users_for(connected, "AH")).match)
    assert answer.not_eligible == ()


def test_for_a_user_who_may_not_be_coupled_nobody_is_suggested(connected: House) -> None:
    answer = connected.matching.salespeople_for(*WHERE, connected.user("Gert Olander"), 3, RITA)

    assert answer.found == ()
    assert answer.not_eligible == ("user_disabled",)


def test_every_pair_is_judged_alike_from_either_side(connected: House) -> None:
    for row in connected.sandbox_state()["nav"]["A & B's Å"]:
        for suggestion in users_for(connected, row["Code"], 20).found:
            back = connected.matching.salespeople_for(*WHERE, suggestion.person.key, 20, RITA)
            match = {each.person.key: each.match for each in back.found}.get(row["Code"])
            # A free exact match on the other side ends the search for similar names there.
            assert match == suggestion.match or (match is None and back.found[0].match.exact)


def test_n02_what_was_rejected_is_not_suggested_again_from_either_side(connected: House) -> None:
    user = connected.user("Amina Haddad")
    connected.rejections.reject(*WHERE, [("ah", user)], OSCAR)

    from_nav = users_for(connected, "AH")
    from_crm = connected.matching.salespeople_for(*WHERE, user, 3, RITA)

    assert user not in {each.person.key for each in from_nav.found}
    assert "AH" not in {each.person.key for each in from_crm.found}
    assert (from_nav.counts["rejected"], from_crm.counts["rejected"]) == (1, 1)


def test_a_rejection_can_be_forgotten(connected: House) -> None:
    user = connected.user("Amina Haddad")
    connected.rejections.reject(*WHERE, [("AH", user)], OSCAR)

    assert connected.rejections.forget(*WHERE, "AH", None, OSCAR) == 1

    assert only(users_for(connected, "AH")).match.exact


def test_rejecting_takes_an_operator_and_the_connection(connected: House) -> None:
    user = connected.user("Amina Haddad")
    with pytest.raises(Forbidden):
        connected.rejections.reject(*WHERE, [("AH", user)], RITA)
    with pytest.raises(Forbidden):
        connected.rejections.forget(*WHERE, "AH", None, RITA)
    with pytest.raises(ConnectionUnknown):
        connected.rejections.reject("nowhere", "SALESPEOPLE", [("AH", user)], OSCAR)
    with pytest.raises(InvalidInput):
        connected.rejections.reject(*WHERE, [], OSCAR)
    with pytest.raises(InvalidInput):
        connected.rejections.forget(*WHERE, None, None, OSCAR)


def test_a_record_that_is_not_there_is_said_to_be_missing(connected: House) -> None:
    with pytest.raises(RecordNotFound):
        users_for(connected, "NOBODY")


@pytest.mark.parametrize("limit", [0, 21])
def test_one_to_twenty_are_suggested(connected: House, limit: int) -> None:
    with pytest.raises(InvalidInput):
        users_for(connected, "AH", limit)


def test_at_most_as_many_as_asked_for_come(connected: House) -> None:
    assert len(users_for(connected, "KJ", 1).found) == 1


def test_the_directory_is_read_once_and_crm_not_again(connected: House) -> None:
    users_for(connected, "AH")
    connected.sandbox.world.journal.clear()

    users_for(connected, "AH")
    users_for(connected, "KJ")

    assert connected.calls("crm") == []
    assert connected.calls("nav") == ["GET", "GET"], "the salesperson herself is read live"


def test_sixteen_at_once_read_the_directory_once(connected: House) -> None:
    users_for(connected, "AH")
    connected.clock.advance(hours=2)
    connected.sandbox.world.journal.clear()
    connected.fault(system="crm", match="GET *systemusers*", action="delay", seconds=0.3)
    answers: list[Suggestions] = []

    def ask() -> None:
        answers.append(users_for(connected, "AH"))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 16
    assert all(only(answer).match.exact for answer in answers)
    assert len(connected.calls("crm")) == 1


def test_as_of_says_when_the_directory_was_read(connected: House) -> None:
    read_at = connected.clock.now()
    first = users_for(connected, "AH")
    connected.clock.advance(minutes=9)

    assert users_for(connected, "AH").as_of == first.as_of == read_at
    assert connected.clock.now() == read_at + timedelta(minutes=9)
