"""NAV and BC through a published page, OData V4 (protocols 3.1-3.8). For one mapping of one company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from coupler.connectors import odata
from coupler.connectors.http import Http
from coupler.connectors.nav import checks, protocol
from coupler.connectors.nav.rows import Rows
from coupler.connectors.oauth import TokenSource
from coupler.domain.connection import Check, NavCompany
from coupler.domain.errors import RecordNotFound, ServiceNotFound, UnexpectedAnswer
from coupler.domain.mapping import IntegrationTableMapping
from coupler.domain.records import Record
from coupler.engine.ports import Clock, Page


class NavPageService:
    """Implements the NAV port over a page web service. Knows no modification time: pages do not show it."""

    def __init__(
        self,
        http: Http,
        company: NavCompany,
        mapping: IntegrationTableMapping,
        clock: Clock,
        source: TokenSource | None = None,
    ) -> None:
        self._company = company
        self._clock = clock
        self._source = source
        self._page = mapping.nav.card_page
        self._rows = Rows(
            http, company, protocol.page_shape(mapping), company.service, lambda: protocol.set_url(company)
        )

    def read(self, key: str) -> Record:
        """By key; where that is refused and may have been mangled on its way, by filter (protocols U6, S9)."""
        try:
            return self._rows.get(self._url_of(key), self._rows.one)
        except RecordNotFound:
            if not odata.is_awkward(key):
                raise
        except ServiceNotFound as error:
            if error.status != 404:
                raise
        except UnexpectedAnswer as error:
            if error.status != 400:
                raise
        return self._rows.by_filter(key)

    def _url_of(self, key: str) -> str:
        return f"{protocol.set_url(self._company)}{odata.key_segment(key)}{protocol.options(self._company)}"

    def read_many(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Those that exist, by key."""
        return self._rows.read_many(keys)

    def page(self, text: str | None, size: int, cursor: str | None) -> Page:
        """A page of all records, or of those whose search fields contain `text`."""
        return self._rows.page(text, size, cursor)

    def update(self, record: Record, changes: Mapping[str, str]) -> Record:
        """Write only `changes`, guarded by the record's ETag."""
        return self._rows.update(self._url_of(record.ref.key), record.etag, changes)

    def create(self, fields: Mapping[str, str]) -> Record:
        """Insert a row under a key chosen by us."""
        return self._rows.create(fields)

    def lengths(self) -> Mapping[str, int | None]:
        """MaxLength of the text fields by caption."""
        return self._rows.lengths()

    def check(self) -> Iterable[Check]:
        """The connection test of this side."""
        return checks.page_service_checks(self._rows, self._source, self._clock, self._page)
