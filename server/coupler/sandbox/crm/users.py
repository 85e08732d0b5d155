"""The users of the organization: rows, their versions, and what happened to them (protocols 1.6, 1.9).

Rows hold only what differs from the defaults, so that a hundred thousand of them stay small. Nothing is validated
here: the Web API does that, and the control API is meant to change data behind everybody's back.
"""

from __future__ import annotations

import uuid
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from coupler.sandbox.crm.attributes import SYSTEMUSER
from coupler.sandbox.identity.registry import INTEGRATION_APP
from coupler.sandbox.people import Person, person_id

if TYPE_CHECKING:
    from coupler.sandbox.world import World

_NAMESPACE = uuid.UUID("0d7c2b52-9d6f-4f3e-8f53-6d0f3a7d9c20")
ORGANIZATION_ID = str(uuid.uuid5(_NAMESPACE, "organization"))
ROOT_BUSINESS_UNIT = str(uuid.uuid5(_NAMESPACE, "businessunit root"))
SYSTEM_USER = str(uuid.uuid5(_NAMESPACE, "SYSTEM"))
_FIRST_VERSION = 1_200_000
_NAME_PARTS = frozenset({"firstname", "middlename", "lastname"})
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


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened after a version: ids of rows that are new or changed, then of those that are gone."""

    changed: list[tuple[int, str]]
    deleted: list[tuple[int, str]]


class UserTable:
    """All users. Not thread-safe by itself: hold the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rows: dict[str, UserRow] = {}
        self._sorted: list[str] | None = None
        self._by_directory_id: dict[str, str] | None = None
        self._log: list[tuple[int, str, bool]] = []
        # How to take back the newest changes; a transaction empties it first, so a few are enough.
        self._undo: deque[Callable[[], None]] = deque(maxlen=5000)
        previous = getattr(world, "users", None)
        # A new seed goes on counting, so that version stamps from before it are recognized as too old.
        self.version = previous.version + 1000 if previous is not None else _FIRST_VERSION
        self.first_version = self.version
        self.defaults = _defaults(world.clock.now())
        self._ordered: tuple[tuple[object, int], list[Any]] | None = None

    @property
    def last_name_first(self) -> bool:
        """The organization's name format."""
        return self._world.switches.crm_full_name == "last, first"

    def seed(self, people: Iterable[Person]) -> None:
        """Replace all rows by the users among `people`; there is always the integration's application user."""
        start = self._world.clock.now().replace(microsecond=0)
        stamps = [text_of(start - timedelta(days=2, hours=hour)) for hour in range(28 * 24)]
        rows: dict[str, UserRow] = {}
        known = False
        for number, person in enumerate(p for p in people if p.in_crm):
            values = _values_of(person)
            values["modifiedon"] = stamps[number * 37 % len(stamps)]
            known = known or person.application_id == INTEGRATION_APP.client_id
            rows[person.id] = UserRow(self, values)
        if not known:
            values = {**_application_user(), "modifiedon": stamps[0]}
            rows[values["systemuserid"]] = UserRow(self, values)
        for row in rows.values():
            row._values["versionnumber"] = self._next_version()  # noqa: SLF001 - table and row are one
        self._rows, self._sorted, self._by_directory_id = rows, None, None
        self._log.clear()
        self.first_version = self.version

    def __iter__(self) -> Iterator[UserRow]:
        """Every row in the order of its creation."""
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, user_id: str) -> UserRow | None:
        """The row with this id; case and braces do not matter."""
        return self._rows.get(user_id) or self._rows.get(user_id.strip("{}").lower())

    def ids(self) -> list[str]:
        """Every id, sorted: the order in which the Web API reads when none is asked for. Do not change the list."""
        if self._sorted is None:
            self._sorted = sorted(self._rows)
        return self._sorted

    def ids_after(self, last: str | None) -> Iterator[UserRow]:
        """Rows in the order of `ids`, those behind `last` only."""
        ids = self.ids()
        for position in range(bisect_right(ids, last) if last else 0, len(ids)):
            yield self._rows[ids[position]]

    def remembered(self, key: object, make: Callable[[], list[Any]]) -> list[Any]:
        """What `make` answers, made anew only when another key is asked for or a row has changed since."""
        wanted = (key, self.version)
        if self._ordered is None or self._ordered[0] != wanted:
            self._ordered = (wanted, make())
        return self._ordered[1]

    def by_directory_id(self, object_id: str) -> UserRow | None:
        """The row with this `azureactivedirectoryobjectid`, an alternate key."""
        if self._by_directory_id is None:
            pairs = ((row["azureactivedirectoryobjectid"], key) for key, row in self._rows.items())
            self._by_directory_id = {found: key for found, key in pairs if found}
        key = self._by_directory_id.get(object_id.lower())
        return self._rows.get(key) if key else None

    def by_application_id(self, client_id: str) -> UserRow | None:
        """The application user of a registered application."""
        return next((row for row in self._rows.values() if row.get("applicationid") == client_id), None)

    def update(self, user_id: str, changes: Mapping[str, Any]) -> UserRow:
        """Set attributes, raise version and modification time. KeyError for an unknown id or attribute."""
        row = self.get(user_id)
        if row is None:
            raise KeyError(user_id)
        _check_names(changes)
        before = row._values  # noqa: SLF001 - table and row are one
        kept = dict(before)
        if changes.keys() & _NAME_PARTS:
            kept.pop("fullname", None)
        row._values = kept | dict(changes)  # noqa: SLF001
        self._undo.append(lambda: setattr(row, "_values", before))
        self._touch(row)
        if "azureactivedirectoryobjectid" in changes:
            self._by_directory_id = None
        return row

    def insert(self, values: Mapping[str, Any]) -> UserRow:
        """Add a row; an id is made where none is given. KeyError for unknown attributes, ValueError for a known id."""
        _check_names(values)
        user_id = str(values.get("systemuserid") or uuid.uuid4()).lower()
        if user_id in self._rows:
            raise ValueError(user_id)
        row = UserRow(self, {**values, "systemuserid": user_id})
        row._values["createdon"] = text_of(self._world.clock.now())  # noqa: SLF001
        self._rows[user_id] = row
        self._touch(row)
        if self._sorted is not None:
            insort(self._sorted, user_id)
        self._by_directory_id = None
        self._undo.append(lambda: self._drop(user_id))
        return row

    def delete(self, user_id: str) -> None:
        """Remove a row for good. KeyError for an unknown id."""
        row = self.get(user_id)
        if row is None:
            raise KeyError(user_id)
        key = row["systemuserid"]
        self._drop(key)
        self._undo.append(lambda: self._restore(row))
        self._log.append((self._next_version(), key, True))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes made inside or none: an exception takes back what was done. Versions are used up all the same."""
        self._undo.clear()
        logged = len(self._log)
        try:
            yield
        except BaseException:
            for take_back in reversed(list(self._undo)):
                take_back()
            del self._log[logged:]
            raise

    def changes_since(self, version: int, upto: int) -> Changes:
        """Rows changed and rows deleted after `version` up to and with `upto`, in the order of their versions."""
        begin = bisect_right(self._log, version, key=lambda entry: entry[0])
        newest: dict[str, tuple[int, bool]] = {}
        for at, key, deleted in self._log[begin:]:
            if at <= upto:
                newest[key] = (at, deleted)
        entries = sorted((at, key, deleted) for key, (at, deleted) in newest.items())
        changed = [(at, key) for at, key, deleted in entries if not deleted and self._is_at(key, at)]
        return Changes(changed, [(at, key) for at, key, deleted in entries if deleted])

    def _drop(self, key: str) -> None:
        del self._rows[key]
        self._sorted = self._by_directory_id = None

    def _restore(self, row: UserRow) -> None:
        self._rows[row["systemuserid"]] = row
        self._sorted = self._by_directory_id = None

    def _is_at(self, key: str, version: int) -> bool:
        row = self._rows.get(key)
        return row is not None and row["versionnumber"] == version

    def _touch(self, row: UserRow) -> None:
        version = self._next_version()
        row._values["modifiedon"] = text_of(self._world.clock.now())  # noqa: SLF001 - table and row are one
        row._values["versionnumber"] = version  # noqa: SLF001
        self._log.append((version, row["systemuserid"], False))

    def _next_version(self) -> int:
        self.version += 1
        return self.version


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


def _defaults(now: datetime) -> dict[str, Any]:
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


def _check_names(values: Mapping[str, Any]) -> None:
    unknown = values.keys() - SYSTEMUSER.attributes.keys()
    if unknown:
        raise KeyError(f"systemuser has no attribute {', '.join(sorted(unknown))}")
