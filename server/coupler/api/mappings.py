"""Integration table mappings as one connection uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coupler.api.access import actor
from coupler.api.connection_schemas import MappingBody, MappingSchema
from coupler.api.etags import etag, wanted_version
from coupler.api.operations import Resource
from coupler.api.paging import cut_page, page
from coupler.api.schemas import PageQuery
from coupler.api.services import services
from coupler.domain.mapping import FieldOverride, IntegrationTableMapping, MappingOverride, require_direction
from coupler.mappings import mapping_named

blueprint = Resource("mappings", __name__, description="Fields, direction, filters and rules of a record type.")


@blueprint.operation(
    "GET",
    "/connections/<name>/mappings",
    answer=MappingSchema(many=True),
    query=PageQuery,
    problems=(404,),
    paged=True,
)
def find(name: str, query: Mapping[str, Any]) -> Any:
    """The integration table mappings of a connection."""
    every = services().connections.mappings(name, actor())
    rows, cursor = cut_page(every, lambda row: row[0].name, query["limit"], query["cursor"])
    return page([_shown(*row) for row in rows], cursor)


@blueprint.operation(
    "GET", "/connections/<name>/mappings/<mapping>", answer=MappingSchema, problems=(404,), tagged=True
)
def show(name: str, mapping: str) -> Any:
    """One integration table mapping of a connection."""
    return _answer(*_one(name, mapping))


@blueprint.operation(
    "PATCH",
    "/connections/<name>/mappings/<mapping>",
    answer=MappingSchema,
    body=MappingBody,
    problems=(404, 412, 428),
    tagged=True,
    guarded=True,
)
def change(name: str, mapping: str, body: Mapping[str, Any]) -> Any:
    """Switch a mapping or its field lines on or off, and set their blank and truncation rules.

    `blank`: keep a filled NAV value, or clear it. `truncation`: cut a value that is too long, or refuse the record.
    """
    known, present = _one(name, mapping)
    if "direction" in body:
        require_direction(known, body["direction"])
    lines = dict(present.fields or {})
    for line in body.get("fields", ()):
        rules = {rule: value for rule, value in line.items() if rule != "nav_field"}
        lines[line["nav_field"]] = replace(lines.get(line["nav_field"], FieldOverride()), **rules)
    wanted = MappingOverride(body.get("enabled", present.enabled), lines, wanted_version(present.version))
    return _answer(*services().connections.change_mapping(name, mapping, wanted, actor()))


def _one(name: str, mapping: str) -> tuple[IntegrationTableMapping, MappingOverride]:
    wanted = mapping_named(mapping).name
    return next(row for row in services().connections.mappings(name, actor()) if row[0].name == wanted)


def _answer(mapping: IntegrationTableMapping, override: MappingOverride) -> Any:
    return _shown(mapping, override), 200, {"ETag": etag(override.version)}


def _shown(mapping: IntegrationTableMapping, override: MappingOverride) -> dict[str, Any]:
    nav, crm = mapping.nav, mapping.crm
    return {
        "name": mapping.name,
        "enabled": mapping.enabled,
        "direction": mapping.direction,
        "nav": {"table": nav.name, "caption": nav.caption, "number": nav.number, "page": nav.card_page},
        "crm": {"entity": crm.name, "caption": crm.caption},
        "filter": mapping.crm.filter,
        "fields": mapping.fields,
        "etag": etag(override.version),
    }
