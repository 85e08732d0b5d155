"""NAV companies and CRM organizations in memory: what the vendors' systems hold, and connectors that reach them.

They stand for the vendors' side only: rows, ETags, lengths, refusals, outages. What they do not support they refuse.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from coupler.domain.connection import Check, CheckStatus, Connection
from coupler.domain.errors import (
    ConnectorError,
    DuplicateKey,
    InvalidInput,
    RecordChanged,
    RecordNotFound,
    UnexpectedAnswer,
    ValueRefused,
)
from coupler.domain.mapping import IntegrationTableMapping
from coupler.domain.records import Record, RecordRef, System, Value
from coupler.domain.values import utf16_length
from coupler.engine.ports import Page

OWN_USER = "00000000-0000-4000-8000-00000000c0de"
NAV_LENGTHS: Mapping[str, int | None] = {"Code": 10, "Name": 50, "E-Mail": 80, "Phone No.": 30, "Blocked": None}
CRM_LENGTHS: Mapping[str, int | None] = {"fullname": 200, "internalemailaddress": 100, "mobilephone": 64}
_BEGINNING = datetime(2026, 11, 1, 8, tzinfo=UTC)


@dataclass
class Row:
    """One row and its number of changes, from which ETag and time of change follow."""

    values: dict[str, Value]
    changes: int = 1

    @property
    def etag(self) -> str:
        """Weak, as both vendors send it."""
        return f'W/"{self.changes}"'

    @property
    def modified_on(self) -> datetime:
        """Moves with every change."""
        return _BEGINNING + timedelta(minutes=self.changes)


@dataclass
class Table:
    """Rows by key in order of keys, the requests that reached them, and the error everything answers with, if any."""

    rows: dict[str, Row] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    failure: ConnectorError | None = None
    before_update: Callable[[], None] = lambda: None

    def ask(self, request: str) -> None:
        """Count a request; it fails while the system is down."""
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure

    def put(self, key: str, **values: Value) -> None:
        """Insert or change behind everybody's back."""
        row = self.rows.setdefault(key, Row({}, 0))
        row.values.update(values)
        row.changes += 1

    def row(self, system: System, key: str) -> Row:
        """Raises RecordNotFound."""
        if key not in self.rows:
            raise RecordNotFound(f"There is no record {key} in {system.value.upper()}.", system=system.value)
        return self.rows[key]

    def page(self, keys: Sequence[str], size: int, cursor: str | None) -> tuple[Sequence[str], str | None]:
        """A page of `keys` after the one the cursor names."""
        if cursor is not None and cursor not in self.rows:
            raise InvalidInput("This cursor was not given out here.", errors={"cursor": ["Unknown."]})
        following = [key for key in sorted(keys) if cursor is None or key > cursor]
        shown = following[:size]
        return shown, shown[-1] if len(following) > size else None


def _found(values: Mapping[str, Value], names: Iterable[str], text: str | None) -> bool:
    return text is None or any(text.casefold() in str(values.get(name) or "").casefold() for name in names)


