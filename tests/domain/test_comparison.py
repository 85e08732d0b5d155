from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.records import LENGTHS, salesperson, user

from coupler.domain.comparison import Comparison, ComparisonRow, compare
from coupler.domain.mapping import BlankRule, FieldOverride, MappingOverride, TruncationRule, customize
from coupler.domain.records import Record
from coupler.mappings import SALESPEOPLE


def row(comparison: Comparison, field: str) -> ComparisonRow:
    return next(row for row in comparison.rows if row.nav_field == field)


def looked_at(nav: Record | None, crm: Record | None, **lengths: int) -> Comparison:
    return compare(SALESPEOPLE, nav, crm, {**LENGTHS, **lengths})


def test_s12_the_mapped_fields_of_both_records_stand_side_by_side() -> None:
    comparison = looked_at(salesperson(phone="+45 1"), user(phone="+45 2"))

    assert [line.nav_field for line in comparison.rows] == ["E-Mail", "Name", "Phone No."]
    assert [line.crm_field for line in comparison.rows] == ["internalemailaddress", "fullname", "mobilephone"]
    assert (row(comparison, "Phone No.").nav_value, row(comparison, "Phone No.").crm_value) == ("+45 1", "+45 2")


def test_n03_only_what_differs_is_marked_and_counted() -> None:
    comparison = looked_at(salesperson(phone="+45 1", name="Pete"), user(phone="+45 2"))

    assert [line.nav_field for line in comparison.rows if line.differs] == ["Name", "Phone No."]
    assert comparison.differing == 2


def test_without_a_user_the_nav_values_stand_alone_and_nothing_differs() -> None:
    comparison = looked_at(salesperson(), None)

    assert comparison.differing == 0
    assert row(comparison, "Name").nav_value == "Peter Saddow"
    assert row(comparison, "Name").crm_value == ""


def test_f02_a_longer_crm_value_tells_how_many_characters_will_be_cut() -> None:
    line = row(looked_at(salesperson(), user(name="N" * 57)), "Name")

    assert line.cut == 7
    assert line.result_value == "N" * 50


def test_f03_a_value_already_cut_in_nav_does_not_differ() -> None:
    line = row(looked_at(salesperson(name="N" * 50), user(name="N" * 57)), "Name")

    assert not line.differs
    assert line.cut == 7


def test_a_cut_that_would_end_in_a_blank_does_not_differ_for_ever() -> None:
    line = row(looked_at(salesperson(name="N" * 49), user(name="N" * 49 + " tail")), "Name")

    assert not line.differs


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_n08_a_blank_crm_value_keeps_the_nav_value_and_says_so(empty: str | None) -> None:
    line = row(looked_at(salesperson(phone="+45 1"), user(phone=empty)), "Phone No.")

    assert line.differs
    assert line.kept
    assert not line.blanks
    assert line.result_value == "+45 1"
    assert not line.changes


def test_n08_a_value_of_which_only_blanks_would_fit_clears_nothing() -> None:
    line = row(looked_at(salesperson(phone="+45 1"), user(phone=" " * 40 + "1")), "Phone No.")

    assert line.kept
    assert not line.changes


def test_f04_only_a_rule_that_says_clear_lets_a_blank_erase() -> None:
    rule = MappingOverride(fields={"Phone No.": FieldOverride(blank=BlankRule.CLEAR)})

    line = row(
        compare(customize(SALESPEOPLE, rule), salesperson(phone="+45 1"), user(phone=None), LENGTHS), "Phone No."
    )

    assert line.blanks
    assert line.result_value == ""
    assert line.changes


@pytest.mark.parametrize("empty", [None, ""])
def test_v1_null_and_empty_are_equal(empty: str | None) -> None:
    assert not row(looked_at(salesperson(phone=""), user(phone=empty)), "Phone No.").differs


def test_v5_an_email_is_trimmed_before_it_is_compared() -> None:
    assert not row(looked_at(salesperson(email="a@b.example"), user(email=" a@b.example ")), "E-Mail").differs


def test_u12_a_disabled_field_line_does_not_take_part() -> None:
    off = MappingOverride(fields={"Name": FieldOverride(enabled=False)})

    comparison = compare(customize(SALESPEOPLE, off), salesperson(name="A"), user(name="B"), LENGTHS)

    assert [line.nav_field for line in comparison.rows] == ["E-Mail", "Phone No."]
    assert comparison.differing == 0


def test_a_refusing_truncation_rule_is_marked_on_its_row() -> None:
    rule = MappingOverride(fields={"Name": FieldOverride(truncation=TruncationRule.REFUSE)})
    comparison = compare(customize(SALESPEOPLE, rule), salesperson(), user(name="N" * 51), LENGTHS)

    assert row(comparison, "Name").refused
    assert not row(comparison, "E-Mail").refused


values = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)


@given(values, values, st.integers(min_value=1, max_value=30), st.sampled_from(BlankRule))
def test_y14_after_writing_the_result_nothing_would_be_written_again(
    nav: str, crm: str, length: int, rule: BlankRule
) -> None:
    mapping = customize(SALESPEOPLE, MappingOverride(fields={"Name": FieldOverride(blank=rule)}))
    lengths = {**LENGTHS, "Name": length}
    before, source = salesperson(name=nav.rstrip()), user(name=crm)

    result = row(compare(mapping, before, source, lengths), "Name").result_value
    after = replace(before, fields={**before.fields, "Name": result})

    assert not row(compare(mapping, after, source, lengths), "Name").changes
