"""Logs: fields in, no secrets out (trust 3.10)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from coupler.logs import configure_logs

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl"
TOKEN = "cplr_4mqh2Z7uHOQ9mXf0v1S3tR5wY8zA"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the lines go; the handlers and levels of before come back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_level_time_and_fields(stream: io.StringIO) -> None:
    configure_logs("info", "json", stream)

    structlog.get_logger("coupler").info("synchronized", coupling="c1", changes=2)

    (line,) = lines(stream)
    assert (line["event"], line["coupling"], line["changes"], line["level"]) == ("synchronized", "c1", 2, "info")
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "client_secret",
        "access_token",
        "Authorization",
        "Set-Cookie",
        "web_service_key",
        "private_key",
        "client_assertion",
        "secret_keys",
        "certificate",
        "pkce_verifier",
    ],
)
def test_a_value_with_a_secrets_name_is_masked_at_any_depth(stream: io.StringIO, name: str) -> None:
    configure_logs("info", "json", stream)

    structlog.get_logger().info("x", **{name: "hunter2"}, inner={"deep": [{name: "hunter2"}]})

    assert "hunter2" not in stream.getvalue()
    assert stream.getvalue().count("***") == 2


@pytest.mark.parametrize(
    "text",
    [
        f"sent {JWT} to CRM",
        f"Authorization: Bearer {TOKEN}",
        f"token {TOKEN} was used",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "client_secret=hunter2-long&grant_type=x",
        '{"access_token": "hunter2-long"}',
        "postgresql+psycopg://u:hunter2-long@db/x",
        "GET https://login.example.com/cb?code=hunter2-long&state=y",
    ],
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_text_in_a_secrets_shape_is_masked_wherever_it_stands(stream: io.StringIO, text: str, form: str) -> None:
    configure_logs("info", form, stream)

    structlog.get_logger().info(text, detail=text, many=[text])
    logging.getLogger("somebody.else").error("%s", text)
    try:
        raise ValueError(text)
    except ValueError:
        structlog.get_logger().exception("failed")

    written = stream.getvalue()
    assert not [secret for secret in (JWT, TOKEN, "hunter2", "QWxhZGRpbjpvcGVu") if secret in written]
    assert "failed" in written


def test_ordinary_fields_stay_readable(stream: io.StringIO) -> None:
    configure_logs("info", "json", stream)

    structlog.get_logger().info("coupled", nav_key="PS", tokens=3, code="already_coupled", name="Ødegård", skipped=True)

    (line,) = lines(stream)
    assert (line["nav_key"], line["tokens"], line["code"]) == ("PS", 3, "already_coupled")
    assert (line["name"], line["skipped"]) == ("Ødegård", True)


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_line_break_in_a_value_forges_no_line(stream: io.StringIO, form: str) -> None:
    configure_logs("info", form, stream)

    structlog.get_logger().info("read", name="Peter\r\n2026-01-01 level=error forged\x1b[31m")

    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b[31m" not in stream.getvalue()


def test_libraries_that_log_addresses_are_quiet(stream: io.StringIO) -> None:
    configure_logs("info", "json", stream)

    logging.getLogger("httpx").info("HTTP Request: GET https://crm/api?$filter=secret")
    logging.getLogger("_granian").info("Listening")
    logging.getLogger("_granian").error("Unexpected exit from worker-1")

    assert [line["event"] for line in lines(stream)] == ["Unexpected exit from worker-1"]


def test_the_level_holds(stream: io.StringIO) -> None:
    configure_logs("error", "json", stream)

    structlog.get_logger().warning("hidden")
    structlog.get_logger().error("seen")

    assert [line["event"] for line in lines(stream)] == ["seen"]
