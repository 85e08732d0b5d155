"""Connections and mappings over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from tests.api.world import ANNA, COMPANY, PETER, World, build, connection_body
from tests.fakes.clock import SteppedClock
from werkzeug.test import TestResponse

from coupler.domain.access import Role
from coupler.domain.errors import Unavailable
from coupler.domain.records import System
from coupler.storage import Store
from coupler.storage.secrets_box import SecretsBox

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"


def changed(path: str, value: Any, **more: Any) -> dict[str, Any]:
    """A complete body with one value changed, for instance `crm.sign_in.kind`."""
    body: dict[str, Any] = connection_body(**more)
    part, *names = [body, *path.split(".")]
    for name in names[:-1]:
        part = part[name]
    part[names[-1]] = value
    return body


def test_a_new_connection_is_answered_with_defaults_and_without_secrets(empty: World) -> None:
    answer = empty.ask("POST", "/connections", json=connection_body())

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == "http://localhost:8000/api/v1/connections/cronus"
    assert answer.json is not None
    assert answer.json["crm"] == {
        "base_url": "https://cronus.crm4.example",
        "api_url": "https://cronus.crm4.example/api/data/v9.2",
        "app_id": None,
        "sign_in": {
            "kind": "client_secret",
            "token_url": "https://login.example/token",
            "client_id": "coupler",
            "scope": "https://cronus.crm4.example/.default",
            "resource": None,
            "username": None,
            "secrets": {"client_secret": "set"},
        },
    }
    assert answer.json["nav"]["company"] == COMPANY
    assert answer.json["nav"]["web_service"] == "odata"
    assert answer.json["nav"]["client"] == "web2018"
    assert answer.json["nav"]["service"] == "SalespersonCard"
    assert answer.json["nav"]["sign_in"]["secrets"] == {"web_service_key": "set"}
    assert "S3cret" not in answer.text
    assert "K3y" not in answer.text
    assert "S3cret" not in empty.get("/connections").text
    assert empty.store.connections.secrets("cronus").of(System.CRM) == {"client_secret": "crm-S3cret"}


def test_an_on_premises_organization_keeps_its_path_but_not_in_the_scope_t6(empty: World) -> None:
    answer = empty.ask("POST", "/connections", json=changed("crm.base_url", "https://crm.cronus.local:444/Cronus/"))

    assert (answer.json or {})["crm"]["base_url"] == "https://crm.cronus.local:444/Cronus"
    assert (answer.json or {})["crm"]["api_url"] == "https://crm.cronus.local:444/Cronus/api/data/v9.2"
    assert (answer.json or {})["crm"]["sign_in"]["scope"] == "https://crm.cronus.local:444/.default"


def test_business_central_online_needs_neither_scope_nor_company_id(empty: World) -> None:
    sign_in = {"kind": "client_secret", "token_url": "https://login.example/t", "client_id": "c", "client_secret": "s"}
    nav = {
        "base_url": "https://businesscentral.dynamics.com/contoso.example",
        "service_url": "https://api.businesscentral.dynamics.com/v2.0/production/api/v2.0",
        "web_service": "api",
        "sign_in": sign_in,
    }

    answer = empty.ask("POST", "/connections", json=connection_body(**nav))

    assert answer.status_code == 201
    assert (answer.json or {})["nav"]["client"] == "bc-online"
    assert (answer.json or {})["nav"]["sign_in"]["scope"] == "https://api.businesscentral.dynamics.com/.default"
    assert (answer.json or {})["nav"]["company_id"] is not None


def test_a_certificate_needs_its_key_and_a_web_service_key_its_user(empty: World) -> None:
    by_certificate = {"kind": "certificate", "token_url": "https://login.example/token", "client_id": "coupler"}

    whole = {**by_certificate, "certificate": CERTIFICATE, "private_key": KEY}
    good = empty.ask("POST", "/connections", json=changed("crm.sign_in", whole))
    lonely = {**by_certificate, "certificate": CERTIFICATE}
    half = empty.ask("POST", "/connections", json=changed("crm.sign_in", lonely))
    idle = empty.ask("POST", "/connections", json=changed("crm.sign_in", {**whole, "client_secret": "too"}))
    anonymous = {"kind": "web_service_key", "web_service_key": "k"}
    nobody = empty.ask("POST", "/connections", json=changed("nav.sign_in", anonymous))
    no_pem = empty.ask("POST", "/connections", json=changed("crm.sign_in", {**whole, "private_key": "MIIE"}))

    assert good.status_code == 201
    assert (good.json or {})["crm"]["sign_in"]["secrets"] == {"certificate": "set", "private_key": "set"}
    assert list((half.json or {})["errors"]) == ["crm.sign_in.private_key"]
    assert list((idle.json or {})["errors"]) == ["crm.sign_in.client_secret"]
    assert list((nobody.json or {})["errors"]) == ["nav.sign_in.username"]
    assert list((no_pem.json or {})["errors"]) == ["crm.sign_in.private_key"]
    assert {answer.status_code for answer in (half, idle, nobody, no_pem)} == {422}


@pytest.mark.parametrize(
    "url",
    [
        "cronus.crm4.example",
        "ftp://crm.example",
        "https://user:secret@crm.example",
        "https://good@evil.example",
        "https://crm.example/?x=1",
        "https://crm.example/#part",
        "https://crm.example:99999",
        "https://crm example",
        "https://crm.example\\@evil.example",
        "https://",
        "http://169.254.169.254",
        "http://[::ffff:169.254.169.254]",
        "http://[fe80::1]",
        "http://2852039166",
        "http://0xA9FEA9FE",
        "http://0.0.0.0",
        "javascript:alert(1)",
        f"https://{'a' * 260}.example",
        17,
    ],
)
@pytest.mark.parametrize("field", ["crm.base_url", "nav.service_url", "crm.sign_in.token_url"])
def test_an_address_that_is_none_is_refused_by_name(empty: World, field: str, url: object) -> None:
    answer = empty.ask("POST", "/connections", json=changed(field, url))

    assert answer.status_code == 422
    assert list((answer.json or {})["errors"]) == [field]
    assert empty.get("/connections").json == []


@pytest.mark.parametrize(
    "url", ["http://nav01:8080/DynamicsNAV90", "https://10.0.0.5/NAV", "http://[fd00::5]:8080/NAV"]
)
def test_a_server_inside_the_network_may_speak_plain_http(empty: World, url: str) -> None:
    answer = empty.ask("POST", "/connections", json=changed("nav.base_url", f"{url}/"))

    assert answer.status_code == 201
    assert (answer.json or {})["nav"]["base_url"] == url


def test_the_windows_client_has_an_address_of_its_own_scheme(empty: World) -> None:
    windows = {"client": "windows", "base_url": "dynamicsnav://nav01:7046/DynamicsNAV90"}

    good = empty.ask("POST", "/connections", json=connection_body(**windows))
    wrong = empty.ask("POST", "/connections", json=connection_body("b", client="windows"))
    later = empty.ask("PATCH", "/connections/cronus", json={"nav": {"client": "web2016"}}, headers={"If-Match": "*"})

    assert good.status_code == 201
    assert (wrong.status_code, list((wrong.json or {})["errors"])) == (422, ["nav.base_url"])
    assert (later.status_code, list((later.json or {})["errors"])) == (422, ["nav.base_url"])


@pytest.mark.parametrize("name", ["", "Cronus", "a b", "-a", "a" * 41, "a/b", "å", "cronus\n"])
def test_a_name_is_short_and_plain(empty: World, name: str) -> None:
    answer = empty.ask("POST", "/connections", json=connection_body(name))

    assert (answer.status_code, list((answer.json or {})["errors"])) == (422, ["name"])


def test_a_taken_name_and_unknown_fields_are_refused(world: World) -> None:
    taken = world.ask("POST", "/connections", json=connection_body())
    unknown = world.ask("POST", "/connections", json=changed("nav.sign_in.pass", "x", name="other"))

    assert (taken.status_code, list((taken.json or {})["errors"])) == (422, ["name"])
    assert (unknown.status_code, list((unknown.json or {})["errors"])) == (422, ["nav.sign_in.pass"])


def test_several_companies_share_an_organization_r01(world: World) -> None:
    world.add_connection("second", company="CRONUS Denmark")
    world.couple()
    world.get("/nav/salespeople?connection=second")
    world.connectors.companies["CRONUS Denmark"].put("DK", Code="DK", Name="Dansk")

    answer = world.couple("DK", PETER, connection="second")

    assert answer.status_code == 201
    assert [row["name"] for row in world.get("/connections").json or []] == ["cronus", "second"]
    first = world.get("/connections?limit=1")
    assert [row["name"] for row in first.json or []] == ["cronus"]
    following = first.headers["Link"].split(">")[0].removeprefix("<http://localhost:8000")
    assert [row["name"] for row in world.get(following).json or []] == ["second"]


def test_a_change_keeps_what_it_does_not_name_and_needs_the_etag(world: World) -> None:
    path = "/connections/cronus"
    body = {"title": "New", "nav": {"sign_in": {"web_service_key": "fresh"}}}
    tag = world.get(path).headers["ETag"]

    without = world.ask("PATCH", path, json=body)
    good = world.ask("PATCH", path, json=body, headers={"If-Match": tag})
    stale = world.ask("PATCH", path, json=body, headers={"If-Match": tag})
    renamed = world.ask("PATCH", path, json={"name": "other"}, headers={"If-Match": "*"})

    assert without.status_code == 428
    assert good.status_code == 200
    assert (good.json or {})["title"] == "New"
    assert (good.json or {})["nav"]["company"] == COMPANY
    assert good.headers["ETag"] != tag
    assert stale.status_code == 412
    assert (renamed.status_code, list((renamed.json or {})["errors"])) == (422, ["name"])
    assert world.store.connections.secrets("cronus").nav == {"web_service_key": "fresh"}
    assert world.store.connections.secrets("cronus").crm == {"client_secret": "crm-S3cret"}
    assert "cronus" in world.connectors.forgotten


def test_a_secret_is_entered_again_before_it_goes_to_another_server(world: World) -> None:
    def change(crm: dict[str, Any] | None = None, **nav: Any) -> TestResponse:
        body = {"crm": crm or {}, "nav": nav}
        return world.ask("PATCH", "/connections/cronus", json=body, headers={"If-Match": "*"})

    def token_url(text: str) -> dict[str, Any]:
        return {"sign_in": {"token_url": text}}

    to_token_service = change(token_url("https://elsewhere.example/token"))
    to_nav = change(service_url="https://elsewhere.example/ODataV4")
    less_secure = change(token_url("http://login.example/token"))
    same_server = change(token_url("https://login.example/other"), service_url="https://nav.example:7048/NAV/ODataV4")
    entered = change({"sign_in": {"token_url": "https://elsewhere.example/token", "client_secret": "new"}})

    assert (to_token_service.status_code, less_secure.status_code, to_nav.status_code) == (422, 422, 422)
    assert list((to_token_service.json or {})["errors"]) == ["crm.sign_in.client_secret"]
    assert list((to_nav.json or {})["errors"]) == ["nav.sign_in.web_service_key"]
    assert (same_server.status_code, entered.status_code) == (200, 200)


def test_a_secret_the_new_way_to_sign_in_does_not_use_is_forgotten(world: World) -> None:
    sign_in = {
        "kind": "client_secret",
        "token_url": "https://login.example/token",
        "client_id": "coupler",
        "scope": "api://nav/.default",
        "client_secret": "n",
    }

    answer = world.ask("PATCH", "/connections/cronus", json={"nav": {"sign_in": sign_in}}, headers={"If-Match": "*"})

    assert (answer.json or {})["nav"]["sign_in"]["secrets"] == {"client_secret": "set"}
    assert world.store.connections.secrets("cronus").nav == {"client_secret": "n"}


def test_a_connection_whose_key_was_lost_is_listed_and_its_secrets_can_be_entered_again(
    world: World, store: Store, clock: SteppedClock
) -> None:
    other_key = Store(store.engine, SecretsBox([Fernet.generate_key().decode()]), clock)
    world.tokens[Role.ADMIN] = world.token(Role.ADMIN)
    later = build(other_key, clock)
    later.tokens = world.tokens
    secrets = {"crm": {"sign_in": {"client_secret": "again"}}, "nav": {"sign_in": {"web_service_key": "again"}}}

    listed = later.get("/connections", Role.ADMIN)
    changed = later.ask("PATCH", "/connections/cronus", json=secrets, headers={"If-Match": "*"})

    assert (listed.status_code, changed.status_code) == (200, 200)
    assert other_key.connections.secrets("cronus").crm == {"client_secret": "again"}


def test_a_connection_is_removed_with_its_couplings_but_no_record(world: World) -> None:
    world.couple()

    tag = world.get("/connections/cronus").headers["ETag"]
    answer = world.ask("DELETE", "/connections/cronus", headers={"If-Match": tag})

    assert answer.status_code == 204
    assert world.get("/connections").json == []
    assert world.get("/couplings").json == []
    assert {"PS", "AH"} <= set(world.nav.rows)


def test_the_end_of_a_connection_is_in_the_history_of_each_coupling_n04(world: World) -> None:
    world.couple("PS", PETER)
    world.couple("AH", ANNA)

    world.ask("DELETE", "/connections/cronus", headers={"If-Match": "*"})

    ends = [entry for entry in world.get("/history").json or [] if entry["deed"] == "uncouple"]
    assert {entry["nav"]["key"] for entry in ends} == {"PS", "AH"}
    assert {(entry["by"], entry["detail"]) for entry in ends} == {
        ("ADMIN's", "The connection cronus was removed."),
    }
    undone = world.post("/undo", {"undo": ends[0]["id"]})
    assert (undone.status_code, (undone.json or {})["code"]) == (404, "connection_unknown")


def test_a_disabled_connection_says_so_h10(world: World) -> None:
    world.ask("PATCH", "/connections/cronus", json={"enabled": False}, headers={"If-Match": "*"})

    answer = world.couple()

    assert (answer.status_code, (answer.json or {})["code"]) == (409, "connection_disabled")


def test_the_test_lists_what_is_wrong_and_what_to_do(world: World) -> None:
    world.nav.failure = Unavailable("NAV does not answer.", system="nav")

    answer = world.ask("POST", "/connections/cronus/test")

    assert answer.status_code == 200
    lines = {line["check"]: line for line in answer.json or []}
    assert lines["CRM answers"]["status"] == "ok"
    assert lines["NAV answers"]["status"] == "fail"
    assert lines["NAV answers"]["fix"]
    assert all(set(line) == {"check", "status", "detail", "fix"} for line in answer.json or [])


def test_a_mapping_shows_its_fields_direction_and_filter(world: World) -> None:
    answer = world.get("/connections/cronus/mappings")

    assert answer.status_code == 200
    mapping = (answer.json or [])[0]
    assert (mapping["name"], mapping["enabled"]) == ("SALESPEOPLE", True)
    assert mapping["direction"] == "from_integration_table"
    assert [line["nav_field"] for line in mapping["fields"]] == ["E-Mail", "Name", "Phone No."]
    assert {line["field"] for line in mapping["filter"]} == {"isdisabled", "islicensed", "isintegrationuser"}
    assert mapping["nav"]["page"] == 5116


def test_a_mappings_rules_are_changed_line_by_line_and_then_hold(world: World) -> None:
    path = "/connections/cronus/mappings/salespeople"
    world.couple(synchronize="use_crm_data")
    world.crm.put(PETER, internalemailaddress=None)
    tag = world.get(path).headers["ETag"]
    clear = {"fields": [{"nav_field": "E-Mail", "blank": "clear"}]}

    kept = world.get("/comparison?connection=cronus&nav_key=PS").json or {}
    without = world.ask("PATCH", path, json=clear)
    changed = world.ask("PATCH", path, json=clear, headers={"If-Match": tag})
    stale = world.ask("PATCH", path, json=clear, headers={"If-Match": tag})
    second = {"fields": [{"nav_field": "Name", "enabled": False}]}
    again = world.ask("PATCH", path, json=second, headers={"If-Match": changed.headers["ETag"]})
    cleared = world.get("/comparison?connection=cronus&nav_key=PS").json or {}

    assert [row["kept"] for row in kept["rows"] if row["field"] == "E-Mail"] == [True]
    assert (without.status_code, changed.status_code, stale.status_code, again.status_code) == (428, 200, 412, 200)
    rows = {row["field"]: row for row in cleared["rows"]}
    assert "Name" not in rows
    assert rows["E-Mail"]["blanks"]
    assert rows["E-Mail"]["result_value"] == ""


def test_a_mapping_change_names_what_does_not_exist(world: World) -> None:
    path = "/connections/cronus/mappings/SALESPEOPLE"
    every = {"If-Match": "*"}

    field = world.ask("PATCH", path, json={"fields": [{"nav_field": "Shoe Size"}]}, headers=every)
    rule = world.ask("PATCH", path, json={"fields": [{"nav_field": "Name", "blank": "maybe"}]}, headers=every)
    mapping = world.ask("PATCH", "/connections/cronus/mappings/VENDORS", json={}, headers=every)

    assert (field.status_code, list((field.json or {})["errors"])) == (422, ["fields"])
    assert (rule.status_code, list((rule.json or {})["errors"])) == (422, ["fields.0.blank"])
    assert mapping.status_code == 404


def test_a_mappings_direction_stays_what_the_product_allows_s08(world: World) -> None:
    path = "/connections/cronus/mappings/SALESPEOPLE"
    every = {"If-Match": "*"}

    same = world.ask("PATCH", path, json={"direction": "from_integration_table"}, headers=every)
    others = [
        world.ask("PATCH", path, json={"direction": wanted}, headers=every)
        for wanted in ("to_integration_table", "bidirectional")
    ]

    assert (same.status_code, (same.json or {})["direction"]) == (200, "from_integration_table")
    assert [(one.status_code, (one.json or {})["code"]) for one in others] == [(422, "direction_not_allowed")] * 2


def test_a_disabled_mapping_says_so(world: World) -> None:
    world.ask("PATCH", "/connections/cronus/mappings/SALESPEOPLE", json={"enabled": False}, headers={"If-Match": "*"})

    answer = world.couple()

    assert (answer.status_code, (answer.json or {})["code"]) == (409, "mapping_disabled")


def test_a_reader_sees_connections_but_changes_nothing(world: World) -> None:
    change = {"json": {"title": "x"}, "headers": {"If-Match": "*"}}

    assert world.get("/connections/cronus", Role.READER).status_code == 200
    assert world.ask("PATCH", "/connections/cronus", Role.OPERATOR, **change).status_code == 403
    assert world.ask("POST", "/connections", Role.OPERATOR, json=connection_body("b")).status_code == 403
    assert world.ask("POST", "/connections/cronus/test", Role.OPERATOR).status_code == 403
