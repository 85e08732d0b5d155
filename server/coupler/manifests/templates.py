"""Filling in the templates of manifest/: strict, and escaped for XML by the file's name."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from coupler.assets import manifest_folder


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder, encoding="utf-8"),
        undefined=StrictUndefined,
        # AL, C/AL and JavaScript escape otherwise: `al`, `cal`, `tojson`.
        autoescape=select_autoescape(("xml.j2", "htm.j2"), default=False, default_for_string=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(al=al_text, cal=cal_text)
    return environment


def render(name: str, **values: Any) -> str:
    """The template `name`, a path below manifest/, filled in; a value it asks for and does not get is an error."""
    return _environment(manifest_folder()).get_template(name).render(**values)


def source(name: str) -> bytes:
    """A file below manifest/ as it is, with line ends of the same kind everywhere."""
    return (manifest_folder() / name).read_bytes().replace(b"\r\n", b"\n")


def al_text(text: object) -> str:
    """A text constant of AL: in single quotes, quotes doubled."""
    return "'" + str(text).replace("'", "''") + "'"


def cal_text(text: object) -> str:
    """A text as C/AL takes it inside a list of captions: ASCII, as a code page decides what else would become of it."""
    plain = str(text)
    for letters, instead in _LETTERS.items():
        plain = plain.replace(letters, instead)
    return plain.encode("ascii", "strict").decode()


_LETTERS = {
    "æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa",
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue",
    "à": "a", "á": "a", "â": "a", "ç": "c", "è": "e", "é": "e", "ê": "e", "ë": "e", "É": "E",
    "í": "i", "î": "i", "ï": "i", "ñ": "n", "ó": "o", "ô": "o", "ú": "u", "û": "u", "ù": "u",
}  # fmt: skip
