"""Who lives in the sandbox: believable, awkward and the same on every start."""

import time
import tracemalloc
import unicodedata
from collections import Counter

from coupler.sandbox.nav.salespeople import seed_companies
from coupler.sandbox.people import bulk_people, sample_people


def test_the_same_people_come_on_every_start() -> None:
    assert list(sample_people(60)) == list(sample_people(60))
    assert list(sample_people(500))[:60] == list(sample_people(60))


def test_ids_and_codes_are_unique_and_fit() -> None:
    people = sample_people(2000)
    codes = [person.salesperson for person in people if person.salesperson]

    assert len({person.id for person in people}) == 2000
    assert len(set(codes)) == len(codes)
    assert max(map(len, codes)) <= 20
    assert all(code == code.strip().upper() for code in codes)


def test_what_nav_holds_fits_its_fields() -> None:
    for person in sample_people(300):
        assert len(person.nav_name.encode("utf-16-le")) <= 100
        assert len(person.nav_phone) <= 30
        assert len(person.nav_email) <= 80
        assert len(person.nav_job_title) <= 30


def test_most_people_match_exactly_by_email() -> None:
    people = sample_people(60)
    exact = [p for p in people if p.in_crm and p.salesperson and p.email and p.email == p.nav_email]

    assert len(exact) >= 25


def test_the_awkward_cases_are_all_there() -> None:
    people = list(sample_people(60))
    users = [person for person in people if person.in_crm]
    names = Counter(person.full_name for person in users)
    mails = Counter(person.email for person in users if person.email)
    codes = {person.salesperson for person in people}
    letters = "".join(person.full_name for person in people)

    assert max(names.values()) == 2
    assert max(mails.values()) == 2
    assert {"PS", "JR", "AH", "A&B", "O'N", "A/B", "50%", "Å Ø", "*STAR"} <= codes
    assert any(person.disabled for person in users)
    assert any(not person.licensed and person.access_mode == 0 and not person.disabled for person in users)
    assert any(person.integration for person in users)
    assert any(person.application_id for person in users)
    assert any(not person.in_crm for person in people)
    assert any(person.salesperson is None for person in users)
    assert any(len(person.full_name) > 50 and person.salesperson for person in users)
    assert any(person.mobile is not None and len(person.mobile) > 30 for person in users)
    assert any(not person.mobile and person.nav_phone for person in users)
    assert "O'Neill" in letters
    assert any(unicodedata.combining(letter) for letter in letters)
    assert any(ord(letter) > 0xFFFF for letter in letters)


def test_a_bulk_seed_has_the_asked_share_of_equal_addresses() -> None:
    people = list(bulk_people(crm=1000, nav=600, coupled_by_email=0.9))
    users = {person.email for person in people if person.in_crm}
    salespeople = [person for person in people if person.salesperson]

    assert sum(person.in_crm for person in people) == 1000
    assert len(salespeople) == 600
    assert sum(person.nav_email in users for person in salespeople) == 540


def test_a_hundred_thousand_people_cost_seconds_and_little_memory() -> None:
    tracemalloc.start()
    begin = time.perf_counter()
    people = sample_people(100_000)
    before_reading, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    companies = seed_companies(people)

    assert before_reading < 1_000_000
    # Generous: the machine may be busy with other tests.
    assert time.perf_counter() - begin < 30
    assert {len(company) for company in companies.values()} == {len(next(iter(companies.values())))}
    assert companies["A & B's Å"].get("PS") is companies["Nordvind A/S"].get("PS")
