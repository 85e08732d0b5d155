"""What every CRM connector must do, the real one on the sandbox and fakes alike. Subclass, and give a `subject`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from coupler.domain.errors import InvalidInput, RecordNotFound
from coupler.domain.records import Value
from coupler.engine.ports import CrmConnector
from coupler.mappings import SALESPEOPLE

NOBODY = "00000000-0000-4000-8000-0000000000ff"


@dataclass(frozen=True, slots=True)
class CrmSubject:
    """A connector, and the users its organization is known to hold: attributes by id, at least eight of them."""

    connector: CrmConnector
    users: Mapping[str, Mapping[str, Value]]


def _some(subject: CrmSubject, number: int) -> Sequence[str]:
    return list(subject.users)[:number]


class CrmConnectorContract:
    """The suite."""

    def test_read_gives_every_attribute_the_mapping_needs(self, subject: CrmSubject) -> None:
        (key,) = _some(subject, 1)

        record = subject.connector.read(key)

        assert record.ref.key == key
        assert set(record.fields) >= set(SALESPEOPLE.crm_fields())
        assert {name: record.fields[name] for name in ("fullname", "internalemailaddress", "mobilephone")} == {
            name: subject.users[key][name] for name in ("fullname", "internalemailaddress", "mobilephone")
        }
        assert all(isinstance(record.fields[c.field], bool) for c in SALESPEOPLE.crm.filter)

    def test_v7_the_time_of_change_is_aware_and_utc(self, subject: CrmSubject) -> None:
        modified = subject.connector.read(_some(subject, 1)[0]).modified_on

        assert modified is not None
        assert modified.utcoffset() is not None
        assert not modified.utcoffset()

    def test_s9_an_id_that_is_not_there_is_a_missing_record(self, subject: CrmSubject) -> None:
        with pytest.raises(RecordNotFound) as caught:
            subject.connector.read(NOBODY)

        assert caught.value.system == "crm"

    def test_read_many_gives_those_that_exist(self, subject: CrmSubject) -> None:
        keys = _some(subject, 3)

        found = subject.connector.read_many([*keys, NOBODY])

        assert {key: record.text("fullname") for key, record in found.items()} == {
            key: subject.users[key]["fullname"] for key in keys
        }

    def test_read_many_of_nothing_is_nothing(self, subject: CrmSubject) -> None:
        assert dict(subject.connector.read_many([])) == {}

    def test_u4_pages_show_every_user_once_whatever_the_mapping_excludes(self, subject: CrmSubject) -> None:
        seen, cursor = [], None
        while True:
            page = subject.connector.page(None, 7, cursor)
            assert len(page.records) <= 7
            seen += [record.ref.key for record in page.records]
            cursor = page.cursor
            if cursor is None:
                break

        assert len(seen) == len(set(seen))
        assert set(subject.users) <= set(seen)

    def test_a_search_finds_by_name_whatever_the_case(self, subject: CrmSubject) -> None:
        key = next(key for key, user in subject.users.items() if str(user["fullname"]).isascii())
        name = str(subject.users[key]["fullname"])

        found = subject.connector.page(name.upper(), 50, None)

        assert key in [record.ref.key for record in found.records]
        assert all(_contains(record.fields, name) for record in found.records)

    def test_a_search_for_what_nobody_has_ends_empty(self, subject: CrmSubject) -> None:
        page = subject.connector.page("qqqqqq", 10, None)

        assert (page.records, page.cursor) == ((), None)

    def test_a_foreign_cursor_is_refused(self, subject: CrmSubject) -> None:
        with pytest.raises(InvalidInput):
            subject.connector.page(None, 5, "http://127.0.0.1:9/elsewhere")

    def test_lengths_are_told_for_the_mapped_attributes(self, subject: CrmSubject) -> None:
        lengths = subject.connector.lengths()

        assert (lengths["fullname"], lengths["internalemailaddress"], lengths["mobilephone"]) == (200, 100, 64)

    def test_the_own_user_is_a_guid(self, subject: CrmSubject) -> None:
        own = subject.connector.own_key()

        assert own == str(uuid.UUID(own))

    def test_the_connection_test_of_a_healthy_organization_finds_nothing_to_do(self, subject: CrmSubject) -> None:
        checks = list(subject.connector.check())

        assert [(line.check, line.fix) for line in checks if line.status.value != "ok"] == []
        assert checks

    def test_s08_there_is_no_way_to_write(self, subject: CrmSubject) -> None:
        assert not {"create", "update", "delete", "write"} & set(dir(subject.connector))


def _contains(fields: Mapping[str, Value], text: str) -> bool:
    return any(text.casefold() in str(fields.get(name) or "").casefold() for name in SALESPEOPLE.crm.search_fields)
