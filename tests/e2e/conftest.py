"""One demo and one browser per test process; a signed-in person per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from tests.browser import chromium
from tests.e2e.demo import Demo, running_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def sign_in(page: Page, person: str) -> None:
    """Choose a person on the identity provider's page, if it asks."""
    page.get_by_role("button", name=person).click()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, demo: Demo) -> str:
    """The browser state of Oscar Operator, signed in by the real flow once."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo.url}/users?connection=cronus")
    page.get_by_role("button", name="Sign in").click()
    sign_in(page, "Oscar Operator")
    page.get_by_role("heading", name="Microsoft Dynamics CRM Users").wait_for()
    state = context.storage_state()
    context.close()
    return state  # type: ignore[return-value]


@pytest.fixture
def context(browser: Browser, signed_in: str) -> Iterator[BrowserContext]:
    opened = browser.new_context(storage_state=signed_in, viewport={"width": 1000, "height": 760})  # type: ignore[arg-type]
    opened.set_default_timeout(10_000)
    complaints: list[str] = []
    opened.on("weberror", lambda error: complaints.append(str(error.error)))
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield opened
    opened.close()
    # A refused request (404, 409, 422) is logged by Chromium as an error too; those are what tests provoke.
    assert [c for c in complaints if "the server responded with a status of" not in c] == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
