"""Settings: contract 2, and every wrong input answered with name, reason and example."""

from __future__ import annotations

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coupler.domain.errors import SettingsError
from coupler.settings import SECRETS, Settings, child_environment, ensure_secret_keys

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
OIDC = {
    "COUPLER_OIDC_ISSUER": "https://login.example.com/v2.0",
    "COUPLER_OIDC_CLIENT_ID": "client",
    "COUPLER_OIDC_CLIENT_SECRET": "hunter2-secret",
    "COUPLER_OIDC_AUDIENCE": "api://coupler",
}


def problems_of(**environ: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    return {entry["variable"]: entry["problem"] for entry in caught.value.details["problems"]}


def test_nothing_set_is_enough(tmp_path: Path) -> None:
    settings = Settings.from_env({"COUPLER_DATA_DIR": str(tmp_path), "PATH": "/bin"})

    assert settings.database_url == f"sqlite:///{tmp_path.as_posix()}/coupler.db"
    assert (settings.public_url, settings.host, settings.port) == ("http://localhost:8000", "127.0.0.1", 8000)
    assert (settings.log_level, settings.log_format, settings.oidc) == ("info", "console", None)
    assert settings.secret_keys == ()


def test_an_empty_value_is_no_value() -> None:
    assert Settings.from_env({"COUPLER_PORT": " ", "COUPLER_OIDC_ISSUER": ""}).port == 8000


def test_the_data_folder_defaults_to_the_platforms(tmp_path: Path) -> None:
    assert Settings.from_env({}).data_dir.name == "coupler"
    assert Settings.from_env({}).data_dir.is_absolute()


def test_checking_creates_nothing(tmp_path: Path) -> None:
    Settings.from_env({"COUPLER_DATA_DIR": str(tmp_path / "new")})

    assert list(tmp_path.iterdir()) == []


def test_all_problems_are_told_at_once_each_with_an_example() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"COUPLER_PORT": "eighty", "COUPLER_LOG_LEVEL": "loud", "COUPLER_PUBLIC_URL": "coupler"})

    told = caught.value.details["problems"]
    assert [entry["variable"] for entry in told] == ["COUPLER_PUBLIC_URL", "COUPLER_PORT", "COUPLER_LOG_LEVEL"]
    assert all(entry["example"] and entry["problem"] for entry in told)
    assert caught.value.message.count("\n") == 2


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("COUPLER_PUBLIC_ULR", "COUPLER_PUBLIC_URL"), ("COUPLER_OIDC_SECRET", "COUPLER_OIDC_CLIENT_SECRET")],
)
def test_an_unknown_setting_is_refused_naming_the_nearest(wrong: str, near: str) -> None:
    assert near in problems_of(**{wrong: "x"})[wrong]


def test_a_file_variant_exists_for_secrets_only() -> None:
    assert "no setting" in problems_of(COUPLER_PORT_FILE="/run/port")["COUPLER_PORT_FILE"]


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("postgres://u:topsecret@h/x", "postgresql+psycopg://"),
        ("postgresql://u:topsecret@h/x", "postgresql+psycopg://"),
        ("mysql://u:topsecret@h/x", "postgresql+psycopg://"),
        ("topsecret", "not an address"),
        ("postgresql+psycopg://u:topsecret@h:port/x", "percent-encoded"),
        ("postgresql+psycopg://u:topsecret@h", "name of the database"),
        ("sqlite://", "file is missing"),
        ("sqlite:///:memory:", "file is missing"),
    ],
)
def test_a_bad_database_url_is_told_without_quoting_its_password(url: str, part: str) -> None:
    told = problems_of(COUPLER_DATABASE_URL=url, COUPLER_SECRET_KEYS=KEY)["COUPLER_DATABASE_URL"]

    assert part in told
    assert "topsecret" not in told


def test_a_database_other_than_sqlite_needs_keys() -> None:
    assert "missing" in problems_of(COUPLER_DATABASE_URL="postgresql+psycopg://u@h/x")["COUPLER_SECRET_KEYS"]


@pytest.mark.parametrize("key", ["short", KEY[:-2], f"{KEY}x", "ø" * 44, KEY.replace("_", "/").replace("B", "!")])
def test_a_key_that_is_none_is_refused_without_being_shown(key: str) -> None:
    told = problems_of(COUPLER_SECRET_KEYS=f"{KEY},{key}")["COUPLER_SECRET_KEYS"]

    assert "key 2" in told
    assert key not in told


