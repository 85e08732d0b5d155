"""`EntityDefinitions` and what hangs below it: the metadata reads of protocols 1.12."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coupler.sandbox.crm.answers import Answer, Call, CrmError, bad_request, unknown_segment, unsupported
from coupler.sandbox.crm.attributes import BY_LOGICAL_NAME, TableDefinition
from coupler.sandbox.crm.metadata import attribute_definitions, entity_definitions, key_definitions
from coupler.sandbox.query import (
    DATAVERSE,
    QueryError,
    QueryOptions,
    Unsupported,
    compile_filter,
    read_options,
    substitute_aliases,
)
from coupler.sandbox.wire import Segment, parse_key, text_literal

if TYPE_CHECKING:
    from coupler.sandbox.world import World

_CAST = "Microsoft.Dynamics.CRM."


def read_definitions(world: World, call: Call) -> Answer:
    """GET on `EntityDefinitions` and below."""
    first, *below = call.segments
    options = _options(call)
    if first.key is None:
        if below:
            raise unknown_segment(below[0].name)
        return _collection(call, "EntityDefinitions", entity_definitions(world), options)
    definition = _definition(world, first.key)
    if not below:
        shown = _picked(definition, options)
        return Answer(200, {"@odata.context": f"{call.root}$metadata#EntityDefinitions/$entity", **shown})
    return _below(call, BY_LOGICAL_NAME[definition["LogicalName"]], below, options)


def _below(call: Call, table: TableDefinition, below: Sequence[Segment], options: QueryOptions) -> Answer:
    place = f"EntityDefinitions('{table.logical}')/{below[0].name}"
    if below[0].name == "Keys" and len(below) == 1:
        return _collection(call, place, key_definitions(table), options)
    if below[0].name != "Attributes":
        raise unsupported(f"EntityDefinitions(...)/{below[0].name}")
    rows, casts = attribute_definitions(table), below[1:]
    if casts:
        place = f"{place}/{casts[0].name}"
        rows = _cast(rows, casts)
    if below[0].key is None:
        return _collection(call, place, rows, options)
    wanted = _name_of(below[0].key, "LogicalName")
    row = next((row for row in rows if row["LogicalName"] == wanted), None)
    if row is None:
        raise CrmError(404, "0x80040217", f"Could not find an attribute with specified name: {wanted}")
    return Answer(200, {"@odata.context": f"{call.root}$metadata#{place}/$entity", **_picked(row, options)})


def _cast(rows: list[dict[str, Any]], casts: Sequence[Segment]) -> list[dict[str, Any]]:
    if len(casts) > 1 or not casts[0].name.startswith(_CAST) or casts[0].key is not None:
        raise unsupported("/".join(segment.name for segment in casts))
    return [row for row in rows if row["@odata.type"] == f"#{casts[0].name}"]


def _options(call: Call) -> QueryOptions:
    try:
        options = read_options(call.query)
    except QueryError as error:
        raise bad_request(str(error)) from error
    except Unsupported as error:
        raise unsupported(error.name) from error
    for name in ("orderby", "skip", "count"):
        if name in options.used():
            raise CrmError(400, "0x80060888", f"The query parameter ${name} is not supported on metadata.")
    return options


def _collection(call: Call, place: str, rows: list[dict[str, Any]], options: QueryOptions) -> Answer:
    kept = rows
    if options.filter is not None:
        text = substitute_aliases(options.filter, call.query)
        try:
            passes = compile_filter(text, DATAVERSE)
        except QueryError as error:
            raise bad_request(str(error)) from error
        except Unsupported as error:
            raise unsupported(error.name) from error
        kept = [row for row in rows if passes(row)]
    shown = [_picked(row, options) for row in kept[: options.top]]
    return Answer(200, {"@odata.context": f"{call.root}$metadata#{place}", "value": shown})


def _definition(world: World, key: str) -> dict[str, Any]:
    bare = key.strip("{}").lower() if "=" not in key else None
    name = None if bare else _name_of(key, "LogicalName")
    for definition in entity_definitions(world):
        if definition["LogicalName"] == name or definition["MetadataId"] == bare:
            return definition
    raise CrmError(404, "0x80060888", f"Could not find an entity with specified name or id: {name or bare}")


def _name_of(key: str, expected: str) -> str:
    literal = parse_key(key).get(expected)
    name = text_literal(literal) if literal else None
    if name is None:
        raise bad_request(f"The key '{key}' is not {expected}='...'.")
    return name


def _picked(row: Mapping[str, Any], options: QueryOptions) -> dict[str, Any]:
    """The members asked for; MetadataId and the type always come, OptionSet only when expanded."""
    for name in options.select or ():
        if name not in row:
            raise unsupported(f"$select={name} on metadata")
    hidden = {"OptionSet"} - options.expand.keys()
    names = set(options.select) | {"MetadataId", "@odata.type"} if options.select is not None else set(row)
    shown = {name: value for name, value in row.items() if name in names | options.expand.keys() and name not in hidden}
    for name, nested in options.expand.items():
        if name not in row:
            raise unsupported(f"$expand={name} on metadata")
        wanted = set(nested.select or row[name]) | {"MetadataId"}
        shown[name] = {member: value for member, value in row[name].items() if member in wanted}
    return shown
