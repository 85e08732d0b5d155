"""What to ask the Dataverse Web API, and how its rows become records. Pure (protocols 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coupler.connectors import odata
from coupler.domain.mapping import CrmTable, IntegrationTableMapping
from coupler.domain.records import Record, RecordRef, System
from coupler.domain.values import guid

# Braces, upper case and caches are all possible between here and there; these are what the vendor recommends.
HEADERS: Mapping[str, str] = {"OData-MaxVersion": "4.0", "OData-Version": "4.0", "If-None-Match": "null"}
LARGEST_PAGE = 5_000
SOLUTIONS = ("MicrosoftDynamicsNavIntegration", "bcbi_CdsBaseIntegration")


def headers(size: int | None = None) -> Mapping[str, str]:
    """For a GET; the page size is repeated with every next link (protocols 1.4)."""
    return {**HEADERS, "Prefer": f"odata.maxpagesize={size}"} if size else HEADERS


def select(mapping: IntegrationTableMapping) -> tuple[str, str]:
    """Only what the mapping needs."""
    return "$select", ",".join(mapping.crm_fields())


def record_of(mapping: IntegrationTableMapping, row: Mapping[str, Any], etag: str | None = None) -> Record:
    """A row as a record; a selected attribute that is missing raises UnexpectedAnswer naming it."""
    table = mapping.crm
    fields = odata.pick(row, mapping.crm_fields())
    key = odata.required_guid(row, table.key_field)
    return Record(
        ref=RecordRef(System.CRM, table.name, key),
        fields={**fields, table.key_field: key},
        etag=odata.etag_of(row, etag),
        modified_on=odata.timestamp(row.get(table.modified_on_field)),
        stable_id=key,
    )


def record_path(table: CrmTable, key: str) -> str:
    """`systemusers(guid)`, bare and lower case (protocols U9)."""
    return f"{table.entity_set}({guid(key)})"


def among(table: CrmTable, keys: Sequence[str]) -> str:
    """A filter on many ids, which Dataverse reads in one go (protocols 1.3)."""
    quoted = ",".join(f'"{guid(key)}"' for key in keys)
    return f"Microsoft.Dynamics.CRM.In(PropertyName='{table.key_field}',PropertyValues=[{quoted}])"


def containing(table: CrmTable, text: str) -> str:
    """A filter for rows whose search fields contain the text; Dataverse allows `or` between fields."""
    literal = odata.text_literal(text)
    return " or ".join(f"contains({name},{literal})" for name in table.search_fields)


def order(table: CrmTable) -> tuple[str, str]:
    """By name, then by id, so that a row cannot slip between pages (protocols 1.4)."""
    return "$orderby", f"{table.name_field},{table.key_field}"


def definition_path(table: CrmTable) -> str:
    """The table's own definition."""
    return f"EntityDefinitions(LogicalName='{table.name}')"


def lengths_of(mapping: IntegrationTableMapping, rows: Sequence[Mapping[str, Any]]) -> dict[str, int | None]:
    """MaxLength of the mapping's text attributes."""
    wanted = set(mapping.crm_fields())
    found: dict[str, int | None] = {}
    for row in rows:
        name, length = row.get("LogicalName"), row.get("MaxLength")
        if isinstance(name, str) and name in wanted:
            found[name] = length if isinstance(length, int) else None
    return found