def test_keys_may_stand_on_lines_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{KEY}\r\n{KEY}\n", encoding="utf-8")

    assert Settings.from_env({"COUPLER_SECRET_KEYS_FILE": str(file)}).secret_keys == (KEY, KEY)


@pytest.mark.parametrize("secret", SECRETS)
def test_every_secret_may_come_from_a_file_and_a_missing_one_is_told(secret: str, tmp_path: Path) -> None:
    told = problems_of(**{f"{secret}_FILE": str(tmp_path / "missing")})

    assert "cannot be read" in told[f"{secret}_FILE"]


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(KEY, encoding="utf-8")

    assert "only one" in problems_of(COUPLER_SECRET_KEYS=KEY, COUPLER_SECRET_KEYS_FILE=str(file))["COUPLER_SECRET_KEYS"]


@pytest.mark.parametrize("left_out", sorted(OIDC))
def test_sign_in_settings_come_all_together_or_not_at_all(left_out: str) -> None:
    told = problems_of(**{name: value for name, value in OIDC.items() if name != left_out})

    assert list(told) == [left_out]
    assert "come together" in told[left_out]


def test_sign_in_settings_are_read() -> None:
    oidc = Settings.from_env({**OIDC, "COUPLER_OIDC_ROLES_CLAIM": "groups"}).oidc

    assert oidc is not None
    assert (oidc.issuer, oidc.client_id, oidc.client_secret, oidc.audience) == tuple(OIDC.values())
    assert oidc.roles_claim == "groups"


def test_an_issuer_in_plain_http_is_accepted_on_this_machine_only() -> None:
    assert "https" in problems_of(**{**OIDC, "COUPLER_OIDC_ISSUER": "http://login.example.com"})["COUPLER_OIDC_ISSUER"]
    assert Settings.from_env({**OIDC, "COUPLER_OIDC_ISSUER": "http://127.0.0.1:8003/tenant/v2.0"}).oidc


@pytest.mark.parametrize("origin", ["*", "https://*.example.com", "ftp://a.example", "https://a.example/path", "a"])
def test_only_exact_origins_are_accepted(origin: str) -> None:
    assert "COUPLER_CORS_ORIGINS" in problems_of(COUPLER_CORS_ORIGINS=f"https://ok.example,{origin}")


def test_no_secret_shows_in_the_repr() -> None:
    url = "postgresql+psycopg://coupler:topsecret@db/coupler?sslkey=alsosecret"
    settings = Settings.from_env({**OIDC, "COUPLER_DATABASE_URL": url, "COUPLER_SECRET_KEYS": KEY})

    shown = repr(settings) + settings.shown_database_url
    assert not [secret for secret in (KEY, "topsecret", "hunter2", "alsosecret") if secret in shown]
    assert settings.shown_database_url == "postgresql+psycopg://coupler:***@db/coupler"


def test_keys_are_generated_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    settings = Settings.from_env({"COUPLER_DATA_DIR": str(tmp_path / "data")})

    first, second = ensure_secret_keys(settings), ensure_secret_keys(settings)

    assert first.secret_keys == second.secret_keys
    assert len(first.secret_keys) == 1
    if os.name == "posix":
        assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret.keys"]


def test_processes_starting_together_agree_on_one_key(tmp_path: Path) -> None:
    settings = Settings.from_env({"COUPLER_DATA_DIR": str(tmp_path)})

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ensure_secret_keys(settings).secret_keys, range(16)))

    assert len(found) == 1


def test_a_spoiled_key_file_is_told_and_never_replaced(tmp_path: Path) -> None:
    settings = Settings.from_env({"COUPLER_DATA_DIR": str(tmp_path)})
    settings.key_file.write_text("not a key", encoding="ascii")

    with pytest.raises(SettingsError, match=r"secret\.keys"):
        ensure_secret_keys(settings)
    assert settings.key_file.read_text(encoding="ascii") == "not a key"


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")

    assert "not a folder" in problems_of(COUPLER_DATA_DIR=str(tmp_path / "file"))["COUPLER_DATA_DIR"]


def test_a_child_gets_only_the_settings_meant_for_it() -> None:
    environment = child_environment({"COUPLER_PORT": "1"})

    assert environment["COUPLER_PORT"] == "1"
    assert {name for name in environment if name.startswith("COUPLER_")} == {"COUPLER_PORT"}
    assert "PATH" in environment
