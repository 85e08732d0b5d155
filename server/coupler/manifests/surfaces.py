"""manifest/surfaces.toml as data, joined with the mapping registry: names, ids, labels and buttons."""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from coupler.assets import manifest_folder
from coupler.domain.errors import InvalidInput
from coupler.domain.mapping import CrmTable, IntegrationTableMapping, NavTable
from coupler.mappings import MAPPINGS

FILE = "surfaces.toml"
# What a NAV button may open: a page of Coupler, and the action of the coupling page (manifest/README.md).
OPENS: Mapping[str, str | None] = {"partner": None, "coupling": "", "synchronize": "synchronize", "delete": "delete"}
# C/AL ends or groups captions with these, and Markdown its cells.
_RESERVED = ';[]{}"|`'


@dataclass(frozen=True, slots=True)
class Language:
    """One language under the three names the products have for it."""

    code: str
    lcid: int
    nav: str


@dataclass(frozen=True, slots=True)
class NavButton:
    """One action on a NAV page; `opens` is a key of OPENS."""

    name: str
    label: str
    opens: str
    image: str

    @property
    def action(self) -> str | None:
        """The action of the coupling page, empty for none; None when the button opens the partner."""
        return OPENS[self.opens]


@dataclass(frozen=True, slots=True)
class MappingSurface:
    """One integration table mapping as the products' pages show it."""

    mapping: IntegrationTableMapping
    name: str
    nav_table: str
    nav_card: str
    nav_list: str
    nav_buttons: tuple[NavButton, ...]
    crm_schema_name: str
    crm_type_code: int
    crm_form: str
    crm_grid: str
    crm_sequence: int
    crm_template_alias: str

    @property
    def nav(self) -> NavTable:
        """The NAV table."""
        return self.mapping.nav

    @property
    def crm(self) -> CrmTable:
        """The CRM table."""
        return self.mapping.crm


@dataclass(frozen=True, slots=True)
class AppVariant:
    """One AL app: the product versions it is for and what differs in its source."""

    name: str
    covers: str
    platform: str
    runtime: str
    viewer: str
    permissions: str
    messages: bool

    @property
    def runtime_number(self) -> tuple[int, ...]:
        """To compare runtimes."""
        return tuple(map(int, self.runtime.split(".")))


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Everything surfaces.toml says. `crm`, `nav` and `extension` are its tables as they are."""

    product: Mapping[str, str]
    languages: tuple[Language, ...]
    labels: Mapping[str, Mapping[str, str]]
    crm: Mapping[str, Any]
    nav: Mapping[str, Any]
    extension: Mapping[str, str]
    variants: tuple[AppVariant, ...]
    mappings: tuple[MappingSurface, ...]

    def label(self, key: str, language: str = "en") -> str:
        """A text people read; raises KeyError for one that is not in the file."""
        return self.labels[key][language]

    def id_of(self, name: str) -> uuid.UUID:
        """The id of a thing of that name, the same in every build: a new one would make a second copy of it."""
        return uuid.uuid5(uuid.UUID(self.product["namespace"]), name)


@cache
def load_surfaces() -> Surfaces:
    """The installed surfaces.toml. Raises InvalidInput naming what is missing or does not fit the registry."""
    return read_surfaces((manifest_folder() / FILE).read_text(encoding="utf-8"), MAPPINGS)


def read_surfaces(text: str, mappings: Sequence[IntegrationTableMapping]) -> Surfaces:
    """The text of a surfaces.toml for these mappings; raises InvalidInput with everything that is wrong."""
    try:
        given = tomllib.loads(text)
        surfaces = Surfaces(
            product=given["product"],
            languages=tuple(Language(**line) for line in given["languages"]),
            labels=given["labels"],
            crm=given["crm"],
            nav=given["nav"],
            extension=given["extension"],
            variants=tuple(AppVariant(**line) for line in given["bc"]["variants"]),
            mappings=tuple(_surface(mapping, given["mappings"]) for mapping in mappings),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise InvalidInput(f"{FILE} cannot be used: {error}.") from error
    wrong = [*_unknown_mappings(given["mappings"], mappings), *_label_problems(surfaces), *_button_problems(surfaces)]
    if wrong:
        raise InvalidInput(f"{FILE}: {' '.join(wrong)}", errors={"surfaces": wrong})
    return surfaces


def _surface(mapping: IntegrationTableMapping, tables: Mapping[str, Mapping[str, Any]]) -> MappingSurface:
    table = dict(tables[mapping.name])
    buttons = tuple(NavButton(**line) for line in table.pop("nav_buttons"))
    return MappingSurface(mapping=mapping, nav_buttons=buttons, **table)


def _unknown_mappings(tables: Mapping[str, Any], mappings: Sequence[IntegrationTableMapping]) -> list[str]:
    unknown = sorted(set(tables) - {mapping.name for mapping in mappings})
    return [f"{name} is no mapping." for name in unknown]


def _label_problems(surfaces: Surfaces) -> list[str]:
    codes = {language.code for language in surfaces.languages}
    problems = []
    for key, texts in surfaces.labels.items():
        missing = sorted(codes - {code for code, text in texts.items() if text.strip()})
        extra = sorted(set(texts) - codes)
        problems += [f"The label {key} has no text in {code}." for code in missing]
        problems += [f"The label {key} has a text in {code}, which is no language here." for code in extra]
        problems += _placeholder_problems(key, texts)
        problems += [
            f"The label {key} has one of {_RESERVED} in {code}." for code, text in texts.items() if _is_reserved(text)
        ]
    return problems


def _is_reserved(text: str) -> bool:
    return any(letter in text for letter in _RESERVED) or not text.isprintable()


def _placeholder_problems(key: str, texts: Mapping[str, str]) -> list[str]:
    counts = {code: text.count("%1") for code, text in texts.items()}
    return [] if len(set(counts.values())) < 2 else [f"The label {key} has %1 in some languages only."]


def _button_problems(surfaces: Surfaces) -> list[str]:
    problems = []
    for one in surfaces.mappings:
        for button in one.nav_buttons:
            if button.opens not in OPENS:
                problems.append(f"The button {button.name} opens {button.opens}, which is none of {', '.join(OPENS)}.")
            wanted = (button.label, f"{button.label}_tip")
            problems += [
                f"The button {button.name} needs the label {key}." for key in wanted if key not in surfaces.labels
            ]
    return problems
