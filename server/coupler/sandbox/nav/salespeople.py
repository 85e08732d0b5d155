"""Table 13 Salesperson/Purchaser: rows by company, and the rules that the table itself enforces (protocols 4)."""

import uuid
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from coupler.sandbox.people import NAMESPACE, Person

COMPANY_NAMES = ("CRONUS International Ltd.", "A & B's Å", "Nordvind A/S")
NO_DATE = date(1, 1, 1)
SEEDED = datetime(2026, 1, 5, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Salesperson:
    """One row. Rows are never changed, only replaced, so that companies can share those of the seed."""

    code: str
    name: str = ""
    job_title: str = ""
    commission: Decimal = Decimal(0)
    phone: str = ""
    email: str = ""
    email2: str = ""
    next_task: date = NO_DATE
    privacy_blocked: bool = False
    blocked: bool = False
    dimension1: str = ""
    dimension2: str = ""
    modified: datetime = SEEDED
    open_task: bool = False
    # None: follows from company and code, so that seeding a hundred thousand rows makes no ids.
    system_id: str | None = None


class Company:
    """One company's salespeople by code. Not thread-safe: hold the world's lock."""

    def __init__(self, name: str, rows: Iterable[Salesperson] = ()) -> None:
        self.name = name
        self.id = str(uuid.uuid5(NAMESPACE, f"company {name}"))
        self.dimensions = {1: ("ADM", "PROD", "SALES"), 2: ("HOME", "EXPORT")}
        self._rows = {row.code: row for row in rows}
        self._codes = sorted(self._rows)
        self._codes_by_id: dict[str, str] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Salesperson]:
        """Rows in the order of the primary key."""
        return (self._rows[code] for code in self._codes)

    def get(self, code: str) -> Salesperson | None:
        """The row with exactly this code."""
        return self._rows.get(code)

    def after(self, code: str) -> Iterator[Salesperson]:
        """Rows whose code follows `code`, in key order: the next page."""
        start = bisect_left(self._codes, code)
        if start < len(self._codes) and self._codes[start] == code:
            start += 1
        return (self._rows[self._codes[i]] for i in range(start, len(self._codes)))

    def system_id(self, row: Salesperson) -> str:
        """The row's SystemId, lower case without braces."""
        return row.system_id or str(uuid.uuid5(NAMESPACE, f"{self.id} {row.code}"))

    def by_system_id(self, system_id: str) -> Salesperson | None:
        """The row with this SystemId."""
        if self._codes_by_id is None:
            self._codes_by_id = {self.system_id(row): row.code for row in self._rows.values()}
        code = self._codes_by_id.get(system_id)
        return None if code is None else self._rows[code]

    def put(self, row: Salesperson, old_code: str | None = None) -> Salesperson:
        """Insert, replace or (with another `old_code`) rename; the SystemId of a renamed row stays. Checks nothing."""
        if old_code is not None and old_code != row.code:
            row = replace(row, system_id=self.system_id(self._rows[old_code]))
            self.remove(old_code)
        if row.code not in self._rows:
            insort(self._codes, row.code)
        self._rows[row.code] = row
        if self._codes_by_id is not None:
            self._codes_by_id[self.system_id(row)] = row.code
        return row

    def remove(self, code: str) -> None:
        """Delete the row; KeyError when there is none."""
        row = self._rows.pop(code)
        del self._codes[bisect_left(self._codes, code)]
        if self._codes_by_id is not None:
            self._codes_by_id.pop(self.system_id(row), None)


def seed_companies(people: Sequence[Person]) -> dict[str, Company]:
    """All companies with the same salespeople, each with rows of its own."""
    rows = [_row(person, i) for i, person in enumerate(people) if person.salesperson]
    return {name: Company(name, rows) for name in COMPANY_NAMES}


def _row(person: Person, i: int) -> Salesperson:
    return Salesperson(
        code=person.salesperson or "",
        name=person.nav_name,
        job_title=person.nav_job_title[:30],
        commission=Decimal(i % 4) * Decimal("2.5"),
        phone=person.nav_phone,
        email=person.nav_email,
        privacy_blocked=person.nav_privacy_blocked,
        blocked=person.nav_blocked,
        next_task=date(2026, 3, 2) if person.nav_open_task else NO_DATE,
        open_task=person.nav_open_task,
        modified=SEEDED + timedelta(minutes=i),
    )
