"""`coupler config`: everything wrong is told, nothing is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Coupler

from coupler.settings import VARIABLES


def test_config_check_shows_what_is_in_force_and_makes_nothing(coupler: Coupler, tmp_path: Path) -> None:
    answer = coupler("config", "check", "--json")

    assert answer.code == 0
    assert answer.json["listen"] == "127.0.0.1:8000"
    assert answer.json["sign_in"] == "API tokens only"
    assert "will be generated" in answer.json["secret_keys"]
    assert not (tmp_path / "data").exists()


def test_config_check_never_shows_a_secret(coupler: Coupler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUPLER_DATABASE_URL", "postgresql+psycopg://coupler:topsecret@db.example/coupler")
    monkeypatch.setenv("COUPLER_SECRET_KEYS", "A" * 43 + "=")
    for name, value in (("ISSUER", "https://id.example"), ("CLIENT_ID", "c"), ("AUDIENCE", "api://c")):
        monkeypatch.setenv(f"COUPLER_OIDC_{name}", value)
    monkeypatch.setenv("COUPLER_OIDC_CLIENT_SECRET", "topsecret")

    for answer in (coupler("config", "check", "--json"), coupler("config", "check")):
        assert answer.code == 0
        assert "topsecret" not in answer.out
        assert "AAAA" not in answer.out
        assert "https://id.example" in answer.out


def test_an_unknown_setting_is_told_with_the_nearest_one(coupler: Coupler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUPLER_PUBLIC_ULR", "http://localhost")

    answer = coupler("config", "check")

    assert answer.code == 2
    assert "COUPLER_PUBLIC_ULR" in answer.err
    assert "COUPLER_PUBLIC_URL" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("verb", [("config", "check"), ("couplings", "list"), ("serve",), ("db", "upgrade")])
def test_a_bad_database_url_stops_every_verb_with_2(
    coupler: Coupler, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COUPLER_DATABASE_URL", "mysql://root:topsecret@localhost/coupler")

    answer = coupler(*verb, "--json")

    assert answer.code == 2
    (told,) = [each for each in answer.problem["problems"] if each["variable"] == "COUPLER_DATABASE_URL"]
    assert "postgresql+psycopg" in told["example"]
    assert "topsecret" not in answer.err


def test_config_list_names_every_variable(coupler: Coupler) -> None:
    answer = coupler("config", "list", "--json")

    assert [row["variable"] for row in answer.json] == list(VARIABLES)
    assert answer.json[2]["file"] == "COUPLER_SECRET_KEYS_FILE"
