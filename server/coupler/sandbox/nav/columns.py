"""Which properties each page service and API page shows, how a row looks there and what its ETag is."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from coupler.sandbox.filters import Field, Kind
from coupler.sandbox.nav.profiles import Profile
from coupler.sandbox.nav.salespeople import Company, Salesperson


@dataclass(frozen=True, slots=True)
class Column:
    """One property. `attribute` names the row's value; empty for flags that are always false here."""

    name: str
    attribute: str
    caption: str
    kind: Kind = "text"
    max_length: int | None = None
    editable: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A page published as an entity set. `key` is the name of the key property."""

    number: int
    caption: str
    entity_set: str
    entity_type: str
    key: str
    columns: tuple[Column, ...]
    editable: bool = True

    def column(self, name: str) -> Column | None:
        """The property of this name; names are case-sensitive."""
        return next((column for column in self.columns if column.name == name), None)

    def by_name(self) -> dict[str, Column]:
        """Every property by its name, to look many up."""
        return {column.name: column for column in self.columns}

    def fields(self) -> dict[str, Field]:
        """What a filter has to know."""
        return {column.name: Field(column.kind, column.max_length) for column in self.columns}


@dataclass(frozen=True, slots=True)
class View:
    """A row as a page's filter sees it; values are read only when asked for."""

    columns: Mapping[str, Column]
    company: Company
    row: Salesperson

    def get(self, name: str, /) -> Any:
        """The raw value of a property."""
        column = self.columns.get(name)
        return None if column is None else value_of(self.company, self.row, column)


def value_of(company: Company, row: Salesperson, column: Column) -> Any:
    """The value behind a property, as Python keeps it."""
    if column.attribute == "system_id":
        return company.system_id(row)
    return getattr(row, column.attribute) if column.attribute else False


def row_json(page: Page, company: Company, row: Salesperson, select: tuple[str, ...] | None = None) -> dict[str, Any]:
    """A row with its ETag, without context. There are no nulls: empty text, `0001-01-01` (protocols 3.2)."""
    values = {column.name: to_json(value_of(company, row, column)) for column in page.columns}
    tagged = {"@odata.etag": etag(values)}
    if select is None:
        return {**tagged, **values}
    return {**tagged, **{name: values[name] for name in select}}


def row_etag(page: Page, company: Company, row: Salesperson) -> str:
    """The ETag of a row as this page shows it."""
    return str(row_json(page, company, row, ())["@odata.etag"])


def etag(values: dict[str, Any]) -> str:
    """Weak, over the values the page shows, FlowFields included; opaque to clients."""
    digest = base64.b64encode(hashlib.sha256(repr(values).encode()).digest()).decode()
    inner = base64.b64encode(f"'{len(digest)};{digest}1;00;'".encode()).decode()
    return f'W/"{inner}"'


def to_json(value: Any) -> Any:
    """A value as JSON shows it; moments in UTC with milliseconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


@cache
def card(profile: Profile, service: str) -> Page:
    """Page 5116 Salesperson/Purchaser Card, which reads and writes."""
    flags = []
    if profile.has_privacy_blocked:
        flags.append(Column("Privacy_Blocked", "privacy_blocked", "Privacy Blocked", "boolean"))
    if profile.has_blocked:
        flags.append(Column("Blocked", "blocked", "Blocked", "boolean"))
    columns = [
        _code(profile, "Code"),
        Column("Name", "name", "Name", max_length=50),
        Column("Job_Title", "job_title", "Job Title", max_length=30),
        Column("Commission_Percent", "commission", "Commission %", "number"),
        Column("Phone_No", "phone", "Phone No.", max_length=30),
        Column("E_Mail", "email", "E-Mail", max_length=80),
        Column(profile.next_task, "next_task", "Next Task Date", "date", editable=False),
        *flags,
        Column("Global_Dimension_1_Code", "dimension1", "Global Dimension 1 Code", "code", 20),
        Column("Global_Dimension_2_Code", "dimension2", "Global Dimension 2 Code", "code", 20),
    ]
    return Page(5116, "Salesperson/Purchaser Card", service, service, "Code", tuple(columns))


@cache
def list_page(profile: Profile, service: str) -> Page:
    """Page 14 Salespersons/Purchasers: fewer properties, and nothing can be written."""
    coupled = "Coupled_to_Dataverse" if profile.has_api else "Coupled_to_CRM"
    columns = (
        _code(profile, "Code"),
        Column("Name", "name", "Name", max_length=50),
        Column("Commission_Percent", "commission", "Commission %", "number"),
        Column("Phone_No", "phone", "Phone No.", max_length=30),
        Column(coupled, "", coupled.replace("_", " "), "boolean"),
    )
    return Page(14, "Salespersons/Purchasers", service, service, "Code", columns, editable=False)


@cache
def api_page(profile: Profile) -> Page:
    """Page 30075, API v2.0 salespeoplePurchasers; the commission is misspelt there (protocols 3.3)."""
    columns = (
        Column("id", "system_id", "Id", "guid", editable=False),
        _code(profile, "code"),
        Column("displayName", "name", "Display Name", max_length=50),
        Column("email", "email", "E-Mail", max_length=80),
        Column("email2", "email2", "E-Mail 2", max_length=80),
        Column("phoneNo", "phone", "Phone No.", max_length=30),
        Column("jobTitle", "job_title", "Job Title", max_length=30),
        Column("commisionPercent", "commission", "Commission %", "number"),
        Column("privacyBlocked", "privacy_blocked", "Privacy Blocked", "boolean"),
        Column("blocked", "blocked", "Blocked", "boolean"),
        Column("lastModifiedDateTime", "modified", "Last Modified Date Time", "datetime", editable=False),
    )
    return Page(30075, "salespersonPurchaser", "salespeoplePurchasers", "salespersonPurchaser", "id", columns)


def _code(profile: Profile, name: str) -> Column:
    return Column(name, "code", "Code", "code", profile.code_length)
