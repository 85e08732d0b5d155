"""Where the add-in's files and the manifest templates are: inside the wheel, or in the checkout beside server/."""

from __future__ import annotations

from pathlib import Path

from coupler.domain.errors import SettingsError

_PACKAGE = Path(__file__).parent


def addin_folder() -> Path:
    """The folder of the pane's files."""
    return _folder("addin")


def manifest_folder() -> Path:
    """The folder of the manifest templates."""
    return _folder("manifest")


def _folder(name: str) -> Path:
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parents[1] / name):
        if folder.is_dir():
            return folder
    raise SettingsError(f"The folder {name}/ is missing from this installation; install Coupler again.")
