"""How NAV rows look in each web service, and what to ask for. Pure (protocols 3.1-3.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from coupler.connectors import odata
from coupler.domain.connection import NavCompany, WebClient
from coupler.domain.mapping import IntegrationTableMapping
from coupler.domain.records import Record, RecordRef, System, Value
from coupler.domain.values import utf16_length

FLAGS = ("Blocked", "Privacy Blocked")
LARGEST_PAGE = 20_000


@dataclass(frozen=True, slots=True)
class RowShape:
    """One table in one web service: its properties by NAV caption, and the properties only some services have."""

    table: str
    key_field: str
    search_fields: tuple[str, ...]
    names: Mapping[str, str]
    flags: Mapping[str, str]
    stable_id: str | None = None
    modified_on: str | None = None

    @property
    def key(self) -> str:
        """The property of the primary key."""
        return self.names[self.key_field]


def page_shape(mapping: IntegrationTableMapping) -> RowShape:
    """A page web service: properties are made of captions; it tells neither id nor time (protocols 3.2)."""
    table = mapping.nav
    captions = dict.fromkeys((*mapping.nav_fields(), *table.search_fields))
    return RowShape(
        table=table.name,
        key_field=table.key_field,
        search_fields=table.search_fields,
        names={caption: odata.odata_name(caption) for caption in captions},
        flags={caption: odata.odata_name(caption) for caption in FLAGS},
    )


def record_of(shape: RowShape, row: Mapping[str, Any], etag: str | None = None) -> Record:
    """A row as a record. A missing mapped property raises UnexpectedAnswer naming it; unknown ones are dropped."""
    values = odata.pick(row, shape.names.values())
    fields: dict[str, Value] = {caption: values[name] for caption, name in shape.names.items()}
    stable_id = row.get(shape.stable_id) if shape.stable_id else None
    return Record(
        ref=RecordRef(System.NAV, shape.table, odata.required_text(row, shape.key)),
        fields=fields,
        etag=odata.etag_of(row, etag),
        modified_on=odata.timestamp(row.get(shape.modified_on)) if shape.modified_on else None,
        stable_id=str(stable_id).lower() if stable_id else None,
        extra={caption: row[name] for caption, name in shape.flags.items() if isinstance(row.get(name), bool)},
    )


def body_of(shape: RowShape, fields: Mapping[str, str]) -> bytes:
    """Only the given fields, in their order: the server validates every property it is sent (protocols 3.4)."""
    return orjson.dumps({shape.names[caption]: value for caption, value in fields.items()})


def fits(text: str, limit: int | None) -> bool:
    """Whether a value can be in a field at all: a longer one in a filter is refused, even on a read (protocols U15)."""
    return limit is None or utf16_length(text) <= limit


def searchable(shape: RowShape, text: str, lengths: Mapping[str, int | None]) -> tuple[str, ...]:
    """The search fields that could contain the text."""
    return tuple(name for name in shape.search_fields if fits(text, lengths.get(name)))


def spellings(text: str) -> tuple[str, ...]:
    """The ways somebody may have written it: NAV databases usually tell capitals apart, people who search do not."""
    return tuple(dict.fromkeys((text, text.lower(), text.upper(), text.title())))


def contains(shape: RowShape, field: str, text: str) -> str:
    """A filter on one field; `or` is refused between fields, not between values (protocols U14)."""
    literals = (odata.text_literal(spelling) for spelling in spellings(text))
    return " or ".join(f"contains({shape.names[field]},{literal})" for literal in literals)


def seen_before(record: Record, text: str, fields: Sequence[str]) -> bool:
    """Whether an earlier field's search has certainly returned it: an exact match is one in every collation."""
    return any(spelling in record.text(name) for name in fields for spelling in spellings(text))


def company_url(company: NavCompany) -> str:
    """The company below the OData root: by id where known, else by its case-sensitive name (protocols U8)."""
    if company.company_id:
        return f"{company.service_url}/Company(Id={company.company_id.lower()})"
    return f"{company.service_url}/Company{odata.key_segment(company.company)}"


def set_url(company: NavCompany) -> str:
    """The published page of the company."""
    return f"{company_url(company)}/{quote(company.service, safe='')}"


def options(company: NavCompany, *options: tuple[str, str]) -> str:
    """A query string; on-premises the tenant is part of every address (protocols 3.1)."""
    on_premises = company.client is not WebClient.BC_ONLINE
    tenant = (("tenant", company.tenant),) if company.tenant and on_premises else ()
    return odata.query(*options, *tenant)


@dataclass(frozen=True, slots=True)
class SearchCursor:
    """Where a search goes on: which field, with which page size, at which link. The link is verbatim (protocols U1)."""

    field: int
    size: int
    link: str | None

    def text(self) -> str:
        """As one string for the caller to hand back."""
        return f"{self.field}|{self.size}|{self.link or ''}"

    @classmethod
    def read(cls, text: str) -> SearchCursor | None:
        """None for what was never a cursor of a search."""
        field, _, rest = text.partition("|")
        size, _, link = rest.partition("|")
        if not (field.isdecimal() and size.isdecimal() and len(field) < 4 and len(size) < 6):
            return None
        return cls(int(field), int(size), link or None)
