"""The AL app for Business Central and NAV 2018, as source to compile (surfaces 4.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from coupler.manifests.order import Order
from coupler.manifests.surfaces import AppVariant
from coupler.manifests.templates import al_text, render

# The first runtime that wants `Rec` written out, and can be told that we do.
_NO_IMPLICIT_WITH = (6, 0)


def build(order: Order) -> list[tuple[str, str, Mapping[str, bytes]]]:
    """One app per variant of surfaces.toml."""
    return [
        (f"coupler-{one.name}-{order.version}.zip", one.covers, _parts(order, one)) for one in order.surfaces.variants
    ]


def _parts(order: Order, variant: AppVariant) -> dict[str, bytes]:
    values = {"order": order, "surfaces": order.surfaces, "nav": order.surfaces.nav, "variant": variant}
    values |= {"first": order.first_id, "captions": _captions(order)}
    texts = {
        "app.json": _app(order, variant),
        "src/CouplerSetup.Table.al": render("bc/src/CouplerSetup.Table.al.j2", **values),
        "src/CouplerSetup.Page.al": render("bc/src/CouplerSetup.Page.al.j2", **values),
        "src/CouplingLinks.Codeunit.al": render("bc/src/CouplingLinks.Codeunit.al.j2", **values),
    }
    for number, one in enumerate(order.surfaces.mappings):
        own = values | {"one": one, "pane": order.first_id + 1 + number}
        texts[f"src/Coupler{one.name}Pane.Page.al"] = render("bc/src/Pane.Page.al.j2", **own)
        for offset, (page, base) in enumerate((("Card", one.nav_card), ("List", one.nav_list))):
            extension = order.first_id + 2 * number + offset
            texts[f"src/Coupler{one.name}{page}.PageExt.al"] = render(
                "bc/src/Buttons.PageExt.al.j2", **own, page=page, base=base, extension=extension
            )
    template = "PermissionSets.al.j2" if variant.permissions == "object" else "permissionsets.xml.j2"
    part = "src/Coupler.PermissionSet.al" if variant.permissions == "object" else "permissionsets.xml"
    texts[part] = render(f"bc/src/{template}", **values)
    return {name: text.encode() for name, text in texts.items()}


def _app(order: Order, variant: AppVariant) -> str:
    surfaces, last = order.surfaces, order.first_id + order.surfaces.nav["ids"] - 1
    app: dict[str, Any] = {
        "id": str(surfaces.id_of("bc/app")),
        "name": surfaces.product["name"],
        "publisher": surfaces.product["publisher"],
        "version": order.numbers,
        "brief": surfaces.label("description"),
        "description": f"{surfaces.label('description')} {order.version}, {order.backend}",
        "url": surfaces.product["website"],
        "dependencies": [],
        "platform": variant.platform,
        "application": variant.platform,
        "runtime": variant.runtime,
    }
    # One range as one object up to NAV 2018, several as a list later; the first form is understood by all.
    app["idRange"] = {"from": order.first_id, "to": last}
    if variant.runtime_number >= _NO_IMPLICIT_WITH:
        app["features"] = ["NoImplicitWith"]
    return json.dumps(app, indent=2, ensure_ascii=False) + "\n"


def _captions(order: Order) -> Mapping[str, str]:
    """Every label as AL takes it: a list of languages, one text each."""
    surfaces = order.surfaces
    return {
        key: ", ".join(f"{language.nav} = {al_text(texts[language.code])}" for language in surfaces.languages)
        for key, texts in surfaces.labels.items()
    }
