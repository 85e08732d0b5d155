"""Setting up, looking at and deleting couplings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from coupler.domain.access import Actor, Role, require_connection, require_role
from coupler.domain.comparison import Comparison, compare
from coupler.domain.coupling import CouplePlan, Coupling, Origin, couple, kept_side, unknown_coupling
from coupler.domain.errors import (
    AlreadyCoupled,
    CouplerError,
    InvalidInput,
    NotEligible,
    RecordNotFound,
    Stale,
)
from coupler.domain.history import Deed, HistoryEntry, entry_of, uncoupled
from coupler.domain.mapping import Direction, filter_failures, require_direction, require_eligible
from coupler.domain.records import Record, System
from coupler.domain.values import guid, key_forms, nav_key
from coupler.engine.pairs import Pair, Pairs, Scope
from coupler.engine.ports import Clock, CouplingFilter, CouplingStore, Ids
from coupler.engine.synchronizer import Outcome, Synchronizer

_MOST_TRIES = 5


class SynchronizeAfterCoupling(StrEnum):
    """The option of the coupling window (domain 2.1, H-03)."""

    NO = "no"
    USE_CRM_DATA = "use_crm_data"
    USE_NAV_DATA = "use_nav_data"


_DIRECTIONS = {
    SynchronizeAfterCoupling.USE_CRM_DATA: Direction.FROM_INTEGRATION_TABLE,
    SynchronizeAfterCoupling.USE_NAV_DATA: Direction.TO_INTEGRATION_TABLE,
}


@dataclass(frozen=True, slots=True)
class CoupleOrder:
    """What a person asked for in the coupling window."""

    connection: str
    mapping: str
    nav_key: str
    crm_id: str
    synchronize: SynchronizeAfterCoupling = SynchronizeAfterCoupling.NO
    move: bool = False
    origin: Origin = Origin.MANUAL


@dataclass(frozen=True, slots=True)
class SetUp:
    """Both facts: the coupling (`created` False when it was there already) and how the synchronization went."""

    coupling: Coupling
    created: bool
    outcome: Outcome | None = None
    failure: CouplerError | None = None


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """The Coupled Records of a pair that may or may not be coupled, read live (domain S-14)."""

    comparison: Comparison
    nav: Record | None
    crm: Record | None
    coupling: Coupling | None
    not_eligible: tuple[str, ...]


class Couplings:
    """Use cases around couplings; every one checks role and grant first."""

    def __init__(
        self, couplings: CouplingStore, pairs: Pairs, synchronizer: Synchronizer, clock: Clock, ids: Ids
    ) -> None:
        self._couplings = couplings
        self._pairs = pairs
        self._synchronizer = synchronizer
        self._clock = clock
        self._ids = ids

    def get(self, coupling: str, actor: Actor) -> Coupling:
        """One coupling; another connection's is as unknown as one that does not exist."""
        require_role(actor, Role.READER)
        found = self._couplings.get(coupling)
        if not actor.sees(found.connection):
            raise unknown_coupling()
        return found

    def find(
        self, which: CouplingFilter, limit: int, cursor: str | None, actor: Actor
    ) -> tuple[Sequence[Coupling], str | None]:
        """A page of couplings within the grant."""
        require_role(actor, Role.READER)
        for connection in which.connections or ():
            require_connection(actor, connection)
        within = which.connections if which.connections is not None else actor.connections
        return self._couplings.find(replace(which, connections=within), limit, cursor)

    def compare(self, connection: str, mapping: str, nav: str | None, crm: str | None, actor: Actor) -> ComparisonView:
        """Both sides live. A missing partner is filled in from the coupling, if there is one.

        A partner that was filled in may be gone; its side is then empty, and another can be chosen (domain U-03).
        """
        require_role(actor, Role.READER)
        scope = self._pairs.scope(connection, mapping, actor)
        key = nav_key(nav) if nav is not None else None
        crm_id = guid(crm) if crm is not None else None
        coupling, filled_in = self._coupling_of(scope, key, crm_id), None
        if coupling is not None:
            filled_in = System.NAV if key is None else System.CRM if crm_id is None else None
            key, crm_id = key or coupling.nav_key, crm_id or coupling.crm_id
        nav_record, crm_record = self._pairs.read_present(scope, key, crm_id, may_be_gone=filled_in)
        comparison = compare(scope.mapping, nav_record, crm_record, self._pairs.nav_lengths(scope))
        reasons = filter_failures(scope.mapping, crm_record) if crm_record else ()
        return ComparisonView(
            comparison, nav_record, crm_record, coupling, tuple(condition.reason for condition in reasons)
        )

    def _coupling_of(self, scope: Scope, key: str | None, crm_id: str | None) -> Coupling | None:
        if key is None and crm_id is None:
            raise InvalidInput("Name a salesperson (nav_key), a CRM user (crm_id) or both.")
        where = (scope.connection.name, scope.mapping.name)
        if key is None:
            return self._couplings.by_crm(*where, crm_id) if crm_id is not None else None
        found = (self._couplings.by_nav(*where, form) for form in key_forms(key))
        return next((coupling for coupling in found if coupling is not None), None)

    def set_up(self, order: CoupleOrder, actor: Actor) -> SetUp:
        """Couple the pair and, if asked, synchronize it; the coupling stays when that fails (domain H-05)."""
        require_role(actor, Role.OPERATOR)
        scope = self._pairs.scope(order.connection, order.mapping, actor)
        if order.synchronize in _DIRECTIONS:
            require_direction(scope.mapping, _DIRECTIONS[order.synchronize])
        pair = self._pairs.read(scope, nav_key(order.nav_key), guid(order.crm_id))
        require_eligible(scope.mapping, pair.crm)
        self._refuse_own_user(scope, pair.crm)
        coupling, created = self._insert(scope, pair, order, actor)
        if order.synchronize is SynchronizeAfterCoupling.NO:
            return SetUp(coupling, created)
        try:
            outcome = self._synchronizer.synchronize(coupling, actor, force=True, observed=pair)
        except CouplerError as failure:
            return SetUp(self._couplings.get(coupling.id), created, failure=failure)
        return SetUp(outcome.coupling, created, outcome)

    def _refuse_own_user(self, scope: Scope, crm: Record) -> None:
        if scope.crm.own_key() == crm.ref.key:
            name = crm.text(scope.mapping.crm.name_field)
            raise NotEligible(
                f"{name} is the user Coupler itself signs in to CRM with; it cannot be coupled.",
                reasons=["integration_user"],
            )

    def _insert(self, scope: Scope, pair: Pair, order: CoupleOrder, actor: Actor) -> tuple[Coupling, bool]:
        """Plan on what is stored and insert; the database decides a race, the loser plans again."""
        for _ in range(_MOST_TRIES):
            plan = self._plan(scope, pair, move=order.move)
            if plan.present is not None:
                return plan.present, False
            coupling, entries = self._compose(scope, pair, plan, order, actor)
            if self._couplings.insert(coupling, plan.ends, entries):
                return coupling, True
        raise Stale("The couplings of these two records kept changing; look at them again and repeat.")

    def _plan(self, scope: Scope, pair: Pair, *, move: bool) -> CouplePlan:
        where = (scope.connection.name, scope.mapping.name)
        by_nav = self._couplings.by_nav(*where, pair.nav.ref.key)
        by_crm = self._couplings.by_crm(*where, pair.crm.ref.key)
        if by_nav is None and by_crm is not None and by_crm.nav_key == pair.nav.ref.key:
            by_nav = by_crm  # Somebody coupled this very pair between the two reads: no change (domain R-05).
        names = (pair.nav.text(scope.mapping.nav.name_field), pair.crm.text(scope.mapping.crm.name_field))
        key, crm_id = pair.nav.ref.key, pair.crm.ref.key
        try:
            return couple(key, crm_id, by_nav=by_nav, by_crm=by_crm, move=move, names=names)
        except AlreadyCoupled:
            if by_crm is None or self._is_alive(scope, by_crm):
                raise
            # The holder no longer exists in NAV: its dead coupling gives way (domain R-02).
            plan = couple(key, crm_id, by_nav=by_nav, by_crm=None, move=move, names=names)
            return CouplePlan(ends=(*plan.ends, by_crm))

    def _is_alive(self, scope: Scope, holder: Coupling) -> bool:
        try:
            scope.nav.read(holder.nav_key)
        except RecordNotFound:
            return False
        return True

    def _compose(
        self, scope: Scope, pair: Pair, plan: CouplePlan, order: CoupleOrder, actor: Actor
    ) -> tuple[Coupling, list[HistoryEntry]]:
        fresh = Coupling(
            id=self._ids.new(),
            connection=scope.connection.name,
            mapping=scope.mapping.name,
            nav_key=pair.nav.ref.key,
            nav_stable_id=pair.nav.stable_id,
            crm_id=pair.crm.ref.key,
            nav_name=pair.nav.text(scope.mapping.nav.name_field),
            crm_name=pair.crm.text(scope.mapping.crm.name_field),
            origin=order.origin,
            created_at=self._clock.now(),
            created_by=actor.name,
        )
        previous = next((end for end in plan.ends if end.nav_key == fresh.nav_key), None)
        if previous is not None:
            fresh = replace(fresh, nav=kept_side(previous.nav))
        entries = [self._ended(end, actor, f"Gave way to {fresh.nav_key}.") for end in plan.ends if end is not previous]
        entries.append(self._begun(fresh, previous, actor))
        return fresh, entries

    def _begun(self, coupling: Coupling, previous: Coupling | None, actor: Actor) -> HistoryEntry:
        deed = Deed.MOVE if previous else Deed.COUPLE
        before = {"crm_id": previous.crm_id, "crm_name": previous.crm_name} if previous else {}
        after = {"crm_id": coupling.crm_id, "crm_name": coupling.crm_name}
        return entry_of(coupling, deed, self._ids.new(), self._clock.now(), actor.name, before=before, after=after)

    def _ended(self, coupling: Coupling, actor: Actor, detail: str = "") -> HistoryEntry:
        return uncoupled(coupling, self._ids.new(), self._clock.now(), actor.name, detail)

    def remove(self, coupling: str, version: int, actor: Actor) -> HistoryEntry:
        """Delete the coupling and nothing else (domain R-07). Returns the entry that can be undone.

        Raises NotFound, or Stale when it changed since `version`.
        """
        require_role(actor, Role.OPERATOR)
        found = self.get(coupling, actor)
        if found.version != version:
            raise Stale(f"The coupling of {found.nav_key} changed since it was read.", coupling=coupling)
        entry = self._ended(found, actor)
        if not self._couplings.remove(found, entry):
            raise Stale(f"The coupling of {found.nav_key} changed while it was being deleted.", coupling=coupling)
        return entry

    def synchronize(self, coupling: str, actor: Actor, *, direction: Direction, force: bool, dry_run: bool) -> Outcome:
        """Synchronize Now for one coupling (domain S-25)."""
        found = self.get(coupling, actor)
        return self._synchronizer.synchronize(found, actor, direction=direction, force=force, dry_run=dry_run)
