"""The buttons' script in a real Chromium, in clients of 2015, of 9.x and without any: it opens exactly one address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page
from tests.manifest.artefacts import BACKEND, built, part_named, parts_of

CLIENT = Path(__file__).with_name("crm_client.js").read_text(encoding="utf-8")
GUID = "93A0ECCD-CCBC-5D26-948C-A67E69057091"
PARTNER = f"{BACKEND}/open/crm/systemuser/{GUID}"
ORG = "?org=https%3A%2F%2Forg.crm4.example.com%2FA%20%26%20B"
PANE = {"pageType": "webresource", "webresourceName": "coupler_/pane.htm", "data": f"typename=systemuser&id={GUID}"}
IN_TAB = ["_blank", "noopener"]
pytestmark = pytest.mark.browser

InCrm = Callable[..., Page]


@pytest.fixture
def in_crm(browser: Browser) -> Iterator[InCrm]:
    """A page with the script in a client of that shape."""
    page = browser.new_page()

    def load(shape: str, **changes: Any) -> Page:
        parts = parts_of(built("crm", **changes))
        page.evaluate(CLIENT)
        page.evaluate("shape => useClient(shape)", shape)
        page.add_script_tag(content=parts[part_named(parts, "linkjs")].decode())
        return page

    yield load
    page.close()


def opened(page: Page, function: str, *given: object) -> list[list[Any]]:
    """What calling the function opened."""
    page.evaluate("([name, given]) => { Coupler[name](...given) }", [function, list(given)])
    page.wait_for_timeout(20)
    found: list[list[Any]] = page.evaluate("opened")
    return found


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("2015", ["window.open", PARTNER + ORG, *IN_TAB]),
        ("9.x", ["openUrl", PARTNER + ORG]),
        ("9.x without a context", ["openUrl", PARTNER]),
        ("none", ["window.open", PARTNER, *IN_TAB]),
    ],
)
def test_s26_dynamics_nav_opens_the_partner_in_a_new_tab(in_crm: InCrm, shape: str, expected: list[str]) -> None:
    assert opened(in_crm(shape), "openPartner", f"{{{GUID}}}", "systemuser", None) == [expected]


@pytest.mark.parametrize("given", [GUID, GUID.lower(), f"{{{GUID}}}", f"{{{GUID.lower()}}}", f"  {GUID} "])
def test_x01_an_id_is_taken_in_every_notation(in_crm: InCrm, given: str) -> None:
    assert opened(in_crm("none"), "openPartner", given, "systemuser") == [["window.open", PARTNER, *IN_TAB]]


@pytest.mark.parametrize(
    ("record", "entity"),
    [
        ("", "systemuser"),
        (None, "systemuser"),
        ("42", "systemuser"),
        (f"{GUID}/../../evil", "systemuser"),
        (f"https://evil.example/{GUID}", "systemuser"),
        (GUID, ""),
        (GUID, "system/user"),
        (GUID, "../evil"),
        (GUID, 8),
    ],
)
@pytest.mark.parametrize("function", ["openPartner", "openPane"])
def test_what_is_no_record_opens_nothing(in_crm: InCrm, function: str, record: object, entity: object) -> None:
    page = in_crm("2015")

    with pytest.raises(Error, match="named no record"):
        opened(page, function, record, entity)
    assert page.evaluate("opened") == []


@pytest.mark.parametrize("function", ["openPartner", "openPane"])
def test_an_address_that_is_not_https_is_refused_when_the_build_did_not_allow_it(in_crm: InCrm, function: str) -> None:
    # Somebody edits the web resource after the build.
    page = in_crm("none")
    parts = parts_of(built("crm"))
    edited = (
        parts[part_named(parts, "linkjs")].decode().replace('"https://', '"http://').replace("var Coupler", "Coupler")
    )
    page.add_script_tag(content=edited)

    with pytest.raises(Error, match="not https"):
        opened(page, function, GUID, "systemuser")
    assert page.evaluate("opened") == []


def test_http_is_opened_when_the_build_allowed_it(in_crm: InCrm) -> None:
    page = in_crm("none", backend="http://localhost:8000", allow_http=True)

    found = opened(page, "openPartner", GUID, "systemuser")

    assert found == [["window.open", f"http://localhost:8000/open/crm/systemuser/{GUID}", *IN_TAB]]


def test_the_pane_opens_as_a_window_in_2015(in_crm: InCrm) -> None:
    found = opened(in_crm("2015"), "openPane", GUID, "systemuser")

    assert found == [["openWebResource", PANE["webresourceName"], PANE["data"], 420, 700]]


def test_the_pane_opens_as_a_dialog_at_the_side_in_9x(in_crm: InCrm) -> None:
    ((name, page, options),) = opened(in_crm("9.x"), "openPane", GUID, "systemuser")

    assert (name, page) == ("navigateTo", PANE)
    assert (options["target"], options["position"]) == (2, 2)


def test_the_pane_opens_as_a_side_pane_where_there_are_any_and_once(in_crm: InCrm) -> None:
    page = in_crm("9.x with panes")

    opened(page, "openPane", GUID, "systemuser")
    found = opened(page, "openPane", GUID.replace("9", "8"), "systemuser")

    assert [name for name, *_ in found] == ["createPane", "navigate", "navigate"]
    assert found[1] == ["navigate", PANE]
    assert found[2][1]["data"].endswith(GUID.replace("9", "8"))


def test_a_client_that_shows_no_web_resource_in_a_pane_gets_the_dialog(in_crm: InCrm) -> None:
    found = opened(in_crm("9.x whose panes refuse"), "openPane", GUID, "systemuser")

    assert [name for name, *_ in found] == ["createPane", "navigate", "navigateTo"]


def test_without_any_client_the_coupling_page_opens_instead_of_the_pane(in_crm: InCrm) -> None:
    found = opened(in_crm("none"), "openPane", GUID, "systemuser")

    assert found == [["window.open", f"{BACKEND}/couple?system=crm&entity=systemuser&id={GUID}", *IN_TAB]]
