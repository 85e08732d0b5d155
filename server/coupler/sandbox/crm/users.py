"""The users of the organization: rows, their versions, and what happened to them (protocols 1.6, 1.9).

Nothing is validated here: the Web API does that, and the control API is meant to change data behind everybody's back.
"""

from __future__ import annotations

import uuid
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coupler.sandbox.crm.attributes import SYSTEMUSER
from coupler.sandbox.crm.user_rows import UserRow, default_values, seeded_values, text_of
from coupler.sandbox.people import Person

if TYPE_CHECKING:
    from coupler.sandbox.world import World

_FIRST_VERSION = 1_200_000
_NAME_PARTS = frozenset({"firstname", "middlename", "lastname"})


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
        # Made when first asked for; key is the attribute's value.
        self._indexes: dict[str, dict[str, UserRow]] = {}
        self._log: list[tuple[int, str, bool]] = []
        # How to take back the newest changes; a transaction empties it first, so a few are enough.
        self._undo: deque[Callable[[], None]] = deque(maxlen=5000)
        previous = getattr(world, "users", None)
        # A new seed goes on counting, so that version stamps from before it are recognized as too old.
        self.version = previous.version + 1000 if previous is not None else _FIRST_VERSION
        self.first_version = self.version
        self.defaults = default_values(world.clock.now())
        self._ordered: tuple[tuple[object, int], list[Any]] | None = None

    @property
    def last_name_first(self) -> bool:
        """The organization's name format."""
        return self._world.switches.crm_full_name == "last, first"

    def seed(self, people: Iterable[Person]) -> None:
        """Replace all rows by the users among `people`; there is always the integration's application user."""
        rows: dict[str, UserRow] = {}
        for values in seeded_values(people, self._world.clock.now()):
            rows[values["systemuserid"]] = UserRow(self, values)
        for row in rows.values():
            row._values["versionnumber"] = self._next_version()  # noqa: SLF001 - table and row are one
        self._rows, self._sorted = rows, None
        self._indexes.clear()
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
        return self._index("azureactivedirectoryobjectid").get(object_id.lower())

    def by_application_id(self, client_id: str) -> UserRow | None:
        """The application user of a registered application."""
        return self._index("applicationid").get(client_id.lower())

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
        if changes.keys() & self._indexes.keys():
            self._indexes.clear()
        return row

    def insert(self, values: Mapping[str, Any]) -> UserRow:
        """Add a row; an id is made where none is given. KeyError for unknown attributes, ValueError for a known id."""
        _check_names(values)
        user_id = str(values.get("systemuserid") or uuid.uuid4()).lower()
        if user_id in self._rows:
            raise ValueError(user_id)
        row = UserRow(self, {**values, "systemuserid": user_id})
        row._values["createdon"] = text_of(self._world.clock.now())  # noqa: SLF001
        self._put(row)
        self._touch(row)
        self._undo.append(lambda: self._drop(user_id))
        return row

    def delete(self, user_id: str) -> None:
        """Remove a row for good. KeyError for an unknown id."""
        row = self.get(user_id)
        if row is None:
            raise KeyError(user_id)
        key = row["systemuserid"]
        self._drop(key)
        self._undo.append(lambda: self._put(row))
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

    def _put(self, row: UserRow) -> None:
        key = row["systemuserid"]
        self._rows[key] = row
        if self._sorted is not None:
            insort(self._sorted, key)
        for attribute, index in self._indexes.items():
            if row[attribute]:
                index[row[attribute]] = row

    def _drop(self, key: str) -> None:
        row = self._rows.pop(key)
        if self._sorted is not None:
            del self._sorted[bisect_left(self._sorted, key)]
        for attribute, index in self._indexes.items():
            index.pop(row[attribute] or "", None)

    def _index(self, attribute: str) -> dict[str, UserRow]:
        if attribute not in self._indexes:
            pairs = ((row[attribute], row) for row in self._rows.values())
            self._indexes[attribute] = {value.lower(): row for value, row in pairs if value}
        return self._indexes[attribute]

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


def _check_names(values: Mapping[str, Any]) -> None:
    unknown = values.keys() - SYSTEMUSER.attributes.keys()
    if unknown:
        raise KeyError(f"systemuser has no attribute {', '.join(sorted(unknown))}")
