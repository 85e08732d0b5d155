"""The people of one table in memory, made for matching: found by address, by full name and by similar name.

The only module that knows RapidFuzz, a library of pure functions (ADR 9).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from rapidfuzz import fuzz, process

from coupler.domain.matching import SIMILAR_FROM, Person, address_key, addresses, name_key, name_orders

_SEPARATOR = "\x1f"


def alike(left: str, right: str) -> float:
    """How alike two names are, 0 to 100: one less what has to be inserted and deleted per letter of both."""
    return fuzz.ratio(left, right)


class _Index:
    """Positions by the hash of a key, 12 bytes an entry; a dictionary of texts takes ten times that.

    Two keys may have one hash: whoever asks looks at the person found.
    """

    __slots__ = ("_hashes", "_positions")

    def __init__(self, hashes: array[int], positions: array[int]) -> None:
        order = sorted(range(len(hashes)), key=hashes.__getitem__)
        self._hashes = array("q", (hashes[entry] for entry in order))
        self._positions = array("I", (positions[entry] for entry in order))

    def positions(self, key: str) -> array[int]:
        """Where the key may be, in the order in which the people came."""
        first = bisect_left(self._hashes, hash(key))
        return self._positions[first : bisect_right(self._hashes, hash(key), first)]


class _Entries:
    """An index being filled."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._positions = array("I")

    def add(self, key: str, position: int) -> None:
        """One key of the person at that position."""
        self._hashes.append(hash(key))
        self._positions.append(position)

    def index(self) -> _Index:
        """What was filled in."""
        return _Index(self._hashes, self._positions)


class Roster:
    """Everybody of one table as they were at `as_of`. Immutable; about 240 bytes a person.

    People who may not be coupled are in it, marked with why, so that they can be counted and named, never suggested.
    """

    def __init__(self, people: Iterable[tuple[Person, tuple[str, ...]]], as_of: datetime, most: int) -> None:
        """Take in at most so many people; `complete` says whether these were all."""
        self.as_of = as_of
        self.complete = True
        self._lines: list[bytes] = []
        self._names: list[str | None] = []
        self._excluded: dict[int, tuple[str, ...]] = {}
        self.reasons: Counter[str] = Counter()
        self.without_email = 0
        self._fill(people, most)

    def _fill(self, people: Iterable[tuple[Person, tuple[str, ...]]], most: int) -> None:
        by_address, by_name = _Entries(), _Entries()
        for position, (person, why) in enumerate(people):
            if position == most:
                self.complete = False
                break
            line = _packed(person)
            person = _unpacked(line)
            self._lines.append(line)
            orders = name_orders(person.name)
            self._names.append(orders[0] if orders and not why else None)
            for address in addresses(person):
                by_address.add(address, position)
            if orders:
                by_name.add(name_key(person.name), position)
            if why:
                self._excluded[position] = why
                self.reasons.update(why)
            elif not address_key(person.email):
                self.without_email += 1
        self._by_address, self._by_name = by_address.index(), by_name.index()

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def excluded(self) -> int:
        """How many may not be coupled, whatever the reasons."""
        return len(self._excluded)

    def person(self, position: int) -> Person:
        """The person at a position."""
        return _unpacked(self._lines[position])

    def may_be_coupled(self, position: int) -> bool:
        """Whether nothing excludes the person there."""
        return position not in self._excluded

    def at_address(self, address: str) -> Iterator[tuple[int, Person]]:
        """Everybody with that e-mail or sign-in name, by `address_key`."""
        for position in self._by_address.positions(address):
            person = self.person(position)
            if address in addresses(person):
                yield position, person

    def named(self, name: str) -> Iterator[tuple[int, Person]]:
        """Everybody with that full name, by `name_key`."""
        for position in self._by_name.positions(name):
            person = self.person(position)
            if name_key(person.name) == name:
                yield position, person

    def similarly_named(self, name: str, most: int) -> list[int]:
        """The positions of those who may be coupled and whose names are most like it, in either order of its words."""
        found: dict[int, float] = {}
        for order in name_orders(name):
            hits = process.extract(order, self._names, scorer=fuzz.ratio, score_cutoff=SIMILAR_FROM, limit=most)
            for _, score, position in hits:
                found[position] = max(score, found.get(position, 0.0))
        return sorted(found, key=lambda position: (-found[position], position))[:most]

    def crowd(self) -> Counted:
        """Those who may be coupled, counted by key for one answer."""
        return Counted(self)


class Counted:
    """Implements domain.matching.Crowd over a roster; remembers what it counted, so keep it for one answer only."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._at: dict[str, frozenset[str]] = {}
        self._named: dict[str, frozenset[str]] = {}

    @property
    def complete(self) -> bool:
        """Whether the roster holds the whole table."""
        return self._roster.complete

    def others_at(self, address: str, besides: str) -> int:
        """How many others have the address."""
        if address not in self._at:
            self._at[address] = self._keys(self._roster.at_address(address))
        return len(self._at[address] - {besides})

    def others_named(self, name: str, besides: str) -> int:
        """How many others have the name."""
        if name not in self._named:
            self._named[name] = self._keys(self._roster.named(name))
        return len(self._named[name] - {besides})

    def _keys(self, found: Iterator[tuple[int, Person]]) -> frozenset[str]:
        return frozenset(person.key for position, person in found if self._roster.may_be_coupled(position))


def tally(roster: Roster) -> Mapping[str, int]:
    """What can be said of everybody in it at once: how many, how many are left out, why, and how many lack an e-mail.

    Somebody may be left out for several reasons.
    """
    return {
        "total": len(roster),
        "excluded": roster.excluded,
        "no_email": roster.without_email,
        **dict(sorted(roster.reasons.items())),
    }


def _packed(person: Person) -> bytes:
    """One byte string instead of five texts; a sign-in name that repeats the e-mail, as most do, is kept once."""
    values = [person.key, person.name, person.email, person.phone]
    if person.sign_in != person.email:
        values.append(person.sign_in)
    return _SEPARATOR.join(value.replace(_SEPARATOR, " ") for value in values).encode("utf-8", "surrogatepass")


def _unpacked(line: bytes) -> Person:
    key, name, email, phone, *sign_in = line.decode("utf-8", "surrogatepass").split(_SEPARATOR)
    return Person(key, name, email, sign_in[0] if sign_in else email, phone)
