"""The pictures of the README, of the same people each time. `RENEW_SCREENSHOTS=1` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.demo import Demo, encoded

pytestmark = pytest.mark.browser
FOLDER = Path(__file__).parents[1] / "screenshots"


def take(page: Page, name: str, height: int) -> None:
    """Look at the page at the README's size; keep the picture only where the run was asked to."""
    page.set_viewport_size({"width": 900, "height": height})
    picture = page.screenshot(animations="disabled", caret="hide")
    assert (FOLDER / f"{name}.png").exists() or os.environ.get("RENEW_SCREENSHOTS")  # noqa: TID251
    if os.environ.get("RENEW_SCREENSHOTS"):  # noqa: TID251 - the tests' own switch
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{name}.png").write_bytes(picture)


def window(demo: Demo, code: str, **query: str) -> str:
    more = "".join(f"&{name}={encoded(value)}" for name, value in query.items())
    return f"{demo.url}/couple?system=nav&table=salesperson&key={code}&connection=cronus{more}"


def test_the_nav_card_with_its_group(page: Page, demo: Demo) -> None:
    page.goto(demo.card("AH", client="DynamicsNAV90/WebClient/default.aspx"))
    page.get_by_role("tab", name="Navigate").click()
    page.get_by_role("button", name="Coupling").click()

    expect(page.get_by_role("menuitem", name="Set Up Coupling")).to_be_visible()
    take(page, "nav-card", 430)


def test_the_crm_user_with_its_button(page: Page, demo: Demo) -> None:
    page.goto(demo.said["links"]["crm_user"])

    expect(page.get_by_role("link", name="Dynamics NAV")).to_be_visible()
    take(page, "crm-user", 395)


def test_the_coupling_window_with_differences_and_a_warning(page: Page, demo: Demo) -> None:
    demo.change_salesperson("WG", Name="Wilma Graaf", Phone_No="+31 20 555 0100")
    page.goto(window(demo, "WG"))
    page.get_by_role("combobox", name="User").fill("wilma")
    page.get_by_role("option").filter(has_text="Wilma de Graaf").click()

    expect(page.get_by_text("characters will be cut")).to_be_visible()
    take(page, "set-up-coupling", 660)


def test_synchronize_now_shows_before_and_after(page: Page, demo: Demo) -> None:
    page.goto(window(demo, "PS", action="synchronize"))

    expect(
        page.get_by_role("heading", name="Get data update from Dynamics CRM for Paula Sandberg (PS)?")
    ).to_be_visible()
    take(page, "synchronize-now", 330)


def test_the_users_list(page: Page, demo: Demo) -> None:
    page.goto(demo.said["links"]["crm_users"])
    page.get_by_role("searchbox").fill("ami")

    expect(page.get_by_role("row").nth(1)).to_contain_text("Amina Haddad")
    expect(page.get_by_role("row").nth(1)).to_contain_text("AH")
    take(page, "crm-users", 520)
