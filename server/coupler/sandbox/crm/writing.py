"""POST, PATCH, PUT and DELETE on users: what may be written, and under which conditions (protocols 1.6, 1.7)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coupler.sandbox.crm.answers import (
    DUPLICATE,
    Answer,
    Call,
    CrmError,
    bad_payload,
    bad_request,
    not_found,
    stale,
)
from coupler.sandbox.crm.attributes import SYSTEMUSER, TABLES, Attribute
from coupler.sandbox.crm.preferences import applied, read_preferences
from coupler.sandbox.crm.reading import checked_options, finder, rendered
from coupler.sandbox.crm.rendering import context, etag
from coupler.sandbox.crm.sources import Row, source_of

if TYPE_CHECKING:
    from coupler.sandbox.world import World

_BIND = re.compile(r"(?:https?://[^?#]*/)?/?(\w+)\(([0-9A-Fa-f{}-]+)\)\Z")


def create(world: World, call: Call) -> Answer:
    """POST on the collection: 204 with the new row's address, 201 with the row if preferred."""
    values = read_values(world, call.json(), creating=True)
    key = values.get("systemuserid")
    if key and world.users.get(key) is not None:
        raise CrmError(412, DUPLICATE, "Cannot insert duplicate key.")
    return _written(world, world.users.insert(_by_caller(values, call, creating=True)), call, 201)


def upsert(world: World, row: Row | None, key: Mapping[str, str], call: Call) -> Answer:
    """PATCH: changes the row, or creates it under this key unless `If-Match` forbids that."""
    if_match, if_none_match = call.headers.get("if-match"), call.headers.get("if-none-match")
    if row is None:
        if if_match is not None:
            raise not_found("systemuser", next(iter(key.values())))
        values = read_values(world, call.json(), creating=True)
        return _written(world, world.users.insert(_by_caller({**values, **key}, call, creating=True)), call, 201)
    if if_none_match == "*":
        raise CrmError(412, DUPLICATE, "A record with matching key values already exists.")
    check_version(world, row, if_match)
    values = read_values(world, call.json(), creating=False)
    if values.pop("systemuserid", row["systemuserid"]) != row["systemuserid"]:
        raise bad_payload("The id in the body is not the one in the address.")
    return _written(world, world.users.update(row["systemuserid"], _by_caller(values, call)), call, 200)


def put_property(world: World, row: Row, name: str, call: Call) -> Answer:
    """PUT `{"value": ...}` on a single property."""
    body = call.json()
    if not isinstance(body, dict) or "value" not in body:
        raise bad_payload("The property 'value' is missing.")
    check_version(world, row, call.headers.get("if-match"))
    values = read_values(world, {name: body["value"]}, creating=False)
    world.users.update(row["systemuserid"], _by_caller(values, call))
    return Answer(204)


def clear_property(world: World, row: Row, name: str, call: Call) -> Answer:
    """DELETE on a single property."""
    check_version(world, row, call.headers.get("if-match"))
    world.users.update(row["systemuserid"], _by_caller(read_values(world, {name: None}, creating=False), call))
    return Answer(204)


def delete(world: World, row: Row, call: Call) -> Answer:
    """DELETE on a row: gone for good, or only marked where the organization deletes softly."""
    check_version(world, row, call.headers.get("if-match"))
    if world.switches.crm_soft_delete:
        world.users.update(row["systemuserid"], {"deletedstate": 1, "isdisabled": True})
    else:
        world.users.delete(row["systemuserid"])
    return Answer(204)


def check_version(world: World, row: Row, if_match: str | None) -> None:
    """412 unless `If-Match` is absent, a star or the row's ETag."""
    if if_match is None or if_match == "*":
        return
    if not world.switches.crm_optimistic_concurrency:
        raise CrmError(400, "0x80060881", "Optimistic concurrency isn't enabled for entity type 'systemuser'.")
    if if_match != etag(row):
        raise stale()


