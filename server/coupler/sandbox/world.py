"""The whole state of the sandbox: people, users, companies, switches, faults and journal, behind one lock."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from coupler.sandbox.faults import FaultList
from coupler.sandbox.identity.state import IdentityState
from coupler.sandbox.journal import Journal
from coupler.sandbox.nav.salespeople import Company, seed_companies
from coupler.sandbox.people import Person, sample_people
from coupler.sandbox.switches import Switches

if TYPE_CHECKING:
    from coupler.sandbox.crm.users import UserTable


class Clock:
    """The vendors' clock: real time plus a shift, so that tokens and delta links can be made to expire."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def now(self) -> datetime:
        """The sandbox's time, aware, UTC."""
        return datetime.now(UTC) + self._shift

    def shift(self, seconds: float) -> None:
        """Move the clock by `seconds`, on top of what it was moved before; negative goes back."""
        self._shift += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Back to real time."""
        self._shift = timedelta()


@dataclass(slots=True)
class Urls:
    """Base URLs without trailing slash. `coupler` is where the host pages' buttons lead; None hides them."""

    crm: str = "http://127.0.0.1:8001"
    nav: str = "http://127.0.0.1:8002"
    identity: str = "http://127.0.0.1:8003"
    control: str = "http://127.0.0.1:8004"
    coupler: str | None = None


# Tables of the other systems are imported late, because they are written against this class.
class World:
    """Everything the sandbox knows. Hold `lock` while reading or changing people, users, companies or switches."""

    users: "UserTable"
    people: Sequence[Person]
    companies: dict[str, Company]

    def __init__(self, people: int | Sequence[Person] = 60, urls: Urls | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.urls = urls or Urls()
        self.switches = Switches()
        self.journal = Journal()
        self.faults = FaultList()
        # Files of imported solutions by the names CRM serves them under.
        self.web_resources: dict[str, bytes] = {}
        # Outlives a reset: a client's cached token goes on working, so that what is counted afterwards stays exact.
        self.identity = IdentityState()
        self._start = people
        self.reset()

    def reset(self, people: int | Sequence[Person] | None = None) -> None:
        """The state at the start again, with `people` (a number or a seed) instead of the first ones if given."""
        wanted = self._start if people is None else people
        self.seed(sample_people(wanted) if isinstance(wanted, int) else wanted)
        with self.lock:
            self.clock.reset()
            self.switches.reset()
            self.web_resources.clear()
        self.faults.clear()
        self.journal.clear()

    def seed(self, people: Sequence[Person]) -> None:
        """Replace everybody on both sides; switches, clock, faults and journal stay as they are."""
        from coupler.sandbox.crm.users import UserTable

        with self.lock:
            self.people = people
            self.companies = seed_companies(people)
            self.users = UserTable(self)
            self.users.seed(people)
