"""The products' pages with the pane in them, and what a browser that keeps sites apart says of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import BrowserContext, Error, Frame, Locator, Page, Request
from tests.e2e.demo import Demo, Pair

HOSTS = ("crm", "nav")


@dataclass
class Host:
    """A page of CRM or NAV in a tab, and the pane it shows."""

    name: str
    demo: Demo
    page: Page

    def open(self, pair: Pair) -> None:
        """The form of the user, or the card of the salesperson."""
        self.page.goto(self.demo.form(pair.user) if self.name == "crm" else self.demo.card(pair.code))

    @property
    def pane(self) -> Locator:
        """What the pane shows; in CRM it stands in the frame of a web resource."""
        outer = self.page.locator("iframe[title=Coupler]").content_frame if self.name == "crm" else self.page
        return outer.locator("iframe[title='Coupler pane']").content_frame.locator("body")

    @property
    def frame(self) -> Frame:
        """The pane's frame, to look behind it."""
        return next(frame for frame in self.page.frames if frame.url.startswith(self.demo.url))

    def heard(self) -> list[str]:
        """Types of the messages the host got, in order."""
        around = self.frame.parent_frame
        assert around is not None
        return list(around.evaluate("heard.map(({ type }) => type)"))

    def sign_in(self, person: str = "Oscar Operator") -> None:
        """By the window that the pane opens; the identity provider may remember the person."""
        with self.page.context.expect_page() as opened:
            self.pane.get_by_role("button", name="Sign in").click()
        approve(opened.value, person)
        self.settle()

    def settle(self) -> None:
        """Until the record is shown; a user may be meant in two companies."""
        company = self.pane.get_by_role("link", name="CRONUS International")
        record = self.pane.locator("coupler-pane h1")
        company.or_(record).first.wait_for()
        if company.count():
            company.click()
        record.wait_for()


def approve(window: Page, person: str = "Oscar Operator") -> None:
    """Choose a person in the window, unless it is over already."""
    with contextlib.suppress(Error):
        window.get_by_role("button", name=person).click(timeout=8_000)


@dataclass
class Watch:
    """What went wrong in a context: violations of a policy, script errors, requests of the pane to elsewhere."""

    own: str
    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Look at everything from now on."""
        context.on("console", lambda line: self._line(line.text))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", self._request)

    def _line(self, text: str) -> None:
        if "Content Security Policy" in text or "Trusted" in text:
            self.violations.append(text)

    def _request(self, request: Request) -> None:
        try:
            asked_by = request.frame.url
        except Error:
            return
        elsewhere = not request.url.startswith((f"{self.own}/", "data:", "blob:"))
        if asked_by.startswith(f"{self.own}/") and elsewhere and not request.is_navigation_request():
            self.foreign.append(request.url)


@contextmanager
def foreign_site(pages: dict[str, str]) -> Iterator[str]:
    """A web site of somebody else, with these pages by path; its origin."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path.partition("?")[0], "").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
