"""Where rows come from: the users, and the few fixed tables of the organization, behind one shape."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from coupler.sandbox.crm import attributes
from coupler.sandbox.crm.attributes import TableDefinition
from coupler.sandbox.crm.user_rows import ORGANIZATION_ID, ROOT_BUSINESS_UNIT, text_of
from coupler.sandbox.crm.users import UserTable

if TYPE_CHECKING:
    from coupler.sandbox.world import World

Row = Mapping[str, Any]
ORGANIZATION_NAME = "cronus"
SALES_BUSINESS_UNIT = str(uuid.uuid5(uuid.UUID(ROOT_BUSINESS_UNIT), "Sales"))
NAV_SOLUTION = "MicrosoftDynamicsNavIntegration"
METADATA_VERSION = "4711001"


class Source(Protocol):
    """A readable table."""

    @property
    def definition(self) -> TableDefinition: ...

    def after(self, last: str | None) -> Iterator[Row]:
        """Rows by ascending id, those behind `last` only."""

    def remembered(self, key: object, make: Callable[[], list[Row]]) -> list[Row]:
        """An ordering of rows, kept for the next page where that is worth it."""

    def get(self, row_id: str) -> Row | None:
        """The row with this id, written in lower case."""

    def by_key(self, attribute: str, value: str) -> Row | None:
        """The row with this value of an alternate key."""


class UserSource:
    """The users as a source."""

    definition = attributes.SYSTEMUSER

    def __init__(self, users: UserTable) -> None:
        self._users = users

    def after(self, last: str | None) -> Iterator[Row]:
        """See Source."""
        return self._users.ids_after(last)

    def remembered(self, key: object, make: Callable[[], list[Row]]) -> list[Row]:
        """See Source."""
        return self._users.remembered((key, self._users.last_name_first), make)

    def get(self, row_id: str) -> Row | None:
        """See Source."""
        return self._users.get(row_id)

    def by_key(self, attribute: str, value: str) -> Row | None:
        """See Source; the only alternate key is the Entra object id."""
        return self._users.by_directory_id(value) if attribute == "azureactivedirectoryobjectid" else None


class FixedSource:
    """A handful of rows made for one call."""

    def __init__(self, definition: TableDefinition, rows: Sequence[Row]) -> None:
        self.definition = definition
        self._rows = {str(row[definition.primary_id]): row for row in rows}

    def after(self, last: str | None) -> Iterator[Row]:
        """See Source."""
        ids = sorted(self._rows)
        return (self._rows[key] for key in ids[bisect_right(ids, last) if last else 0 :])

    def remembered(self, key: object, make: Callable[[], list[Row]]) -> list[Row]:  # noqa: ARG002 - see Source
        """See Source; a handful of rows is quickly ordered."""
        return make()

    def get(self, row_id: str) -> Row | None:
        """See Source."""
        return self._rows.get(row_id)

    def by_key(self, attribute: str, value: str) -> Row | None:
        """See Source."""
        return next((row for row in self._rows.values() if row.get(attribute) == value), None)


def source_of(world: World, entity_set: str) -> Source | None:
    """The table with this entity set name, or None."""
    if entity_set == "systemusers":
        return UserSource(world.users)
    rows = {"businessunits": _business_units, "organizations": _organizations, "solutions": _solutions}
    make = rows.get(entity_set)
    return FixedSource(attributes.TABLES[entity_set], make(world)) if make else None


def _business_units(world: World) -> list[Row]:
    root = {
        "businessunitid": ROOT_BUSINESS_UNIT,
        "name": ORGANIZATION_NAME,
        "_parentbusinessunitid_value": None,
    }
    sales = {
        "businessunitid": SALES_BUSINESS_UNIT,
        "name": "Sales",
        "_parentbusinessunitid_value": ROOT_BUSINESS_UNIT,
    }
    shared = {"isdisabled": False, "_organizationid_value": ORGANIZATION_ID, **_stamps(world)}
    return [root | shared, sales | shared]


def _organizations(world: World) -> list[Row]:
    return [
        {
            "organizationid": ORGANIZATION_ID,
            "name": ORGANIZATION_NAME,
            "expirechangetrackingindays": world.switches.crm_delta_days,
            "fullnameconventioncode": 0 if world.switches.crm_full_name == "last, first" else 1,
            "languagecode": 1033,
            "localeid": 1033,
            **_stamps(world),
        }
    ]


def _solutions(world: World) -> list[Row]:
    known = [("Default", "Default Solution", "1.0", False), ("msdynce_Sales", "Sales", "9.0.24031.1004", True)]
    if world.switches.crm_solution_installed:
        known.append((NAV_SOLUTION, "Microsoft Dynamics NAV Integration", "9.0.0.0", True))
    stamps = _stamps(world)
    return [
        {
            "solutionid": str(uuid.uuid5(uuid.UUID(ORGANIZATION_ID), name)),
            "uniquename": name,
            "friendlyname": friendly,
            "version": version,
            "ismanaged": managed,
            "isvisible": True,
            "installedon": stamps["createdon"],
            **stamps,
        }
        for name, friendly, version, managed in known
    ]


def _stamps(world: World) -> dict[str, Any]:
    """Fixed tables never change, so their moments only have to lie in the past."""
    then = text_of(world.clock.now().replace(month=1, day=1, hour=0, minute=0, second=0) - timedelta(days=365))
    return {"createdon": then, "modifiedon": then, "versionnumber": 900_001}
