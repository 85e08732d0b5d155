"""Coupling, comparing, opening, synchronizing and undoing by the command line, against the sandbox."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from tests.cli.conftest import COUPLED, OTHER, Coupler

from coupler.app import create_app
from coupler.sandbox.server import Sandbox
from coupler.settings import load_settings
from coupler.wiring import build, cli_actor

UserOf = Callable[[str], str]


def test_couple_show_list_and_uncouple(connected: Coupler, user_of: UserOf) -> None:
    made = connected("couple", COUPLED, user_of(COUPLED), "--json")
    assert made.code == 0, made.err
    assert made.json["coupling"]["nav"]["key"] == COUPLED
    assert made.json["synchronization"] is None

    assert connected("couplings", "show", COUPLED.lower(), "--json").json == made.json["coupling"]
    assert [each["id"] for each in connected("couplings", "list", "--json").json] == [made.json["coupling"]["id"]]

    ended = connected("uncouple", COUPLED, "--json")
    assert (ended.code, ended.json["deed"]) == (0, "uncouple")
    assert connected("couplings", "list", "--json").json == []


def test_couple_and_synchronize_carries_crm_data(connected: Coupler, sandbox: Sandbox, user_of: UserOf) -> None:
    made = connected("couple", OTHER, user_of(OTHER), "--synchronize", "use_crm_data", "--json")

    assert made.code == 0, made.err
    assert "Phone No." in [change["field"] for change in made.json["synchronization"]["changes"]]
    assert made.json["coupling"]["state"] == "in_step"


def test_a_coupling_that_stands_in_the_way_is_named_and_moved_with_consent(connected: Coupler, user_of: UserOf) -> None:
    assert connected("couple", COUPLED, user_of(COUPLED)).code == 0

    taken = connected("couple", OTHER, user_of(COUPLED), "--json")
    assert taken.code == 4
    assert taken.problem["code"] == "already_coupled"
    assert taken.problem["status"] == 409
    assert taken.problem["nav_key"] == COUPLED
    assert "--move" in taken.problem["fix"]

    assert connected("couple", OTHER, user_of(COUPLED), "--move").code == 0


def test_data_never_flows_to_crm(connected: Coupler, user_of: UserOf) -> None:
    answer = connected("couple", COUPLED, user_of(COUPLED), "--synchronize", "use_nav_data", "--json")

    assert answer.code == 4
    assert answer.problem["code"] == "direction_not_allowed"


def test_an_unknown_salesperson_is_told(connected: Coupler, user_of: UserOf) -> None:
    answer = connected("couple", "NOBODY", user_of(COUPLED), "--json")

    assert answer.code == 4
    assert answer.problem["code"] == "record_not_found"
    assert answer.problem["system"] == "nav"


def test_an_unknown_user_is_told(connected: Coupler) -> None:
    answer = connected("couple", COUPLED, "00000000-0000-4000-8000-000000000000", "--json")

    assert answer.code == 4
    assert answer.problem["code"] == "record_not_found"
    assert answer.problem["system"] == "crm"


@pytest.mark.parametrize("verb", [("couple", COUPLED), ("compare", COUPLED), ("open", "crm")])
def test_a_bad_guid_is_told_with_an_example(connected: Coupler, verb: tuple[str, ...]) -> None:
    answer = connected(*verb, "not-a-guid", "--json")

    assert answer.code == 2
    assert "31914b34-be8d-4611-80d8-00155d892ddc" in answer.problem["detail"]


@pytest.mark.parametrize("verb", [("uncouple",), ("sync", "one"), ("couplings", "show"), ("open", "nav")])
def test_a_record_without_a_coupling_is_refused_with_what_to_do(connected: Coupler, verb: tuple[str, ...]) -> None:
    answer = connected(*verb, COUPLED)

    assert answer.code == 4
    assert "coupler couple" in answer.err


def test_compare_shows_differences_live(connected: Coupler, user_of: UserOf) -> None:
    pair = connected("compare", OTHER, user_of(OTHER), "--json")
    assert pair.code == 0
    rows = {row["field"]: row for row in pair.json["rows"]}
    assert rows["Phone No."]["differs"] is True
    assert pair.json["differing"] == sum(row["differs"] for row in rows.values())

    table = connected("compare", OTHER, user_of(OTHER))
    assert "Phone No." in table.out
    assert f"{pair.json['differing']} fields differ" in table.out


def test_open_prints_the_deep_link_of_both_directions(connected: Coupler, sandbox: Sandbox, user_of: UserOf) -> None:
    connected("couple", COUPLED, user_of(COUPLED))

    there = connected("open", "nav", COUPLED)
    back = connected("open", "crm", f"{{{user_of(COUPLED).upper()}}}", "--json")

    assert there.out.startswith(f"{sandbox.description['crm']['base_url']}/main.aspx?pagetype=entityrecord")
    assert user_of(COUPLED).lower() in there.out.lower()
    assert back.json["coupled"] is True
    assert "page=5116" in back.json["url"]
    assert back.json["partner"]["key"] == COUPLED


def test_open_of_an_uncoupled_record_answers_and_ends_with_4(connected: Coupler) -> None:
    answer = connected("open", "nav", COUPLED, "--json")

    assert answer.code == 4
    assert (answer.json["coupled"], answer.json["url"]) == (False, None)


def test_sync_one_dry_run_writes_nothing_then_writes_then_is_undone(connected: Coupler, user_of: UserOf) -> None:
    connected("couple", OTHER, user_of(OTHER))

    tried = connected("sync", "one", OTHER, "--dry-run", "--json")
    assert (tried.code, tried.json["action"], tried.json["undo"]) == (0, "modify", None)
    assert tried.json["question"] == "both_changed"

    asked = connected("sync", "one", OTHER, "--json")
    assert asked.code == 4
    assert "--force" in asked.problem["fix"]

    done = connected("sync", "one", OTHER, "--force", "--json")
    assert (done.code, done.json["action"]) == (0, "force_modify")
    assert connected("sync", "one", OTHER, "--json").json["action"] == "ignore_unchanged"

    undone = connected("undo", done.json["undo"], "--json")
    assert undone.code == 0
    assert undone.json["entry"]["undoes"] == done.json["undo"]
    assert connected("compare", OTHER, "--json").json["differing"] == tried_differences(tried.json)
    assert connected("undo", done.json["undo"]).code == 4


def tried_differences(tried: dict[str, list[object]]) -> int:
    return len(tried["changes"])


def test_history_tells_who_did_what(connected: Coupler, user_of: UserOf) -> None:
    connected("couple", COUPLED, user_of(COUPLED))
    connected("uncouple", COUPLED)

    entries = connected("history", "--json").json

    assert [entry["deed"] for entry in entries] == ["uncouple", "couple"]
    assert {entry["by"] for entry in entries} == {cli_actor().name}
    assert connected("history", "--by", "nobody", "--json").json == []
    assert COUPLED in connected("history").out


def test_lists_of_people_know_who_is_coupled(connected: Coupler, user_of: UserOf) -> None:
    connected("couple", COUPLED, user_of(COUPLED))

    users = {row["id"]: row for row in connected("users", "--json").json}
    assert users[user_of(COUPLED)]["salesperson"] == COUPLED
    assert not [row for row in users.values() if row["disabled"]]
    everyone = connected("users", "--everyone", "--json").json
    assert [row for row in everyone if row["disabled"]]

    coupled = connected("salespeople", "--coupled", "--json").json
    assert [row["key"] for row in coupled] == [COUPLED]
    assert COUPLED not in [row["key"] for row in connected("salespeople", "--not-coupled", "--json").json]
    assert [row["key"] for row in connected("salespeople", "-q", COUPLED, "--limit", "1", "--json").json] == [COUPLED]


def test_mapping_rules_are_set_one_by_one(connected: Coupler) -> None:
    before = connected("mapping", "list", "--json").json[0]
    assert [field["blank"] for field in before["fields"]] == ["keep", "keep", "keep"]

    changed = connected("mapping", "set", "salespeople", "--field", "Phone No.", "--blank", "clear", "--json")
    assert changed.code == 0, changed.err
    again = connected("mapping", "set", "SALESPEOPLE", "--field", "Name", "--too-long", "refuse", "--json").json

    rules = {field["nav_field"]: (field["blank"], field["truncation"]) for field in again["fields"]}
    assert rules == {"E-Mail": ("keep", "cut"), "Name": ("keep", "refuse"), "Phone No.": ("clear", "cut")}
    assert connected("mapping", "set", "SALESPEOPLE", "--field", "Shoe size", "--blank", "keep").code == 2
    assert connected("mapping", "set", "NOTHING", "--disable").code == 2
    assert connected("mapping", "set", "SALESPEOPLE", "--blank", "keep").code == 2


def test_a_mapping_that_is_switched_off_refuses(connected: Coupler, user_of: UserOf) -> None:
    connected("mapping", "set", "SALESPEOPLE", "--disable")

    answer = connected("couple", COUPLED, user_of(COUPLED), "--json")

    assert answer.code == 4
    assert answer.problem["code"] == "mapping_disabled"


def test_a_sandbox_that_is_down_ends_with_3(connected: Coupler, sandbox: Sandbox, user_of: UserOf) -> None:
    sandbox.world.faults.add(
        {"system": "nav", "match": "*", "times": 1000, "action": "status", "status": 503, "retry_after": 0}
    )
    try:
        answer = connected("compare", COUPLED, user_of(COUPLED), "--json")
    finally:
        sandbox.world.faults.clear()

    assert answer.code == 3
    assert answer.problem["code"] in ("unavailable", "rate_limited")
    assert answer.problem["fix"]


def test_json_equals_the_apis_answers(connected: Coupler, user_of: UserOf) -> None:
    made = connected("couple", OTHER, user_of(OTHER), "--json").json["coupling"]
    token = connected("token", "create", "--role", "admin", "--json").json["token"]
    printed = {
        f"couplings/{made['id']}": made,
        "couplings": connected("couplings", "list", "--json").json,
        f"comparison?connection=cronus&nav_key={OTHER}": connected("compare", OTHER, "--json").json,
        "crm/users?connection=cronus&limit=200": connected("users", "--json").json,
        "nav/salespeople?connection=cronus&limit=200": connected("salespeople", "--json").json,
        f"links?system=nav&table=salesperson&key={OTHER}": connected("open", "nav", OTHER, "--json").json,
        "history": connected("history", "--json").json,
        "connections": connected("connection", "list", "--json").json,
        "connections/cronus": connected("connection", "show", "cronus", "--json").json,
        "connections/cronus/mappings": connected("mapping", "list", "--json").json,
    }
    composed = build(load_settings())
    try:
        client = create_app(composed.services()).test_client()
        headers = {"Authorization": f"Bearer {token}"}
        answered = {path: client.get(f"/api/v1/{path}", headers=headers).get_json() for path in printed}
    finally:
        composed.close()

    assert printed == answered


def test_tokens_are_created_listed_and_revoked(connected: Coupler) -> None:
    made = connected("token", "create", "--role", "reader", "--connection", "cronus", "--expires", "12h", "--json").json
    assert made["token"].startswith("cplr_")

    (listed,) = connected("token", "list", "--json").json
    assert listed == {name: value for name, value in made.items() if name != "token"}
    assert made["token"] not in connected("token", "list").out

    assert connected("token", "revoke", made["id"]).code == 0
    assert connected("token", "list", "--json").json[0]["revoked_at"]


@pytest.mark.parametrize("life", ["tomorrow", "0d", "-1d", "90", "1y"])
def test_a_life_that_is_none_is_wrong_usage(connected: Coupler, life: str) -> None:
    assert connected("token", "create", "--role", "reader", "--expires", life).code == 2


def test_a_token_for_an_unknown_connection_is_refused(connected: Coupler) -> None:
    assert connected("token", "create", "--role", "reader", "--connection", "nowhere").code == 2


def test_names_cannot_steer_the_terminal(connected: Coupler, sandbox: Sandbox, user_of: UserOf) -> None:
    with sandbox.world.lock:
        company = sandbox.world.companies["CRONUS International Ltd."]
        row = company.get(COUPLED)
        assert row is not None
        from dataclasses import replace

        company.put(replace(row, name="[red]Amina\x1b[31m\u202e"))

    answer = connected("salespeople", "-q", COUPLED)

    assert "[red]Amina" in answer.out
    assert "\x1b" not in answer.out
    assert "\u202e" not in answer.out


def test_an_output_that_knows_no_other_alphabet_does_not_end_the_command(
    connected: Coupler, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", write_through=True)
    monkeypatch.setattr("sys.stdout", narrow)

    assert connected("salespeople").code == 0
    assert b"Siobh\xe1n" in narrow.buffer.getvalue()  # type: ignore[attr-defined]
