"""The JSON the verbs print, written by the API's own representation and schemas, so that both are the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask
from marshmallow import Schema

from coupler.api import schemas
from coupler.api.connection_bodies import shown
from coupler.api.connection_schemas import CheckSchema, ConnectionSchema, MappingSchema
from coupler.api.etags import etag
from coupler.api.representation import Sides, partner
from coupler.api.services import provide

if TYPE_CHECKING:
    from coupler.domain.access import Actor
    from coupler.domain.connection import Check, Connection
    from coupler.domain.coupling import Coupling
    from coupler.domain.history import HistoryEntry
    from coupler.domain.mapping import IntegrationTableMapping, MappingOverride
    from coupler.domain.records import System
    from coupler.engine.couplings import ComparisonView, SetUp
    from coupler.engine.deep_links import Resolution
    from coupler.engine.directory import Listed
    from coupler.engine.history import Undone
    from coupler.engine.ports import ApiToken
    from coupler.engine.synchronizer import Outcome
    from coupler.wiring import App

Shape = dict[str, Any]


@contextmanager
def representing(app: App) -> Iterator[None]:
    """Lets the API's representation find what it needs; no request is made and nothing is served."""
    flask = Flask("coupler.cli", static_folder=None)
    provide(flask, app.services())
    with flask.test_request_context():
        yield


class Shapes:
    """Answers as the API gives them, for the connections the actor sees."""

    def __init__(self, app: App, actor: Actor) -> None:
        self._sides = Sides({connection.name: connection for connection in app.connections.all(actor)})

    def coupling(self, found: Coupling) -> Shape:
        """A coupling with both deep links."""
        return _dumped(schemas.CouplingSchema(), self._sides.coupling(found))

    def set_up(self, done: SetUp) -> Shape:
        """A coupling that was set up, and how its synchronization went."""
        return _dumped(schemas.SetUpSchema(), self._sides.set_up(done))

    def synchronization(self, outcome: Outcome) -> Shape:
        """What a synchronization did or would do."""
        return _dumped(schemas.SynchronizationSchema(), self._sides.synchronization(outcome))

    def comparison(self, view: ComparisonView, connection: str, mapping: str) -> Shape:
        """The Coupled Records."""
        return _dumped(schemas.ComparisonSchema(), self._sides.comparison(view, connection, mapping))

    def users(self, rows: Sequence[Listed], connection: str, mapping: str) -> list[Shape]:
        """The CRM Users list."""
        return [_dumped(schemas.UserSchema(), self._sides.user(row, connection, mapping)) for row in rows]

    def salespeople(self, rows: Sequence[Listed], connection: str, mapping: str) -> list[Shape]:
        """The salespeople list."""
        return [_dumped(schemas.SalespersonSchema(), self._sides.salesperson(row, connection, mapping)) for row in rows]

    def history_entry(self, entry: HistoryEntry) -> Shape:
        """One deed."""
        return _dumped(schemas.HistoryEntrySchema(), self._sides.history_entry(entry))

    def undone(self, done: Undone) -> Shape:
        """What was taken back."""
        coupling = self._sides.coupling(done.coupling) if done.coupling else None
        return _dumped(schemas.UndoneSchema(), {"entry": self._sides.history_entry(done.entry), "coupling": coupling})


def link(found: Resolution) -> Shape:
    """Whether a record is coupled, and where its partners open."""
    partners = [partner(each) for each in found.partners]
    only = partners[0] if len(partners) == 1 else None
    answer = {
        "coupled": bool(partners),
        "url": only["url"] if only else None,
        "partner": only,
        "coupling": only["coupling"] if only else None,
        "partners": partners,
    }
    return _dumped(schemas.LinksSchema(), answer)


def connection(found: Connection, secrets_set: Mapping[System, tuple[str, ...]]) -> Shape:
    """A connection; of its secrets only which are set."""
    return _dumped(ConnectionSchema(), shown(found, secrets_set))


def mapping(found: IntegrationTableMapping, override: MappingOverride) -> Shape:
    """A mapping as a connection uses it."""
    nav, crm = found.nav, found.crm
    answer = {
        "name": found.name,
        "enabled": found.enabled,
        "direction": found.direction,
        "nav": {"table": nav.name, "caption": nav.caption, "number": nav.number, "page": nav.card_page},
        "crm": {"entity": crm.name, "caption": crm.caption},
        "filter": crm.filter,
        "fields": found.fields,
        "etag": etag(override.version),
    }
    return _dumped(MappingSchema(), answer)


def check(found: Check) -> Shape:
    """A line of the connection test."""
    return _dumped(CheckSchema(), found)


def token(found: ApiToken) -> Shape:
    """An API token without its text."""
    return {
        "id": found.id,
        "name": found.name,
        "role": found.role.name.lower(),
        "connections": sorted(found.connections) if found.connections is not None else None,
        "created_at": found.created_at.isoformat(),
        "created_by": found.created_by,
        "expires_at": found.expires_at.isoformat() if found.expires_at else None,
        "revoked_at": found.revoked_at.isoformat() if found.revoked_at else None,
    }


def _dumped(schema: Schema, answer: object) -> Shape:
    dumped: Shape = schema.dump(answer)
    return dumped
