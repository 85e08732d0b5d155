from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coupler.domain.errors import InvalidInput
from coupler.domain.values import cut, guid, nav_key, utf16_length

GUID = "31914b34-be8d-4611-80d8-00155d892ddc"


@pytest.mark.parametrize(
    "form", [GUID, GUID.upper(), "{" + GUID + "}", "{" + GUID.upper() + "}", f"  {GUID} ", GUID.replace("-", "")]
)
def test_u9_a_guid_is_understood_in_every_form_the_products_send(form: str) -> None:
    assert guid(form) == GUID


@pytest.mark.parametrize("form", ["", "PS", GUID[:-1], GUID + "0", "{" + GUID[:-1] + "g}", "1" * 33, "-" * 36, "%7B"])
def test_anything_else_is_refused_as_a_guid_and_repeated_in_the_message(form: str) -> None:
    with pytest.raises(InvalidInput, match="is not a GUID") as refused:
        guid(form)

    assert refused.value.errors == {"crm_id": ["Not a GUID."]}


@pytest.mark.parametrize("code", ["PS", "A&B", "O'N", "A/B", "50%", "Å Ø", "*STAR", "x" * 20])
def test_awkward_codes_are_codes(code: str) -> None:
    assert nav_key(f" {code} ") == code


@pytest.mark.parametrize("code", ["", "   ", "x" * 21, "A\x00B", "A\nB", "\ud800", "😀" * 11])
def test_what_cannot_be_a_code_is_refused_before_anybody_is_asked(code: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be a salesperson code"):
        nav_key(code)


def test_v3_a_character_outside_the_bmp_counts_two_and_is_never_split() -> None:
    assert utf16_length("a😀") == 3
    assert cut("a😀", 2) == "a"
    assert cut("a😀b", 3) == "a😀"


def test_v3_a_base_is_not_parted_from_its_combining_mark() -> None:
    decomposed = "Bjo\u0308rn"

    assert cut(decomposed, 3) == "Bj"
    assert cut(decomposed, 4) == "Bjo\u0308"


@given(st.text(), st.integers(min_value=0, max_value=60))
def test_a_cut_text_is_a_start_that_fits_and_stays_cut(text: str, limit: int) -> None:
    short = cut(text, limit)

    assert text.startswith(short)
    assert utf16_length(short) <= limit
    assert cut(short, limit) == short


@given(st.text(alphabet=st.characters(exclude_categories=["Mn", "Mc", "Me", "Cs"], exclude_characters="\u200d")))
def test_nothing_is_lost_that_would_fit(text: str) -> None:
    limit = 10
    short = cut(text, limit)
    rest = text[len(short) :]

    assert not rest or utf16_length(short + rest[0]) > limit or unicodedata.combining(rest[0])
