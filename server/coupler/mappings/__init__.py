"""The record types Coupler knows, as data. A new one is a file here and a line in MAPPINGS."""

from __future__ import annotations

from coupler.domain.errors import MappingUnknown
from coupler.domain.mapping import IntegrationTableMapping
from coupler.mappings.salesperson_systemuser import SALESPEOPLE

MAPPINGS: tuple[IntegrationTableMapping, ...] = (SALESPEOPLE,)


def mapping_named(name: str) -> IntegrationTableMapping:
    """The mapping of that name in any case; raises MappingUnknown naming those there are."""
    for mapping in MAPPINGS:
        if mapping.name == name.upper():
            return mapping
    known = ", ".join(mapping.name for mapping in MAPPINGS)
    raise MappingUnknown(f"There is no mapping {name[:40]}; there is {known}.")


def mapping_for_nav_table(table: str) -> IntegrationTableMapping:
    """The mapping whose NAV table has that name in our addresses (`salesperson`)."""
    for mapping in MAPPINGS:
        if mapping.nav.name == table:
            return mapping
    known = ", ".join(mapping.nav.name for mapping in MAPPINGS)
    raise MappingUnknown(f"No mapping covers the NAV table {table[:40]}; known: {known}.")


def mapping_for_crm_entity(entity: str) -> IntegrationTableMapping:
    """The mapping whose CRM table has that logical name (`systemuser`)."""
    for mapping in MAPPINGS:
        if mapping.crm.name == entity:
            return mapping
    known = ", ".join(mapping.crm.name for mapping in MAPPINGS)
    raise MappingUnknown(f"No mapping covers the CRM table {entity[:40]}; known: {known}.")
