"""The web resource that frames the pane: what it frames, and whom it tells about the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Route
from tests.manifest.artefacts import BACKEND, built, parts_of

GUID = "93A0ECCD-CCBC-5D26-948C-A67E69057091"
CRM = "https://org.crm4.example.com"
RESOURCE = f"{CRM}/WebResources/coupler_/pane.htm"
# Stands for the pane: it says what it hears, and asks on request.
PANE_PAGE = """<!doctype html><script>
window.heard = [];
addEventListener("message", (event) => heard.push([event.origin, event.data]));
window.ask = (message) => parent.postMessage(message, "*");
</script>"""
OUTER = """<!doctype html><script>
window.Xrm = {{ Page: {{ context: {{ getClientUrl: () => "{crm}" }} }} }};
</script><iframe name="resource" src="{resource}"></iframe>"""
pytestmark = pytest.mark.browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Two origins, served by the test: CRM with the solution's web resources, and Coupler."""
    parts = parts_of(built("crm"))
    files = {
        name: next(parts[p] for p in parts if name.replace(".", "") in p)
        for name in ("pane.htm", "pane.js", "pane.css")
    }
    types = {".htm": "text/html", ".js": "text/javascript", ".css": "text/css"}

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        name = url.path.rpartition("/")[2]
        if route.request.url.startswith((f"{BACKEND}/pane?", f"{BACKEND}/couple?")):
            route.fulfill(body=PANE_PAGE, content_type="text/html")
        elif name in files:
            route.fulfill(body=files[name], content_type=types[name[name.index(".") :]])
        elif name == "form":
            route.fulfill(body=OUTER.format(crm=CRM, resource=f"{RESOURCE}?{url.query}"), content_type="text/html")
        else:
            route.abort()

    context = browser.new_context()
    context.route("**/*", answer)
    yield context
    context.close()


def pane_in(page: Page) -> Frame:
    """The framed pane, once it is there."""
    inner = page.frame("resource") or page.main_frame
    inner.wait_for_selector("#pane", state="attached")
    handle = inner.query_selector("#pane")
    frame = handle.content_frame() if handle else None
    assert frame is not None
    frame.wait_for_url(f"{BACKEND}/**")
    return frame


def framed(page: Page) -> dict[str, str]:
    """What the frame is told in its address."""
    query = urlsplit(pane_in(page).url).query
    return {name: values[0] for name, values in parse_qs(query).items()}


@pytest.mark.parametrize(
    "query",
    [
        f"typename=systemuser&type=8&id=%7b{GUID.lower()}%7d&orgname=org&userlcid=1030&orglcid=1033",
        f"userlcid=1030&data={quote(f'typename=systemuser&id={GUID}', safe='')}",
    ],
    ids=["on a form", "by the button"],
)
def test_it_frames_the_pane_for_the_record_in_the_language_of_the_user(context: BrowserContext, query: str) -> None:
    page = context.new_page()
    page.goto(f"{CRM}/form?{query}")

    assert framed(page) == {"system": "crm", "entity": "systemuser", "id": GUID, "org": CRM, "lcid": "1030"}


def test_nonsense_in_the_address_reaches_nobody(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{RESOURCE}?typename=%3Cb%3E&id=42&userlcid=x%26a%3Db")

    assert framed(page) == {"system": "crm"}


def test_the_pane_is_told_the_record_when_it_says_ready(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{CRM}/form?typename=systemuser&id={GUID}")
    pane = pane_in(page)

    pane.evaluate("ask({ v: 1, type: 'ready', id: 'a1' })")
    pane.wait_for_function("heard.length > 0")

    payload = {"system": "crm", "entity": "systemuser", "id": GUID, "org": CRM, "lcid": ""}
    assert pane.evaluate("heard") == [[CRM, {"v": 1, "type": "context", "id": "a1", "payload": payload}]]


@pytest.mark.parametrize(
    "message", [{"v": 2, "type": "ready"}, {"v": 1, "type": "coupled", "payload": {}}, "ready", None, {}]
)
def test_other_messages_get_no_answer(context: BrowserContext, message: Any) -> None:
    page = context.new_page()
    page.goto(f"{CRM}/form?typename=systemuser&id={GUID}")
    pane = pane_in(page)

    pane.evaluate("message => ask(message)", message)
    # The answer to a later, good message proves that the first one was passed over.
    pane.evaluate("ask({ v: 1, type: 'ready', id: 'last' })")
    pane.wait_for_function("heard.length > 0")

    assert [data["id"] for _, data in pane.evaluate("heard")] == ["last"]


@pytest.mark.parametrize(
    ("payload", "page_opened"),
    [
        ({"view": "pane"}, "pane"),
        ({"view": "couple"}, "couple"),
        ({"view": "https://evil.example", "url": "https://evil.example", "id": "42"}, "couple"),
        (None, "couple"),
    ],
)
def test_a_frame_that_may_open_nothing_has_this_record_opened_and_no_other(
    context: BrowserContext, payload: Any, page_opened: str
) -> None:
    page = context.new_page()
    page.goto(f"{CRM}/form?typename=systemuser&id={GUID}")
    pane = pane_in(page)

    with context.expect_page() as opened:
        pane.evaluate("payload => ask({ v: 1, type: 'open', id: 1, payload })", payload)

    org = quote(CRM, safe="")
    assert opened.value.url == f"{BACKEND}/{page_opened}?system=crm&entity=systemuser&id={GUID}&org={org}"


def test_only_the_frame_itself_is_answered(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{CRM}/form?typename=systemuser&id={GUID}")
    pane, resource = pane_in(page), page.frame("resource")
    assert resource is not None
    page.evaluate("window.heard = []; addEventListener('message', (event) => heard.push(event.data))")

    page.evaluate("frames[0].postMessage({ v: 1, type: 'ready', id: 'outer' }, '*')")
    resource.evaluate("window.postMessage({ v: 1, type: 'ready', id: 'self' }, '*')")
    page.wait_for_timeout(50)

    assert page.evaluate("heard") == []
    assert pane.evaluate("heard") == []
