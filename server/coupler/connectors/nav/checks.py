"""The NAV side of the connection test, for both web services (domain N-12). It never changes data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from coupler.connectors import odata
from coupler.connectors.checks import Finding, Step, doubtful, failed, fine, reach_steps, run
from coupler.connectors.nav import protocol
from coupler.connectors.nav.rows import Rows
from coupler.connectors.oauth import TokenSource
from coupler.domain.connection import Check
from coupler.domain.errors import (
    CredentialsRefused,
    PermissionDenied,
    RecordChanged,
    ServiceNotFound,
    UnexpectedAnswer,
    ValueRefused,
)
from coupler.domain.records import Record
from coupler.engine.ports import Clock

_COMPANIES = "Company"


def page_service_checks(rows: Rows, source: TokenSource | None, clock: Clock, page: int) -> Iterator[Check]:
    """Address, TLS, clock, credentials, company, published page, its fields, and whether it may be written."""
    lines = _Lines(rows, page)
    return run([*_reach(rows, source, clock, lines, _COMPANIES), ("nav.company", lines.company), *_set(lines)])


def api_checks(
    rows: Rows, source: TokenSource | None, clock: Clock, page: int, company_id: Callable[[], str]
) -> Iterator[Check]:
    """The same for API v2.0, which knows companies by id and may not have the set at all."""
    lines = _Lines(rows, page)

    def company() -> Finding:
        return fine(f"{rows.company.company} has the id {company_id()}.")

    return run([*_reach(rows, source, clock, lines, "companies"), ("nav.company", company), *_set(lines)])


def _reach(rows: Rows, source: TokenSource | None, clock: Clock, lines: _Lines, companies: str) -> list[Step]:
    name = "nav.audience" if source else "nav.credentials"
    return [*reach_steps("nav", rows.http, source, clock), (name, lambda: lines.credentials(companies))]


def _set(lines: _Lines) -> list[Step]:
    return [("nav.service", lines.service), ("nav.fields", lines.fields), ("nav.write", lines.write)]


class _Lines:
    def __init__(self, rows: Rows, page: int) -> None:
        self._rows = rows
        self._page = page
        self._companies: list[Mapping[str, Any]] = []
        self._first: Mapping[str, Any] | None = None

    def credentials(self, companies: str) -> Finding:
        url = f"{self._rows.http.root.url}/{companies}{protocol.options(self._rows.company)}"
        try:
            pages = odata.every_page(url, lambda link: self._rows.fetch(link, None))
            self._companies = [row for page in pages for row in page.rows]
        except CredentialsRefused as error:
            return failed(error.message, _credentials_fix(error, self._rows))
        except ServiceNotFound as error:
            return failed(
                error.message, "Check the service address: instance name, port, and that OData is switched on."
            )
        return fine("The credentials are accepted.")

    def company(self) -> Finding:
        wanted = self._rows.company
        for row in self._companies:
            is_it = str(row.get("Id", "")).lower() == (wanted.company_id or "-").lower()
            if row.get("Name") == wanted.company or is_it:
                return fine(f"The company {wanted.company} is there.")
        there = ", ".join(str(row.get("Name")) for row in self._companies[:10]) or "none that this user may see"
        return failed(
            f"There is no company {wanted.company}. There is: {there}.",
            "Write the company's name exactly as NAV shows it; capital letters count.",
        )

    def service(self) -> Finding:
        rows = self._rows
        try:
            found = rows.fetch(rows.url(), 1)[0].rows
        except (ServiceNotFound, PermissionDenied) as error:
            if isinstance(error, PermissionDenied):
                return failed(error.message, "Give the user a permission set that reads Salesperson/Purchaser.")
            return failed(error.message, self._publish())
        self._first = found[0] if found else None
        return fine(f"{rows.set_name} can be read" + ("." if found else ", and holds no record yet."))

    def _publish(self) -> str:
        if self._rows.shape.stable_id:
            return f'This version has no such set in API v2.0: publish page {self._page} and use web service "odata".'
        return f"Publish page {self._page} as a web service named {self._rows.set_name}."

    def fields(self) -> Finding:
        try:
            lengths = self._rows.lengths()
        except UnexpectedAnswer as error:
            return failed(error.message, f"Publish page {self._page} with these fields on it, not the list page.")
        return fine(", ".join(f"{name} {length or 'unlimited'}" for name, length in lengths.items()) + ".")

    def write(self) -> Finding:
        """Whether the page and the user may change a row, without changing one.

        A PATCH of the first row's name to the name it has, under an ETag that cannot be the row's: a server that
        would let us write finds the row moved (409 or 412); one that would not says so. Even a server that ignored
        the ETag would store the value that is there. Some versions look at the user's rights only after the ETag:
        hence the careful wording.
        """
        if self._first is None:
            return doubtful("There is no record to try a change on.", "Create a salesperson and test again.")
        try:
            self._attempt(protocol.record_of(self._rows.shape, self._first))
        except RecordChanged:
            return fine("A change would be accepted, as far as can be told without making one.")
        except ValueRefused as error:
            return doubtful(error.message, f"Check that page {self._page} is published, and that it is editable.")
        except PermissionDenied as error:
            if error.status in (401, 403):
                return failed(error.message, "Give the user a permission set that modifies Salesperson/Purchaser.")
            return failed(error.message, f"Publish page {self._page}: list pages are read-only.")
        return doubtful(
            "The server does not compare ETags, so changes of others may be overwritten.", "Update the server."
        )

    def _attempt(self, record: Record) -> None:
        shape = self._rows.shape
        name = next(caption for caption in shape.names if caption != shape.key_field)
        if record.stable_id:
            url = f"{self._rows.set_url()}({quote(record.stable_id, safe='')})"
        else:
            url = self._rows.set_url() + odata.key_segment(record.ref.key)
        options = protocol.options(self._rows.company)
        self._rows.update(url + options, stale(record.etag or ""), {name: record.text(name)})


def stale(etag: str) -> str:
    """An ETag of the same make that is not the row's: one character in its middle is another."""
    middle = len(etag) // 2
    other = "B" if etag[middle : middle + 1] == "A" else "A"
    return etag[:middle] + other + etag[middle + 1 :]


def _credentials_fix(error: CredentialsRefused, rows: Rows) -> str:
    if error.details.get("oauth_error"):
        return error.fix
    if rows.company.sign_in.username:
        return "Check the user name and its web service access key, which may have expired."
    return (
        "The token was issued, yet NAV refuses it: check the scope against the server's ValidAudiences, and register "
        "the client id in the company's Microsoft Entra applications."
    )
