"""The wheel carries what the checkout has: the add-in, the manifests, the migrations, and nothing by accident."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import coupler

ROOT = Path(coupler.__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return next(out.glob("dynamics_coupler-*.whl"))


def test_it_holds_every_file_of_the_package_and_the_add_in(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {str(path.relative_to(ROOT / "server")) for path in (ROOT / "server/coupler").rglob("*.py")}
    served = [*(ROOT / "addin/src").rglob("*.*"), *(ROOT / "addin/locale").glob("*/*.json")]
    pages = {f"coupler/_data/{path.relative_to(ROOT)}" for path in served if path.is_file()}

    assert sources <= names
    assert pages <= names
    assert "coupler/_data/manifest/README.md" in names
    assert "coupler/py.typed" in names


def test_it_holds_nothing_that_is_only_for_building_and_stays_small(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert [name for name in names if "node_modules" in name or name.endswith(("package.json", ".mjs"))] == []
    assert wheel.stat().st_size < 2_000_000


def test_unpacked_somewhere_else_it_serves_the_coupling_page(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from coupler import wiring
from coupler.app import create_app
from coupler.settings import Settings
from coupler.storage import schema
app = wiring.build(Settings.from_env({"COUPLER_DATA_DIR": sys.argv[2]}))
schema.upgrade(app.store.engine)
client = create_app(app.services()).test_client()
assert wiring.__file__.startswith(sys.argv[1]), wiring.__file__
assert b"main.js" in client.get("/couple").data
assert client.get("/addin/src/main.js").status_code == 200
assert client.get("/addin/vendor/lit.js").status_code == 200
assert client.get("/readyz").json["status"] == "ok"
"""
    command = [sys.executable, "-c", program, str(tmp_path / "site"), str(tmp_path / "data")]

    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
