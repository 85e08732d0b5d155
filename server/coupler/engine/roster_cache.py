"""Rosters read once and used by everybody: of CRM users per organization, of salespeople per connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from coupler.domain.errors import StillReading, UnexpectedAnswer
from coupler.domain.mapping import IntegrationTableMapping, filter_failures
from coupler.domain.matching import Person
from coupler.domain.records import Record, System
from coupler.engine.pairs import Scope
from coupler.engine.ports import Clock, Page
from coupler.engine.roster import Roster

FRESH = timedelta(minutes=10)
USABLE = timedelta(hours=1)
PAUSE = timedelta(seconds=30)
PATIENCE = 3.0
RETRY_AFTER = 2
MOST_PEOPLE = 400_000
_PAGE = 5_000
OWN_USER = "own_user"

_POOL = ThreadPoolExecutor(max_workers=8, thread_name_prefix="roster")


def salesperson_of(mapping: IntegrationTableMapping, record: Record) -> Person:
    """What matching looks at in a NAV record."""
    table, match = mapping.nav, mapping.match
    return Person(
        record.ref.key,
        record.text(table.name_field),
        record.text(match.nav_email),
        phone=record.text(match.nav_phone),
    )


def user_of(mapping: IntegrationTableMapping, record: Record) -> Person:
    """What matching looks at in a CRM record."""
    table, match = mapping.crm, mapping.match
    return Person(
        record.ref.key,
        record.text(table.name_field),
        record.text(match.crm_email),
        record.text(match.crm_sign_in),
        record.text(match.crm_phone),
    )


def exclusion(scope: Scope, user: Record) -> tuple[str, ...]:
    """Why a user may not be coupled: the mapping's filter (domain R-16), or being Coupler's own (R-22)."""
    why = tuple(condition.health for condition in filter_failures(scope.mapping, user))
    return (*why, OWN_USER) if user.ref.key == scope.crm.own_key() else why


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a roster comes from; equal keys mean the same people seen with the same rights."""

    key: Hashable
    system: System
    page: Callable[[str | None], Page]
    entry: Callable[[Record], tuple[Person, tuple[str, ...]]]


def _salespeople(scope: Scope) -> _Source:
    mapping = scope.mapping
    return _Source(
        (System.NAV, scope.connection.name, scope.connection.nav, mapping.name, mapping.nav_fields()),
        System.NAV,
        lambda cursor: scope.nav.page(None, _PAGE, cursor),
        lambda record: (salesperson_of(mapping, record), ()),
    )


def _users(scope: Scope) -> _Source:
    """Shared by the connections to an organization that sign in as the same user: another one may see less.

    Asking who that is, once, also proves that the connection can sign in at all.
    """
    mapping = scope.mapping
    return _Source(
        (System.CRM, scope.connection.crm.api_url, scope.crm.own_key(), mapping.name, mapping.crm_fields()),
        System.CRM,
        lambda cursor: scope.crm.page(None, _PAGE, cursor),
        lambda record: (user_of(mapping, record), exclusion(scope, record)),
    )


@dataclass(slots=True)
class _Kept:
    """What is known of one source: the last roster, the reading under way, and when one last failed."""

    used_at: datetime
    roster: Roster | None = None
    reading: Future[Roster] | None = None
    failed_at: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Whether the last reading failed a moment ago, so that the system is left in peace."""
        return self.failed_at is not None and now - self.failed_at < PAUSE


class RosterCache:
    """Keeps rosters for an hour of use. Ten minutes after it was read, one is read again in the background.

    However many ask, a table is read once at a time. At most 400,000 people are kept in all, those used last.
    """

    def __init__(self, clock: Clock, most_people: int = MOST_PEOPLE, patience: float = PATIENCE) -> None:
        self._clock = clock
        self._most_people = most_people
        self._patience = patience
        self._lock = threading.Lock()
        self._kept: dict[Hashable, _Kept] = {}

    def of(self, scope: Scope) -> tuple[Roster, Roster]:
        """The salespeople and the users of a connection.

        Raises StillReading when the first reading takes longer than a request should wait, and whatever error
        ended it.
        """
        sources = (_salespeople(scope), _users(scope))
        asked = [self._ask(source) for source in sources]
        wait([future for future in asked if isinstance(future, Future)], timeout=self._patience)
        salespeople, users = (_landed(roster, source) for roster, source in zip(asked, sources, strict=True))
        return salespeople, users

    def people_kept(self) -> int:
        """How many people are in memory."""
        with self._lock:
            return sum(len(kept.roster) for kept in self._kept.values() if kept.roster is not None)

    def _ask(self, source: _Source) -> Roster | Future[Roster]:
        now = self._clock.now()
        with self._lock:
            self._forget_unused(now)
            kept = self._kept.setdefault(source.key, _Kept(now))
            kept.used_at = now
            if kept.roster is not None and now - kept.roster.as_of < USABLE:
                if now - kept.roster.as_of >= FRESH and kept.reading is None and not kept.rests(now):
                    kept.reading = _POOL.submit(self._read, source, kept)
                return kept.roster
            if kept.reading is None:
                kept.reading = _POOL.submit(self._read, source, kept)
            return kept.reading

    def _read(self, source: _Source, kept: _Kept) -> Roster:
        """Read the whole table; runs in the pool, its result or error is for everybody who waits."""
        as_of = self._clock.now()
        roster: Roster | None = None
        try:
            roster = Roster(_entries(source), as_of, self._most_people)
            return roster
        finally:
            with self._lock:
                kept.reading = None
                kept.failed_at = self._clock.now() if roster is None else None
                if roster is not None:
                    kept.roster = roster
                    self._make_room(kept)

    def _forget_unused(self, now: datetime) -> None:
        for key, kept in list(self._kept.items()):
            if now - kept.used_at >= USABLE and kept.reading is None:
                del self._kept[key]

    def _make_room(self, newest: _Kept) -> None:
        """Let go of what was used longest ago, but never of what was just read."""
        by_use = sorted(self._kept.items(), key=lambda item: item[1].used_at)
        people = sum(len(kept.roster) for _, kept in by_use if kept.roster is not None)
        for key, kept in by_use:
            if people <= self._most_people:
                return
            if kept is not newest and kept.roster is not None and kept.reading is None:
                people -= len(kept.roster)
                del self._kept[key]


def _landed(asked: Roster | Future[Roster], source: _Source) -> Roster:
    if isinstance(asked, Roster):
        return asked
    if not asked.done():
        name = "users" if source.system is System.CRM else "salespeople"
        raise StillReading(
            f"The {name} are being read for the first time; suggestions follow in a moment.",
            system=source.system.value,
            retry_after=RETRY_AFTER,
        )
    return asked.result()


def _entries(source: _Source) -> Iterator[tuple[Person, tuple[str, ...]]]:
    """Everybody page by page, each record once although pages may overlap when rows move (protocols U4)."""
    seen: set[str] = set()
    cursors: set[str | None] = {None}
    cursor: str | None = None
    while True:
        page = source.page(cursor)
        for record in page.records:
            if record.ref.key not in seen:
                seen.add(record.ref.key)
                yield source.entry(record)
        cursor = page.cursor
        if cursor is None:
            return
        if cursor in cursors:
            raise UnexpectedAnswer("The list does not end: a page came twice.", system=source.system.value)
        cursors.add(cursor)
