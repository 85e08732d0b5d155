"""Rows as JSON: the columns asked for, the ids that always come, ETag and annotations (protocols 1.2, 1.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coupler.sandbox.crm.answers import unknown_property, unsupported
from coupler.sandbox.crm.attributes import TABLES, Attribute, TableDefinition
from coupler.sandbox.crm.preferences import FORMATTED, Preferences
from coupler.sandbox.crm.sources import Row
from coupler.sandbox.query import QueryOptions

Find = Callable[[str, str], Row | None]
_LOOKUP_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
_NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
_EXPANDABLE = {"systemuser": ("businessunitid", "parentsystemuserid"), "businessunit": ("parentbusinessunitid",)}


def etag(row: Row) -> str:
    """The weak ETag of a row's version."""
    return f'W/"{row["versionnumber"]}"'


def columns(table: TableDefinition, select: Sequence[str] | None) -> tuple[str, ...]:
    """The properties of an answer; an unknown name is a 400. The ids come whatever is selected."""
    if select is None or "*" in select:
        return tuple(table.attributes)
    for name in select:
        if name not in table.attributes:
            raise unknown_property(name, table.logical)
    always = [table.primary_id] + (["ownerid"] if "ownerid" in table.attributes else [])
    return tuple(dict.fromkeys([*select, *always]))


def context(root: str, table: TableDefinition, options: QueryOptions, *, tail: str = "") -> str:
    """The `@odata.context` of a collection, or of one entity with `tail="/$entity"`."""
    names = [*(options.select or ()), *(f"{name}()" for name in options.expand)]
    listed = f"({','.join(names)})" if names else ""
    return f"{root}$metadata#{table.entity_set}{listed}{tail}"


def render(row: Row, table: TableDefinition, names: Sequence[str], asked: Preferences, find: Find) -> dict[str, Any]:
    """One row as JSON members."""
    shown: dict[str, Any] = {"@odata.etag": etag(row)}
    if not asked.annotations:
        for name in names:
            shown[name] = row.get(name)
        return shown
    for name in names:
        value = row.get(name)
        if value is not None:
            shown |= _annotations(table.attributes[name], value, asked, find)
        shown[name] = value
    return shown


def expand(row: Row, table: TableDefinition, options: QueryOptions, asked: Preferences, find: Find) -> dict[str, Any]:
    """The expanded single-valued navigation properties of a row."""
    expanded: dict[str, Any] = {}
    for name, nested in options.expand.items():
        target = navigation_target(table, name)
        if nested.used() and nested.used() != ["select"]:
            raise unsupported(f"${nested.used()[0]} inside $expand={name}")
        partner = find(target.entity_set, row.get(f"_{name}_value") or "")
        shown = columns(target, nested.select)
        expanded[name] = render(partner, target, shown, asked, find) if partner is not None else None
    return expanded


def navigation_target(table: TableDefinition, name: str) -> TableDefinition:
    """The table that a navigation property leads to; 400 for none, 501 for one the sandbox does not follow."""
    attribute = table.attributes.get(f"_{name}_value")
    if attribute is None:
        raise unknown_property(name, table.logical)
    if name not in _EXPANDABLE.get(table.logical, ()):
        raise unsupported(f"$expand={name}")
    return next(t for t in TABLES.values() if t.logical == attribute.target)


def _annotations(attribute: Attribute, value: Any, asked: Preferences, find: Find) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if asked.wants(FORMATTED):
        text = _formatted(attribute, value, find)
        if text is not None:
            shown[f"{attribute.name}@{FORMATTED}"] = text
    if attribute.kind == "lookup":
        if asked.wants(_NAVIGATION):
            shown[f"{attribute.name}@{_NAVIGATION}"] = attribute.logical
        if asked.wants(_LOOKUP_NAME):
            shown[f"{attribute.name}@{_LOOKUP_NAME}"] = attribute.target
    return shown


def _formatted(attribute: Attribute, value: Any, find: Find) -> str | None:
    match attribute.kind:
        case "picklist" | "boolean":
            return attribute.labels.get(int(value))
        case "datetime":
            return str(value).replace("T", " ").removesuffix("Z")
        case "integer" | "bigint":
            return f"{value:,}"
        case "lookup":
            return _lookup_name(attribute, value, find)
    return None


def _lookup_name(attribute: Attribute, value: str, find: Find) -> str | None:
    target = next((t for t in TABLES.values() if t.logical == attribute.target), None)
    partner: Mapping[str, Any] | None = find(target.entity_set, value) if target else None
    if target is None or partner is None:
        return "SYSTEM" if attribute.target == "systemuser" else None
    return str(partner.get(target.primary_name))
