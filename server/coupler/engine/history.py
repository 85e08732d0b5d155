"""Looking at what was done, and taking it back (domain N-04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coupler.domain.access import Actor, Role, require_connection, require_role
from coupler.domain.coupling import Coupling, Origin
from coupler.domain.errors import NotFound, Stale, UndoRefused
from coupler.domain.history import Deed, HistoryEntry, Stage, unknown_entry
from coupler.engine.nav_changes import carry_out, close, holds
from coupler.engine.pairs import Pairs
from coupler.engine.ports import Clock, CouplingStore, HistoryFilter, HistoryStore, Ids


@dataclass(frozen=True, slots=True)
class Undone:
    """The entry that took something back, and the coupling as it is now, if there is one."""

    entry: HistoryEntry
    coupling: Coupling | None


class History:
    """Reads history and undoes single entries; refuses when the record changed since."""

    def __init__(self, history: HistoryStore, couplings: CouplingStore, pairs: Pairs, clock: Clock, ids: Ids) -> None:
        self._history = history
        self._couplings = couplings
        self._pairs = pairs
        self._clock = clock
        self._ids = ids

    def find(
        self, which: HistoryFilter, limit: int, cursor: str | None, actor: Actor
    ) -> tuple[Sequence[HistoryEntry], str | None]:
        """A page within the grant, newest first."""
        require_role(actor, Role.READER)
        for connection in which.connections or ():
            require_connection(actor, connection)
        within = which.connections if which.connections is not None else actor.connections
        return self._history.find(replace(which, connections=within), limit, cursor)

    def undo(self, entry: str, actor: Actor) -> Undone:
        """Take back one confirmed entry. Raises NotFound, or UndoRefused with the reason."""
        require_role(actor, Role.OPERATOR)
        found = self._history.get(entry)
        if not actor.sees(found.connection):
            raise unknown_entry()
        self._refuse_twice(found)
        if found.deed is Deed.SYNCHRONIZE:
            return self._undo_synchronize(found, actor)
        if found.deed is Deed.COUPLE:
            return self._undo_couple(found, actor)
        if found.deed is Deed.UNCOUPLE:
            return self._undo_uncouple(found, actor)
        if found.deed is Deed.MOVE:
            return self._undo_move(found, actor)
        raise UndoRefused("An undo is not undone; synchronize or couple again instead.")

    def _refuse_twice(self, found: HistoryEntry) -> None:
        if found.stage is not Stage.CONFIRMED:
            raise UndoRefused(f"Nothing to take back: this entry is {found.stage.value.replace('_', ' ')}.")
        done = self._history.undone_by(found.id)
        if done is not None:
            raise UndoRefused(f"{done.by} took this back already.", undone_by=done.id)

    def _undo_synchronize(self, found: HistoryEntry, actor: Actor) -> Undone:
        """Put the values from before back, if NAV still holds what was written.

        The coupling's base stays, so the values put back count as a change in NAV: the next synchronization
        asks before it overwrites them.
        """
        coupling = self._live(found)
        scope = self._pairs.scope(found.connection, found.mapping, actor)
        nav = scope.nav.read(found.nav_key)
        changed = [name for name, value in found.after.items() if not holds(nav, {name: value})]
        if changed:
            raise UndoRefused(
                f"{', '.join(changed)} of {found.nav_key} changed in NAV since; nothing was taken back.",
                fields=changed,
            )
        intent = self._entry(found, actor, Stage.INTENT)
        try:
            coupling = self._couplings.save(coupling, intent)
        except Stale as error:
            raise UndoRefused(f"The coupling of {found.nav_key} changed at this moment; look again.") from error
        _, is_done = carry_out(self._history, scope.nav, nav, intent)
        if not is_done:
            raise UndoRefused(f"{found.nav_key} changed in NAV at this moment; look again.")
        return self._confirmed(coupling, replace(intent, stage=Stage.CONFIRMED))

    def _confirmed(self, coupling: Coupling, entry: HistoryEntry) -> Undone:
        """On record also when the coupling changed or ended while NAV was being written."""
        try:
            return Undone(entry, self._couplings.save(replace(coupling, differs=True), entry))
        except Stale:
            close(self._history, entry)
        try:
            return Undone(entry, self._couplings.get(coupling.id))
        except NotFound:
            return Undone(entry, None)

    def _undo_couple(self, found: HistoryEntry, actor: Actor) -> Undone:
        coupling = self._live(found)
        entry = self._entry(found, actor)
        if not self._couplings.remove(coupling, entry):
            raise UndoRefused(f"The coupling of {found.nav_key} changed at this moment; look again.")
        return Undone(entry, None)

    def _undo_uncouple(self, found: HistoryEntry, actor: Actor) -> Undone:
        entry = self._entry(found, actor)
        coupling = self._again(found, found.crm_id, found.crm_name, entry)
        entry = replace(entry, coupling=coupling.id)
        if not self._couplings.insert(coupling, (), [entry]):
            raise UndoRefused(f"{found.nav_key} or {found.crm_name} is coupled to another record by now.")
        return Undone(entry, coupling)

    def _undo_move(self, found: HistoryEntry, actor: Actor) -> Undone:
        present = self._live(found)
        entry = self._entry(found, actor)
        coupling = self._again(found, str(found.before["crm_id"]), str(found.before["crm_name"]), entry)
        entry = replace(entry, coupling=coupling.id, crm_id=coupling.crm_id, crm_name=coupling.crm_name)
        if not self._couplings.insert(coupling, [present], [entry]):
            raise UndoRefused(f"{coupling.crm_name} is coupled to another record by now.")
        return Undone(entry, coupling)

    def _live(self, found: HistoryEntry) -> Coupling:
        try:
            return self._couplings.get(found.coupling)
        except NotFound as error:
            raise UndoRefused(f"The coupling of {found.nav_key} is gone since.") from error

    def _again(self, found: HistoryEntry, crm_id: str, crm_name: str, entry: HistoryEntry) -> Coupling:
        return Coupling(
            id=self._ids.new(),
            connection=found.connection,
            mapping=found.mapping,
            nav_key=found.nav_key,
            crm_id=crm_id,
            nav_name=found.nav_name,
            crm_name=crm_name,
            origin=Origin.MANUAL,
            created_at=entry.at,
            created_by=entry.by,
        )

    def _entry(self, found: HistoryEntry, actor: Actor, stage: Stage = Stage.CONFIRMED) -> HistoryEntry:
        before: Mapping[str, object] = found.after
        return replace(
            found,
            id=self._ids.new(),
            at=self._clock.now(),
            by=actor.name,
            deed=Deed.UNDO,
            stage=stage,
            before=before,
            after=found.before,
            detail="",
            undoes=found.id,
        )
