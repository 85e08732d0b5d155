"""Query options and filters of both vendors (protocols 1.3, 3.5)."""

from typing import Any

import pytest

from coupler.sandbox.query import (
    BC,
    BC_PAGES,
    DATAVERSE,
    NAV,
    Dialect,
    Field,
    QueryError,
    Unsupported,
    compile_filter,
    order_rows,
    read_options,
    substitute_aliases,
)

FIELDS = {
    "systemuserid": Field("guid"),
    "fullname": Field("text", 200),
    "mobilephone": Field("text", 64),
    "isdisabled": Field("boolean"),
    "modifiedon": Field("datetime"),
    "accessmode": Field("number"),
}
ROW: dict[str, Any] = {
    "systemuserid": "31914b34-be8d-e611-80d8-00155d892ddc",
    "fullname": "Siobhán O'Neill",
    "mobilephone": None,
    "isdisabled": False,
    "modifiedon": "2024-02-03T04:05:06Z",
    "accessmode": 4,
}


def passes(text: str, dialect: Dialect = DATAVERSE, **changes: Any) -> bool:
    return compile_filter(text, dialect, FIELDS)(ROW | changes)


@pytest.mark.parametrize(
    "text",
    [
        "fullname eq 'siobhán o''neill'",
        "startswith(fullname,'SIOB')",
        "endswith(fullname,'neill')",
        "contains(fullname, 'n O''N')",
        "contains(tolower(fullname),'siob')",
        "toupper(fullname) eq 'SIOBHÁN O''NEILL'",
        "mobilephone eq null",
        "not contains(mobilephone,'1')",
        "not(isdisabled eq true)",
        "mobilephone ne 'x'",
        "systemuserid eq 31914B34-BE8D-E611-80D8-00155D892DDC",
        "modifiedon ge 2024-02-03T04:05:06Z and modifiedon lt 2024-02-03T05:05:07.123+01:00",
        "accessmode gt 3 and 5 gt accessmode",
        "fullname in ('x','SIOBHÁN O''NEILL')",
        "fullname in ('siobhán o''neill')",
        "(fullname eq 'a' or accessmode eq 4) and isdisabled eq false",
        "Microsoft.Dynamics.CRM.In(PropertyName='fullname',PropertyValues=[\"SIOBHÁN O'NEILL\"])",
        (
            "Microsoft.Dynamics.CRM.In(PropertyName='systemuserid',"
            'PropertyValues=["31914b34-be8d-e611-80d8-00155d892ddc","00000000-0000-0000-0000-000000000001"])'
        ),
        "contains(fullname,'') and fullname ne 'Microsoft.Dynamics.CRM.Today()'",
    ],
)
def test_a_dataverse_filter_lets_the_row_pass(text: str) -> None:
    assert passes(text)


@pytest.mark.parametrize(
    "text",
    [
        "fullname eq 'Siobhan'",
        "mobilephone gt 'a'",
        "mobilephone lt 'a'",
        "contains(mobilephone,'')",
        "modifiedon gt 2024-02-03T04:05:06Z",
        "isdisabled",
        "systemuserid ne 31914b34-be8d-e611-80d8-00155d892ddc",
        "Microsoft.Dynamics.CRM.In(PropertyName='fullname',PropertyValues=[])",
        "fullname in ('O''Neill')",
    ],
)
def test_a_dataverse_filter_keeps_the_row_out(text: str) -> None:
    assert not passes(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("fullname eq", "syntax"),
        ("fullname eq 'open", "syntax"),
        ("", "syntax"),
        ("nickname eq 'x'", "property"),
        ("isdisabled eq 'false'", "type"),
        ("systemuserid eq 'no guid'", "type"),
        ("fullname eq 4", "type"),
        ("fullname", "type"),
        ("modifiedon gt 'yesterday'", "type"),
    ],
)
def test_a_bad_filter_is_refused_by_kind(text: str, problem: str) -> None:
    with pytest.raises(QueryError) as refused:
        passes(text)

    assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("length(fullname) eq 3", "length()"),
        ("accessmode add 1 eq 5", "BinOp"),
        ("Microsoft.Dynamics.CRM.Today(PropertyName='modifiedon')", "Microsoft.Dynamics.CRM.Today"),
    ],
)
def test_what_the_sandbox_does_not_speak_is_named(text: str, name: str) -> None:
    with pytest.raises(Unsupported, match="does not support") as unsupported:
        passes(text)

    assert name in unsupported.value.name


def test_u14_nav_refuses_or_over_two_fields_but_takes_it_over_one() -> None:
    both = "fullname eq 'a' or mobilephone eq 'b'"

    assert compile_filter("fullname eq 'a' or fullname eq 'Siobhán O''Neill'", BC, FIELDS)(ROW)
    assert compile_filter(both, DATAVERSE, FIELDS)(ROW | {"mobilephone": "B"})
    for dialect in (NAV, BC):
        with pytest.raises(QueryError, match="OR") as refused:
            compile_filter(both, dialect, FIELDS)
        assert refused.value.problem == "or"


