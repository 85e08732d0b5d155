"""The match rules: in order, with reasons, and never a guess (ux 1.4, domain N-02, Y-60 to Y-68, 12.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coupler.domain.matching import (
    Candidate,
    Cause,
    Certainty,
    Match,
    Person,
    Reason,
    address_key,
    addresses,
    judge,
    name_key,
    name_orders,
    name_words,
    phone_key,
    ranked,
)

AMINA = Person("AH", "Amina Haddad", "amina@cronus.example", phone="+45 33 05 06 10")
USER = Person("u1", "Amina Haddad", "amina@cronus.example", "amina@cronus.example", "0045 33050610")


@dataclass(frozen=True)
class Everybody:
    """A crowd in a list."""

    people: Sequence[Person] = ()
    complete: bool = True

    def others_at(self, address: str, besides: str) -> int:
        return len({person.key for person in self.people if address in addresses(person)} - {besides})

    def others_named(self, name: str, besides: str) -> int:
        return len({person.key for person in self.people if name_key(person.name) == name} - {besides})


def similarity(left: str, right: str) -> float:
    """difflib's ratio depends on the order; the rules are given one that does not."""
    return 100 * max(SequenceMatcher(None, left, right).ratio(), SequenceMatcher(None, right, left).ratio())


def judged(
    salesperson: Person, user: Person, salespeople: Sequence[Person] = (), users: Sequence[Person] = ()
) -> Match | None:
    return judge(salesperson, user, Everybody(salespeople), Everybody(users), similarity)


def causes(match: Match | None) -> list[Cause]:
    return [reason.cause for reason in match.reasons] if match else []


@pytest.mark.parametrize(
    ("salesperson", "user", "certainty", "first"),
    [
        ({}, {}, Certainty.EXACT, Cause.SAME_EMAIL),
        ({"email": "  AMINA@Cronus.Example "}, {}, Certainty.EXACT, Cause.SAME_EMAIL),
        ({"name": "Somebody Else"}, {}, Certainty.EXACT, Cause.SAME_EMAIL),
        ({}, {"email": ""}, Certainty.EXACT, Cause.SAME_SIGN_IN_NAME),
        ({}, {"email": "old@cronus.example"}, Certainty.EXACT, Cause.SAME_SIGN_IN_NAME),
        ({"email": ""}, {}, Certainty.LIKELY, Cause.SAME_NAME),
        ({"email": "other@cronus.example"}, {}, Certainty.LIKELY, Cause.SAME_NAME),
        ({"email": "", "name": "Haddad, Amina"}, {}, Certainty.LIKELY, Cause.SAME_NAME),
        ({"email": "", "name": "Amine Hadad"}, {}, Certainty.SIMILAR, Cause.SIMILAR_NAME),
    ],
)
def test_n02_the_rules_apply_in_order(
    salesperson: dict[str, str], user: dict[str, str], certainty: Certainty, first: Cause
) -> None:
    match = judged(replace(AMINA, **salesperson), replace(USER, **user))

    assert match is not None
    assert (match.certainty, match.reasons[0].cause) == (certainty, first)
    assert match.exact is (certainty is Certainty.EXACT)


@pytest.mark.parametrize(
    ("salesperson", "user"),
    [
        ({"email": "", "name": "Bo Berg"}, {}),
        ({"email": "", "name": ""}, {"email": "", "sign_in": "", "name": ""}),
        ({"email": "n/a", "name": "Bo Berg"}, {"email": "n/a", "sign_in": "n/a"}),
        ({"email": "@", "name": "Bo Berg"}, {"email": "@", "sign_in": ""}),
        ({"email": " ", "name": "---"}, {"email": "", "sign_in": " ", "name": "!!!"}),
    ],
)
def test_y61_blanks_and_fillers_are_nothing_in_common(salesperson: dict[str, str], user: dict[str, str]) -> None:
    assert judged(replace(AMINA, **salesperson), replace(USER, **user)) is None


