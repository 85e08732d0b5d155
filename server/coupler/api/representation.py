"""Domain objects as the public JSON of contract 5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coupler.api.access import actor
from coupler.api.errors import problem_of
from coupler.api.services import services
from coupler.domain.connection import Connection
from coupler.domain.coupling import Coupling
from coupler.domain.errors import CouplerError
from coupler.domain.history import HistoryEntry
from coupler.domain.records import Record, RecordRef, System
from coupler.engine.couplings import ComparisonView, SetUp
from coupler.engine.deep_links import Partner
from coupler.engine.directory import Listed
from coupler.engine.synchronizer import Outcome
from coupler.mappings import mapping_named


class Sides:
    """Writes the two sides of couplings with their links; reads the caller's connections once per answer."""

    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections = connections

    @classmethod
    def of_caller(cls) -> Sides:
        """With the connections the caller may see."""
        return cls({connection.name: connection for connection in services().connections.all(actor())})

    def url(self, connection: str, mapping: str, system: System, key: str) -> str | None:
        """The address that opens the record; None where no address form can hold its key."""
        found = self._connections.get(connection)
        if found is None:
            return None
        known = mapping_named(mapping)
        ref = RecordRef(system, known.nav.name if system is System.NAV else known.crm.name, key)
        try:
            return services().record_urls(found, known, ref)
        except CouplerError:
            return None

    def nav(self, connection: str, mapping: str, key: str, name: str) -> dict[str, Any]:
        """A NAV record."""
        found = self._connections.get(connection)
        return {
            "table": mapping_named(mapping).nav.name,
            "key": key,
            "name": name,
            "url": self.url(connection, mapping, System.NAV, key),
            "company": found.nav.company if found else None,
        }

    def crm(self, connection: str, mapping: str, key: str, name: str) -> dict[str, Any]:
        """A CRM record."""
        return {
            "entity": mapping_named(mapping).crm.name,
            "id": key,
            "name": name,
            "url": self.url(connection, mapping, System.CRM, key),
        }

    def both(self, of: Coupling | HistoryEntry) -> dict[str, Any]:
        """Both sides of a coupling, or of what was done to one."""
        return {
            "nav": self.nav(of.connection, of.mapping, of.nav_key, of.nav_name),
            "crm": self.crm(of.connection, of.mapping, of.crm_id, of.crm_name),
        }

    def coupling(self, coupling: Coupling) -> dict[str, Any]:
        """A coupling."""
        return {
            "id": coupling.id,
            "connection": coupling.connection,
            "mapping": coupling.mapping,
            **self.both(coupling),
            "state": coupling.state,
            "health": list(coupling.health),
            "last_synchronized_at": coupling.last_synchronized_at,
            "last_synchronized_by": coupling.last_synchronized_by,
            "skipped": coupling.skipped,
            "last_error": coupling.last_error,
            "origin": coupling.origin,
            "created_at": coupling.created_at,
            "created_by": coupling.created_by,
        }

    def set_up(self, done: SetUp) -> dict[str, Any]:
        """Both facts of a set-up coupling (domain H-05)."""
        synchronization: dict[str, Any] | None = None
        if done.failure is not None:
            synchronization = {"error": problem_of(done.failure)}
        elif done.outcome is not None:
            synchronization = _outcome(done.outcome)
        return {"coupling": self.coupling(done.coupling), "synchronization": synchronization}

    def synchronization(self, outcome: Outcome) -> dict[str, Any]:
        """What a synchronization did."""
        return {**_outcome(outcome), "coupling": self.coupling(outcome.coupling)}

    def comparison(self, view: ComparisonView, connection: str, mapping: str) -> dict[str, Any]:
        """The Coupled Records."""
        known = mapping_named(mapping)
        nav, crm = view.nav, view.crm
        return {
            "rows": [{"field": row.nav_field, **_attributes(row)} for row in view.comparison.rows],
            "differing": view.comparison.differing,
            "nav": self.nav(connection, mapping, nav.ref.key, nav.text(known.nav.name_field)) if nav else None,
            "crm": self.crm(connection, mapping, crm.ref.key, crm.text(known.crm.name_field)) if crm else None,
            "coupling": view.coupling.id if view.coupling else None,
            "not_eligible": list(view.not_eligible),
        }

    def history_entry(self, entry: HistoryEntry) -> dict[str, Any]:
        """One deed."""
        names = ("id", "at", "by", "deed", "stage", "connection", "mapping", "coupling", "detail", "undoes")
        values = {name: getattr(entry, name) for name in names}
        return {**values, **self.both(entry), "before": dict(entry.before), "after": dict(entry.after)}

    def user(self, row: Listed, connection: str, mapping: str) -> dict[str, Any]:
        """A line of the CRM Users list (domain S-24)."""
        table, record, coupling = mapping_named(mapping).crm, row.record, row.coupling
        stored_name = coupling.crm_name if coupling else ""
        return {
            "id": row.key,
            "name": record.text(table.name_field) if record else stored_name,
            "email": record.text("internalemailaddress") if record else "",
            "phone": record.text("mobilephone") if record else "",
            "disabled": _flag(record, "isdisabled"),
            "licensed": _flag(record, "islicensed"),
            "coupling": coupling.id if coupling else None,
            "salesperson": coupling.nav_key if coupling else None,
            "salesperson_name": coupling.nav_name if coupling else None,
            "url": self.url(connection, mapping, System.CRM, row.key),
            "not_eligible": list(row.not_eligible),
        }

    def salesperson(self, row: Listed, connection: str, mapping: str) -> dict[str, Any]:
        """A line of the salespeople list."""
        table, record, coupling = mapping_named(mapping).nav, row.record, row.coupling
        stored_name = coupling.nav_name if coupling else ""
        return {
            "key": row.key,
            "name": record.text(table.name_field) if record else stored_name,
            "email": record.text("E-Mail") if record else "",
            "phone": record.text("Phone No.") if record else "",
            "blocked": _flag(record, "Blocked", default=False),
            "coupling": coupling.id if coupling else None,
            "user": coupling.crm_id if coupling else None,
            "user_name": coupling.crm_name if coupling else None,
            "url": self.url(connection, mapping, System.NAV, row.key),
        }


def partner(found: Partner) -> dict[str, Any]:
    """A partner that can be opened."""
    named = ("table", "key") if found.ref.system is System.NAV else ("entity", "id")
    return {
        "system": found.ref.system,
        named[0]: found.ref.table,
        named[1]: found.ref.key,
        "name": found.name,
        "url": found.url,
        "connection": found.connection.name,
        "company": found.connection.nav.company,
        "coupling": found.coupling,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "action": outcome.action,
        "changes": [_attributes(change) for change in outcome.changes],
        "warnings": [dict(warning) for warning in outcome.warnings],
        "undo": outcome.undo,
        "question": outcome.question,
    }


def _attributes(of: Any) -> dict[str, Any]:
    return {name: getattr(of, name) for name in of.__dataclass_fields__}


def _flag(record: Record | None, name: str, default: bool | None = None) -> bool | None:
    """A yes/no field of a record; NAV before 2017 and page services without the field have no Blocked."""
    if record is None:
        return None
    value = record.fields.get(name, record.extra.get(name))
    return default if value is None else bool(value)
