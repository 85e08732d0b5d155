"""What is built: the same bytes each time, the same ids for ever, no address that is not https, every mapping."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from tests.manifest.artefacts import BACKEND, built, options, parts_of

from coupler.domain.errors import InvalidInput
from coupler.manifests import KINDS, build, load_surfaces
from coupler.manifests.archive import packed, unpacked
from coupler.manifests.backend import four_parts
from coupler.manifests.icon import INK, png
from coupler.mappings import MAPPINGS


@pytest.mark.parametrize("kind", KINDS)
def test_building_twice_gives_the_same_bytes(kind: str) -> None:
    first, second = build(kind, options()), build(kind, options())

    assert [(one.name, one.content) for one in first] == [(one.name, one.content) for one in second]


@pytest.mark.parametrize("kind", KINDS)
def test_a_zip_knows_no_time_and_no_machine(kind: str) -> None:
    for one in build(kind, options()):
        entries = zipfile.ZipFile(io.BytesIO(one.content)).infolist()

        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in entries} == {3}
        assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


@pytest.mark.parametrize("kind", KINDS)
def test_the_address_is_baked_in_and_the_build_says_so(kind: str) -> None:
    for one in build(kind, options(backend="https://other.example.org/coupler/")):
        text = b"".join(parts_of(one).values())

        assert b"https://other.example.org/coupler" in text
        assert b"https://other.example.org/coupler/" not in text
        assert BACKEND.encode() + b'"' not in text
        assert b"1.2.3" in text


def test_ids_and_names_stay_when_version_and_address_change() -> None:
    old, new = built("crm"), built("crm", version="2.0.0", backend="https://elsewhere.example.com")

    assert set(parts_of(old)) == set(parts_of(new))
    assert str(load_surfaces().id_of("bc/app")) == "31eea16d-6c96-5a57-bbf1-181ce0a40d3b"
    assert "WebResources/coupler_linkjs" + str(load_surfaces().id_of("crm/coupler_/link.js")).upper() in parts_of(old)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "backend",
    [
        "http://coupler.example.com",
        "ftp://coupler.example.com",
        "coupler.example.com",
        "https://user:secret@coupler.example.com",
        "https://coupler.example.com/?a=b",
        "https://coupler.example.com/#a",
        "https://coupler.example.com:99999",
        'https://coupler.example.com/"x',
        "https://coupler.example.com/a'b",
        "https://coupler.example.com/a b",
        "javascript:alert(1)",
        "https://" + "a" * 250 + ".com",
        "",
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(kind: str, backend: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        build(kind, options(backend=backend))

    assert "backend" in caught.value.errors


@pytest.mark.parametrize("kind", KINDS)
def test_http_is_built_when_somebody_says_so(kind: str) -> None:
    assert build(kind, options(backend="http://localhost:8000", allow_http=True))


@pytest.mark.parametrize("first", [1, 49_999, 99_995, 2_000_000])
@pytest.mark.parametrize("kind", KINDS)
def test_object_numbers_outside_the_customers_range_are_refused(kind: str, first: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        build(kind, options(first_id=first))

    assert "first_id" in caught.value.errors


@pytest.mark.parametrize("kind", ["bc", "nav"])
def test_the_first_number_moves_every_object(kind: str) -> None:
    for one in build(kind, options(first_id=60_000)):
        assert b"5014" not in b"".join(parts_of(one).values())


def test_every_mapping_of_the_registry_has_its_buttons_everywhere() -> None:
    assert {one.mapping.name for one in load_surfaces().mappings} == {mapping.name for mapping in MAPPINGS}
    texts = {kind: b"".join(b"".join(parts_of(one).values()) for one in build(kind, options())) for kind in KINDS}
    for mapping in MAPPINGS:
        assert mapping.crm.name.encode() in texts["crm"]
        assert f"'{mapping.nav.name}'".encode() in texts["bc"]
        assert f"'{mapping.nav.name}'".encode() in texts["nav"]
        assert mapping.crm.name.encode() in texts["extension"]


def test_managed_and_unmanaged_differ_in_that_one_word() -> None:
    managed, unmanaged = parts_of(built("crm")), parts_of(built("crm", managed=False))

    assert managed["solution.xml"].replace(b"<Managed>1<", b"<Managed>0<") == unmanaged.pop("solution.xml")
    assert {name: part for name, part in managed.items() if name != "solution.xml"} == unmanaged


def test_the_pane_button_is_there_only_when_asked_for() -> None:
    assert b"Coupler.openPane" in parts_of(built("crm"))["customizations.xml"]
    assert b"Coupler.openPane" not in parts_of(built("crm", pane_button=False))["customizations.xml"]


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("0.1.0.dev0", "0.1.0.0"),
        ("1.2.3", "1.2.3.0"),
        ("1.2.3rc1", "1.2.3.0"),
        ("2", "2.0.0.0"),
        ("1.2.3.4.5", "1.2.3.4"),
    ],
)
def test_a_version_has_four_numbers_for_the_products(version: str, numbers: str) -> None:
    assert four_parts(version) == numbers


@pytest.mark.parametrize("size", [16, 32, 48, 128])
def test_the_icon_is_a_picture_of_its_size_with_something_on_it(size: int) -> None:
    data = png(size)

    assert struct.unpack(">II", data[16:24]) == (size, size)
    length = struct.unpack(">I", data[33:37])[0]
    rows = zlib.decompress(data[41 : 41 + length])
    assert len(rows) == size * (size * 4 + 1)
    pixels = [rows[y * (size * 4 + 1) + 1 + x * 4 :][:4] for y in range(size) for x in range(size)]
    solid = sum(pixel[3] == 255 for pixel in pixels)
    assert {pixel[:3] for pixel in pixels} == {bytes(INK)}
    assert pixels[0][3] == 0
    assert size * size * 0.1 < solid < size * size * 0.6


def test_a_zip_that_is_none_or_too_large_or_says_things_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no usable zip"):
        unpacked(b"PK", "x.zip")
    with pytest.raises(InvalidInput, match="unpacks to more"):
        unpacked(packed({"a": b"\0" * 20_000_001}), "x.zip")
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", "2")
    with pytest.raises(InvalidInput, match="same name"):
        unpacked(twice.getvalue(), "x.zip")
