"""The extension loaded into a real Chromium, on the sandbox's pages: it finds the record and leads where it should."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from tests.browser import chromium_path
from tests.manifest.artefacts import BACKEND, built, parts_of

from coupler.connectors.nav.urls import new_bookmark, old_bookmark
from coupler.sandbox.hosts.addresses import write_bookmark
from coupler.sandbox.server import Sandbox

COMPANY = "A & B's Å"
ENCODED = "A%20%26%20B%27s%20%C3%85"
GUID = "93A0ECCD-CCBC-5D26-948C-A67E69057091"
pytestmark = pytest.mark.browser

SETTINGS = {
    "crmAddresses": [],
    "navAddresses": [],
    "company": "",
    "mappings": [
        {
            "table": "salesperson",
            "number": 13,
            "tableName": "Salesperson/Purchaser",
            "keyField": "Code",
            "card": 5116,
            "list": 14,
            "entity": "systemuser",
            "typeCode": 8,
        }
    ],
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(people=20, ports=(0, 0, 0, 0)) as running:
        yield running


def unpack(folder: Path, **changes: Any) -> str:
    """The extension for Chrome as files, with the sandbox's sites allowed, as after a click on *Allow*."""
    for name, content in parts_of(built("extension", "chrome", **changes)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["host_permissions"] = ["http://127.0.0.1/*"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return str(folder)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A Chromium with the extension."""
    folder = unpack(tmp_path_factory.mktemp("extension"))
    arguments = ["--no-sandbox", f"--disable-extensions-except={folder}", f"--load-extension={folder}", "--lang=en"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")),
            executable_path=chromium_path(),
            args=[*arguments, "--disable-background-networking", "--disable-component-update", "--no-first-run"],
            channel=None,
        )
        yield running
        running.close()


@pytest.fixture(scope="module")
def home(context: BrowserContext) -> str:
    """The extension's own address."""
    worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
    return worker.url.removesuffix("background.js")


@pytest.fixture
def panel(context: BrowserContext, home: str) -> Iterator[Page]:
    page = context.new_page()
    page.goto(f"{home}panel.html")
    yield page
    page.close()


@pytest.fixture
def beside(context: BrowserContext, panel: Page) -> Iterator[Callable[[str], Page]]:
    """Opens an address in a tab of its own, which becomes the active one; answers the panel."""
    tab = context.new_page()

    def open_tab(url: str) -> Page:
        tab.goto(url)
        tab.bring_to_front()
        return panel

    yield open_tab
    tab.close()


def card(sandbox: Sandbox, **parameters: str) -> str:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"{sandbox.world.urls.nav}/DynamicsNAV110/?{query}"


def expect_links(panel: Page, record: str, partner: str, coupling: str) -> None:
    expect(panel.locator("#record")).to_have_text(record)
    expect(panel.locator("#partner")).to_have_attribute("href", partner)
    expect(panel.locator("#coupling")).to_have_attribute("href", coupling)


@pytest.mark.parametrize(
    "where",
    [
        {"page": "5116", "filter": "'Code' IS 'PS'", "mode": "View"},
        {"page": "5116", "bookmark": write_bookmark("PS")},
        {"page": "14", "bookmark": write_bookmark("PS")},
    ],
    ids=["filter", "bookmark", "list"],
)
def test_on_a_salesperson_the_panel_leads_to_the_user_and_the_coupling(
    sandbox: Sandbox, beside: Callable[[str], Page], where: dict[str, str]
) -> None:
    panel = beside(card(sandbox, company=COMPANY, **where))

    expect_links(
        panel,
        "Dynamics NAV PS",
        f"{BACKEND}/open/nav/salesperson/PS?company={ENCODED}",
        f"{BACKEND}/couple?system=nav&table=salesperson&key=PS&company={ENCODED}",
    )
    expect(panel.locator("#partner")).to_have_text("Open in Dynamics CRM")
    expect(panel.locator("#coupling")).to_have_text("Set Up Coupling")


def test_on_a_crm_user_the_panel_leads_to_the_salesperson_and_the_coupling(
    sandbox: Sandbox, beside: Callable[[str], Page]
) -> None:
    user_id = str(next(iter(sandbox.world.users))["systemuserid"])
    org = quote(sandbox.world.urls.crm, safe="")

    panel = beside(f"{sandbox.world.urls.crm}/main.aspx?pagetype=entityrecord&etn=systemuser&id=%7B{user_id}%7D")

    expect_links(
        panel,
        f"Dynamics CRM {user_id.upper()}",
        f"{BACKEND}/open/crm/systemuser/{user_id.upper()}?org={org}",
        f"{BACKEND}/couple?system=crm&entity=systemuser&id={user_id.upper()}&org={org}",
    )
    expect(panel.locator("#partner")).to_have_text("Open in Dynamics NAV")


def test_the_panel_follows_the_tab_from_record_to_record(sandbox: Sandbox, beside: Callable[[str], Page]) -> None:
    panel = beside(card(sandbox, company=COMPANY, page="5116", filter="'Code' IS 'PS'"))
    expect(panel.locator("#record")).to_have_text("Dynamics NAV PS")

    beside(card(sandbox, company=COMPANY))

    expect(panel.locator("#notice")).to_contain_text("No record that Coupler knows")
    expect(panel.locator("#links")).to_be_hidden()


def test_on_a_site_nobody_allowed_the_panel_says_how_to_allow_it(beside: Callable[[str], Page]) -> None:
    panel = beside("data:text/html,x")

    expect(panel.locator("#notice")).to_contain_text("may not see the address")


def test_the_links_open_a_tab_that_cannot_reach_back(panel: Page) -> None:
    for link in panel.locator("#links a").all():
        assert link.get_attribute("target") == "_blank"
        assert "noopener" in str(link.get_attribute("rel"))


def test_options_keep_an_address_and_refuse_one_that_is_none(context: BrowserContext, home: str) -> None:
    page = context.new_page()
    page.goto(f"{home}options.html")
    expect(page.locator("#backend")).to_have_value(BACKEND)

    for wrong in ("http://coupler.example.com", "javascript:alert(1)", "https://u:p@x.example", "https://x.example/?a"):
        page.fill("#backend", wrong)
        page.click("button")
        expect(page.locator("#outcome")).to_contain_text(wrong)
        expect(page.locator("#backend")).to_have_attribute("aria-invalid", "true")
    page.fill("#backend", "https://other.example.org/coupler/")
    page.click("button")
    expect(page.locator("#outcome")).to_have_text("Saved.")
    page.reload()

    expect(page.locator("#backend")).to_have_value("https://other.example.org/coupler")
    page.evaluate("chrome.storage.local.clear()")
    page.close()


def test_a_changed_address_reaches_the_panel_at_once(
    sandbox: Sandbox, beside: Callable[[str], Page], context: BrowserContext
) -> None:
    panel = beside(card(sandbox, company=COMPANY, page="5116", filter="'Code' IS 'PS'"))
    expect(panel.locator("#partner")).to_have_attribute("href", f"{BACKEND}/open/nav/salesperson/PS?company={ENCODED}")

    panel.evaluate("chrome.storage.local.set({ backend: 'https://other.example.org' })")

    moved = f"https://other.example.org/open/nav/salesperson/PS?company={ENCODED}"
    expect(panel.locator("#partner")).to_have_attribute("href", moved)
    panel.evaluate("chrome.storage.local.clear()")


def test_a_stored_address_that_is_no_address_is_not_linked_to(sandbox: Sandbox, beside: Callable[[str], Page]) -> None:
    panel = beside(card(sandbox, company=COMPANY, page="5116", filter="'Code' IS 'PS'"))

    panel.evaluate("chrome.storage.local.set({ backend: 'javascript:alert(1)//' })")

    expect(panel.locator("#notice")).to_contain_text("https://coupler.example.com")
    expect(panel.locator("#links")).to_be_hidden()
    panel.evaluate("chrome.storage.local.clear()")


def test_the_panel_fits_a_narrow_sidebar(sandbox: Sandbox, beside: Callable[[str], Page]) -> None:
    panel = beside(card(sandbox, company=COMPANY, page="5116", filter="'Code' IS 'PS'"))
    for width in (258, 300, 600):
        panel.set_viewport_size({"width": width, "height": 600})
        assert panel.evaluate("document.documentElement.scrollWidth") <= width


def detected(panel: Page, url: str, **settings: Any) -> Any:
    """What detect.js says of an address."""
    script = "async ([url, settings]) => (await import('./detect.js')).detect(url, settings)"
    return panel.evaluate(script, [url, {**SETTINGS, **settings}])


@pytest.mark.parametrize(
    "address",
    [
        f"https://o.crm4.example.com/main.aspx?etn=systemuser&pagetype=entityrecord&id=%7B{GUID}%7D",
        f"https://o.crm4.example.com/main.aspx?ID={GUID.lower()}&ETC=8",
        f"https://o.crm4.example.com/main.aspx?appid=x&etn=SystemUser&id={{{GUID}}}&pagetype=EntityRecord#x",
        f"https://o.crm4.example.com/main.aspx#etn=systemuser&id=%7b{GUID.lower()}%7d",
        f"https://o.crm4.example.com/MAIN.ASPX?etc=8&extraqs=id%3D%257B{GUID}%257D%26etc%3D8",
    ],
)
def test_x01_a_crm_address_is_read_in_every_notation(panel: Page, address: str) -> None:
    expected = {"system": "crm", "table": "systemuser", "key": GUID, "org": "https://o.crm4.example.com"}

    assert detected(panel, address) == expected


def test_an_organization_below_a_path_is_named_with_it(panel: Page) -> None:
    found = detected(panel, f"http://crm:5555/Contoso/main.aspx?etn=systemuser&id={GUID}")

    assert found["org"] == "http://crm:5555/Contoso"


@pytest.mark.parametrize(
    "address",
    [
        "https://o.crm4.example.com/main.aspx?etn=account&id=" + GUID,
        "https://o.crm4.example.com/main.aspx?etn=systemuser&id=42",
        "https://o.crm4.example.com/main.aspx?etn=systemuser&pagetype=entitylist&id=" + GUID,
        "https://o.crm4.example.com/other.aspx?etn=systemuser&id=" + GUID,
        "https://nav.example.com/BC/?page=22&filter='Code'%20IS%20'PS'",
        "https://nav.example.com/BC/?page=5116",
        "https://nav.example.com/BC/?page=14&filter='Code'%20IS%20'PS'",
        "https://nav.example.com/BC/?page=5116&filter='Code'%20IS%20'A..B'",
        "https://nav.example.com/BC/?page=5116&filter='Code'%20IS%20'A*'",
        "https://nav.example.com/BC/?page=5116&filter='Name'%20IS%20'PS'",
        "https://nav.example.com/BC/?page=5116&filter=%FF",
        "https://nav.example.com/BC/?page=5116&filter='Customer'.'Code'%20IS%20'PS'",
        "https://nav.example.com/BC/?page=5116&bookmark=21%3BEgAAAAJ7BTEAMAAwADAAMA%3D%3D",
        "https://nav.example.com/BC/?page=5116&bookmark=nonsense",
        "file:///main.aspx?etn=systemuser&id=" + GUID,
        "about:blank",
        "",
    ],
)
def test_what_is_no_record_of_ours_is_none(panel: Page, address: str) -> None:
    assert detected(panel, address) is None


@pytest.mark.parametrize("code", ["PS", "A/B", "Ø'1", "A*B&C", "1234567890", "Ā"])
@pytest.mark.parametrize("bookmark", [old_bookmark, new_bookmark])
def test_every_code_is_read_off_a_bookmark(panel: Page, code: str, bookmark: Callable[[int, str], str]) -> None:
    address = f"https://nav.example.com/BC/?dc=0&page=5116&bookmark={quote(bookmark(13, code), safe='')}&company=C"

    assert detected(panel, address) == {"system": "nav", "table": "salesperson", "key": code, "company": "C"}


@pytest.mark.parametrize(
    "text",
    [
        "'Code' IS 'PS'",
        "Code is PS",
        "'Salesperson/Purchaser'.Code IS 'PS'",
        "'Salesperson/Purchaser'.'Code' IS 'PS' AND 'Name' IS 'Paula'",
        "'Name' IS 'Paula' AND 'Code' IS 'PS'",
    ],
)
def test_a_filter_is_read_in_short_and_qualified_form(panel: Page, text: str) -> None:
    found = detected(panel, f"https://nav.example.com/BC/?page=5116&company=C&filter={quote(text, safe='')}")

    assert found == {"system": "nav", "table": "salesperson", "key": "PS", "company": "C"}


def test_a_quote_inside_a_filter_is_one(panel: Page) -> None:
    assert detected(panel, "https://n.example.com/?page=5116&filter='Code'%20IS%20'A''B'")["key"] == "A'B"


def test_without_a_company_the_one_of_the_options_counts(panel: Page) -> None:
    address = "https://n.example.com/?page=5116&filter='Code'%20IS%20'PS'"

    assert detected(panel, address, company="CRONUS")["company"] == "CRONUS"


@pytest.mark.parametrize(
    ("address", "counts"),
    [
        ("https://n.example.com/BC/", True),
        ("https://n.example.com/bc", True),
        ("https://n.example.com/BCX/", False),
        ("https://evil.example/BC/", False),
        ("http://n.example.com/BC/", False),
        ("https://n.example.com:444/BC/", False),
    ],
)
def test_with_addresses_in_the_options_only_those_count(panel: Page, address: str, counts: bool) -> None:
    record = f"{address}?page=5116&filter='Code'%20IS%20'PS'"

    found = detected(panel, record, navAddresses=["https://n.example.com/BC"])

    assert (found is not None) is counts