def test_a_phone_number_supports_another_reason_and_is_none_itself() -> None:
    with_name = judged(replace(AMINA, email=""), USER)
    alone = judged(replace(AMINA, email="", name="Bo Berg"), USER)

    assert causes(with_name) == [Cause.SAME_NAME, Cause.SAME_PHONE]
    assert alone is None


def test_u06_an_email_that_another_user_signs_in_with_is_not_exact() -> None:
    other = Person("u2", "Berta", "", "amina@cronus.example")

    match = judged(replace(AMINA, name=""), USER, users=[USER, other])

    assert match is not None
    assert match.certainty is Certainty.AMBIGUOUS
    assert match.reasons == (Reason(Cause.SAME_EMAIL, other_users=1), Reason(Cause.SAME_PHONE))


def test_y62_a_name_that_two_salespeople_have_is_ambiguous() -> None:
    twin = replace(AMINA, key="AH2", email="")

    match = judged(replace(AMINA, email=""), USER, salespeople=[AMINA, twin])

    assert match is not None
    assert match.certainty is Certainty.AMBIGUOUS
    assert match.reasons[0] == Reason(Cause.SAME_NAME, other_salespeople=1)


def test_a_shared_email_with_a_name_nobody_else_has_is_likely() -> None:
    desk = Person("u2", "Evening Desk", "amina@cronus.example")

    mine, other = judged(AMINA, USER, users=[USER, desk]), judged(AMINA, desk, users=[USER, desk])

    assert mine is not None
    assert other is not None
    assert (mine.certainty, other.certainty) == (Certainty.LIKELY, Certainty.AMBIGUOUS)


def test_when_not_everybody_is_known_nobody_is_the_only_one() -> None:
    match = judge(AMINA, USER, Everybody(), Everybody(complete=False), similarity)

    assert match is not None
    assert match.certainty is Certainty.AMBIGUOUS


def test_a_similar_name_is_never_a_hundred_percent() -> None:
    match = judged(replace(AMINA, email="", name="a" * 300), replace(USER, email="", sign_in="", name="a" * 301))

    assert match is not None
    assert match.reasons[0].percent == match.score == 99


def test_similar_names_are_compared_in_both_orders() -> None:
    match = judged(replace(AMINA, email="", name="Holm Kristian"), replace(USER, name="Christian Holm"))

    assert match is not None
    assert match.certainty is Certainty.SIMILAR


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Kim Jensen", "Jensen, Kim"),
        ("Kim Jensen", "JENSEN   Kim "),
        ("Bjørn Dalgaard", "Bjorn Dalgaard"),
        ("Zoe\u0308 Faure\u0301", "Zoë Fauré"),
        ("Zoë Fauré", "Zoe Faure"),
        ("Jürgen Groß", "Jurgen Gross"),
        ("Işıl Yıldız", "ISIL YILDIZ"),
        ("İrem Çelik", "irem celik"),
        ("Åse Ødegård", "Ase Odegard"),
        ("Łukasz Wałęsa", "Lukasz Walesa"),
        ("Siobhán O'Neill", "Siobhan O’Neill"),
        ("Siobhán O'Neill", "Siobhan ONeill"),
        ("Jean-Luc D'Angelo & Fils", "jean luc dangelo fils"),
        ("Robin 🌻 Blom", "Robin Blom"),
        ("Ольга Крылова", "Крылова Ольга"),
        ("Ｋｉｍ　Ｊｅｎｓｅｎ", "Kim Jensen"),
    ],
)
def test_names_are_equal_however_they_are_written(left: str, right: str) -> None:
    assert name_key(left) == name_key(right) != ""


@pytest.mark.parametrize(
    ("left", "right"), [("Kim Jensen", "Kim Jansen"), ("がく", "かく"), ("田中 健二", "田中 健一"), ("Bo", "Bob")]
)
def test_other_names_stay_other_names(left: str, right: str) -> None:
    assert name_key(left) != name_key(right)


