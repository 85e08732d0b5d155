"""Coupled Records: what both sides hold, and what a synchronization would make of it (domain S-12..S-15, N-03)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coupler.domain.mapping import (
    BlankRule,
    Direction,
    IntegrationFieldMapping,
    IntegrationTableMapping,
    TruncationRule,
    transform,
)
from coupler.domain.records import Record
from coupler.domain.values import as_text, cut, is_blank, utf16_length


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One mapped field side by side.

    `result_value` is what NAV holds after a synchronization; `cut` the characters lost on the way;
    `blanks` that a filled NAV value would be emptied; `kept` that a blank CRM value leaves it alone;
    `refused` that the truncation rule would stop the whole record.
    """

    nav_field: str
    crm_field: str
    direction: Direction
    nav_value: str
    crm_value: str
    result_value: str
    differs: bool
    cut: int
    blanks: bool
    kept: bool
    refused: bool

    @property
    def changes(self) -> bool:
        """Whether a synchronization would write this field."""
        return self.result_value != self.nav_value.rstrip(" ")


@dataclass(frozen=True, slots=True)
class Comparison:
    """All mapped fields; either record may be missing, its values are then empty and nothing differs."""

    rows: tuple[ComparisonRow, ...]

    @property
    def differing(self) -> int:
        """How many fields differ."""
        return sum(row.differs for row in self.rows)

    @property
    def changes(self) -> tuple[ComparisonRow, ...]:
        """The rows a synchronization would write."""
        return tuple(row for row in self.rows if row.changes)


def compare(
    mapping: IntegrationTableMapping,
    nav: Record | None,
    crm: Record | None,
    lengths: Mapping[str, int | None],
) -> Comparison:
    """Put both records side by side. `lengths` are NAV's, in UTF-16 units, read from its metadata.

    A value already cut in NAV does not differ (domain F-03); blank and missing are equal (protocols V1).
    """
    both = nav is not None and crm is not None
    return Comparison(
        tuple(
            _row(
                field,
                nav.text(field.nav_field) if nav else "",
                transform(field, crm.fields.get(field.crm_field)) if crm else "",
                lengths.get(field.nav_field),
                both,
            )
            for field in mapping.enabled_fields
        )
    )


def _row(field: IntegrationFieldMapping, nav: str, crm: str, limit: int | None, both: bool) -> ComparisonRow:
    # NAV loses trailing blanks on the way in (protocols V5), so a cut that ends in one would differ for ever.
    fitting = cut(crm, limit).rstrip(" ")
    # Also a value of which only blanks fit: cutting must not clear what a blank would leave alone.
    blank = is_blank(fitting)
    fitting = "" if blank else fitting
    differs = both and fitting != nav.rstrip(" ") and not (blank and is_blank(nav))
    keeps = differs and blank and field.blank is BlankRule.KEEP
    return ComparisonRow(
        nav_field=field.nav_field,
        crm_field=field.crm_field,
        direction=field.direction,
        nav_value=nav,
        crm_value=crm,
        result_value=fitting if differs and not keeps else nav.rstrip(" "),
        differs=differs,
        cut=0 if is_blank(crm) else utf16_length(crm.rstrip(" ")) - utf16_length(fitting),
        blanks=differs and blank and not keeps,
        kept=keeps,
        refused=not is_blank(crm) and fitting != crm.rstrip(" ") and field.truncation is TruncationRule.REFUSE,
    )


def snapshot(mapping: IntegrationTableMapping, nav: Record, crm: Record) -> dict[str, dict[str, str]]:
    """The mapped values of both sides, to be kept as the base of the next decision."""
    return {
        "nav": {f.nav_field: nav.text(f.nav_field) for f in mapping.enabled_fields},
        "crm": {f.crm_field: as_text(crm.fields.get(f.crm_field)) for f in mapping.enabled_fields},
    }
