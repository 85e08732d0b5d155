"""Reading addresses as they were sent (protocols 5.2)."""

from typing import Any

import pytest

from coupler.sandbox.wire import (
    BadTarget,
    parse_key,
    parse_segment,
    public_base,
    raw_path,
    raw_query,
    raw_target,
    read_query,
    split_path,
    text_literal,
)


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
def test_either_servers_raw_target_is_taken(name: str) -> None:
    environ = {name: "/a/b('A%2FB')?x=%20", "PATH_INFO": "/a/b('A/B')"}

    assert raw_target(environ) == "/a/b('A%2FB')?x=%20"
    assert (raw_path(environ), raw_query(environ)) == ("/a/b('A%2FB')", "x=%20")


def test_an_absolute_target_loses_its_host() -> None:
    assert raw_target({"RAW_URI": "http://host:1/a%2Fb?x=1"}) == "/a%2Fb?x=1"


def test_a_decoded_path_is_encoded_again_where_nothing_else_is_known() -> None:
    environ = {"PATH_INFO": "/x('Å 50%')".encode().decode("latin-1"), "QUERY_STRING": "a=b"}

    assert raw_target(environ) == "/x('%C3%85%2050%25')?a=b"
    assert split_path(raw_path(environ)) == ["x('Å 50%')"]


def test_segments_are_decoded_after_splitting_and_a_plus_stays_a_plus() -> None:
    assert split_path("/api/Card('A%2FB+C')/x/") == ["api", "Card('A/B+C')", "x"]
    assert split_path("/api//v9") == ["api", "", "v9"]
    assert split_path("/") == []


def test_in_a_query_a_plus_is_a_blank_and_names_may_be_encoded() -> None:
    assert read_query("%24filter=a+eq+'b%2Bc%26d'&x=&y") == {"$filter": "a eq 'b+c&d'", "x": "", "y": ""}


@pytest.mark.parametrize("query", ["a=1&a=2", "a=%FF"])
def test_a_repeated_name_or_broken_utf8_is_refused(query: str) -> None:
    with pytest.raises(BadTarget):
        read_query(query)


def test_raw_bytes_that_a_server_hands_over_as_latin1_are_utf8() -> None:
    assert split_path("/" + "Å".encode().decode("latin-1")) == ["Å"]


@pytest.mark.parametrize(
    ("text", "name", "key"),
    [
        ("Card", "Card", None),
        ("WhoAmI()", "WhoAmI", ""),
        ("Company('A & B''s (x) Å')", "Company", "'A & B''s (x) Å'"),
        ("users(1)", "users", "1"),
    ],
)
def test_a_segment_is_a_name_and_perhaps_a_key(text: str, name: str, key: str | None) -> None:
    segment = parse_segment(text)

    assert (segment.name, segment.key) == (name, key)


@pytest.mark.parametrize("text", ["", "('x')", "a('x'", "a('x')b"])
def test_a_broken_segment_is_refused(text: str) -> None:
    with pytest.raises(BadTarget):
        parse_segment(text)


def test_keys_are_positional_or_named() -> None:
    assert parse_key("'O''N'") == {"": "'O''N'"}
    assert parse_key("Id=1f, b = 'x,y=z'") == {"Id": "1f", "b": "'x,y=z'"}
    assert text_literal("'O''N'") == "O'N"
    assert text_literal("1f") is None


@pytest.mark.parametrize("key", ["'open", "a'b", ","])
def test_a_broken_key_is_refused(key: str) -> None:
    with pytest.raises(BadTarget):
        parse_key(key)


@pytest.mark.parametrize(
    ("front", "base"),
    [
        ({}, "http://127.0.0.1:1"),
        ({"HTTP_X_FORWARDED_PROTO": "https"}, "https://127.0.0.1:1"),
        ({"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "crm.example"}, "https://crm.example"),
    ],
)
def test_links_start_with_what_a_tls_front_says(front: dict[str, Any], base: str) -> None:
    assert public_base(front, "http://127.0.0.1:1") == base
