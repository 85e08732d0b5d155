"""The folder manifest/ travels in the wheel: templates and data all of it, tools for developers none."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOR_DEVELOPERS = {".npmrc", "package.json", "package-lock.json", "node_modules"}


def test_the_wheel_is_told_of_everything_but_the_tools() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    told = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]

    here = {path.name for path in (ROOT / "manifest").iterdir()} - FOR_DEVELOPERS
    assert {name.removeprefix("manifest/") for name in told if name.startswith("manifest/")} == here


def test_nothing_generated_and_no_picture_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files", "manifest"], cwd=ROOT, capture_output=True, text=True, check=False)

    names = listed.stdout.split()
    assert not [name for name in names if name.endswith((".zip", ".png", ".ico", ".svg", ".xsd"))]


def test_the_linter_is_pinned() -> None:
    package = json.loads((ROOT / "manifest" / "package.json").read_text(encoding="utf-8"))

    assert package["devDependencies"] == {"web-ext": "10.7.0"}
