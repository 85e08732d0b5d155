"""One user as a mapping of every attribute, stored as what differs from the defaults (protocols 1.6)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from coupler.sandbox.crm.attributes import SYSTEMUSER
from coupler.sandbox.identity.registry import INTEGRATION_APP
from coupler.sandbox.people import Person, person_id

if TYPE_CHECKING:
    from coupler.sandbox.crm.users import UserTable

_NAMESPACE = uuid.UUID("0d7c2b52-9d6f-4f3e-8f53-6d0f3a7d9c20")
ORGANIZATION_ID = str(uuid.uuid5(_NAMESPACE, "organization"))
ROOT_BUSINESS_UNIT = str(uuid.uuid5(_NAMESPACE, "businessunit root"))
SYSTEM_USER = str(uuid.uuid5(_NAMESPACE, "SYSTEM"))
_COMPUTED = frozenset({"fullname", "ownerid", "organizationid", "azureactivedirectoryobjectid"})


class UserRow(Mapping[str, Any]):
    """One user with every attribute, the unset ones by default; a live view that follows later changes."""

    __slots__ = ("_table", "_values")

    def __init__(self, table: UserTable, values: dict[str, Any]) -> None:
        self._table = table
        self._values = values

    def __getitem__(self, name: str) -> Any:
        values = self._values
        if name in values:
            return values[name]
        if name in _COMPUTED:
            return self._computed(name)
        if name in self._table.defaults:
            return self._table.defaults[name]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As a dict's, without the cost of an exception."""
        values = self._values
        if name in values:
            return values[name]
        if name in _COMPUTED:
            return self._computed(name)
        return self._table.defaults.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(SYSTEMUSER.attributes)

    def __len__(self) -> int:
        return len(SYSTEMUSER.attributes)

    def _computed(self, name: str) -> Any:
        values = self._values
        if name == "fullname":
            return full_name(values, last_first=self._table.last_name_first)
        if name == "ownerid":
            return values["systemuserid"]
        if name == "organizationid":
            return ORGANIZATION_ID
        return None if values.get("applicationid") else directory_id(values["systemuserid"])


def full_name(values: Mapping[str, Any], *, last_first: bool) -> str | None:
    """What the organization's name format makes of the parts; at most 200 characters, None without any part."""
    first, middle, last = (values.get(part) or "" for part in ("firstname", "middlename", "lastname"))
    given = " ".join(part for part in (first, middle) if part)
    joined = ", ".join(p for p in (last, given) if p) if last_first else " ".join(p for p in (given, last) if p)
    return joined.strip()[:200] or None


def directory_id(user_id: str) -> str:
    """The Entra object id that belongs to a user's id; the same on every start."""
    return str(uuid.uuid5(_NAMESPACE, user_id))


def text_of(moment: datetime) -> str:
    """Whole seconds, UTC, as the Web API writes moments."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seeded_values(people: Iterable[Person], now: datetime) -> Iterator[dict[str, Any]]:
    """The stored values of the users among `people`, and of the integration's application user in any case.

    They were last changed at moments spread over the weeks before `now`.
    """
    start = now.replace(microsecond=0)
    stamps = [text_of(start - timedelta(days=2, hours=hour)) for hour in range(28 * 24)]
    known = False
    for number, person in enumerate(p for p in people if p.in_crm):
        known = known or person.application_id == INTEGRATION_APP.client_id
        yield _values_of(person) | {"modifiedon": stamps[number * 37 % len(stamps)]}
    if not known:
        yield _application_user() | {"modifiedon": stamps[0]}


def default_values(now: datetime) -> dict[str, Any]:
    """What an attribute is where a row does not say otherwise; computed ones are not in it."""
    defaults = {name: attribute.default for name, attribute in SYSTEMUSER.attributes.items() if name not in _COMPUTED}
    created = text_of(now - timedelta(days=400))
    return defaults | {
        "_businessunitid_value": ROOT_BUSINESS_UNIT,
        "_createdby_value": SYSTEM_USER,
        "_modifiedby_value": SYSTEM_USER,
        "createdon": created,
        "modifiedon": created,
    }


def _values_of(person: Person) -> dict[str, Any]:
    values: dict[str, Any] = {
        "systemuserid": person.id,
        "firstname": person.first_name,
        "lastname": person.last_name,
        "internalemailaddress": person.email,
        "mobilephone": person.mobile,
        "domainname": person.domain_name,
        "islicensed": person.licensed,
    }
    optional = {
        "title": person.title,
        "jobtitle": person.title,
        "address1_telephone1": person.phone,
        "isdisabled": person.disabled,
        "isintegrationuser": person.integration,
        "accessmode": person.access_mode,
        "applicationid": person.application_id,
    }
    return values | {name: value for name, value in optional.items() if value}


def _application_user() -> dict[str, Any]:
    return {
        "systemuserid": person_id("coupler-app"),
        "firstname": "# Coupler",
        "lastname": "Application",
        "domainname": f"{INTEGRATION_APP.client_id}@cronus.test",
        "accessmode": 4,
        "applicationid": INTEGRATION_APP.client_id,
    }
