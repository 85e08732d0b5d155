"""OData's wire, without a wire: rows U, S and V of protocols section 6."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coupler.connectors import odata
from coupler.connectors.odata import BrokenOff, RawPage
from coupler.domain.errors import InvalidInput, UnexpectedAnswer

PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("O'N", "(%27O%27%27N%27)"),
        ("A/B%#?&+; C", "(%27A%2FB%25%23%3F%26%2B%3B%20C%27)"),
        ("Å", "(%27%C3%85%27)"),
        ("A\u030a", "(%27A%CC%8A%27)"),
    ],
)
def test_u5_u6_u7_a_key_is_quoted_then_encoded_and_nothing_is_normalised(text: str, segment: str) -> None:
    assert odata.key_segment(text) == segment


@given(PRINTABLE)
def test_u5_u6_a_key_comes_back_as_it_went(text: str) -> None:
    segment = odata.key_segment(text)

    assert segment.isascii()
    assert unquote(segment)[2:-2].replace("''", "'") == text
    assert not set(segment) & set(" /?#&+;")


@pytest.mark.parametrize("text", ["A\nB", "\x00", "A\x7f", "\x85", "\ud800"])
def test_u11_control_characters_never_reach_a_literal(text: str) -> None:
    with pytest.raises(InvalidInput):
        odata.text_literal(text)


@given(PRINTABLE)
def test_u6_u11_a_filter_survives_the_query_string(text: str) -> None:
    wanted = f"Code eq {odata.text_literal(text)}"

    query = odata.query(("$filter", wanted), ("$select", "a,b"))

    assert dict(parse_qsl(query[1:], keep_blank_values=True)) == {"$filter": wanted, "$select": "a,b"}
    assert "+" not in query


def test_a_query_without_options_is_empty() -> None:
    assert odata.query(("$filter", "")) == ""


@pytest.mark.parametrize(
    ("caption", "name"),
    [
        ("Code", "Code"),
        ("E-Mail", "E_Mail"),
        ("E-Mail 2", "E_Mail_2"),
        ("Phone No.", "Phone_No"),
        ("Job Title", "Job_Title"),
        ("Commission %", "Commission_Percent"),
        ("Global Dimension 1 Code", "Global_Dimension_1_Code"),
        ("Next To-do Date", "Next_To_do_Date"),
        ("A (B)/C:D", "A_B_C_D"),
        ("1st", "_x0031_st"),
    ],
)
def test_v14_nav_properties_are_made_of_captions(caption: str, name: str) -> None:
    assert odata.odata_name(caption) == name


def test_u13_slices_stay_within_fifty_and_within_the_room_of_an_address() -> None:
    texts = [f"K{number:03}" for number in range(120)]

    by_count = list(odata.slices(texts, 10_000, len))
    by_room = list(odata.slices(texts, 12, len))

    assert [len(group) for group in by_count] == [50, 50, 20]
    assert all(sum(map(len, group)) <= 12 for group in by_room)
    assert [text for group in by_room for text in group] == texts


def test_u13_one_text_larger_than_the_room_still_gets_a_slice_of_its_own() -> None:
    assert list(odata.slices(["A" * 50, "B"], 10, len)) == [["A" * 50], ["B"]]


def page_of(link: str | None, root: str | None = "https://h.test/api") -> RawPage:
    return RawPage(({"a": 1},), link, root)


@pytest.mark.parametrize(
    ("link", "whole"),
    [
        ("https://h.test/api/S?$skiptoken=%3Ccookie%20a=%2522", "https://h.test/api/S?$skiptoken=%3Ccookie%20a=%2522"),
        ("S?$skiptoken='A%2FB'", "https://h.test/api/S?$skiptoken='A%2FB'"),
        ("/S?u=http://x", "https://h.test/api/S?u=http://x"),
    ],
)
def test_u1_u2_a_link_is_kept_byte_for_byte_and_a_relative_one_joined_to_the_service_root(
    link: str, whole: str
) -> None:
    assert odata.absolute(link, page_of(link), "https://other.test") == whole


def test_u2_without_a_context_the_root_is_the_connections() -> None:
    assert odata.absolute("S?x=1", page_of("S?x=1", None), "https://h.test/api") == "https://h.test/api/S?x=1"


def test_u3_a_link_that_comes_twice_is_an_error_and_not_the_end() -> None:
    with pytest.raises(UnexpectedAnswer, match="does not end"):
        list(odata.every_page("one", lambda url: (page_of(None), "two" if url == "one" else "one")))


def test_u3_too_many_pages_are_an_error() -> None:
    numbers = iter(range(odata.MOST_PAGES + 10))

    with pytest.raises(UnexpectedAnswer, match="does not end"):
        for _ in odata.every_page("first", lambda _url: (page_of(None), f"page{next(numbers)}")):
            pass


def test_u4_an_empty_page_with_a_link_is_not_the_end() -> None:
    pages = {"one": (RawPage((), "two", None), "two"), "two": (page_of(None), None)}

    assert [len(page.rows) for page in odata.every_page("one", lambda url: pages[url])] == [0, 1]


@pytest.mark.parametrize(
    ("body", "field"),
    [(b'{"rows": []}', "value"), (b'{"value": {}}', "value"), (b'{"value": [1]}', "value"),
     (b'{"value": [], "@odata.nextLink": 7}', "@odata.nextLink")],
)  # fmt: skip
def test_s20_a_page_of_another_shape_is_an_error_that_names_the_field(body: bytes, field: str) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        odata.read_page(body)

    assert caught.value.details["field"] == field


@pytest.mark.parametrize("body", [b'{"value": [{"a": 1}', b'{"value":[', b'{"value": [], "error": {"code": "x"}}'])
def test_s20_a_page_that_breaks_off_is_never_an_empty_list(body: bytes) -> None:
    with pytest.raises(BrokenOff):
        odata.read_page(body)


@pytest.mark.parametrize("body", [b"", b"<html><body>Sign in</body></html>", b"oops"])
def test_s15_what_never_was_json_is_told_by_its_first_words(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        odata.read_page(body)

    assert "<" not in caught.value.message


def test_d5_a_byte_order_mark_is_no_obstacle() -> None:
    assert odata.read_page(b'\xef\xbb\xbf{"value": []}').rows == []


def test_v13_only_wanted_fields_are_kept_and_null_stays_null() -> None:
    assert odata.pick({"b": None, "new": 1, "a": "x"}, ("a", "b")) == {"a": "x", "b": None}


def test_v13_a_missing_field_is_named() -> None:
    with pytest.raises(UnexpectedAnswer, match='"mobilephone"') as caught:
        odata.pick({"fullname": "x"}, ("fullname", "mobilephone"))

    assert caught.value.details["field"] == "mobilephone"


def test_v11_a_decimal_is_refused_rather_than_rounded() -> None:
    with pytest.raises(UnexpectedAnswer, match="Commission_Percent"):
        odata.pick({"Commission_Percent": 5.25}, ("Commission_Percent",))


def test_v11_numbers_beyond_two_to_the_53_are_exact() -> None:
    assert odata.read_object(b'{"versionnumber": 9007199254740993}')["versionnumber"] == 9007199254740993


@pytest.mark.parametrize(
    ("body", "code", "message", "correlation"),
    [
        (b'{"error": {"code": "0x80060882", "message": "Changed."}}', "0x80060882", "Changed.", None),
        (
            b'{"error": {"code": "X", "message": "Tasks.  CorrelationId:  2C074C12-1644-4f2c-befb-efd681f5a595."}}',
            "X", "Tasks.", "2c074c12-1644-4f2c-befb-efd681f5a595",
        ),
        (b'{"error": {"code": "", "message": {"lang": "en", "value": "Old."}}}', "", "Old.", None),
        (b"<html><head><title>x</title></head><body><h1>Server Error</h1></body></html>", "", "Server Error", None),
        (b"", "", "", None),
        (b"[1]", "", "[1]", None),
    ],
)  # fmt: skip
def test_s15_s18_error_bodies_of_both_products(body: bytes, code: str, message: str, correlation: str | None) -> None:
    found = odata.read_fault(body)

    assert (found.code, found.message, found.correlation) == (code, message, correlation)


@pytest.mark.parametrize("filler", [" ", "CorrelationId: ", "a "])
def test_s18_a_message_without_end_takes_no_time(filler: str) -> None:
    tail = "CorrelationId: 31914B34-BE8D-4611-80D8-00155D892DDC."
    body = orjson.dumps({"error": {"code": "x", "message": "It failed." + filler * 200_000 + tail}})

    began = time.perf_counter()
    found = odata.read_fault(body)

    assert time.perf_counter() - began < 1.0
    assert found.correlation == "31914b34-be8d-4611-80d8-00155d892ddc"
    assert found.message.startswith("It failed.")
    assert len(found.message) <= 4_000


@given(st.binary(max_size=300))
def test_s15_no_error_body_breaks_the_reader(body: bytes) -> None:
    assert len(odata.read_fault(body).message) <= 300


DATE = "Mon, 09 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0), ("0.249", 1.0), ("0", 0.0), ("Mon, 09 Nov 2026 10:00:30 GMT", 30.0), ("999999", 300.0),
        ("Tue, 10 Nov 2026 10:00:30 GMT", 300.0), ("-5", None), ("Mon, 09 Nov 2026 09:00:00 GMT", None),
        ("soon", None), ("nan", None), ("inf", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_s10_retry_after_in_every_form(value: str | None, seconds: float | None) -> None:
    assert odata.retry_after(value, DATE) == seconds


def test_s10_a_date_without_the_answers_own_date_is_as_good_as_absent() -> None:
    assert odata.retry_after(DATE, None) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-03T04:05:06Z", datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("2024-02-03T04:05:06.1234567Z", datetime(2024, 2, 3, 4, 5, 6, 123456, tzinfo=UTC)),
        ("2024-02-03T04:05:06.7Z", datetime(2024, 2, 3, 4, 5, 6, 700000, tzinfo=UTC)),
        ("2024-02-03T05:05:06+01:00", datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01", None),
        (None, None),
        ("", None),
    ],
)
def test_v2_v7_server_times(text: str | None, moment: datetime | None) -> None:
    found = odata.timestamp(text)

    assert found == moment
    assert found is None or found.utcoffset() == timedelta(0)


def test_v7_a_time_beyond_the_calendar_is_an_error_of_the_answer() -> None:
    with pytest.raises(UnexpectedAnswer):
        odata.timestamp("9999-12-31T23:59:59-01:00")


def test_v7_a_time_that_is_none_is_an_error() -> None:
    with pytest.raises(UnexpectedAnswer):
        odata.timestamp("yesterday")


def test_s3_the_rows_own_etag_counts_and_stays_verbatim() -> None:
    assert odata.etag_of({"@odata.etag": 'W/"JzQ0Ow=="'}, 'W/"older"') == 'W/"JzQ0Ow=="'
    assert odata.etag_of({}, 'W/"header"') == 'W/"header"'
    assert odata.etag_of({}) is None


def test_u1_httpx_sends_a_paging_cookie_unchanged() -> None:
    import httpx

    link = (
        "https://o.test/api/S?$select=a&$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%22/%3E"
    )

    assert httpx.Request("GET", link).url.raw_path.decode() == link.removeprefix("https://o.test")
    assert urlsplit(link).query.endswith("%3E")
