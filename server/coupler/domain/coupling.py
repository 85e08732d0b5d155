"""The stored pair of one NAV record and one CRM record, and who may be coupled to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from coupler.domain.errors import AlreadyCoupled, MoveNeedsConsent, NotFound


class Origin(StrEnum):
    """How a coupling came to be (domain N-04)."""

    MANUAL = "manual"
    MATCH = "match"
    CREATED = "created"
    IMPORT = "import"


class State(StrEnum):
    """What a person sees of a coupling's condition, as far as it was last known."""

    IN_STEP = "in_step"
    DIFFERS = "differs"
    NEVER_SYNCHRONIZED = "never_synchronized"
    FAILED = "failed"
    SKIPPED = "skipped"
    BROKEN = "broken"


class Result(StrEnum):
    """Outcome of the last synchronization of one side (domain 3.1)."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class SideState:
    """One side at the last synchronization: its time of change as the server gave it, and the outcome."""

    modified_on: datetime | None = None
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Coupling:
    """A live coupling. `base` holds both sides' mapped values after the last synchronization, None before one."""

    id: str
    connection: str
    mapping: str
    nav_key: str
    crm_id: str
    nav_name: str
    crm_name: str
    origin: Origin
    created_at: datetime
    created_by: str
    nav_stable_id: str | None = None
    nav: SideState = SideState()
    crm: SideState = SideState()
    base: Mapping[str, Mapping[str, str]] | None = None
    last_synchronized_at: datetime | None = None
    last_synchronized_by: str | None = None
    last_error: Mapping[str, str] | None = None
    differs: bool = False
    skipped: bool = False
    health: tuple[str, ...] = field(default=())
    version: int = 1

    @property
    def state(self) -> State:
        """The most urgent thing known about this coupling."""
        if {"salesperson_gone", "user_gone"} & set(self.health):
            return State.BROKEN
        if self.skipped:
            return State.SKIPPED
        if Result.FAILURE in (self.nav.result, self.crm.result):
            return State.FAILED
        if self.last_synchronized_at is None:
            return State.NEVER_SYNCHRONIZED
        return State.DIFFERS if self.differs else State.IN_STEP


@dataclass(frozen=True, slots=True)
class CouplePlan:
    """What coupling the pair takes: nothing (`present` is the coupling), or ending `ends` and inserting one."""

    present: Coupling | None = None
    ends: tuple[Coupling, ...] = ()


def couple(
    nav_key: str,
    crm_id: str,
    *,
    by_nav: Coupling | None,
    by_crm: Coupling | None,
    move: bool,
    names: tuple[str, str],
) -> CouplePlan:
    """Decide whether the pair may be coupled, given the couplings either side has in this connection.

    The same pair again is no change (domain R-05). Without `move`, a CRM record that belongs to another NAV
    record is refused (R-02) and a NAV record coupled elsewhere asks for consent (R-03, N-07); with it, what
    stands in the way is ended. `names` are the NAV and the CRM record's, for the sentence.
    """
    if by_nav is not None and by_nav.crm_id == crm_id:
        return CouplePlan(present=by_nav)
    if by_crm is not None and not move:
        raise AlreadyCoupled(
            f"{names[0]} ({nav_key}) cannot be coupled: the CRM user {names[1]} is already coupled to "
            f"{by_crm.nav_name or by_crm.nav_key} ({by_crm.nav_key}).",
            coupling=by_crm.id,
            nav_key=by_crm.nav_key,
            nav_name=by_crm.nav_name,
            crm_id=by_crm.crm_id,
            crm_name=by_crm.crm_name,
        )
    if by_nav is not None and not move:
        raise MoveNeedsConsent(
            f"{names[0]} ({nav_key}) is coupled to {by_nav.crm_name or by_nav.crm_id}. "
            f"Moving it to {names[1]} ends that coupling.",
            coupling=by_nav.id,
            nav_key=by_nav.nav_key,
            crm_id=by_nav.crm_id,
            crm_name=by_nav.crm_name,
            new_crm_id=crm_id,
            new_crm_name=names[1],
        )
    return CouplePlan(ends=tuple(coupling for coupling in (by_nav, by_crm) if coupling is not None))


def kept_side(nav: SideState) -> SideState:
    """The NAV side of a coupling that was moved: its time, but no failure of the pair that ended (domain R-03)."""
    return SideState(nav.modified_on, None if nav.result is Result.FAILURE else nav.result)


def unknown_coupling() -> NotFound:
    """The error for a coupling that does not exist or may not be seen: the same words, so that nothing is told."""
    return NotFound("There is no coupling of that id; it may have been ended meanwhile.")
