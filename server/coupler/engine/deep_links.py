"""From the record somebody is on to the address of its partner: one indexed read, no network (contract 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from coupler.domain.access import Actor, Role, require_role
from coupler.domain.connection import Connection
from coupler.domain.errors import InvalidInput
from coupler.domain.mapping import IntegrationTableMapping
from coupler.domain.records import RecordRef, System
from coupler.domain.values import guid, key_forms, nav_key
from coupler.engine.ports import LinkStore, LinkTarget, RecordUrls
from coupler.mappings import mapping_for_crm_entity, mapping_for_nav_table


@dataclass(frozen=True, slots=True)
class Place:
    """The record somebody is on. `company`, `org`, `tenant` and `connection` narrow down where; all are hints."""

    system: System
    table: str
    key: str
    company: str | None = None
    org: str | None = None
    tenant: str | None = None
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner; `url` is None where its client has no address form that can hold it, and `problem` says why."""

    connection: Connection
    coupling: str
    ref: RecordRef
    name: str
    url: str | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """No partner: uncoupled. One: open it. Several: let the person choose (domain N-05)."""

    place: Place
    mapping: IntegrationTableMapping
    partners: tuple[Partner, ...]


class DeepLinks:
    """Resolves places; builds addresses only from configured base URLs and validated ids."""

    def __init__(self, links: LinkStore, urls: RecordUrls) -> None:
        self._links = links
        self._urls = urls

    def resolve(self, place: Place, actor: Actor) -> Resolution:
        """The partners of a place within the grant. Raises InvalidInput for an id of the wrong shape."""
        require_role(actor, Role.READER)
        mapping, targets = self._targets(place)
        fitting = [
            target for target in targets if actor.sees(target.connection.name) and fits(place, target.connection)
        ]
        return Resolution(place, mapping, tuple(self._partner(place, mapping, target) for target in fitting))

    def _targets(self, place: Place) -> tuple[IntegrationTableMapping, Sequence[LinkTarget]]:
        if place.system is System.CRM:
            mapping = mapping_for_crm_entity(place.table)
            return mapping, self._links.by_crm(mapping.name, guid(place.key))
        mapping = mapping_for_nav_table(place.table)
        found = (self._links.by_nav(mapping.name, form) for form in key_forms(nav_key(place.key)))
        return mapping, next((targets for targets in found if targets), ())

    def _partner(self, place: Place, mapping: IntegrationTableMapping, target: LinkTarget) -> Partner:
        if place.system is System.NAV:
            ref, name = RecordRef(System.CRM, mapping.crm.name, target.crm_id), target.crm_name
        else:
            ref, name = RecordRef(System.NAV, mapping.nav.name, target.nav_key), target.nav_name
        try:
            url = self._urls(target.connection, mapping, ref)
        except InvalidInput as error:
            return Partner(target.connection, target.coupling, ref, name, None, error.message)
        return Partner(target.connection, target.coupling, ref, name, url)


def fits(place: Place, connection: Connection) -> bool:
    """Whether the place can be in that connection's company and organization."""
    return (
        place.connection in (None, connection.name)
        and place.company in (None, connection.nav.company)
        and place.tenant in (None, connection.nav.tenant)
        and (place.org is None or _is_organization(connection, place.org))
    )


def _is_organization(connection: Connection, org: str) -> bool:
    """Whether `org` names the connection's CRM organization: its address, its host, or its name in either."""
    address = urlsplit(connection.crm.base_url.lower())
    wanted = org.strip().rstrip("/").lower()
    host = address.hostname or ""
    path = address.path.strip("/")
    names = {connection.crm.base_url.lower(), address.netloc, host, host.split(".")[0], path}
    return bool(wanted) and wanted in names