def test_u15_nav_refuses_a_literal_longer_than_the_field_and_dataverse_does_not() -> None:
    fields = {"Name": Field("text", 4)}

    with pytest.raises(QueryError) as refused:
        compile_filter("Name eq 'abcde'", NAV, fields)

    assert refused.value.problem == "length"
    assert not compile_filter("Name eq 'abcde'", DATAVERSE, fields)({"Name": "abcd"})
    # V3: two UTF-16 units each.
    with pytest.raises(QueryError):
        compile_filter("Name eq '🌻🌻🌻'", NAV, fields)


def test_v6_code_literals_are_trimmed_and_upper_cased_as_the_server_stores_them() -> None:
    assert compile_filter("Code eq ' jr '", NAV, {"Code": Field("code", 10)})({"Code": "JR"})


def test_in_and_nested_functions_need_schema_version_2_1_on_page_services() -> None:
    fields = {"Name": Field("text", 50)}

    for dialect in (NAV, BC_PAGES):
        with pytest.raises(QueryError):
            compile_filter("Name in ('a','b')", dialect, fields)
        with pytest.raises(Unsupported):
            compile_filter("contains(tolower(Name),'a')", dialect, fields)
    assert compile_filter("Name in ('a','b') and contains(tolower(Name),'a')", BC, fields)({"Name": "A"})


def test_text_of_old_nav_is_compared_with_its_case() -> None:
    assert not compile_filter("Name eq 'anna'", NAV, {"Name": Field("text", 50)})({"Name": "Anna"})
    assert compile_filter("Name eq 'anna'", BC_PAGES, {"Name": Field("text", 50)})({"Name": "Anna"})


def test_a_filter_tells_the_keys_that_a_caller_can_look_up() -> None:
    one, two = "31914b34-be8d-e611-80d8-00155d892ddc", "31914b34-be8d-e611-80d8-00155d892ddd"

    either = compile_filter(f"systemuserid eq {one} or systemuserid eq {two}", DATAVERSE, FIELDS)
    narrowed = compile_filter(f"isdisabled eq false and systemuserid eq {one}", DATAVERSE, FIELDS)
    open_ended = compile_filter(f"systemuserid eq {one} or accessmode eq 4", DATAVERSE, FIELDS)

    assert either.candidates("systemuserid") == {one, two}
    assert narrowed.candidates("systemuserid") == {one}
    assert open_ended.candidates("systemuserid") is None


def test_a_chain_of_two_thousand_ors_is_read_without_recursion() -> None:
    chain = " or ".join(f"accessmode eq {number}" for number in range(2000))

    assert passes(chain, accessmode=1999)
    assert not passes(chain, accessmode=2000)


def test_options_are_read_and_the_unknown_one_is_named() -> None:
    options = read_options(
        {
            "$select": "fullname, mobilephone",
            "$orderby": "fullname desc,createdon",
            "$top": "5",
            "$count": "true",
            "$expand": "businessunitid($select=name,x;$filter=name eq 'a,b;c')",
            "company": "x",
        }
    )

    assert options.select == ("fullname", "mobilephone")
    assert options.orderby == (("fullname", True), ("createdon", False))
    assert (options.top, options.count, options.skip) == (5, True, None)
    assert options.expand["businessunitid"].select == ("name", "x")
    assert options.expand["businessunitid"].filter == "name eq 'a,b;c'"
    assert set(options.used()) == {"select", "orderby", "top", "count", "expand"}
    with pytest.raises(Unsupported) as unsupported:
        read_options({"$apply": "x"})
    assert unsupported.value.name == "$apply"


@pytest.mark.parametrize(
    "query",
    [
        {"$top": "-1"},
        {"$top": "ten"},
        {"$count": "yes"},
        {"$select": "a,,b"},
        {"$orderby": "name upwards"},
        {"$expand": "a(b"},
    ],
)
def test_bad_option_values_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(QueryError):
        read_options(query)


def test_aliases_are_put_in_outside_of_quotes_only() -> None:
    replaced = substitute_aliases("a eq @p1 and b eq '@p1' and c eq @p10", {"@p1": "'x'", "@p10": "5"})

    assert replaced == "a eq 'x' and b eq '@p1' and c eq 5"


def test_ordering_puts_empty_values_first_and_ignores_case() -> None:
    rows = [{"n": "b"}, {"n": None}, {"n": "A"}]

    assert [row["n"] for row in order_rows(rows, (("n", False),), DATAVERSE)] == [None, "A", "b"]
    assert [row["n"] for row in order_rows(rows, (("n", True),), DATAVERSE)] == ["b", "A", None]