def test_a_name_without_letters_is_no_name() -> None:
    assert (name_words("?!"), name_key(" - "), name_orders("🌻")) == ((), "", ())


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("+45 33 05 06 10", "0045-33050610", True),
        ("+45 33 05 06 10", "33050610", True),
        ("(030) 555-0117", "+49 30 555 0117", True),
        ("٠٣٠٥٥٥٠١١٧", "030 555 0117", True),
        ("+31 20 555 0199 ext. 4711 (mor", "+31 20 555 0199 ext. 4711 (mornings only)", True),
        ("+45 33 05 06 10", "+45 33 05 06 11", False),
        ("12345", "99912345", False),
    ],
)
def test_phone_numbers_are_compared_by_digits(left: str, right: str, same: bool) -> None:
    assert (phone_key(left) == phone_key(right)) is same


@pytest.mark.parametrize("text", ["", "112", "ext", "---"])
def test_what_is_too_short_is_no_phone_number(text: str) -> None:
    assert phone_key(text) == ""


words = st.sampled_from(["Kim", "kím", "Jensen", "Jansen", "O'Neill", "Bo", "", "Ann ", "ÅSE"])
names = st.builds(
    lambda first, last, comma: f"{last}, {first}" if comma else f"{first} {last}", words, words, st.booleans()
)
mails = st.sampled_from(["", "a@x.example", " A@X.example", "b@x.example", "c@x.example", "none"])
phones = st.sampled_from(["", "+45 12 34 56 78", "12345678", "99 88 77 66"])


def people(prefix: str, most: int = 6) -> st.SearchStrategy[list[Person]]:
    sign_ins = mails if prefix == "u" else st.just("")
    one = st.tuples(names, mails, sign_ins, phones)
    return st.lists(one, min_size=1, max_size=most).map(
        lambda rows: [Person(f"{prefix}{number}", *row) for number, row in enumerate(rows)]
    )


@given(people("s"), people("u"))
def test_never_exact_when_anybody_else_has_the_key(salespeople: list[Person], users: list[Person]) -> None:
    for salesperson in salespeople:
        exact = 0
        for user in users:
            match = judged(salesperson, user, salespeople, users)
            if match is None or not match.exact:
                continue
            exact += 1
            key = address_key(salesperson.email)
            assert [other for other in users if key in addresses(other)] == [user]
            assert [other for other in salespeople if key in addresses(other)] == [salesperson]
        assert exact <= 1


@given(people("s"), people("u"), st.data())
def test_the_order_of_people_makes_no_difference(
    salespeople: list[Person], users: list[Person], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(users)), data.draw(st.permutations(salespeople))

    def answer(users: Sequence[Person], salespeople: Sequence[Person]) -> list[Candidate]:
        found = [(user, judged(salespeople_first, user, salespeople, users)) for user in users]
        return ranked(Candidate(user, match, taken=user.key in ("u1", "u3")) for user, match in found if match)

    salespeople_first = salespeople[0]
    assert answer(*shuffled) == answer(users, salespeople)


@given(people("s", 1), people("u", 1))
def test_a_pair_is_judged_the_same_whichever_name_is_whose(salesperson: list[Person], user: list[Person]) -> None:
    (one,), (other,) = salesperson, user
    straight = judged(replace(one, email=""), other)
    crossed = judged(replace(one, email="", name=other.name), replace(other, name=one.name))

    assert straight == crossed


@given(st.text(max_size=40))
def test_keys_of_any_text_are_stable(text: str) -> None:
    assert address_key(address_key(text)) == address_key(text)
    assert name_key(name_key(text)) == name_key(text)
    assert phone_key(phone_key(text)) == phone_key(text)


@given(people("s"), people("u"))
def test_the_surest_come_first_and_free_ones_before_taken_ones(salespeople: list[Person], users: list[Person]) -> None:
    found = [(user, judged(salespeople[0], user, salespeople, users)) for user in users]
    order = ranked(Candidate(user, match, taken=user.key == "u0") for user, match in found if match)

    certainties = list(Certainty)
    ranks = [(certainties.index(each.match.certainty), each.taken) for each in order]
    assert ranks == sorted(ranks)
