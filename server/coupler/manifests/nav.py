"""C/AL text objects for NAV 2013 R2 to 2017, and the lines to add by hand (surfaces 4.2). ASCII with CRLF."""

from __future__ import annotations

from collections.abc import Mapping

from coupler.manifests.order import Order
from coupler.manifests.surfaces import Surfaces
from coupler.manifests.templates import cal_text, render


def build(order: Order) -> list[tuple[str, str, Mapping[str, bytes]]]:
    """One zip: the objects in one file, as the development environment imports them, and the recipe."""
    return [(f"coupler-nav-{order.version}.zip", "NAV 2013 R2 to 2017", _parts(order))]


def _parts(order: Order) -> dict[str, bytes]:
    surfaces = order.surfaces
    captions = _captions(surfaces)
    values = {
        "order": order,
        "surfaces": surfaces,
        "nav": surfaces.nav,
        "first": order.first_id,
        "captions": captions,
        "texts": {key: "'" + ";".join(lines).replace("'", "''") + "'" for key, lines in captions.items()},
        "bracketed": {key: ";".join(lines) for key, lines in captions.items()},
    }
    objects = [render(f"nav/{name}.txt.j2", **values) for name in ("setup_table", "setup_page", "links_codeunit")]
    for number, one in enumerate(surfaces.mappings):
        objects.append(render("nav/pane_page.txt.j2", **values, one=one, pane=order.first_id + 1 + number))
    return {
        "Coupler.txt": "\n".join(objects).replace("\n", "\r\n").encode("ascii"),
        "actions.md": render("nav/actions.md.j2", **values).encode(),
    }


def _captions(surfaces: Surfaces) -> Mapping[str, tuple[str, ...]]:
    """Every label as the lines of a multi-language property."""
    return {
        key: tuple(f"{language.nav}={cal_text(texts[language.code])}" for language in surfaces.languages)
        for key, texts in surfaces.labels.items()
    }
