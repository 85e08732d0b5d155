"""Business Central through the standard API v2.0 (protocols 3.3). For one mapping of one company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from coupler.connectors import odata
from coupler.connectors.answers import Call
from coupler.connectors.bc import protocol
from coupler.connectors.http import Http
from coupler.connectors.nav import checks
from coupler.connectors.nav.protocol import options
from coupler.connectors.nav.rows import Rows
from coupler.connectors.oauth import TokenSource
from coupler.connectors.odata import RawPage
from coupler.domain.connection import Check, NavCompany
from coupler.domain.errors import RecordNotFound
from coupler.domain.mapping import IntegrationTableMapping
from coupler.domain.records import Record
from coupler.domain.values import guid
from coupler.engine.ports import Clock, Page


class BcApi:
    """Implements the NAV port over API v2.0: rows have a stable id and a modification time."""

    def __init__(
        self,
        http: Http,
        company: NavCompany,
        mapping: IntegrationTableMapping,
        clock: Clock,
        source: TokenSource | None = None,
    ) -> None:
        self._http = http
        self._company = company
        self._clock = clock
        self._source = source
        self._page = mapping.nav.card_page
        self._set = mapping.nav.api_set
        self._company_id = company.company_id
        self._rows = Rows(http, company, protocol.api_shape(mapping), self._set, self._set_url)

    def company_id(self) -> str:
        """The company's GUID, looked up by name once when the connection does not tell it."""
        if self._company_id is None:
            url = f"{self._http.root.url}/companies{options(self._company)}"
            rows = [row for page in odata.every_page(url, self._fetch) for row in page.rows]
            self._company_id = protocol.company_id(rows, self._company.company)
        return guid(self._company_id)

    def _fetch(self, url: str) -> tuple[RawPage, str | None]:
        page = self._http.call(Call("GET", url), lambda answer: odata.read_page(answer.body))
        link = odata.absolute(page.next_link, page, self._http.root.url) if page.next_link else None
        return page, link

    def _set_url(self) -> str:
        return f"{self._http.root.url}/companies({self.company_id()})/{self._set}"

    def read(self, key: str) -> Record:
        """By filter on the code: the API's own key is the id. An empty list means there is none (protocols S9)."""
        return self._rows.by_filter(key)

    def read_many(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Those that exist, by key."""
        return self._rows.read_many(keys)

    def page(self, text: str | None, size: int, cursor: str | None) -> Page:
        """A page of all records, or of those whose search fields contain `text`."""
        return self._rows.page(text, size, cursor)

    def update(self, record: Record, changes: Mapping[str, str]) -> Record:
        """Write only `changes`, guarded by the record's ETag, addressed by its id: a rename meanwhile does no harm."""
        stable_id = record.stable_id or self.read(record.ref.key).stable_id
        if stable_id is None:
            raise RecordNotFound(f"{record.ref.key} has no id in API v2.0.", system="nav")
        return self._rows.update(f"{self._set_url()}({guid(stable_id)}){options(self._company)}", record.etag, changes)

    def create(self, fields: Mapping[str, str]) -> Record:
        """Insert a row under a key chosen by us."""
        return self._rows.create(fields)

    def lengths(self) -> Mapping[str, int | None]:
        """MaxLength of the text fields by caption."""
        return self._rows.lengths()

    def check(self) -> Iterable[Check]:
        """The connection test of this side."""
        return checks.api_checks(self._rows, self._source, self._clock, self._page, self.company_id)
