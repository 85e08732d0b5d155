"""The addresses the buttons open, as people read them: the public promise of manifest/README.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coupler.manifests.surfaces import MappingSurface, NavButton, Surfaces


@dataclass(frozen=True, slots=True)
class Button:
    """One button: its English caption, the pages it is on, and the path it opens, with the record in braces."""

    caption: str
    where: str
    opens: str


def buttons(surfaces: Surfaces) -> Iterator[Button]:
    """Every button of every mapping."""
    for one in surfaces.mappings:
        where = f"NAV pages {one.nav.card_page} and {one.nav.list_page}"
        for button in one.nav_buttons:
            yield Button(surfaces.label(button.label), where, _nav_path(one, button))
        where = f"CRM form and list of {one.crm.name}"
        path = f"/open/crm/{one.crm.name}/{{id}}?org={{organization address}}"
        yield Button(surfaces.label("dynamics_nav"), where, path)


def _nav_path(one: MappingSurface, button: NavButton) -> str:
    if button.action is None:
        return f"/open/nav/{one.nav.name}/{{key}}?company={{company}}"
    action = f"&action={button.action}" if button.action else ""
    return f"/couple?system=nav&table={one.nav.name}&key={{key}}&company={{company}}{action}"
