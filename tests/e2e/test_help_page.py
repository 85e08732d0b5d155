"""The help page "View and Edit Dynamics CRM Users for Salespeople", sentence by sentence, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.demo import Demo, Pair

from coupler.sandbox.server import Sandbox

pytestmark = pytest.mark.browser
WINDOW = "Microsoft Dynamics CRM User Coupling"


def ribbon(page: Page, *names: str) -> Page:
    """Press an action of the group Dynamics CRM on the tab Navigate; the page it opens."""
    page.get_by_role("tab", name="Navigate").click()
    group = page.get_by_role("group", name=re.compile("Dynamics|Dataverse"))
    if len(names) == 2:
        group.get_by_role("button", name=names[0]).click()
        action = group.get_by_role("menuitem", name=names[1])
    else:
        action = group.get_by_role("link", name=names[0], exact=True)
    with page.context.expect_page() as opened:
        action.click()
    return opened.value


def choose(page: Page, label: str, text: str, name: str) -> None:
    """Search in the combobox and choose a line."""
    box = page.get_by_role("combobox", name=label)
    box.fill(text)
    page.get_by_role("option").filter(has_text=name).first.click()


def row(page: Page, field: str) -> Locator:
    """A line of Coupled Records."""
    table = page.get_by_role("table", name="Coupled Records")
    return table.get_by_role("row").filter(has_text=re.compile(rf"^\s*{re.escape(field)}"))


def ok(page: Page) -> None:
    page.get_by_role("button", name="OK").click()


def test_s01_where_the_integration_is_not_set_up_no_action_is_offered(browser: Browser) -> None:
    with Sandbox(ports=(0, 0, 0, 0)) as sandbox, browser.new_context() as context:
        page = context.new_page()
        code = next(iter(sandbox.world.companies.values())).name
        page.goto(f"{sandbox.description['nav']['base_url']}/?company={code}&page=14".replace(" ", "%20"))
        page.get_by_role("tab", name="Navigate").click()

        expect(page.get_by_role("group", name="Salesperson")).to_be_visible()
        expect(page.get_by_role("link", name="User", exact=True)).to_have_count(0)
        expect(page.get_by_role("button", name="Coupling")).to_have_count(0)


def test_s02_s23_user_opens_the_coupled_user_in_crms_own_page(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.couple(pair)
    page.goto(demo.card(pair.code))

    opened = ribbon(page, "User")
    opened.wait_for_url(f"{demo.said['crm']}/main.aspx**")

    expect(opened.get_by_role("heading", level=1)).to_have_text(pair.crm_name)


def test_s03_only_crm_users_are_offered_for_a_salesperson(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    users = {" ".join(row["fullname"].split()) for row in demo.control.get("/state").json()["crm"]["systemusers"]}
    page.goto(demo.window(pair))

    page.get_by_role("combobox", name="User").click()
    expect(page.get_by_role("option").nth(5)).to_be_visible()
    offered = page.get_by_role("option").locator("bdi.name").all_inner_texts()

    assert {" ".join(name.split()) for name in offered} <= users


def test_s04_s26_dynamics_nav_opens_the_coupled_salesperson(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.couple(pair)
    page.goto(demo.form(pair.user))

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Dynamics NAV").click()
    opened.value.wait_for_url(f"{demo.said['nav']}/**")

    expect(opened.value.get_by_role("heading", level=1)).to_contain_text(pair.code)


def test_s05_without_a_coupling_user_offers_to_set_one_up_and_then_opens_at_once(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    page.goto(demo.card(pair.code))

    window = ribbon(page, "User")
    expect(window.get_by_role("heading", name=WINDOW)).to_be_visible()
    choose(window, "User", pair.email, pair.crm_name)
    ok(window)
    window.wait_for_url(f"{demo.said['crm']}/main.aspx**")

    expect(window.get_by_role("heading", level=1)).to_have_text(pair.crm_name)


def test_s06_s19_ok_stores_one_coupling_of_the_two_records(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    page.goto(demo.window(pair))
    choose(page, "User", pair.email, pair.crm_name)
    ok(page)
    expect(page.get_by_role("heading", name="Coupled", exact=True)).to_be_visible()

    (coupling,) = demo.couplings(connection="cronus", nav_key=pair.code)

    assert coupling["crm"]["id"] == pair.user
    assert coupling["created_by"] == "Oscar Operator"


def test_s07_s17_with_yes_the_mapped_fields_hold_the_same_values_afterwards(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.change_user(pair.user, mobilephone="+45 70 10 20 30")
    page.goto(demo.window(pair))
    choose(page, "User", pair.email, pair.crm_name)
    page.get_by_role("radio", name="Yes - Use Dynamics CRM Data").check()
    ok(page)
    expect(page.get_by_text("1 field was synchronized.")).to_be_visible()

    assert demo.salesperson(pair.code)["Phone_No"] == "+45 70 10 20 30"


def test_s08_sending_to_crm_is_not_offered_and_one_sentence_says_why(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    page.goto(demo.window(pair))

    choices = page.get_by_role("radio")
    expect(choices).to_have_count(2)
    expect(page.get_by_role("radio", name="No", exact=True)).to_be_visible()
    expect(page.get_by_text("Dynamics NAV data is not offered")).to_be_visible()


def test_s08_sending_to_crm_is_refused_by_the_api_with_the_reason(demo: Demo) -> None:
    pair = demo.fresh_pair()
    body = {"connection": "cronus", "mapping": "SALESPEOPLE", "nav_key": pair.code, "crm_id": pair.user}
    before = demo.user(pair.user)

    answer = demo.api.post("/couplings", json={**body, "synchronize": "use_nav_data"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "direction_not_allowed"
    assert demo.couplings(crm_id=pair.user) == []
    assert demo.user(pair.user) == before


def test_s09_from_the_role_centre_by_the_list_to_the_card(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    page.goto(f"{demo.said['nav']}/DynamicsNAV110/?company=CRONUS%20International%20Ltd.")
    page.get_by_role("link", name=re.compile("Salespeople")).click()
    page.get_by_role("link", name=pair.code, exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(pair.nav_name)


@pytest.mark.parametrize("client", ["DynamicsNAV90/WebClient/default.aspx", "DynamicsNAV110/", "BC250/"])
def test_s10_s11_set_up_coupling_opens_the_window_from_every_client(page: Page, demo: Demo, client: str) -> None:
    pair = demo.fresh_pair()
    page.goto(demo.card(pair.code, client=client))

    window = ribbon(page, "Coupling", "Set Up Coupling")

    expect(window.get_by_role("heading", name=WINDOW)).to_be_visible()
    expect(window.get_by_label("Salesperson", exact=True)).to_contain_text(pair.nav_name)
    expect(window.get_by_role("combobox", name="User")).to_be_visible()


def test_s10_the_list_has_the_action_for_the_selected_line(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    page.goto(f"{demo.said['nav']}/DynamicsNAV110/?company=CRONUS%20International%20Ltd.&page=14")
    page.get_by_role("row").filter(has=page.get_by_role("link", name=pair.code, exact=True)).click(
        position={"x": 2, "y": 2}
    )

    window = ribbon(page, "Coupling", "Set Up Coupling")

    expect(window.get_by_label("Salesperson", exact=True)).to_contain_text(pair.nav_name)


def test_s12_s15_coupled_records_change_with_the_chosen_user_and_mark_what_differs(page: Page, demo: Demo) -> None:
    pair, other = demo.fresh_pair(), demo.fresh_pair()
    demo.change_user(pair.user, mobilephone="+45 99 88 77 66")
    page.goto(demo.window(pair))
    expect(row(page, "Name")).to_contain_text(pair.nav_name)

    choose(page, "User", other.email, other.crm_name)
    expect(row(page, "Name")).to_contain_text(other.crm_name)
    expect(row(page, "E-Mail")).to_contain_text("Different")

    choose(page, "User", pair.email, pair.crm_name)
    expect(page.get_by_text("1 of 3 differ")).to_be_visible()
    expect(row(page, "Phone No.")).to_contain_text("Different")
    expect(row(page, "Name")).not_to_contain_text("Different")


def test_s13_s14_both_columns_show_the_values_of_this_moment(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.couple(pair)
    demo.change_user(pair.user, mobilephone="+45 11 11 11 11")
    demo.change_salesperson(pair.code, Phone_No="+45 22 22 22 22")

    page.goto(demo.window(pair))

    expect(page.get_by_role("columnheader", name="Dynamics NAV Salesperson")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Dynamics CRM User")).to_be_visible()
    expect(row(page, "Phone No.")).to_contain_text("+45 11 11 11 11")
    expect(row(page, "Phone No.")).to_contain_text("+45 22 22 22 22")


def test_s15_what_would_be_cut_is_told_before_anything_happens(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.couple(pair)
    demo.change_user(pair.user, mobilephone="+45 " + "1" * 40)

    page.goto(demo.window(pair))

    expect(row(page, "Phone No.")).to_contain_text("14 characters will be cut")


def test_s16_u01_u02_the_option_is_yes_for_an_uncoupled_and_no_for_a_coupled_record(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    page.goto(demo.window(pair))
    expect(page.get_by_role("radio", name="Yes - Use Dynamics CRM Data")).to_be_checked()

    demo.couple(pair)
    page.reload()
    expect(page.get_by_role("radio", name="No", exact=True)).to_be_checked()
    expect(page.get_by_role("combobox", name="User")).to_have_value(pair.crm_name)


def test_s18_with_no_only_the_coupling_is_stored(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.change_user(pair.user, mobilephone="+45 33 33 33 33")
    before = demo.salesperson(pair.code)
    page.goto(demo.window(pair))
    choose(page, "User", pair.email, pair.crm_name)
    page.get_by_role("radio", name="No", exact=True).check()
    ok(page)
    expect(page.get_by_role("heading", name="Coupled", exact=True)).to_be_visible()

    assert demo.salesperson(pair.code) == before
    assert demo.couplings(nav_key=pair.code, connection="cronus")[0]["state"] == "never_synchronized"


def test_s19_cancel_stores_nothing(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    page.goto(demo.window(pair))
    choose(page, "User", pair.email, pair.crm_name)
    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("button", name="OK")).to_have_count(0)
    assert demo.couplings(nav_key=pair.code) == []


def test_u13_ok_without_a_user_is_not_possible_and_says_what_is_missing(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    page.goto(demo.window(pair))

    expect(page.get_by_role("button", name="OK")).to_be_disabled()
    expect(page.get_by_text("Choose a user first.")).to_be_visible()


def test_s20_a_coupling_stays_until_it_is_changed(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.couple(pair)
    for _ in range(2):
        page.goto(demo.card(pair.code))
        opened = ribbon(page, "User")
        opened.wait_for_url(f"{demo.said['crm']}/main.aspx**")
        opened.close()

    assert len(demo.couplings(connection="cronus", nav_key=pair.code)) == 1


def test_s21_reopened_the_window_shows_the_coupling_and_synchronizes_again(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.couple(pair, synchronize="use_crm_data")
    demo.change_user(pair.user, mobilephone="+45 44 44 44 44")
    page.goto(demo.card(pair.code))

    window = ribbon(page, "Coupling", "Set Up Coupling")
    expect(window.get_by_text(f"Coupled to {pair.crm_name}")).to_be_visible()
    expect(window.get_by_text("1 of 3 differ")).to_be_visible()
    window.get_by_role("radio", name="Yes - Use Dynamics CRM Data").check()
    ok(window)
    expect(window.get_by_text("1 field was synchronized.")).to_be_visible()

    assert demo.salesperson(pair.code)["Phone_No"] == "+45 44 44 44 44"


def test_s22_n07_another_user_is_chosen_only_after_consent_naming_both(page: Page, demo: Demo) -> None:
    pair, other = demo.fresh_pair(), demo.fresh_pair()
    demo.couple(pair)
    page.goto(demo.window(pair))
    choose(page, "User", other.email, other.crm_name)
    ok(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(pair.crm_name)
    expect(dialog).to_contain_text(other.crm_name)
    assert demo.couplings(connection="cronus", nav_key=pair.code)[0]["crm"]["id"] == pair.user

    dialog.get_by_role("button", name="Move coupling").click()
    expect(page.get_by_role("heading", name="Coupled", exact=True)).to_be_visible()

    (coupling,) = demo.couplings(connection="cronus", nav_key=pair.code)
    assert coupling["crm"]["id"] == other.user


def test_r02_a_user_that_belongs_to_another_salesperson_is_named_with_a_link(page: Page, demo: Demo) -> None:
    holder, pair = demo.fresh_pair(), demo.fresh_pair()
    demo.couple(holder)
    page.goto(demo.window(pair))

    choose(page, "User", holder.email, holder.crm_name)
    ok(page)

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(holder.nav_name)
    dialog.get_by_role("button", name="Cancel").click()
    assert demo.couplings(connection="cronus", nav_key=pair.code) == []
    assert demo.couplings(connection="cronus", crm_id=holder.user)[0]["nav"]["key"] == holder.code


def test_s24_the_users_list_shows_every_user_and_whether_it_is_coupled(page: Page, demo: Demo) -> None:
    pair, free = demo.fresh_pair(), demo.fresh_pair()
    demo.couple(pair)
    page.goto(demo.said["links"]["crm_users"])
    expect(page.get_by_role("heading", name="Microsoft Dynamics CRM Users")).to_be_visible()

    search = page.get_by_role("searchbox", name="Search name or e-mail")
    search.fill(pair.email)
    line = page.get_by_role("row").filter(has_text=pair.email)
    expect(line).to_contain_text("Yes")
    expect(line).to_contain_text(pair.code)
    search.fill(free.email)
    expect(page.get_by_role("row").filter(has_text=free.email)).to_contain_text("No")
    search.fill("")
    expect(page.get_by_role("row").nth(10)).to_be_visible()


def test_s25_synchronize_now_asks_then_takes_the_crm_values(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.couple(pair, synchronize="use_crm_data")
    demo.change_user(pair.user, mobilephone="+45 55 55 55 55")
    page.goto(demo.card(pair.code))

    question = ribbon(page, "Synchronize")
    expect(question.get_by_text("Get data update from Dynamics CRM for")).to_be_visible()
    expect(question.get_by_text("+45 55 55 55 55")).to_be_visible()
    assert demo.salesperson(pair.code)["Phone_No"] != "+45 55 55 55 55"
    ok(question)
    expect(question.get_by_role("heading", name="Synchronized")).to_be_visible()

    page.reload()
    expect(page.get_by_text("+45 55 55 55 55")).to_be_visible()


def test_y03_values_newer_in_nav_are_overwritten_only_after_the_stronger_question(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.couple(pair, synchronize="use_crm_data")
    demo.change_salesperson(pair.code, Phone_No="+45 66 66 66 66")
    page.goto(demo.window(pair, action="synchronize"))

    expect(page.get_by_text("The newer values in NAV will be overwritten.")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="OK")).to_have_count(0)

    assert demo.salesperson(pair.code)["Phone_No"] == "+45 66 66 66 66"


def test_u22_synchronize_on_an_uncoupled_salesperson_offers_to_couple(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    page.goto(demo.card(pair.code))

    opened = ribbon(page, "Synchronize")

    expect(opened.get_by_text("Set up a coupling first.")).to_be_visible()
    expect(opened.get_by_text("Set Up Coupling")).to_be_visible()


def test_r07_u25_delete_coupling_asks_and_removes_only_the_link(page: Page, demo: Demo) -> None:
    pair = demo.fresh_pair()
    demo.couple(pair)
    salesperson, user = demo.salesperson(pair.code), demo.user(pair.user)
    page.goto(demo.card(pair.code))

    question = ribbon(page, "Coupling", "Delete Coupling")
    expect(question.get_by_text("Both records stay.")).to_be_visible()
    question.get_by_role("button", name="Delete").click()
    expect(question.get_by_role("heading", name="Coupling deleted")).to_be_visible()

    assert demo.couplings(connection="cronus", nav_key=pair.code) == []
    assert (demo.salesperson(pair.code), demo.user(pair.user)) == (salesperson, user)


def test_s26_a_user_coupled_in_two_companies_gets_a_chooser_the_last_used_first(page: Page, demo: Demo) -> None:
    pair: Pair = demo.fresh_pair()
    demo.couple(pair)
    demo.couple(pair, connection="ab")
    page.goto(f"{demo.url}/open/crm/systemuser/{pair.user}")
    links = page.get_by_role("main").get_by_role("link")
    expect(links).to_have_count(2)

    page.get_by_role("link", name=re.compile("A & B's Å")).click()
    page.wait_for_url(f"{demo.said['nav']}/**")
    expect(page.get_by_role("heading", level=1)).to_contain_text(pair.code)

    page.goto(f"{demo.url}/open/crm/systemuser/{pair.user}")
    expect(page.get_by_role("main").get_by_role("link").first).to_contain_text("A & B's Å")
