"""The pane inside CRM and NAV, in a Chromium that keeps the storage of sites apart as people's browsers do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser import chromium_as_people_have_it
from tests.e2e.demo import Demo, encoded
from tests.e2e.framed import HOSTS, Host, Watch, approve, foreign_site

pytestmark = pytest.mark.browser
CALM = {
    "identity_coop": "none",
    "crm_coop": "none",
    "crm_csp": None,
    "crm_frame_sandbox": None,
    "nav_coop": "none",
    "nav_csp": None,
    "nav_frame_sandbox": None,
    "nav_viewer_https_only": False,
}
BLOCKED = re.compile("No window could be opened")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_as_people_have_it() as running:
        yield running


@pytest.fixture
def switches(demo: Demo) -> Iterator[dict[str, object]]:
    """What a test turns in the sandbox is turned back after it."""
    yield CALM
    demo.control.patch("/switches", json=CALM).raise_for_status()


def turn(demo: Demo, **changes: object) -> None:
    demo.control.patch("/switches", json=changes).raise_for_status()


@pytest.fixture
def watch(demo: Demo) -> Watch:
    return Watch(demo.url)


@pytest.fixture
def context(browser: Browser, watch: Watch) -> Iterator[BrowserContext]:
    """A person nobody knows yet; afterwards nothing may have been refused by a policy or asked of another site."""
    opened = browser.new_context(viewport={"width": 1200, "height": 900})
    opened.set_default_timeout(15_000)
    watch.over(opened)
    yield opened
    opened.close()
    assert (watch.violations, watch.errors, watch.foreign) == ([], [], [])


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest, demo: Demo, page: Page) -> Host:
    return Host(request.param, demo, page)


@pytest.fixture
def nav(demo: Demo, page: Page) -> Host:
    return Host("nav", demo, page)


@pytest.fixture
def crm(demo: Demo, page: Page) -> Host:
    return Host("crm", demo, page)


def test_this_browser_gives_a_frame_neither_cookies_nor_storage_of_the_tab(nav: Host, context: BrowserContext) -> None:
    tab = context.new_page()
    tab.goto(f"{nav.demo.url}/users")
    tab.evaluate("document.cookie = 'alone=1; Secure; SameSite=None; Path=/'")
    tab.evaluate("localStorage.setItem('kept', 'in the tab')")
    with tab.expect_request(f"{nav.demo.url}/users") as in_tab:
        tab.reload()
    nav.open(nav.demo.fresh_pair())
    nav.pane.get_by_role("heading").wait_for()
    nav.frame.evaluate("document.cookie = 'parted=1; Secure; SameSite=None; Partitioned; Path=/'")

    with nav.page.expect_request(re.compile("/pane[?]")) as in_frame:
        nav.page.reload()
    nav.pane.get_by_role("heading").wait_for()

    assert in_tab.value.all_headers()["cookie"] == "alone=1"
    assert in_frame.value.all_headers()["cookie"] == "parted=1"
    assert nav.frame.evaluate("localStorage.getItem('kept')") is None
    assert tab.evaluate("localStorage.getItem('kept')") == "in the tab"


def test_from_each_host_the_whole_job_without_leaving_it(host: Host) -> None:
    demo, pair = host.demo, host.demo.fresh_pair()
    host.open(pair)
    host.sign_in()

    host.pane.get_by_role("button", name="Couple and update").first.click()
    expect(host.pane.get_by_text("Coupled to", exact=True)).to_be_visible()
    (coupling,) = demo.couplings(connection="cronus", nav_key=pair.code)
    assert (coupling["crm"]["id"], coupling["created_by"]) == (pair.user, "Oscar Operator")

    demo.change_user(pair.user, mobilephone="+45 77 66 55 44")
    host.page.reload()
    host.settle()
    expect(host.pane.get_by_text("1 field differs")).to_be_visible()
    expect(host.pane.get_by_text("+45 77 66 55 44")).to_be_visible()

    host.pane.get_by_role("button", name=re.compile("Synchronize")).first.click()
    expect(host.pane.get_by_text("In step")).to_be_visible()
    assert demo.salesperson(pair.code)["Phone_No"] == "+45 77 66 55 44"

    with host.page.context.expect_page() as opened:
        host.pane.get_by_role("link", name="Open User" if host.name == "nav" else "Open Salesperson").click()
    expected = demo.said["crm"] if host.name == "nav" else demo.said["nav"]
    opened.value.wait_for_url(f"{expected}/**")
    opened.value.close()

    host.pane.get_by_role("button", name="More").click()
    host.pane.get_by_role("button", name="Delete Coupling").click()
    expect(host.pane.get_by_text("Not coupled", exact=True)).to_be_visible()
    assert demo.couplings(connection="cronus", nav_key=pair.code) == []


def test_nothing_that_lets_somebody_in_is_kept_where_a_script_could_read_it_later(nav: Host) -> None:
    nav.open(nav.demo.fresh_pair())
    nav.sign_in()

    kept = nav.frame.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )

    assert kept.startswith('[{},{},"","http')
    assert "ticket" not in kept


def test_after_a_reload_the_pane_is_signed_in_by_its_partitioned_cookie(nav: Host, context: BrowserContext) -> None:
    nav.open(nav.demo.fresh_pair())
    nav.sign_in()
    before = len(context.pages)

    nav.page.reload()
    nav.settle()

    (cookie,) = [one for one in context.cookies() if one["name"] == "__Host-coupler-frame"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "None")
    assert cookie["partitionKey"] == "http://127.0.0.1"
    assert len(context.pages) == before
    context.clear_cookies(name="__Host-coupler-frame")
    nav.page.reload()
    expect(nav.pane.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_window_closes_itself_when_the_pane_has_what_it_waited_for(nav: Host, context: BrowserContext) -> None:
    nav.open(nav.demo.fresh_pair())
    nav.sign_in()

    expect(nav.pane.locator("coupler-pane")).to_be_visible()
    assert context.pages == [nav.page]


@pytest.mark.parametrize("policy", ["same-origin", "same-origin-allow-popups"])
def test_signing_in_works_when_the_page_around_keeps_windows_to_itself(
    host: Host, switches: dict[str, object], policy: str
) -> None:
    turn(host.demo, **{f"{host.name}_coop": policy})
    host.open(host.demo.fresh_pair())

    host.sign_in()

    expect(host.pane.locator("coupler-pane h1")).to_be_visible()


def test_signing_in_works_when_the_identity_provider_cuts_its_window_off(
    nav: Host, switches: dict[str, object], context: BrowserContext
) -> None:
    turn(nav.demo, identity_coop="same-origin")
    nav.open(nav.demo.fresh_pair())

    nav.sign_in()

    left = next(one for one in context.pages if one is not nav.page)
    expect(left.get_by_role("heading", name="You can close this window")).to_be_visible()
    expect(left.get_by_text("Coupler goes on in Dynamics NAV")).to_be_visible()


def test_a_window_that_was_closed_is_told_and_can_be_opened_again(nav: Host, context: BrowserContext) -> None:
    nav.open(nav.demo.fresh_pair())
    with context.expect_page() as opened:
        nav.pane.get_by_role("button", name="Sign in").click()
    opened.value.get_by_role("button", name="Oscar Operator").wait_for()
    opened.value.close()
    expect(nav.pane.get_by_text("The sign-in window was closed")).to_be_visible()

    with context.expect_page() as again:
        nav.pane.get_by_role("button", name="Start again").click()
    approve(again.value)

    expect(nav.pane.locator("coupler-pane h1")).to_be_visible()


def test_a_blocked_window_is_told_and_the_page_opens_in_a_tab_instead(nav: Host, context: BrowserContext) -> None:
    pair = nav.demo.fresh_pair()
    with nav.page.expect_response("**/auth/ticket") as prepared:
        nav.open(pair)
    prepared.value.finished()
    nav.page.wait_for_timeout(200)
    # A click that is no person's: the browser's own pop-up blocker refuses the window.
    click = {"expression": "document.querySelector('coupler-sign-in button').click()", "userGesture": False}
    context.new_cdp_session(nav.frame).send("Runtime.evaluate", click)
    expect(nav.pane.get_by_role("alert").filter(has_text=BLOCKED)).to_be_visible(timeout=10_000)

    with context.expect_page() as opened:
        nav.pane.get_by_role("link", name="Open in a new tab").click()
    tab = opened.value
    tab.get_by_role("button", name="Sign in").click()
    approve(tab)

    expect(tab.locator("coupler-pane h1")).to_contain_text(pair.nav_name)
    assert len(context.pages) == 2


def test_where_the_frame_may_open_nothing_the_host_opens_the_page_in_a_tab(
    host: Host, switches: dict[str, object], context: BrowserContext
) -> None:
    turn(host.demo, **{f"{host.name}_frame_sandbox": "allow-scripts allow-same-origin allow-forms"})
    pair = host.demo.fresh_pair()
    host.open(pair)
    host.pane.get_by_role("button", name="Sign in").click()
    expect(host.pane.get_by_role("alert").filter(has_text=BLOCKED)).to_be_visible(timeout=10_000)

    with context.expect_page() as opened:
        host.pane.get_by_role("link", name="Open in a new tab").click()

    opened.value.wait_for_url(f"{host.demo.url}/pane?**")
    expect(opened.value.get_by_role("button", name="Sign in")).to_be_visible()
    assert host.heard()[-1] == "open"


def test_where_nothing_can_start_at_all_there_is_still_a_way_out(
    nav: Host, switches: dict[str, object], watch: Watch, context: BrowserContext
) -> None:
    turn(nav.demo, nav_frame_sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox")
    pair = nav.demo.fresh_pair()
    nav.open(pair)

    with context.expect_page() as opened:
        nav.pane.get_by_role("link", name="Open it in a new tab").click()
    opened.value.get_by_role("button", name="Sign in").click()
    approve(opened.value)

    expect(opened.value.locator("coupler-pane h1")).to_contain_text(pair.nav_name)


def test_a_sign_in_somebody_sends_by_mail_or_link_is_refused(demo: Demo, nav: Host) -> None:
    own = {"Origin": demo.url, "Sec-Fetch-Site": "same-origin"}
    answer = httpx.post(f"{demo.url}/auth/ticket", json={"challenge": "A" * 43}, headers=own)
    start = f"{demo.url}/auth/start?ticket={answer.json()['ticket']}"
    nav.open(demo.fresh_pair())

    typed = nav.page.context.new_page()
    by_mail = typed.goto(start)
    with nav.page.context.expect_page() as opened:
        nav.page.evaluate("url => { window.open(url) }", start)
    opened.value.wait_for_load_state()

    assert by_mail is not None
    assert by_mail.status == 403
    for refused in (typed, opened.value):
        expect(refused.get_by_text("A sign-in for a pane begins in that pane.")).to_be_visible()
    assert [cookie["name"] for cookie in nav.page.context.cookies()] == []


def test_a_page_of_somebody_else_may_not_frame_the_pane(demo: Demo, browser: Browser) -> None:
    pair = demo.fresh_pair()
    framed = f"{demo.url}/pane?system=nav&table=salesperson&key={encoded(pair.code)}"
    with foreign_site({"/": f'<iframe src="{framed}"></iframe>'}) as origin, browser.new_context() as context:
        lines: list[str] = []
        context.on("console", lambda line: lines.append(line.text))
        page = context.new_page()
        page.goto(origin)
        page.wait_for_timeout(500)

        assert any("frame-ancestors" in line for line in lines), lines
        assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]


def test_no_page_but_the_pane_may_be_framed_even_by_the_hosts(demo: Demo, nav: Host, watch: Watch) -> None:
    nav.open(demo.fresh_pair())
    add = "url => document.body.append(Object.assign(document.createElement('iframe'), {name: 'tried', src: url}))"
    for path in ("couple?system=nav", "users", "", "auth/start?ticket=x", "auth/callback"):
        nav.page.evaluate(add, f"{demo.url}/{path}")
    nav.page.wait_for_timeout(1000)

    tried = [frame.url for frame in nav.page.frames if frame.name == "tried"]
    assert tried == ["chrome-error://chromewebdata/"] * 5
    assert len(watch.violations) == 5
    watch.violations.clear()


def record_message(code: str) -> str:
    payload = f'{{system: "nav", table: "salesperson", key: {code!r}, company: "CRONUS International Ltd."}}'
    return f'{{v: 1, type: "context", id: 1, payload: {payload}}}'


def test_the_pane_follows_its_host_and_nobody_else(demo: Demo, nav: Host) -> None:
    shown, other, foreign = demo.fresh_pair(), demo.fresh_pair(), demo.fresh_pair()
    nav.open(shown)
    nav.sign_in()
    heading = nav.pane.locator("coupler-pane h1")
    add = """given => new Promise(heard => {
        const frame = Object.assign(document.createElement("iframe"), given);
        frame.onload = () => setTimeout(heard, 300);
        document.body.append(frame);
    })"""
    each = f"parent[i].postMessage({record_message(foreign.code)}, '*')"
    spoof = f"<script>for (let i = 0; i < parent.length; i++) {each}</script>"
    with foreign_site({"/": f"<p>said</p>{spoof}"}) as origin:
        # A sibling of another origin, then one of the host's own origin: the second fails by its source alone.
        nav.page.evaluate(add, {"src": origin})
        nav.page.evaluate(add, {"srcdoc": spoof})
    nav.page.wait_for_timeout(500)
    expect(heading).to_contain_text(shown.code)

    said = (
        f"document.querySelector('[data-viewer] iframe').contentWindow.postMessage({record_message(other.code)}, '*')"
    )
    nav.page.evaluate(said)

    expect(heading).to_contain_text(other.code)


@pytest.mark.parametrize(
    "message",
    [
        "null",
        '"context"',
        '{v: 2, type: "context", id: 1, payload: {system: "nav", key: "X"}}',
        '{v: 1, type: "context", id: 1, payload: null}',
        '{v: 1, type: "context", id: 1, payload: {system: "nav", key: {toString: 1}}}',
        '{v: 1, type: "context", id: 1, payload: {system: "nav", key: "X".repeat(5000)}}',
        '{v: 1, type: "navigate", id: 1, payload: {key: "X"}}',
        '{type: "done"}',
    ],
)
def test_a_host_that_says_something_odd_changes_nothing(nav: Host, message: str) -> None:
    pair = nav.demo.fresh_pair()
    nav.open(pair)
    nav.pane.get_by_role("button", name="Sign in").wait_for()

    nav.page.evaluate(f"document.querySelector('[data-viewer] iframe').contentWindow.postMessage({message}, '*')")
    nav.page.wait_for_timeout(200)

    assert nav.frame.evaluate("document.querySelector('coupler-app').context.key") == pair.code


def test_the_host_is_told_what_it_needs_and_only_on_its_own_origin(host: Host) -> None:
    host.open(host.demo.fresh_pair())
    host.pane.get_by_role("button", name="Sign in").wait_for()
    host.page.wait_for_timeout(200)

    around = host.frame.parent_frame
    assert around is not None
    said = around.evaluate("heard")

    assert said[0] == {"v": 1, "type": "ready", "id": 1, "payload": {}}
    assert {message["type"] for message in said} == {"ready", "resize"}
    assert all(message["payload"]["height"] > 50 for message in said[1:])


def test_nav_and_crm_hear_when_their_record_was_coupled(host: Host) -> None:
    host.open(host.demo.fresh_pair())
    host.sign_in()

    host.pane.get_by_role("button", name="Couple and update").first.click()
    expect(host.pane.get_by_text("Coupled to", exact=True)).to_be_visible()

    assert "coupled" in host.heard()


def test_the_viewer_of_business_central_takes_no_page_without_encryption(
    nav: Host, switches: dict[str, object]
) -> None:
    turn(nav.demo, nav_viewer_https_only=True)

    nav.open(nav.demo.fresh_pair())

    expect(nav.page.get_by_text("The URL must start with https://")).to_be_visible()


def test_a_host_with_a_strict_policy_of_its_own_shows_the_pane_when_it_names_coupler(
    crm: Host, switches: dict[str, object], watch: Watch
) -> None:
    turn(crm.demo, crm_csp="frame-src 'self'")
    crm.open(crm.demo.fresh_pair())
    crm.page.wait_for_timeout(500)
    assert [line for line in watch.violations if "frame-src" in line]
    watch.violations.clear()

    turn(crm.demo, crm_csp=f"frame-src 'self' {crm.demo.url}")
    crm.page.reload()

    expect(crm.pane.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(
    ("shape", "has"),
    [
        ("2015", "Xrm.Page.data.entity.getId() && Xrm.Utility.openWebResource && !Xrm.App && !Xrm.Navigation"),
        (
            "9",
            "Xrm.Utility.getPageContext().input.entityId && Xrm.App.sidePanes && Xrm.Navigation.openUrl && !Xrm.Page",
        ),
        ("none", "typeof Xrm === 'undefined'"),
    ],
)
def test_crm_offers_its_scripts_the_client_api_of_its_version(crm: Host, shape: str, has: str) -> None:
    crm.page.goto(f"{crm.demo.form(crm.demo.fresh_pair().user)}&xrm={shape}")

    assert crm.page.evaluate(f"Boolean({has})")
