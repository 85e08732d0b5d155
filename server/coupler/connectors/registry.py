"""Makes the connectors of a connection and keeps them, with their HTTP connections and tokens, until it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import httpx

from coupler.connectors.answers import Party
from coupler.connectors.bc.client import BcApi
from coupler.connectors.crm import urls as crm_urls
from coupler.connectors.crm.client import CrmClient
from coupler.connectors.http import Http
from coupler.connectors.nav import urls as nav_urls
from coupler.connectors.nav.client import NavPageService
from coupler.connectors.oauth import BearerAuth, TokenSource, client_credentials, token_failure
from coupler.connectors.origins import Root
from coupler.connectors.redaction import Redactor
from coupler.connectors.transport import Limits
from coupler.domain.connection import Connection, Secrets, SignInKind, WebService
from coupler.domain.mapping import IntegrationTableMapping
from coupler.domain.records import RecordRef, System
from coupler.engine.ports import Clock, CrmConnector, NavConnector
from coupler.mappings import MAPPINGS

C = TypeVar("C")

_NAMES = {System.CRM: "CRM", System.NAV: "NAV"}


def record_url(connection: Connection, mapping: IntegrationTableMapping, ref: RecordRef) -> str:
    """The address that opens a record in its own system. Pure; raises InvalidInput for what cannot be expressed."""
    if ref.system is System.CRM:
        return crm_urls.record_url(connection.crm, mapping.crm, ref.key)
    return nav_urls.record_url(connection.nav, mapping.nav, ref.key)


@dataclass(frozen=True, slots=True)
class _Side:
    """One side's HTTP and, with OAuth, its tokens."""

    http: Http
    source: TokenSource | None

    def close(self) -> None:
        self.http.retire()
        if self.source is not None:
            self.source.close()


@dataclass(slots=True)
class _Kept:
    """What is kept for one version of one connection: sides, and connectors with the mapping they were made for."""

    connection: Connection
    sides: dict[System, _Side] = field(default_factory=dict)
    connectors: dict[tuple[System, str], tuple[IntegrationTableMapping, object]] = field(default_factory=dict)


class HttpConnectors:
    """Implements the engine's Connectors. Opens nothing before a connector is used."""

    def __init__(
        self,
        secrets: Callable[[str], Secrets],
        clock: Clock,
        *,
        limits: Limits | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._secrets = secrets
        self._clock = clock
        self._limits = limits or Limits()
        self._transport = transport
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def crm(self, connection: Connection, mapping: IntegrationTableMapping) -> CrmConnector:
        """The CRM side."""

        def make(side: _Side) -> CrmClient:
            return CrmClient(side.http, mapping, self._clock, side.source)

        return self._connector(connection, mapping, System.CRM, make)

    def nav(self, connection: Connection, mapping: IntegrationTableMapping) -> NavConnector:
        """The NAV side, over the web service the connection names."""
        company = replace(connection.nav, service_url=connection.nav.service_url.rstrip("/"))

        def page_service(side: _Side) -> NavConnector:
            return NavPageService(side.http, company, mapping, self._clock, side.source)

        if company.web_service is WebService.API:
            return self._api(connection, mapping)
        return self._connector(connection, mapping, System.NAV, page_service)

    def _api(self, connection: Connection, mapping: IntegrationTableMapping) -> BcApi:
        def make(side: _Side) -> BcApi:
            return BcApi(side.http, connection.nav, mapping, self._clock, side.source)

        return self._connector(connection, mapping, System.NAV, make)

    def company_id(self, connection: Connection) -> str | None:
        """The company's GUID in API v2.0; None for page services, which go by name."""
        if connection.nav.web_service is not WebService.API:
            return None
        return self._api(connection, MAPPINGS[0]).company_id()

    def ages(self) -> Mapping[str, float | None]:
        """Seconds since the last answer, by connection and side, of what was used; None before the first."""
        with self._lock:
            kept = list(self._kept.items())
            return {f"{name} {system}": side.http.age for name, of in kept for system, side in of.sides.items()}

    def forget(self, connection: str) -> None:
        """Drop what is kept for a connection; calls under way end in peace."""
        with self._lock:
            kept = self._kept.pop(connection, None)
        if kept is not None:
            _close(kept)

    def close(self) -> None:
        """Drop everything."""
        with self._lock:
            all_kept, self._kept = list(self._kept.values()), {}
        for kept in all_kept:
            _close(kept)

    def _connector(
        self, connection: Connection, mapping: IntegrationTableMapping, system: System, make: Callable[[_Side], C]
    ) -> C:
        with self._lock:
            kept = self._current(connection)
            known = kept.connectors.get((system, mapping.name))
            if known is None or known[0] != mapping:
                if system not in kept.sides:
                    kept.sides[system] = self._side(connection, system)
                known = mapping, make(kept.sides[system])
                kept.connectors[system, mapping.name] = known
        return known[1]  # type: ignore[return-value]  # the key decides the type

    def _current(self, connection: Connection) -> _Kept:
        kept = self._kept.get(connection.name)
        if kept is None or kept.connection != connection:
            if kept is not None:
                _close(kept)
            kept = self._kept[connection.name] = _Kept(connection)
        return kept

    def _side(self, connection: Connection, system: System) -> _Side:
        """One HTTP client for the system and, so that a renewal never waits for its own pool, one for its tokens."""
        sign_in = connection.sign_in(system)
        secrets = self._secrets(connection.name).of(system)
        redact = Redactor.of(secrets.values())
        address = connection.crm.api_url if system is System.CRM else connection.nav.service_url
        party = Party(system.value, _NAMES[system], redact)
        root = Root(address.rstrip("/"))
        if sign_in.kind is SignInKind.WEB_SERVICE_KEY:
            auth = httpx.BasicAuth(sign_in.username or "", secrets.get("web_service_key", ""))  # UTF-8
            return _Side(Http(party, root, auth=auth, limits=self._limits, transport=self._transport), None)
        token_party = Party(system.value, f"The token service of {_NAMES[system]}", redact)
        token_http = Http(
            token_party,
            Root(sign_in.token_url or ""),
            translate=token_failure(sign_in.scope or sign_in.resource or ""),
            limits=self._limits,
            transport=self._transport,
        )
        source = TokenSource(token_http, client_credentials(sign_in, secrets, self._clock))
        http = Http(party, root, auth=BearerAuth(source), limits=self._limits, transport=self._transport)
        return _Side(http, source)


def _close(kept: _Kept) -> None:
    for side in kept.sides.values():
        side.close()
