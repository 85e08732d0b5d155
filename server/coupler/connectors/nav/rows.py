"""Rows of one NAV table over HTTP, whichever web service they come from: pages, searches, lookups, writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from coupler.connectors import odata
from coupler.connectors.answers import Answer, Call, is_filter_refusal
from coupler.connectors.http import Http
from coupler.connectors.nav import protocol
from coupler.connectors.nav.metadata import Metadata, read_metadata
from coupler.connectors.nav.protocol import RowShape, SearchCursor
from coupler.connectors.odata import RawPage
from coupler.domain.connection import NavCompany
from coupler.domain.errors import ConnectorError, InvalidInput, RecordNotFound, ServiceNotFound, UnexpectedAnswer
from coupler.domain.records import Record
from coupler.engine.ports import Page

T = TypeVar("T")

# A page may be short or empty and still not be the last (protocols U4); a search goes on this often by itself.
_MOST_SHORT_PAGES = 20
_JSON = {"Content-Type": "application/json"}


class Rows:
    """Reads and writes rows of one entity set. Decides nothing and stores only the metadata once read."""

    def __init__(
        self, http: Http, company: NavCompany, shape: RowShape, set_name: str, set_url: Callable[[], str]
    ) -> None:
        self.http = http
        self.company = company
        self.shape = shape
        self.set_name = set_name
        self.set_url = set_url
        self._metadata: Metadata | None = None

    def get(self, url: str, read: Callable[[Answer], T], *, size: int | None = None) -> T:
        """GET; a page size is a preference that goes with every page (protocols U1, 3.6)."""
        headers = {"Prefer": f"odata.maxpagesize={size}"} if size else {}
        return self.http.call(Call("GET", url, headers), read)

    def url(self, *options: tuple[str, str]) -> str:
        """The set with query options."""
        return self.set_url() + protocol.options(self.company, *options)

    def one(self, answer: Answer) -> Record:
        """The record of an answer that holds a single row."""
        return protocol.record_of(self.shape, odata.read_object(answer.body), answer.headers.get("etag"))

    def records(self, page: RawPage) -> tuple[Record, ...]:
        """The records of a page."""
        return tuple(protocol.record_of(self.shape, row) for row in page.rows)

    def fetch(self, url: str, size: int | None) -> tuple[RawPage, str | None]:
        """A page, and the absolute address of the next one, which belongs to this service (protocols T12, U2)."""
        page = self.get(url, lambda answer: odata.read_page(answer.body), size=size)
        if page.next_link is None:
            return page, None
        return page, self.http.root.require(odata.absolute(page.next_link, page, self.http.root.url))

    def find(self, filter_text: str) -> list[Record]:
        """Every record a filter finds; only a list read to its end says what is absent (protocols S21)."""
        first = self.url(("$filter", filter_text))
        pages = odata.every_page(first, lambda url: self.fetch(url, None))
        return [record for page in pages for record in self.records(page)]

    def by_filter(self, key: str) -> Record:
        """One record by `$filter` on its key; an empty list is a working read of the set (protocols U6, S9)."""
        missing = f"There is no {self.shape.table} {key} in {self.company.company}."
        try:
            found = self.find(f"{self.shape.key} eq {odata.text_literal(key)}")
        except ConnectorError as error:
            if is_filter_refusal(error):
                raise RecordNotFound(missing, system="nav", status=error.status) from error
            raise
        if not found:
            raise RecordNotFound(missing, system="nav")
        return found[0]

    def read_many(self, keys: Sequence[str]) -> dict[str, Record]:
        """Those that exist, by the key asked for, in slices an address has room for (protocols U13, U15)."""
        limit = self.lengths().get(self.shape.key_field)
        possible = [key for key in dict.fromkeys(keys) if protocol.fits(key, limit) and _is_printable(key)]
        room = odata.NAV_URL_LIMIT - len(self.url(("$filter", "x")))
        found: dict[str, Record] = {}
        for group in odata.slices(possible, room, self._price):
            literals = [odata.text_literal(key) for key in group]
            for record in self.find(odata.equals_any(self.shape.key, literals)):
                found[record.ref.key] = record
        # Codes are compared ignoring case by the server, so its echo may differ from the question (protocols V6).
        echoed = {key.casefold().strip(): record for key, record in found.items()}
        named = {key: found.get(key) or echoed.get(key.casefold().strip()) for key in keys}
        return {key: record for key, record in named.items() if record is not None}

    def _price(self, key: str) -> int:
        """Characters one more comparison takes in an address."""
        return len(odata.query(("", odata.equals_any(self.shape.key, [odata.text_literal(key)])))) + len("%20or%20")

    def page(self, text: str | None, size: int, cursor: str | None) -> Page:
        """A page of all, or of those whose search fields contain the text."""
        size = max(1, min(size, protocol.LARGEST_PAGE))
        if text is not None and text.strip():
            return self._search(text.strip(), size, cursor)
        page, link = self.fetch(self._own(cursor) if cursor else self.url(), size)
        return Page(self.records(page), link)

    def _search(self, text: str, size: int, cursor: str | None) -> Page:
        """One field after the other, until the page is full; a record found by an earlier field is not repeated."""
        if not _is_printable(text):
            return Page((), None)
        fields = protocol.searchable(self.shape, text, self.lengths())
        at = SearchCursor.read(cursor) if cursor else SearchCursor(0, size, None)
        if at is None:
            raise InvalidInput("This is not the cursor of a search.", errors={"cursor": ["Not known."]})
        found: dict[str, Record] = {}
        for _ in range(_MOST_SHORT_PAGES):
            if at.field >= len(fields) or len(found) >= size or (at.link and found):
                break
            first = self.url(("$filter", protocol.contains(self.shape, fields[at.field], text)))
            page, link = self.fetch(
                self._own(at.link) if at.link else first, max(1, min(at.size, protocol.LARGEST_PAGE))
            )
            for record in self.records(page):
                if not protocol.seen_before(record, text, fields[: at.field]):
                    found.setdefault(record.ref.key, record)
            room = max(1, size - len(found))
            at = SearchCursor(at.field, at.size, link) if link else SearchCursor(at.field + 1, room, None)
        return Page(tuple(found.values()), at.text() if at.field < len(fields) else None)

    def _own(self, link: str) -> str:
        """A link that came back from outside; it must be one of this service's (protocols T12)."""
        if not self.http.root.owns(link):
            raise InvalidInput("This is not a cursor of this list.", errors={"cursor": ["Not known."]})
        return link

    def update(self, url: str, etag: str | None, changes: Mapping[str, str]) -> Record:
        """Write only `changes`, guarded by the ETag verbatim (protocols S3-S6); the row as it then is."""
        if not etag or not etag.isascii() or not etag.isprintable():
            raise UnexpectedAnswer(
                "The record came without a usable ETag, so it cannot be changed safely.", system="nav"
            )
        headers = {**_JSON, "If-Match": etag}
        return self.http.call(Call("PATCH", url, headers, protocol.body_of(self.shape, changes)), self.one)

    def create(self, fields: Mapping[str, str]) -> Record:
        """Insert a row under a key chosen by the caller; never sent twice (protocols S12)."""
        return self.http.call(Call("POST", self.url(), _JSON, protocol.body_of(self.shape, fields)), self.one)

    def metadata(self) -> Metadata:
        """What the service says of itself, read once."""
        if self._metadata is None:
            url = f"{self.http.root.url}/$metadata{protocol.options(self.company)}"
            call = Call("GET", url, {"Accept": "application/xml"})
            self._metadata = self.http.call(call, lambda answer: read_metadata(answer.body, self.set_name))
        return self._metadata

    def lengths(self) -> Mapping[str, int | None]:
        """MaxLength by caption. Raises ServiceNotFound without the set, UnexpectedAnswer without a mapped field."""
        properties = self.metadata().properties
        if properties is None:
            raise ServiceNotFound(f"NAV publishes no web service named {self.set_name}.", system="nav")
        missing = [caption for caption, name in self.shape.names.items() if name not in properties]
        if missing:
            raise UnexpectedAnswer(
                f"The web service {self.set_name} does not show {', '.join(missing)}.", system="nav", field=missing[0]
            )
        return {caption: properties[name] for caption, name in self.shape.names.items()}


def _is_printable(text: str) -> bool:
    try:
        odata.text_literal(text)
    except InvalidInput:
        return False
    return True