def read_values(world: World, body: Any, *, creating: bool) -> dict[str, Any]:
    """The body's columns, checked one by one; annotations are passed over."""
    if not isinstance(body, dict):
        raise bad_payload("A JSON object is expected.")
    values: dict[str, Any] = {}
    for name, value in body.items():
        navigation, bind, _ = name.partition("@odata.bind")
        if bind:
            values[f"_{navigation}_value"] = _bound(world, navigation, value)
        elif "@" not in name:
            values[name] = _checked(name, value, creating=creating)
    return values


def _by_caller(values: Mapping[str, Any], call: Call, *, creating: bool = False) -> dict[str, Any]:
    mine = {"_modifiedby_value": call.caller} | ({"_createdby_value": call.caller} if creating else {})
    return {**values, **mine}


def _written(world: World, row: Row, call: Call, status: int) -> Answer:
    """204 with the address; with `return=representation` the row, status 201 for a new and 200 for a changed one."""
    asked = read_preferences(call.headers.get("prefer", ""))
    headers = {"OData-EntityId": f"{call.root}systemusers({row['systemuserid']})"}
    if not asked.representation:
        return Answer(204, None, headers)
    options = checked_options(call, SYSTEMUSER)
    body = {"@odata.context": context(call.root, SYSTEMUSER, options, tail="/$entity")}
    body |= rendered([row], SYSTEMUSER, options, asked, finder(world))[0]
    return Answer(status, body, {**headers, "ETag": etag(row), "Preference-Applied": applied(asked, writing=True)})


def _checked(name: str, value: Any, *, creating: bool) -> Any:
    attribute = SYSTEMUSER.attributes.get(name)
    if attribute is None or attribute.kind == "lookup":
        raise bad_payload(f"Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.systemuser'.")
    if name != SYSTEMUSER.primary_id and (attribute.write == "never" or (attribute.write == "create" and not creating)):
        raise bad_payload(f"The property '{name}' is read-only and cannot be set.")
    if value is None:
        if not attribute.nullable:
            raise bad_payload(f"The property '{name}' cannot be null.")
        return None
    return _typed(attribute, value)


def _typed(attribute: Attribute, value: Any) -> Any:
    """The value as stored; empty text is stored as null."""
    match attribute.kind:
        case "string" if isinstance(value, str):
            _check_length(attribute, value)
            return value or None
        case "boolean" if isinstance(value, bool):
            return value
        case "picklist" if _is_integer(value):
            if value not in attribute.labels:
                raise CrmError(
                    400,
                    "0x8004431a",
                    f"A validation error occurred. The value {value} of '{attribute.name}' on record of type "
                    "'systemuser' is outside the valid range.",
                )
            return value
        case "integer" if _is_integer(value):
            return value
        case "guid" | "key" if isinstance(value, str):
            return _guid(value, attribute.name)
    raise bad_payload(f"Cannot convert the value of '{attribute.name}' to the expected type of the property.")


def _check_length(attribute: Attribute, value: str) -> None:
    units = len(value.encode("utf-16-le", "surrogatepass")) // 2
    if attribute.length is not None and units > attribute.length:
        raise CrmError(
            400,
            "0x80044331",
            f"A validation error occurred. The length of the '{attribute.name}' attribute of the 'systemuser' "
            f"entity exceeded the maximum allowed length of '{attribute.length}'.",
        )


def _bound(world: World, navigation: str, value: Any) -> str | None:
    attribute = SYSTEMUSER.attributes.get(f"_{navigation}_value")
    if attribute is None or attribute.write == "never":
        raise bad_payload(f"An undeclared property '{navigation}' which only has property annotations was found.")
    if value is None:
        return None
    match = _BIND.match(value) if isinstance(value, str) else None
    source = source_of(world, match[1]) if match else None
    if match is None or source is None or TABLES[match[1]].logical != attribute.target:
        raise bad_request(f"The address bound to '{navigation}' is not one of a {attribute.target}.")
    key = _guid(match[2], navigation)
    if source.get(key) is None:
        raise not_found(str(attribute.target), key)
    return key


def _guid(text: str, name: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise bad_payload(f"Cannot convert the literal '{text}' of '{name}' to the type 'Edm.Guid'.") from error


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
