"""Synchronizing one pair: read, decide, write down the intent, write, record the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from coupler.domain.access import Actor, Role, require_role
from coupler.domain.comparison import Comparison, ComparisonRow, compare, snapshot
from coupler.domain.coupling import Coupling, Result, SideState
from coupler.domain.errors import (
    BothChanged,
    CouplerError,
    NotEligible,
    RecordChanged,
    RecordNotFound,
    Stale,
    SynchronizationConflict,
    Unavailable,
)
from coupler.domain.history import Deed, HistoryEntry, Stage
from coupler.domain.mapping import Direction, require_direction, require_eligible
from coupler.domain.records import Record, System
from coupler.domain.synchronization import Action, Decision, Question, conflict, decide
from coupler.engine.pairs import Pair, Pairs, Scope
from coupler.engine.ports import Clock, CouplingStore, HistoryStore, Ids

_MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A NAV field before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a synchronization did, or with a dry run would do. `undo` is the history entry that can be taken back."""

    action: Action
    changes: tuple[FieldChange, ...]
    warnings: tuple[Mapping[str, object], ...]
    coupling: Coupling
    undo: str | None = None
    question: Question | None = None


class Synchronizer:
    """Carries data from CRM to NAV for one coupling. Never writes to CRM (domain S-08, F-01)."""

    def __init__(self, couplings: CouplingStore, history: HistoryStore, pairs: Pairs, clock: Clock, ids: Ids) -> None:
        self._couplings = couplings
        self._history = history
        self._pairs = pairs
        self._clock = clock
        self._ids = ids

    def synchronize(
        self,
        coupling: Coupling,
        actor: Actor,
        *,
        direction: Direction = Direction.FROM_INTEGRATION_TABLE,
        force: bool = False,
        dry_run: bool = False,
        observed: Pair | None = None,
    ) -> Outcome:
        """Make NAV hold the CRM values. At most two reads and one write where nobody interferes.

        `force` answers the questions of Y-03 and Y-04 with yes; `observed` saves reading again right after
        coupling. A failure is stored on the coupling and raised again; the coupling stays (domain H-05).
        """
        require_role(actor, Role.OPERATOR)
        scope = self._pairs.scope(coupling.connection, coupling.mapping, actor)
        require_direction(scope.mapping, direction)
        try:
            pair = observed or self._pairs.read(scope, coupling.nav_key, coupling.crm_id)
            require_eligible(scope.mapping, pair.crm)
            return self._carry(scope, coupling, pair, actor, force=force, dry_run=dry_run)
        except SynchronizationConflict:
            raise
        except CouplerError as error:
            if not dry_run:
                self._note_failure(coupling, error)
            raise

    def _carry(
        self, scope: Scope, coupling: Coupling, pair: Pair, actor: Actor, *, force: bool, dry_run: bool
    ) -> Outcome:
        lengths = self._pairs.nav_lengths(scope)
        if not dry_run:
            coupling = self._settle_intents(coupling, pair.nav)
        decision = decide(scope.mapping, coupling, pair.nav, pair.crm, lengths, force=force)
        if dry_run:
            return _outcome(decision, coupling, None)
        if decision.question is not None:
            raise conflict(decision.question, coupling.nav_name, coupling.crm_name)
        if decision.action is Action.IGNORE_UNCHANGED:
            return _outcome(decision, self._record(scope, coupling, pair, actor, lengths, None), None)
        written, entry = self._write(scope, coupling, pair.nav, decision, actor)
        after = self._record(scope, coupling, Pair(written, pair.crm), actor, lengths, entry)
        return _outcome(decision, after, entry.id)

    def _write(
        self, scope: Scope, coupling: Coupling, nav: Record, decision: Decision, actor: Actor
    ) -> tuple[Record, HistoryEntry]:
        """Intent, write, and an answer that is known; re-reads and re-decides when the row moved (protocols S7)."""
        for _ in range(_MOST_TRIES):
            entry = self._intend(coupling, nav, decision, actor)
            try:
                return self._send(scope, nav, decision.changes), replace(entry, stage=Stage.CONFIRMED)
            except RecordChanged:
                self._history.close(replace(entry, stage=Stage.NOT_APPLIED, detail="The row changed meanwhile."))
                nav = self._unmoved(scope, nav, decision)
            except Unavailable as error:
                if not error.outcome_unknown:
                    self._history.close(replace(entry, stage=Stage.NOT_APPLIED, detail=error.message))
                raise
            except CouplerError as error:
                self._history.close(replace(entry, stage=Stage.REFUSED, detail=error.message))
                raise
        raise RecordChanged(
            f"{coupling.nav_key} kept changing in NAV while it was being synchronized; nothing was written.",
            system="nav",
        )

    def _send(self, scope: Scope, nav: Record, changes: Mapping[str, str]) -> Record:
        """Update; when the answer got lost, look instead of sending again first (trust 2.2)."""
        try:
            return scope.nav.update(nav, changes)
        except Unavailable as error:
            if not error.outcome_unknown:
                raise
            seen = self._look(scope, nav, error)
            if _holds(seen, changes):
                return seen
            if seen.etag != nav.etag:
                raise RecordChanged("The row changed while an answer was lost.", system="nav") from error
            return scope.nav.update(seen, changes)

    def _look(self, scope: Scope, nav: Record, lost: Unavailable) -> Record:
        """The row after an answer got lost. When it cannot be read either, the outcome stays unknown."""
        try:
            return scope.nav.read(nav.ref.key)
        except CouplerError as error:
            raise lost from error

    def _unmoved(self, scope: Scope, nav: Record, decision: Decision) -> Record:
        """Read again; go on only if nobody touched the fields we are about to write (protocols S8)."""
        seen = scope.nav.read(nav.ref.key)
        touched = [name for name in decision.changes if seen.text(name) != nav.text(name)]
        if touched:
            raise BothChanged(
                f"{', '.join(touched)} of {nav.ref.key} changed in NAV during the synchronization. "
                "Nothing was written; look at the differences again.",
                fields=touched,
            )
        return seen

    def _intend(self, coupling: Coupling, nav: Record, decision: Decision, actor: Actor) -> HistoryEntry:
        entry = HistoryEntry(
            id=self._ids.new(),
            at=self._clock.now(),
            by=actor.name,
            deed=Deed.SYNCHRONIZE,
            stage=Stage.INTENT,
            connection=coupling.connection,
            mapping=coupling.mapping,
            coupling=coupling.id,
            nav_key=coupling.nav_key,
            crm_id=coupling.crm_id,
            nav_name=coupling.nav_name,
            crm_name=coupling.crm_name,
            before={name: nav.text(name) for name in decision.changes},
            after=dict(decision.changes),
        )
        self._history.add(entry)
        return entry

    def _settle_intents(self, coupling: Coupling, nav: Record) -> Coupling:
        """Close what a dead process left open, by what NAV holds now; an applied one belongs to the base."""
        for entry in self._history.open_intents(coupling.id):
            after = {name: str(value) for name, value in entry.after.items()}
            applied = _holds(nav, after)
            stage = Stage.CONFIRMED if applied else Stage.NOT_APPLIED
            self._history.close(replace(entry, stage=stage, detail="Settled by reading the record later."))
            if applied and coupling.base is not None:
                base = {**coupling.base, "nav": {**coupling.base.get("nav", {}), **after}}
                coupling = replace(coupling, base=base)
        return coupling

    def _record(
        self,
        scope: Scope,
        coupling: Coupling,
        pair: Pair,
        actor: Actor,
        lengths: Mapping[str, int | None],
        entry: HistoryEntry | None,
    ) -> Coupling:
        """Store the outcome; times only move forward (domain Y-13)."""
        after = compare(scope.mapping, pair.nav, pair.crm, lengths)
        outcome = replace(
            coupling,
            nav_name=pair.nav.text(scope.mapping.nav.name_field),
            crm_name=pair.crm.text(scope.mapping.crm.name_field),
            nav_stable_id=pair.nav.stable_id or coupling.nav_stable_id,
            nav=_later(coupling.nav, pair.nav),
            crm=_later(coupling.crm, pair.crm),
            base=snapshot(scope.mapping, pair.nav, pair.crm),
            last_synchronized_at=self._clock.now(),
            last_synchronized_by=actor.name,
            last_error=None,
            differs=after.differing > 0,
            skipped=False,
            health=(),
        )
        try:
            return self._couplings.save(outcome, entry)
        except Stale:
            # Someone coupled, moved or synchronized meanwhile; what was written to NAV must still be on record.
            if entry is not None:
                self._history.close(replace(entry, detail="The coupling changed while NAV was being written."))
            return self._couplings.get(coupling.id)

    def _note_failure(self, coupling: Coupling, error: CouplerError) -> None:
        """Keep the failure on the coupling; losing this note is better than hiding the error behind another."""
        failed = replace(
            coupling,
            nav=replace(coupling.nav, result=Result.FAILURE),
            last_error={"code": error.code, "message": error.message, "fix": error.fix},
            health=_health(error),
        )
        try:
            self._couplings.save(failed, None)
        except CouplerError:
            return


