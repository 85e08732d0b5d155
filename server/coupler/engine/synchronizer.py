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
    NotCoupled,
    NotEligible,
    NotFound,
    RecordChanged,
    RecordNotFound,
    Stale,
    SynchronizationConflict,
    ValueRefused,
)
from coupler.domain.history import Deed, HistoryEntry, Stage, entry_of
from coupler.domain.mapping import Direction, require_direction, require_eligible
from coupler.domain.records import Record, System
from coupler.domain.synchronization import Action, Decision, Question, conflict, decide
from coupler.engine.nav_changes import carry_out, close, holds
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
        coupling. A failure is stored on the coupling and raised again; the coupling stays (domain H-05). Raises
        Stale when others kept changing the coupling, NotFound or NotCoupled when they ended it.
        """
        require_role(actor, Role.OPERATOR)
        scope = self._pairs.scope(coupling.connection, coupling.mapping, actor)
        require_direction(scope.mapping, direction)
        for tries_left in reversed(range(_MOST_TRIES)):
            try:
                return self._attempt(scope, coupling, observed, actor, force=force, dry_run=dry_run)
            except Stale:
                if not tries_left:
                    raise
                # Somebody else moved on with this coupling, and nothing was written here: look at what holds now.
                coupling, observed = self._couplings.get(coupling.id), None
        raise AssertionError("the last attempt returns or raises")

    def _attempt(
        self, scope: Scope, coupling: Coupling, observed: Pair | None, actor: Actor, *, force: bool, dry_run: bool
    ) -> Outcome:
        try:
            pair = observed or self._pairs.read(scope, coupling.nav_key, coupling.crm_id)
            require_eligible(scope.mapping, pair.crm)
            return self._carry(scope, coupling, pair, actor, force=force, dry_run=dry_run)
        except (SynchronizationConflict, Stale):
            raise
        except CouplerError as error:
            if not dry_run:
                self._note_failure(coupling, error)
            raise

    def _carry(
        self, scope: Scope, coupling: Coupling, pair: Pair, actor: Actor, *, force: bool, dry_run: bool
    ) -> Outcome:
        lengths = self._pairs.nav_lengths(scope)
        coupling = self._settle_intents(coupling, pair.nav, dry_run=dry_run)
        decision = decide(scope.mapping, coupling, pair.nav, pair.crm, lengths, force=force)
        if dry_run:
            return _outcome(decision, coupling, None)
        if decision.question is not None:
            self._require_current(coupling)
            raise conflict(decision.question, coupling.nav_name, coupling.crm_name)
        if decision.action is Action.IGNORE_UNCHANGED:
            return _outcome(
                decision, self._couplings.save(self._after(scope, coupling, pair, actor, lengths), None), None
            )
        coupling, written, entry = self._write(scope, coupling, pair.nav, decision, actor)
        after = self._record(self._after(scope, coupling, Pair(written, pair.crm), actor, lengths), entry)
        return _outcome(decision, after, entry.id)

    def _require_current(self, coupling: Coupling) -> None:
        """Raise Stale when others moved on with the coupling: nobody is asked about what they settled."""
        if self._couplings.get(coupling.id).version != coupling.version:
            raise Stale(f"The coupling of {coupling.nav_key} changed meanwhile.", coupling=coupling.id)

    def _settle_intents(self, coupling: Coupling, nav: Record, *, dry_run: bool) -> Coupling:
        """Close what a dead process left open, by what NAV holds now, and let the coupling know what was applied.

        A process that lives after all confirms its own intent later; that counts more than this conclusion.
        """
        for entry in self._history.open_intents(coupling.id):
            is_applied = holds(nav, entry.after)
            coupling = _with_applied(coupling, entry) if is_applied else coupling
            stage = Stage.CONFIRMED if is_applied else Stage.NOT_APPLIED
            settled = replace(entry, stage=stage, detail="Settled by reading the record later.")
            if dry_run:
                continue
            if is_applied:
                coupling = self._couplings.save(coupling, settled)
            else:
                close(self._history, settled)
        return coupling

    def _write(
        self, scope: Scope, coupling: Coupling, nav: Record, decision: Decision, actor: Actor
    ) -> tuple[Coupling, Record, HistoryEntry]:
        """Intent and write; again on the row as it is now while nobody touched the fields to write (protocols S8).

        The intent is saved with the coupling: nothing is written for one that was moved or ended meanwhile.
        """
        for _ in range(_MOST_TRIES):
            entry = self._intent(coupling, nav, decision, actor)
            coupling = self._couplings.save(coupling, entry)
            seen, is_done = carry_out(self._history, scope.nav, nav, entry)
            if is_done:
                return coupling, seen, replace(entry, stage=Stage.CONFIRMED)
            _require_untouched(nav, seen, decision)
            nav = seen
        raise RecordChanged(
            f"{coupling.nav_key} kept changing in NAV while it was being synchronized; nothing was written.",
            system="nav",
        )

    def _intent(self, coupling: Coupling, nav: Record, decision: Decision, actor: Actor) -> HistoryEntry:
        before = {name: nav.text(name) for name in decision.changes}
        return entry_of(
            coupling, Deed.SYNCHRONIZE, self._ids.new(), self._clock.now(), actor.name,
            stage=Stage.INTENT, before=before, after=dict(decision.changes),
        )  # fmt: skip

    def _after(
        self, scope: Scope, coupling: Coupling, pair: Pair, actor: Actor, lengths: Mapping[str, int | None]
    ) -> Coupling:
        """The coupling after a success; times only move forward (domain Y-13)."""
        return replace(
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
            differs=compare(scope.mapping, pair.nav, pair.crm, lengths).differing > 0,
            skipped=False,
            health=(),
        )

    def _record(self, outcome: Coupling, entry: HistoryEntry) -> Coupling:
        """Store what was written to NAV; it stays on record also when the coupling changed or ended meanwhile."""
        try:
            return self._couplings.save(outcome, entry)
        except Stale:
            close(self._history, replace(entry, detail="The coupling changed while NAV was being written."))
        try:
            return self._couplings.get(outcome.id)
        except NotFound as error:
            raise NotCoupled(
                f"{outcome.nav_key} now holds the values of {outcome.crm_name}, but while they were being written "
                "somebody ended the coupling.",
                undo=entry.id,
            ) from error

    def _note_failure(self, coupling: Coupling, error: CouplerError) -> None:
        """Keep the failure on the coupling, unless somebody else succeeded meanwhile.

        Losing this note is better than hiding the error behind another.
        """
        try:
            stored = self._couplings.get(coupling.id)
            if stored.last_synchronized_at != coupling.last_synchronized_at:
                return
            failed = replace(
                stored,
                nav=replace(stored.nav, result=Result.FAILURE),
                last_error={"code": error.code, "message": error.message, "fix": error.fix},
                health=_health(error, stored),
            )
            self._couplings.save(failed, None)
        except CouplerError:
            return


def _with_applied(coupling: Coupling, entry: HistoryEntry) -> Coupling:
    """What a write of ours that was found applied means: its values are known to the base (trust 0.2).

    An undo's are not, so that the next synchronization asks before it overwrites them.
    """
    if entry.deed is Deed.UNDO:
        return replace(coupling, differs=True)
    if coupling.base is None:
        return coupling
    values = {name: str(value) for name, value in entry.after.items()}
    return replace(coupling, base={**coupling.base, "nav": {**coupling.base.get("nav", {}), **values}})


def _require_untouched(nav: Record, seen: Record, decision: Decision) -> None:
    touched = [name for name in decision.changes if seen.text(name) != nav.text(name)]
    if touched:
        raise BothChanged(
            f"{', '.join(touched)} of {nav.ref.key} changed in NAV during the synchronization. "
            "Nothing was written; look at the differences again.",
            fields=touched,
        )


def _later(side: SideState, record: Record) -> SideState:
    known = [time for time in (side.modified_on, record.modified_on) if time is not None]
    return SideState(max(known) if known else None, Result.SUCCESS)


def _health(error: CouplerError, coupling: Coupling) -> tuple[str, ...]:
    """What the error tells about the records; one that tells nothing, an outage for instance, changes nothing."""
    if isinstance(error, RecordNotFound):
        return ("salesperson_gone",) if error.system == System.NAV else ("user_gone",)
    if isinstance(error, NotEligible):
        return tuple(error.details.get("reasons", ()))
    return () if isinstance(error, ValueRefused) else coupling.health


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
