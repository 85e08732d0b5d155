"""The codeunit behind the NAV buttons, run: AL and C/AL open the same public addresses, every value encoded."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.manifest.artefacts import BACKEND, built, part_named, parts_of
from tests.manifest.codeunit import Codeunit, NotSupported, Refused, Setup, World

from coupler.manifests import load_surfaces
from coupler.manifests.checks.objects import objects_in

COMPANY = "A & B's Å"
ENCODED = "A%20%26%20B%27s%20%C3%85"
EVERYWHERE = ["bc24", "bc18", "bc16", "bc13", "nav2018", "C/AL"]


def source(variant: str, **changes: object) -> str:
    """The codeunit's text in one artefact."""
    if variant == "C/AL":
        text = parts_of(built("nav", **changes))["Coupler.txt"].decode().replace("\r\n", "\n")
        return next(one.text for one in objects_in(text) if one.type == "Codeunit").partition("\n    BEGIN\n    {")[0]
    parts = parts_of(built("bc", variant, **changes))
    return parts[part_named(parts, "CouplingLinks")].decode()


def codeunit(variant: str, world: World | None = None, **changes: object) -> Codeunit:
    return Codeunit(source(variant, **changes), world or World(COMPANY, Setup(BACKEND, "https://initial.example.com")))


@pytest.mark.parametrize("variant", EVERYWHERE)
def test_s10_s23_s25_the_buttons_open_the_public_addresses(variant: str) -> None:
    links = codeunit(variant)

    links.call("OpenPartner", "salesperson", "A/B C'Å")
    for button in load_surfaces().mappings[0].nav_buttons[1:]:
        links.call("OpenCoupling", "salesperson", "A/B C'Å", button.action)

    couple = f"{BACKEND}/couple?system=nav&table=salesperson&key=A%2FB%20C%27%C3%85&company={ENCODED}"
    assert links.world.opened == [
        f"{BACKEND}/open/nav/salesperson/A%2FB%20C%27%C3%85?company={ENCODED}",
        f"{couple}&action=synchronize",
        couple,
        f"{couple}&action=delete",
    ]


@pytest.mark.parametrize("variant", EVERYWHERE[:-1])
def test_the_pane_is_framed_for_the_record_in_the_language_of_the_user(variant: str) -> None:
    links = codeunit(variant, World(COMPANY, Setup(BACKEND, ""), language=1030))

    found = links.call("PaneAddress", "salesperson", "PS")

    assert found == f"{BACKEND}/pane?system=nav&table=salesperson&key=PS&company={ENCODED}&lcid=1030"


@pytest.mark.parametrize("path", ["", "/coupler", "/a/b"])
def test_messages_go_to_the_origin_without_the_path(path: str) -> None:
    links = codeunit("bc24", World(COMPANY, Setup(BACKEND + path, "")))

    assert links.call("BackendOrigin") == BACKEND


@pytest.mark.parametrize("variant", ["bc24", "C/AL"])
@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=50))
def test_every_text_is_encoded_as_rfc_3986_says(variant: str, text: str) -> None:
    assert codeunit(variant).call("Encoded", text) == quote(text, safe="")


@pytest.mark.parametrize("variant", ["bc24", "C/AL"])
def test_half_a_letter_at_the_end_does_not_end_in_an_error(variant: str) -> None:
    assert codeunit(variant).call("Encoded", "A\ud83d") == "A%ED%A0%BD"


@pytest.mark.parametrize("variant", EVERYWHERE)
def test_without_a_record_in_the_setup_the_address_of_the_build_counts(variant: str) -> None:
    links = codeunit(variant, World("C", Setup("", BACKEND, exists=False)))

    assert links.call("PartnerAddress", "salesperson", "PS") == f"{BACKEND}/open/nav/salesperson/PS?company=C"


@pytest.mark.parametrize("variant", EVERYWHERE)
def test_without_an_address_the_button_says_so(variant: str) -> None:
    with pytest.raises(Refused, match="missing"):
        codeunit(variant, World("C", Setup("", ""))).call("OpenPartner", "salesperson", "PS")


@pytest.mark.parametrize("variant", EVERYWHERE)
@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://coupler.example.com", "https://coupler.example.com"),
        ("  https://coupler.example.com/ ", "https://coupler.example.com"),
        ("https://coupler.example.com/x//", "https://coupler.example.com/x"),
        ("", ""),
        ("http://coupler.example.com", None),
        ("coupler.example.com", None),
        ("javascript:alert(1)", None),
        ("https://coupler.example.com/?a=b", None),
        ("https://coupler.example.com/#a", None),
        ("https://coupler example.com", None),
    ],
)
def test_an_address_is_cleaned_or_refused(variant: str, address: str, kept: str | None) -> None:
    links = codeunit(variant)

    if kept is None:
        with pytest.raises(Refused, match="wrong"):
            links.call("CheckedAddress", address)
    else:
        assert links.call("CheckedAddress", address) == kept


@pytest.mark.parametrize("variant", EVERYWHERE)
def test_a_build_for_http_takes_http(variant: str) -> None:
    links = codeunit(variant, backend="http://localhost:8000", allow_http=True)

    assert links.call("CheckedAddress", "http://localhost:8000/") == "http://localhost:8000"


@pytest.mark.parametrize(
    ("setup", "may"),
    [
        (Setup(BACKEND, ""), True),
        (Setup("http://localhost:8000", ""), False),
        (Setup("", ""), False),
        (Setup("", BACKEND, exists=False), True),
    ],
)
def test_the_pane_is_shown_only_for_https_which_is_all_the_viewer_takes(setup: Setup, may: bool) -> None:
    assert codeunit("bc24", World("C", setup)).call("MayShowPane") is may


def test_the_stand_in_refuses_what_it_does_not_know() -> None:
    unit = Codeunit("procedure A()\nbegin\n  Message('x');\nend;", World("C", Setup("", "")))

    with pytest.raises(NotSupported, match="Message"):
        unit.call("A")
