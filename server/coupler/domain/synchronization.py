"""What to do with one pair: the decision table, without doing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from coupler.domain.comparison import Comparison, compare
from coupler.domain.coupling import Coupling
from coupler.domain.errors import BothChanged, NavIsNewer, SynchronizationConflict, ValueRefused
from coupler.domain.mapping import IntegrationTableMapping
from coupler.domain.records import Record


class Action(StrEnum):
    """Outcome of a decision, and the name of a job's counter (domain Y-40)."""

    MODIFY = "modify"
    FORCE_MODIFY = "force_modify"
    IGNORE_UNCHANGED = "ignore_unchanged"


class Question(StrEnum):
    """What has to be asked before values are overwritten."""

    NAV_IS_NEWER = "nav_is_newer"
    BOTH_CHANGED = "both_changed"


@dataclass(frozen=True, slots=True)
class Decision:
    """What synchronizing the pair means: the action, the values to write to NAV, and a question to answer first."""

    action: Action
    changes: Mapping[str, str]
    comparison: Comparison
    question: Question | None = None


def decide(
    mapping: IntegrationTableMapping,
    coupling: Coupling,
    nav: Record,
    crm: Record,
    lengths: Mapping[str, int | None],
    *,
    force: bool = False,
) -> Decision:
    """Decide from NAV now, CRM now and the base, the values after the last synchronization.

    | mapped values | NAV since base | CRM since base | decision                               |
    |---------------|----------------|----------------|----------------------------------------|
    | equal         | any            | any            | ignore unchanged (Y-14)                |
    | differ        | no base: never synchronized     || modify, asks both_changed (Y-04)       |
    | differ        | unchanged      | any            | modify                                 |
    | differ        | changed        | unchanged      | modify, asks nav_is_newer (Y-03)       |
    | differ        | changed        | changed        | modify, asks both_changed (Y-04)       |

    In NAV only the fields that would be written count: nothing else can be lost. One that the base does not know,
    because its line was switched on later, was never synchronized. `force` answers the question with yes.
    Raises ValueRefused where the truncation rule refuses a value.
    """
    comparison = compare(mapping, nav, crm, lengths)
    _refuse_truncation(comparison, nav)
    changes = {row.nav_field: row.result_value for row in comparison.changes}
    if not changes:
        return Decision(Action.IGNORE_UNCHANGED, {}, comparison)
    question = None if force else _question(coupling, nav, crm, changes)
    return Decision(Action.FORCE_MODIFY if force else Action.MODIFY, changes, comparison, question)


def _refuse_truncation(comparison: Comparison, nav: Record) -> None:
    refused = [row for row in comparison.changes if row.refused]
    if refused:
        row = refused[0]
        raise ValueRefused(
            f"{row.nav_field} of {nav.ref.key} cannot hold the CRM value: {row.cut} characters too long, "
            "and this field is set to refuse instead of cut.",
            system="nav",
            field=row.nav_field,
        )


def _question(coupling: Coupling, nav: Record, crm: Record, changes: Iterable[str]) -> Question | None:
    """Values decide, not times: both systems move a record's time also when no mapped field changed (domain 12.3)."""
    if coupling.base is None:
        return Question.BOTH_CHANGED
    base_nav, base_crm = coupling.base.get("nav", {}), coupling.base.get("crm", {})
    if any(name not in base_nav for name in changes):
        return Question.BOTH_CHANGED
    if not any(_moved(nav, name, base_nav[name]) for name in changes):
        return None
    crm_moved = any(_moved(crm, name, then) for name, then in base_crm.items() if name in crm.fields)
    return Question.BOTH_CHANGED if crm_moved else Question.NAV_IS_NEWER


def _moved(record: Record, name: str, then: str) -> bool:
    return record.text(name).rstrip(" ") != then.rstrip(" ")


def conflict(question: Question, nav_name: str, crm_name: str) -> SynchronizationConflict:
    """The refusal that carries the question to a person."""
    if question is Question.NAV_IS_NEWER:
        return NavIsNewer(
            f"{nav_name} was changed in NAV after the last synchronization and {crm_name} was not changed in CRM. "
            "Synchronizing overwrites the newer NAV values."
        )
    return BothChanged(
        f"{nav_name} in NAV and {crm_name} in CRM both changed since the last synchronization, "
        "or were never synchronized, and differ. Synchronizing overwrites the NAV values."
    )
