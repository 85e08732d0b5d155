"""`coupler manifest`: builds into a folder, checks files, shows addresses; refuses what is not https."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from tests.cli.conftest import Coupler

from coupler.manifests.archive import packed, unpacked

BACKEND = ("--backend", "https://coupler.example.com")


@pytest.mark.parametrize(("kind", "count"), [("crm", 1), ("bc", 5), ("nav", 1), ("extension", 2), ("all", 9)])
def test_build_writes_the_files_and_says_which(coupler: Coupler, tmp_path: Path, kind: str, count: int) -> None:
    answer = coupler("manifest", "build", kind, "--out", str(tmp_path / "new" / "folder"), *BACKEND, "--json")

    assert answer.code == 0
    assert len(answer.json) == count
    for one in answer.json:
        content = Path(one["file"]).read_bytes()
        assert (one["bytes"], one["sha256"]) == (len(content), sha256(content).hexdigest())


def test_build_takes_the_address_of_this_coupler(
    coupler: Coupler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUPLER_PUBLIC_URL", "https://here.example.org")

    answer = coupler("manifest", "build", "nav", "--out", str(tmp_path))

    assert answer.code == 0
    built = next(tmp_path.glob("coupler-nav-*.zip"))
    assert b"InitValue=https://here.example.org;" in unpacked(built.read_bytes(), built.name)["Coupler.txt"]


def test_http_is_refused_unless_it_is_allowed(coupler: Coupler, tmp_path: Path) -> None:
    refused = coupler("manifest", "build", "crm", "--out", str(tmp_path / "a"), "--json")
    allowed = coupler("manifest", "build", "crm", "--out", str(tmp_path / "b"), "--allow-http")

    assert refused.code == 2
    assert "--allow-http" in refused.problem["detail"]
    assert not (tmp_path / "a").exists()
    assert allowed.code == 0


def test_a_folder_that_is_a_file_is_refused(coupler: Coupler, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")

    assert coupler("manifest", "build", "crm", "--out", str(tmp_path / "file"), *BACKEND).code == 2
    assert coupler("manifest", "build", "crm", "--out", str(tmp_path / "file" / "x"), *BACKEND).code == 2


def test_the_options_reach_what_is_built(coupler: Coupler, tmp_path: Path) -> None:
    options = ("--unmanaged", "--pane-button", "--first-id", "60000", "--company", "CRONUS", *BACKEND)
    sites = ("--crm-origin", "https://org.example.com", "--nav-origin", "http://nav:8080/BC")

    assert coupler("manifest", "build", "all", "--out", str(tmp_path), *options, *sites).code == 0

    text = {path.name: b"".join(unpacked(path.read_bytes(), path.name).values()) for path in tmp_path.glob("*.zip")}
    solution = next(value for name, value in text.items() if name.endswith("_unmanaged.zip"))
    extension = next(value for name, value in text.items() if "chrome" in name)
    assert b"<Managed>0<" in solution
    assert b"Coupler.openPane" in solution
    assert b"OBJECT Table 60000" in next(value for name, value in text.items() if "coupler-nav-" in name)
    assert b'"company": "CRONUS"' in extension
    assert b'"crmAddresses": ["https://org.example.com"]' in extension
    assert b'"navAddresses": ["http://nav:8080/BC"]' in extension


def test_check_without_files_checks_what_would_be_built(coupler: Coupler) -> None:
    answer = coupler("manifest", "check", *BACKEND, "--json")

    assert answer.code == 0
    assert len(answer.json["checked"]) == 9
    assert answer.json["findings"] == []


def test_check_finds_what_is_wrong_in_a_file(coupler: Coupler, tmp_path: Path) -> None:
    coupler("manifest", "build", "crm", "--out", str(tmp_path), *BACKEND)
    file = next(tmp_path.glob("*.zip"))
    parts = unpacked(file.read_bytes(), file.name)
    parts["solution.xml"] = parts["solution.xml"].replace(b"<Managed>1<", b"<Managed>7<")
    file.write_bytes(packed(parts))

    as_json = coupler("manifest", "check", str(file), "--json")
    as_table = coupler("manifest", "check", str(file))

    assert as_json.code == as_table.code == 1
    (finding,) = as_json.json["findings"]
    assert (finding["part"], finding["rule"]) == ("solution.xml", "enumeration")
    assert "Managed is neither 0 nor 1" in as_table.out


def test_check_refuses_a_file_that_is_none_of_ours(coupler: Coupler, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("x", encoding="utf-8")
    (tmp_path / "other.zip").write_bytes(packed({"a": b""}))

    assert coupler("manifest", "check", str(tmp_path / "text.zip")).code == 2
    assert "no artefact of Coupler" in coupler("manifest", "check", str(tmp_path / "other.zip")).err


def test_check_says_so_when_the_schemas_are_not_there(coupler: Coupler, tmp_path: Path) -> None:
    answer = coupler("manifest", "check", "--schemas", str(tmp_path), *BACKEND, "--json")

    assert answer.code == 2
    assert "CustomizationsSolution.xsd" in answer.problem["detail"]


def test_show_says_what_the_buttons_open(coupler: Coupler) -> None:
    answer = coupler("manifest", "show", *BACKEND, "--json")

    assert answer.code == 0
    opens = {one["button"]: one["opens"] for one in answer.json["buttons"]}
    couple = "https://coupler.example.com/couple?system=nav&table=salesperson&key={key}&company={company}"
    assert opens == {
        "User": "https://coupler.example.com/open/nav/salesperson/{key}?company={company}",
        "Synchronize Now": f"{couple}&action=synchronize",
        "Set Up Coupling": couple,
        "Delete Coupling": f"{couple}&action=delete",
        "Dynamics NAV": "https://coupler.example.com/open/crm/systemuser/{id}?org={organization address}",
    }
    assert answer.json["languages"] == ["en", "da", "de", "fr", "es", "nl"]
    assert "Delete Coupling" in coupler("manifest", "show", *BACKEND).out