class FakeNav:
    """The salespeople of one company. Codes are upper case, as the server keeps them (protocols V6)."""

    def __init__(self, table: Table, mapping: IntegrationTableMapping) -> None:
        self._table = table
        self._mapping = mapping

    def read(self, key: str) -> Record:
        """One salesperson."""
        self._table.ask("read")
        return self._record(key.upper(), self._table.row(System.NAV, key.upper()))

    def read_many(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Those that exist."""
        self._table.ask("read_many")
        rows = self._table.rows
        return {key: self._record(key, rows[key]) for key in keys if key in rows}

    def page(self, text: str | None, size: int, cursor: str | None) -> Page:
        """In order of codes."""
        self._table.ask("page")
        rows, names = self._table.rows, self._mapping.nav.search_fields
        found = [key for key, row in rows.items() if _found(row.values, names, text)]
        keys, following = self._table.page(found, size, cursor)
        return Page(tuple(self._record(key, rows[key]) for key in keys), following)

    def update(self, record: Record, changes: Mapping[str, str]) -> Record:
        """Guarded by the ETag; all fields or none."""
        self._table.ask("update")
        self._table.before_update()
        row = self._table.row(System.NAV, record.ref.key)
        if row.etag != record.etag:
            raise RecordChanged(f"{record.ref.key} was changed by another user.", system="nav", status=412)
        _require_valid(changes)
        if not changes:
            raise UnexpectedAnswer("An update without a change is never sent.", system="nav")
        self._table.put(record.ref.key, **{name: value.rstrip() for name, value in changes.items()})
        return self._record(record.ref.key, row)

    def create(self, fields: Mapping[str, str]) -> Record:
        """Under the code in `fields`."""
        self._table.ask("create")
        _require_valid(fields)
        key = fields["Code"].upper()
        if key in self._table.rows:
            raise DuplicateKey(f"{key} exists already.", system="nav")
        self._table.put(key, **{**fields, "Code": key})
        return self._record(key, self._table.rows[key])

    def lengths(self) -> Mapping[str, int | None]:
        """NAV 2018's."""
        self._table.ask("lengths")
        return NAV_LENGTHS

    def check(self) -> Iterable[Check]:
        """One line: whether it answers."""
        return _answers(self._table, "NAV")

    def _record(self, key: str, row: Row) -> Record:
        names = (*self._mapping.nav_fields(), "Blocked")
        values = {name: row.values[name] for name in names if name in row.values}
        return Record(RecordRef(System.NAV, self._mapping.nav.name, key), values, row.etag)


class FakeCrm:
    """The users of one organization. There is no way to write to it."""

    def __init__(self, table: Table, mapping: IntegrationTableMapping) -> None:
        self._table = table
        self._mapping = mapping

    def read(self, key: str) -> Record:
        """One user; keys are canonical here."""
        self._table.ask("read")
        if key != str(uuid.UUID(key)):
            raise UnexpectedAnswer(f"{key} is not a canonical GUID.", system="crm")
        return self._record(key, self._table.row(System.CRM, key))

    def read_many(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Those that exist."""
        self._table.ask("read_many")
        rows = self._table.rows
        return {key: self._record(key, rows[key]) for key in keys if key in rows}

    def page(self, text: str | None, size: int, cursor: str | None) -> Page:
        """In order of ids."""
        self._table.ask("page")
        rows, names = self._table.rows, self._mapping.crm.search_fields
        found = [key for key, row in rows.items() if _found(row.values, names, text)]
        keys, following = self._table.page(found, size, cursor)
        return Page(tuple(self._record(key, rows[key]) for key in keys), following)

    def lengths(self) -> Mapping[str, int | None]:
        """As a fresh organization has them."""
        self._table.ask("lengths")
        return CRM_LENGTHS

    def own_key(self) -> str:
        """The application user."""
        return OWN_USER

    def check(self) -> Iterable[Check]:
        """One line: whether it answers."""
        return _answers(self._table, "CRM")

    def _record(self, key: str, row: Row) -> Record:
        values = {name: row.values.get(name) for name in self._mapping.crm_fields()}
        ref = RecordRef(System.CRM, self._mapping.crm.name, key)
        return Record(ref, {**values, self._mapping.crm.key_field: key}, row.etag, row.modified_on)


def _require_valid(fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        if name not in NAV_LENGTHS:
            raise UnexpectedAnswer(f"The page has no field {name}.", system="nav")
        limit = NAV_LENGTHS[name]
        if limit is not None and utf16_length(value) > limit:
            raise ValueRefused(f"{name} holds at most {limit} characters.", system="nav", field=name)
        if name == "E-Mail" and value and "@" not in value:
            raise ValueRefused(f'The email address "{value}" is invalid.', system="nav", field=name)


def _answers(table: Table, name: str) -> list[Check]:
    if table.failure is not None:
        return [Check(f"{name} answers", CheckStatus.FAIL, table.failure.message, table.failure.fix)]
    return [Check(f"{name} answers", CheckStatus.OK, "It does.")]


class FakeConnectors:
    """Reaches companies by connection and organizations by address: several connections may share one."""

    def __init__(self) -> None:
        self.companies: dict[str, Table] = {}
        self.organizations: dict[str, Table] = {}
        self.forgotten: list[str] = []

    def nav(self, connection: Connection, mapping: IntegrationTableMapping) -> FakeNav:
        """The company of that name."""
        return FakeNav(self.companies.setdefault(connection.nav.company, Table()), mapping)

    def crm(self, connection: Connection, mapping: IntegrationTableMapping) -> FakeCrm:
        """The organization at that address."""
        return FakeCrm(self.organizations.setdefault(connection.crm.base_url, Table()), mapping)

    def company_id(self, connection: Connection) -> str | None:
        """Made from the name, so that it is always the same."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, connection.nav.company))

    def forget(self, connection: str) -> None:
        """Nothing is kept; a test may look whether it was asked."""
        self.forgotten.append(connection)
