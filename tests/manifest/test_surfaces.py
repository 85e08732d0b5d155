"""surfaces.toml is complete: labels in six languages, every mapping, every button with its texts."""

from __future__ import annotations

import re

import pytest

from coupler.assets import manifest_folder
from coupler.domain.errors import InvalidInput
from coupler.manifests.surfaces import load_surfaces, read_surfaces
from coupler.mappings import MAPPINGS

TEXT = (manifest_folder() / "surfaces.toml").read_text(encoding="utf-8")


def test_the_languages_are_the_six_with_their_names_in_each_product() -> None:
    languages = {one.code: (one.lcid, one.nav) for one in load_surfaces().languages}

    assert languages == {
        "en": (1033, "ENU"),
        "da": (1030, "DAN"),
        "de": (1031, "DEU"),
        "fr": (1036, "FRA"),
        "es": (3082, "ESP"),
        "nl": (1043, "NLD"),
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('da = "Bruger"\n', "", "The label user has no text in da"),
        ('da = "Bruger"', 'da = " "', "The label user has no text in da"),
        ('da = "Bruger"', 'da = "Bruger"\nsv = "Användare"', "text in sv, which is no language here"),
        ('da = "Bruger"', 'da = "Bru;ger"', "The label user has one of"),
        ('da = "Bruger"', 'da = "Bru\\nger"', "The label user has one of"),
        ("begin with %1 and", "begin well and", "has %1 in some languages only"),
        ('label = "user"', 'label = "person"', "needs the label person"),
        ('opens = "delete"', 'opens = "burn"', "opens burn, which is none of"),
        ("[mappings.SALESPEOPLE]", "[mappings.OTHER]", "cannot be used"),
        ("crm_type_code = 8", "", "cannot be used"),
        ("[product]", "[product", "cannot be used"),
    ],
)
def test_what_is_missing_or_wrong_is_named(old: str, new: str, told: str) -> None:
    assert old in TEXT

    with pytest.raises(InvalidInput, match=re.escape(told)):
        read_surfaces(TEXT.replace(old, new, 1), MAPPINGS)


def test_a_mapping_that_is_not_in_the_registry_is_named() -> None:
    start = TEXT.index("[mappings.SALESPEOPLE]")
    copy = TEXT[start : TEXT.index("[labels.product]")].replace("SALESPEOPLE", "VENDOR")

    with pytest.raises(InvalidInput, match="VENDOR is no mapping"):
        read_surfaces(TEXT + "\n" + copy, MAPPINGS)
