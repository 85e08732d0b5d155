"""Integration table mappings and integration field mappings: record types as data (domain H-06)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from coupler.domain.errors import DirectionNotAllowed, InvalidInput, NotEligible
from coupler.domain.records import Record, Value
from coupler.domain.values import as_text


class Direction(StrEnum):
    """Which way data may flow; the integration table is the CRM side."""

    BIDIRECTIONAL = "bidirectional"
    TO_INTEGRATION_TABLE = "to_integration_table"
    FROM_INTEGRATION_TABLE = "from_integration_table"


class BlankRule(StrEnum):
    """What a blank source does to a filled target: keep it (domain N-08) or clear it (domain F-04)."""

    KEEP = "keep"
    CLEAR = "clear"


class TruncationRule(StrEnum):
    """What happens to a value longer than the target: cut and reported, or the record is refused."""

    CUT = "cut"
    REFUSE = "refuse"


class Transformation(StrEnum):
    """How a source value is cleaned before it is compared and written (protocols V5)."""

    NONE = "none"
    TRIM = "trim"


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of the integration table filter; `reason` completes "The CRM user ..."."""

    field: str
    equals: Value
    reason: str
    health: str


@dataclass(frozen=True, slots=True)
class NavTable:
    """The local table: its name in our addresses, its card page, and what it is called in API v2.0."""

    name: str
    caption: str
    number: int
    key_field: str
    name_field: str
    card_page: int
    list_page: int
    api_set: str
    api_names: Mapping[str, str]
    search_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrmTable:
    """The integration table: logical name, entity set and the attributes that matter."""

    name: str
    caption: str
    entity_set: str
    key_field: str
    name_field: str
    modified_on_field: str
    filter: tuple[Condition, ...]
    search_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntegrationFieldMapping:
    """One pair of fields. NAV fields are named by their untranslated caption, CRM ones by attribute."""

    nav_field: str
    crm_field: str
    direction: Direction
    blank: BlankRule = BlankRule.KEEP
    truncation: TruncationRule = TruncationRule.CUT
    transformation: Transformation = Transformation.NONE
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class MatchFields:
    """The fields by which counterparts find each other, besides the names; a blank one is not compared."""

    nav_email: str = ""
    crm_email: str = ""
    crm_sign_in: str = ""
    nav_phone: str = ""
    crm_phone: str = ""


@dataclass(frozen=True, slots=True)
class IntegrationTableMapping:
    """A record type: two tables, the fields kept equal and the direction."""

    name: str
    nav: NavTable
    crm: CrmTable
    direction: Direction
    fields: tuple[IntegrationFieldMapping, ...]
    enabled: bool = True
    match: MatchFields = MatchFields()

    @property
    def enabled_fields(self) -> tuple[IntegrationFieldMapping, ...]:
        """The field lines that take part (domain U-12)."""
        return tuple(field for field in self.fields if field.enabled)

    def nav_fields(self) -> tuple[str, ...]:
        """Every NAV field to read: key, name and the mapped ones, each once."""
        return _unique((self.nav.key_field, self.nav.name_field, *(f.nav_field for f in self.enabled_fields)))

    def crm_fields(self) -> tuple[str, ...]:
        """Every CRM attribute to read: key, name, time, search, filter and the mapped ones, each once."""
        table = self.crm
        conditions = (condition.field for condition in table.filter)
        mapped = (field.crm_field for field in self.enabled_fields)
        return _unique(
            (
                table.key_field,
                table.name_field,
                table.modified_on_field,
                *table.search_fields,
                *conditions,
                *mapped,
            )
        )


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def require_direction(mapping: IntegrationTableMapping, wanted: Direction) -> None:
    """Raise DirectionNotAllowed unless the mapping lets data flow that way (domain S-08)."""
    if mapping.direction in (Direction.BIDIRECTIONAL, wanted):
        return
    allowed = "from CRM to NAV" if mapping.direction is Direction.FROM_INTEGRATION_TABLE else "from NAV to CRM"
    raise DirectionNotAllowed(
        f"The mapping {mapping.name} carries data only {allowed}; nothing is ever written the other way.",
        mapping=mapping.name,
        direction=mapping.direction.value,
    )


def filter_failures(mapping: IntegrationTableMapping, crm: Record) -> tuple[Condition, ...]:
    """The lines of the integration table filter the record does not meet (domain R-16)."""
    return tuple(c for c in mapping.crm.filter if crm.fields.get(c.field, c.equals) != c.equals)


def require_eligible(mapping: IntegrationTableMapping, crm: Record) -> None:
    """Raise NotEligible naming every reason when the filter excludes the record."""
    failures = filter_failures(mapping, crm)
    if failures:
        reasons = " and ".join(condition.reason for condition in failures)
        name = crm.text(mapping.crm.name_field) or crm.ref.key
        raise NotEligible(
            f"{mapping.crm.caption} {name} {reasons}, so the filter of the mapping {mapping.name} excludes it.",
            mapping=mapping.name,
            reasons=[condition.health for condition in failures],
        )


def transform(field: IntegrationFieldMapping, value: Value) -> str:
    """The source value as it is compared and written."""
    text = as_text(value)
    return text.strip() if field.transformation is Transformation.TRIM else text


@dataclass(frozen=True, slots=True)
class FieldOverride:
    """What an administrator set for one field line of one connection; None leaves the default."""

    blank: BlankRule | None = None
    truncation: TruncationRule | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class MappingOverride:
    """What an administrator set for one mapping of one connection, with its version for If-Match."""

    enabled: bool | None = None
    fields: Mapping[str, FieldOverride] | None = None
    version: int = 0


def customize(mapping: IntegrationTableMapping, override: MappingOverride) -> IntegrationTableMapping:
    """The mapping as one connection uses it. Raises InvalidInput for a field that is not in the mapping."""
    lines = dict(override.fields or {})
    unknown = sorted(set(lines) - {field.nav_field for field in mapping.fields})
    if unknown:
        known = ", ".join(field.nav_field for field in mapping.fields)
        raise InvalidInput(f"{mapping.name} has no field {unknown[0]}; it has {known}.", errors={"fields": unknown})
    fields = tuple(_customize_field(field, lines.get(field.nav_field)) for field in mapping.fields)
    enabled = mapping.enabled if override.enabled is None else override.enabled
    return replace(mapping, fields=fields, enabled=enabled)


def _customize_field(field: IntegrationFieldMapping, override: FieldOverride | None) -> IntegrationFieldMapping:
    if override is None:
        return field
    return replace(
        field,
        blank=override.blank or field.blank,
        truncation=override.truncation or field.truncation,
        enabled=field.enabled if override.enabled is None else override.enabled,
    )
