"""What every NAV connector must do, real ones on the sandbox and fakes alike. Subclass, and give a `subject`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pytest

from coupler.domain.errors import DuplicateKey, InvalidInput, RecordChanged, RecordNotFound, ValueRefused
from coupler.engine.ports import NavConnector
from coupler.mappings import SALESPEOPLE


class Put(Protocol):
    """Inserts a row, or changes one behind everybody's back."""

    def __call__(self, key: str, fields: Mapping[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class NavSubject:
    """A connector over a company with some salespeople in it, and another way to reach the same rows."""

    connector: NavConnector
    put: Put


AWKWARD_CODES = ("O'N", "A/C", "50%", "A+B", "A&B", "#1", "Q?", "S;T", "ØÅ", "Ж1", "A B")


class NavConnectorContract:
    """The suite."""

    def test_read_gives_the_row_with_every_mapped_field_and_an_etag(self, subject: NavSubject) -> None:
        subject.put("READ1", {"Name": "Ruth Read", "E-Mail": "ruth@cronus.example", "Phone No.": "+45 1"})

        record = subject.connector.read("READ1")

        assert record.ref.key == "READ1"
        assert {name: record.text(name) for name in SALESPEOPLE.nav_fields()} == {
            "Code": "READ1", "Name": "Ruth Read", "E-Mail": "ruth@cronus.example", "Phone No.": "+45 1",
        }  # fmt: skip
        assert record.etag

    def test_v1_empty_text_is_empty(self, subject: NavSubject) -> None:
        subject.put("EMPTY", {"Name": "Emma Empty"})

        assert subject.connector.read("EMPTY").text("Phone No.") == ""

    def test_v6_a_code_is_found_in_any_case_and_told_as_the_server_keeps_it(self, subject: NavSubject) -> None:
        subject.put("CASE1", {"Name": "Carl Case"})

        assert subject.connector.read("case1").ref.key == "CASE1"

    def test_s9_a_code_that_is_not_there_is_a_missing_record(self, subject: NavSubject) -> None:
        with pytest.raises(RecordNotFound) as caught:
            subject.connector.read("NOSUCH")

        assert caught.value.system == "nav"

    def test_read_many_gives_those_that_exist(self, subject: NavSubject) -> None:
        for key in ("MANY1", "MANY2"):
            subject.put(key, {"Name": key})

        found = subject.connector.read_many(["MANY1", "NOSUCH", "MANY2"])

        assert {key: record.text("Name") for key, record in found.items()} == {"MANY1": "MANY1", "MANY2": "MANY2"}

    def test_read_many_of_nothing_is_nothing(self, subject: NavSubject) -> None:
        assert dict(subject.connector.read_many([])) == {}

    def test_u4_pages_show_every_row_once_until_no_cursor_comes(self, subject: NavSubject) -> None:
        for number in range(7):
            subject.put(f"PAGE{number}", {"Name": f"Page {number}"})

        seen, cursor = [], None
        while True:
            page = subject.connector.page(None, 3, cursor)
            assert len(page.records) <= 3
            seen += [record.ref.key for record in page.records]
            cursor = page.cursor
            if cursor is None:
                break

        assert len(seen) == len(set(seen))
        assert {f"PAGE{number}" for number in range(7)} <= set(seen)

    def test_u14_a_search_looks_in_every_search_field_and_shows_a_row_once(self, subject: NavSubject) -> None:
        subject.put("XYZZY", {"Name": "Someone"})
        subject.put("XYZ2", {"Name": "XYZZY in the name and XYZZY", "E-Mail": "XYZZY@cronus.example"})
        subject.put("XYZ3", {"Name": "Mail Only", "E-Mail": "XYZZY3@cronus.example"})

        seen, cursor = [], None
        while True:
            page = subject.connector.page("XYZZY", 2, cursor)
            assert len(page.records) <= 2
            seen += [record.ref.key for record in page.records]
            cursor = page.cursor
            if cursor is None:
                break

        assert sorted(seen) == ["XYZ2", "XYZ3", "XYZZY"]

    def test_a_search_for_what_nobody_has_ends_empty(self, subject: NavSubject) -> None:
        page = subject.connector.page("qqqqq", 10, None)

        assert (page.records, page.cursor) == ((), None)

    def test_a_foreign_cursor_is_refused(self, subject: NavSubject) -> None:
        with pytest.raises(InvalidInput):
            subject.connector.page(None, 5, "http://127.0.0.1:9/elsewhere")

    def test_s3_an_update_writes_only_the_changes_and_brings_a_new_etag(self, subject: NavSubject) -> None:
        subject.put("UPD1", {"Name": "Before", "Phone No.": "1"})
        before = subject.connector.read("UPD1")

        after = subject.connector.update(before, {"Name": "After"})

        assert (after.text("Name"), after.text("Phone No.")) == ("After", "1")
        assert after.etag != before.etag
        assert subject.connector.update(after, {"Name": "Again"}).text("Name") == "Again"

    def test_s6_s7_a_row_that_moved_is_not_overwritten(self, subject: NavSubject) -> None:
        subject.put("STALE", {"Name": "Before"})
        before = subject.connector.read("STALE")
        subject.put("STALE", {"Name": "Somebody else's"})

        with pytest.raises(RecordChanged):
            subject.connector.update(before, {"Name": "Mine"})

        assert subject.connector.read("STALE").text("Name") == "Somebody else's"

    def test_f05_a_value_the_server_refuses_leaves_the_row_as_it_was(self, subject: NavSubject) -> None:
        subject.put("LONG1", {"Name": "Before"})
        before = subject.connector.read("LONG1")

        with pytest.raises(ValueRefused):
            subject.connector.update(before, {"Name": "N" * 51})

        assert subject.connector.read("LONG1").text("Name") == "Before"

    def test_create_inserts_under_the_key_chosen_by_us(self, subject: NavSubject) -> None:
        created = subject.connector.create({"Code": "NEW1", "Name": "Nina New", "E-Mail": "nina@cronus.example"})

        assert created.ref.key == "NEW1"
        assert subject.connector.read("NEW1").text("E-Mail") == "nina@cronus.example"

    def test_s7_a_taken_key_is_no_conflict_of_versions(self, subject: NavSubject) -> None:
        subject.put("TAKEN", {"Name": "First"})

        with pytest.raises(DuplicateKey):
            subject.connector.create({"Code": "TAKEN", "Name": "Second"})

        assert subject.connector.read("TAKEN").text("Name") == "First"

    @pytest.mark.parametrize("code", AWKWARD_CODES)
    def test_u5_u6_u7_an_awkward_code_is_read_and_changed_like_any_other(self, subject: NavSubject, code: str) -> None:
        subject.put(code, {"Name": "Awkward"})

        record = subject.connector.read(code)
        changed = subject.connector.update(record, {"Name": "Still awkward"})

        assert (record.ref.key, changed.text("Name")) == (code, "Still awkward")
        assert set(subject.connector.read_many([code, "NOSUCH"])) == {code}

    def test_lengths_are_told_for_every_text_field_that_is_written(self, subject: NavSubject) -> None:
        lengths = subject.connector.lengths()

        assert (lengths["Name"], lengths["E-Mail"], lengths["Phone No."]) == (50, 80, 30)
        assert lengths["Code"] in (10, 20)

    def test_the_connection_test_of_a_healthy_company_finds_nothing_to_do(self, subject: NavSubject) -> None:
        subject.put("CHECK", {"Name": "Chris Check"})

        checks = list(subject.connector.check())

        assert [(line.check, line.fix) for line in checks if line.status.value != "ok"] == []
        assert checks