def _holds(nav: Record, values: Mapping[str, str]) -> bool:
    return all(nav.text(name).rstrip(" ") == value.rstrip(" ") for name, value in values.items())


def _later(side: SideState, record: Record) -> SideState:
    known = [time for time in (side.modified_on, record.modified_on) if time is not None]
    return SideState(max(known) if known else None, Result.SUCCESS)


def _health(error: CouplerError) -> tuple[str, ...]:
    if isinstance(error, RecordNotFound):
        return ("salesperson_gone",) if error.system == System.NAV else ("user_gone",)
    if isinstance(error, NotEligible):
        return tuple(error.details.get("reasons", ()))
    return ()


def _outcome(decision: Decision, coupling: Coupling, undo: str | None) -> Outcome:
    rows = {row.nav_field: row for row in decision.comparison.rows}
    changes = tuple(FieldChange(name, rows[name].nav_value, value) for name, value in decision.changes.items())
    return Outcome(decision.action, changes, warnings(decision.comparison), coupling, undo, decision.question)


def warnings(comparison: Comparison) -> tuple[Mapping[str, object], ...]:
    """What a person should know about the values: cut, blanked or kept (domain N-03)."""
    return tuple(warning for row in comparison.rows for warning in _warnings_of(row))


def _warnings_of(row: ComparisonRow) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    if row.cut:
        text = f"{row.nav_field}: {row.cut} characters of the CRM value do not fit and are cut."
        found.append({"code": "value_cut", "field": row.nav_field, "cut": row.cut, "message": text})
    if row.blanks:
        text = f"{row.nav_field}: CRM is blank, the NAV value is cleared."
        found.append({"code": "value_blanked", "field": row.nav_field, "message": text})
    if row.kept:
        text = f"{row.nav_field}: CRM is blank, the NAV value is kept."
        found.append({"code": "blank_kept", "field": row.nav_field, "message": text})
    return found
