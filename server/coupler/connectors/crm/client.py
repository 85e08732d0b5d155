"""Dynamics CRM / Dataverse through its Web API (protocols 1). For one mapping; it never writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from coupler.connectors import odata
from coupler.connectors.answers import Answer, Call
from coupler.connectors.crm import checks, protocol
from coupler.connectors.http import Http
from coupler.connectors.oauth import TokenSource
from coupler.connectors.odata import RawPage
from coupler.domain.connection import Check
from coupler.domain.errors import InvalidInput
from coupler.domain.mapping import IntegrationTableMapping
from coupler.domain.records import Record
from coupler.domain.values import guid
from coupler.engine.ports import Clock, Page

T = TypeVar("T")


class CrmClient:
    """Implements the CRM port. Keeps only the id of its own user."""

    def __init__(
        self, http: Http, mapping: IntegrationTableMapping, clock: Clock, source: TokenSource | None = None
    ) -> None:
        self._http = http
        self._mapping = mapping
        self._clock = clock
        self._source = source
        self._own_key: str | None = None

    def get(self, url: str, read: Callable[[Answer], T], size: int | None = None) -> T:
        """GET below the service root; `url` may be a path below it or a whole link."""
        whole = url if "://" in url.partition("?")[0] else f"{self._http.root.url}/{url}"
        return self._http.call(Call("GET", whole, protocol.headers(size)), read)

    def object(self, path: str) -> Mapping[str, Any]:
        """One JSON object."""
        return self.get(path, lambda answer: odata.read_object(answer.body))

    def rows(self, path: str) -> list[Mapping[str, Any]]:
        """All rows of a list, read to its end (protocols U3, U4)."""
        first = f"{self._http.root.url}/{path}"
        return [row for page in odata.every_page(first, lambda url: self._fetch(url, None)) for row in page.rows]

    def _fetch(self, url: str, size: int | None) -> tuple[RawPage, str | None]:
        page = self.get(url, lambda answer: odata.read_page(answer.body), size)
        if page.next_link is None:
            return page, None
        return page, self._http.root.require(odata.absolute(page.next_link, page, self._http.root.url))

    def read(self, key: str) -> Record:
        """One record by GUID. A missing row is told from a missing service by its code (protocols S9)."""
        path = protocol.record_path(self._mapping.crm, key) + odata.query(protocol.select(self._mapping))
        return self.get(path, self._record)

    def _record(self, answer: Answer) -> Record:
        row = odata.read_object(answer.body)
        return protocol.record_of(self._mapping, row, answer.headers.get("etag"))

    def read_many(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Those that exist, by the key asked for, fifty to a call (protocols U13)."""
        table = self._mapping.crm
        found: dict[str, Record] = {}
        for group in odata.slices(dict.fromkeys(guid(key) for key in keys), odata.CRM_URL_LIMIT, lambda _: 60):
            path = table.entity_set + odata.query(
                protocol.select(self._mapping), ("$filter", protocol.among(table, group))
            )
            for row in self.rows(path):
                record = protocol.record_of(self._mapping, row)
                found[record.ref.key] = record
        return {key: found[guid(key)] for key in keys if guid(key) in found}

    def page(self, text: str | None, size: int, cursor: str | None) -> Page:
        """A page of all users, or of those whose search fields contain `text`; unfiltered by the mapping."""
        size = max(1, min(size, protocol.LARGEST_PAGE))
        page, link = self._fetch(self._own(cursor) if cursor else self._first(text), size)
        return Page(tuple(protocol.record_of(self._mapping, row) for row in page.rows), link)

    def _first(self, text: str | None) -> str:
        table = self._mapping.crm
        wanted = protocol.containing(table, text.strip()) if text and text.strip() else ""
        path = odata.query(protocol.select(self._mapping), ("$filter", wanted), protocol.order(table))
        return f"{self._http.root.url}/{table.entity_set}{path}"

    def _own(self, cursor: str) -> str:
        if not self._http.root.owns(cursor):
            raise InvalidInput("This is not a cursor of this list.", errors={"cursor": ["Not known."]})
        return cursor

    def lengths(self) -> Mapping[str, int | None]:
        """MaxLength of the mapping's text attributes (protocols 1.12)."""
        kind = "Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata"
        path = f"{protocol.definition_path(self._mapping.crm)}/{kind}"
        return protocol.lengths_of(self._mapping, self.rows(path + odata.query(("$select", "LogicalName,MaxLength"))))

    def own_key(self) -> str:
        """The GUID of the user this connection signs in as, kept after the first call."""
        if self._own_key is None:
            self._own_key = odata.required_guid(self.object("WhoAmI"), "UserId")
        return self._own_key

    def check(self) -> Iterable[Check]:
        """The connection test of this side."""
        return checks.crm_checks(self, self._http, self._mapping.crm, self._source, self._clock)
