"""From an address to its handler. Knows no web framework, so that a batch's parts come through here as well."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from coupler.sandbox.crm import definitions, delta, metadata, reading, writing
from coupler.sandbox.crm.answers import Answer, Call, CrmError, bad_request, not_found, unknown_segment, unsupported
from coupler.sandbox.crm.attributes import TABLES
from coupler.sandbox.crm.sources import Row, Source, source_of
from coupler.sandbox.crm.user_rows import ORGANIZATION_ID
from coupler.sandbox.wire import Segment, parse_key

if TYPE_CHECKING:
    from coupler.sandbox.world import World


def answer(world: World, call: Call) -> Answer:
    """The answer to one operation, or CrmError. Hold the world's lock."""
    first = call.segments[0] if call.segments else Segment("")
    if first.name in TABLES:
        return _table(world, call)
    if call.method != "GET":
        raise _not_allowed(call.method, first.name)
    match first.name:
        case "":
            return Answer(200, metadata.service_document(call.root))
        case "$metadata":
            return Answer(200, metadata.csdl(), {"Content-Type": "application/xml; charset=utf-8"})
        case "WhoAmI" if first.key in (None, "") and len(call.segments) == 1:
            return _who_am_i(world, call)
        case "EntityDefinitions":
            return definitions.read_definitions(world, call)
    raise unknown_segment(first.name)


def _who_am_i(world: World, call: Call) -> Answer:
    row = world.users.get(call.caller)
    if row is None:
        raise not_found("systemuser", call.caller)
    return Answer(
        200,
        {
            "@odata.context": f"{call.root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
            "BusinessUnitId": row["_businessunitid_value"],
            "UserId": call.caller,
            "OrganizationId": ORGANIZATION_ID,
        },
    )


def _table(world: World, call: Call) -> Answer:
    first, *below = call.segments
    source = source_of(world, first.name)
    if source is None:
        raise unknown_segment(first.name)
    if not world.switches.crm_read_privilege and call.method == "GET":
        raise _missing_privilege(call.caller, source.definition.privilege)
    if first.key is None:
        return _collection(world, source, below, call)
    key = _read_key(source, first.key)
    row = _find(source, key)
    if below:
        return _property(world, source, _existing(source, row, key), below, call)
    return _row(world, source, row, key, call)


def _collection(world: World, source: Source, below: list[Segment], call: Call) -> Answer:
    is_users = source.definition.logical == "systemuser"
    if below and below[0].name.startswith("Microsoft.Dynamics.CRM."):
        raise unsupported(below[0].name)
    if below and (len(below) > 1 or below[0].name != "$count"):
        raise unknown_segment(below[0].name)
    match call.method, bool(below):
        case "GET", True:
            counts_changes = is_users and "$deltatoken" in call.query
            return delta.count_changes(world, call) if counts_changes else reading.count_rows(source, call)
        case "GET", False:
            if delta.is_tracking(call):
                return _tracked(world, source, call)
            return reading.read_collection(world, source, call)
        case "POST", False:
            _only_users(source, call.method)
            return writing.create(world, call)
    raise _not_allowed(call.method, source.definition.entity_set)


def _tracked(world: World, source: Source, call: Call) -> Answer:
    if source.definition.logical != "systemuser":
        raise unsupported(f"change tracking on {source.definition.entity_set}")
    return delta.read_changes(world, call) if "$deltatoken" in call.query else delta.read_everything(world, call)


def _row(world: World, source: Source, row: Row | None, key: dict[str, str], call: Call) -> Answer:
    if call.method == "GET":
        return reading.read_row(world, source, _existing(source, row, key), call)
    if call.method not in ("PATCH", "DELETE"):
        raise _not_allowed(call.method, source.definition.entity_set)
    _only_users(source, call.method)
    if call.method == "PATCH":
        return writing.upsert(world, row, key, call)
    return writing.delete(world, _existing(source, row, key), call)


def _property(world: World, source: Source, row: Row, below: list[Segment], call: Call) -> Answer:
    name = below[0].name
    if len(below) > 1 or below[0].key is not None or f"_{name}_value" in source.definition.attributes:
        raise unsupported("/".join(segment.name for segment in below) + " below a row")
    if call.method == "GET":
        return reading.read_property(source, row, name, call)
    _only_users(source, call.method)
    if call.method == "PUT":
        return writing.put_property(world, row, name, call)
    if call.method == "DELETE":
        return writing.clear_property(world, row, name, call)
    raise _not_allowed(call.method, name)


def _read_key(source: Source, key: str) -> dict[str, str]:
    """Attribute name to GUID; the primary key or an alternate one. Braces and upper case are tolerated."""
    table = source.definition
    parts = parse_key(key)
    if len(parts) != 1:
        raise bad_request(f"Bad Request - Error in query syntax: '{key}'.")
    name, literal = next(iter(parts.items()))
    name = name or table.primary_id
    if name != table.primary_id and name not in table.keys.values():
        raise bad_request("The specified key properties don't match with any of the alternate keys.")
    try:
        return {name: str(uuid.UUID(literal.strip("{}")))}
    except ValueError as error:
        raise bad_request(f"Error: unrecognized key '{literal}': an Edm.Guid is expected.") from error


def _find(source: Source, key: dict[str, str]) -> Row | None:
    name, value = next(iter(key.items()))
    return source.get(value) if name == source.definition.primary_id else source.by_key(name, value)


def _existing(source: Source, row: Row | None, key: dict[str, str]) -> Row:
    if row is None:
        raise not_found(source.definition.logical, next(iter(key.values())))
    return row


def _only_users(source: Source, method: str) -> None:
    if source.definition.logical != "systemuser":
        raise unsupported(f"{method} on {source.definition.entity_set}")


def _not_allowed(method: str, name: str) -> CrmError:
    return CrmError(405, "0x80060888", f"The requested resource '{name}' does not support http method '{method}'.")


def _missing_privilege(caller: str, privilege: str) -> CrmError:
    return CrmError(
        403,
        "0x80040220",
        f"Principal user (Id={caller}, type=8, roleCount=1, privilegeCount=12, accessMode='4 Non-interactive') "
        f"is missing {privilege} privilege on OTC=8 for entity 'systemuser'. context.Caller={caller}.",
    )
