"""`coupler connection`: secrets never as arguments, wrong input told by field, the test as a check list."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Coupler, connection_body, write_json

from coupler.sandbox.server import Sandbox


def as_options(body: dict[str, Any]) -> list[str]:
    """The body as options, without secrets."""
    crm, nav = body["crm"], body["nav"]
    return [
        body["name"],
        *("--crm-url", crm["base_url"], "--crm-api-url", crm["api_url"]),
        *("--crm-token-url", crm["sign_in"]["token_url"], "--crm-client-id", crm["sign_in"]["client_id"]),
        *("--nav-url", nav["base_url"], "--nav-service-url", nav["service_url"], "--nav-company", nav["company"]),
        *("--nav-token-url", nav["sign_in"]["token_url"], "--nav-client-id", nav["sign_in"]["client_id"]),
        *("--nav-scope", nav["sign_in"]["scope"]),
    ]


def secret_files(body: dict[str, Any], folder: Path) -> list[str]:
    """Options that name a file per secret."""
    options = []
    for side in ("crm", "nav"):
        file = folder / f"{side}.secret"
        file.write_text(body[side]["sign_in"]["client_secret"] + "\n", encoding="utf-8")
        options += [f"--{side}-client-secret-file", str(file)]
    return options


def test_a_connection_is_added_by_options_and_tested(coupler: Coupler, sandbox: Sandbox, tmp_path: Path) -> None:
    body = connection_body(sandbox)

    answer = coupler("connection", "add", *as_options(body), *secret_files(body, tmp_path), "--json")

    assert answer.code == 0, answer.out + answer.err
    assert answer.json["connection"]["nav"]["company"] == "CRONUS International Ltd."
    assert answer.json["connection"]["crm"]["sign_in"]["secrets"] == {"client_secret": "set"}
    assert {line["status"] for line in answer.json["checks"]} <= {"ok", "warn", "not_run"}
    assert body["crm"]["sign_in"]["client_secret"] not in answer.out


def test_the_check_list_is_shown_with_marks(coupler: Coupler, sandbox: Sandbox, tmp_path: Path) -> None:
    answer = coupler("connection", "add", "--file", write_json(tmp_path / "c.json", connection_body(sandbox)))

    assert answer.code == 0
    assert "+ ok" in answer.out
    assert "What to do" in answer.out
    assert "\x1b[" not in answer.out


def test_secrets_may_come_by_standard_input(
    coupler: Coupler, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = connection_body(sandbox)
    secrets = {side: {"client_secret": body[side]["sign_in"]["client_secret"]} for side in ("crm", "nav")}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(secrets)))

    answer = coupler("connection", "add", *as_options(body), "--secrets-stdin", "--no-test", "--json")

    assert answer.code == 0, answer.err
    assert answer.json["connection"]["nav"]["sign_in"]["secrets"] == {"client_secret": "set"}


def test_no_option_takes_a_secret_as_its_value(coupler: Coupler) -> None:
    shown = coupler("connection", "add", "--help").out

    assert "--crm-client-secret-file" in shown
    assert "--crm-client-secret " not in shown


def test_a_missing_secret_is_told_with_the_option_for_it(
    coupler: Coupler, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    answer = coupler("connection", "add", *as_options(connection_body(sandbox)), "--no-test", "--json")

    assert answer.code == 2
    assert set(answer.problem["errors"]) == {"crm.sign_in.client_secret", "nav.sign_in.client_secret"}


def test_what_is_wrong_is_told_by_field_and_option(coupler: Coupler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    answer = coupler("connection", "add", "Cronus!", "--crm-url", "ftp://crm", "--json")

    assert answer.code == 2
    errors = answer.problem["errors"]
    assert "--crm-url" in " ".join(errors["crm.base_url"])
    assert "--nav-company" in " ".join(errors["nav.company"])
    assert "name" in errors


@pytest.mark.parametrize("text", ["{", "[]", '{"nmae": "x"}'])
def test_a_file_that_is_no_connection_is_refused(coupler: Coupler, tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text, encoding="utf-8")

    assert coupler("connection", "add", "--file", str(tmp_path / "c.json")).code == 2


def test_a_name_that_is_taken_is_refused(connected: Coupler, tmp_path: Path) -> None:
    answer = connected("connection", "add", "--file", str(tmp_path / "cronus.json"), "--no-test", "--json")

    assert answer.code == 2
    assert "name" in answer.problem["errors"]


def test_a_token_that_is_refused_is_a_failed_check_and_the_connection_stays(
    coupler: Coupler, sandbox: Sandbox, tmp_path: Path
) -> None:
    body = connection_body(sandbox)
    body["crm"]["sign_in"]["client_secret"] = "wrong-secret-value"

    answer = coupler("connection", "add", "--file", write_json(tmp_path / "c.json", body), "--json")

    assert answer.code == 1
    failed = [line for line in answer.json["checks"] if line["status"] == "fail"]
    assert failed
    assert all(line["fix"] for line in failed)
    assert "wrong-secret-value" not in answer.out + answer.err
    assert [each["name"] for each in coupler("connection", "list", "--json").json] == ["cronus"]
    assert coupler("connection", "test", "cronus").code == 3


def test_a_system_that_is_down_is_a_failed_check(coupler: Coupler, sandbox: Sandbox, tmp_path: Path) -> None:
    body = connection_body(sandbox)
    body["crm"]["api_url"] = "http://127.0.0.1:9/api/data/v9.2"

    answer = coupler("connection", "add", "--file", write_json(tmp_path / "c.json", body))

    assert answer.code == 1
    assert "x fail" in answer.out


def test_list_and_show_hold_no_secret(connected: Coupler, sandbox: Sandbox) -> None:
    secret = sandbox.description["crm"]["client_secret"]

    for arguments in (("list",), ("list", "--json"), ("show", "cronus"), ("show", "cronus", "--json")):
        answer = connected("connection", *arguments)
        assert answer.code == 0
        assert "cronus" in answer.out
        assert secret not in answer.out


def test_an_unknown_connection_is_told(connected: Coupler) -> None:
    for arguments in (("connection", "show", "nowhere"), ("connection", "test", "nowhere"), ("users", "-c", "nowhere")):
        answer = connected(*arguments, "--json")
        assert answer.code == 2
        assert answer.problem["code"] == "connection_unknown"
        assert "connection list" in answer.problem["fix"]


def test_remove_asks_first_where_somebody_can_answer_and_else_wants_yes(connected: Coupler) -> None:
    assert connected("connection", "remove", "cronus").code == 2
    assert len(connected("connection", "list", "--json").json) == 1

    assert connected("connection", "remove", "cronus", "--yes").code == 0
    assert connected("connection", "list", "--json").json == []


def test_without_a_connection_a_verb_says_how_to_add_one(coupler: Coupler) -> None:
    answer = coupler("users")

    assert answer.code == 2
    assert "coupler connection add" in answer.err


def test_several_connections_must_be_chosen_from(connected: Coupler, sandbox: Sandbox, tmp_path: Path) -> None:
    other = write_json(tmp_path / "other.json", connection_body(sandbox, "other"))
    assert connected("connection", "add", "--file", other, "--no-test").code == 0

    answer = connected("salespeople")

    assert answer.code == 2
    assert "cronus, other" in answer.err
    assert connected("salespeople", "-c", "other", "--limit", "1").code == 0
